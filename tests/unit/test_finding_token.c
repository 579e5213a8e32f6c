/* What a CA would miss, from replies as they come over the wire and pages as
 * web servers give them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcv/finding_text.h"
#include "dcv/finding_token.h"
#include "tests/kit/reply.h"

#define SOA "customer.test. 300 IN SOA ns1.customer.test. hostmaster.customer.test. 1 3600 600 86400 120"
#define PLACE "_acme-challenge.shop.customer.test"
#define TARGET "shop.customer.test.0123456789abcdef.dcv.test"
#define ALIAS(to) PLACE ". 60 IN CNAME " to "."
#define TXT(value) PLACE ". 60 IN TXT \"" value "\""
#define TXT_AT(name, value) name ". 60 IN TXT \"" value "\""
#define URL "http://shop.customer.test/.well-known/acme-challenge/token"
#define LINES(...) (const char *const[]){ __VA_ARGS__, NULL }

static struct arena *arena;
static const char *const one[] = { "new", NULL }, *const two[] = { "new", "newer", NULL };
static const char *const old[] = { "old", "older", NULL };

static void
set_up(void)
{
	arena = arena_new(16 << 20);
}

static void
tear_down(void)
{
	arena_free(arena);
}

TestSuite(finding_token, .init = set_up, .fini = tear_down);

/* ---- DNS ------------------------------------------------------------------------------------ */

static const struct token_ask plain = { .method = TOKEN_TXT, .hostname = "shop.customer.test", .place = PLACE,
	.values = one, .old_values = old };
static const struct token_ask wild = { .method = TOKEN_TXT, .hostname = "shop.customer.test", .place = PLACE,
	.values = two, .old_values = old };
static const struct token_ask delegated = { .method = TOKEN_TXT, .hostname = "shop.customer.test", .place = PLACE,
	.values = one, .old_values = old, .delegation = TARGET };

static struct answer
say_at(const char *name, int rcode, bool authoritative, const char *const *lines)
{
	const struct reply_text text = { .rcode = rcode, .authoritative = authoritative, .answer = lines,
		.authority = lines == NULL ? LINES(SOA) : NULL };
	struct dns_reply *reply = arena_alloc(arena, sizeof *reply);
	unsigned char *wire;
	size_t len = reply_wire(name, DNS_TXT, 7, &text, &wire);
	struct err err = { 0 };

	cr_assert(dns_parse_reply(arena, wire, len, name, DNS_TXT, 7, reply, &err), "%s: %s", name, err.detail);
	free(wire);
	return (struct answer){ .status = rcode, .detail = reply };
}

/* NULL lines: there is no such name. */
static struct answer
say(const char *const *lines)
{
	return say_at(PLACE, lines == NULL ? 3 : 0, false, lines);
}

static struct answer
fails(enum err_code code)
{
	return (struct answer){ .err = err_new(code, NULL) };
}

static struct token_said
judge(const struct token_ask *ask, const struct answer *resolvers, size_t count)
{
	const struct token_view view = { .resolvers = resolvers, .resolver_count = count };

	return token_judge_dns(arena, ask, &view);
}

static void
assert_in(const char *part, const char *text)
{
	cr_expect_not_null(strstr(text, part), "\"%s\" is not in: %s", part, text);
}

static void
assert_said(const struct token_said *said, const char *code, enum blame blame, const char *in_finding)
{
	char want[80];

	cr_assert_not_null(said->finding);
	cr_expect_eq(said->finding[0], '{', "%s", said->finding);
	cr_expect_eq(said->finding[strlen(said->finding) - 1], '}', "%s", said->finding);
	if (code == NULL) {
		cr_expect_null(said->err.code, "%s: %s", said->err.code, said->finding);
		assert_in("\"code\":null", said->finding);
		assert_in("\"fix\":null", said->finding);
	} else {
		cr_assert_not_null(said->err.code, "all is well, not %s: %s", code, said->finding);
		cr_expect_str_eq(said->err.code, code, "%s", said->finding);
		cr_expect_eq(said->err.blame, blame, "%s", blame_name(said->err.blame));
		cr_expect_not_null(said->err.detail);
		snprintf(want, sizeof(want), "\"purpose\":\"certificate\",\"code\":\"%s\"", code);
		assert_in(want, said->finding);
	}
	if (in_finding != NULL)
		assert_in(in_finding, said->finding);
}

