#ifndef BENCH_H
#define BENCH_H
/* What the parts of the bench share.  Each contestant works off due rows of
 * the same tables and says how many a second it has committed. */
#include <stddef.h>
#include <stdint.h>
#include "io/pg.h"

enum { BENCH_ROUNDS = 5, BENCH_SAMPLES = 200 };

struct bench {
	const char *conninfo;
	struct pg_session *session;
	int64_t rows;		/* in the job table */
	int64_t window;		/* checks that are committed and timed */
	int	windows;	/* more than one: each works off all rows, made due before it */
};

void bench_do(struct bench *, const char *sql);
void bench_make_due(struct bench *);	/* all of them */
double bench_seconds(void);		/* monotonic */
double bench_random(void);		/* 0 to 1 */
__attribute__((noreturn)) void bench_die(const char *why);

double bench_engine(struct bench *);	/* checks/s of one window */
double bench_raw(struct bench *);
double bench_graphile(const char *folder, const char *conninfo, const char *what, int number);	/* < 0: it did not run */

/* Milliseconds from due to start; `count` samples each. */
void bench_engine_latency(struct bench *, double *ms, size_t count);
void bench_timer_latency(struct bench *, double *ms, size_t count);
#endif
