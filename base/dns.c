/*
 * DNS messages.  ldns packs and unpacks; whether a reply belongs to our
 * question is judged on the octets before ldns sees them, and names get into
 * ldns as wire data, since its constructors from text take nearly anything.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdbool.h>	/* before ldns, which else makes a bool of its own */
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/buf.h"
#include "base/dns.h"
#include "base/name.h"

#define HEADER 12
#define MOST_WIRE 65535
#define MOST_WIRE_NAME 255	/* RFC 1035 §2.3.4 */
#define MOST_RECORDS 128
#define MOST_STRINGS 64
#define MOST_VALUE 4096
#define EDNS_SIZE 1232		/* fits an IPv6 packet that is not fragmented */

static inline void
pkt_cleanup(ldns_pkt **pkt)
{
	ldns_pkt_free(*pkt);
}
#define auto_pkt __attribute__((cleanup(pkt_cleanup))) ldns_pkt

static inline void
wire_cleanup(uint8_t **wire)
{
	free(*wire);
}
#define auto_wire __attribute__((cleanup(wire_cleanup))) uint8_t

static const struct { const char *name; enum dns_type type; } types[] = {
	{ "A", DNS_A }, { "NS", DNS_NS }, { "CNAME", DNS_CNAME }, { "SOA", DNS_SOA },
	{ "TXT", DNS_TXT }, { "AAAA", DNS_AAAA }, { "CAA", DNS_CAA },
};

const char *
dns_type_name(enum dns_type type)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (types[i].type == type)
			return types[i].name;
	}
	abort();	/* not a member of the enum */
}

bool
dns_type_of(const char *name, enum dns_type *ret)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strcasecmp(types[i].name, name) == 0) {
			*ret = types[i].type;
			return true;
		}
	}
	return false;
}

/* The name as it stands on the wire; its length, 0 if it is not a name. */
static size_t
encode_name(struct arena *a, const char *text, unsigned char out[MOST_WIRE_NAME],
    struct err *ret_err)
{
	const struct name_rules rules = { .wildcard = true, .service = true };
	const char *label = name_canonical(a, text, rules, ret_err);
	size_t at = 0;

	if (label == NULL)
		return 0;
	while (*label != '\0') {
		size_t len = strcspn(label, ".");

		/* name_canonical saw to it: labels to 63, names to 253 */
		assert(len > 0 && len < 64 && at + 1 + len + 1 <= MOST_WIRE_NAME);
		out[at++] = (unsigned char)len;
		memcpy(out + at, label, len);
		at += len;
		label += len + (label[len] == '.');
	}
	out[at++] = 0;
	return at;
}

/* RFC 6840 §5.7: AD asks for AD; RFC 4035 §3.2.2: CD. */
static uint16_t
flags_of(enum dns_how how)
{
	switch (how) {
	case DNS_RECURSIVE:
		return LDNS_RD | LDNS_AD;
	case DNS_UNCHECKED:
		return LDNS_RD | LDNS_CD;
	case DNS_DIRECT:
		return 0;
	}
	abort();	/* not a member of the enum */
}

bool
dns_build_query(struct arena *a, const char *name, enum dns_type type, enum dns_how how,
    uint16_t id, unsigned char **ret_wire, size_t *ret_len, struct err *ret_err)
{
	unsigned char wire_name[MOST_WIRE_NAME];
	size_t name_len = encode_name(a, name, wire_name, ret_err);
	auto_pkt *pkt = NULL;
	auto_wire *wire = NULL;
	size_t len;
	ldns_rdf *owner;

	if (name_len == 0)
		return false;
	owner = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, name_len, wire_name);
	if (owner == NULL)
		abort();
	/* takes the owner over */
	pkt = ldns_pkt_query_new(owner, (ldns_rr_type)type, LDNS_RR_CLASS_IN, flags_of(how));
	if (pkt == NULL)
		abort();
	ldns_pkt_set_id(pkt, id);
	ldns_pkt_set_edns_udp_size(pkt, EDNS_SIZE);
	if (ldns_pkt2wire(&wire, pkt, &len) != LDNS_STATUS_OK)
		abort();
	*ret_wire = arena_memdup(a, wire, len);
	*ret_len = len;
	return true;
}

