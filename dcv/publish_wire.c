/*
 * ldns makes the message; its signature is made here: ldns signs with the
 * system's clock instead of the database's, and knows neither SHA-224 nor, by
 * a slip of its table, SHA-384.  Tests hold the two against each other.
 */
#include "dcv/publish_wire.h"

#include <assert.h>
#include <ldns/ldns.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/name.h"

enum {
	HEADER = 12,
	MOST_WIRE = 65535,
	MOST_RECORDS = 1000,	/* far more than a reply needs that repeats the message */
	MOST_WIRE_NAME = 255,
	MOST_VALUE = 255,	/* one character-string (RFC 1035 §3.3.14) */
	TTL = 60,
	TYPE_TSIG = 250,
	OPCODE_UPDATE = 5,
	BADSIG = 16, BADKEY = 17, BADTIME = 18,
};

static inline void
pkt_cleanup(ldns_pkt **pkt)
{
	ldns_pkt_free(*pkt);
}
#define auto_pkt __attribute__((cleanup(pkt_cleanup))) ldns_pkt

static inline void
list_cleanup(ldns_rr_list **list)
{
	ldns_rr_list_deep_free(*list);
}
#define auto_list __attribute__((cleanup(list_cleanup))) ldns_rr_list

static inline void
rdf_cleanup(ldns_rdf **rdf)
{
	ldns_rdf_deep_free(*rdf);
}
#define auto_rdf __attribute__((cleanup(rdf_cleanup))) ldns_rdf

static inline void
wire_cleanup(uint8_t **wire)
{
	free(*wire);
}
#define auto_wire __attribute__((cleanup(wire_cleanup))) uint8_t

/* ---- octets ------------------------------------------------------------------ */

static unsigned
u16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static int64_t
u48(const unsigned char *p)
{
	int64_t n = 0;

	for (int i = 0; i < 6; i++)
		n = n << 8 | p[i];
	return n;
}

static void
add_number(struct buf *b, uint64_t n, int octets)
{
	while (octets-- > 0) {
		unsigned char c = (unsigned char)(n >> (8 * octets));

		buf_add(b, &c, 1);
	}
}

/* A canonical name; ldns takes it because name_canonical has seen it. */
static ldns_rdf *
name_rdf(const char *canonical)
{
	ldns_rdf *rdf = ldns_dname_new_frm_str(canonical);

	assert(rdf != NULL);
	return rdf;
}