static const struct {
	const char *what;
	const struct token_ask *ask;
	const char *const *lines;
	const char *code;
	enum blame blame;
	const char *in_finding;
	bool there[2], is_delegated;
} txts[] = {
	{ "the value is there", &plain, (const char *const[]){ TXT("new"), NULL }, NULL, BLAME_NONE,
	    "\"found\":[\"TXT new\"]", { true }, false },
	{ "among others", &plain, (const char *const[]){ TXT("old"), TXT("new"), NULL }, NULL, BLAME_NONE, NULL, { true }, false },
	{ "case counts", &plain, (const char *const[]){ TXT("New"), NULL }, "token_missing", BLAME_CUSTOMER,
	    "\"found\":[\"TXT New\"]", { false }, false },
	{ "several strings are one", &plain, (const char *const[]){ PLACE ". 60 IN TXT \"n\" \"ew\"", NULL }, NULL, BLAME_NONE,
	    NULL, { true }, false },
	{ "nothing is there", &plain, NULL, "token_missing", BLAME_CUSTOMER,
	    "At the DNS provider of customer.test, add a TXT record at " PLACE " with the value new.", { false }, false },
	{ "nothing, and both values are told", &wild, NULL, "token_missing", BLAME_CUSTOMER,
	    "add TXT records at " PLACE " with the values new and newer.", { false, false }, false },
	{ "nothing, and the delegation is told", &delegated, NULL, "token_missing", BLAME_CUSTOMER,
	    "with the value new, or once and for all a CNAME record to " TARGET " instead.", { false }, false },
	{ "one of two", &wild, (const char *const[]){ TXT("newer"), NULL }, "token_partly", BLAME_CUSTOMER,
	    "add a TXT record at " PLACE " with the value new beside what is there", { false, true }, false },
	{ "one of two beside an old one", &wild, (const char *const[]){ TXT("newer"), TXT("old"), NULL }, "token_partly",
	    BLAME_CUSTOMER, "replace the TXT value old of " PLACE ", of an earlier order, by new.", { false, true }, false },
	{ "an old one", &plain, (const char *const[]){ TXT("older"), NULL }, "token_old", BLAME_CUSTOMER,
	    "replace the TXT value older of " PLACE ", of an earlier order, by new.", { false }, false },
	{ "two old ones", &wild, (const char *const[]){ TXT("older"), TXT("old"), NULL }, "token_old", BLAME_CUSTOMER,
	    "replace the TXT value old and older of " PLACE ", of an earlier order, by new and newer.", { false }, false },
	{ "in quotes", &plain, (const char *const[]){ TXT("\\\"new\\\""), NULL }, "token_quoted", BLAME_CUSTOMER,
	    "change the TXT record of " PLACE " to new, without quotation marks or blanks around it.", { false }, false },
	{ "with a blank behind", &plain, (const char *const[]){ TXT("new "), NULL }, "token_quoted", BLAME_CUSTOMER, NULL,
	    { false }, false },
	{ "with a tab before", &plain, (const char *const[]){ TXT("\\009new"), NULL }, "token_quoted", BLAME_CUSTOMER, NULL,
	    { false }, false },
	{ "behind a CNAME", &plain, (const char *const[]){ ALIAS("acme.test"), TXT_AT("acme.test", "new"), NULL }, NULL,
	    BLAME_NONE, "\"found\":[\"CNAME acme.test\",\"TXT new\"]", { true }, false },
	{ "old behind a CNAME", &plain, (const char *const[]){ ALIAS("acme.test"), TXT_AT("acme.test", "old"), NULL }, "token_old",
	    BLAME_CUSTOMER, "At the DNS provider of acme.test, replace the TXT value old of acme.test", { false }, false },
	{ "a CNAME to nothing", &plain, (const char *const[]){ ALIAS("acme.test"), NULL }, "token_missing", BLAME_CUSTOMER,
	    "replace the CNAME record of " PLACE " by a TXT record with the value new; it points to acme.test now.", { false },
	    false },
	{ "delegated", &delegated, (const char *const[]){ ALIAS(TARGET), TXT_AT(TARGET, "new"), NULL }, NULL, BLAME_NONE, NULL,
	    { true }, true },
	{ "delegated, and ours lags behind", &delegated, (const char *const[]){ ALIAS(TARGET), NULL }, "token_missing", BLAME_US,
	    "\"fix\":\"Nothing has to be changed: the name is delegated to us", { false }, true },
	{ "delegated, and ours still has the old one", &delegated,
	    (const char *const[]){ ALIAS(TARGET), TXT_AT(TARGET, "old"), NULL }, "token_missing", BLAME_US, "CNAME " TARGET,
	    { false }, true },
	{ "delegated over another name", &delegated, (const char *const[]){ ALIAS("acme.test"), "acme.test. 60 IN CNAME "
	    TARGET ".", TXT_AT(TARGET, "new"), NULL }, NULL, BLAME_NONE, NULL, { true }, true },
	{ "by hand, though a delegation would do", &delegated, (const char *const[]){ TXT("new"), NULL }, NULL, BLAME_NONE, NULL,
	    { true }, false },
	{ "a CNAME elsewhere", &delegated, (const char *const[]){ ALIAS("other.test"), NULL }, "delegation_elsewhere",
	    BLAME_CUSTOMER, "to " TARGET "; it points to other.test now.", { false }, false },
	{ "expected is the CNAME", &delegated, (const char *const[]){ ALIAS("other.test"), NULL }, "delegation_elsewhere",
	    BLAME_CUSTOMER, "\"expected\":\"CNAME " TARGET "\",\"found\":[\"CNAME other.test\"]", { false }, false },
	{ "the delegation of something else", &delegated,
	    (const char *const[]){ ALIAS("blog.customer.test.0123456789abcdef.dcv.test"), NULL }, "delegation_elsewhere",
	    BLAME_CUSTOMER, "dcv.test, the delegation of something else, now.", { false }, false },
	{ "a delegation that was doubled", &delegated, (const char *const[]){ ALIAS(TARGET ".customer.test"), NULL },
	    "delegation_elsewhere", BLAME_CUSTOMER, "with a final dot behind it", { false }, false },
	{ "elsewhere, but the value is there", &delegated,
	    (const char *const[]){ ALIAS("acme.test"), TXT_AT("acme.test", "new"), NULL }, NULL, BLAME_NONE, NULL, { true }, false },
	{ "a CNAME beside the value", &plain, (const char *const[]){ ALIAS("acme.test"), TXT("new"), NULL },
	    "cname_and_other_data", BLAME_CUSTOMER, "delete the CNAME record", { false }, false },
	{ "a circle", &plain, (const char *const[]){ ALIAS("acme.test"), "acme.test. 60 IN CNAME " PLACE ".", NULL }, "cname_loop",
	    BLAME_CUSTOMER, PLACE " CNAME acme.test", { false }, false },
};