static unsigned
u16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Why this is not the reply to our question, NULL if it is. */
static const char *
fault_of_header(const unsigned char *wire, size_t len, const unsigned char *name,
    size_t name_len, enum dns_type type, uint16_t id)
{
	if (len < HEADER)
		return "shorter than a header";
	if (u16(wire) != id)
		return "another id";
	if ((wire[2] & 0x80) == 0)
		return "not a reply";
	if ((wire[2] & 0x78) != 0)
		return "another opcode";
	if (u16(wire + 4) != 1)
		return "not exactly one question";
	if (len < HEADER + name_len + 4)
		return "another question";
	for (size_t i = 0; i < name_len; i++) {
		if (tolower(wire[HEADER + i]) != name[i])
			return "another question";
	}
	if (u16(wire + HEADER + name_len) != (unsigned)type ||
	    u16(wire + HEADER + name_len + 2) != LDNS_RR_CLASS_IN)
		return "another question";
	return NULL;
}

/* A place in a message or in one record's data. */
struct walk {
	const unsigned char *wire;
	size_t at;
	size_t end;
};

/* Goes past a name.  Where pointers lead is left to ldns, which follows them
 * within the message and not for ever. */
static bool
walk_name(struct walk *w)
{
	while (w->at < w->end) {
		unsigned char c = w->wire[w->at];

		if (c == 0 || c >= 0xc0) {
			w->at += c == 0 ? 1 : 2;
			return w->at <= w->end;
		}
		if (c > 63)
			return false;
		w->at += 1u + c;
	}
	return false;
}

/* ldns takes what a type needs and leaves the rest; who reads the same octets
 * differently sees another answer. */
static bool
rdata_is_filled(struct walk rdata, unsigned type)
{
	switch (type) {
	case DNS_A:
		return rdata.end - rdata.at == 4;
	case DNS_AAAA:
		return rdata.end - rdata.at == 16;
	case DNS_NS:
	case DNS_CNAME:
		return walk_name(&rdata) && rdata.at == rdata.end;
	case DNS_SOA:
		return walk_name(&rdata) && walk_name(&rdata) && rdata.end - rdata.at == 20;
	default:
		return true;	/* strings and values end with the record */
	}
}

/* Do as many records as the header counts fill the message to its end?  With
 * at most one OPT (RFC 6891 §6.1.1). */
static bool
is_well_formed(const unsigned char *wire, size_t len, size_t question_end)
{
	unsigned records = u16(wire + 6) + u16(wire + 8) + u16(wire + 10);
	struct walk w = { wire, question_end, len };
	unsigned opts = 0;

	for (; records > 0; records--) {
		unsigned type;
		size_t rdlen;

		if (!walk_name(&w) || w.end - w.at < 10)
			return false;
		type = u16(wire + w.at);
		rdlen = u16(wire + w.at + 8);
		w.at += 10;
		if (rdlen > w.end - w.at ||
		    !rdata_is_filled((struct walk){ wire, w.at, w.at + rdlen }, type))
			return false;
		opts += type == LDNS_RR_TYPE_OPT;
		w.at += rdlen;
	}
	return w.at == w.end && opts <= 1;
}

/* Printable ASCII as it is, but for `special` and the backslash. */
static void
add_text(struct buf *b, const unsigned char *bytes, size_t len, const char *special)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] < ' ' || bytes[i] > '~' || bytes[i] == '\\' ||
		    strchr(special, bytes[i]) != NULL)
			buf_printf(b, "\\%03u", (unsigned)bytes[i]);
		else
			buf_add(b, &bytes[i], 1);
	}
}

static void
add_lower(struct buf *b, const unsigned char *bytes, size_t len, const char *special)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)tolower(bytes[i]);

		add_text(b, &c, 1, special);
	}
}