static void
add_name(struct buf *b, const char *canonical)
{
	auto_rdf *rdf = name_rdf(canonical);

	buf_add(b, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
}

/* ---- the signature ------------------------------------------------------------ */

static const EVP_MD *
digest_of(const struct tsig_key *key)
{
	const EVP_MD *md = EVP_get_digestbyname(key->algorithm + strlen("hmac-"));

	assert(md != NULL);
	return md;
}

struct tsig {			/* what of it is signed, and the signature */
	int64_t	 time;
	unsigned fudge, error;
	const unsigned char *other, *mac;
	size_t	 other_len, mac_len;
};

/* RFC 8945 §4.3: the request's MAC (of a reply), the message as it was before
 * the TSIG record was added, and that record's variables. */
static size_t
sign(const struct tsig_key *key, const struct update *request, const struct buf *message,
    const struct tsig *t, unsigned char out[EVP_MAX_MD_SIZE])
{
	auto_buf b = { 0 };
	unsigned len = 0;

	buf_init(&b, 2 * MOST_WIRE);
	if (request != NULL) {
		add_number(&b, request->mac_len, 2);
		buf_add(&b, request->mac, request->mac_len);
	}
	buf_add(&b, message->data, message->len);
	add_name(&b, key->name);
	add_number(&b, LDNS_RR_CLASS_ANY, 2);
	add_number(&b, 0, 4);
	add_name(&b, key->algorithm);
	add_number(&b, (uint64_t)t->time, 6);
	add_number(&b, t->fudge, 2);
	add_number(&b, t->error, 2);
	add_number(&b, t->other_len, 2);
	if (t->other_len > 0)
		buf_add(&b, t->other, t->other_len);
	if (b.overflow || HMAC(digest_of(key), key->secret.bytes, (int)key->secret.len,
	    (const unsigned char *)b.data, b.len, out, &len) == NULL)
		abort();	/* sizes of ours: for want of memory only */
	return len;
}

/* RFC 8945 §4.2: the record of a request, and one more in the header. */
static void
add_tsig(struct buf *message, const struct tsig_key *key, const struct update *u, const struct tsig *t)
{
	auto_rdf *algorithm = name_rdf(key->algorithm);
	unsigned additional = u16((unsigned char *)message->data + 10) + 1;

	message->data[10] = (char)(additional >> 8);
	message->data[11] = (char)additional;
	add_name(message, key->name);
	add_number(message, TYPE_TSIG, 2);
	add_number(message, LDNS_RR_CLASS_ANY, 2);
	add_number(message, 0, 4);
	add_number(message, ldns_rdf_size(algorithm) + 16 + u->mac_len, 2);
	buf_add(message, ldns_rdf_data(algorithm), ldns_rdf_size(algorithm));
	add_number(message, (uint64_t)t->time, 6);
	add_number(message, t->fudge, 2);
	add_number(message, u->mac_len, 2);
	buf_add(message, u->mac, u->mac_len);
	add_number(message, u->id, 2);
	add_number(message, 0, 2);
	add_number(message, 0, 2);
}

/* ---- the message ---------------------------------------------------------------- */

static const char *
fault_of_value(const char *value)
{
	size_t len = strlen(value);

	if (len == 0)
		return "a value is empty";
	if (len > MOST_VALUE)
		return "a value is longer than 255 octets";
	/* (A backslash reads otherwise in replies, see base/dns.h.) */
	for (size_t i = 0; i < len; i++)
		if (value[i] < ' ' || value[i] > '~' || value[i] == '\\')
			return "a value is not printable ASCII without a backslash";
	return NULL;
}

static const char *
fault_of_ask(const struct publish_ask *ask)
{
	const char *const *lists[] = { ask->add, ask->remove };
	const char *fault = NULL;
	size_t count = 0;

	for (size_t i = 0; i < 2; i++)
		for (const char *const *v = lists[i]; *v != NULL && fault == NULL; v++) {
			fault = fault_of_value(*v);
			if (++count > PUBLISH_MOST_VALUES)
				fault = "too many values for one message";
		}
	return count == 0 ? "there is nothing to add or remove" : fault;
}

/* RFC 2136 §2.5.1 (class IN: add) and §2.5.4 (class NONE, TTL 0: remove this
 * one from its set). */
static void
push_value(ldns_rr_list *list, const char *name, const char *value, bool adds)
{
	unsigned char text[1 + MOST_VALUE + 1];
	size_t len = strlen(value);
	ldns_rr *rr = ldns_rr_new();
	ldns_rdf *rdf;

	text[0] = (unsigned char)len;
	memcpy(text + 1, value, len + 1);
	rdf = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, len + 1, text);
	if (rr == NULL || rdf == NULL)
		abort();
	ldns_rr_set_owner(rr, name_rdf(name));
	ldns_rr_set_type(rr, LDNS_RR_TYPE_TXT);
	ldns_rr_set_class(rr, adds ? LDNS_RR_CLASS_IN : LDNS_RR_CLASS_NONE);
	ldns_rr_set_ttl(rr, adds ? TTL : 0);
	if (!ldns_rr_push_rdf(rr, rdf) || !ldns_rr_list_push_rr(list, rr))
		abort();
}

static void
build_unsigned(struct buf *message, const char *zone, const char *name, const struct publish_ask *ask, uint16_t id)
{
	auto_list *list = ldns_rr_list_new();
	auto_wire *wire = NULL;
	auto_pkt *pkt = NULL;
	size_t len;

	for (const char *const *v = ask->remove; *v != NULL; v++)
		push_value(list, name, *v, false);
	for (const char *const *v = ask->add; *v != NULL; v++)
		push_value(list, name, *v, true);
	/* takes the zone's name over, copies the list */
	pkt = ldns_update_pkt_new(name_rdf(zone), LDNS_RR_CLASS_IN, NULL, list, NULL);
	if (pkt == NULL)
		abort();
	ldns_pkt_set_id(pkt, id);
	ldns_pkt_set_rd(pkt, false);	/* RFC 2136 §2.2: zero */
	if (ldns_pkt2wire(&wire, pkt, &len) != LDNS_STATUS_OK || !buf_add(message, wire, len))
		abort();
}

