#ifndef BASE_DNS_H
#define BASE_DNS_H
/*
 * DNS messages, with ldns as a codec only: build a query, parse a reply, copy
 * out what is needed.  Pure; nothing is sent here (io/dns.c does).  Replies
 * are hostile: at most 65,535 octets, 128 records, 64 strings a TXT, 4 KiB a
 * value; whatever is more is an error (dns_malformed), never a crash.
 *
 * All text is printable ASCII: any other octet, a backslash, and in a name a
 * dot within a label, reads \DDD (RFC 1035 §5.1), so that two values are
 * equal only if their octets are.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

enum dns_type {
	DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_TXT = 16,
	DNS_AAAA = 28, DNS_CAA = 257,
};

/* How a question is put. */
enum dns_how {
	DNS_RECURSIVE,	/* to a resolver, which may validate (RD, AD) */
	DNS_UNCHECKED,	/* the same, also when DNSSEC says that it is forged (RD, CD) */
	DNS_DIRECT,	/* to a server of the zone: what it knows itself (no RD) */
};

struct dns_record {
	const char   *owner;	/* canonical name: lower case, no final dot */
	enum dns_type type;
	uint32_t      ttl;	/* seconds */
	const char   *value;	/* A, AAAA: literal; CNAME, NS: canonical name;
				 * SOA: its first server; TXT: strings joined;
				 * CAA: `flags tag value`, tag in lower case */
};

struct dns_reply {
	int		   rcode;	/* 0 NOERROR, 3 NXDOMAIN, 2 SERVFAIL … */
	bool		   truncated;	/* TC */
	bool		   authenticated;/* AD */
	bool		   authoritative;/* AA */
	struct dns_record *records;	/* answer section, in order of arrival;
					 * types of the enum only; none with TC */
	size_t		   count;
	uint32_t	   negative_ttl;/* from the SOA of a negative answer, or 0 */
	const char	  *soa_owner;	/* the zone that such a SOA is of, or NULL */
};

/* Wire query with EDNS (1232 octets, no DO); the id is the caller's random
 * number.  False: the name cannot be encoded. */
bool dns_build_query(struct arena *, const char *name, enum dns_type, enum dns_how, uint16_t id,
    unsigned char **ret_wire, size_t *ret_len, struct err *);
/* Parse a reply to exactly this query: same id, QR, opcode 0, one question
 * equal to ours (case ignored), else code dns_mismatch: drop it and keep waiting. */
bool dns_parse_reply(struct arena *, const unsigned char *wire, size_t len, const char *name,
    enum dns_type, uint16_t id, struct dns_reply *ret, struct err *);
const char *dns_type_name(enum dns_type);	/* "CNAME"; "TYPE99" never: only the enum's */
bool dns_type_of(const char *name, enum dns_type *ret);
#endif
