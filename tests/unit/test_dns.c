/*
 * DNS replies, as octets built by hand: which are ours, what is read from
 * them, and everything that must not be.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "base/dns.h"

#define ID 0xbeef
#define NAME "Shop.Example.com"
#define WIRE_NAME "\4shop\7example\3com"	/* the literal's NUL is the root */
#define OWNER "\xc0\x0c"		/* points to the question */
#define TTL "\0\0\1\x2c"		/* 300 */

/* A message: its bytes, in a block of exactly their size for the sanitizer. */
struct message {
	unsigned char bytes[70000];
	size_t len;
};

static void
put(struct message *m, const void *bytes, size_t len)
{
	cr_assert(m->len + len <= sizeof m->bytes);
	memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

static void
put16(struct message *m, unsigned n)
{
	const unsigned char bytes[] = { (unsigned char)(n >> 8), (unsigned char)n };

	put(m, bytes, 2);
}

#define PUT(m, literal) put(m, literal, sizeof(literal) - 1)

/* Header and question of a calm reply: QR RD RA. */
static struct message *
begin(enum dns_type type)
{
	struct message *m = calloc(1, sizeof *m);

	put16(m, ID);
	PUT(m, "\x81\x80" "\0\1" "\0\0" "\0\0" "\0\0");
	put(m, WIRE_NAME, sizeof WIRE_NAME);
	put16(m, (unsigned)type);
	put16(m, 1);
	return m;
}

enum section { ANSWER = 6, AUTHORITY = 8, ADDITIONAL = 10 };

static void
add(struct message *m, enum section section, const char *owner, size_t owner_len,
    unsigned type, const void *rdata, size_t rdlen)
{
	unsigned count = (unsigned)m->bytes[section] << 8 | m->bytes[section + 1];

	count++;
	m->bytes[section] = (unsigned char)(count >> 8);
	m->bytes[section + 1] = (unsigned char)count;
	put(m, owner, owner_len);
	put16(m, type);
	put16(m, 1);
	PUT(m, TTL);
	put16(m, (unsigned)rdlen);
	put(m, rdata, rdlen);
}

#define BYTES(literal) literal, sizeof(literal) - 1
#define ADD(m, type, rdata) add(m, ANSWER, OWNER, 2, type, rdata, sizeof(rdata) - 1)

/* Parses and frees the message. */
static bool
parse(struct arena *a, struct message *m, enum dns_type type, struct dns_reply *reply, struct err *e)
{
	unsigned char *exact = malloc(m->len != 0 ? m->len : 1);
	bool ok;

	memcpy(exact, m->bytes, m->len);
	ok = dns_parse_reply(a, exact, m->len, NAME, type, ID, reply, e);
	free(exact);
	free(m);
	return ok;
}

static void
assert_malformed(struct message *m, enum dns_type type, const char *what)
{
	auto_arena *a = arena_new(4 << 20);
	struct dns_reply reply = { .rcode = 77 };
	struct err e = { 0 };

	cr_assert_not(parse(a, m, type, &reply, &e), "%s", what);
	cr_assert_str_eq(e.code, "dns_malformed", "%s", what);
	cr_assert_not_null(e.detail);
	cr_assert_eq(reply.rcode, 77);
}

static void
assert_mismatch(struct message *m, enum dns_type type, const char *why)
{
	auto_arena *a = arena_new(4 << 20);
	struct dns_reply reply = { .rcode = 77 };
	struct err e = { 0 };

	cr_assert_not(parse(a, m, type, &reply, &e), "%s", why);
	cr_assert_str_eq(e.code, "dns_mismatch");
	cr_assert_str_eq(e.detail, why);
	cr_assert_eq(reply.rcode, 77);
}

/* -------------------------------------------------------- whose reply */

Test(dns, a_reply_to_another_question_is_not_ours)
{
	struct message *m;

	m = begin(DNS_A), m->bytes[0] ^= 1, assert_mismatch(m, DNS_A, "another id");
	m = begin(DNS_A), m->bytes[1] ^= 1, assert_mismatch(m, DNS_A, "another id");
	m = begin(DNS_A), m->bytes[2] &= 0x7f, assert_mismatch(m, DNS_A, "not a reply");
	m = begin(DNS_A), m->bytes[2] |= 0x08, assert_mismatch(m, DNS_A, "another opcode");
	m = begin(DNS_A), m->bytes[2] |= 0x40, assert_mismatch(m, DNS_A, "another opcode");
	m = begin(DNS_A), m->bytes[5] = 0, assert_mismatch(m, DNS_A, "not exactly one question");
	m = begin(DNS_A), m->bytes[5] = 2, assert_mismatch(m, DNS_A, "not exactly one question");
	m = begin(DNS_A), m->bytes[4] = 1, assert_mismatch(m, DNS_A, "not exactly one question");
	assert_mismatch(begin(DNS_AAAA), DNS_A, "another question");
	assert_mismatch(begin(DNS_CAA), DNS_A, "another question");	/* 257 is 1 in its low octet */
	m = begin(DNS_A), m->bytes[m->len - 1] = 3, assert_mismatch(m, DNS_A, "another question");
	m = begin(DNS_A), m->bytes[13] = 'c', assert_mismatch(m, DNS_A, "another question");
	m = begin(DNS_A), m->bytes[12] = 3, assert_mismatch(m, DNS_A, "another question");
	m = begin(DNS_A), m->bytes[17] = '.', assert_mismatch(m, DNS_A, "another question");
	m = begin(DNS_A), m->len -= 1, assert_mismatch(m, DNS_A, "another question");
	m = begin(DNS_A), m->len = 12, assert_mismatch(m, DNS_A, "another question");
	m = begin(DNS_A), m->len = 11, assert_mismatch(m, DNS_A, "shorter than a header");
	m = begin(DNS_A), m->len = 0, assert_mismatch(m, DNS_A, "shorter than a header");
}

Test(dns, a_longer_name_that_ends_like_ours_is_not_ours)
{
	struct message *m = begin(DNS_A);

	m->len = 12;
	put(m, "\1x" WIRE_NAME, sizeof WIRE_NAME + 2);
	put16(m, 1);
	put16(m, 1);
	assert_mismatch(m, DNS_A, "another question");
}

Test(dns, a_question_made_of_pointers_is_not_ours)
{
	struct message *m = begin(DNS_A);

	m->len = 12;
	PUT(m, "\xc0\x0c" "\0\1\0\1" "padding of no importance");
	assert_mismatch(m, DNS_A, "another question");
}

Test(dns, case_does_not_count_in_the_question)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin(DNS_A);
	struct dns_reply reply;

	m->bytes[13] = 'S';
	m->bytes[18] = 'E';
	m->bytes[20] = 'A';
	cr_assert(parse(a, m, DNS_A, &reply, NULL));
	cr_assert_eq(reply.count, 0);
}