bool
update_build(struct arena *arena, const char *zone, const struct publish_ask *ask, const struct tsig_key *key,
    uint16_t id, int64_t now, struct update *ret, struct err *err)
{
	const struct name_rules rules = { .service = true };
	const char *fault = fault_of_ask(ask);
	struct tsig t = { .time = now, .fudge = TSIG_FUDGE };
	struct update u = { .id = id };
	auto_buf message = { 0 };
	const char *name;

	if (fault != NULL)
		return err_set(err, ERR_publish_refused, fault);
	zone = name_canonical(arena, zone, rules, NULL);
	name = name_canonical(arena, ask->name, rules, NULL);
	if (zone == NULL || name == NULL || !name_is_under(name, zone))
		return err_set(err, ERR_publish_refused, "the name is none, or none of the zone");
	buf_init(&message, MOST_WIRE);
	build_unsigned(&message, zone, name, ask, id);
	u.mac_len = sign(key, NULL, &message, &t, u.mac);
	add_tsig(&message, key, &u, &t);
	assert(!message.overflow);	/* 100 values of 255 octets at a name of 253 */
	u.wire = arena_memdup(arena, message.data, message.len);
	u.len = message.len;
	*ret = u;
	return true;
}

/* ---- the reply ------------------------------------------------------------------- */

static const struct { unsigned rcode; const char *name; } rcodes[] = {
	{ 0, "NOERROR" }, { 1, "FORMERR" }, { 2, "SERVFAIL" }, { 3, "NXDOMAIN" }, { 4, "NOTIMP" },
	{ 5, "REFUSED" }, { 6, "YXDOMAIN" }, { 7, "YXRRSET" }, { 8, "NXRRSET" }, { 9, "NOTAUTH" },
	{ 10, "NOTZONE" }, { BADSIG, "BADSIG" }, { BADKEY, "BADKEY" }, { BADTIME, "BADTIME" },
	{ 22, "BADTRUNC" },
};

static const char *
rcode_name(struct arena *arena, unsigned rcode)
{
	for (size_t i = 0; i < sizeof rcodes / sizeof rcodes[0]; i++)
		if (rcodes[i].rcode == rcode)
			return rcodes[i].name;
	return arena_printf(arena, "RCODE%u", rcode);
}

struct reply {
	const unsigned char *wire;
	size_t	 len;
	size_t	 at;		/* how far it was read */
	size_t	 tsig_at;	/* where the TSIG record begins; 0: there is none */
	unsigned id;		/* as it was signed */
	struct tsig tsig;
};

/* Goes past a name as it stands there; where pointers lead matters to nobody. */
static bool
skip_name(struct reply *r)
{
	while (r->at < r->len) {
		unsigned char c = r->wire[r->at];

		if (c == 0 || c >= 0xc0) {
			r->at += c == 0 ? 1 : 2;
			return r->at <= r->len;
		}
		if (c > 63)
			return false;
		r->at += 1u + c;
	}
	return false;
}

/* Goes past all records up to the last, which is where a TSIG is if there is
 * one; false if the message does not end with it. */
static bool
find_last(struct reply *r)
{
	unsigned questions = u16(r->wire + 4);
	unsigned records = u16(r->wire + 6) + u16(r->wire + 8) + u16(r->wire + 10);
	unsigned additional = u16(r->wire + 10);

	if (questions + records > MOST_RECORDS)
		return false;
	r->at = HEADER;
	for (; questions > 0; questions--) {
		if (!skip_name(r) || r->len - r->at < 4)
			return false;
		r->at += 4;
	}
	for (; records > 0; records--) {
		size_t begin = r->at, rdlen;

		if (!skip_name(r) || r->len - r->at < 10)
			return false;
		if (u16(r->wire + r->at) == TYPE_TSIG) {
			if (records > 1 || additional == 0)	/* RFC 8945 §5.1 */
				return false;
			r->tsig_at = begin;
		}
		rdlen = u16(r->wire + r->at + 8);
		if (rdlen > r->len - r->at - 10)
			return false;
		r->at += 10 + rdlen;
	}
	return r->at == r->len;
}

/* Is the name that stands there this one? */
static bool
takes_name(struct reply *r, const char *canonical)
{
	auto_rdf *ours = name_rdf(canonical), *theirs = NULL;

	if (ldns_wire2dname(&theirs, r->wire, r->len, &r->at) != LDNS_STATUS_OK)
		return false;
	ldns_dname2canonical(theirs);
	return ldns_rdf_size(ours) == ldns_rdf_size(theirs) &&
	    memcmp(ldns_rdf_data(ours), ldns_rdf_data(theirs), ldns_rdf_size(ours)) == 0;
}

