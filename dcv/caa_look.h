#ifndef DCV_CAA_LOOK_H
#define DCV_CAA_LOOK_H
/*
 * The performer of QUESTION_CAA (scheduler/caa_question.h): asks the DNS for
 * CAA at each name of a certificate and its parents, each of them once, and
 * has dcv/caa judge the answers for each CA.
 *
 * The nearest records decide, so it asks a few names at a time and no more
 * than are needed; for each name of the certificate at most CAA_LOOK_NAMES.
 * What has not answered when time is up counts as an answer that did not come.
 */
#include "io/dns.h"
#include "io/loop.h"
#include "scheduler/caa_question.h"
#include "scheduler/perform.h"

enum {
	CAA_LOOK_SET = 100,		/* names of a certificate; with more of them it is unknown */
	CAA_LOOK_NAMES = 40,
	CAA_LOOK_AT_ONCE = 4,		/* of one name and its parents */
	CAA_LOOK_OPEN = 8,		/* questions of all that have no answer yet, */
	CAA_LOOK_ACTIVE = 8,		/* and names that are being climbed */
	CAA_LOOK_MS = 20000,		/* for one name, */
	CAA_LOOK_MORE_MS = 300,		/* and for each one more: below the 60 s of a step even for 100 */
};

struct caa_look {		/* context */
	struct loop *loop;
	struct dns  *dns;
	int64_t	     most_ms;	/* 0: by the number of names */
};

/* detail: struct caa_said of each candidate.  Nothing is asked when no
 * candidate has identities. */
void caa_look_perform(void *context, struct asked *);
#endif
