/* Reasons behind a finding, from replies as they come over the wire: records at
 * other names, wildcards, delegations, the other address family. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "dcv/finding_zone.h"
#include "tests/kit/reply.h"

#define SOA "customer.test. 300 IN SOA ns1.customer.test. hostmaster.customer.test. 1 3600 600 86400 120"
#define PROOF "_cf-custom-hostname.shop.customer.test"
#define VALUE "0e2d5f88-8d0a-4b8f-9a4e-3a4f0f7a7b11"

static struct arena *arena;
static const char *const targets[] = { "customers.provider.test", NULL };
static const char *const prefixes[] = { "192.0.2.0/24", NULL };
static const char *const value[] = { VALUE, NULL };
static const char *const negative[] = { SOA, NULL };
static const struct hostname shop = {
	.name = "shop.customer.test", .targets = targets, .prefixes = prefixes, .proof_name = PROOF, .proof = VALUE,
	.proof_url = "http://shop.customer.test/.well-known/cf-custom-hostname-challenge/x", .user_agent = "tester",
};
static const struct matter txt = { PROOF, DNS_TXT, value, NULL };
static const struct matter route = { "shop.customer.test", DNS_A, targets, prefixes };

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

TestSuite(finding_zone, .init = set_up, .fini = tear_down);

/* What a resolver says, read from its packet. */
static struct answer
say(const char *name, enum dns_type type, int rcode, const char *const *lines, const char *const *authority)
{
	const struct reply_text text = { .rcode = rcode, .answer = lines, .authority = authority };
	struct dns_reply *reply = arena_alloc(arena, sizeof *reply);
	unsigned char *wire;
	size_t len = reply_wire(name, (unsigned)type, 7, &text, &wire);
	struct err err = { 0 };

	cr_assert(dns_parse_reply(arena, wire, len, name, type, 7, reply, &err), "%s: %s", name, err.detail);
	free(wire);
	return (struct answer){ .status = rcode, .detail = reply };
}

#define LINES(...) (const char *const[]){ __VA_ARGS__, NULL }

static struct findings *
findings_of(const struct answer *about_txt)
{
	struct findings *fs = arena_alloc(arena, sizeof *fs);

	fs->arena = arena;
	finding_ownership(fs, &shop, about_txt);
	return fs;
}

static void
assert_finding(const struct finding *f, const char *code, const char *found, const char *in_fix)
{
	cr_assert_str_eq(f->code, code);
	cr_assert_not_null(f->found[0]);
	cr_assert_str_eq(f->found[0], found);
	cr_assert_not_null(strstr(f->fix, in_fix), "\"%s\" is not in: %s", in_fix, f->fix);
}

/* ---- matters and zones ------------------------------------------------------------------ */

