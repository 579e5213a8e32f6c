/*
 * A delivery: one event on its way to one endpoint, until it is taken or we
 * give up.
 *
 *   pending -> delivered
 *      `-----> dead
 */
#include "webhooks/delivery.h"

#include <string.h>

#include "webhooks/question.h"

enum { SECOND = 1, MINUTE = 60, HOUR = 3600 };
enum { GONE = 410, TOO_MANY = 429, UNAVAILABLE = 503 };
enum { UNSEALED_LOOK = 1 };	/* seconds; the daemon seals within one */

/* The waits of Standard Webhooks' recommended schedule; the first try is made
 * at once. */
static const int32_t waits[] = {
	5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
};
enum { RETRIES = sizeof waits / sizeof waits[0] };
static const struct schedule schedule = { waits, RETRIES };

static bool
can_be_asked(const struct delivery *d)
{
	return d->enabled && d->secret != NULL;
}

static bool
was_accepted(int status)
{
	return status >= 200 && status <= 299;
}

static bool
obeys_retry_after(int status)
{
	return status == TOO_MANY || status == UNAVAILABLE;
}

/* Did we not even get to the endpoint?  An exchange that takes longer than the
 * step may is the endpoint's doing, whoever's clock ended it. */
static bool
is_our_trouble(const struct err *e)
{
	return e->blame == BLAME_US && strcmp(e->code, "deadline") != 0;
}

/* One more retry, or the end when the schedule is used up. */
static struct verdict
retry_or_give_up(const struct job *job, struct err why)
{
	if (job->attempts >= RETRIES)
		return fail("dead", err_new(ERR_delivery_given_up,
		    arena_printf(job->arena, "last: %s%s%s", why.code,
		    why.detail != NULL ? ": " : "", why.detail != NULL ? why.detail : "")));
	why.blame = BLAME_CUSTOMER;	/* the endpoint's retries count whoever stood between */
	return retry(why);
}

/* ---- pending: does the endpoint take the event? --------------------------- */

static void
ask_pending(const struct job *job, struct questions *q)
{
	const struct delivery *d = job->row;
	struct delivery_question *ask;

	if (!can_be_asked(d))
		return;
	ask = arena_alloc(job->arena, sizeof *ask);
	*ask = (struct delivery_question){
		.url = d->url, .message_id = d->event_id, .now = job->now, .body = d->body,
		.webhook_id = d->webhook_id, .secret = d->secret, .old_secret = d->old_secret,
		.plain_secret = d->plain_secret,
	};
	ask_detail(q, QUESTION_DELIVERY, ask);
}

/* What an HTTP answer of the endpoint means. */
static struct verdict
tell_status(const struct job *job, const struct answer *a)
{
	const struct delivery_answer *said = a->detail;
	const char *seen = arena_printf(job->arena, "HTTP %d", a->status);
	struct err refused = err_new(ERR_delivery_refused, seen);

	if (was_accepted(a->status))
		return go("delivered");
	if (a->status == GONE)
		return with(fail("dead", err_new(ERR_delivery_gone, seen)), "webhook", "enabled", "false");
	if (obeys_retry_after(a->status) && said != NULL)
		refused.retry_after = said->retry_after;
	return retry_or_give_up(job, refused);
}

static struct verdict
tell_pending(const struct job *job, const struct answer *a)
{
	const struct delivery *d = job->row;
	struct verdict v;

	if (!d->enabled)
		return fail("dead", err_new(ERR_delivery_disabled, NULL));
	if (d->secret == NULL)
		return wait_for(UNSEALED_LOOK, err_new(ERR_delivery_unsealed, NULL));
	if (a->err.code != NULL)
		return is_our_trouble(&a->err) ? retry(a->err) : retry_or_give_up(job, a->err);
	v = tell_status(job, a);
	v.found = arena_printf(job->arena, "HTTP %d", a->status);
	return with(v, NULL, "last_status", arena_printf(job->arena, "%d", a->status));
}

/* ---- the table ------------------------------------------------------------ */

static const struct step steps[] = {
	{ .state = "pending", .why = "offers the event to the endpoint until it is accepted",
	  .ask = ask_pending, .tell = tell_pending, .next = { "delivered", "dead" } },
	{ .state = "delivered", .why = "the endpoint accepted the event" },
	{ .state = "dead", .why = "the endpoint did not accept the event; it can be delivered again by hand" },
	{ .state = NULL },
};

static const char *const columns[] = {
	"event_id", "url", "body", "webhook_id", "secret", "old_secret", "plain_secret", "enabled", NULL,
};

static const void *
load(struct arena *arena, const char *const *values)
{
	struct delivery *d = arena_alloc(arena, sizeof *d);

	*d = (struct delivery){
		.event_id = values[0], .url = values[1], .body = values[2], .webhook_id = values[3],
		.secret = values[4], .old_secret = values[5], .plain_secret = values[6],
		.enabled = values[7] != NULL && values[7][0] == 't',
	};
	return d;
}

const struct flow delivery_flow = {
	.name = "delivery", .steps = steps, .schedule = &schedule, .columns = columns, .load = load,
};