/* -------------------------------------------------------------- header */

Test(dns, flags_and_rcode_are_read)
{
	auto_arena *a = arena_new(1 << 20);
	struct dns_reply reply;
	struct message *m;

	cr_assert(parse(a, begin(DNS_A), DNS_A, &reply, NULL));
	cr_assert_eq(reply.rcode, 0);
	cr_assert_not(reply.truncated);
	cr_assert_not(reply.authenticated);
	cr_assert_not(reply.authoritative);
	m = begin(DNS_A);
	m->bytes[2] |= 0x04;
	cr_assert(parse(a, m, DNS_A, &reply, NULL));
	cr_assert(reply.authoritative);
	for (int rcode = 0; rcode < 16; rcode++) {
		m = begin(DNS_A);
		m->bytes[3] = (unsigned char)(0xa0 | rcode);
		cr_assert(parse(a, m, DNS_A, &reply, NULL));
		cr_assert_eq(reply.rcode, rcode);
		cr_assert(reply.authenticated);
	}
}

Test(dns, edns_brings_the_upper_bits_of_the_rcode)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin(DNS_A);
	struct dns_reply reply;

	m->bytes[11] = 1;
	PUT(m, "\0" "\0\x29" "\4\xd0" "\1\0\0\0" "\0\0");	/* BADVERS */
	cr_assert(parse(a, m, DNS_A, &reply, NULL));
	cr_assert_eq(reply.rcode, 16);
}