Test(finding_zone, a_matter_is_settled_by_its_value_its_target_or_its_prefixes)
{
	static const struct { const struct matter *m; const char *line; bool settled; } cases[] = {
		{ &txt, PROOF ". 60 IN TXT \"" VALUE "\"", true },
		{ &txt, PROOF ". 60 IN TXT \"other\"", false },
		{ &route, "shop.customer.test. 60 IN CNAME customers.provider.test.", true },
		{ &route, "shop.customer.test. 60 IN CNAME other.test.", false },
		{ &route, "shop.customer.test. 60 IN A 192.0.2.7", true },
		{ &route, "shop.customer.test. 60 IN A 198.51.100.7", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct answer a = say(cases[i].m->name, cases[i].m->type, 0, LINES(cases[i].line), NULL);

		cr_expect_eq(matter_is_settled(cases[i].m, a.detail), cases[i].settled, "%s", cases[i].line);
		cr_expect_not(matter_is_absent(cases[i].m, &a), "%s", cases[i].line);
	}
	struct answer mixed = say(route.name, DNS_A, 0, LINES("shop.customer.test. 60 IN A 192.0.2.7",
	    "shop.customer.test. 60 IN A 198.51.100.7"), NULL);
	cr_expect_not(matter_is_settled(&route, mixed.detail), "one address elsewhere is enough");
}

Test(finding_zone, the_zone_is_that_of_the_negative_answer_unless_a_cname_led_elsewhere)
{
	struct answer nobody = say(PROOF, DNS_TXT, 3, NULL, negative);
	struct answer away = say("shop.customer.test", DNS_A, 3,
	    LINES("shop.customer.test. 60 IN CNAME gone.other.test."),
	    LINES("other.test. 300 IN SOA ns.other.test. h.other.test. 1 2 3 4 5"));
	struct answer ns = say("customer.test", DNS_NS, 0, LINES("customer.test. 60 IN NS ns1.customer.test."), NULL);
	struct answer unknown = { .err = err_new(ERR_dns_timeout, NULL) };

	cr_expect_str_eq(zone_of_answer(&nobody, PROOF), "customer.test");
	cr_expect_null(zone_of_answer(&away, "shop.customer.test"));
	cr_expect_null(zone_of_answer(&unknown, PROOF));
	cr_expect(zone_begins_at(&ns, "customer.test"));
	cr_expect_not(zone_begins_at(&ns, "shop.customer.test"));
	cr_expect_not(zone_begins_at(&unknown, "customer.test"));
	cr_expect(matter_is_absent(&txt, &nobody));
	cr_expect_not(matter_is_absent(&txt, &unknown), "nobody knows");
}

/* ---- other names ------------------------------------------------------------------------- */

Test(finding_zone, a_record_at_the_doubled_name_is_the_reason)
{
	struct answer here = say(PROOF, DNS_TXT, 3, NULL, negative);
	struct answer there = say(PROOF ".customer.test", DNS_TXT, 0,
	    LINES(PROOF ".customer.test. 60 IN TXT \"" VALUE "\""), NULL);
	struct answer other = say(PROOF ".customer.test", DNS_TXT, 0,
	    LINES(PROOF ".customer.test. 60 IN TXT \"another value\""), NULL);
	struct findings *fs = findings_of(&here);
	struct finding *f = &fs->list[0];

	cr_assert_str_eq(f->code, "value_missing");
	cr_expect_not(finding_doubled(fs, f, &txt, PROOF ".customer.test", &other));
	cr_expect_not(finding_doubled(fs, f, &txt, PROOF ".customer.test", &here));
	cr_assert_str_eq(f->code, "value_missing");
	cr_assert(finding_doubled(fs, f, &txt, PROOF ".customer.test", &there));
	assert_finding(f, "name_doubled", "TXT " VALUE " at " PROOF ".customer.test",
	    "Move the record from " PROOF ".customer.test to " PROOF ";");
	cr_expect_str_eq(f->where, PROOF);
}

Test(finding_zone, a_doubled_cname_is_one_too)
{
	const struct matter delegation = { "_acme-challenge.shop.customer.test", DNS_CNAME,
		(const char *const[]){ "shop.customer.test.abc.dcv.test", NULL }, NULL };
	struct answer here = say(delegation.name, DNS_CNAME, 3, NULL, negative);
	struct answer there = say("_acme-challenge.shop.customer.test.customer.test", DNS_CNAME, 0,
	    LINES("_acme-challenge.shop.customer.test.customer.test. 60 IN CNAME shop.customer.test.abc.dcv.test."), NULL);
	struct findings fs = { .arena = arena };

	finding_certificate(&fs, &delegation, &here, &here);
	cr_assert(finding_doubled(&fs, &fs.list[0], &delegation, "_acme-challenge.shop.customer.test.customer.test", &there));
	cr_assert_str_eq(fs.list[0].code, "name_doubled");
	cr_assert_str_eq(fs.list[0].purpose, "certificate");
}

Test(finding_zone, what_any_sibling_gets_too_is_a_wildcard_s)
{
	struct answer here = say(PROOF, DNS_TXT, 0,
	    LINES(PROOF ". 60 IN TXT \"v=spf1 -all\"", PROOF ". 60 IN TXT \"a\""), NULL);
	struct answer same = say("_certwright-probe.shop.customer.test", DNS_TXT, 0,
	    LINES("_certwright-probe.shop.customer.test. 60 IN TXT \"a\"",
	    "_certwright-probe.shop.customer.test. 60 IN TXT \"v=spf1 -all\""), NULL);
	struct answer none = say("_certwright-probe.shop.customer.test", DNS_TXT, 3, NULL, negative);
	struct answer other = say("_certwright-probe.shop.customer.test", DNS_TXT, 0,
	    LINES("_certwright-probe.shop.customer.test. 60 IN TXT \"a\""), NULL);
	struct answer failed = { .err = err_new(ERR_dns_servfail, NULL) };
	struct findings *fs = findings_of(&here);
	struct finding *f = &fs->list[0];

	cr_expect_not(finding_wildcard(fs, f, &txt, &here, "_certwright-probe.shop.customer.test", &other));
	cr_expect_not(finding_wildcard(fs, f, &txt, &here, "_certwright-probe.shop.customer.test", &none));
	cr_expect_not(finding_wildcard(fs, f, &txt, &here, "_certwright-probe.shop.customer.test", &failed));
	cr_assert_str_eq(f->code, "value_wrong");
	cr_assert(finding_wildcard(fs, f, &txt, &here, "_certwright-probe.shop.customer.test", &same));
	assert_finding(f, "wildcard_answers", "TXT a; TXT v=spf1 -all, as for any name under shop.customer.test",
	    "Give " PROOF " a record of its own, TXT " VALUE);
}

Test(finding_zone, a_wildcard_that_has_the_right_thing_is_no_trouble)
{
	struct answer here = say(PROOF, DNS_TXT, 0, LINES(PROOF ". 60 IN TXT \"" VALUE "\""), NULL);
	struct answer same = say("_certwright-probe.shop.customer.test", DNS_TXT, 0,
	    LINES("_certwright-probe.shop.customer.test. 60 IN TXT \"" VALUE "\""), NULL);
	struct findings *fs = findings_of(&here);

	cr_expect_not(finding_wildcard(fs, &fs->list[0], &txt, &here, "_certwright-probe.shop.customer.test", &same));
	cr_expect_null(fs->list[0].code);
}

/* ---- certificate --------------------------------------------------------------------------- */

Test(finding_zone, values_for_the_authority_are_missing_wrong_or_quoted)
{
	static const struct { const char *line, *code; } cases[] = {
		{ NULL, "value_missing" },
		{ "_acme-challenge.shop.customer.test. 60 IN TXT \"old\"", "value_wrong" },
		{ "_acme-challenge.shop.customer.test. 60 IN TXT \"\\\"" VALUE "\\\"\"", "value_quoted" },
		{ "_acme-challenge.shop.customer.test. 60 IN TXT \"" VALUE "\"", NULL },
	};
	const struct matter m = { "_acme-challenge.shop.customer.test", DNS_TXT, value, NULL };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct answer here = say(m.name, DNS_TXT, cases[i].line != NULL ? 0 : 3, LINES(cases[i].line), negative);
		struct findings fs = { .arena = arena };

		finding_certificate(&fs, &m, &here, &here);
		cr_assert_eq(fs.count, 1);
		cr_expect_str_eq(fs.list[0].purpose, "certificate");
		cr_expect_str_eq(fs.list[0].where, m.name);
		cr_expect(cases[i].code == NULL ? fs.list[0].code == NULL
		    : fs.list[0].code != NULL && strcmp(fs.list[0].code, cases[i].code) == 0, "%s: %s", cases[i].line,
		    fs.list[0].code);
	}
}

