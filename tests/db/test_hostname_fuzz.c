/*
 * Hostile hostnames, origins and metadata, as a provider's own customers type
 * them in: some thousands that a generator makes, each from its own seed, so
 * that one that fails can be made again alone.  What PostgreSQL's own reading
 * of jsonb refuses (\u0000 is 22P05, too deep is 54001, a number too large is
 * 22003) never gets to us; everything else is taken in its canonical form or
 * refused with a documented code, and nothing is an internal error.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/name.h"
#include "tests/db/sql.h"

TestSuite(hostname_fuzz, .init = sql_up, .fini = sql_down, .timeout = 240);

#define SEED UINT64_C(0x5eed0fce27a19b01)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
enum { CREATED = 2000, EDITED = 1000, MOST_BODY = 1 << 20, ARENA = 16 << 20 };

/* ---- chance ---------------------------------------------------------------- */

struct chance {
	uint64_t state;
};

/* splitmix64 */
static uint64_t
next(struct chance *c)
{
	uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t
below(struct chance *c, size_t n)
{
	return (size_t)(next(c) % n);
}

static bool
one_in(struct chance *c, size_t n)
{
	return below(c, n) == 0;
}

#define PICK(c, array) ((array)[below(c, COUNT(array))])

/* ---- strings, as JSON writes them ------------------------------------------ */

static const char *const odd[] = {
	".", "..", "-", "--", "_", "*", "*.", " ", "@", ":", "/", "%", "%2e", "%s", "$1", "'",
	";", "&", "\\\\", "\\\"", "\\n", "\\t", "\\r\\n", "\\u001b", "\\u007f", "\\u0080",
	"\\u00ad", "\\u00df", "\\u0130", "\\u0131", "\\u017f", "\\u200b", "\\u200d", "\\u202e",
	"\\u212a", "\\u3002", "\\ud83d\\ude00", "\\uff0e", "\\uff21", "\\ufeff", "\\uffff",
	"\xc3\xbc", "e\xcc\x81", "\xe2\x84\xaa", "\xe3\x80\x82", "\xf0\x9f\x98\x80", "0x",
	"0x7f", "127", "1", "xn--", "XN--", "xn--bcher-kva", "xn--0", "[", "]", "::1", "\\u0000",
};
static const char *const good[] = {
	"shop.customer.com", "customer.co.uk", "a.b.c.d.customer.net", "me.github.io", "www.ck",
	"xn--bcher-kva.customer.com", "1.2.3.4.customer.com", "SHOP.Customer.COM",
	"shop.customer.com.",
};
static const char *const ends[] = {
	"com", "co.uk", "test", "example", "invalid", "localhost", "example.com", "example.org",
	"github.io", "ck", "local", "customer.com", "customer.com.", "0x1", "7", "arpa",
	"xn--fiqs8s", "nosuchtopdomain",
};

static void
add_label(struct chance *c, struct buf *b, size_t most)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789-ABC";
	size_t len = 1 + below(c, most);

	for (size_t i = 0; i < len; i++)
		buf_add(b, &alphabet[below(c, sizeof alphabet - 1)], 1);
}

/* Good but for odd characters before it: what is under a good name may stay so. */
static void
add_prefixed(struct chance *c, struct buf *b)
{
	for (size_t i = 1 + below(c, 2); i > 0; i--)
		buf_puts(b, PICK(c, odd));
	buf_puts(b, "shop.customer.com");
}

/* A good one that something has happened to. */
static void
add_mutation(struct chance *c, struct buf *b)
{
	const char *text = PICK(c, good);
	size_t len = strlen(text), at = below(c, len + 1),
	       cut = one_in(c, 2) ? below(c, len - at + 1) : 0;

	buf_add(b, text, at);
	for (size_t i = 1 + below(c, 2); i > 0; i--)
		buf_puts(b, PICK(c, odd));
	buf_puts(b, text + at + cut);
}