/* `count` octets behind what was read, if they are there. */
static const unsigned char *
take(struct reply *r, size_t count)
{
	const unsigned char *p = r->wire + r->at;

	if (count > r->len - r->at)
		return NULL;
	r->at += count;
	return p;
}

/* False: it is another key's, or not a record as it should be. */
static bool
read_tsig(struct reply *r, const struct tsig_key *key)
{
	const unsigned char *p;
	struct tsig *t = &r->tsig;

	r->at = r->tsig_at;
	if (!takes_name(r, key->name) || (p = take(r, 10)) == NULL ||
	    u16(p + 2) != LDNS_RR_CLASS_ANY || u16(p + 4) != 0 || u16(p + 6) != 0 || !takes_name(r, key->algorithm) || (p = take(r, 10)) == NULL)
		return false;
	t->time = u48(p);
	t->fudge = u16(p + 6);
	t->mac_len = u16(p + 8);
	if ((t->mac = take(r, t->mac_len)) == NULL || (p = take(r, 6)) == NULL)
		return false;
	r->id = u16(p);
	t->error = u16(p + 2);
	t->other_len = u16(p + 4);
	t->other = take(r, t->other_len);
	return t->other != NULL && r->at == r->len;
}

/* No truncated MAC is taken: it is the whole digest or nothing. */
static bool
is_signed_well(const struct reply *r, const struct update *u, const struct tsig_key *key)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned additional = u16(r->wire + 10) - 1;
	auto_buf message = { 0 };
	size_t len;

	buf_init(&message, MOST_WIRE);
	add_number(&message, r->id, 2);
	buf_add(&message, r->wire + 2, 8);
	add_number(&message, additional, 2);
	buf_add(&message, r->wire + HEADER, r->tsig_at - HEADER);
	len = sign(key, u, &message, &r->tsig, mac);
	return r->tsig.mac_len == len && CRYPTO_memcmp(mac, r->tsig.mac, len) == 0;
}

static const char *
refusal(struct arena *arena, unsigned rcode, const struct tsig *t)
{
	const char *name = rcode_name(arena, rcode);
	int64_t ahead;

	if (t->error == 0)
		return name;
	/* RFC 8945 §5.2.3: the server's time, and in the record the one that it was sent. */
	if (t->error != BADTIME || t->other_len != 6)
		return arena_printf(arena, "%s (%s)", name, rcode_name(arena, t->error));
	ahead = u48(t->other) - t->time;
	return arena_printf(arena, "%s (BADTIME): its clock is %lld s %s the database's", name,
	    (long long)(ahead < 0 ? -ahead : ahead), ahead < 0 ? "behind" : "ahead of");
}

bool
update_check_reply(struct arena *arena, const struct update *u, const struct tsig_key *key,
    const unsigned char *wire, size_t len, int64_t now, struct err *err)
{
	struct reply r = { .wire = wire, .len = len };
	unsigned rcode;
	int64_t apart;

	if (len < HEADER || len > MOST_WIRE || u16(wire) != u->id || (wire[2] & 0x80) == 0 ||
	    (wire[2] >> 3 & 15) != OPCODE_UPDATE || !find_last(&r))
		return err_set(err, ERR_publish_signature, "it is not a reply to the update");
	rcode = wire[3] & 15;
	if (r.tsig_at == 0)
		return rcode != 0 ? err_set(err, ERR_publish_refused,
		    arena_printf(arena, "%s, unsigned", rcode_name(arena, rcode)))
		    : err_set(err, ERR_publish_signature, "it has no signature");
	if (!read_tsig(&r, key))
		return err_set(err, ERR_publish_signature, "it is signed with another key");
	/* RFC 8945 §5.3.2: who does not have the key, or cannot believe it, does not sign. */
	if (r.tsig.mac_len == 0 && rcode != 0)
		return err_set(err, ERR_publish_refused, refusal(arena, rcode, &r.tsig));
	if (!is_signed_well(&r, u, key))
		return err_set(err, ERR_publish_signature, "its signature is wrong");
	apart = now > r.tsig.time ? now - r.tsig.time : r.tsig.time - now;
	if (apart > TSIG_FUDGE)
		return err_set(err, ERR_publish_signature, "it was signed at another time");
	if (rcode != 0 || r.tsig.error != 0)
		return err_set(err, ERR_publish_refused, refusal(arena, rcode, &r.tsig));
	return true;
}