Test(finding_token, one_answer_is_judged_by_what_it_has)
{
	for (size_t i = 0; i < sizeof(txts) / sizeof(txts[0]); i++) {
		struct answer answer = say(txts[i].lines);
		struct token_said said = judge(txts[i].ask, &answer, 1);

		assert_said(&said, txts[i].code, txts[i].blame, txts[i].in_finding);
		cr_expect_eq(said.is_delegated, txts[i].is_delegated, "%s", txts[i].what);
		for (size_t k = 0; k < 2; k++)
			cr_expect_eq(said.is_there[k], txts[i].there[k], "%s: value %zu", txts[i].what, k);
		cr_expect_eq(token_is_seen(txts[i].ask, &answer, 1), txts[i].code == NULL, "%s", txts[i].what);
	}
}

Test(finding_token, the_sentence_for_the_customer_has_place_expected_and_found)
{
	struct answer wrong = say(LINES(TXT("old"))), nothing = say(NULL), unknown = fails(ERR_dns_servfail);
	struct token_said said = judge(&plain, &wrong, 1);

	cr_expect_str_eq(said.err.detail, PLACE " should have TXT new, but this was found: TXT old");
	cr_expect_str_eq(said.found, "TXT old");
	said = judge(&plain, &nothing, 1);
	cr_expect_str_eq(said.err.detail, PLACE " should have TXT new, but nothing was found: the token for the certificate "
	    "authority was not found");
	said = judge(&plain, &unknown, 1);
	cr_expect_str_eq(said.err.detail, PLACE " should have TXT new, but it is unknown what it has");
}