/* Around the limits: labels of 63 octets, names of 253. */
static void
add_long(struct chance *c, struct buf *b)
{
	size_t want = one_in(c, 3) ? 250 + below(c, 8) : 60 + below(c, 8);

	while (want > 0) {
		size_t label = one_in(c, 4) ? 60 + below(c, 6) : 1 + below(c, 63);

		label = label < want ? label : want;
		for (size_t i = 0; i < label; i++)
			buf_add(b, "x", 1);
		want -= label;
		if (want > 0) {
			buf_puts(b, ".");
			want--;
		}
	}
	buf_puts(b, one_in(c, 2) ? ".customer.com" : "");
}

static void
add_octets(struct chance *c, struct buf *b)
{
	for (size_t len = below(c, 40); len > 0; len--)
		buf_printf(
		    b, "\\u%04x", (unsigned)(one_in(c, 20) ? below(c, 0xd800) : 1 + below(c, 255)));
}

static void
add_string(struct chance *c, struct buf *b)
{
	buf_puts(b, "\"");
	switch (below(c, 10)) {
	case 0:
		add_octets(c, b);
		break;
	case 1:
		add_long(c, b);
		break;
	case 2:
	case 3:
		for (size_t n = below(c, 5); n > 0; n--)
			buf_puts(b, PICK(c, odd));
		break;
	case 4:
		buf_puts(b, "xn--");
		add_label(c, b, 20);
		buf_puts(b, ".customer.com");
		break;
	case 5:
	case 6:
		add_label(c, b, 12);
		buf_puts(b, ".");
		buf_puts(b, PICK(c, ends));
		break;
	case 7:
		add_label(c, b, 12);
		buf_puts(b, ".");
		buf_puts(b, PICK(c, good));
		break;
	case 8:
		add_prefixed(c, b);
		break;
	default:
		add_mutation(c, b);
		break;
	}
	buf_puts(b, "\"");
}

/* ---- other values ---------------------------------------------------------- */

static void
add_repeated(struct buf *b, const char *text, size_t times)
{
	for (; times > 0; times--)
		buf_puts(b, text);
}

static void
add_deep(struct chance *c, struct buf *b)
{
	size_t depth = one_in(c, 8) ? 20000 : below(c, 900);
	bool objects = one_in(c, 2);

	add_repeated(b, objects ? "{\"a\":" : "[", depth);
	buf_puts(b, "1");
	add_repeated(b, objects ? "}" : "]", depth);
}

static void
add_number(struct chance *c, struct buf *b)
{
	static const char *const numbers[] = { "0", "-0", "7", "1.5", "-1e-400", "1e400", "1e5000",
		"1e131071", "1e140000", "1e999999999", "9223372036854775808", "0.1e-16383",
		"340282366920938463463374607431768211456" };

	buf_puts(b, PICK(c, numbers));
}

static void add_value(struct chance *, struct buf *, int depth);

static void
add_object(struct chance *c, struct buf *b, int depth)
{
	buf_puts(b, "{");
	for (size_t i = 0, n = below(c, 4); i < n; i++) {
		buf_puts(b, i == 0 ? "" : ",");
		add_string(c, b);
		buf_puts(b, ":");
		add_value(c, b, depth + 1);
	}
	buf_puts(b, "}");
}

static void
add_value(struct chance *c, struct buf *b, int depth)
{
	static const char *const words[] = { "null", "true", "false", "[]", "{}", "\"\"",
		"[null]" };

	switch (depth > 3 ? 1 : below(c, 9)) {
	case 0:
		add_deep(c, b);
		break;
	case 1:
	case 2:
		buf_puts(b, PICK(c, words));
		break;
	case 3:
		add_number(c, b);
		break;
	case 4:
		buf_puts(b, "[");
		add_value(c, b, depth + 1);
		buf_puts(b, "]");
		break;
	case 5:
		buf_puts(b, "\"");
		add_repeated(b, "x", 4080 + below(c, 20));
		buf_puts(b, "\"");
		break;
	case 6:
		add_object(c, b, depth);
		break;
	default:
		add_string(c, b);
		break;
	}
}

/* ---- bodies ---------------------------------------------------------------- */

