#ifndef DCV_CAA_H
#define DCV_CAA_H
/*
 * Pure: may this CA issue for this name?  RFC 8659 (which records count),
 * RFC 8657 (accounts and methods) over DNS answers that somebody else got.
 * First caa_names() for what to ask, then caa_decide() over the answers.
 * A wildcard certificate that also has the name itself is two questions.
 *
 * What could not be looked up is never permission, and of a zeroed decision
 * neither: it is unknown.  Outcomes: scheduler/caa_question.h.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/dns.h"
#include "base/err.h"
#include "scheduler/caa_question.h"

enum { CAA_MAX_NAMES = 127 };	/* a name has no more labels */

/*
 * The names at which CAA is asked: the name itself (without its "*."), its
 * parent, and so on to the top domain, into `ret` with room for
 * CAA_MAX_NAMES.  How many; 0: it is not a name.  They live in the arena.
 */
size_t caa_names(struct arena *, const char *name, const char **ret);

struct caa_answer {
	const char *name;		/* that was asked */
	const struct dns_reply *reply;	/* NULL: there is none, see err */
	struct err  err;
};

struct caa_question {
	const char *name;		/* "shop.example.com" or "*.example.com" */
	bool	    wildcard;		/* for the names below it; implied by "*." */
	const char *const *identities;	/* of the CA: "letsencrypt.org"; ends with NULL; the
					 * first one is advised */
	const char *account_url;	/* NULL: there is no account yet */
	const char *method;		/* "http-01", "dns-01" */
};

enum caa_why {
	/* unknown */
	CAA_LOOKUP_FAILED,	/* see err */
	CAA_NOT_ASKED,		/* the answers end before the question does: ask at `where` */
	/* forbidden */
	CAA_CRITICAL,		/* to everybody: `record` has to be removed */
	CAA_NOT_NAMED,		/* other CAs may issue, or nobody */
	CAA_OTHER_ACCOUNT,	/* this CA may, but only for another account */
	CAA_OTHER_METHOD,	/* this CA may, but only after another validation */
	/* permitted */
	CAA_NAMED,		/* by `record` */
	CAA_NO_RULE,		/* there are records, but none is about such a name */
	CAA_NO_RECORDS,		/* neither at the name nor above it */
};

struct caa_decision {
	enum caa_outcome outcome;
	enum caa_why	 why;
	struct err  err;		/* code NULL: permitted; caa_excludes, caa_restricted (only for
					 * another account or method), caa_unknown; the detail is
					 * a sentence with the record and what to add */
	const char *asked;		/* whose answer decided */
	const char *where;		/* where the deciding records stand: `asked`, or what it is
					 * an alias of; NULL: CAA_NO_RECORDS */
	const char *record;		/* `customer.com. CAA 0 issue ";"`; of several the first in
					 * byte order; NULL: none */
	const char *fix[3];		/* forbidden: the records to add, in the same form; ends with
					 * NULL.  None if the CA has no identity, or if
					 * removing the critical one is enough */
};

/*
 * The answers belong to caa_names(), in that order.  Those above the first
 * name that has records are not looked at and may be missing.
 */
struct caa_decision caa_decide(struct arena *, const struct caa_answer *, size_t count,
    const struct caa_question *);
#endif