Test(dns, there_is_at_most_one_opt)
{
	struct message *m = begin(DNS_A);

	m->bytes[11] = 2;
	PUT(m, "\0" "\0\x29" "\4\xd0" "\0\0\0\0" "\0\0");
	PUT(m, "\0" "\0\x29" "\4\xd0" "\0\0\0\0" "\0\0");
	assert_malformed(m, DNS_A, "two OPT records");
}

Test(dns, a_truncated_reply_gives_nothing_but_that)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin(DNS_A);
	struct dns_reply reply;

	ADD(m, DNS_A, "\xc0\0\2\1");
	ADD(m, DNS_A, "\xc0\0\2\2");
	m->len -= 3;
	m->bytes[2] |= 2;
	cr_assert(parse(a, m, DNS_A, &reply, NULL));
	cr_assert(reply.truncated);
	cr_assert_eq(reply.count, 0);
}

/* ------------------------------------------------------------- records */

Test(dns, every_type_is_read)
{
	static const struct { enum dns_type type; const char *rdata; size_t len; const char *value; } rows[] = {
		{ DNS_A, BYTES("\xc0\0\2\1"), "192.0.2.1" },
		{ DNS_AAAA, BYTES("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1" },
		{ DNS_AAAA, BYTES("\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1"), "::ffff:127.0.0.1" },
		{ DNS_CNAME, BYTES("\4Edge\4test\0"), "edge.test" },
		{ DNS_CNAME, BYTES("\1x\xc0\x11"), "x.example.com" },
		{ DNS_CNAME, BYTES("\xc0\x0c"), "shop.example.com" },
		{ DNS_CNAME, BYTES("\0"), "." },
		{ DNS_CNAME, BYTES("\3a.b\4te t\2\0\\\0"), "a\\046b.te\\032t.\\000\\092" },
		{ DNS_CNAME, BYTES("\5_a-*@\1\xc3\0"), "_a-*@.\\195" },
		{ DNS_NS, BYTES("\2NS\xc0\x11"), "ns.example.com" },
		{ DNS_SOA, BYTES("\2ns\0\1h\0" "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"), "ns" },
		{ DNS_TXT, BYTES("\5token"), "token" },
		{ DNS_TXT, BYTES("\2to\0\3ken"), "token" },
		{ DNS_TXT, BYTES("\0"), "" },
		{ DNS_TXT, BYTES("\6to\0ken"), "to\\000ken" },
		{ DNS_TXT, BYTES("\5\"a;b\x7f"), "\"a;b\\127" },
		{ DNS_TXT, BYTES("\4\n\t\xc3\xbc"), "\\010\\009\\195\\188" },
		{ DNS_TXT, BYTES("\5a\\000"), "a\\092000" },
		{ DNS_CAA, BYTES("\0\5issueca.test"), "0 issue ca.test" },
		{ DNS_CAA, BYTES("\x80\5issueca.test"), "128 issue ca.test" },
		{ DNS_CAA, BYTES("\0\5IsSuEca.test"), "0 issue ca.test" },
		{ DNS_CAA, BYTES("\0\5issue;"), "0 issue ;" },
		{ DNS_CAA, BYTES("\0\5issue"), "0 issue " },
		{ DNS_CAA, BYTES("\xff\x09issuewild"), "255 issuewild " },
		{ DNS_CAA, BYTES("\0\5issueca.test; validationmethods=dns-01"), "0 issue ca.test; validationmethods=dns-01" },
		{ DNS_CAA, BYTES("\0\5issue ca "), "0 issue  ca " },
		{ DNS_CAA, BYTES("\0\5issueca\0.test"), "0 issue ca\\000.test" },
		{ DNS_CAA, BYTES("\0\5is uex"), "0 is\\032ue x" },
		{ DNS_CAA, BYTES("\0\5iodefmailto:a@b.c"), "0 iodef mailto:a@b.c" },
		{ DNS_CAA, BYTES("\0\1xy"), "0 x y" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_arena *a = arena_new(1 << 20);
		struct message *m = begin(rows[i].type);
		struct dns_reply reply;
		struct err e = { 0 };

		add(m, ANSWER, OWNER, 2, (unsigned)rows[i].type, rows[i].rdata, rows[i].len);
		cr_assert(parse(a, m, rows[i].type, &reply, &e), "row %zu: %s", i, e.detail);
		cr_assert_eq(reply.count, 1);
		cr_assert_str_eq(reply.records[0].owner, "shop.example.com");
		cr_assert_eq(reply.records[0].type, rows[i].type);
		cr_assert_eq(reply.records[0].ttl, 300);
		cr_assert_str_eq(reply.records[0].value, rows[i].value, "row %zu: %s", i, reply.records[0].value);
	}
}

Test(dns, records_keep_the_order_in_which_they_came)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin(DNS_A);
	struct dns_reply reply;

	add(m, ANSWER, "\4edge\4test", 11, DNS_A, "\xc0\0\2\2", 4);
	ADD(m, DNS_CNAME, "\4edge\4test\0");
	add(m, ANSWER, "\4EDGE\4test", 11, DNS_A, "\xc0\0\2\1", 4);
	cr_assert(parse(a, m, DNS_A, &reply, NULL));
	cr_assert_eq(reply.count, 3);
	cr_assert_str_eq(reply.records[0].owner, "edge.test");
	cr_assert_str_eq(reply.records[0].value, "192.0.2.2");
	cr_assert_eq(reply.records[1].type, DNS_CNAME);
	cr_assert_str_eq(reply.records[1].owner, "shop.example.com");
	cr_assert_str_eq(reply.records[1].value, "edge.test");
	cr_assert_str_eq(reply.records[2].owner, "edge.test");
	cr_assert_str_eq(reply.records[2].value, "192.0.2.1");
}

Test(dns, only_the_answer_section_answers)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin(DNS_A);
	struct dns_reply reply;

	add(m, AUTHORITY, OWNER, 2, DNS_A, "\xc0\0\2\1", 4);
	add(m, ADDITIONAL, OWNER, 2, DNS_A, "\xc0\0\2\1", 4);
	cr_assert(parse(a, m, DNS_A, &reply, NULL));
	cr_assert_eq(reply.count, 0);
}

