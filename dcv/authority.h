#ifndef DCV_AUTHORITY_H
#define DCV_AUTHORITY_H
/*
 * The authoritative name server of the delegation domain: a query's octets in,
 * an answer's octets out (RFC 1035, 2308, 3597, 6891, 8482, 9619).  Pure but
 * for the counters of its rate limit; hostile input costs a bounded look.
 *
 *	<dcv domain>			SOA, NS
 *	a name server below it		A, AAAA
 *	<delegation id>.<dcv domain>	exists, empty; NXDOMAIN if no zone has the id
 *	any name below that		TXT: the values on the board; else it exists, empty.
 *					(To deny its existence would deny all below it,
 *					RFC 8020, and values come and go.)
 *
 * TTL 60; negative answers are to be kept for 5 s.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "base/err.h"
#include "dcv/board.h"

enum { AUTHORITY_MAX_ANSWER = 65535, AUTHORITY_UDP = 1232 };

struct authority_options {
	const char *domain;		/* dcv_domain, canonical */
	const char *nameservers;	/* dcv_nameservers: NAME[=ADDRESS…],…; ADDRESSes are those of NAMEs below domain */
	unsigned    responses_per_second;	/* equal ones to one network, by UDP; 0: no limit */
};

struct zone_authority;
/* NULL: bad_option, detail says which word of which option. */
struct zone_authority *authority_open(const struct authority_options *, const struct board *, struct err *);
void authority_close(struct zone_authority *);

/* How many octets of `out` (at least AUTHORITY_MAX_ANSWER) are to be sent; 0:
 * nothing.  `now_ms`: of the monotonic clock. */
size_t authority_answer(struct zone_authority *, const unsigned char *query, size_t len,
    const struct sockaddr *peer, bool is_tcp, int64_t now_ms, unsigned char *out);

struct authority_stats { uint64_t queries, answers, refused, malformed, limited; };
struct authority_stats authority_stats(const struct zone_authority *);
#endif
