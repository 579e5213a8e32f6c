/*
 * A certificate pack, from wanted to served.
 *
 *   initializing -> pending_validation -> pending_issuance -> pending_deployment -> active
 *                          ^------------------'
 *   pending_deletion -> deleted                   each phase may end in its *_timed_out
 *
 * A pack has one order for each key type.  The second one is placed when the
 * first is ready, so that a CA that keeps authorizations asks for nothing
 * again.  Every step looks at what is stored, asks the CA for the next thing,
 * and stores the answer before anything is built on it: a key is stored before
 * its CSR is sent, and a certificate is checked before it is stored.
 */
#include "acme/certificate.h"

#include <string.h>

#include "acme/chain.h"
#include "acme/pack.h"
#include "acme/work.h"

/* One more failed attempt; the schedule used up ends the phase. */
static struct verdict
try_again(const struct job *job, const char *timed_out, struct err err)
{
	if (err.blame != BLAME_US && job->attempts >= job->retries)
		return fail(timed_out, err);
	return retry(err);
}

/* ---- initializing: which CA takes the first order? ------------------------ */

static void
ask_initializing(const struct job *job, struct questions *q)
{
	const struct certificate *c = job->row;

	if (c->ca.id != NULL && strcmp(c->method, "email") != 0)
		work_ask(job, q, work_new_order(c));
}

static struct verdict
tell_initializing(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	struct result r = work_start_result(c);

	if (strcmp(c->method, "email") == 0)
		return fail("initializing_timed_out", err_new(ERR_acme_method_gone, NULL));
	if (c->ca.id == NULL)
		return try_again(job, "initializing_timed_out", work_no_authority(job));
	work_tell(job, work_new_order(c), &a[0], &r);
	if (r.err.code != NULL)
		return try_again(job, "initializing_timed_out", r.err);
	return work_write(job, &r, go("pending_validation"));
}

/* ---- pending_validation: does the CA believe that we control the name? ----
 *
 * Of each order: read its tokens, look whether they are published, tell the CA
 * to look, ask what it found.  It is only told when we found them ourselves:
 * a failed look of the CA ends the order.
 */

static void
ask_pending_validation(const struct job *job, struct questions *q)
{
	struct work_list list = work_validation(job->row, job->now);

	for (size_t i = 0; i < list.count; i++)
		work_ask(job, q, list.works[i]);
}

static struct verdict
tell_pending_validation(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	struct work_list list = work_validation(c, job->now);
	struct result r = work_start_result(c);

	if (work_is_validated(&r))
		return go("pending_issuance");
	for (size_t i = 0; i < list.count; i++)
		work_tell(job, list.works[i], &a[i], &r);
	if (r.lost || (r.err.code != NULL && !r.progress))
		return work_write(job, &r, try_again(job, "validation_timed_out", r.err));
	if (work_is_validated(&r))
		return work_write(job, &r, go("pending_issuance"));
	return work_write(job, &r, wait_for(r.progress ? 0 : r.wait, (struct err){ 0 }));
}

/* ---- pending_issuance: key, CSR, certificate ------------------------------- */

static void
ask_pending_issuance(const struct job *job, struct questions *q)
{
	struct work_list list = work_issuance(job->row);

	for (size_t i = 0; i < list.count; i++)
		work_ask(job, q, list.works[i]);
}

static struct verdict
tell_pending_issuance(const struct job *job, const struct answer *a)
{
	const struct certificate *c = job->row;
	struct work_list list = work_issuance(c);
	struct result r = work_start_result(c);

	for (size_t i = 0; i < list.count; i++)
		work_tell(job, list.works[i], &a[i], &r);
	if (r.lost) {		/* the next order must be validated first */
		if (job->attempts >= job->retries)
			return work_write(job, &r, fail("issuance_timed_out", r.err));
		return work_write(job, &r, fail("pending_validation", r.err));
	}
	if (work_is_issued(&r))
		return work_write(job, &r, go("pending_deployment"));
	if (r.err.code != NULL && !r.progress)
		return work_write(job, &r, try_again(job, "issuance_timed_out", r.err));
	return work_write(job, &r, wait_for(r.progress ? 0 : r.wait, (struct err){ 0 }));
}

/* ---- pending_deployment: does the edge serve exactly this? ----------------- */

static void
ask_pending_deployment(const struct job *job, struct questions *q)
{
	work_ask_edge(job, q, false);
}

static struct verdict
tell_pending_deployment(const struct job *job, const struct answer *a)
{
	if (a[0].err.code != NULL)
		return try_again(job, "deployment_timed_out", a[0].err);
	return go("active");
}

/* ---- pending_deletion: is it off the edge? --------------------------------- */

static void
ask_pending_deletion(const struct job *job, struct questions *q)
{
	work_ask_edge(job, q, true);
}

static struct verdict
tell_pending_deletion(const struct job *job, const struct answer *a)
{
	if (a[0].err.code != NULL)
		return try_again(job, "deletion_timed_out", a[0].err);
	return go("deleted");
}

/* ---------------------------------------------------------------------------- */

static const struct step steps[] = {
	{ .state = "initializing", .why = "placing the first order",
	  .ask = ask_initializing, .tell = tell_initializing,
	  .next = { "pending_validation", "initializing_timed_out" } },
	{ .state = "pending_validation", .why = "showing control of the name to the CA",
	  .ask = ask_pending_validation, .tell = tell_pending_validation,
	  .next = { "pending_issuance", "validation_timed_out" }, .goes_on = true },
	{ .state = "pending_issuance", .why = "waiting for the CA to sign",
	  .ask = ask_pending_issuance, .tell = tell_pending_issuance,
	  .next = { "pending_deployment", "pending_validation", "issuance_timed_out" },
	  .goes_on = true },
	{ .state = "pending_deployment", .why = "putting it on the edge",
	  .ask = ask_pending_deployment, .tell = tell_pending_deployment,
	  .next = { "active", "deployment_timed_out" } },
	{ .state = "active", .why = "served by the edge" },
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