static void
add_ssl(struct chance *c, struct buf *b)
{
	static const char *const members[] = { "method", "type", "certificate_authority",
		"bundle_method", "wildcard", "cloudflare_branding", "settings", "colour" };
	static const char *const settings[] = { "http2", "min_tls_version", "tls_1_2_only",
		"tls_1_3", "early_hints", "ciphers" };

	buf_puts(b, ",\"ssl\":");
	if (one_in(c, 6)) {
		add_value(c, b, 0);
		return;
	}
	buf_puts(b, "{\"method\":\"txt\",\"type\":\"dv\"");
	if (one_in(c, 2)) {
		buf_printf(b, ",\"%s\":", PICK(c, members));
		add_value(c, b, 1);
	}
	if (one_in(c, 3)) {
		buf_printf(b, ",\"settings\":{\"%s\":", PICK(c, settings));
		add_value(c, b, 1);
		buf_puts(b, "}");
	}
	buf_puts(b, "}");
}

/* A member that is mostly a string. */
static void
add_member(struct chance *c, struct buf *b, const char *name)
{
	buf_printf(b, ",\"%s\":", name);
	if (one_in(c, 8))
		add_value(c, b, 0);
	else
		add_string(c, b);
}

static void
add_metadata(struct chance *c, struct buf *b)
{
	buf_puts(b, ",\"custom_metadata\":");
	if (one_in(c, 4))
		add_value(c, b, 0);
	else
		add_object(c, b, 0);
}

/* Which member of a body is hostile; the others are good or not there. */
enum { HOSTNAME = 1, ORIGIN = 2, SNI = 4, METADATA = 8, SSL = 16, ALL = 31 };

/* Of one case: `hostname` NULL for any. */
static void
make_body(uint64_t number, const char *hostname, struct buf *b)
{
	struct chance c = { SEED + number * UINT64_C(0x2545f4914f6cdd1d) };
	unsigned hostile = one_in(&c, 3) ? ALL : 1u << below(&c, 5);
	bool has_origin = one_in(&c, hostile & (ORIGIN | SNI) ? 1 : 3);

	buf_puts(b, "{\"hostname\":");
	if (hostname != NULL)
		buf_printf(b, "\"%s\"", hostname);
	else if (!(hostile & HOSTNAME))
		buf_printf(b, "\"h%u.customer.com\"", (unsigned)number);
	else if (one_in(&c, 12))
		add_value(&c, b, 0);
	else
		add_string(&c, b);
	if (has_origin && hostile & ORIGIN)
		add_member(&c, b, "custom_origin_server");
	else if (has_origin)
		buf_puts(b, ",\"custom_origin_server\":\"origin.customer.com\"");
	if (has_origin && hostile & SNI)
		add_member(&c, b, "custom_origin_sni");
	if (hostile & METADATA && one_in(&c, 2))
		add_metadata(&c, b);
	if (hostile & SSL && one_in(&c, 2))
		add_ssl(&c, b);
	if (one_in(&c, 20))
		add_member(&c, b, one_in(&c, 2) ? "hostname" : "colour");
	buf_puts(b, "}");
	cr_assert_not(b->overflow);
}

/* ---- what must hold -------------------------------------------------------- */

struct sight { /* what a test has seen, for the assertion that it saw something */
	int taken, refused, unreadable, odd_labels;
};

/* A few hundred octets of a body are enough to know it; its number makes it. */
#define WHICH "case %u of seed %#llx: %.600s"
#define OF(number, body) (unsigned)(number), (unsigned long long)SEED, (body)

/* PostgreSQL's own refusal of a text that is not jsonb to it. */
static bool
is_unreadable(const char *body, const char *state)
{
	char own[6] = "";

	return sql_try(own, "select ($1::jsonb) is null", body) == NULL && strcmp(own, state) == 0;
}

static void
is_documented(uint64_t number, const char *body, const char *state, struct sight *sight)
{
	char code[32];

	if (strncmp(state, "X14", 3) != 0) {
		cr_assert(is_unreadable(body, state), "%s (%s): " WHICH, state, sql_message(),
		    OF(number, body));
		sight->unreadable++;
		return;
	}
	cr_assert(strlen(state) == 5 && isdigit((unsigned char)state[3]) &&
	    isdigit((unsigned char)state[4]));
	snprintf(code, sizeof code, "\"code\":%s", state + 1);
	cr_assert_not_null(
	    strstr(sql_detail(), code), "%s: " WHICH, sql_detail(), OF(number, body));
	sight->refused++;
}

