#ifndef SCHEDULER_BACKOFF_H
#define SCHEDULER_BACKOFF_H
/*
 * When to try again: the one place that decides it, from blame, attempts, what
 * the other side asked for, and jitter.
 */
#include <stdbool.h>
#include <stdint.h>
#include "scheduler/step.h"

/* What a failed verdict does to the job. */
struct again {
	int64_t wait;		/* seconds */
	bool	counts;		/* a retry is used up: not so for faults of ours */
};

/* `attempts`: used up before this one; `percent` of jitter (0 to 50) and a
 * random number decide how much is added: never to waits under 60 s, never
 * taken away.  retry_after makes the wait longer, up to a day. */
struct again backoff(const struct schedule *, const struct err *, int attempts,
    int64_t percent, uint32_t random);
#endif
