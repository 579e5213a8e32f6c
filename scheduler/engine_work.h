#ifndef SCHEDULER_ENGINE_WORK_H
#define SCHEDULER_ENGINE_WORK_H
/* One job from reading to its written verdict: engine_work.c makes the
 * verdict, engine_write.c writes it. */
#include "scheduler/engine.h"
#include "scheduler/queue.h"

struct engine;
struct lane;

struct held {			/* a shard that we may hold */
	bool	ours, give_back, unclean;
	int64_t epoch;
	int64_t in_flight;
};

/* One job from reading to its written verdict. */
struct work {
	struct lane *lane;
	struct work *next, **back;	/* in lane->works */
	struct work *same;		/* next with the same hash */
	struct work *ready_next;	/* in lane->waiting_head */
	struct arena *arena;
	struct job   job;
	const struct step *step;
	const char  *code;		/* of the row, as it was read */
	int64_t shard, epoch, wakes, began_ms;
	struct questions questions;
	struct asked  asked[MAX_QUESTIONS];
	struct answer answers[MAX_QUESTIONS];
	bool   is_answered[MAX_QUESTIONS];
	size_t waiting;			/* questions without an answer */
	bool   told;			/* its verdict is made */
	bool   written;			/* or nobody wants it any more */
	bool   alone;			/* a suspect: no other one is begun beside it */
	bool   gone;			/* kept only so that an older read does not begin it again */
	int64_t refused_ms;		/* when the database refused its verdict; 0: it did not */
	struct queue_verdict verdict;
};

/* engine_work.c */
struct work *work_find(struct lane *, const char *id);
void work_read(struct lane *, const PGresult *, int row);
void work_begin(struct work *);
void work_check_deadlines(struct lane *);
void work_drop_all(struct lane *);
void work_forget_gone(struct lane *);	/* no older read is under way any more */
void work_leave(struct work *);	/* its verdict is written, or nobody wants it */
/* engine_write.c */
void work_line_up(struct work *);	/* its verdict goes with the next batch */
void work_flush(struct lane *);
#endif
