/* CAA as octets in a DNS message: from the wire to the decision. */
#include <criterion/criterion.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "dcv/caa.h"

#define ID 0xbeef
#define NAME "test"		/* a top domain: one question, one answer */

static const char *const identities[] = { "letsencrypt.org", NULL };
static const struct caa_question name = { NAME, false, identities, "https://ca.test/a\\b", "http-01" };
static const struct caa_question wildcard = { "*." NAME, true, identities, "https://ca.test/a\\b", "dns-01" };

struct message {
	unsigned char bytes[65535];
	size_t len;
};

static void
put(struct message *m, const void *bytes, size_t len)
{
	cr_assert(m->len + len <= sizeof m->bytes);
	memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

static struct message *
begin(void)
{
	struct message *m = calloc(1, sizeof *m);

	put(m, "\xbe\xef" "\x81\x80" "\0\1" "\0\0" "\0\0" "\0\0" "\4test\0" "\1\1" "\0\1", 22);
	return m;
}

static void
add(struct message *m, const void *rdata, size_t len)
{
	const unsigned char length[] = { (unsigned char)(len >> 8), (unsigned char)len };

	m->bytes[7]++;
	put(m, "\xc0\x0c" "\1\1" "\0\1" "\0\0\1\x2c", 10);
	put(m, length, 2);
	put(m, rdata, len);
}

/* Frees the message. */
static struct caa_decision
decide(struct arena *a, struct message *m, const struct caa_question *q)
{
	struct caa_answer answer = { .name = NAME };
	struct dns_reply reply;
	unsigned char *exact = malloc(m->len);	/* so that the sanitizer sees its end */

	memcpy(exact, m->bytes, m->len);
	if (dns_parse_reply(a, exact, m->len, NAME, DNS_CAA, ID, &reply, &answer.err))
		answer.reply = &reply;
	free(exact);
	free(m);
	return caa_decide(a, &answer, 1, q);
}

#define BYTES(literal) { literal, sizeof(literal) - 1 }
#define US "letsencrypt.org"

static const struct row {
	const char   *sentence;
	struct { const char *rdata; size_t len; } records[3];
	enum caa_why  why;		/* for the name */
	enum caa_why  why_wildcard;
	const char   *record;		/* that decides for the name; NULL: none */
} rows[] = {
	{ "an issuer is named", { BYTES("\0\5issue" US) }, CAA_NAMED, CAA_NAMED, "test. CAA 0 issue \"" US "\"" },
	{ "an issuewild is for wildcards", { BYTES("\0\5issue;"), BYTES("\0\x09issuewild" US) }, CAA_NOT_NAMED, CAA_NAMED, "test. CAA 0 issue \";\"" },
	{ "an empty issue permits nobody", { BYTES("\0\5issue") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"\"" },
	{ "an empty critical issue permits nobody", { BYTES("\x80\5issue") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 128 issue \"\"" },
	{ "an empty issuewild permits nobody wildcards", { BYTES("\0\5issue" US), BYTES("\0\x09issuewild") }, CAA_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"" US "\"" },
	{ "an empty issue beside us is still us", { BYTES("\0\5issue"), BYTES("\0\5issue" US) }, CAA_NAMED, CAA_NAMED, "test. CAA 0 issue \"" US "\"" },
	{ "a blank is an empty issue", { BYTES("\0\5issue ") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \" \"" },
	{ "tabs around an issuer do not count", { BYTES("\0\5issue\t" US "\t;\t") }, CAA_NAMED, CAA_NAMED, "test. CAA 0 issue \"\\009" US "\\009;\\009\"" },
	{ "a line's end is not a blank", { BYTES("\0\5issue" US "\n") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"" US "\\010\"" },
	{ "a NUL does not end an issuer", { BYTES("\0\5issue" US "\0.evil.test") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"" US "\\000.evil.test\"" },
	{ "a NUL at the end spoils a value", { BYTES("\0\5issue" US "\0") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"" US "\\000\"" },
	{ "a letter that looks like another is another", { BYTES("\0\5issuel\xd0\xb5tsencrypt.org") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"l\\208\\181tsencrypt.org\"" },
	{ "a byte order mark spoils a value", { BYTES("\0\5issue\xef\xbb\xbf" US) }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"\\239\\187\\191" US "\"" },
	{ "octets that look like an escape are none", { BYTES("\0\5issue\\032" US) }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"\\092032" US "\"" },
	{ "our account is compared octet by octet", { BYTES("\0\5issue" US "; accounturi=https://ca.test/a\\b") }, CAA_NAMED, CAA_NAMED, "test. CAA 0 issue \"" US "; accounturi=https://ca.test/a\\092b\"" },
	{ "a NUL does not end an account", { BYTES("\0\5issue" US "; accounturi=https://ca.test/a\\b\0") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"" US "; accounturi=https://ca.test/a\\092b\\000\"" },
	{ "a high octet in a parameter spoils a value", { BYTES("\0\5issue" US "; x=\xff") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \"" US "; x=\\255\"" },
	{ "a method differs between a name and its wildcard", { BYTES("\0\5issue" US "; validationmethods=dns-01") }, CAA_OTHER_METHOD, CAA_NAMED, "test. CAA 0 issue \"" US "; validationmethods=dns-01\"" },
	{ "a tag in capitals is the same tag", { BYTES("\0\5ISSUE;") }, CAA_NOT_NAMED, CAA_NOT_NAMED, "test. CAA 0 issue \";\"" },
	{ "a tag with a NUL is no issue", { BYTES("\0\6issue\0;") }, CAA_NO_RULE, CAA_NO_RULE, NULL },
	{ "a critical tag with a NUL is a critical tag", { BYTES("\x80\6issue\0" US) }, CAA_CRITICAL, CAA_CRITICAL, "test. CAA 128 issue\\000 \"" US "\"" },
	{ "a tag of one octet is a tag", { BYTES("\x80\1x") }, CAA_CRITICAL, CAA_CRITICAL, "test. CAA 128 x \"\"" },
	{ "the rightmost bit is critical too", { BYTES("\1\3tbsx"), BYTES("\0\5issue" US) }, CAA_CRITICAL, CAA_CRITICAL, "test. CAA 1 tbs \"x\"" },
	{ "the bits between are not", { BYTES("\x7e\3tbsx"), BYTES("\0\5issue" US) }, CAA_NAMED, CAA_NAMED, "test. CAA 0 issue \"" US "\"" },
	{ "a tag of no octets makes an answer that cannot be read", { BYTES("\0\0") }, CAA_LOOKUP_FAILED, CAA_LOOKUP_FAILED, NULL },
	{ "a tag that is longer than its record, too", { BYTES("\0\6issue") }, CAA_LOOKUP_FAILED, CAA_LOOKUP_FAILED, NULL },
	{ "an empty record, too, whatever is beside it", { BYTES("\0\5issue" US), BYTES("") }, CAA_LOOKUP_FAILED, CAA_LOOKUP_FAILED, NULL },
};

Test(caa_wire, each_row_holds)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_arena *a = arena_new(1 << 20);

		for (int wild = 0; wild < 2; wild++) {
			struct message *m = begin();
			struct caa_decision d;

			for (size_t k = 0; k < 3 && rows[i].records[k].rdata != NULL; k++)
				add(m, rows[i].records[k].rdata, rows[i].records[k].len);
			d = decide(a, m, wild ? &wildcard : &name);
			cr_expect_eq(d.why, wild ? rows[i].why_wildcard : rows[i].why, "%s: %d", rows[i].sentence, d.why);
			if (wild)
				continue;
			cr_expect_eq(d.record == NULL, rows[i].record == NULL, "%s", rows[i].sentence);
			if (d.record != NULL && rows[i].record != NULL)
				cr_expect_str_eq(d.record, rows[i].record, "%s", rows[i].sentence);
		}
	}
}

/* A prohibition that is easily lost: the parser leaves the value out, the
 * constructor from text makes an empty one. */
Test(caa_wire, an_empty_value_in_either_form_of_the_library_permits_nobody)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin();
	uint8_t *wire = NULL;
	size_t len = 0;
	ldns_rr *rr = NULL;

	cr_assert_eq(ldns_rr_new_frm_str(&rr, "test. 300 IN CAA 0 issue \"\"", 0, NULL, NULL), LDNS_STATUS_OK);
	cr_assert_eq(ldns_rr_rd_count(rr), 3);
	cr_assert_eq(ldns_rr2wire(&wire, rr, LDNS_SECTION_ANSWER, &len), LDNS_STATUS_OK);
	cr_assert_arr_eq(wire + len - 9, "\0\7\0\5issue", 9);
	m->bytes[7]++;
	put(m, wire, len);
	free(wire);
	ldns_rr_free(rr);
	cr_expect_eq(decide(a, m, &name).why, CAA_NOT_NAMED);
}

/* -------------------------------------------------------------- limits */

Test(caa_wire, a_value_of_4096_octets_is_read_to_its_end)
{
	auto_arena *a = arena_new(1 << 20);
	static char rdata[7 + 4097] = "\0\5issue" US "; x=";

	for (size_t i = 7 + strlen(US "; x="); i < sizeof rdata; i++)
		rdata[i] = 'y';
	struct message *m = begin();
	add(m, rdata, 7 + 4096);
	cr_expect_eq(decide(a, m, &name).why, CAA_NAMED);

	m = begin();
	rdata[7 + 4095] = ';';
	add(m, rdata, 7 + 4096);
	struct caa_decision d = decide(a, m, &name);
	cr_expect_eq(d.why, CAA_NOT_NAMED);
	cr_expect_gt(strlen(d.record), 4096);
	cr_expect_lt(strlen(d.err.detail), 400);	/* of such a record a sentence shows the beginning */
	cr_expect_str_eq(d.fix[0], "test. CAA 0 issue \"" US "\"");

	m = begin();
	add(m, rdata, 7 + 4097);
	cr_expect_eq(decide(a, m, &name).why, CAA_LOOKUP_FAILED);
}

static enum caa_why
with_records(int count, const char *last, size_t len)
{
	auto_arena *a = arena_new(1 << 20);
	struct message *m = begin();

	for (int i = 1; i < count; i++)
		add(m, "\0\5issueca.test", 14);
	add(m, last, len);
	return decide(a, m, &name).why;
}

Test(caa_wire, the_last_of_a_hundred_records_counts)
{
	cr_expect_eq(with_records(100, "\0\5issueca.test", 14), CAA_NOT_NAMED);
	cr_expect_eq(with_records(100, "\0\5issue" US, 22), CAA_NAMED);
	cr_expect_eq(with_records(100, "\x80\3tbs", 5), CAA_CRITICAL);
	cr_expect_eq(with_records(128, "\0\5issue" US, 22), CAA_NAMED);
	cr_expect_eq(with_records(129, "\0\5issue" US, 22), CAA_LOOKUP_FAILED);
}

/* Deciding needs little memory beyond the answer, however it is made. */
Test(caa_wire, the_largest_answer_costs_no_more_than_what_is_shown)
{
	auto_arena *a = arena_new(4 << 20);
	struct message *m = begin();
	struct dns_reply reply;
	struct caa_answer answer = { NAME, &reply, { 0 } };
	static char rdata[4000] = "\0\5issue" US;
	size_t before;

	for (size_t i = 22; i + 4 <= sizeof rdata; i += 4)
		rdata[i] = ';', rdata[i + 1] = 'a', rdata[i + 2] = '=', rdata[i + 3] = '"';
	for (int i = 0; i < 16; i++)
		add(m, rdata, sizeof rdata - 1);
	cr_assert(dns_parse_reply(a, m->bytes, m->len, NAME, DNS_CAA, ID, &reply, NULL));
	free(m);
	before = arena_used(a);
	caa_decide(a, &answer, 1, &name);
	cr_expect_lt(arena_used(a) - before, 5 * sizeof rdata);
}
