#ifndef DCV_CAA_SAY_H
#define DCV_CAA_SAY_H
/*
 * Pure: what dcv/caa decides about one name of a certificate, in the words of
 * QUESTION_CAA (scheduler/caa_question.h).  A name and its wildcard are one.
 */
#include "dcv/caa.h"

enum { CAA_MAX_RECORD = 512 };	/* characters of a record that somebody else wrote */

struct caa_about {
	const char *name;	/* without "*." */
	bool	    plain;	/* the certificate has the name, */
	bool	    wildcard;	/* its wildcard, or both */
	bool	    is_one_of_many;	/* then a reason says whose it is */
	const struct caa_answer *answers;	/* as caa_decide() takes them */
	size_t	    count;
};

/* False: its CAA records do not matter. */
bool caa_is_checked(const struct caa_candidate *);
/* What it points to lives in the arena or with the answers. */
struct caa_said caa_say(struct arena *, const struct caa_ask *, const struct caa_candidate *,
    const struct caa_about *);
#endif
