/*
 * A certificate pack, from wanted to served, and until its successor is.
 *
 *         .-----------------------.---------------------.
 *         v                       |                     |
 *   initializing -> pending_validation -> pending_issuance -> pending_deployment -> active
 *                          ^------------------'
 *   pending_deletion -> deleted                   each phase may end in its *_timed_out
 *
 * A pack has one order for each key type.  The second one is placed when the
 * first is ready, so that a CA that keeps authorizations asks for nothing
 * again.  Every step looks at what is stored, asks the CA for the next thing,
 * and stores the answer before anything is built on it: a key is stored before
 * its CSR is sent, and a certificate is checked before it is stored.
 *
 * The reason of a failure decides what follows: where the customer has to act
 * no other CA is asked; a CA that is down, forbidden, busy or unwilling is
 * left for the next one, unless it was named.
 */
#include "acme/certificate.h"

#include <string.h>

#include "acme/ari.h"
#include "acme/choose.h"
#include "acme/pack.h"
#include "acme/renew.h"
#include "acme/work.h"
#include "scheduler/caa_question.h"

enum { ASK_AGAIN = 2, LOOK_FRESH = 1, LOOK_AGAIN = 900, DAY = 86400 };	/* seconds */

/* One more failed attempt; the schedule used up ends the phase. */
static struct verdict
try_again(const struct job *job, const char *timed_out, struct err err)
{
	if (err.blame != BLAME_US && job->attempts >= job->retries)
		return fail(timed_out, err);
	return retry(err);
}

/* ---- when a CA fails: wait for it, or leave it? ---------------------------- */

static bool
may_leave(const struct certificate *c)
{
	return c->wanted_authority[0] == '\0' && c->alternatives > 0;
}

/* Its circuit breaker is open: nobody asks it but who looks whether it is back. */
static bool
is_shut(const struct certificate *c)
{
	return c->authority != NULL && c->authority->is_broken;
}

/* To another CA: orders, tokens and keys are given up. */
static struct verdict
leave_authority(const struct job *job, struct result *r, enum cause cause, struct err err)
{
	struct verdict v = strcmp(job->state, "initializing") == 0
	    ? wait_for(0, err) : go("initializing");

	v.err = err;
	work_set(r, "ca", "leave", cause_name(cause));
	if (((const struct certificate *)job->row)->setback.code != NULL)
		work_set(r, NULL, "setback", NULL);
	return work_write(job, r, v);
}

static struct verdict
wait_for_authority(const struct job *job)
{
	const struct certificate *c = job->row;
	struct result r = work_start_result(c);
	struct err err = err_new(ERR_acme_unreachable, arena_printf(job->arena,
	    "%s does not answer at present; it is asked again when it does", c->authority->ca.name));

	if (may_leave(c))
		return leave_authority(job, &r, CAUSE_INFRASTRUCTURE, err);
	return wait_for(c->authority->ask_at > job->now ? c->authority->ask_at - job->now : ASK_AGAIN, err);
}

/* A CA that fails is tried again at once until its breaker opens.  One that
 * only fails for us, while it works for others, is tried on the schedule. */
static bool
fails_for_all(const struct job *job)
{
	const struct certificate *c = job->row;

	return c->authority->failures > 0 || cause_of(job->code) != CAUSE_INFRASTRUCTURE;
}

/* What an error of the step leads to, all answers considered. */
static struct verdict
after_error(const struct job *job, struct result *r, const char *timed_out)
{
	const struct certificate *c = job->row;
	int64_t asked = r->err.retry_after > 0 ? r->err.retry_after : LOOK_AGAIN;

	switch (r->cause) {
	case CAUSE_INFRASTRUCTURE:
		if (fails_for_all(job))
			return work_write(job, r, wait_for(ASK_AGAIN, r->err));
		break;
	case CAUSE_RATE:
		if (asked <= CHOOSE_FITS || !may_leave(c))
			return work_write(job, r, wait_for(asked, r->err));
		return leave_authority(job, r, r->cause, r->err);
	case CAUSE_CAA:
	case CAUSE_POLICY:
		if (may_leave(c))
			return leave_authority(job, r, r->cause, r->err);
		break;
	case CAUSE_NONE:
	case CAUSE_CUSTOMER:
	case CAUSE_OURS:
		break;
	}
	return work_write(job, r, try_again(job, timed_out, r->err));
}

