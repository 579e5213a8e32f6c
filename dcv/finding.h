#ifndef DCV_FINDING_H
#define DCV_FINDING_H
/*
 * Pure: what is wrong with a hostname, and how its owner mends it.  A look at
 * the world gives answers; a finding says of one of them what was expected,
 * what was found, where, and what to do.  Codes are those of base/errors.def,
 * and the sentence there is what the finding means in general.
 */
#include "dcv/hostname.h"

enum { MAX_FINDINGS = 24, FINDING_MAX_FOUND = 8 };

struct finding {
	const char *purpose;	/* "status", "ownership", "ownership_http", "routing",
				 * "certificate", "name_servers", "caa" */
	const char *code;	/* NULL: it is as it should be */
	enum blame  blame;
	const char *where;	/* the name or URL that was asked */
	const char *expected;	/* what should be there, e.g. "CNAME customers.provider.test" */
	const char *found[FINDING_MAX_FOUND + 1];	/* what is there, one text a record; ends with NULL */
	const char *fix;	/* what the customer has to do, one sentence; NULL when code is */
};

struct findings {
	struct arena *arena;
	struct finding list[MAX_FINDINGS];
	size_t count;
};

/* One finding each about the answers of a look.  It is returned also when the
 * list is full, and then not in it. */
const struct finding *finding_ownership(struct findings *, const struct hostname *, const struct answer *txt);
const struct finding *finding_ownership_http(struct findings *, const struct hostname *, const struct answer *http);
/* Whether the hostname points at us: its CNAME chain, else its addresses of
 * both families. */
const struct finding *finding_routing(struct findings *, const struct hostname *, const struct answer *a,
    const struct answer *aaaa);

/* The one to tell first: routing that is wrong says more than a proof that is
 * missing; something unknown (BLAME_NETWORK) says more than something missing.
 * NULL: all is well. */
const struct finding *finding_worst(const struct findings *);
/* "CNAME shop.other.net; TXT …": what was found, for the history. */
const char *finding_seen(const struct finding *, struct arena *);
/* All of them as a JSON array of {purpose, code, where, expected, found, fix},
 * for the row.  Holds nothing that differs between two looks at the same
 * world (no TTLs, no times). */
const char *finding_json(const struct findings *);
#endif
