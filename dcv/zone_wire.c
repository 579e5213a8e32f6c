/* Queries in and answers out, octet by octet. */
#include "dcv/zone_wire.h"

#include <assert.h>
#include <string.h>

#include "base/name.h"

enum { OUR_PAYLOAD = 1232, LABEL_MAX = 63, DO_BIT = 0x80, TEXT_MAX = 255 };

static unsigned
read_16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void
write_16(unsigned char *p, size_t value)
{
	p[0] = (unsigned char)(value >> 8);
	p[1] = (unsigned char)value;
}

/* ---- queries ----------------------------------------------------------------- */

unsigned
wire_opcode(const unsigned char *octets)
{
	return octets[2] >> 3 & 15;
}

/* The place behind a name, or 0.  A pointer leads backwards (RFC 1035 §4.1.4),
 * so the question's name has none; it is not followed: whoever is named there
 * is of no interest. */
static size_t
skip_name(const unsigned char *p, size_t len, size_t at)
{
	size_t begin = at;

	while (at < len && p[at] <= LABEL_MAX) {
		if (p[at] == 0)
			return at + 1 - begin <= WIRE_NAME_MAX ? at + 1 : 0;
		at += 1u + p[at];
	}
	if (at + 2 > len || p[at] < 0xc0 || at - begin >= WIRE_NAME_MAX)
		return 0;
	return (read_16(p + at) & 0x3fff) >= WIRE_HEAD && (read_16(p + at) & 0x3fff) < begin ? at + 2 : 0;
}

static bool
has_well_formed_options(const unsigned char *p, size_t len)
{
	while (len >= 4 && len - 4 >= read_16(p + 2)) {
		size_t option = 4 + read_16(p + 2);

		p += option;
		len -= option;
	}
	return len == 0;
}

/* OPT at its fixed part, behind the name.  RFC 6891 §6.1.1: one, of the root,
 * and among the additional records. */
static bool
read_opt(const unsigned char *fixed, bool is_roots, struct wire_query *q)
{
	if (q->has_edns || !is_roots || !has_well_formed_options(fixed + 10, read_16(fixed + 8)))
		return false;
	q->has_edns = true;
	q->payload = read_16(fixed + 2);
	q->edns_version = fixed[5];
	q->wants_dnssec = fixed[6] & DO_BIT;
	return true;
}

/* The place behind a record that is not of the question, or 0. */
static size_t
skip_record(const unsigned char *p, size_t len, size_t at, bool is_additional, struct wire_query *q)
{
	bool is_roots = at < len && p[at] == 0;
	size_t end;

	at = skip_name(p, len, at);
	if (at == 0 || len - at < 10)
		return 0;
	end = at + 10 + read_16(p + at + 8);
	if (end > len)
		return 0;
	if (read_16(p + at) == WIRE_OPT && (!is_additional || !read_opt(p + at, is_roots, q)))
		return 0;
	return end;
}

bool
wire_read_query(const unsigned char *p, size_t len, struct wire_query *ret)
{
	unsigned authority, additional;
	size_t at;

	*ret = (struct wire_query){ .octets = p };
	if (read_16(p + 4) != 1)	/* RFC 9619 */
		return false;
	at = skip_name(p, len, WIRE_HEAD);
	if (at == 0 || len - at < 4)
		return false;
	ret->name_len = at - WIRE_HEAD;
	ret->type = read_16(p + at);
	ret->class = read_16(p + at + 2);
	ret->question_end = at + 4;
	authority = read_16(p + WIRE_AUTHORITY);
	additional = read_16(p + WIRE_ADDITIONAL);
	/* IXFR says in a SOA what the client has (RFC 1995 §3). */
	if (read_16(p + WIRE_ANSWER) != 0 || authority > (ret->type == WIRE_IXFR))
		return false;
	at += 4;
	for (unsigned i = 0; i < authority + additional && at != 0; i++)
		at = skip_record(p, len, at, i >= authority, ret);
	return at == len;
}

/* ---- names of ours --------------------------------------------------------------- */

bool
wire_name_of(const char *canonical, const char *zone, struct wire_name *ret)
{
	size_t len = 0;

	for (const char *label = canonical; label != NULL; label = name_parent(label)) {
		size_t label_len = strcspn(label, ".");

		assert(label_len >= 1 && label_len <= LABEL_MAX);
		if (len + 1 + label_len + 1 > WIRE_NAME_MAX)
			return false;
		ret->octets[len++] = (unsigned char)label_len;
		memcpy(ret->octets + len, label, label_len);
		len += label_len;
	}
	ret->octets[len++] = 0;
	ret->len = len;
	ret->own = name_is_under(canonical, zone) ? strlen(canonical) - strlen(zone) : len;
	return true;
}

