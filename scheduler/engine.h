#ifndef SCHEDULER_ENGINE_H
#define SCHEDULER_ENGINE_H
/*
 * The engine takes rows that are due, puts their questions, and hands each
 * verdict to SQL: due -> ask -> perform -> tell -> finish, batched both ways.
 * It owns no state that matters: kill it anywhere and the database knows what
 * to do next.
 */
#include <stdbool.h>
#include <stdint.h>
#include "io/loop.h"
#include "io/pg.h"
#include "scheduler/perform.h"

enum { ENGINE_MAX_FLOWS = 6 };

struct engine_options {
	const struct flow *flows[ENGINE_MAX_FLOWS];	/* up to the first NULL */
	struct performer   performers[QUESTION_KINDS];
	const char	  *name;	/* of this daemon, for people: host and process id */
	int64_t		   jitter_percent;	/* 0 to 50: spreads waits over 60 s, only ever longer */
	bool		   once;	/* drain by itself when nothing is due within linger */
	int64_t		   linger;	/* seconds */
};

struct engine_stats {
	int64_t verdicts[ENGINE_MAX_FLOWS][4];	/* by flow and enum verb */
	int64_t refused;	/* verdicts that came too late: the shard had another owner */
	int64_t in_flight;
	int64_t shards;		/* held */
	int64_t lag_ms;		/* how late the last job started */
};

struct engine;
struct engine *engine_open(struct loop *, struct pg *, const struct engine_options *);
/* Begin: lease shards, read what is due.  `finished` is called once if the
 * engine drains by itself (options.once). */
void engine_start(struct engine *, loop_fn *finished, void *arg);
/* Take nothing new, let what is in flight end (at most 8 s), write its
 * verdicts, give the shards back, then call done. */
void engine_drain(struct engine *, loop_fn *done, void *arg);
/* From here on nothing is read, told or written; to be called before what the
 * engine stands on is closed. */
void engine_halt(struct engine *);
void engine_close(struct engine *);	/* last; what is in flight is dropped */
struct engine_stats engine_stats(const struct engine *);

/* For tests with a clock of their own: look now; is nothing under way? */
void engine_look(struct engine *);
bool engine_is_idle(const struct engine *);
#endif