Test(finding_token, a_name_that_is_delegated_to_us_has_nothing_to_be_changed)
{
	static const struct token_ask both = { .method = TOKEN_TXT, .hostname = "shop.customer.test", .place = PLACE,
		.values = two, .delegation = TARGET };
	const struct answer has = say(LINES(ALIAS(TARGET), TXT_AT(TARGET, "new"))), lacks = say(LINES(ALIAS(TARGET)));
	const struct { const struct token_ask *ask; struct answer list[2]; size_t count; const char *detail; } cases[] = {
		{ &delegated, { lacks }, 1, "the value is not there yet" },
		{ &both, { lacks }, 1, "the values are not there yet" },
		{ &delegated, { has, lacks }, 2, "the value is not seen everywhere yet" },
	};
	struct answer trouble = fails(ERR_dns_servfail);
	const struct token_view view = { .resolvers = &trouble, .resolver_count = 1, .alias = TARGET };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(judge(cases[i].ask, cases[i].list, cases[i].count).err.detail, arena_printf(arena, PLACE
		    " leads to " TARGET ", which is ours, but %s; nothing has to be changed", cases[i].detail));
	cr_expect_str_eq(token_judge_dns(arena, &delegated, &view).err.detail, PLACE " leads to " TARGET ", which is ours, but it "
	    "could not be looked up; nothing has to be changed");
}

