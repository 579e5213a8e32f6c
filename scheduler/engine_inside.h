#ifndef SCHEDULER_ENGINE_INSIDE_H
#define SCHEDULER_ENGINE_INSIDE_H
/* What the files of the engine share: engine.c (start, look, drain),
 * engine_lease.c (which shards are ours), engine_read.c (what is due),
 * engine_work.c (one job at a time), engine_write.c (verdicts). */
#include "scheduler/engine.h"
#include "scheduler/engine_work.h"
#include "scheduler/queue.h"

enum {
	LEASE_MS = 30000,	/* as lease_shards() grants it */
	LEASE_RENEW_MS = 10000,
	LEASE_HURRY_MS = 1000,	/* while we hold less than our share */
	LEASE_MARGIN_MS = 5000,	/* nothing is begun with less than this left */
	TICK_MS = 1000,
	RESCAN_MS = 3000,	/* from the start again, whatever the marks say */
	STEP_DEADLINE_MS = 60000,
	REFUSED_MS = 10000,	/* a job whose verdict was refused is left alone so long */
	DRAIN_MS = 8000,
	RELEASE_MS = 1500,
	JOB_ARENA = 4 << 20,	/* most bytes that one job may use */
	READ_AT_ONCE = 500,
	WRITE_AT_ONCE = 500,
	WRITES_UNDER_WAY = 2,	/* a flow; more verdicts gather meanwhile */
};

enum { WORK_HASH = 4096 };

/* New jobs and the routine are read apart, so that no backlog keeps a new one
 * waiting; the numbers are those of job.priority. */
enum { NEW_JOBS, ROUTINE_JOBS, PRIORITIES };

struct scan {
	struct queue_mark marks[QUEUE_SHARDS];
	bool	look;		/* something may be due */
	bool	set_back;	/* the marks, once more when the read under way is done */
};

struct lane {			/* one flow */
	struct engine *engine;
	const struct flow *flow;
	size_t	index;
	size_t	most;		/* jobs in flight; half as many more if they are new */
	size_t	in_flight;
	struct work *works;
	struct work *hash[WORK_HASH];
	struct work *gone;	/* written while a read was under way that may still show them */
	struct scan scans[PRIORITIES];
	bool	reading;
	bool	has_alone;	/* a suspect is under way; others wait for its end */
	int64_t scanned_ms;	/* when the marks were last set back */
	struct work *waiting_head, **waiting_tail;	/* verdicts to be written */
	int	writing;
	bool	flush_soon;
	struct timer *alarm;	/* at the next run_at */
	int64_t alarm_ms;
};

struct engine {
	struct loop *loop;
	struct pg *pg;
	struct engine_options options;
	char	daemon[37];
	struct held held[QUEUE_SHARDS];
	int64_t leased_at_ms;	/* when the last renewal was asked for; 0: never */
	bool	asking_next, ask_again;	/* when the next job is due */
	bool	leasing, short_of_share, started, draining, releasing, stopped, halted;
	struct timer *tick, *lease_timer, *drain_timer;
	struct lane lanes[ENGINE_MAX_FLOWS];
	size_t	lane_count;
	struct engine_stats stats;
	loop_fn *finished;
	void	*finished_arg;
	loop_fn *drained;
	void	*drained_arg;
	size_t	calls;		/* database calls under way */
	uint32_t seed;
};

/* engine.c */
bool engine_looks(const struct lane *);	/* something may be due */
void engine_wake_lane(struct lane *, bool from_start);
void engine_pump(struct engine *);
void engine_alarm(struct lane *, int64_t in_ms);
void engine_reset_marks(struct lane *);
uint32_t engine_random(struct engine *);
/* engine_read.c */
void engine_read(struct lane *);
/* engine_lease.c */
void engine_lease(struct engine *);
bool engine_may_begin(const struct engine *);
void engine_give_back(struct engine *);
#endif
