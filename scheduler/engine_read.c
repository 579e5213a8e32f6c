/*
 * Reading due jobs: each shard from its mark on, so that what is in flight,
 * and what was done before, is not read again.  A shard that was taken from a
 * daemon that did not give it back has its jobs marked before they are begun.
 */
#include "scheduler/engine_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/log.h"

/* Returns the shard. */
static size_t
move_mark(struct scan *scan, const PGresult *result, int row)
{
	size_t s = (size_t)strtoul(PQgetvalue(result, row, QUEUE_SHARD), NULL, 10);
	struct queue_mark *m = &scan->marks[s];

	snprintf(m->run_at, sizeof m->run_at, "%s", PQgetvalue(result, row, QUEUE_RUN_AT));
	snprintf(m->after, sizeof m->after, "%s", PQgetvalue(result, row, QUEUE_SUBJECT));
	return s;
}

struct reading {
	struct lane *lane;
	struct scan *scan;
	int64_t part;		/* most rows of one shard */
};

static void
begin_row(struct lane *lane, const PGresult *result, int row)
{
	if (work_find(lane, PQgetvalue(result, row, QUEUE_SUBJECT)) == NULL) {
		work_read(lane, result, row);
		work_begin(lane->works);
	}
}

/* Rows of shards that were taken from a daemon that did not give them back:
 * marked first, performed when the mark is committed. */
struct marking {
	struct lane *lane;
	PGresult *copy;
};

/* Begin it if it is among those that were marked. */
static void
begin_if_marked(struct lane *lane, const PGresult *marks, const PGresult *rows, int row)
{
	const char *id = PQgetvalue(rows, row, QUEUE_SUBJECT);

	for (int i = 0; i < PQntuples(marks); i++) {
		struct work *w;

		if (strcmp(PQgetvalue(marks, i, 0), id) != 0 || work_find(lane, id) != NULL)
			continue;
		work_read(lane, rows, row);
		w = lane->works;
		w->alone = PQgetvalue(marks, i, 1)[0] == 't';
		lane->has_alone |= w->alone;
		work_begin(w);
		return;
	}
}

static bool
is_held(const struct engine *e, const PGresult *result, int row)
{
	size_t s = (size_t)strtoul(PQgetvalue(result, row, QUEUE_SHARD), NULL, 10);

	return e->held[s].ours && !e->held[s].give_back;
}

static bool
is_unclean(const struct engine *e, const PGresult *result, int row)
{
	size_t s = (size_t)strtoul(PQgetvalue(result, row, QUEUE_SHARD), NULL, 10);

	return e->held[s].unclean;
}

static void
marked(void *arg, const PGresult *result, const struct err *err)
{
	struct marking *m = arg;
	struct engine *e = m->lane->engine;

	e->calls--;
	m->lane->reading = false;
	if (err == NULL && engine_may_begin(e) && !e->draining)
		for (int i = 0; i < PQntuples(m->copy); i++)
			if (is_held(e, m->copy, i) && is_unclean(e, m->copy, i))
				begin_if_marked(m->lane, result, m->copy, i);
	work_forget_gone(m->lane);
	PQclear(m->copy);
	free(m);
	engine_pump(e);
}

static void
mark_then_begin(struct lane *lane, const PGresult *result, size_t count)
{
	struct marking *m = xcalloc(1, sizeof *m);
	const char **ids = xcalloc(count, sizeof *ids);
	size_t n = 0;

	*m = (struct marking){ lane, PQcopyResult(result, PG_COPYRES_TUPLES) };
	assert(m->copy != NULL);
	for (int i = 0; i < PQntuples(result); i++)
		if (is_held(lane->engine, result, i) && is_unclean(lane->engine, result, i) &&
		    work_find(lane, PQgetvalue(result, i, QUEUE_SUBJECT)) == NULL)
			ids[n++] = PQgetvalue(result, i, QUEUE_SUBJECT);
	lane->reading = true;	/* what is written meanwhile must not be begun again */
	lane->engine->calls++;
	queue_mark_suspects(lane->engine->pg, lane->flow->name, ids, n, !lane->has_alone, marked, m);
	free(ids);
}

static void
take_rows(struct lane *lane, struct scan *scan, const PGresult *result, int64_t part)
{
	struct engine *e = lane->engine;
	int64_t of_shard[QUEUE_SHARDS] = { 0 };
	size_t suspects = 0;
	int count = PQntuples(result);

	for (int i = 0; i < count; i++) {
		/* A shard's full part means that more of it may be due. */
		if (++of_shard[move_mark(scan, result, i)] >= part)
			scan->look = true;
		if (!is_held(e, result, i))
			continue;
		if (is_unclean(e, result, i))
			suspects += work_find(lane, PQgetvalue(result, i, QUEUE_SUBJECT)) == NULL;
		else
			begin_row(lane, result, i);
	}
	if (suspects > 0)
		mark_then_begin(lane, result, suspects);
}

static void
read_due(void *arg, const PGresult *result, const struct err *err)
{
	struct reading *r = arg;
	struct lane *lane = r->lane;
	struct scan *scan = r->scan;
	struct engine *e = lane->engine;
	int64_t part = r->part;

	free(r);
	e->calls--;
	lane->reading = false;
	if (err != NULL) {
		log_event(LOG_WARNING, "could not read due jobs", "flow", lane->flow->name,
		    "code", err->code, "detail", err->detail, NULL);
		engine_reset_marks(lane);
	} else if (!queue_columns_fit(lane->flow, result)) {
		log_event(LOG_ERROR, "the database gives other columns than this program reads; "
		    "run certwright migrate", "flow", lane->flow->name, NULL);
	} else if (engine_may_begin(e) && !e->draining) {
		take_rows(lane, scan, result, part);
	}
	if (scan->set_back) {
		scan->set_back = false;
		engine_wake_lane(lane, true);
	}
	if (!lane->reading)
		work_forget_gone(lane);
	engine_pump(e);
}

/* The routine waits for room for a good batch; what is new has room beside a
 * lane that is full of names whose servers do not answer. */
static size_t
room_for(const struct lane *lane, size_t priority)
{
	size_t most = priority == NEW_JOBS ? lane->most + lane->most / 2 : lane->most;

	if (priority == ROUTINE_JOBS && lane->in_flight * 2 > lane->most)
		return 0;
	return lane->in_flight < most ? most - lane->in_flight : 0;
}

static void
read_scan(struct lane *lane, size_t priority, size_t room)
{
	struct engine *e = lane->engine;
	struct scan *scan = &lane->scans[priority];
	struct queue_mark marks[QUEUE_SHARDS];
	int64_t limit = room < READ_AT_ONCE ? (int64_t)room : READ_AT_ONCE;
	struct reading *r;
	size_t count = 0;

	for (size_t s = 0; s < QUEUE_SHARDS; s++)
		if (e->held[s].ours && !e->held[s].give_back)
			marks[count++] = scan->marks[s];
	if (count == 0)
		return;
	scan->look = scan->set_back = false;
	lane->reading = true;
	e->calls++;
	r = xcalloc(1, sizeof *r);
	*r = (struct reading){ .lane = lane, .scan = scan, .part = limit / (int64_t)count + 1 };
	queue_due(e->pg, lane->flow, (int64_t)priority, marks, count, limit, read_due, r);
}

void
engine_read(struct lane *lane)
{
	for (size_t p = 0; p < PRIORITIES; p++) {
		size_t room = room_for(lane, p);

		if (lane->scans[p].look && !lane->reading && room > 0 && engine_may_begin(lane->engine))
			read_scan(lane, p, room);
	}
}