Test(finding_token, every_resolver_that_answers_has_to_see_it)
{
	struct answer has = say(LINES(TXT("new"))), lacks = say(NULL), stale = say(LINES(TXT("old")));
	const struct { struct answer list[3]; size_t count; const char *code; enum blame blame; bool there; } cases[] = {
		{ { has, has }, 2, NULL, BLAME_NONE, true },
		{ { has, lacks }, 2, "resolvers_disagree", BLAME_NETWORK, false },
		{ { stale, has, has }, 3, "resolvers_disagree", BLAME_NETWORK, false },
		{ { lacks, stale }, 2, "token_missing", BLAME_CUSTOMER, false },
		{ { has, fails(ERR_dns_servfail) }, 2, "resolvers_disagree", BLAME_NETWORK, false },
		{ { has, fails(ERR_dns_timeout) }, 2, NULL, BLAME_NONE, true },
		{ { fails(ERR_dns_resolver_down), has }, 2, NULL, BLAME_NONE, true },
		{ { fails(ERR_dns_servfail), stale }, 2, "token_old", BLAME_CUSTOMER, false },
		{ { fails(ERR_dns_timeout), fails(ERR_dns_servfail) }, 2, "dns_servfail", BLAME_NETWORK, false },
		{ { fails(ERR_dns_timeout), fails(ERR_dns_resolver_down) }, 2, "dns_timeout", BLAME_US, false },
		{ { fails(ERR_dns_bogus) }, 1, "dns_bogus", BLAME_NETWORK, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct token_said said = judge(&plain, cases[i].list, cases[i].count);

		assert_said(&said, cases[i].code, cases[i].blame, NULL);
		cr_expect_eq(said.is_there[0], cases[i].there, "%zu", i);
		cr_expect_eq(token_is_seen(&plain, cases[i].list, cases[i].count), cases[i].code == NULL, "%zu", i);
	}
}

Test(finding_token, one_of_two_values_may_be_everywhere_while_the_other_is_not)
{
	const struct answer list[] = { say(LINES(TXT("new"), TXT("newer"))), say(LINES(TXT("newer"))) };
	struct token_said said = judge(&wild, list, 2);

	assert_said(&said, "resolvers_disagree", BLAME_NETWORK, "seen by 1 of 2 resolvers");
	cr_expect_not(said.is_there[0]);
	cr_expect(said.is_there[1]);
}

Test(finding_token, trouble_of_a_name_that_is_delegated_to_us_is_ours)
{
	struct answer trouble = fails(ERR_dns_servfail);
	struct token_view view = { .resolvers = &trouble, .resolver_count = 1, .alias = TARGET };
	struct token_said said = token_judge_dns(arena, &delegated, &view);

	assert_said(&said, "dns_servfail", BLAME_US, "delegated to us");
	cr_expect(said.is_delegated);
	view.alias = "other.test";
	said = token_judge_dns(arena, &delegated, &view);
	assert_said(&said, "dns_servfail", BLAME_NETWORK, "CNAME other.test");
	cr_expect_not(said.is_delegated);
}

/* ---- name servers ------------------------------------------------------------------------------- */

enum what { HAS, LACKS, STALE, REFUSES, TIMES_OUT, IS_LAME, IS_PRIVATE, NOBODY };

static struct answer
say_of_server(enum what what)
{
	static const char *const value[] = { TXT("new"), NULL }, *const stale[] = { TXT("old"), NULL };

	if (what == REFUSES || what == TIMES_OUT)
		return fails(what == REFUSES ? ERR_dns_refused : ERR_dns_timeout);
	if (what == LACKS)
		return say_at(PLACE, 3, true, NULL);
	return say_at(PLACE, 0, what != IS_LAME, what == HAS ? value : stale);
}

Test(finding_token, each_name_server_that_serves_the_zone_has_to_have_it)
{
	static const struct { enum what what[3]; const char *code, *in_finding; } cases[] = {
		{ { HAS, HAS, HAS }, NULL, NULL },
		{ { HAS, LACKS, HAS }, "servers_disagree", "ns1 (192.0.2.1): no such record" },
		{ { STALE, HAS, HAS }, "servers_disagree", "ns0 (192.0.2.0): TXT old" },
		{ { HAS, REFUSES, TIMES_OUT }, NULL, NULL },
		{ { IS_LAME, HAS, IS_PRIVATE }, NULL, NULL },
		{ { REFUSES, TIMES_OUT, IS_LAME }, NULL, NULL },
		{ { LACKS, STALE, REFUSES }, "token_missing", "no name server of customer.test has them any more" },
	};
	static const char *const names[] = { "ns0", "ns1", "ns2" }, *const addresses[] = { "192.0.2.0", "192.0.2.1", "192.0.2.2" };
	struct answer has = say(LINES(TXT("new")));

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct server servers[3];
		struct answer said_by[3];
		const struct token_view view = { .resolvers = &has, .resolver_count = 1, .zone = "customer.test",
			.servers = servers, .said = said_by, .server_count = 3 };
		struct token_said said;

		for (size_t s = 0; s < 3; s++) {
			servers[s] = (struct server){ .name = names[s], .address = addresses[s],
				.is_asked = cases[i].what[s] != IS_PRIVATE };
			said_by[s] = say_of_server(cases[i].what[s]);
		}
		said = token_judge_dns(arena, &plain, &view);
		assert_said(&said, cases[i].code, BLAME_CUSTOMER, cases[i].in_finding);
		cr_expect_eq(said.is_there[0], cases[i].code == NULL, "%zu", i);
	}
}

/* ---- persistent records ---------------------------------------------------------------------------- */

Test(finding_token, a_persistent_record_is_judged_by_its_meaning_and_not_its_spelling)
{
	static const char *const issuers[] = { "ca.test", NULL };
	const struct persist persist = { .issuers = issuers, .account_url = "https://ca.test/acct/1", .now = 1700000000 };
	const char *values[] = { persist_record(arena, &persist), NULL };
	const struct token_ask ask = { .method = TOKEN_PERSIST, .hostname = "shop.customer.test", .place = PLACE,
		.values = values, .persist = persist };
	static const struct { const char *line, *code; } cases[] = {
		{ TXT("ca.test; accounturi=https://ca.test/acct/1"), NULL },
		{ TXT("ca.test;   accounturi=https://ca.test/acct/1; policy=wildcard"), NULL },
		{ TXT("ca.test; accounturi=https://ca.test/acct/2"), "token_missing" },
		{ TXT("other.test; accounturi=https://ca.test/acct/1"), "token_missing" },
		{ TXT("ca.test; accounturi=https://ca.test/acct/1; persistUntil=1600000000"), "token_missing" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer answer = say(LINES(cases[i].line));
		struct token_said said = judge(&ask, &answer, 1);

		assert_said(&said, cases[i].code, BLAME_CUSTOMER, "accounturi=https://ca.test/acct/1");
	}
}

/* ---- HTTP ------------------------------------------------------------------------------------------ */

static const struct token_ask web = { .method = TOKEN_HTTP, .hostname = "shop.customer.test", .place = URL, .values = one,
	.old_values = old, .http_port = "80" };
#define PAGE(code, ...) { .answer = { .status = (code), .values = (const char *const[]){ __VA_ARGS__ }, \
	.count = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *) }, .url = URL }
