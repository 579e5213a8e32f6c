/*
 * Which shards are ours.  Leases are renewed every 10 s for 30 s; nothing is
 * begun with less than 5 s left.  A shard beyond our share is drained, then
 * given back; while we hold less than our share we ask every second.
 */
#include "scheduler/engine_inside.h"

#include <stdlib.h>
#include <string.h>

#include "io/log.h"

bool
engine_may_begin(const struct engine *e)
{
	return e->leased_at_ms != 0 &&
	    loop_now_ms(e->loop) < e->leased_at_ms + LEASE_MS - LEASE_MARGIN_MS;
}

static void
released(void *arg, const PGresult *result, const struct err *err)
{
	struct engine *e = arg;

	(void)result;
	e->calls--;
	if (err != NULL)
		log_event(LOG_WARNING, "could not give shards back", "code", err->code,
		    "detail", err->detail, NULL);
}

/* Shards beyond our share whose last job is done. */
void
engine_give_back(struct engine *e)
{
	int64_t back[QUEUE_SHARDS];
	size_t count = 0;

	for (int64_t s = 0; s < QUEUE_SHARDS; s++) {
		struct held *h = &e->held[s];

		if (h->ours && h->give_back && h->in_flight == 0) {
			h->ours = false;
			back[count++] = s;
		}
	}
	if (count > 0) {
		e->calls++;
		e->stats.shards -= (int64_t)count;
		queue_release(e->pg, e->daemon, back, count, released, e);
	}
}

static void
cleaned(void *arg, const PGresult *result, const struct err *err)
{
	struct engine *e = arg;

	(void)result;
	(void)err;	/* the marks are only made once more */
	e->calls--;
}

/* Unclean shards were read from the start to the end once: marks can go. */
static void
clean_if_read(struct engine *e, bool was_unclean)
{
	if (!was_unclean)
		return;
	for (size_t i = 0; i < e->lane_count; i++)
		if (engine_looks(&e->lanes[i]) || e->lanes[i].reading || e->lanes[i].in_flight > 0)
			return;
	e->calls++;
	queue_clean(e->pg, e->daemon, cleaned, e);
}

static void
take(struct engine *e, const PGresult *result)
{
	bool had[QUEUE_SHARDS], unclean = false, gained = false;
	int count = PQntuples(result);

	for (size_t s = 0; s < QUEUE_SHARDS; s++) {
		had[s] = e->held[s].ours;
		e->held[s].ours = false;
	}
	for (int i = 0; i < count; i++) {
		size_t s = (size_t)strtoul(pg_value(result, i, "shard"), NULL, 10);
		struct held *h = &e->held[s];

		h->ours = true;
		h->epoch = strtoll(pg_value(result, i, "epoch"), NULL, 10);
		h->give_back = pg_value(result, i, "give_back")[0] == 't';
		h->unclean = pg_value(result, i, "unclean")[0] == 't';
		unclean |= h->unclean && had[s];
		gained |= !had[s];
		e->short_of_share = count < strtol(pg_value(result, i, "share"), NULL, 10);
	}
	if (count == 0)
		e->short_of_share = true;
	e->stats.shards = count;
	clean_if_read(e, unclean);
	if (gained)
		for (size_t i = 0; i < e->lane_count; i++)
			engine_wake_lane(&e->lanes[i], true);
	engine_give_back(e);
}

struct renewal {
	struct engine *engine;
	int64_t asked_ms;
};

static void
leased(void *arg, const PGresult *result, const struct err *err)
{
	struct renewal *r = arg;
	struct engine *e = r->engine;
	int64_t asked_ms = r->asked_ms;

	free(r);
	e->calls--;
	e->leasing = false;
	if (e->draining) {
		engine_pump(e);
		return;
	}
	if (err != NULL) {
		log_event(LOG_WARNING, "could not renew leases", "code", err->code,
		    "detail", err->detail, NULL);
		timer_start(e->lease_timer, LEASE_HURRY_MS, 0);
		return;
	}
	e->leased_at_ms = asked_ms;	/* the grant is at least as old as our question */
	take(e, result);
	timer_start(e->lease_timer, e->short_of_share ? LEASE_HURRY_MS : LEASE_RENEW_MS, 0);
	engine_pump(e);
}

void
engine_lease(struct engine *e)
{
	struct renewal *r;

	if (e->leasing || e->draining)
		return;
	e->leasing = true;
	e->calls++;
	r = xcalloc(1, sizeof *r);
	*r = (struct renewal){ e, loop_now_ms(e->loop) };
	queue_lease(e->pg, e->daemon, e->options.name, leased, r);
}
