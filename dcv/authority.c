/*
 * The authoritative name server of the delegation domain.  A query is read
 * (zone_wire), decided, counted against the rate limit (rate), and written:
 *
 *	query ── read ──> decide: rcode, and whose records ──> limit ──> write
 *
 * No library and no memory is asked for on this path.
 */
#include "dcv/authority.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/arena.h"
#include "dcv/authority_inside.h"
#include "dcv/rate.h"
#include "io/seal.h"

/* The SOA's numbers (RFC 1035 §3.3.13).  Nobody transfers this zone, so the
 * first four are for checkers only; the last is what counts. */
enum { TTL = 60, SERIAL = 1, REFRESH = 3600, RETRY = 600, EXPIRE = 604800, MINIMUM = 5 };
enum { HOSTNAME_MAX = 253 };

struct zone_authority {
	struct authority_zone  zone;
	const struct board    *board;
	struct rate	      *rate;	/* NULL: no limit */
	struct authority_stats stats;
};

struct zone_authority *
authority_open(const struct authority_options *options, const struct board *board, struct err *err)
{
	struct zone_authority *a = xcalloc(1, sizeof(*a));
	unsigned char seed[RATE_SEED];

	if (!authority_read_zone(options->domain, options->nameservers, &a->zone, err)) {
		free(a);
		return NULL;
	}
	a->board = board;
	if (options->responses_per_second > 0) {
		random_bytes(seed, sizeof seed);
		a->rate = rate_new(options->responses_per_second, seed);
	}
	return a;
}

void
authority_close(struct zone_authority *a)
{
	if (a == NULL)
		return;
	rate_free(a->rate);
	free(a);
}

struct authority_stats
authority_stats(const struct zone_authority *a)
{
	return a->stats;
}

/* ---- what is asked for ------------------------------------------------------------ */

/* A name in the zone as it was asked for: lower case; `own` octets come
 * before the zone's name, the last label of those begins at `last`. */
struct asked {
	unsigned char name[WIRE_NAME_MAX];
	size_t len, own, last;
	unsigned type;
};

/* What to say. */
struct decision {
	unsigned rcode;
	enum rate_kind kind;
	bool is_in_zone;
	bool has_soa, has_servers, has_txt, has_hinfo;	/* answers */
	const struct authority_server *host;		/* whose addresses */
	char   hostname[HOSTNAME_MAX + 1];		/* whose TXT values */
	size_t hostname_len;
	const char *id;
	size_t id_len;
};

/* Length octets are below 'A', so the whole name may be put in lower case. */
static bool
find_in_zone(const struct authority_zone *z, const struct wire_query *q, struct asked *ret)
{
	size_t at = 0, next;

	for (size_t i = 0; i < q->name_len; i++) {
		unsigned char c = q->octets[WIRE_HEAD + i];

		ret->name[i] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	}
	ret->len = q->name_len;
	ret->type = q->type;
	if (!wire_name_ends_with(ret->name, ret->len, z->domain.octets, z->domain.len))
		return false;
	ret->own = ret->len - z->domain.len;
	for (; at < ret->own; at = next) {
		next = at + 1u + ret->name[at];
		ret->last = at;
	}
	return true;
}

static void
decide_rcode(struct decision *d, unsigned rcode)
{
	d->rcode = rcode;
	d->kind = rcode == WIRE_NXDOMAIN ? RATE_NXDOMAIN : RATE_ERROR;
}

/* QTYPEs that are not types of records (RFC 6895 §3.1), but for ANY. */
static bool
is_meta(unsigned type)
{
	return type == 0 || type == WIRE_OPT || (type >= 128 && type < WIRE_ANY);
}

/* Does a name of ours that is not on the board exist, and what has it got? */
static bool
decide_fixed(const struct authority_zone *z, const struct asked *asked, struct decision *d)
{
	bool exists = asked->own == 0;

	for (size_t i = 0; i < z->server_count; i++) {
		const struct wire_name *name = &z->servers[i].name;

		if (!wire_name_ends_with(name->octets, name->len, asked->name, asked->len))
			continue;
		exists = true;	/* a name that is empty exists if one below it does (RFC 4592 §2.2.2) */
		if (name->len == asked->len)
			d->host = &z->servers[i];
	}
	if (!exists)
		return false;
	if (asked->type == WIRE_ANY) {
		d->has_hinfo = d->host != NULL || asked->own == 0;
	} else {
		d->has_soa = asked->own == 0 && asked->type == WIRE_SOA;
		d->has_servers = asked->own == 0 && asked->type == WIRE_NS;
	}
	return true;
}

static bool
has_address(const struct authority_server *host, unsigned type)
{
	for (size_t i = 0; host != NULL && i < host->address_count; i++)
		if (host->addresses[i].ss_family == (type == WIRE_A ? AF_INET : AF_INET6))
			return type == WIRE_A || type == WIRE_AAAA;
	return false;
}