/* A name that ldns has uncompressed; NULL if it is not one. */
static const char *
name_text(struct arena *a, const ldns_rdf *rdf)
{
	auto_buf b = { 0 };
	const unsigned char *p, *end;

	if (rdf == NULL || ldns_rdf_get_type(rdf) != LDNS_RDF_TYPE_DNAME)
		return NULL;
	p = ldns_rdf_data(rdf);
	end = p + ldns_rdf_size(rdf);
	buf_init(&b, 4 * MOST_WIRE_NAME);
	while (p < end && *p != 0) {
		size_t len = *p++;

		if (len > (size_t)(end - p))
			return NULL;
		if (b.len != 0)
			buf_puts(&b, ".");
		add_lower(&b, p, len, " .");
		p += len;
	}
	if (b.len == 0)
		buf_puts(&b, ".");
	return arena_strdup(a, b.data);
}

static const char *
address_text(struct arena *a, const ldns_rr *rr, int family, size_t size)
{
	char text[INET6_ADDRSTRLEN];
	const ldns_rdf *rdf = ldns_rr_rdf(rr, 0);

	if (rdf == NULL || ldns_rr_rd_count(rr) != 1 || ldns_rdf_size(rdf) != size ||
	    inet_ntop(family, ldns_rdf_data(rdf), text, sizeof text) == NULL)
		return NULL;
	return arena_strdup(a, text);
}

/* Each string is an rdf that begins with its length. */
static const char *
txt_text(struct arena *a, const ldns_rr *rr)
{
	auto_buf b = { 0 };
	size_t total = 0;

	if (ldns_rr_rd_count(rr) == 0 || ldns_rr_rd_count(rr) > MOST_STRINGS)
		return NULL;
	buf_init(&b, 4 * MOST_VALUE);
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *rdf = ldns_rr_rdf(rr, i);
		const unsigned char *data = ldns_rdf_data(rdf);

		if (ldns_rdf_size(rdf) == 0 || ldns_rdf_size(rdf) != 1u + data[0])
			return NULL;
		total += data[0];
		if (total > MOST_VALUE)
			return NULL;
		add_text(&b, data + 1, data[0], "");
	}
	return arena_strdup(a, b.data);
}

/* RFC 8659 §4.1: flags, a tag with its length, a value to the end.  ldns
 * leaves out the third rdf when the value is empty, which is a prohibition
 * like `issue ";"` and must not get lost.  Tags are lower case (§4.1), and a
 * blank in one is escaped, so that the value begins at the second blank. */
static const char *
caa_text(struct arena *a, const ldns_rr *rr)
{
	auto_buf b = { 0 };
	size_t count = ldns_rr_rd_count(rr);
	const ldns_rdf *flags, *tag, *value;
	const unsigned char *data;

	if (count != 2 && count != 3)
		return NULL;
	flags = ldns_rr_rdf(rr, 0);
	tag = ldns_rr_rdf(rr, 1);
	value = count == 3 ? ldns_rr_rdf(rr, 2) : NULL;
	data = ldns_rdf_data(tag);
	if (ldns_rdf_size(flags) != 1 || ldns_rdf_size(tag) < 2 ||
	    ldns_rdf_size(tag) != 1u + data[0] ||
	    (value != NULL && ldns_rdf_size(value) > MOST_VALUE))
		return NULL;
	buf_init(&b, 4 * (MOST_VALUE + 256) + 8);
	buf_printf(&b, "%u ", (unsigned)ldns_rdf_data(flags)[0]);
	add_lower(&b, data + 1, data[0], " ");
	buf_puts(&b, " ");
	if (value != NULL)
		add_text(&b, ldns_rdf_data(value), ldns_rdf_size(value), "");
	return arena_strdup(a, b.data);
}

static const char *
value_text(struct arena *a, const ldns_rr *rr, enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return address_text(a, rr, AF_INET, 4);
	case DNS_AAAA:
		return address_text(a, rr, AF_INET6, 16);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_SOA:
		return name_text(a, ldns_rr_rdf(rr, 0));
	case DNS_TXT:
		return txt_text(a, rr);
	case DNS_CAA:
		return caa_text(a, rr);
	}
	return NULL;
}

static bool
is_of_a_known_type(const ldns_rr *rr)
{
	if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN)
		return false;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if ((unsigned)ldns_rr_get_type(rr) == (unsigned)types[i].type)
			return true;
	}
	return false;
}

/* RFC 2181 §8: a TTL with the highest bit set counts as zero. */
static uint32_t
ttl_of(uint32_t ttl)
{
	return ttl > INT32_MAX ? 0 : ttl;
}