/* The schedule is over before anybody published what the last order wanted. */
static struct verdict
after_last_loss(const struct job *job, struct result *r, const char *timed_out)
{
	bool is_old = strcmp(r->err.code, "token_expired") == 0;

	work_set(r, NULL, "setback", NULL);
	return work_write(job, r, fail(timed_out, is_old ? err_new(ERR_token_missing, NULL) : r->err));
}

/*
 * An order is no use any more: a new one, elsewhere if that was the CA's doing.
 * The new one is placed at once, so that the customer sees what to publish, but
 * what is done with it waits as after any failure.  If that one is lost as
 * well, so does the next.
 */
static struct verdict
after_loss(const struct job *job, struct result *r, const char *timed_out)
{
	const struct certificate *c = job->row;
	struct verdict v;

	if (r->cause != CAUSE_NONE && r->cause != CAUSE_CUSTOMER && r->cause != CAUSE_OURS && may_leave(c))
		return leave_authority(job, r, r->cause, r->err);
	if (r->err.blame == BLAME_US)	/* the CA's word all the same, and no reason to order at once */
		r->err.blame = BLAME_CA;
	if (job->attempts >= job->retries)
		return after_last_loss(job, r, timed_out);
	work_set(r, NULL, "setback", pack_setback_text(job->arena, &r->err));
	v = c->setback.code != NULL ? retry(r->err)
	    : strcmp(job->state, "pending_validation") == 0 ? wait_for(0, r->err) : go("pending_validation");
	v.err = r->err;
	return work_write(job, r, v);
}

/* Go on at once if there is something to build on, else when it makes sense. */
static struct verdict
go_on(const struct job *job, struct result *r, const struct work_list *list)
{
	int64_t wait = list->count == 0 && list->wait > 0 ? list->wait : r->wait;

	return work_write(job, r, wait_for(r->progress ? 0 : wait, (struct err){ 0 }));
}

/* ---- initializing: which CA takes the first order? ------------------------ */

static void
ask_initializing(const struct job *job, struct questions *q)
{
	const struct certificate *c = job->row;
	struct work_list list = work_new_order(c, job->now);

	if (strcmp(c->method, "email") == 0 || is_shut(c))
		return;
	if (c->authority != NULL)
		work_ask_all(job, q, &list);
	else if (c->candidate_count > 0)
		work_ask_caa(job, q, c->candidates, c->candidate_count);
}

static struct choice
choose(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	const struct caa_said *said = a->err.code == NULL ? a->detail : NULL;
	struct caa_said unknown = { .outcome = CAA_UNKNOWN, .err = a->err };
	struct candidate *list = arena_alloc(job->arena, (c->candidate_count + 1) * sizeof *list);

	for (size_t i = 0; i < c->candidate_count; i++) {
		const struct authority *from = &c->candidates[i];

		list[i] = (struct candidate){ .id = from->ca.id, .name = from->ca.name,
		    .caa = said != NULL ? &said[i] : arena_memdup(job->arena, &unknown, sizeof unknown),
		    .broken = from->is_broken, .ask_at = from->ask_at, .order_at = from->order_at,
		    .failed = from->failed, .failed_at = from->failed_at, .failure = from->failure };
	}
	return acme_choose(job->arena, list, c->candidate_count, c->wanted_authority[0] != '\0', job->now);
}

/* CAA was looked up for the choice: the order may follow at once, or when its
 * turn comes. */
static struct verdict
take(const struct job *job, const struct authority *authority, struct err why_later)
{
	const struct certificate *c = job->row;
	struct result r = work_start_result(c);
	const char *key_type = part_is_wanted(&c->parts[0]) ? "p256" : "rsa2048";

	work_set(&r, "ca", "id", authority->ca.id);
	work_set(&r, key_type, "caa_at", "now");
	work_set(&r, key_type, "slot", "wanted");
	return work_write(job, &r, wait_for(0, why_later));
}

/* A place in the line is taken even if it is long: those who only waited for
 * the next free one would all come for it at the same moment, again and again. */
static bool
waits_for_budget_only(const struct certificate *c, const struct choice *choice)
{
	return choice->what == CHOICE_LATER && strcmp(choice->err.code, "acme_no_budget") == 0 &&
	    !c->candidates[choice->index].is_broken;
}

