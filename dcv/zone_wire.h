#ifndef DCV_ZONE_WIRE_H
#define DCV_ZONE_WIRE_H
/*
 * Queries in and answers out, octet by octet (RFC 1035 §4.1, RFC 6891): a
 * strict reader, and a writer that cannot pass its limit.  No memory but the
 * caller's; nothing is followed, so that hostile octets cost one look each.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_rcode {
	WIRE_NOERROR = 0, WIRE_FORMERR = 1, WIRE_SERVFAIL = 2, WIRE_NXDOMAIN = 3,
	WIRE_NOTIMP = 4, WIRE_REFUSED = 5, WIRE_BADVERS = 16,
};
enum {
	WIRE_A = 1, WIRE_NS = 2, WIRE_SOA = 6, WIRE_HINFO = 13, WIRE_TXT = 16, WIRE_AAAA = 28,
	WIRE_OPT = 41, WIRE_IXFR = 251, WIRE_AXFR = 252, WIRE_ANY = 255,
};
enum { WIRE_CLASS_IN = 1, WIRE_HEAD = 12, WIRE_NAME_MAX = 255, WIRE_OPT_LEN = 11, WIRE_PLAIN_UDP = 512 };

struct wire_query {
	const unsigned char *octets;	/* the name begins at WIRE_HEAD */
	size_t	 name_len;		/* the root's octet counts */
	size_t	 question_end;		/* 0: there is no question that could be read */
	unsigned type, class;
	bool	 has_edns, wants_dnssec;
	unsigned edns_version, payload;
};
/* `len` is at least WIRE_HEAD and the opcode 0.  False: malformed; *ret has
 * what could be read before that. */
bool wire_read_query(const unsigned char *octets, size_t len, struct wire_query *ret);
unsigned wire_opcode(const unsigned char *octets);

/* A name of ours.  `own`: the octets before the zone's name; len if it is
 * not below the zone. */
struct wire_name { unsigned char octets[WIRE_NAME_MAX]; size_t len, own; };
/* False: longer than 255 octets. */
bool wire_name_of(const char *canonical, const char *zone, struct wire_name *ret);
/* Where the last `suffix_len` octets begin, if they begin with a label and
 * are equal to `suffix`. */
bool wire_name_ends_with(const unsigned char *name, size_t len, const unsigned char *suffix, size_t suffix_len);

struct wire_answer {
	const struct wire_query *query;
	unsigned char *out;
	size_t	 len, limit;		/* the limit has room left for OPT */
	size_t	 zone;			/* where the zone's name begins in the question; 0: nowhere */
	size_t	 record, rdata;		/* of the record that is being written: where it begins, and its data */
	bool	 is_over;		/* it did not fit */
	unsigned rcode;
	bool	 is_authoritative, is_truncated;
};
enum wire_section { WIRE_ANSWER = 6, WIRE_AUTHORITY = 8, WIRE_ADDITIONAL = 10 };	/* where its count stands */

/* Header and question are copied from the query; `limit` is of the message. */
void wire_begin(struct wire_answer *, const struct wire_query *, unsigned char *out, size_t limit);
void wire_forget_records(struct wire_answer *);	/* back to the question */
/* A record: begun, its data put, ended.  One that does not fit is taken back
 * as a whole, and wire_end_record says false. */
void wire_begin_record(struct wire_answer *, const struct wire_name *owner, unsigned type, uint32_t ttl);
					/* owner NULL: the name that was asked for */
void wire_put(struct wire_answer *, const void *, size_t len);
void wire_put_name(struct wire_answer *, const struct wire_name *);
void wire_put_32(struct wire_answer *, uint32_t);
void wire_put_text(struct wire_answer *, const char *, size_t len);	/* character-strings of 255 */
bool wire_end_record(struct wire_answer *, enum wire_section);
void wire_take_back(struct wire_answer *);
/* Are its data those of a record before?  Of answers to the name that was asked for. */
bool wire_repeats(const struct wire_answer *);
/* Flags and OPT; how long the message is. */
size_t wire_end(struct wire_answer *);
#endif