Test(dns, other_types_and_classes_are_skipped)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin(DNS_A);
	struct dns_reply reply;
	struct err e = { 0 };

	ADD(m, 65280, "whatever");
	ADD(m, 15, "\0\1\2mx\0");
	ADD(m, 39, "\4test\0");
	ADD(m, DNS_A, "\xc0\0\2\1");
	ADD(m, 65281, "");
	ADD(m, DNS_A, "\xc0\0\2\2");
	m->bytes[m->len - 11] = 3;	/* the last one is of class CH */
	cr_assert(parse(a, m, DNS_A, &reply, &e), "%s", e.detail);
	cr_assert_eq(reply.count, 1);
	cr_assert_str_eq(reply.records[0].value, "192.0.2.1");
}

Test(dns, a_ttl_with_its_highest_bit_is_zero)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin(DNS_A);
	struct dns_reply reply;

	ADD(m, DNS_A, "\xc0\0\2\1");
	m->bytes[m->len - 10] = 0x80;
	cr_assert(parse(a, m, DNS_A, &reply, NULL));
	cr_assert_eq(reply.records[0].ttl, 0);
}

static struct dns_reply
negative(struct arena *a, int rcode, const char *minimum, bool with_answer)
{
	struct message *m = begin(DNS_A);
	struct dns_reply reply = { 0 };
	unsigned char soa[24] = "\0\0";		/* two root names, five numbers */

	memcpy(soa + 18, minimum, 4);
	m->bytes[3] |= (unsigned char)rcode;
	ADD(m, DNS_CNAME, "\1x\0");
	if (with_answer)
		ADD(m, DNS_A, "\xc0\0\2\1");
	add(m, AUTHORITY, "\xc0\x11", 2, DNS_NS, "\1x\0", 3);
	add(m, AUTHORITY, "\7Example\xc0\x19", 10, DNS_SOA, soa, 22);
	cr_assert(parse(a, m, DNS_A, &reply, NULL));
	return reply;
}

