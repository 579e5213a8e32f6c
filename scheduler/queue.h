#ifndef SCHEDULER_QUEUE_H
#define SCHEDULER_QUEUE_H
/*
 * The C twin of migrations/functions/queue.sql and of the due_ and finish_
 * functions: one function here calls one function there.
 */
#include <stdbool.h>
#include <stdint.h>
#include "io/pg.h"
#include "scheduler/step.h"

enum { QUEUE_SHARDS = 64 };

/* Columns that every due_<flow>() gives first, in this order. */
enum queue_column {
	QUEUE_SUBJECT, QUEUE_SHARD, QUEUE_RUN_AT, QUEUE_WAKES, QUEUE_ATTEMPTS, QUEUE_NOW,
	QUEUE_LATE_MS, QUEUE_SINCE, QUEUE_STATE, QUEUE_CODE, QUEUE_COMMON
};

/* How far a shard has been read. */
struct queue_mark {
	int64_t shard;
	char	run_at[40];	/* "": from the start */
	char	after[37];	/* uuid */
};

/* One verdict, ready to be written. */
struct queue_verdict {
	const char *subject, *state, *outcome, *code, *detail, *found, *next, *error;
	char	   *changes;	/* JSON or NULL */
	int64_t	    shard, epoch, wakes, wait, took_ms;
	int64_t	    tried, attempts;	/* retries used up before and after it */
	bool	    news;	/* the row itself changes */
	bool	    rests;	/* the new state has no alarm */
};

/* Result: shard, epoch, give_back, unclean, share. */
void queue_lease(struct pg *, const char *daemon, const char *name, pg_done *, void *arg);
/* shards NULL: all of them, the daemon stops. */
void queue_release(struct pg *, const char *daemon, const int64_t *shards, size_t count, pg_done *, void *arg);
/* Result: subject, alone of those that may be performed. */
void queue_mark_suspects(struct pg *, const char *flow, const char *const *subjects, size_t count,
    bool may_begin_alone, pg_done *, void *arg);
void queue_clean(struct pg *, const char *daemon, pg_done *, void *arg);
/* Result: flow, wait_ms. */
void queue_next(struct pg *, const int64_t *shards, size_t count, pg_done *, void *arg);
/* Jobs of one priority.  Result: the common columns, then the flow's. */
void queue_due(struct pg *, const struct flow *, int64_t priority, const struct queue_mark *,
    size_t count, int64_t limit, pg_done *, void *arg);
/* Result: accepted, next_ms. */
void queue_finish(struct pg *, const struct flow *, const char *daemon, const struct queue_verdict *,
    size_t count, pg_done *, void *arg);
/* Does the result of queue_due have the columns that the flow expects? */
bool queue_columns_fit(const struct flow *, const PGresult *);
#endif
