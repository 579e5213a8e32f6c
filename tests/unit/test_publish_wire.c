/*
 * Signed updates of a zone and their replies.  ldns has a TSIG of its own,
 * and is the other side here.
 */
#include <criterion/criterion.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/b64.h"
#include "dcv/publish_wire.h"

#define ZONE "dcv.provider.test"
#define NAME "shop.customer.test.0123456789abcdef." ZONE
#define SECRET "kx148GKVjU6a9vyBmtoiSj63GMwIlv8ioLF4C4PD5gk="
#define LIST(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })
#define DATA(text) (text), sizeof(text) - 1

static struct arena *arena;

static void
up(void)
{
	arena = arena_new(8 << 20);
}

static void
down(void)
{
	arena_free(arena);
}

TestSuite(publish_wire, .init = up, .fini = down, .timeout = 60);

static struct tsig_key
key_of(const char *algorithm)
{
	const char *text = arena_printf(arena, "%s:Pusher.:" SECRET, algorithm);
	struct tsig_key key = { 0 };
	struct err err = { 0 };

	cr_assert(tsig_key_read(text, strlen(text), &key, &err), "%s", err.detail);
	return key;
}

static struct update
update_of(const struct tsig_key *key, const char *const *add, const char *const *remove, int64_t now)
{
	const struct publish_ask ask = { .name = NAME, .add = add, .remove = remove };
	struct update u = { 0 };
	struct err err = { 0 };

	cr_assert(update_build(arena, ZONE, &ask, key, 0xbeef, now, &u, &err), "%s", err.detail);
	return u;
}

static ldns_pkt *
packet_of(const struct update *u)
{
	ldns_pkt *pkt = NULL;

	cr_assert_eq(ldns_wire2pkt(&pkt, u->wire, u->len), LDNS_STATUS_OK);
	return pkt;
}

/* ---- the message ------------------------------------------------------------- */

static void
assert_line(const ldns_rr *rr, const char *expected)
{
	char *line = ldns_rr2str(rr);

	cr_expect_str_eq(line, expected);
	free(line);
}

Test(publish_wire, an_update_adds_and_removes_single_values_and_asks_for_nothing)
{
	auto_tsig_key key = key_of("hmac-sha256");
	struct update u = update_of(&key, LIST("new 1", "new\"2"), LIST("old"), 1800000000);
	ldns_pkt *pkt = packet_of(&u);
	const ldns_rr_list *updates = ldns_pkt_authority(pkt);

	cr_expect_eq(ldns_pkt_id(pkt), 0xbeef);
	cr_expect_eq(ldns_pkt_get_opcode(pkt), LDNS_PACKET_UPDATE);
	cr_expect_arr_eq(u.wire + 2, "\x28\0", 2);
	cr_assert_eq(ldns_update_zocount(pkt), 1);
	cr_expect_eq(ldns_update_prcount(pkt), 0);
	assert_line(ldns_rr_list_rr(ldns_pkt_question(pkt), 0), ZONE ".\tIN\tSOA\n");
	cr_assert_eq(ldns_rr_list_rr_count(updates), 3);
	assert_line(ldns_rr_list_rr(updates, 0), NAME ".\t0\tNONE\tTXT\t\"old\"\n");
	assert_line(ldns_rr_list_rr(updates, 1), NAME ".\t60\tIN\tTXT\t\"new 1\"\n");
	assert_line(ldns_rr_list_rr(updates, 2), NAME ".\t60\tIN\tTXT\t\"new\\\"2\"\n");
	ldns_pkt_free(pkt);
}

Test(publish_wire, ldns_verifies_what_we_sign)
{
	static const char *const algorithms[] = { "hmac-sha1", "hmac-sha256", "hmac-sha512" };

	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
		auto_tsig_key key = key_of(algorithms[i]);
		struct update u = update_of(&key, LIST("new"), LIST("old"), 1800000000);
		ldns_pkt *pkt = packet_of(&u), *again = packet_of(&u);

		cr_expect(ldns_pkt_tsig_verify(pkt, u.wire, u.len, "pusher", SECRET, NULL), "%s", algorithms[i]);
		cr_expect_not(ldns_pkt_tsig_verify(again, u.wire, u.len, "pusher", "AAAA", NULL), "%s", algorithms[i]);
		ldns_pkt_free(pkt);
		ldns_pkt_free(again);
	}
}