/* The C twin's opinion.  A label that begins with xn-- and is no A-label is
 * known to C alone: the DNS client refuses to ask for it. */
static bool
c_takes(struct arena *a, const char *text, const char **ret, struct sight *sight)
{
	struct err err = { 0 };

	*ret = name_canonical(a, text, (struct name_rules){ 0 }, &err);
	if (*ret == NULL && strstr(err.detail, "begins with xn--") != NULL) {
		sight->odd_labels++;
		return false;
	}
	return true;
}

static void
is_canonical(
    uint64_t number, const char *body, const char *stored, const char *sent, struct sight *sight)
{
	auto_arena *a = arena_new(1 << 20);
	const char *name;

	if (c_takes(a, sent, &name, sight)) {
		cr_assert_not_null(name, "%s: C does not take it: " WHICH, sent, OF(number, body));
		cr_assert_str_eq(stored, name, "stored is %s, C says %s: " WHICH, stored, name,
		    OF(number, body));
	}
	if (c_takes(a, stored, &name, sight))
		cr_assert(name != NULL && strcmp(name, stored) == 0, "%s is not canonical: " WHICH,
		    stored, OF(number, body));
}

/* Its hostname, origin and server name are canonical, its metadata what was sent. */
static void
is_kept(uint64_t number, const char *body, const char *shown, struct sight *sight)
{
	auto_arena *a = arena_new(ARENA);
	struct err err = { 0 };
	auto_json *sent = json_loads(body, 0, NULL),
		  *kept = json_read(shown, strlen(shown), MOST_BODY, a, &err);
	const char *origin = json_str(kept, "custom_origin_server"),
		   *sni = json_str(kept, "custom_origin_sni");

	/* jansson reads 1e400 in metadata no better than a double does: then the
	 * database's word on the metadata is enough. */
	if (sent == NULL || kept == NULL)
		return;
	is_canonical(number, body, json_str(kept, "hostname"), json_str(sent, "hostname"), sight);
	if (origin != NULL)
		is_canonical(number, body, origin, json_str(sent, "custom_origin_server"), sight);
	if (sni != NULL && strcmp(sni, ":request_host_header:") != 0)
		is_canonical(number, body, sni, json_str(sent, "custom_origin_sni"), sight);
}

/* Sent back as it is shown, nothing of it changes. */
static void
is_stable(uint64_t number, const char *body, const char *zone, const char *id, const char *shown)
{
	static const char edit[] = "select certwright.edit_custom_hostname($1::uuid, $2::uuid, b) "
				   "- '{ssl,created_at}'::text[] ="
				   " $3::jsonb - '{ssl,created_at}'::text[] and $3::jsonb -> "
				   "'custom_metadata' is not distinct from"
				   " nullif($4::jsonb -> 'custom_metadata', 'null')"
				   " from (select coalesce(jsonb_object_agg(k, v), '{}') from "
				   "jsonb_each($3::jsonb) e (k, v)"
				   "  where k in ('hostname', 'custom_metadata', "
				   "'custom_origin_server', 'custom_origin_sni')) s (b)";
	char state[6] = "";
	const char *same = sql_try(state, edit, zone, id, shown, body);

	cr_assert_not_null(
	    same, "%s %s (%s): " WHICH, state, sql_message(), sql_hint(), OF(number, body));
	cr_assert_str_eq(same, "t", "%s: " WHICH, shown, OF(number, body));
	cr_assert_str_eq(sql_value("select (certwright.get_custom_hostname($1::uuid, $2::uuid) - "
				   "'ssl') = ($3::jsonb - 'ssl')",
			     zone, id, shown),
	    "t", WHICH, OF(number, body));
}

static void
create(uint64_t number, const char *zone, const char *body, struct sight *sight)
{
	char state[6] = "";
	const char *id = sql_try(state,
	    "select certwright.create_custom_hostname($1::uuid, $2::jsonb) ->> 'id'", zone, body);
	const char *shown;

	if (id == NULL) {
		is_documented(number, body, state, sight);
		return;
	}
	sight->taken++;
	shown = sql_value("select certwright.get_custom_hostname($1::uuid, $2::uuid)", zone, id);
	is_kept(number, body, shown, sight);
	is_stable(number, body, zone, id, shown);
}

