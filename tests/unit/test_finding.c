/* What the proofs of ownership lack, and what is said of all findings. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "dcv/finding.h"
#include "tests/kit/answer.h"

#define VALUE "5cc07c04-ea62-4a5a-95f0-419334a875a4"
#define NAME "shop.customer.test"
#define PROOF_NAME "_own." NAME
#define PROOF PROOF_NAME ". "
#define TXT PROOF "TXT "
#define URL "http://" NAME "/.well-known/own/1"
#define SOA "customer.test. SOA ns.customer.test. h.customer.test. 1 2 3 4 60"

static const char *const targets[] = { "customers.provider.test", NULL };
static const char *const none[] = { NULL };
static const struct hostname hostname = { .name = NAME, .targets = targets, .prefixes = none,
    .proof_name = PROOF_NAME, .proof = VALUE, .proof_url = URL, .user_agent = "looker/1" };

/* ---- TXT ----------------------------------------------------------------------------- */

static struct finding
judge_txt(struct arena *arena, const char *text)
{
	struct findings fs = { .arena = arena };
	struct answer txt = answer_of(arena, PROOF_NAME, DNS_TXT, text);

	finding_ownership(&fs, &hostname, &txt);
	cr_assert_eq(fs.count, 1);
	cr_assert_str_eq(fs.list[0].purpose, "ownership");
	cr_assert_str_eq(fs.list[0].where, PROOF_NAME);
	cr_assert_str_eq(fs.list[0].expected, "TXT " VALUE);
	cr_assert_eq(fs.list[0].fix != NULL, fs.list[0].code != NULL);
	return fs.list[0];
}

struct row {
	const char *answer, *code;
	enum blame blame;
	const char *seen, *fix;		/* fix: a part of it */
};