Test(publish_wire, it_says_the_time_it_was_given_and_how_much_it_may_differ)
{
	auto_tsig_key key = key_of("hmac-sha384");
	struct update u = update_of(&key, LIST("new"), LIST(), 0x123456789a);
	ldns_pkt *pkt = packet_of(&u);
	const ldns_rr *tsig = ldns_pkt_tsig(pkt);

	cr_expect_arr_eq(ldns_rdf_data(ldns_rr_rdf(tsig, 1)), "\0\x12\x34\x56\x78\x9a", 6);
	cr_expect_arr_eq(ldns_rdf_data(ldns_rr_rdf(tsig, 2)), "\1\x2c", 2);
	cr_expect_eq(u.mac_len, 48);
	ldns_pkt_free(pkt);
}

Test(publish_wire, what_cannot_be_a_value_or_a_name_is_not_sent)
{
	static const char long_value[257] = { [0 ... 255] = 'x' }, largest[256] = { [0 ... 254] = 'x' };
	const char *many[PUBLISH_MOST_VALUES + 2] = { NULL };
	const struct { const char *zone; struct publish_ask ask; const char *detail; } rows[] = {
		{ ZONE, { NAME, LIST(), LIST() }, "there is nothing to add or remove" },
		{ ZONE, { NAME, LIST("a", ""), LIST() }, "a value is empty" },
		{ ZONE, { NAME, LIST("a"), LIST(long_value) }, "a value is longer than 255 octets" },
		{ ZONE, { NAME, LIST("a\nb"), LIST() }, "a value is not printable ASCII without a backslash" },
		{ ZONE, { NAME, LIST("a\\b"), LIST() }, "a value is not printable ASCII without a backslash" },
		{ ZONE, { NAME, LIST("\xc3\xa4"), LIST() }, "a value is not printable ASCII without a backslash" },
		{ ZONE, { NAME, many, LIST() }, "too many values for one message" },
		{ ZONE, { NAME, LIST(), many }, "too many values for one message" },
		{ ZONE, { "shop.other.test", LIST("a"), LIST() }, "the name is none, or none of the zone" },
		{ ZONE, { "a..b." ZONE, LIST("a"), LIST() }, "the name is none, or none of the zone" },
		{ "", { NAME, LIST("a"), LIST() }, "the name is none, or none of the zone" },
	};
	auto_tsig_key key = key_of("hmac-sha256");
	struct update u = { .len = 77 };
	struct err err = { 0 };

	for (size_t i = 0; i <= PUBLISH_MOST_VALUES; i++)
		many[i] = largest;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_not(update_build(arena, rows[i].zone, &rows[i].ask, &key, 1, 0, &u, &err), "row %zu", i);
		cr_expect_str_eq(err.code, "publish_refused");
		cr_expect_str_eq(err.detail, rows[i].detail);
	}
	cr_expect_eq(u.len, 77);
	many[PUBLISH_MOST_VALUES] = NULL;
	u = update_of(&key, many, LIST(), 0);
	cr_expect_leq(u.len, 65535);
}

/* ---- the reply ----------------------------------------------------------------- */

/* ldns wants the length before the MAC. */
static ldns_rdf *
mac_of(const struct update *u)
{
	unsigned char data[2 + TSIG_MOST_MAC] = { 0, (unsigned char)u->mac_len };

	memcpy(data + 2, u->mac, u->mac_len);
	return ldns_rdf_new_frm_data(LDNS_RDF_TYPE_INT16_DATA, 2 + u->mac_len, data);
}

struct wire {
	unsigned char bytes[2048];
	size_t len;
};

/* As a server answers, signed by ldns, which looks at the system's clock;
 * secret NULL: unsigned. */
static struct wire
reply_to(const struct update *u, unsigned rcode, const char *algorithm, const char *secret, bool of_request)
{
	ldns_rr_list *none = ldns_rr_list_new();
	ldns_pkt *pkt = ldns_update_pkt_new(ldns_dname_new_frm_str(ZONE), LDNS_RR_CLASS_IN, NULL, none, NULL);
	ldns_rdf *mac = of_request ? mac_of(u) : NULL;
	struct wire w;
	uint8_t *wire;

	ldns_pkt_set_id(pkt, 0xbeef);
	ldns_pkt_set_qr(pkt, true);
	ldns_pkt_set_rcode(pkt, (uint8_t)rcode);
	if (secret != NULL)
		cr_assert_eq(ldns_pkt_tsig_sign(pkt, "pusher.", secret, 300, algorithm, mac), LDNS_STATUS_OK);
	cr_assert_eq(ldns_pkt2wire(&wire, pkt, &w.len), LDNS_STATUS_OK);
	memcpy(w.bytes, wire, w.len);
	free(wire);
	ldns_rdf_deep_free(mac);
	ldns_pkt_free(pkt);
	ldns_rr_list_free(none);
	return w;
}