static struct verdict
tell_choice(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	struct choice choice;

	if (c->candidate_count == 0)
		return try_again(job, "initializing_timed_out", work_no_authority(job));
	choice = choose(job, a);
	if (choice.what == CHOICE_TAKE || waits_for_budget_only(c, &choice))
		return take(job, &c->candidates[choice.index], choice.err);
	if (choice.what == CHOICE_LATER && choice.err.blame != BLAME_CUSTOMER &&
	    strcmp(choice.err.code, "caa_unknown") != 0)
		return wait_for(choice.at > job->now ? choice.at - job->now : ASK_AGAIN, choice.err);
	return try_again(job, "initializing_timed_out", choice.err);
}

static struct verdict
tell_initializing(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	struct work_list list = work_new_order(c, job->now);
	struct result r = work_start_result(c);

	if (strcmp(c->method, "email") == 0)
		return fail("initializing_timed_out", err_new(ERR_acme_method_gone, NULL));
	if (is_shut(c))
		return wait_for_authority(job);
	if (c->authority == NULL)
		return tell_choice(job, a);
	work_tell_all(job, &list, a, &r);
	if (r.err.code != NULL)
		return after_error(job, &r, "initializing_timed_out");
	if (part_has_order(&r.parts[0]) || part_has_order(&r.parts[1]))
		return work_write(job, &r, go("pending_validation"));
	return go_on(job, &r, &list);
}

/* ---- pending_validation: does the CA believe that we control the name? ----
 *
 * Of each order: read its tokens, look whether they are published, tell the CA
 * to look, ask what it found.  It is told when we found them ourselves: a
 * failed look of the CA ends the order.  After a setback only the next order's
 * tokens are read.
 */

static void
ask_pending_validation(const struct job *job, struct questions *q)
{
	struct work_list list = work_validation(job->row, job->now);

	if (!is_shut(job->row))
		work_ask_all(job, q, &list);
}

/* The new tokens are shown: now the schedule goes on. */
static struct verdict
end_setback(const struct job *job)
{
	const struct certificate *c = job->row;
	struct result r = work_start_result(c);

	work_set(&r, NULL, "setback", NULL);
	return work_write(job, &r, try_again(job, "validation_timed_out", c->setback));
}

static struct verdict
tell_pending_validation(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	struct work_list list = work_validation(c, job->now);
	struct result r = work_start_result(c);
	bool is_after_setback = c->setback.code != NULL;

	if (is_after_setback && list.count == 0 && list.wait == 0)
		return end_setback(job);
	if (work_is_validated(&r))
		return go("pending_issuance");
	if (is_shut(c))
		return wait_for_authority(job);
	work_tell_all(job, &list, a, &r);
	if (r.lost)
		return after_loss(job, &r, "validation_timed_out");
	if (r.err.code != NULL && !r.progress) {
		if (r.is_fresh)
			return work_write(job, &r, wait_for(LOOK_FRESH, r.err));
		if (!work_may_try_blindly(job, &r))
			return after_error(job, &r, "validation_timed_out");
		work_try_blindly(job, &r);
		return work_write(job, &r, wait_for(0, (struct err){ 0 }));
	}
	if (!is_after_setback && work_is_validated(&r))
		return work_write(job, &r, go("pending_issuance"));
	return go_on(job, &r, &list);
}

/* ---- pending_issuance: key, CSR, certificate ------------------------------- */

static void
ask_pending_issuance(const struct job *job, struct questions *q)
{
	struct work_list list = work_issuance(job->row);

	if (!is_shut(job->row))
		work_ask_all(job, q, &list);
}

static struct verdict
tell_pending_issuance(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	struct work_list list = work_issuance(c);
	struct result r = work_start_result(c);

	if (is_shut(c))
		return wait_for_authority(job);
	work_tell_all(job, &list, a, &r);
	if (r.lost)		/* the next order must be validated first */
		return after_loss(job, &r, "issuance_timed_out");
	if (work_is_issued(&r))
		return work_write(job, &r, go("pending_deployment"));
	if (r.err.code != NULL && !r.progress)
		return after_error(job, &r, "issuance_timed_out");
	return go_on(job, &r, &list);
}

/* ---- pending_deployment: does the edge serve exactly this? -----------------
 *
 * Not while another zone owns the name: its certificates are served.  Who takes
 * the name over is woken.
 */

static void
ask_pending_deployment(const struct job *job, struct questions *q)
{
	const struct certificate *c = job->row;

	if (!c->is_taken)
		work_ask_edge(job, q, false);
}