#define NO_PAGE(c, b) { .answer = { .err = { .code = (c), .blame = (b) } }, .url = URL }
#define GOOD PAGE(200, "new")
#define NO_ADDRESS NO_PAGE("http_no_address", BLAME_CUSTOMER)
#define NO_ROUTE NO_PAGE("http_no_route", BLAME_NETWORK)
#define DEAF NO_PAGE("http_unreachable", BLAME_NETWORK)

static const struct {
	const char *what;
	struct token_page v4, v6;
	const char *code;
	enum blame blame;
	const char *in_finding;
} webs[] = {
	{ "IPv4 alone", GOOD, NO_ADDRESS, NULL, BLAME_NONE, "\"found\":[\"new\"]" },
	{ "IPv6 alone", NO_ADDRESS, GOOD, NULL, BLAME_NONE, NULL },
	{ "both", GOOD, GOOD, NULL, BLAME_NONE, NULL },
	{ "white space behind", PAGE(200, "new\r\n \t"), NO_ADDRESS, NULL, BLAME_NONE, NULL },
	{ "white space before", PAGE(200, " new"), NO_ADDRESS, "token_quoted", BLAME_CUSTOMER, NULL },
	{ "an IPv6 that we cannot reach", GOOD, NO_ROUTE, NULL, BLAME_NONE, NULL },
	{ "only an IPv6 that we cannot reach", NO_ADDRESS, NO_ROUTE, "http_no_route", BLAME_NETWORK, NULL },
	{ "no address", NO_ADDRESS, NO_ADDRESS, "http_no_address", BLAME_CUSTOMER, "Let shop.customer.test point to the provider "
	    "by a CNAME record, whose target stands in the routing record, or to a web server" },
	{ "IPv6 is deaf", GOOD, DEAF, "http_ipv6_broken", BLAME_CUSTOMER, "IPv6: the web server could not be reached" },
	{ "IPv6 has another page", GOOD, PAGE(200, "hello"), "http_ipv6_broken", BLAME_CUSTOMER,
	    "IPv6: status 200 and another text" },
	{ "IPv4 is deaf", DEAF, GOOD, "http_unreachable", BLAME_NETWORK, NULL },
	{ "IPv6 is unknown", GOOD, NO_PAGE("dns_servfail", BLAME_NETWORK), NULL, BLAME_NONE, NULL },
	{ "IPv4 is unknown", NO_PAGE("dns_timeout", BLAME_US), GOOD, NULL, BLAME_NONE, NULL },
	{ "both are unknown", NO_PAGE("dns_timeout", BLAME_US), NO_PAGE("dns_timeout", BLAME_US), "dns_timeout", BLAME_US, NULL },
	{ "not there", PAGE(404, "no"), NO_ADDRESS, "token_missing", BLAME_CUSTOMER, "\"found\":[\"status 404\"]" },
	{ "not there, and deaf", DEAF, PAGE(404, "no"), "token_missing", BLAME_CUSTOMER, NULL },
	{ "blocked", PAGE(403, "no"), NO_ADDRESS, "http_blocked", BLAME_CUSTOMER, "pass requests for " URL },
	{ "in trouble", PAGE(500, "no"), NO_ADDRESS, "http_status", BLAME_CUSTOMER, "status 500" },
	{ "another page", PAGE(200, "<html>"), NO_ADDRESS, "http_wrong_body", BLAME_CUSTOMER, "<html>" },
	{ "an old value", PAGE(200, "older\n"), NO_ADDRESS, "token_old", BLAME_CUSTOMER, "its answer is of an earlier order" },
	{ "in quotes", PAGE(200, "\"new\""), NO_ADDRESS, "token_quoted", BLAME_CUSTOMER, "without quotation marks" },
	{ "far too long", NO_PAGE("http_too_large", BLAME_NETWORK), NO_ADDRESS, "http_wrong_body", BLAME_CUSTOMER, "far longer" },
	{ "forbidden", NO_PAGE("http_address_forbidden", BLAME_CUSTOMER), NO_ADDRESS, "http_address_forbidden", BLAME_CUSTOMER,
	    "with a public address" },
};