Test(dns, a_negative_answer_has_the_lesser_ttl_of_its_soa)
{
	auto_arena *a = arena_new(1 << 20);

	cr_assert_eq(negative(a, 3, "\0\0\0\x3c", false).negative_ttl, 60);
	cr_assert_eq(negative(a, 0, "\0\0\0\x3c", false).negative_ttl, 60);
	cr_assert_eq(negative(a, 0, "\0\1\0\0", false).negative_ttl, 300);
	cr_assert_eq(negative(a, 3, "\x80\0\0\0", false).negative_ttl, 0);
	cr_assert_eq(negative(a, 0, "\0\0\0\x3c", true).negative_ttl, 0);
}

Test(dns, a_negative_answer_says_whose_zone_it_is)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin(DNS_A);
	struct dns_reply reply;

	cr_assert_str_eq(negative(a, 3, "\0\0\0\0", false).soa_owner, "example.com");
	cr_assert_str_eq(negative(a, 0, "\0\0\0\0", false).soa_owner, "example.com");
	cr_assert_null(negative(a, 0, "\0\0\0\0", true).soa_owner);
	/* no SOA: a referral, say */
	add(m, AUTHORITY, "\7Example\3com", 13, DNS_NS, "\1x\0", 3);
	cr_assert(parse(a, m, DNS_A, &reply, NULL));
	cr_assert_null(reply.soa_owner);
}

/* ------------------------------------------------------ hostile octets */

static struct message *
with(enum dns_type type, const void *rdata, size_t len)
{
	struct message *m = begin(type);

	add(m, ANSWER, OWNER, 2, (unsigned)type, rdata, len);
	return m;
}

#define WITH(type, rdata) with(type, rdata, sizeof(rdata) - 1)

Test(dns, rdata_that_cannot_be_is_malformed)
{
	assert_malformed(WITH(DNS_A, ""), DNS_A, "A of 0");
	assert_malformed(WITH(DNS_A, "\1\2\3"), DNS_A, "A of 3");
	assert_malformed(WITH(DNS_A, "\1\2\3\4\5"), DNS_A, "A of 5");
	assert_malformed(WITH(DNS_AAAA, "\1\2\3\4"), DNS_AAAA, "AAAA of 4");
	assert_malformed(WITH(DNS_AAAA, "\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3"), DNS_AAAA, "AAAA of 17");
	assert_malformed(WITH(DNS_CNAME, ""), DNS_CNAME, "CNAME of 0");
	assert_malformed(WITH(DNS_CNAME, "\1x\0y"), DNS_CNAME, "octets behind a name");
	assert_malformed(WITH(DNS_CNAME, "\1x"), DNS_CNAME, "a name without its end");
	assert_malformed(WITH(DNS_CNAME, "\x40x\0"), DNS_CNAME, "label type 01");
	assert_malformed(WITH(DNS_CNAME, "\x80x\0"), DNS_CNAME, "label type 10");
	assert_malformed(WITH(DNS_SOA, "\0\0" "1234567890123456789"), DNS_SOA, "SOA short of an octet");
	assert_malformed(WITH(DNS_SOA, "\0\0" "123456789012345678901"), DNS_SOA, "SOA and an octet");
	assert_malformed(WITH(DNS_TXT, ""), DNS_TXT, "TXT of 0");
	assert_malformed(WITH(DNS_TXT, "\5tok"), DNS_TXT, "a string that is longer than its record");
	assert_malformed(WITH(DNS_TXT, "\3tok\xff"), DNS_TXT, "the second string likewise");
	assert_malformed(WITH(DNS_CAA, ""), DNS_CAA, "CAA of 0");
	assert_malformed(WITH(DNS_CAA, "\0"), DNS_CAA, "CAA of 1");
	assert_malformed(WITH(DNS_CAA, "\0\0"), DNS_CAA, "an empty tag");
	assert_malformed(WITH(DNS_CAA, "\0\0x"), DNS_CAA, "an empty tag and a value");
	assert_malformed(WITH(DNS_CAA, "\0\6issue"), DNS_CAA, "a tag that is longer than its record");
	assert_malformed(WITH(DNS_CAA, "\0\xff" "issue"), DNS_CAA, "a tag of 255");
}