static struct verdict
tell_pending_deployment(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;

	if (c->is_taken)
		return wait_for(DAY, err_new(ERR_name_taken, NULL));
	if (a[0].err.code != NULL)
		return try_again(job, "deployment_timed_out", a[0].err);
	return go("active");
}

/* ---- active: is it time for a successor? ----------------------------------- */

static bool
asks_for_window(const struct certificate *c)
{
	return c->authority != NULL && c->authority->has_renewal_info && !is_shut(c) &&
	    !c->has_successor && c->is_wanted;
}

static void
ask_active(const struct job *job, struct questions *q)
{
	if (asks_for_window(job->row))
		work_ask_renewal_info(job, q);
}

static struct verdict
tell_active(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	struct renewal renewal = renew_when(c, job->id, job->now, asks_for_window(c) ? a : NULL);
	struct verdict v;

	if (c->has_successor || !c->is_wanted || renewal.at == 0)
		return well_for(DAY);
	if (renewal.at > job->now)
		v = well_for(renewal.at - job->now < renewal.ask_for
		    ? renewal.at - job->now : renewal.ask_for);
	else
		v = with(well_for(DAY), NULL, "renew", "true");
	if (renewal.at != c->renew_at)
		v = with(v, NULL, "renew_at", arena_printf(job->arena, "%lld", (long long)renewal.at));
	return v;
}

/* ---- pending_deletion: is it off the edge? --------------------------------- */

static bool
is_to_be_revoked(const struct certificate *c)
{
	return c->revoke && c->authority != NULL && !is_shut(c);
}

static void
ask_pending_deletion(const struct job *job, struct questions *q)
{
	work_ask_edge(job, q, true);
	if (is_to_be_revoked(job->row))
		work_ask_revocation(job, q);
}

static struct verdict
tell_pending_deletion(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	size_t n = 1;

	if (a[0].err.code != NULL)
		return try_again(job, "deletion_timed_out", a[0].err);
	for (size_t i = 0; is_to_be_revoked(c) && i < PARTS; i++)
		if (c->parts[i].chain != NULL && a[n++].err.code != NULL)
			return try_again(job, "deletion_timed_out", a[n - 1].err);
	return go("deleted");
}

/* ---------------------------------------------------------------------------- */

static const struct step steps[] = {
	{ .state = "initializing", .why = "choosing a CA and placing the first order",
	  .ask = ask_initializing, .tell = tell_initializing,
	  .next = { "pending_validation", "initializing_timed_out" }, .goes_on = true },
	{ .state = "pending_validation", .why = "showing control of the name to the CA",
	  .ask = ask_pending_validation, .tell = tell_pending_validation,
	  .next = { "pending_issuance", "initializing", "validation_timed_out" }, .goes_on = true },
	{ .state = "pending_issuance", .why = "waiting for the CA to sign",
	  .ask = ask_pending_issuance, .tell = tell_pending_issuance,
	  .next = { "pending_deployment", "pending_validation", "initializing", "issuance_timed_out" },
	  .goes_on = true },
	{ .state = "pending_deployment", .why = "putting it on the edge",
	  .ask = ask_pending_deployment, .tell = tell_pending_deployment,
	  .next = { "active", "deployment_timed_out" } },
	{ .state = "active", .why = "served by the edge until its successor is",
	  .ask = ask_active, .tell = tell_active },
	{ .state = "pending_deletion", .why = "taking it off the edge",
	  .ask = ask_pending_deletion, .tell = tell_pending_deletion,
	  .next = { "deleted", "deletion_timed_out" } },
	{ .state = "deleted", .why = "gone from the edge" },
	{ .state = "initializing_timed_out", .why = "no CA took an order; a refresh tries again" },
	{ .state = "validation_timed_out", .why = "control was not shown in time; a refresh tries again" },
	{ .state = "issuance_timed_out", .why = "the CA did not sign; a refresh tries again" },
	{ .state = "deployment_timed_out", .why = "the edge did not serve it; a refresh tries again" },
	{ .state = "deletion_timed_out", .why = "the edge could not be cleaned; a refresh tries again" },
	{ 0 }
};

const struct flow certificate_flow = {
	.name = "certificate", .steps = steps, .schedule = &validation_schedule,
	.columns = pack_columns, .load = pack_load, .hears_retries = true,
};
