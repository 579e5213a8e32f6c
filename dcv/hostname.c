/*
 * A custom hostname, from insert to active, moved and deleted.
 *
 *   pending -> active
 *      |
 *      `----> moved -> deleted
 *
 * Active and deleted rest: an edit, a refresh or a takeover by another zone
 * wakes them.
 */
#include "dcv/hostname.h"

#include <string.h>

#include "dcv/proof.h"

enum { DAY = 86400, MOVED_FOR = 7 * DAY };

enum { OWNERSHIP, ADDRESS };	/* the questions of pending, in order */

static bool
proves_ownership(const struct hostname *h, const struct answer *a)
{
	return a->err.code == NULL && proof_has_txt(a->detail, h->proof_name, h->proof);
}

static bool
points_at_us(const struct hostname *h, const struct answer *a)
{
	return a->err.code == NULL && proof_chain_reaches(a->detail, h->name, h->targets);
}

static bool
is_our_fault(const struct answer *a)
{
	return a->err.code != NULL && a->err.blame == BLAME_US;
}

/* What was seen instead, for the history and the customer. */
static const char *
what_was_found(const struct job *job, const struct answer *a)
{
	const struct hostname *h = job->row;
	const struct dns_reply *reply = a->detail;
	bool loop;
	const char *end;

	if (a->err.code != NULL)
		return a->err.code;
	end = proof_chain_end(reply, h->name, &loop);
	if (loop)
		return "a loop of CNAME records";
	if (end != h->name)
		return arena_printf(job->arena, "CNAME %s", end);
	return reply->rcode == 3 ? "no such name" : "no CNAME record";
}

/* ---- pending: has the owner of the name asked us to serve it? ------------- */

static void
ask_pending(const struct job *job, struct questions *q)
{
	const struct hostname *h = job->row;

	ask_dns(q, h->proof_name, DNS_TXT);
	ask_dns(q, h->name, DNS_A);	/* brings its CNAMEs along */
}

static struct verdict
tell_pending(const struct job *job, const struct answer *a)
{
	const struct hostname *h = job->row;
	struct verdict v;

	if (proves_ownership(h, &a[OWNERSHIP]) || points_at_us(h, &a[ADDRESS]))
		return go("active");
	/* A fault of ours proves nothing and uses up no retry. */
	if (is_our_fault(&a[OWNERSHIP]))
		return retry(a[OWNERSHIP].err);
	if (is_our_fault(&a[ADDRESS]))
		return retry(a[ADDRESS].err);
	if (job->attempts >= job->retries) {
		v = go("moved");
		v.err = err_new(ERR_schedule_used_up, NULL);
		return v;
	}
	v = retry(a[ADDRESS].err.code != NULL ? a[ADDRESS].err
	    : err_new(ERR_not_pointing_here, NULL));
	v.found = what_was_found(job, &a[ADDRESS]);
	return v;
}

/* ---- moved: seven days in which a refresh brings it back ------------------ */

static struct verdict
tell_moved(const struct job *job, const struct answer *a)
{
	int64_t left = job->since + MOVED_FOR - job->now;
	struct verdict v;

	(void)a;
	if (left > 0)
		return wait_for(left, (struct err){ 0 });
	v = go("deleted");
	v.err = err_new(ERR_moved_too_long, NULL);
	return v;
}

/* -------------------------------------------------------------------------- */

static const struct step steps[] = {
	{ .state = "pending", .why = "waiting for a proof of ownership",
	  .ask = ask_pending, .tell = tell_pending, .next = { "active", "moved" } },
	{ .state = "active", .why = "ownership is proven" },
	{ .state = "moved", .why = "not validated in time, or owned by another zone now",
	  .tell = tell_moved, .next = { "deleted" } },
	{ .state = "deleted", .why = "moved for seven days; a refresh revives it" },
	{ .state = "active_redeploying", .why = "active; a change is being put out" },
	{ .state = "blocked", .why = "refused; a refresh tries again once that ends" },
	{ 0 }
};

static const char *const columns[] = { "name", "targets", "proof_name", "proof", NULL };

/* "a b c" to a list. */
static const char *const *
split(struct arena *arena, const char *text)
{
	char *rest = arena_strdup(arena, text != NULL ? text : "");
	const char **list = arena_alloc(arena, (strlen(rest) / 2 + 2) * sizeof *list);
	size_t n = 0;

	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		if (word[0] != '\0')
			list[n++] = word;
	return list;
}

static const void *
load(struct arena *arena, const char *const *values)
{
	struct hostname *h = arena_alloc(arena, sizeof *h);

	*h = (struct hostname){ .name = values[0], .targets = split(arena, values[1]),
	    .proof_name = values[2], .proof = values[3] };
	return h;
}

const struct flow hostname_flow = {
	.name = "hostname", .steps = steps, .schedule = &validation_schedule,
	.columns = columns, .load = load,
};
