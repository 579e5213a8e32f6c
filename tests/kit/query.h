#ifndef TESTS_KIT_QUERY_H
#define TESTS_KIT_QUERY_H
/* DNS queries to a name server under test, and its answers as ldns reads them. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { QUERY_MAX = 1024 };
struct query {
	const char *name;	/* as it is to be spelled; "." is the root */
	unsigned    type, class;	/* class 0: IN */
	uint16_t    id;
	bool	    is_recursive;
	bool	    has_edns, wants_dnssec;
	unsigned    payload, version;
};
#define ASK(of, what) ((struct query){ .name = (of), .type = (what) })

static inline size_t
query_put_16(unsigned char *out, size_t at, unsigned value)
{
	out[at] = (unsigned char)(value >> 8);
	out[at + 1] = (unsigned char)value;
	return at + 2;
}

static inline size_t
query_write(const struct query *q, unsigned char out[QUERY_MAX])
{
	size_t at = 12;

	memset(out, 0, 12);
	query_put_16(out, 0, q->id);
	out[2] = q->is_recursive;
	out[5] = 1;
	out[11] = q->has_edns;
	for (const char *label = q->name; *label != '\0' && *label != '.';) {
		size_t len = strcspn(label, ".");

		assert(len <= 63 && at + len < QUERY_MAX - 32);
		out[at++] = (unsigned char)len;
		memcpy(out + at, label, len);
		at += len;
		label += len + (label[len] == '.');
	}
	out[at++] = 0;
	at = query_put_16(out, at, q->type);
	at = query_put_16(out, at, q->class != 0 ? q->class : 1);
	if (!q->has_edns)
		return at;
	out[at++] = 0;
	at = query_put_16(out, at, 41);
	at = query_put_16(out, at, q->payload);
	at = query_put_16(out, at, q->version);
	at = query_put_16(out, at, q->wants_dnssec ? 0x8000 : 0);
	return query_put_16(out, at, 0);
}

/* "NOERROR aa rd; Shop.test. IN TXT; an Shop.test. 60 IN TXT "x"; edns 1232 do",
 * with ns and ar for the other sections; "unreadable" if ldns cannot read it.
 * Overwritten by the next. */
const char *answer_text(const unsigned char *answer, size_t len);
#endif
