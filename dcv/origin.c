/*
 * A fallback origin, from set to active.
 *
 *   initializing -> active
 *
 * It is active once its name resolves, and rests there: setting it again looks
 * again.  Customers' names need no look at it: it is one of their targets.
 */
#include "dcv/origin.h"

enum { ADDRESS4, ADDRESS6 };	/* the questions, in order */

static bool
has_address(const struct answer *a, enum dns_type type)
{
	const struct dns_reply *reply = a->detail;

	for (size_t i = 0; a->err.code == NULL && i < reply->count; i++)
		if (reply->records[i].type == type)
			return true;
	return false;
}

/* ---- initializing: does the name resolve? --------------------------------- */

static void
ask_initializing(const struct job *job, struct questions *q)
{
	const struct origin *o = job->row;

	ask_dns(q, o->name, DNS_A);
	ask_dns(q, o->name, DNS_AAAA);
}

static struct verdict
tell_initializing(const struct job *job, const struct answer *a)
{
	(void)job;
	if (has_address(&a[ADDRESS4], DNS_A) || has_address(&a[ADDRESS6], DNS_AAAA))
		return go("active");
	if (a[ADDRESS4].err.code != NULL)
		return retry(a[ADDRESS4].err);
	if (a[ADDRESS6].err.code != NULL)
		return retry(a[ADDRESS6].err);
	return retry(err_new(ERR_origin_unresolved, NULL));
}

/* -------------------------------------------------------------------------- */

static const struct step steps[] = {
	{ .state = "initializing", .why = "waiting until the fallback origin resolves",
	  .ask = ask_initializing, .tell = tell_initializing, .next = { "active" } },
	{ .state = "active", .why = "the fallback origin resolves" },
	{ 0 }
};

static const char *const columns[] = { "name", NULL };

static const void *
load(struct arena *arena, const char *const *values)
{
	struct origin *o = arena_alloc(arena, sizeof *o);

	*o = (struct origin){ .name = values[0] };
	return o;
}

/* The schedule goes on every four hours when its 75 retries are used up. */
const struct flow origin_flow = {
	.name = "origin", .steps = steps, .schedule = &validation_schedule,
	.columns = columns, .load = load,
};