Test(dns, pointers_that_loop_are_malformed)
{
	struct message *m;

	m = begin(DNS_CNAME);
	/* the rdata begins at 12 + 18 + 4 + 12 = 46 */
	ADD(m, DNS_CNAME, "\xc0\x2e");
	cr_assert_eq(m->len, 48);
	assert_malformed(m, DNS_CNAME, "to itself");
	m = begin(DNS_CNAME), ADD(m, DNS_CNAME, "\1x\xc0\x2e");
	assert_malformed(m, DNS_CNAME, "to the label before it");
	m = begin(DNS_CNAME), ADD(m, DNS_CNAME, "\xc0\x30\xc0\x2e");
	assert_malformed(m, DNS_CNAME, "to each other");
	m = begin(DNS_CNAME), ADD(m, DNS_CNAME, "\xc0\x31");
	assert_malformed(m, DNS_CNAME, "beyond the end");
	m = begin(DNS_CNAME), ADD(m, DNS_CNAME, "\xff\xff");
	assert_malformed(m, DNS_CNAME, "far beyond the end");
	m = begin(DNS_CNAME), ADD(m, DNS_CNAME, "\xc0");
	assert_malformed(m, DNS_CNAME, "half a pointer");
	m = begin(DNS_A), add(m, ANSWER, "\xc0\x22", 2, DNS_A, "\1\2\3\4", 4);
	assert_malformed(m, DNS_A, "an owner to itself");
}

Test(dns, a_name_that_pointers_make_too_long_is_malformed)
{
	struct message *m = begin(DNS_CNAME);
	unsigned at = (unsigned)m->len + 12;
	char rdata[5 * 66];

	/* five names of a label of 63, each one pointing to the one before */
	memset(rdata, 'a', sizeof rdata);
	for (unsigned i = 0; i < 5; i++) {
		unsigned target = i == 0 ? 12 : at + (i - 1) * 66;

		rdata[i * 66] = 63;
		rdata[i * 66 + 64] = (char)(0xc0 | target >> 8);
		rdata[i * 66 + 65] = (char)target;
	}
	add(m, ANSWER, OWNER, 2, 65280, rdata, sizeof rdata);
	add(m, ANSWER, OWNER, 2, DNS_CNAME, (const char[]){ (char)(0xc0 | (at + 264) >> 8), (char)(at + 264) }, 2);
	assert_malformed(m, DNS_CNAME, "a name of more than 255");
}

Test(dns, counts_that_lie_are_malformed)
{
	struct message *m;

	m = begin(DNS_A), m->bytes[7] = 1, assert_malformed(m, DNS_A, "an answer that is not there");
	m = begin(DNS_A), m->bytes[9] = 1, assert_malformed(m, DNS_A, "an authority that is not there");
	m = begin(DNS_A), m->bytes[11] = 1, assert_malformed(m, DNS_A, "an addition that is not there");
	m = begin(DNS_A), m->bytes[6] = 0xff, assert_malformed(m, DNS_A, "many answers");
	m = begin(DNS_A), PUT(m, "\0"), assert_malformed(m, DNS_A, "an octet behind the end");
	m = WITH(DNS_A, "\1\2\3\4"), m->bytes[7] = 0, assert_malformed(m, DNS_A, "a record that does not count");
}

/* Unlike the sanitizer, which does not look into the library, a cut at every
 * octet shows that nothing past the end is taken for part of the message. */
Test(dns, a_message_cut_anywhere_is_refused)
{
	size_t whole = 34 + 16 + 19 + 26;

	for (size_t cut = 0; cut <= whole; cut++) {
		auto_arena *a = arena_new(1 << 20);
		struct message *m = begin(DNS_CAA);
		struct dns_reply reply;
		struct err e = { 0 };

		ADD(m, DNS_A, "\xc0\0\2\1");
		ADD(m, DNS_TXT, "\2to\3ken");
		ADD(m, DNS_CAA, "\0\5issueca.test");
		cr_assert_eq(m->len, whole);
		m->len = cut;
		cr_assert_eq(parse(a, m, DNS_CAA, &reply, &e), cut == whole, "cut at %zu", cut);
	}
}

Test(dns, rdata_length_that_lies_is_refused)
{
	struct message *m;

	m = WITH(DNS_TXT, "\5token"), m->bytes[45] = 7;
	assert_malformed(m, DNS_TXT, "longer than the message");
	m = WITH(DNS_TXT, "\5token"), m->bytes[45] = 5;
	assert_malformed(m, DNS_TXT, "shorter than the string");
	m = WITH(DNS_CAA, "\0\5issueca"), m->bytes[45] = 6;
	assert_malformed(m, DNS_CAA, "shorter than the tag");
}