static bool
copy_answer(struct arena *a, const ldns_pkt *pkt, struct dns_reply *reply)
{
	const ldns_rr_list *answer = ldns_pkt_answer(pkt);
	size_t count = ldns_rr_list_rr_count(answer);

	reply->records = arena_alloc(a, count * sizeof *reply->records);
	for (size_t i = 0; i < count; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(answer, i);
		struct dns_record *record = &reply->records[reply->count];

		if (!is_of_a_known_type(rr))
			continue;
		record->type = (enum dns_type)ldns_rr_get_type(rr);
		record->ttl = ttl_of(ldns_rr_ttl(rr));
		record->owner = name_text(a, ldns_rr_owner(rr));
		record->value = value_text(a, rr, record->type);
		if (record->owner == NULL || record->value == NULL)
			return false;
		reply->count++;
	}
	return true;
}

/* RFC 2308 §5: a negative answer lives as long as its SOA, and at most as
 * long as that SOA's last field says. */
static void
read_negative(struct arena *a, const ldns_pkt *pkt, enum dns_type type, struct dns_reply *reply)
{
	const ldns_rr_list *authority = ldns_pkt_authority(pkt);

	for (size_t i = 0; i < reply->count; i++) {
		if (reply->records[i].type == type)
			return;
	}
	for (size_t i = 0; i < ldns_rr_list_rr_count(authority); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(authority, i);
		const ldns_rdf *minimum = ldns_rr_rdf(rr, 6);
		uint32_t least;

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA || minimum == NULL ||
		    ldns_rdf_size(minimum) != 4)
			continue;
		least = ttl_of(ldns_read_uint32(ldns_rdf_data(minimum)));
		reply->soa_owner = name_text(a, ldns_rr_owner(rr));
		reply->negative_ttl = least < ttl_of(ldns_rr_ttl(rr)) ? least : ttl_of(ldns_rr_ttl(rr));
		return;
	}
}

bool
dns_parse_reply(struct arena *a, const unsigned char *wire, size_t len, const char *name,
    enum dns_type type, uint16_t id, struct dns_reply *ret, struct err *ret_err)
{
	unsigned char wire_name[MOST_WIRE_NAME];
	size_t name_len = encode_name(a, name, wire_name, ret_err);
	struct dns_reply reply = { 0 };
	auto_pkt *pkt = NULL;
	const char *fault;
	ldns_status status;

	if (name_len == 0)
		return false;
	fault = fault_of_header(wire, len, wire_name, name_len, type, id);
	if (fault != NULL)
		return err_set(ret_err, ERR_dns_mismatch, fault);
	reply.rcode = wire[3] & 0x0f;
	reply.truncated = (wire[2] & 0x02) != 0;
	reply.authenticated = (wire[3] & 0x20) != 0;
	reply.authoritative = (wire[2] & 0x04) != 0;
	if (reply.truncated) {	/* worth nothing (RFC 2181 §9): ask by TCP */
		*ret = reply;
		return true;
	}
	if (len > MOST_WIRE)
		return err_set(ret_err, ERR_dns_malformed, "longer than 65535 octets");
	if (u16(wire + 6) + u16(wire + 8) + u16(wire + 10) > MOST_RECORDS)
		return err_set(ret_err, ERR_dns_malformed, "more than 128 records");
	if (!is_well_formed(wire, len, HEADER + name_len + 4))
		return err_set(ret_err, ERR_dns_malformed, "counts or lengths that do not fit");
	status = ldns_wire2pkt(&pkt, wire, len);
	if (status == LDNS_STATUS_MEM_ERR)
		abort();
	if (status != LDNS_STATUS_OK)
		return err_set(ret_err, ERR_dns_malformed, ldns_get_errorstr_by_id(status));
	if (!copy_answer(a, pkt, &reply))
		return err_set(ret_err, ERR_dns_malformed, "a record that cannot be, or is too long");
	/* RFC 6891 §6.1.3: EDNS brings the upper bits */
	reply.rcode |= ldns_pkt_edns_extended_rcode(pkt) << 4;
	read_negative(a, pkt, type, &reply);
	*ret = reply;
	return true;
}