/* The labels before the delegation id as a hostname; false: no hostname is
 * spelled like that.  A dot within a label is not the one between labels. */
static bool
read_hostname(const struct asked *asked, struct decision *d)
{
	size_t len = 0;

	for (size_t at = 0; at < asked->last; at += 1u + asked->name[at]) {
		if (at > 0)
			d->hostname[len++] = '.';
		for (size_t i = 1; i <= asked->name[at]; i++) {
			unsigned char c = asked->name[at + i];

			if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
				return false;
			d->hostname[len++] = (char)c;
		}
	}
	d->hostname[len] = '\0';
	d->hostname_len = len;
	return len > 0;
}

static const char *
next_value(const struct zone_authority *a, const struct decision *d, size_t *pos)
{
	return board_next_txt(a->board, d->hostname, d->hostname_len, d->id, d->id_len, pos);
}

/* Until the board is known, another server is asked. */
static void
decide_delegated(const struct zone_authority *a, const struct asked *asked, struct decision *d)
{
	size_t pos = 0;

	d->id = (const char *)asked->name + asked->last + 1;
	d->id_len = asked->name[asked->last];
	if (!board_is_ready(a->board)) {
		decide_rcode(d, WIRE_SERVFAIL);
	} else if (!board_has_delegation(a->board, d->id, d->id_len)) {
		decide_rcode(d, WIRE_NXDOMAIN);
	} else if ((asked->type != WIRE_TXT && asked->type != WIRE_ANY) || !read_hostname(asked, d) ||
	    next_value(a, d, &pos) == NULL) {
		d->kind = RATE_NODATA;
	} else {
		d->has_txt = asked->type == WIRE_TXT;
		d->has_hinfo = asked->type == WIRE_ANY;
	}
}

static void
decide(const struct zone_authority *a, const struct wire_query *q, struct asked *asked, struct decision *d)
{
	if (q->edns_version > 0) {
		decide_rcode(d, WIRE_BADVERS);
		return;
	}
	if (q->class != WIRE_CLASS_IN || is_meta(q->type) || !find_in_zone(&a->zone, q, asked)) {
		decide_rcode(d, WIRE_REFUSED);
		return;
	}
	d->is_in_zone = true;
	if (!decide_fixed(&a->zone, asked, d)) {
		decide_delegated(a, asked, d);
		return;
	}
	if (!has_address(d->host, asked->type))
		d->host = NULL;
	if (d->host == NULL && !d->has_soa && !d->has_servers && !d->has_hinfo)
		d->kind = RATE_NODATA;
}

/* ---- what is said --------------------------------------------------------------------- */

/* RFC 2308 §5: a denial is kept for the least of its TTL and MINIMUM. */
static bool
add_soa(const struct authority_zone *z, struct wire_answer *w, enum wire_section section)
{
	wire_begin_record(w, &z->domain, WIRE_SOA, section == WIRE_ANSWER ? TTL : MINIMUM);
	wire_put_name(w, &z->servers[0].name);
	wire_put_name(w, &z->rname);
	wire_put_32(w, SERIAL);
	wire_put_32(w, REFRESH);
	wire_put_32(w, RETRY);
	wire_put_32(w, EXPIRE);
	wire_put_32(w, MINIMUM);
	return wire_end_record(w, section);
}

static bool
add_address(struct wire_answer *w, const struct wire_name *owner, const struct sockaddr_storage *at,
    enum wire_section section)
{
	bool is_4 = at->ss_family == AF_INET;

	wire_begin_record(w, owner, is_4 ? WIRE_A : WIRE_AAAA, TTL);
	if (is_4)
		wire_put(w, &((const struct sockaddr_in *)(const void *)at)->sin_addr, 4);
	else
		wire_put(w, &((const struct sockaddr_in6 *)(const void *)at)->sin6_addr, 16);
	return wire_end_record(w, section);
}

static bool
add_addresses(struct wire_answer *w, const struct authority_server *host, unsigned type)
{
	bool fits = true;

	for (size_t i = 0; i < host->address_count && fits; i++)
		if (host->addresses[i].ss_family == (type == WIRE_A ? AF_INET : AF_INET6))
			fits = add_address(w, NULL, &host->addresses[i], WIRE_ANSWER);
	return fits;
}

/* The addresses come along where there is room; nothing is amiss without. */
static bool
add_servers(const struct authority_zone *z, struct wire_answer *w)
{
	bool fits = true;

	for (size_t i = 0; i < z->server_count && fits; i++) {
		wire_begin_record(w, NULL, WIRE_NS, TTL);
		wire_put_name(w, &z->servers[i].name);
		fits = wire_end_record(w, WIRE_ANSWER);
	}
	for (size_t i = 0; i < z->server_count && fits; i++)
		for (size_t j = 0; j < z->servers[i].address_count; j++)
			(void)add_address(w, &z->servers[i].name, &z->servers[i].addresses[j], WIRE_ADDITIONAL);
	return fits;
}