/* ---------------------------------------------------------------- caps */

static struct message *
with_records(unsigned count)
{
	struct message *m = begin(DNS_A);

	for (unsigned i = 0; i < count; i++)
		ADD(m, DNS_A, "\xc0\0\2\1");
	return m;
}

Test(dns, there_are_at_most_128_records)
{
	auto_arena *a = arena_new(1 << 20);
	struct dns_reply reply;

	cr_assert(parse(a, with_records(128), DNS_A, &reply, NULL));
	cr_assert_eq(reply.count, 128);
	assert_malformed(with_records(129), DNS_A, "129 records");
}

static struct message *
with_strings(unsigned count, unsigned len)
{
	struct message *m;
	char rdata[65 * 256];

	memset(rdata, 'x', sizeof rdata);
	for (unsigned i = 0; i < count; i++)
		rdata[i * (len + 1)] = (char)len;
	m = begin(DNS_TXT);
	add(m, ANSWER, OWNER, 2, DNS_TXT, rdata, (size_t)count * (len + 1));
	return m;
}

Test(dns, a_txt_has_at_most_64_strings_and_4096_octets)
{
	auto_arena *a = arena_new(1 << 20);
	struct dns_reply reply;

	cr_assert(parse(a, with_strings(64, 64), DNS_TXT, &reply, NULL));
	cr_assert_eq(strlen(reply.records[0].value), 4096);
	assert_malformed(with_strings(65, 1), DNS_TXT, "65 strings");
	assert_malformed(with_strings(64, 65), DNS_TXT, "4160 octets");
	assert_malformed(with_strings(17, 255), DNS_TXT, "4335 octets");
}

static struct message *
with_caa_value(size_t len)
{
	char rdata[8000] = "\0\5issue";

	memset(rdata + 7, '\1', len);
	return with(DNS_CAA, rdata, 7 + len);
}

Test(dns, a_caa_value_has_at_most_4096_octets)
{
	auto_arena *a = arena_new(1 << 20);
	struct dns_reply reply;

	cr_assert(parse(a, with_caa_value(4096), DNS_CAA, &reply, NULL));
	cr_assert_eq(strlen(reply.records[0].value), strlen("0 issue ") + 4 * 4096);
	assert_malformed(with_caa_value(4097), DNS_CAA, "4097 octets");
}

Test(dns, a_message_has_at_most_65535_octets)
{
	auto_arena *a = arena_new(1 << 20);
	static const char filler[65536];
	struct message *m = begin(DNS_A);
	struct dns_reply reply;
	struct err e = { 0 };

	add(m, ANSWER, OWNER, 2, 65280, filler, 65535 - m->len - 12);
	cr_assert_eq(m->len, 65535);
	cr_assert(parse(a, m, DNS_A, &reply, &e), "%s", e.detail);
	m = begin(DNS_A);
	add(m, ANSWER, OWNER, 2, 65280, filler, 65536 - m->len - 12);
	assert_malformed(m, DNS_A, "65536 octets");
}

Test(dns, octets_at_random_do_no_harm)
{
	uint32_t random = 12345;

	for (int i = 0; i < 20000; i++) {
		auto_arena *a = arena_new(4 << 20);
		struct message *m = begin(DNS_CAA);
		struct dns_reply reply;
		struct err e = { 0 };
		size_t fixed = m->len;

		ADD(m, DNS_CAA, "\0\5issueca.test");
		ADD(m, DNS_CNAME, "\4edge\4test\0");
		ADD(m, DNS_TXT, "\2to\3ken");
		add(m, AUTHORITY, "\xc0\x11", 2, DNS_SOA, "\0\0" "12345678901234567890", 22);
		for (int k = 0; k < 1 + i % 4; k++) {
			random = random * 1664525 + 1013904223;
			m->bytes[fixed + (random >> 8) % (m->len - fixed)] = (unsigned char)(random >> 24);
		}
		if (!parse(a, m, DNS_CAA, &reply, &e))
			cr_assert_str_eq(e.code, "dns_malformed");
	}
}
