#ifndef DCV_CAA_LOOK_H
#define DCV_CAA_LOOK_H
/*
 * The performer of QUESTION_CAA (scheduler/caa_question.h): asks the DNS for
 * CAA at a name and its parents and has dcv/caa judge the answers for each CA.
 *
 * The nearest records decide, so it asks a few names at a time and no more
 * than are needed; at most CAA_LOOK_NAMES of them, within CAA_LOOK_MS.  What
 * has not answered by then counts as an answer that did not come.
 */
#include "io/dns.h"
#include "io/loop.h"
#include "scheduler/caa_question.h"
#include "scheduler/perform.h"

enum {
	CAA_LOOK_NAMES = 40,
	CAA_LOOK_AT_ONCE = 4,
	CAA_LOOK_MS = 20000,
};

struct caa_look {		/* context */
	struct loop *loop;
	struct dns  *dns;
	int64_t	     most_ms;	/* 0: CAA_LOOK_MS */
};

/* detail: struct caa_said of each candidate.  Nothing is asked when no
 * candidate has identities. */
void caa_look_perform(void *context, struct asked *);
#endif