Test(finding_zone, a_txt_stands_in_the_way_of_a_delegation)
{
	const struct matter m = { "_acme-challenge.shop.customer.test", DNS_CNAME,
		(const char *const[]){ "shop.customer.test.abc.dcv.test", NULL }, NULL };
	struct answer empty = say(m.name, DNS_CNAME, 0, NULL, negative);
	struct answer old = say(m.name, DNS_TXT, 0, LINES("_acme-challenge.shop.customer.test. 60 IN TXT \"old\""), NULL);
	struct answer good = say(m.name, DNS_CNAME, 0,
	    LINES("_acme-challenge.shop.customer.test. 60 IN CNAME shop.customer.test.abc.dcv.test."), NULL);
	struct findings fs = { .arena = arena };

	finding_certificate(&fs, &m, &empty, &old);
	assert_finding(&fs.list[0], "cname_and_other_data", "TXT old", "delete the TXT records of");
	finding_certificate(&fs, &m, &empty, &empty);
	cr_expect_str_eq(fs.list[1].code, "no_address");
	finding_certificate(&fs, &m, &good, &empty);
	cr_expect_null(fs.list[2].code);
}

/* ---- IPv6 -------------------------------------------------------------------------------------- */

static const char *body_value[] = { VALUE " \n" };
static const char *body_other[] = { "<html>" };