/* What C takes as a hostname, SQL refuses for a reason of its own only. */
static void
agrees_to_refuse(uint64_t number, const char *zone, const char *body)
{
	auto_arena *a = arena_new(1 << 20);
	auto_json *sent = json_loads(body, 0, NULL);
	const char *text = json_str(sent, "hostname");
	char state[6] = "";

	if (text == NULL || name_canonical(a, text, (struct name_rules){ 0 }, NULL) == NULL)
		return;
	if (sql_try(state,
		"select certwright.create_custom_hostname($1::uuid, jsonb_build_object('hostname', "
		"$2::text))",
		zone, text) == NULL)
		cr_assert(strstr("X1406 X1409 X1410 X1411", state) != NULL,
		    "%s, but C takes %s: " WHICH, state, text, OF(number, body));
}

static void
run(uint64_t first, uint64_t count, const char *settings, const char *hostname, struct sight *sight)
{
	const char *zone = sql_zone(settings);

	for (uint64_t number = first; number < first + count; number++) {
		auto_buf body = { 0 };

		buf_init(&body, MOST_BODY);
		make_body(number, hostname, &body);
		create(number, zone, body.data, sight);
		if (number % 4 == 0)
			agrees_to_refuse(number, zone, body.data);
	}
}

static void
has_seen_enough(const struct sight *sight, int most)
{
	fprintf(stderr,
	    "%d taken, %d refused, %d not read by PostgreSQL, %d with labels that C alone "
	    "refuses\n",
	    sight->taken, sight->refused, sight->unreadable, sight->odd_labels);
	cr_assert_gt(sight->taken, most / 20);
	cr_assert_gt(sight->refused, most / 10);
	cr_assert_gt(sight->unreadable, 0);
	cr_assert_eq(sql_number("select count(*) from certwright.custom_hostname h where "
				"h.hostname !~ '^[a-z0-9.-]+$'"),
	    0);
}

Test(hostname_fuzz, whatever_is_sent_is_refused_with_a_documented_code_or_canonical)
{
	struct sight sight = { 0 };

	run(0, CREATED, "{}", NULL, &sight);
	has_seen_enough(&sight, CREATED);
}

Test(hostname_fuzz, a_zone_that_admits_reserved_names_and_metadata_on_wildcards_is_no_weaker)
{
	struct sight sight = { 0 };

	run(1 << 20, CREATED / 2, "{\"allow_reserved_names\":true,\"metadata_on_wildcards\":true}",
	    NULL, &sight);
	has_seen_enough(&sight, CREATED / 2);
}

/* ---- edits ----------------------------------------------------------------- */

static void
edit(uint64_t number, const char *zone, const char *id, const char *body, struct sight *sight)
{
	char state[6] = "";
	const char *name = sql_try(state,
	    "select certwright.edit_custom_hostname($1::uuid, $2::uuid, $3::jsonb) ->> 'hostname'",
	    zone, id, body);

	if (name == NULL) {
		is_documented(number, body, state, sight);
		return;
	}
	sight->taken++;
	cr_assert_str_eq(name, "shop.customer.com", WHICH, OF(number, body));
	is_kept(number, body,
	    sql_value(
		"select jsonb_build_object('hostname', hostname, 'custom_origin_server', case when "
		"$2::jsonb ?"
		" 'custom_origin_server' then custom_origin_server end, 'custom_origin_sni', case "
		"when $2::jsonb ? 'custom_origin_sni'"
		" then custom_origin_sni end) from certwright.custom_hostname where id = $1::uuid",
		id, body),
	    sight);
}

Test(hostname_fuzz, an_edit_never_changes_the_name_nor_leaves_what_creation_refuses)
{
	const char *zone = sql_zone("{}"),
		   *id = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\"}");
	struct sight sight = { 0 };

	for (uint64_t number = 1 << 21; number < (1 << 21) + EDITED; number++) {
		auto_buf body = { 0 };

		buf_init(&body, MOST_BODY);
		make_body(number, number % 8 == 0 ? NULL : "shop.customer.com", &body);
		edit(number, zone, id, body.data, &sight);
	}
	has_seen_enough(&sight, EDITED);
}
