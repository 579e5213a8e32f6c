#ifndef DCV_FINDING_ZONE_H
#define DCV_FINDING_ZONE_H
/*
 * Pure: what only a second look tells.  dcv/finding.h says what is missing or
 * wrong where it should be; here a finding learns the reason: the record
 * stands at another name, a wildcard answers in its place, the domain's own
 * name servers disagree, or the resolver remembers what was.
 */
#include "dcv/finding.h"

/* One record that should be in the DNS. */
struct matter {
	const char *name;
	enum dns_type type;		/* A stands for whatever the name leads to */
	const char *const *values;	/* TXT: the one value; CNAME, A: names it may lead to; ends with NULL */
	const char *const *prefixes;	/* A: or where its addresses may be; ends with NULL; or NULL */
};

struct server {				/* a name server of the zone, at one address */
	const char *name;		/* "ns1.example.com" */
	const char *address;		/* "192.0.2.1"; NULL: the name has none */
	bool	    is_asked;		/* false: it is at an address that the Internet does not reach */
	struct answer soa;		/* what it says of the zone itself */
};

struct standing {			/* what the row of a hostname says of itself */
	const char *status;		/* "blocked"; NULL: nothing */
	const char *code;		/* why: "flagged", "schedule_used_up"; or NULL */
	const char *error;		/* the documented words of a hold; or NULL */
	bool	    is_held;		/* now, by a hold on the name */
};

/* Is the hostname one that is not looked at, whatever its records are?  Adds a
 * finding if so; else NULL. */
const struct finding *finding_status(struct findings *, const char *hostname, const struct standing *);

/* Does the reply have what should be there? */
bool matter_is_settled(const struct matter *, const struct dns_reply *);
/* Is there nothing at all at the name?  Not if it could not be asked. */
bool matter_is_absent(const struct matter *, const struct answer *);

/* The zone that a name is in, by the SOA of a negative answer; else NULL. */
const char *zone_of_answer(const struct answer *, const char *name);
/* Does the answer name the servers of a zone that begins at this name? */
bool zone_begins_at(const struct answer *ns, const char *name);

/* What is published at `_acme-challenge` for the CA: a TXT value, or, with a
 * matter of type CNAME, the delegation; `other` is what a question for the
 * other of the two types brought. */
const struct finding *finding_certificate(struct findings *, const struct matter *, const struct answer *,
    const struct answer *other);
/* May one of the CAs (`names`, first choice first) issue?  The answer is that
 * of dcv/caa_look. */
const struct finding *finding_caa(struct findings *, const char *hostname, const struct answer *,
    const char *const *names);
/* Does the web server answer over IPv6 as over IPv4?  Adds a finding if not;
 * NULL: it does. */
const struct finding *finding_ipv6(struct findings *, const struct hostname *, const struct answer *v4,
    const struct answer *v6);

/* These change a finding that has a code, if they know the reason; true: so it was. */
bool finding_doubled(struct findings *, struct finding *, const struct matter *, const char *doubled,
    const struct answer *there);
bool finding_wildcard(struct findings *, struct finding *, const struct matter *, const struct answer *,
    const char *sibling, const struct answer *there);
/* All servers have what the resolver does not: it remembers what was. */
bool finding_cached(struct findings *, struct finding *, const struct matter *, const struct answer *resolver,
    const struct server *, const struct answer *said, size_t count);
/* Changes any finding, also a good one: a resolver may ask another server next time. */
bool finding_disagree(struct findings *, struct finding *, const struct matter *, const char *zone,
    const struct server *, const struct answer *said, size_t count);
/* Servers that do not serve the zone.  Adds a finding if there are some;
 * NULL also when none answers, for then it is us who cannot reach them. */
const struct finding *finding_lame(struct findings *, const char *zone, const struct server *, size_t count);

/* Takes out what is wrong but not needed: any one proof of ownership will do,
 * none is needed when the hostname points at us or is `owned` already; a
 * delegation stands for the values, and the values for it. */
void finding_drop_needless(struct findings *, bool owned);
#endif