bool
wire_name_ends_with(const unsigned char *name, size_t len, const unsigned char *suffix, size_t suffix_len)
{
	while (len > suffix_len) {
		len -= 1u + *name;
		name += 1u + *name;
	}
	return len == suffix_len && memcmp(name, suffix, len) == 0;
}

/* ---- answers ----------------------------------------------------------------------- */

void
wire_begin(struct wire_answer *w, const struct wire_query *q, unsigned char *out, size_t limit)
{
	size_t len = q->question_end != 0 ? q->question_end : WIRE_HEAD;

	*w = (struct wire_answer){ .query = q, .out = out, .len = len,
	    .limit = limit - (q->has_edns ? WIRE_OPT_LEN : 0) };
	assert(len <= w->limit);
	memcpy(out, q->octets, len);
	wire_forget_records(w);
}

void
wire_forget_records(struct wire_answer *w)
{
	w->len = w->query->question_end != 0 ? w->query->question_end : WIRE_HEAD;
	write_16(w->out + 4, w->query->question_end != 0);
	memset(w->out + WIRE_ANSWER, 0, WIRE_HEAD - WIRE_ANSWER);
}

void
wire_put(struct wire_answer *w, const void *octets, size_t len)
{
	if (w->is_over || len > w->limit - w->len) {
		w->is_over = true;
		return;
	}
	memcpy(w->out + w->len, octets, len);
	w->len += len;
}

static void
put_16(struct wire_answer *w, size_t value)
{
	unsigned char octets[2];

	write_16(octets, value);
	wire_put(w, octets, sizeof octets);
}

void
wire_put_32(struct wire_answer *w, uint32_t value)
{
	put_16(w, value >> 16);
	put_16(w, value & 0xffff);
}

static void
put_pointer(struct wire_answer *w, size_t to)
{
	put_16(w, 0xc000 | to);
}

void
wire_put_name(struct wire_answer *w, const struct wire_name *name)
{
	bool is_below = name->own != name->len && w->zone != 0;

	wire_put(w, name->octets, is_below ? name->own : name->len);
	if (is_below)
		put_pointer(w, w->zone);
}

void
wire_put_text(struct wire_answer *w, const char *text, size_t len)
{
	do {
		unsigned char part = (unsigned char)(len < TEXT_MAX ? len : TEXT_MAX);

		wire_put(w, &part, 1);
		wire_put(w, text, part);
		text += part;
		len -= part;
	} while (len > 0 && !w->is_over);
}

void
wire_begin_record(struct wire_answer *w, const struct wire_name *owner, unsigned type, uint32_t ttl)
{
	w->record = w->len;
	w->is_over = false;
	if (owner != NULL)
		wire_put_name(w, owner);
	else
		put_pointer(w, WIRE_HEAD);
	put_16(w, type);
	put_16(w, WIRE_CLASS_IN);
	wire_put_32(w, ttl);
	put_16(w, 0);
	w->rdata = w->len;
}

void
wire_take_back(struct wire_answer *w)
{
	w->len = w->record;
}

bool
wire_repeats(const struct wire_answer *w)
{
	size_t head = w->rdata - w->record, len = w->len - w->rdata;

	for (size_t at = w->query->question_end; !w->is_over && at < w->record;) {
		size_t rdata_len = read_16(w->out + at + head - 2);

		if (rdata_len == len && memcmp(w->out + at + head, w->out + w->rdata, len) == 0)
			return true;
		at += head + rdata_len;
	}
	return false;
}

bool
wire_end_record(struct wire_answer *w, enum wire_section section)
{
	if (w->is_over) {
		wire_take_back(w);
		return false;
	}
	write_16(w->out + w->rdata - 2, w->len - w->rdata);
	write_16(w->out + section, read_16(w->out + section) + 1);
	return true;
}

/* RFC 6891 §6.1.3.  Its room was never given to anybody else. */
static void
add_opt(struct wire_answer *w)
{
	unsigned char *p = w->out + w->len;

	memset(p, 0, WIRE_OPT_LEN);
	p[2] = WIRE_OPT;
	write_16(p + 3, OUR_PAYLOAD);
	p[5] = (unsigned char)(w->rcode >> 4);
	p[7] = w->query->wants_dnssec ? DO_BIT : 0;	/* RFC 3225 §3 */
	w->len += WIRE_OPT_LEN;
	write_16(w->out + WIRE_ADDITIONAL, read_16(w->out + WIRE_ADDITIONAL) + 1);
}

/* RD is copied; RA, AD and CD are never set (RFC 4035 §3.1.6). */
size_t
wire_end(struct wire_answer *w)
{
	w->out[2] = (unsigned char)(0x80 | (w->query->octets[2] & 0x79) | (w->is_authoritative ? 4 : 0) |
	    (w->is_truncated ? 2 : 0));
	w->out[3] = w->rcode & 15;
	if (w->query->has_edns)
		add_opt(w);
	return w->len;
}
