/*
 * Verdicts go to the database in batches: what is ready in one turn of the
 * loop goes together, and what becomes ready while two batches are under way
 * gathers for the next.
 */
#include "scheduler/engine_inside.h"

#include <stdlib.h>
#include <string.h>

#include "io/log.h"

struct batch {
	struct lane *lane;
	size_t count;
	struct work *works[WRITE_AT_ONCE];
};

static void write_batch(struct lane *, struct work **, size_t count);

static void
note_refused(struct lane *lane, const PGresult *result, size_t sent)
{
	int64_t accepted = strtoll(pg_value(result, 0, "accepted"), NULL, 10);
	struct log_number n;

	if (accepted == (int64_t)sent)
		return;
	lane->engine->stats.refused += (int64_t)sent - accepted;
	log_event(LOG_WARNING, "late verdicts were refused: their shard has another owner",
	    "flow", lane->flow->name, "count", log_int(&n, (int64_t)sent - accepted), NULL);
}

static void
line_up(struct work *w)
{
	struct lane *lane = w->lane;

	*lane->waiting_tail = w;
	lane->waiting_tail = &w->ready_next;
	w->ready_next = NULL;
}

/* The database did not take a batch.  If it is down, the verdicts are kept and
 * written when it is back: what they hold may not be had twice.  (Whether the
 * lost batch was committed is unknown; writing it again changes nothing more.)
 * One bad verdict must not hold the others up: they are written one by one,
 * and a single one that is refused is dropped; its job is read again a while
 * later. */
static void
not_written(struct batch *b, const struct err *err)
{
	log_event(LOG_WARNING, "could not write verdicts", "flow", b->lane->flow->name,
	    "code", err->code, "detail", err->detail, NULL);
	if (b->count > 1 && strcmp(err->code, "database_refused") == 0) {
		for (size_t i = 0; i < b->count; i++)
			write_batch(b->lane, &b->works[i], 1);
		return;
	}
	for (size_t i = 0; i < b->count; i++) {
		if (strcmp(err->code, "database_refused") == 0)
			b->works[i]->refused_ms = loop_now_ms(b->lane->engine->loop);
		else
			line_up(b->works[i]);
	}
}

static void
written(void *arg, const PGresult *result, const struct err *err)
{
	struct batch *b = arg;
	struct lane *lane = b->lane;
	struct engine *e = lane->engine;

	e->calls--;
	lane->writing--;
	if (err != NULL) {
		not_written(b, err);
		free(b);
		return;		/* the tick goes on */
	}
	note_refused(lane, result, b->count);
	for (size_t i = 0; i < b->count; i++)
		work_leave(b->works[i]);
	if (pg_value(result, 0, "next_ms") != NULL)
		engine_alarm(lane, strtoll(pg_value(result, 0, "next_ms"), NULL, 10));
	free(b);
	engine_give_back(e);
	work_flush(lane);
	engine_pump(e);
}

static void
write_batch(struct lane *lane, struct work **works, size_t count)
{
	struct batch *b = xcalloc(1, sizeof *b);
	struct queue_verdict *verdicts = xcalloc(count, sizeof *verdicts);

	b->lane = lane;
	b->count = count;
	for (size_t i = 0; i < count; i++) {
		b->works[i] = works[i];
		verdicts[i] = works[i]->verdict;
	}
	lane->writing++;
	lane->engine->calls++;
	queue_finish(lane->engine->pg, lane->flow, lane->engine->daemon, verdicts, count,
	    written, b);
	free(verdicts);
}

void
work_flush(struct lane *lane)
{
	while (!lane->engine->halted && lane->waiting_head != NULL &&
	    lane->writing < WRITES_UNDER_WAY) {
		struct work *works[WRITE_AT_ONCE];
		size_t count = 0;

		while (lane->waiting_head != NULL && count < WRITE_AT_ONCE) {
			works[count] = lane->waiting_head;
			lane->waiting_head = works[count]->ready_next;
			count++;
		}
		if (lane->waiting_head == NULL)
			lane->waiting_tail = &lane->waiting_head;
		write_batch(lane, works, count);
	}
}

static void
flush_now(void *arg)
{
	struct lane *lane = arg;

	lane->flush_soon = false;
	work_flush(lane);
}

/* Verdicts of one turn of the loop go together. */
static void
flush_later(struct lane *lane)
{
	if (lane->flush_soon || lane->writing >= WRITES_UNDER_WAY)
		return;
	lane->flush_soon = true;
	loop_soon(lane->engine->loop, flush_now, lane);
}

void
work_line_up(struct work *w)
{
	line_up(w);
	flush_later(w->lane);
}