static void
expect(const struct update *u, const struct tsig_key *key, const struct wire *w, int64_t now, const char *code,
    const char *detail)
{
	struct err err = { 0 };
	bool is_taken = update_check_reply(arena, u, key, w->bytes, w->len, now, &err);

	cr_expect_eq(is_taken, code == NULL, "%s: %s", code, err.detail);
	if (code == NULL || is_taken)
		return;
	cr_expect_str_eq(err.code, code);
	cr_expect_str_eq(err.detail, detail);
}

Test(publish_wire, only_a_reply_that_is_signed_for_this_request_counts)
{
	static const char *const algorithms[] = { "hmac-sha1", "hmac-sha256", "hmac-sha512" };
	static const char ours[] = SECRET, another[] = "AAAAGKVjU6a9vyBmtoiSj63GMwIlv8ioLF4C4PD5gk0=";

	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
		auto_tsig_key key = key_of(algorithms[i]), other = key_of("hmac-sha224");
		const char *dotted = arena_printf(arena, "%s.", algorithms[i]);
		int64_t now = time(NULL);
		struct update u = update_of(&key, LIST("new"), LIST(), now), older = update_of(&key, LIST("new"), LIST(), now - 1);
		struct wire good = reply_to(&u, 0, dotted, ours, true), refused = reply_to(&u, 5, dotted, ours, true),
		    bare = reply_to(&u, 0, dotted, NULL, true), bare_refused = reply_to(&u, 9, dotted, NULL, true),
		    strange = reply_to(&u, 11, dotted, NULL, true),
		    forged = reply_to(&u, 0, dotted, another, true), alone = reply_to(&u, 0, dotted, ours, false);

		expect(&u, &key, &good, now, NULL, NULL);
		expect(&u, &key, &good, now + 299, NULL, NULL);
		expect(&u, &key, &good, now + 310, "publish_signature", "it was signed at another time");
		expect(&u, &key, &good, now - 310, "publish_signature", "it was signed at another time");
		expect(&older, &key, &good, now, "publish_signature", "its signature is wrong");
		expect(&u, &other, &good, now, "publish_signature", "it is signed with another key");
		expect(&u, &key, &refused, now, "publish_refused", "REFUSED");
		expect(&u, &key, &bare, now, "publish_signature", "it has no signature");
		expect(&u, &key, &bare_refused, now, "publish_refused", "NOTAUTH, unsigned");
		expect(&u, &key, &strange, now, "publish_refused", "RCODE11, unsigned");
		expect(&u, &key, &forged, now, "publish_signature", "its signature is wrong");
		expect(&u, &key, &alone, now, "publish_signature", "its signature is wrong");
	}
}

Test(publish_wire, no_bit_of_a_signed_reply_may_change_and_no_octet_be_missing)
{
	auto_tsig_key key = key_of("hmac-sha256");
	int64_t now = time(NULL);
	struct update u = update_of(&key, LIST("new"), LIST(), now);
	struct wire good = reply_to(&u, 0, "hmac-sha256.", SECRET, true), bad;
	struct err err = { 0 };

	for (size_t i = 0; i < good.len; i++)
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			if (bit == 0x20)	/* the case of a name does not count */
				continue;
			bad = good;
			bad.bytes[i] ^= (unsigned char)bit;
			cr_expect_not(update_check_reply(arena, &u, &key, bad.bytes, bad.len, now, &err), "octet %zu bit %u", i, bit);
		}
	for (size_t len = 0; len < good.len; len++)
		cr_expect_not(update_check_reply(arena, &u, &key, good.bytes, len, now, &err), "%zu", len);
	bad = good;
	bad.len++;
	cr_expect_not(update_check_reply(arena, &u, &key, bad.bytes, bad.len, now, &err));
	expect(&u, &key, &good, now, NULL, NULL);
}

