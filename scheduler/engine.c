/*
 * The engine's rhythm.  A lane (one flow) looks for due jobs when something
 * may be due: a verdict was written, an alarm rang, the database notified us,
 * or a second has passed.  Nothing is polled faster than that when idle.
 */
#include "scheduler/engine_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/log.h"
#include "io/seal.h"

/* Jobs in flight, a flow: a hostname costs four questions; an issuance a
 * dozen requests and a key; a delivery one request. */
static size_t
most_of(const char *flow)
{
	if (strcmp(flow, "hostname") == 0)
		return 1000;
	return strcmp(flow, "certificate") == 0 ? 64 : 256;
}

/* xorshift: for jitter, which need not be secret. */
uint32_t
engine_random(struct engine *e)
{
	e->seed ^= e->seed << 13;
	e->seed ^= e->seed >> 17;
	e->seed ^= e->seed << 5;
	return e->seed;
}

/* ---- looking for what is due ---------------------------------------------- */

void
engine_reset_marks(struct lane *lane)
{
	for (size_t p = 0; p < PRIORITIES; p++)
		for (size_t s = 0; s < QUEUE_SHARDS; s++)
			lane->scans[p].marks[s] = (struct queue_mark){ .shard = (int64_t)s };
	lane->scanned_ms = loop_now_ms(lane->engine->loop);
}

bool
engine_looks(const struct lane *lane)
{
	return lane->scans[NEW_JOBS].look || lane->scans[ROUTINE_JOBS].look;
}

void
engine_wake_lane(struct lane *lane, bool from_start)
{
	if (from_start)
		engine_reset_marks(lane);
	for (size_t p = 0; p < PRIORITIES; p++) {
		/* A read that is under way moves the marks past what it does not show. */
		lane->scans[p].set_back |= from_start && lane->reading;
		lane->scans[p].look = true;
	}
}

static void
alarm_rang(void *arg)
{
	struct lane *lane = arg;

	lane->alarm_ms = 0;
	engine_wake_lane(lane, true);
	engine_pump(lane->engine);
}

/* Look again in so many milliseconds, unless that is planned for earlier. */
void
engine_alarm(struct lane *lane, int64_t in_ms)
{
	int64_t at = loop_now_ms(lane->engine->loop) + in_ms;

	if (lane->alarm_ms != 0 && lane->alarm_ms <= at)
		return;
	if (in_ms >= TICK_MS)
		return;		/* the tick will see it coming */
	lane->alarm_ms = at;
	timer_start(lane->alarm, in_ms > 0 ? in_ms : 0, 0);
}

/* ---- the rhythm ----------------------------------------------------------- */

static void
end_drain(struct engine *e)
{
	if (e->stopped || e->halted)
		return;
	e->stopped = true;
	timer_stop(e->drain_timer);
	if (e->drained != NULL)
		e->drained(e->drained_arg);
}

static void
all_released(void *arg, const PGresult *result, const struct err *err)
{
	struct engine *e = arg;

	(void)result;
	(void)err;	/* then the leases end by themselves */
	e->calls--;
	end_drain(e);
}

static void
release_all(struct engine *e)
{
	if (e->releasing)
		return;
	e->releasing = true;
	e->stats.shards = 0;
	e->calls++;
	queue_release(e->pg, e->daemon, NULL, 0, all_released, e);
}

static void
drain_if_done(struct engine *e)
{
	if (e->stats.in_flight == 0 && e->calls == 0)
		release_all(e);
}

void
engine_pump(struct engine *e)
{
	if (e->halted)
		return;
	if (e->draining) {
		drain_if_done(e);
		return;
	}
	if (!e->started)
		return;
	for (size_t i = 0; i < e->lane_count; i++)
		engine_read(&e->lanes[i]);
}

static struct lane *
lane_of(struct engine *e, const char *flow)
{
	for (size_t i = 0; i < e->lane_count; i++)
		if (strcmp(e->lanes[i].flow->name, flow) == 0)
			return &e->lanes[i];
	return NULL;
}

static void
finish_once(struct engine *e, bool nothing_soon)
{
	if (!e->options.once || !nothing_soon || !engine_is_idle(e) || e->finished == NULL)
		return;
	e->options.once = false;
	e->finished(e->finished_arg);
}

static pg_done next_known;

/* One question at a time, however many wake us. */
static void
ask_next(struct engine *e)
{
	int64_t shards[QUEUE_SHARDS];
	size_t count = 0;

	for (int64_t s = 0; s < QUEUE_SHARDS; s++)
		if (e->held[s].ours && !e->held[s].give_back)
			shards[count++] = s;
	if (count == 0 || e->draining)
		return;
	e->ask_again = e->asking_next;
	if (e->asking_next)
		return;
	e->asking_next = true;
	e->calls++;
	queue_next(e->pg, shards, count, next_known, e);
}

