#ifndef SCHEDULER_CAA_QUESTION_H
#define SCHEDULER_CAA_QUESTION_H
/*
 * The question that a flow (acme) puts to a performer of another folder (dcv):
 * which of these CAs may issue for these names?  They meet here, on the floor
 * below.  One look at the DNS answers for all CAs, since what is asked does
 * not depend on the CA.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

/* What could not be looked up is never permission, and of zeroed memory
 * neither: it is unknown. */
enum caa_outcome { CAA_UNKNOWN, CAA_FORBIDDEN, CAA_PERMITTED };

struct caa_candidate {			/* one CA */
	const char *const *identities;	/* "letsencrypt.org"; ends with NULL; the first one is
					 * advised.  NULL or empty: not checked, and so permitted */
	const char *account_url;	/* NULL: there is no account yet */
};

struct caa_ask {			/* question.detail */
	const char *const *names;	/* as the certificate has them, "*.x" allowed: at least one;
					 * ends with NULL.  All of them have to be permitted */
	const char *const *methods;	/* "http-01", "dns-01": at least one; permitted if any of them
					 * is, the first one is advised.  For *.name only those
					 * in the DNS count, if there are any */
	const struct caa_candidate *candidates;
	size_t count;
};

/* The first name that is forbidden decides; if none is, the first one that
 * could not be looked up. */
struct caa_said {			/* answer.detail: one for each candidate, in that order */
	enum caa_outcome outcome;
	struct err  err;		/* code NULL: permitted; caa_excludes, caa_restricted, caa_unknown */
	const char *where;		/* where the deciding records stand; unknown: which name could
					 * not be looked up; NULL: there are none */
	const char *record;		/* `customer.com. CAA 0 issue ";"`; NULL: none */
	const char *fix;		/* forbidden: one sentence with the records to add; else NULL */
};
/* The answer itself has no error: not to know is an outcome. */
#endif