Test(finding_zone, ipv6_is_broken_when_it_is_silent_or_says_something_else)
{
	const struct answer good = { .status = 200, .values = body_value, .count = 1 };
	const struct answer page = { .status = 200, .values = body_other, .count = 1 };
	const struct answer absent = { .status = 404, .values = body_other, .count = 1 };
	const struct answer silent = { .err = err_new(ERR_http_timeout, NULL) };
	const struct { const struct answer *v4, *v6; const char *found; } cases[] = {
		{ &good, &silent, "IPv6: the web server did not answer in time" },
		{ &absent, &silent, "IPv6: the web server did not answer in time" },
		{ &good, &page, "IPv6: status 200 and another text" },
		{ &good, &absent, "IPv6: status 404" },
		{ &good, &good, NULL },
		{ &absent, &absent, NULL },
		{ &absent, &good, NULL },
		{ &silent, &silent, NULL },
		{ &silent, &good, NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct findings fs = { .arena = arena };

		finding_ipv6(&fs, &shop, cases[i].v4, cases[i].v6);
		cr_assert_eq(fs.count, cases[i].found != NULL, "%zu", i);
		if (fs.count == 0)
			continue;
		cr_expect_str_eq(fs.list[0].code, "http_ipv6_broken");
		cr_expect_str_eq(fs.list[0].found[1], cases[i].found);
		cr_expect_not_null(strstr(fs.list[0].fix, "delete the AAAA records of shop.customer.test"));
	}
}

/* ---- what is not needed --------------------------------------------------------------------------- */

static struct findings
list_of(const char *const (*rows)[3])
{
	struct findings fs = { .arena = arena };

	for (; (*rows)[0] != NULL; rows++)
		fs.list[fs.count++] = (struct finding){ .purpose = (*rows)[0], .code = (*rows)[1], .expected = (*rows)[2] };
	return fs;
}

Test(finding_zone, one_proof_is_enough_and_none_is_needed_by_who_points_at_us)
{
	static const char *const all[][3] = { { "ownership", "value_missing", "TXT x" }, { "routing", "no_address", "" },
		{ "ownership_http", "http_status", "" }, { "ownership_http", "http_ipv6_broken", "" }, { NULL } };
	static const char *const proven[][3] = { { "ownership", NULL, "TXT x" }, { "routing", "no_address", "" },
		{ "ownership_http", "http_status", "" }, { NULL } };
	static const char *const routed[][3] = { { "ownership", "value_missing", "TXT x" }, { "routing", NULL, "" },
		{ "ownership_http", "http_status", "" }, { "ownership_http", "http_ipv6_broken", "" }, { NULL } };
	struct findings fs = list_of(all);

	finding_drop_needless(&fs, false);
	cr_expect_eq(fs.count, 4);
	finding_drop_needless(&fs, true);
	cr_assert_eq(fs.count, 2);
	cr_expect_str_eq(fs.list[0].purpose, "routing");
	cr_expect_str_eq(fs.list[1].code, "http_ipv6_broken");
	fs = list_of(proven);
	finding_drop_needless(&fs, false);
	cr_assert_eq(fs.count, 2);
	cr_expect_str_eq(fs.list[1].purpose, "routing");
	fs = list_of(routed);
	finding_drop_needless(&fs, false);
	cr_assert_eq(fs.count, 2);
	cr_expect_str_eq(fs.list[1].code, "http_ipv6_broken");
}

Test(finding_zone, a_delegation_stands_for_the_values_and_they_for_it)
{
	static const char *const delegated[][3] = { { "certificate", NULL, "CNAME x" },
		{ "certificate", "value_missing", "TXT a" }, { NULL } };
	static const char *const by_hand[][3] = { { "certificate", "no_address", "CNAME x" },
		{ "certificate", NULL, "TXT a" }, { "certificate", NULL, "TXT b" }, { NULL } };
	static const char *const half[][3] = { { "certificate", "no_address", "CNAME x" },
		{ "certificate", NULL, "TXT a" }, { "certificate", "value_wrong", "TXT b" }, { NULL } };
	struct findings fs = list_of(delegated);

	finding_drop_needless(&fs, false);
	cr_expect_eq(fs.count, 1);
	cr_expect_null(fs.list[0].code);
	fs = list_of(by_hand);
	finding_drop_needless(&fs, false);
	cr_expect_eq(fs.count, 2);
	fs = list_of(half);
	finding_drop_needless(&fs, false);
	cr_expect_eq(fs.count, 3, "one of two values is not enough");
}