Test(finding_token, pages_are_judged_over_both_families)
{
	for (size_t i = 0; i < sizeof(webs) / sizeof(webs[0]); i++) {
		struct token_said said = token_judge_http(arena, &web, &webs[i].v4, &webs[i].v6);

		assert_said(&said, webs[i].code, webs[i].blame, webs[i].in_finding);
		cr_expect_eq(said.is_there[0], webs[i].code == NULL, "%s", webs[i].what);
		cr_expect_not(said.is_delegated);
	}
}

Test(finding_token, what_a_code_means_is_not_told_twice)
{
	const struct token_page nobody = NO_ADDRESS;

	cr_expect_str_eq(token_judge_http(arena, &web, &nobody, &nobody).err.detail, URL " should have status 200 with the body "
	    "new, but nothing was found");
}

Test(finding_token, a_redirect_to_where_nothing_answers_is_told)
{
	static const struct { const char *code; enum blame blame; const char *happened; } cases[] = {
		{ "http_unreachable", BLAME_NETWORK, "which could not be reached" },
		{ "http_timeout", BLAME_NETWORK, "which did not answer in time" },
		{ "http_tls", BLAME_NETWORK, "where the TLS connection failed" },
		{ "http_no_address", BLAME_CUSTOMER, "whose host has no address" },
		{ "dns_servfail", BLAME_NETWORK, "whose host could not be looked up" },
		{ "dns_timeout", BLAME_US, "whose host could not be looked up" },
	};
	const struct token_page nobody = NO_ADDRESS;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct token_page page = { .answer = { .err = { .code = cases[i].code, .blame = cases[i].blame } },
			.url = "https://www.customer.test/x", .redirects = 1 };
		struct token_said said = token_judge_http(arena, &web, &page, &nobody);

		assert_said(&said, cases[i].code, cases[i].blame, cases[i].blame == BLAME_US ? "the trouble is ours" : "Let the web "
		    "server answer " URL " with new itself, or mend https://www.customer.test/x, to which it redirects");
		cr_expect_str_eq(said.err.detail, arena_printf(arena, URL " redirects to https://www.customer.test/x, %s",
		    cases[i].happened));
	}
}

Test(finding_token, where_redirects_led_is_told)
{
	const struct token_page nobody = NO_ADDRESS;
	struct token_page page = PAGE(302, "", "http://10.0.0.1/");
	struct token_said said;

	page.refused = ERR_http_redirect_refused;
	said = token_judge_http(arena, &web, &page, &nobody);
	assert_said(&said, "http_redirect_refused", BLAME_CUSTOMER, "\"found\":[\"status 302 to http://10.0.0.1/\"]");
	page.refused = ERR_http_too_many_redirects;
	page.redirects = 10;
	page.url = "http://www.customer.test/10";
	said = token_judge_http(arena, &web, &page, &nobody);
	assert_said(&said, "http_too_many_redirects", BLAME_CUSTOMER, "at http://www.customer.test/10, after 10 redirects");
	page = (struct token_page)PAGE(404, "");
	page.redirects = 1;
	page.url = "https://www.customer.test/x";
	said = token_judge_http(arena, &web, &page, &nobody);
	assert_said(&said, "token_missing", BLAME_CUSTOMER, "at https://www.customer.test/x, after 1 redirect\"");
	/* the place has addresses, but where it leads has none */
	page = (struct token_page)NO_ADDRESS;
	page.redirects = 1;
	page.url = "https://nowhere.test/x";
	said = token_judge_http(arena, &web, &page, &nobody);
	assert_said(&said, "http_no_address", BLAME_CUSTOMER, "at https://nowhere.test/x");
	said = token_judge_http(arena, &web, &(struct token_page)GOOD, &page);
	assert_said(&said, "http_ipv6_broken", BLAME_CUSTOMER, "IPv6: the host has no address");
}