Test(finding, a_txt_record_is_judged_by_its_value)
{
	static const struct row rows[] = {
		{ TXT VALUE, "", BLAME_NONE, "TXT " VALUE, NULL },
		{ TXT "other\n" TXT VALUE, "", BLAME_NONE, "TXT " VALUE "; TXT other", NULL },
		{ PROOF "CNAME a.test.\na.test. TXT " VALUE, "", BLAME_NONE, "CNAME a.test; TXT " VALUE, NULL },
		{ TXT "\"5cc07c04-ea62-4a5a-\" \"95f0-419334a875a4\"", "", BLAME_NONE, "TXT " VALUE, NULL },

		{ "NXDOMAIN\n" SOA, "value_missing", BLAME_CUSTOMER, "", "At the DNS provider of customer.test, add a TXT "
		    "record at " PROOF_NAME " with the value " VALUE "." },
		{ SOA, "value_missing", BLAME_CUSTOMER, "", NULL },
		{ "NXDOMAIN", "value_missing", BLAME_CUSTOMER, "", "At the DNS provider of " NAME "," },
		{ "co.uk. SOA a. b. 1 2 3 4 5", "value_missing", BLAME_CUSTOMER, "", "At the DNS provider of " NAME "," },
		{ "NXDOMAIN\n" PROOF "CNAME gone.test.", "value_missing", BLAME_CUSTOMER, "CNAME gone.test",
		    "replace the CNAME record of " PROOF_NAME " by a TXT record with the value " VALUE
		    "; it points to gone.test now." },
		/* a TXT record at another name is none */
		{ "a.test. TXT " VALUE, "value_missing", BLAME_CUSTOMER, "", NULL },

		{ TXT "b\n" TXT "a", "value_wrong", BLAME_CUSTOMER, "TXT a; TXT b", "change the TXT record of " PROOF_NAME " to " VALUE "." },
		{ TXT "5CC07C04-ea62-4a5a-95f0-419334a875a4", "value_wrong", BLAME_CUSTOMER,
		    "TXT 5CC07C04-ea62-4a5a-95f0-419334a875a4", NULL },
		{ TXT "\"" VALUE " \"", "value_wrong", BLAME_CUSTOMER, "TXT " VALUE " ", NULL },
		{ TXT "\"\"", "value_wrong", BLAME_CUSTOMER, "TXT ", NULL },
		{ PROOF "CNAME a.test.\na.test. TXT x", "value_wrong", BLAME_CUSTOMER, "CNAME a.test; TXT x", "it points to a.test now" },
		/* hostile octets: a NUL, a line's end, UTF-8, an escape of its own */
		{ TXT "\"" VALUE "\\000\"", "value_wrong", BLAME_CUSTOMER, "TXT " VALUE "\\000", NULL },
		{ TXT "\"\\010\\027\\195\\188\\\\000\"", "value_wrong", BLAME_CUSTOMER, "TXT \\010\\027\\195\\188\\092000", NULL },

		{ TXT "\"\\\"" VALUE "\\\"\"", "value_quoted", BLAME_CUSTOMER, "TXT \"" VALUE "\"", "without quotation marks" },
		{ TXT "\"'" VALUE "'\"", "value_quoted", BLAME_CUSTOMER, "TXT '" VALUE "'", NULL },
		{ TXT "\"\\\\\\\"" VALUE "\\\\\\\"\"", "value_quoted", BLAME_CUSTOMER, "TXT \\092\"" VALUE "\\092\"", NULL },
		{ TXT "\"\\226\\128\\156" VALUE "\\226\\128\\157\"", "value_quoted", BLAME_CUSTOMER,
		    "TXT \\226\\128\\156" VALUE "\\226\\128\\157", NULL },
		{ TXT "other\n" TXT "\"\\\"" VALUE "\\\"\"", "value_quoted", BLAME_CUSTOMER, "TXT \"" VALUE "\"; TXT other", NULL },
		{ TXT "\"\\\"" VALUE "\"", "value_wrong", BLAME_CUSTOMER, "TXT \"" VALUE, NULL },
		{ TXT "\"" VALUE "\\\"\"", "value_wrong", BLAME_CUSTOMER, "TXT " VALUE "\"", NULL },
		{ TXT "\"\\\"" VALUE "\\\"x\"", "value_wrong", BLAME_CUSTOMER, "TXT \"" VALUE "\"x", NULL },
		{ TXT "\"\\\"5cc0\"", "value_wrong", BLAME_CUSTOMER, "TXT \"5cc0", NULL },

		{ PROOF "CNAME a.test.\n" TXT VALUE, "cname_and_other_data", BLAME_CUSTOMER, "CNAME a.test; TXT " VALUE,
		    "delete the CNAME record of " PROOF_NAME },
		{ "loop\n" PROOF "CNAME a.test.\na.test. CNAME " PROOF, "cname_loop", BLAME_CUSTOMER,
		    PROOF_NAME " CNAME a.test; a.test CNAME " PROOF_NAME,
		    "by a TXT record with the value" },

		{ "error dns_servfail", "dns_servfail", BLAME_NETWORK, "", "Ask the DNS provider of " PROOF_NAME },
		{ "error dns_bogus", "dns_bogus", BLAME_NETWORK, "", "repair its DNSSEC signatures" },
		{ "error dns_timeout", "dns_timeout", BLAME_US, "", "the trouble is ours" },
		{ "error dns_resolver_down", "dns_resolver_down", BLAME_US, "", "the trouble is ours" },
		{ "error dns_malformed", "dns_malformed", BLAME_NETWORK, "", "Nothing is known" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_arena *arena = arena_new(4 << 20);
		struct finding f = judge_txt(arena, rows[i].answer);
		const char *seen = f.found[0] != NULL ? finding_seen(&f, arena) : "";

		cr_expect_str_eq(f.code != NULL ? f.code : "", rows[i].code, "row %zu: %s", i, f.code);
		cr_expect_eq(f.blame, rows[i].blame, "row %zu", i);
		cr_expect_str_eq(seen, rows[i].seen, "row %zu: %s", i, seen);
		if (rows[i].fix != NULL)
			cr_expect_not_null(strstr(f.fix != NULL ? f.fix : "", rows[i].fix), "row %zu: %s", i, f.fix);
	}
}

Test(finding, many_values_are_cut_and_counted)
{
	auto_arena *arena = arena_new(8 << 20);
	char text[128 * 300] = "";
	struct finding f;
	int at = 0;

	for (int i = 0; i < 127; i++)
		at += snprintf(text + at, sizeof text - (size_t)at, TXT "\"%03d%0240d\"\n", i, 0);
	f = judge_txt(arena, text);
	cr_expect_str_eq(f.code, "value_wrong");
	cr_expect_eq(strncmp(f.found[0], "TXT 0000", 8), 0);
	cr_expect_eq(strlen(f.found[0]), 200);
	cr_expect_str_eq(f.found[0] + 197, "...");
	cr_expect_str_eq(f.found[7], "and 120 more");
	cr_expect_null(f.found[8]);
	/* and the right one among them counts */
	snprintf(text + at, sizeof text - (size_t)at, TXT VALUE);
	cr_expect_null(judge_txt(arena, text).code);
}

/* ---- HTTP ---------------------------------------------------------------------------- */

static struct finding
judge_http(struct arena *arena, const struct answer *answer)
{
	struct findings fs = { .arena = arena };

	finding_ownership_http(&fs, &hostname, answer);
	cr_assert_eq(fs.count, 1);
	cr_assert_str_eq(fs.list[0].purpose, "ownership_http");
	cr_assert_str_eq(fs.list[0].where, URL);
	cr_assert_eq(fs.list[0].fix != NULL, fs.list[0].code != NULL);
	return fs.list[0];
}

Test(finding, a_page_is_judged_by_status_and_body)
{
	static const struct {
		int status;
		const char *body, *location, *code, *seen, *fix;
	} rows[] = {
		{ 200, VALUE, NULL, "", VALUE, NULL },
		{ 200, VALUE " \t\r\n\n", NULL, "", VALUE, NULL },
		{ 200, VALUE, "/elsewhere", "", VALUE, NULL },
		{ 200, "\n" VALUE, NULL, "http_wrong_body", VALUE, NULL },
		{ 200, VALUE "\1", NULL, "http_wrong_body", VALUE, NULL },
		{ 200, VALUE VALUE, NULL, "http_wrong_body", VALUE VALUE, "Let the web server answer " URL " with " VALUE " and nothing else." },
		{ 200, "", NULL, "http_wrong_body", "an empty body", NULL },
		{ 200, " \r\n", NULL, "http_wrong_body", "an empty body", NULL },
		{ 200, "<!doctype\r\n\thtml>\x1b[31m\xc3\xbc", NULL, "http_wrong_body", "<!doctype html>[31m", NULL },
		{ 200, "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890", NULL,
		    "http_wrong_body", "01234567890123456789012345678901234567890123456789012345678901234567890123456789", NULL },
		{ 204, "", NULL, "http_wrong_body", "status 204", NULL },
		{ 301, "", "https://shop.test/\x1b", "http_redirect", "status 301 to https://shop.test/?", "without a redirect" },
		{ 302, VALUE, NULL, "http_redirect", "status 302", NULL },
		{ 308, "", NULL, "http_redirect", "status 308", NULL },
		{ 401, "", NULL, "http_blocked", "status 401", NULL },
		{ 403, VALUE, NULL, "http_blocked", "status 403", "pass requests for " URL " with the User-Agent looker/1." },
		{ 429, "", NULL, "http_blocked", "status 429", NULL },
		{ 400, "", NULL, "http_status", "status 400", NULL },
		{ 404, VALUE, NULL, "http_status", "status 404", NULL },
		{ 500, "", NULL, "http_status", "status 500", NULL },
		{ 503, "", NULL, "http_status", "status 503", "Let the web server answer " URL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_arena *arena = arena_new(1 << 20);
		const char *values[] = { rows[i].body, rows[i].location };
		struct finding f = judge_http(arena, &(struct answer){ .status = rows[i].status, .values = values,
		    .count = rows[i].location != NULL ? 2 : 1 });

		cr_expect_str_eq(f.code != NULL ? f.code : "", rows[i].code, "row %zu: %s", i, f.code);
		cr_expect_eq(f.blame, f.code != NULL ? BLAME_CUSTOMER : BLAME_NONE);
		cr_expect_str_eq(finding_seen(&f, arena), rows[i].seen, "row %zu: %s", i, finding_seen(&f, arena));
		if (rows[i].fix != NULL)
			cr_expect_not_null(strstr(f.fix, rows[i].fix), "row %zu: %s", i, f.fix);
	}
}

Test(finding, a_page_that_did_not_come_keeps_its_error)
{
	static const struct { enum err_code code; const char *fix; } rows[] = {
		{ ERR_http_unreachable, "Let the web server answer " URL }, { ERR_http_timeout, "Let the web server answer" },
		{ ERR_http_tls, NULL }, { ERR_http_too_large, NULL }, { ERR_http_no_address, "a web server with a public address" },
		{ ERR_http_address_forbidden, "a web server with a public address" }, { ERR_dns_servfail, "Ask the DNS provider of " NAME },
		{ ERR_dns_timeout, "the trouble is ours" }, { ERR_http_bad_header, "the trouble is ours" }, { ERR_deadline, "the trouble is ours" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_arena *arena = arena_new(1 << 20);
		struct err err = err_new(rows[i].code, "somewhere");
		struct finding f = judge_http(arena, &(struct answer){ .err = err });

		cr_expect_str_eq(f.code, err.code);
		cr_expect_eq(f.blame, err.blame);
		cr_expect_str_eq(finding_seen(&f, arena), err_sentence(err.code));
		if (rows[i].fix != NULL)
			cr_expect_not_null(strstr(f.fix, rows[i].fix), "row %zu: %s", i, f.fix);
	}
}

/* ---- all together ---------------------------------------------------------------------- */

static struct finding
of(const char *purpose, enum err_code code)
{
	struct err e = err_new(code, NULL);

	return (struct finding){ .purpose = purpose, .code = e.code, .blame = e.blame };
}

Test(finding, the_worst_is_told_first)
{
	static const struct {
		enum err_code ownership, http, routing;
		const char *worst;
	} rows[] = {
		{ ERR_none, ERR_none, ERR_none, NULL },
		{ ERR_value_missing, ERR_none, ERR_none, "ownership" },
		{ ERR_value_missing, ERR_http_status, ERR_wrong_target, "routing" },
		{ ERR_value_missing, ERR_http_wrong_body, ERR_address_not_ours, "routing" },
		{ ERR_value_quoted, ERR_http_status, ERR_wrong_target, "routing" },
		/* somebody has tried, and only just failed */
		{ ERR_value_quoted, ERR_http_no_address, ERR_no_such_name, "ownership" },
		{ ERR_value_wrong, ERR_http_status, ERR_dns_servfail, "ownership" },
		{ ERR_value_missing, ERR_http_no_address, ERR_no_such_name, "routing" },
		{ ERR_dns_servfail, ERR_http_status, ERR_no_address, "ownership" },
		{ ERR_dns_servfail, ERR_http_unreachable, ERR_dns_servfail, "routing" },
		{ ERR_value_missing, ERR_http_status, ERR_dns_timeout, "routing" },
		{ ERR_value_missing, ERR_dns_timeout, ERR_no_such_name, "ownership_http" },
		{ ERR_dns_servfail, ERR_http_status, ERR_address_elsewhere, "routing" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct findings fs = { .count = 3, .list = { of("ownership", rows[i].ownership),
		    of("ownership_http", rows[i].http), of("routing", rows[i].routing) } };
		const struct finding *worst = finding_worst(&fs);

		if (rows[i].ownership == ERR_none)
			fs.list[0].code = NULL;
		for (int k = 0; k < 3; k++)
			if (fs.list[k].code == NULL)
				fs.list[k].blame = BLAME_NONE;
		cr_expect_eq(worst == NULL, rows[i].worst == NULL, "row %zu", i);
		if (worst != NULL && rows[i].worst != NULL)
			cr_expect_str_eq(worst->purpose, rows[i].worst, "row %zu: %s", i, worst->purpose);
	}
}

Test(finding, what_was_seen_is_one_line)
{
	auto_arena *arena = arena_new(1 << 20);
	struct finding f = { .found = { "CNAME shop.other.net", "A 192.0.2.1" } };

	cr_expect_str_eq(finding_seen(&f, arena), "CNAME shop.other.net; A 192.0.2.1");
	f = of("routing", ERR_no_such_name);
	cr_expect_str_eq(finding_seen(&f, arena), "the name does not exist in the DNS");
	f = (struct finding){ .purpose = "routing" };
	cr_expect_null(finding_seen(&f, arena));
}

static const char *
look(struct arena *arena, const char *txt, const char *a, const char *aaaa)
{
	struct findings fs = { .arena = arena };
	struct answer answers[3] = { answer_of(arena, PROOF_NAME, DNS_TXT, txt),
	    answer_of(arena, NAME, DNS_A, a), answer_of(arena, NAME, DNS_AAAA, aaaa) };

	finding_ownership(&fs, &hostname, &answers[0]);
	finding_routing(&fs, &hostname, &answers[1], &answers[2]);
	return finding_json(&fs);
}

Test(finding, the_row_gets_a_list_of_all)
{
	auto_arena *arena = arena_new(4 << 20);

	cr_expect_str_eq(look(arena, TXT "\"a\\\"\\\\\"", NAME ". CNAME customers.provider.test.", ""),
	    "[{\"purpose\":\"ownership\",\"code\":\"value_wrong\",\"where\":\"" PROOF_NAME "\",\"expected\":\"TXT " VALUE "\","
	    "\"found\":[\"TXT a\\\"\\\\092\"],\"fix\":\"At the DNS provider of " NAME ", change the TXT record of " PROOF_NAME
	    " to " VALUE ".\"},{\"purpose\":\"routing\",\"code\":null,\"where\":\"" NAME "\",\"expected\":"
	    "\"CNAME customers.provider.test\",\"found\":[\"CNAME customers.provider.test\"],\"fix\":null}]");
	cr_expect_str_eq(finding_json(&(struct findings){ .arena = arena }), "[]");
}

Test(finding, the_same_world_gives_the_same_list)
{
	auto_arena *arena = arena_new(4 << 20);

	cr_expect_str_eq(
	    look(arena, TXT "a\n" TXT "b\n" TXT "a", NAME ". A 192.0.2.1\n" NAME ". A 192.0.2.2", NAME ". AAAA ::2\n" NAME ". AAAA ::1"),
	    look(arena, TXT "b\n" TXT "a", NAME ". A 192.0.2.2\n" NAME ". A 192.0.2.1", NAME ". AAAA ::1\n" NAME ". AAAA ::2"));
}

Test(finding, a_list_that_is_full_loses_the_rest)
{
	auto_arena *arena = arena_new(4 << 20);
	struct findings fs = { .arena = arena };
	struct answer txt = answer_of(arena, PROOF_NAME, DNS_TXT, "");

	for (int i = 0; i < MAX_FINDINGS + 2; i++)
		finding_ownership(&fs, &hostname, &txt);
	cr_expect_eq(fs.count, MAX_FINDINGS);
	cr_expect_str_eq(finding_ownership_http(&fs, &hostname, &(struct answer){ .err = err_new(ERR_http_timeout, NULL) })->purpose,
	    "ownership_http", "who asks is told nevertheless");
	cr_expect_str_eq(fs.list[MAX_FINDINGS - 1].purpose, "ownership");
}