/* RFC 8945 §4.3.2: a server may cut its MAC short where that was agreed upon; it was not. */
Test(publish_wire, a_signature_that_is_cut_short_is_none)
{
	auto_tsig_key key = key_of("hmac-sha256");
	int64_t now = time(NULL);
	struct update u = update_of(&key, LIST("new"), LIST(), now);
	struct wire w = reply_to(&u, 0, "hmac-sha256.", SECRET, true);

	for (size_t cut = 32; cut > 0; cut -= 16) {
		size_t mac = w.len - 6 - cut;

		memmove(w.bytes + mac + cut - 16, w.bytes + mac + cut, 6);
		w.bytes[mac - 1] = (unsigned char)(cut - 16);
		w.bytes[mac - 10 - 13 - 1] -= 16;
		w.len -= 16;
		expect(&u, &key, &w, now, "publish_signature", "its signature is wrong");
	}
}

/* ---- keys ------------------------------------------------------------------------ */

#define KEYMGR "# hmac-sha256:pusher:" SECRET "\nkey:\n  - id: pusher\n    algorithm: hmac-sha256\n    secret: " SECRET "\n"
#define SLASHES "//148GKVjU6a9vyBmtoiSj63GMwIlv8ioLF4C4PD5gk="

Test(publish_wire, keys_as_the_tools_of_name_servers_write_them)
{
	static const struct { const char *text, *name, *algorithm; } rows[] = {
		{ "key \"pusher\" {\n\talgorithm hmac-sha256;\n\tsecret \"" SECRET "\";\n};\n", "pusher", "hmac-sha256" },
		{ "key pusher.dcv.test. { secret \"" SECRET "\"; algorithm HMAC-SHA512; };", "pusher.dcv.test", "hmac-sha512" },
		{ "// ours\n/* of\nMay */ # or so\nkey \"a\" { algorithm \"hmac-sha1\"; secret \"" SLASHES "\"; };", "a", "hmac-sha1" },
		{ KEYMGR, "pusher", "hmac-sha256" },
		{ "key:\r\n  - id: Pusher.\r\n    algorithm: hmac-sha384\r\n    secret: " SLASHES "\r\n", "pusher", "hmac-sha384" },
		{ "hmac-sha224:pusher:" SECRET "\n", "pusher", "hmac-sha224" },
		{ "hmac-sha256.:a_b-c.test.:" SLASHES, "a_b-c.test", "hmac-sha256" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_tsig_key key = { 0 };
		struct err err = { 0 };

		cr_assert(tsig_key_read(rows[i].text, strlen(rows[i].text), &key, &err), "row %zu: %s", i, err.detail);
		cr_expect_str_eq(key.name, rows[i].name);
		cr_expect_str_eq(key.algorithm, rows[i].algorithm);
		cr_expect_eq(key.secret.len, 32);
		cr_expect_eq(key.secret.bytes[31], 9);
	}
}

Test(publish_wire, what_is_no_key_is_refused_and_never_quoted)
{
	static const char one[] = "the file is not one TSIG key", algorithm[] =
	    "the key's algorithm is none of hmac-sha1, -sha224, -sha256, -sha384 and -sha512",
	    secret[] = "the key's secret is not base64 of 1 to 256 octets", name[] = "the key's name is not a DNS name";
	static const struct { const char *text; size_t len; const char *detail; } rows[] = {
		{ "", 0, one }, { DATA("\n"), one }, { DATA("#" KEYMGR "x"), one }, { DATA(KEYMGR KEYMGR), one },
		{ DATA(SECRET), one }, { DATA("pusher:" SECRET), one },
		{ DATA("key \"a\" { algorithm hmac-sha256; };"), one },
		{ DATA("key \"a\" { algorithm hmac-sha256; algorithm hmac-sha256; };"), one },
		{ DATA("key: - id: a algorithm: hmac-sha256"), one },
		{ DATA("/* hmac-sha256:a:" SECRET), one },
		{ DATA("hmac-md5:a:" SECRET), algorithm }, { DATA("hmac-sha2:a:" SECRET), algorithm },
		{ DATA("hmac-sha256:a..b:" SECRET), name }, { DATA("hmac-sha256:a\\b:" SECRET), name },
		{ DATA("hmac-sha256:a:kx148"), secret }, { DATA("hmac-sha256:a:="), secret },
		{ DATA("hmac-sha256\0:a:" SECRET "\0"), NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_tsig_key key = { 0 };
		struct err err = { 0 };
		bool is_key = tsig_key_read(rows[i].text, rows[i].len, &key, &err);

		cr_expect_eq(is_key, rows[i].detail == NULL, "row %zu", i);
		if (is_key || rows[i].detail == NULL)
			continue;
		cr_expect_str_eq(err.code, "bad_option");
		cr_expect_str_eq(err.detail, rows[i].detail, "row %zu: %s", i, err.detail);
	}
}
