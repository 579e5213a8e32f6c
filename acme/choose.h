#ifndef ACME_CHOOSE_H
#define ACME_CHOOSE_H
/*
 * Pure: which CA takes the next order of a pack?  docs/acme.md has the table
 * of cases, which is also the test.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "acme/cause.h"
#include "base/arena.h"
#include "base/err.h"

enum {				/* seconds */
	CHOOSE_FITS = 15 * 60,		/* a wait for budget that is better than another CA */
	CHOOSE_DOUBTED = 10 * 60,	/* after a failure of the CA others go first */
	CHOOSE_AVOIDED = 60 * 60,	/* the same after it saw a CAA record, or a mistake of ours */
	CHOOSE_REFUSED = 24 * 3600,	/* a refusal by policy counts so long */
	CHOOSE_CAA_AGAIN = 60,		/* CAA that could not be looked up is asked again */
};

struct caa_said;		/* scheduler/caa_question.h */

struct candidate {		/* a CA, as this pack sees it */
	const char *id, *name;
	const struct caa_said *caa;	/* NULL: CAA does not matter to it */
	bool	    broken;		/* its circuit breaker is open: no order goes there */
	int64_t	    ask_at;		/* when it is worth to look again, while it is broken */
	int64_t	    order_at;		/* when its budget admits an order; 0: now */
	enum cause  failed;		/* what this pack met there last */
	int64_t	    failed_at;		/* 0: never */
	struct err  failure;		/* its error; code NULL: none */
};

enum choice_what { CHOICE_NOBODY, CHOICE_LATER, CHOICE_TAKE };

struct choice {
	enum choice_what what;
	size_t	   index;	/* TAKE: of whom; LATER: who is waited for; NOBODY: whose error it is */
	int64_t	   at;		/* LATER; NOBODY: when a refusal is forgotten, 0: nothing changes by waiting */
	struct err err;		/* LATER, NOBODY: why */
};

/* Candidates come in order of preference.  is_explicit: the customer named the
 * first one, which is never replaced. */
struct choice acme_choose(struct arena *, const struct candidate *, size_t count, bool is_explicit,
    int64_t now);
#endif
