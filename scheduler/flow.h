#ifndef SCHEDULER_FLOW_H
#define SCHEDULER_FLOW_H
/*
 * A flow: its table of steps, its schedule of retries, and how its rows are
 * read.  Included by scheduler/step.h, which has the steps.
 */
#include "scheduler/step.h"

/* Seconds before retry n, for n = 0 … count-1; after that the last one. */
struct schedule {
	const int32_t *wait;
	int	       count;
};

/* The 75 waits of the validation schedule, 610,263 s in all; the first ten grow
 * by 1.05, the others by 1.15, none is over four hours. */
extern const struct schedule validation_schedule;

struct flow {
	const char	      *name;	/* "hostname" */
	const struct step     *steps;	/* ends with a NULL state */
	const struct schedule *schedule;
	const char *const     *columns;	/* what due_<flow>() gives beyond the common columns; ends with
					 * NULL; the first one names the row for people */
	bool	    hears_retries;	/* SQL is told of each failed retry, not only of a new reason */
	/* The columns' values, in that order (NULL for null), to the row. */
	const void *(*load)(struct arena *, const char *const *values);
};

const struct step *flow_step(const struct flow *, const char *state);	/* NULL: no such state */
bool flow_may_go(const struct step *, const char *next);
/* The first state that some step may go to but that has no step, or NULL. */
const char *flow_check(const struct flow *);
#endif