/* Two orders may want the same value, but a set has each record once (RFC
 * 2181 §5). */
static bool
add_values(const struct zone_authority *a, const struct decision *d, struct wire_answer *w)
{
	const char *value;
	bool fits = true;

	for (size_t pos = 0; fits && (value = next_value(a, d, &pos)) != NULL;) {
		wire_begin_record(w, NULL, WIRE_TXT, TTL);
		wire_put_text(w, value, strlen(value));
		if (wire_repeats(w))
			wire_take_back(w);
		else
			fits = wire_end_record(w, WIRE_ANSWER);
	}
	return fits;
}

/* RFC 8482 §4.2: ANY is not worth an amplifier. */
static bool
add_hinfo(struct wire_answer *w)
{
	wire_begin_record(w, NULL, WIRE_HINFO, TTL);
	wire_put_text(w, "RFC8482", 7);
	wire_put_text(w, "", 0);
	return wire_end_record(w, WIRE_ANSWER);
}

static bool
add_records(const struct zone_authority *a, const struct wire_query *q, const struct decision *d, struct wire_answer *w)
{
	const struct authority_zone *z = &a->zone;

	if (!d->is_in_zone || d->kind == RATE_ERROR)
		return true;
	if (d->kind != RATE_POSITIVE)
		return add_soa(z, w, WIRE_AUTHORITY);
	if (d->has_hinfo)
		return add_hinfo(w);
	if (d->has_txt)
		return add_values(a, d, w);
	if (d->has_soa)
		return add_soa(z, w, WIRE_ANSWER);
	return d->has_servers ? add_servers(z, w) : add_addresses(w, d->host, q->type);
}

static size_t
limit_of(const struct wire_query *q, bool is_tcp)
{
	size_t limit = q->has_edns && q->payload > WIRE_PLAIN_UDP ? q->payload : WIRE_PLAIN_UDP;

	if (is_tcp)
		return AUTHORITY_MAX_ANSWER;
	return limit < AUTHORITY_UDP ? limit : AUTHORITY_UDP;
}

static size_t
write_answer(const struct zone_authority *a, const struct wire_query *q, const struct decision *d,
    bool is_tcp, bool is_shortened, unsigned char *out)
{
	struct wire_answer w;

	wire_begin(&w, q, out, limit_of(q, is_tcp));
	if (d->is_in_zone)
		w.zone = WIRE_HEAD + q->name_len - a->zone.domain.len;
	w.rcode = d->rcode;
	w.is_authoritative = d->is_in_zone && d->kind != RATE_ERROR;
	w.is_truncated = is_shortened;
	if (!is_shortened && !add_records(a, q, d, &w)) {
		/* Half a set is none (RFC 2181 §9): the client comes by TCP;
		 * what TCP cannot carry cannot be told. */
		wire_forget_records(&w);
		w.is_truncated = !is_tcp;
		w.rcode = is_tcp ? WIRE_SERVFAIL : w.rcode;
		w.is_authoritative = !is_tcp;
	}
	return wire_end(&w);
}

static enum rate_verdict
judge_rate(const struct zone_authority *a, const struct decision *d, const struct asked *asked,
    const struct sockaddr *peer, int64_t now_ms)
{
	bool is_positive = d->kind == RATE_POSITIVE;

	return rate_take(a->rate, peer, d->kind, is_positive ? asked->name : NULL, is_positive ? asked->len : 0, now_ms);
}

size_t
authority_answer(struct zone_authority *a, const unsigned char *query, size_t len,
    const struct sockaddr *peer, bool is_tcp, int64_t now_ms, unsigned char *out)
{
	struct wire_query q = { .octets = query };
	struct asked asked = { 0 };
	struct decision d = { 0 };
	enum rate_verdict verdict = RATE_SEND;

	a->stats.queries++;
	/* An answer to an answer might have an answer.  Port 0 is nobody's. */
	if (len < WIRE_HEAD || query[2] & 0x80 || addr_port(peer) == 0) {
		a->stats.malformed++;
		return 0;
	}
	if (wire_opcode(query) != 0)
		decide_rcode(&d, WIRE_NOTIMP);	/* a header alone (RFC 2136 §3.8): the rest is not ours to read */
	else if (!wire_read_query(query, len, &q))
		decide_rcode(&d, WIRE_FORMERR);
	else
		decide(a, &q, &asked, &d);
	a->stats.malformed += d.rcode == WIRE_FORMERR;
	a->stats.refused += d.rcode == WIRE_REFUSED;
	if (!is_tcp && a->rate != NULL)
		verdict = judge_rate(a, &d, &asked, peer, now_ms);
	a->stats.limited += verdict != RATE_SEND;
	if (verdict == RATE_DROP)
		return 0;
	a->stats.answers++;
	return write_answer(a, &q, &d, is_tcp, verdict == RATE_TRUNCATE, out);
}
