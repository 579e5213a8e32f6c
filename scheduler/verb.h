#ifndef SCHEDULER_VERB_H
#define SCHEDULER_VERB_H
/*
 * The words that steps are written in: what to ask, and the four verdicts.
 * Included by scheduler/step.h, which has the types.
 */
#include "scheduler/step.h"

static inline struct verdict
go(const char *next)
{
	return (struct verdict){ .verb = GO, .next = next };
}

/* The same, and the new state is looked at only in `seconds`. */
static inline struct verdict
go_after(const char *next, int64_t seconds)
{
	return (struct verdict){ .verb = GO, .next = next, .wait = seconds };
}

/* Not a failure: look again in `seconds`.  Without an error the row keeps the
 * one that it has. */
static inline struct verdict
wait_for(int64_t seconds, struct err why)
{
	return (struct verdict){ .verb = WAIT, .wait = seconds, .err = why };
}

/* Nothing is wrong, and the row stays as it is: look again in `seconds`.  The
 * error that it had and the retries that were used up are forgotten. */
static inline struct verdict
well_for(int64_t seconds)
{
	return (struct verdict){ .verb = WAIT, .wait = seconds, .well = true };
}

/* Failed; when again is decided by scheduler/backoff from blame and attempts. */
static inline struct verdict
retry(struct err why)
{
	return (struct verdict){ .verb = RETRY, .err = why };
}

/* The end of this way: the row goes to `next` with an error that the customer
 * can read, as one more failed attempt: if it does not rest there, it waits as
 * after a retry. */
static inline struct verdict
fail(const char *next, struct err why)
{
	return (struct verdict){ .verb = FAIL, .next = next, .err = why };
}

/* The verdict with one more value to write; too many is a bug and aborts. */
struct verdict with(struct verdict, const char *of, const char *name, const char *value);

void ask_dns(struct questions *, const char *name, enum dns_type);
void ask_http(struct questions *, const char *url, const char *user_agent);
void ask_detail(struct questions *, enum question_kind, const void *detail);
#endif