static void
next_known(void *arg, const PGresult *result, const struct err *err)
{
	struct engine *e = arg;
	bool nothing_soon = err == NULL;

	e->calls--;
	e->asking_next = false;
	for (int i = 0; err == NULL && i < PQntuples(result); i++) {
		struct lane *lane = lane_of(e, PQgetvalue(result, i, 0));
		int64_t wait = strtoll(PQgetvalue(result, i, 1), NULL, 10);

		if (wait <= e->options.linger * 1000)
			nothing_soon = false;
		if (lane == NULL)
			continue;
		if (wait > 0)
			engine_alarm(lane, wait);
		else
			engine_wake_lane(lane, true);
	}
	if (e->ask_again)
		ask_next(e);
	engine_pump(e);
	finish_once(e, nothing_soon);
}

static void
tick(void *arg)
{
	struct engine *e = arg;
	int64_t now = loop_now_ms(e->loop);

	for (size_t i = 0; i < e->lane_count; i++) {
		struct lane *lane = &e->lanes[i];

		work_check_deadlines(lane);
		work_flush(lane);
		if (now - lane->scanned_ms > RESCAN_MS)
			engine_reset_marks(lane);
	}
	engine_give_back(e);
	ask_next(e);
	engine_pump(e);
}

static void
notified(void *arg, const char *payload)
{
	struct engine *e = arg;
	struct lane *lane = lane_of(e, payload);

	if (e->draining || !e->started)
		return;
	if (lane != NULL) {
		engine_wake_lane(lane, true);
		ask_next(e);	/* it may be for a moment from now */
	} else if (strcmp(payload, "shards") == 0)
		engine_lease(e);
	else if (payload[0] == '\0')
		engine_look(e);
	engine_pump(e);
}

/* ---- from open to close --------------------------------------------------- */

static void
lease_again(void *arg)
{
	engine_lease(arg);
}

static void
new_id(char id[37])
{
	unsigned char b[16];

	random_bytes(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(id, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
	    b[13], b[14], b[15]);
}

struct engine *
engine_open(struct loop *loop, struct pg *pg, const struct engine_options *options)
{
	struct engine *e = xcalloc(1, sizeof *e);

	e->loop = loop;
	e->pg = pg;
	e->options = *options;
	new_id(e->daemon);
	random_bytes(&e->seed, sizeof e->seed);
	e->seed |= 1;
	e->tick = timer_new(loop, tick, e);
	e->lease_timer = timer_new(loop, lease_again, e);
	while (e->lane_count < ENGINE_MAX_FLOWS && options->flows[e->lane_count] != NULL) {
		struct lane *lane = &e->lanes[e->lane_count];

		lane->engine = e;
		lane->index = e->lane_count;
		lane->flow = options->flows[e->lane_count++];
		lane->most = most_of(lane->flow->name);
		lane->alarm = timer_new(loop, alarm_rang, lane);
		lane->waiting_tail = &lane->waiting_head;
		assert(flow_check(lane->flow) == NULL);
		engine_reset_marks(lane);
	}
	return e;
}

void
engine_start(struct engine *e, loop_fn *finished, void *arg)
{
	e->started = true;
	e->finished = finished;
	e->finished_arg = arg;
	pg_listen(e->pg, "certwright", notified, e);
	timer_start(e->tick, TICK_MS, TICK_MS);
	engine_lease(e);
}

static void
drain_gave_up(void *arg)
{
	end_drain(arg);
}

/* What is in flight is fenced off by giving its shards back. */
static void
drain_too_long(void *arg)
{
	struct engine *e = arg;
	struct log_number n;

	log_event(LOG_WARNING, "stopping with jobs in flight; they will be done again",
	    "count", log_int(&n, e->stats.in_flight), NULL);
	timer_free(e->drain_timer);
	e->drain_timer = timer_new(e->loop, drain_gave_up, e);
	timer_start(e->drain_timer, RELEASE_MS, 0);
	release_all(e);
}

void
engine_drain(struct engine *e, loop_fn *done, void *arg)
{
	e->draining = true;
	e->drained = done;
	e->drained_arg = arg;
	timer_stop(e->lease_timer);
	e->drain_timer = timer_new(e->loop, drain_too_long, e);
	timer_start(e->drain_timer, DRAIN_MS, 0);
	engine_pump(e);
}

void
engine_halt(struct engine *e)
{
	if (e != NULL)
		e->halted = e->draining = true;
}

/* The loop may still hold a flush of ours: the memory goes after it. */
void
engine_close(struct engine *e)
{
	if (e == NULL)
		return;
	assert(e->halted);
	for (size_t i = 0; i < e->lane_count; i++) {
		work_drop_all(&e->lanes[i]);
		timer_free(e->lanes[i].alarm);
	}
	timer_free(e->tick);
	timer_free(e->lease_timer);
	timer_free(e->drain_timer);
	loop_soon(e->loop, free, e);
}

struct engine_stats
engine_stats(const struct engine *e)
{
	return e->stats;
}

void
engine_look(struct engine *e)
{
	for (size_t i = 0; i < e->lane_count; i++)
		engine_wake_lane(&e->lanes[i], true);
	engine_pump(e);
}

bool
engine_is_idle(const struct engine *e)
{
	for (size_t i = 0; i < e->lane_count; i++)
		if (engine_looks(&e->lanes[i]) || e->lanes[i].reading || e->lanes[i].in_flight > 0 ||
		    e->lanes[i].alarm_ms != 0)
			return false;
	return e->calls == 0 && e->leased_at_ms > 0;
}
