/* Whether a hostname points at us, and what is said when it does not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "dcv/finding.h"
#include "dcv/provider.h"
#include "tests/kit/answer.h"

#define NAME "shop.customer.test"
#define SHOP NAME ". "
#define SOA "customer.test. SOA ns.customer.test. h.customer.test. 1 2 3 4 60"
#define OWN_SOA NAME ". SOA ns.customer.test. h.customer.test. 1 2 3 4 60"
#define SERVFAIL "error dns_servfail"

static const char *const targets[] = { "customers.provider.test", "www.provider.test", NULL };
static const char *const prefixes[] = { "192.0.2.0/24", "2001:db8:1::/48", NULL };
static const char *const none[] = { NULL };

/* What the provider offers. */
enum offer { NAMES, ADDRESSES, BOTH, NOTHING };

static struct hostname
hostname(enum offer offer)
{
	return (struct hostname){ .name = NAME,
	    .targets = offer == NAMES || offer == BOTH ? targets : none,
	    .prefixes = offer == ADDRESSES || offer == BOTH ? prefixes : none };
}

static struct finding
judge(struct arena *arena, enum offer offer, const char *a, const char *aaaa)
{
	struct findings fs = { .arena = arena };
	struct hostname h = hostname(offer);
	struct answer four = answer_of(arena, NAME, DNS_A, a), six = answer_of(arena, NAME, DNS_AAAA, aaaa);

	finding_routing(&fs, &h, &four, &six);
	cr_assert_eq(fs.count, 1);
	cr_assert_str_eq(fs.list[0].purpose, "routing");
	cr_assert_str_eq(fs.list[0].where, NAME);
	cr_assert_eq(fs.list[0].fix != NULL, fs.list[0].code != NULL);
	cr_assert_eq(fs.list[0].blame == BLAME_NONE, fs.list[0].code == NULL);
	return fs.list[0];
}

struct row {
	enum offer offer;
	const char *a, *aaaa;
	const char *code, *seen, *fix;	/* fix: a part of it; NULL: none */
};

static void
check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		auto_arena *arena = arena_new(8 << 20);
		struct finding f = judge(arena, rows[i].offer, rows[i].a, rows[i].aaaa);
		const char *seen = f.found[0] != NULL ? finding_seen(&f, arena) : "";

		cr_expect_str_eq(f.code != NULL ? f.code : "", rows[i].code, "row %zu: %s", i, f.code);
		cr_expect_str_eq(seen, rows[i].seen, "row %zu: %s", i, seen);
		if (rows[i].fix != NULL)
			cr_expect_not_null(strstr(f.fix != NULL ? f.fix : "", rows[i].fix), "row %zu: %s", i, f.fix);
	}
}

#define CHECK(rows) check(rows, sizeof rows / sizeof rows[0])

Test(finding_route, a_chain_that_reaches_a_target_is_well)
{
	static const struct row rows[] = {
		{ NAMES, SHOP "CNAME customers.provider.test.", SHOP "CNAME customers.provider.test.\n" SOA,
		    "", "CNAME customers.provider.test", NULL },
		{ NAMES, SHOP "CNAME WWW.Provider.test.", SHOP "CNAME www.provider.test.", "", "CNAME www.provider.test", NULL },
		/* in any order, through a name of the customer's */
		{ BOTH, "a.customer.test. CNAME customers.provider.test.\n" SHOP "CNAME a.customer.test.", "", "",
		    "CNAME a.customer.test", NULL },
		{ NAMES, SHOP "CNAME customers.provider.test.\ncustomers.provider.test. CNAME lb.elsewhere.test.\n"
		    "lb.elsewhere.test. A 203.0.113.9", "", "", "CNAME customers.provider.test", NULL },
		/* the name of the target does not exist: our own affair */
		{ NAMES, "NXDOMAIN\n" SHOP "CNAME customers.provider.test.", SERVFAIL, "", "CNAME customers.provider.test", NULL },
		/* one family is enough */
		{ NAMES, SERVFAIL, SHOP "CNAME customers.provider.test.", "", "CNAME customers.provider.test", NULL },
		{ BOTH, SHOP "CNAME customers.provider.test.", "error dns_timeout", "", "CNAME customers.provider.test", NULL },
	};

	CHECK(rows);
}

Test(finding_route, addresses_are_well_when_all_of_both_families_are_inside)
{
	static const struct row rows[] = {
		{ ADDRESSES, SHOP "A 192.0.2.1", SOA, "", "A 192.0.2.1", NULL },
		{ BOTH, SOA, SHOP "AAAA 2001:db8:1::1", "", "AAAA 2001:db8:1::1", NULL },
		{ BOTH, SHOP "A 192.0.2.9\n" SHOP "A 192.0.2.1", SHOP "AAAA 2001:db8:1::1", "",
		    "A 192.0.2.1; A 192.0.2.9; AAAA 2001:db8:1::1", NULL },
		/* some servers say NXDOMAIN to AAAA alone */
		{ ADDRESSES, SHOP "A 192.0.2.1", "NXDOMAIN", "", "A 192.0.2.1", NULL },
		/* by way of a name that is not one of ours */
		{ BOTH, SHOP "CNAME lb.customer.test.\nlb.customer.test. A 192.0.2.1", SHOP "CNAME lb.customer.test.\n" SOA,
		    "", "CNAME lb.customer.test; A 192.0.2.1", NULL },
		/* an address of another name is nobody's */
		{ ADDRESSES, SHOP "A 192.0.2.1\nother.test. A 203.0.113.1", "", "", "A 192.0.2.1", NULL },

		{ ADDRESSES, SHOP "A 192.0.2.1\n" SHOP "A 203.0.113.1", "", "some_addresses_not_ours",
		    "A 192.0.2.1; A 203.0.113.1", "delete those A and AAAA records of " NAME
		    " that are not in 192.0.2.0/24 or 2001:db8:1::/48: 203.0.113.1." },
		{ BOTH, SHOP "A 192.0.2.1", SHOP "AAAA 2001:db8:2::1", "some_addresses_not_ours",
		    "A 192.0.2.1; AAAA 2001:db8:2::1", ": 2001:db8:2::1." },
		{ ADDRESSES, SHOP "A 192.0.2.1", SHOP "AAAA ::ffff:192.0.2.1", "some_addresses_not_ours",
		    "A 192.0.2.1; AAAA ::ffff:192.0.2.1", NULL },
		{ ADDRESSES, SHOP "A 203.0.113.1", "", "address_not_ours", "A 203.0.113.1",
		    "replace the A and AAAA records of " NAME " by A and AAAA records in 192.0.2.0/24 or "
		    "2001:db8:1::/48; it points to 203.0.113.1 now." },
		{ NAMES, SHOP "A 192.0.2.1", "", "address_not_ours", "A 192.0.2.1",
		    "by a CNAME record to customers.provider.test; it points to 192.0.2.1 now." },
		{ BOTH, SHOP "A 203.0.113.1", "", "address_not_ours", "A 203.0.113.1",
		    "by a CNAME record to customers.provider.test (or A and AAAA records in 192.0.2.0/24 or "
		    "2001:db8:1::/48, if " NAME " is the top of its domain)" },
	};

	CHECK(rows);
}

Test(finding_route, a_family_that_failed_leaves_open_what_it_could_change)
{
	static const struct row rows[] = {
		{ BOTH, SERVFAIL, SERVFAIL, "dns_servfail", "", "Ask the DNS provider of " NAME },
		{ BOTH, "error dns_bogus", SERVFAIL, "dns_bogus", "", "repair its DNSSEC signatures" },
		{ BOTH, SERVFAIL, "error dns_timeout", "dns_timeout", "", "the trouble is ours" },
		{ BOTH, "error dns_resolver_down", SERVFAIL, "dns_resolver_down", "", "the trouble is ours" },
		{ BOTH, "error dns_refused", "", "dns_refused", "", "Nothing is known about " NAME },
		/* all that is known is inside */
		{ ADDRESSES, SHOP "A 192.0.2.1", SERVFAIL, "dns_servfail", "A 192.0.2.1", NULL },
		{ ADDRESSES, SERVFAIL, SHOP "AAAA 2001:db8:1::1", "dns_servfail", "AAAA 2001:db8:1::1", NULL },
		{ BOTH, SHOP "CNAME lb.customer.test.\nlb.customer.test. A 192.0.2.1", SERVFAIL, "dns_servfail",
		    "CNAME lb.customer.test", NULL },
		{ BOTH, SHOP "CNAME lb.customer.test.", SERVFAIL, "dns_servfail", "CNAME lb.customer.test", NULL },
		/* nothing is known */
		{ BOTH, "", SERVFAIL, "dns_servfail", "", NULL },
		{ BOTH, SERVFAIL, "NXDOMAIN", "dns_servfail", "", NULL },
		/* wrong, whatever the other one would have been */
		{ BOTH, SHOP "A 203.0.113.1", SERVFAIL, "address_not_ours", "A 203.0.113.1", NULL },
		{ BOTH, SERVFAIL, SHOP "AAAA 2001:db8:2::1", "address_not_ours", "AAAA 2001:db8:2::1", NULL },
		{ NAMES, SHOP "CNAME lb.customer.test.", SERVFAIL, "wrong_target", "CNAME lb.customer.test", NULL },
		{ BOTH, SERVFAIL, SHOP "CNAME lb.x.test.\nlb.x.test. AAAA 2001:db8:2::1", "wrong_target", "CNAME lb.x.test", NULL },
		{ BOTH, SHOP "CNAME http\\058\\047\\047x.test.", SERVFAIL, "target_has_scheme", "CNAME http://x.test", NULL },
	};

	CHECK(rows);
}

Test(finding_route, what_is_not_there_is_named)
{
	static const struct row rows[] = {
		{ NAMES, "NXDOMAIN\n" SOA, "NXDOMAIN\n" SOA, "no_such_name", "",
		    "At the DNS provider of customer.test, give " NAME " a CNAME record to customers.provider.test." },
		{ ADDRESSES, "NXDOMAIN", "NXDOMAIN", "no_such_name", "", "At the DNS provider of " NAME ", give " NAME
		    " A and AAAA records in 192.0.2.0/24 or 2001:db8:1::/48." },
		{ NAMES, SOA, SOA, "no_address", "", "give " NAME " a CNAME record to" },
		{ NAMES, "NXDOMAIN", SOA, "no_address", "", NULL },
		{ BOTH, SOA, SOA, "no_address", "", "a CNAME record to customers.provider.test (or A and AAAA records in" },
		/* the top of a domain */
		{ BOTH, OWN_SOA, OWN_SOA, "no_address", "", "give " NAME " A and AAAA records in 192.0.2.0/24" },
		{ BOTH, SHOP "A 203.0.113.1", OWN_SOA, "address_not_ours", "A 203.0.113.1",
		    "replace the A and AAAA records of " NAME " by A and AAAA records in" },
		{ NAMES, SHOP "A 203.0.113.1", OWN_SOA, "address_not_ours", "A 203.0.113.1",
		    "Use a name below " NAME ", such as www." NAME },
		/* a SOA that is not of this name's zone, and one of a registry's */
		{ NAMES, "NXDOMAIN\nother.test. SOA a. b. 1 2 3 4 5", "NXDOMAIN", "no_such_name", "", "At the DNS provider of " NAME "," },
		{ NAMES, "NXDOMAIN\ntest. SOA a. b. 1 2 3 4 5", "NXDOMAIN", "no_such_name", "", "At the DNS provider of " NAME "," },
		/* the provider has set up nothing */
		{ NOTHING, SHOP "A 203.0.113.1", "", "fallback_missing", "A 203.0.113.1", "Nothing has to be changed" },
		{ NOTHING, "NXDOMAIN", "NXDOMAIN", "fallback_missing", "", NULL },
	};

	CHECK(rows);
}

Test(finding_route, a_chain_that_ends_elsewhere_is_named)
{
	static const struct row rows[] = {
		{ NAMES, SHOP "CNAME shop.elsewhere.test.\nshop.elsewhere.test. A 203.0.113.1", SHOP "CNAME shop.elsewhere.test.",
		    "wrong_target", "CNAME shop.elsewhere.test", "At the DNS provider of " NAME ", change the CNAME record of "
		    NAME " to customers.provider.test; it points to shop.elsewhere.test now." },
		{ NAMES, "NXDOMAIN\n" SHOP "CNAME gone.elsewhere.test.", "NXDOMAIN\n" SHOP "CNAME gone.elsewhere.test.",
		    "wrong_target", "CNAME gone.elsewhere.test", NULL },
		/* a target only at the name itself, or below it, does not count */
		{ NAMES, SHOP "CNAME x.customers.provider.test.", "", "wrong_target", "CNAME x.customers.provider.test", NULL },
		{ ADDRESSES, SHOP "CNAME a.test.\na.test. A 203.0.113.1", "", "wrong_target", "CNAME a.test",
		    "replace the CNAME record of " NAME " by A and AAAA records in 192.0.2.0/24 or 2001:db8:1::/48; it points to a.test now." },
		{ BOTH, SHOP "CNAME a.test.\na.test. A 192.0.2.1\na.test. A 203.0.113.1", "", "wrong_target", "CNAME a.test", NULL },
		{ BOTH, SHOP "CNAME a.test.", "", "wrong_target", "CNAME a.test", NULL },
		/* at another provider, at the end of the chain */
		{ NAMES, SHOP "CNAME cdn.customer.test.\ncdn.customer.test. CNAME d1.cloudfront.net.", "", "wrong_target",
		    "CNAME cdn.customer.test", "it points to cdn.customer.test at Amazon CloudFront now." },

		{ NAMES, SHOP "CNAME http\\058\\047\\047customers.provider.test.", "", "target_has_scheme",
		    "CNAME http://customers.provider.test", "to customers.provider.test, without http:// or https://" },
		{ NAMES, SHOP "CNAME HTTPS\\058\\047\\047customers.provider.test.customer.test.", "NXDOMAIN", "target_has_scheme",
		    "CNAME https://customers.provider.test.customer.test", NULL },
		{ NAMES, SHOP "CNAME https.customers.provider.test.", "", "wrong_target", "CNAME https.customers.provider.test", NULL },
	};

	CHECK(rows);
}

Test(finding_route, chains_that_do_not_end_are_named_by_their_links)
{
	static const struct row rows[] = {
		{ NAMES, "loop\n" SHOP "CNAME a.test.\na.test. CNAME " SHOP, "loop\n" SHOP "CNAME a.test.\na.test. CNAME " SHOP,
		    "cname_loop", NULL, "change the CNAME record of " NAME " to customers.provider.test" },
		{ BOTH, "loop\n" SHOP "CNAME " SHOP, SERVFAIL, "cname_loop", NULL, NULL },
		{ BOTH, SERVFAIL, "loop\n" SHOP "CNAME " SHOP, "cname_loop", NULL, NULL },
		/* a resolver that answers with the circle */
		{ BOTH, SHOP "CNAME a.test.\na.test. CNAME " SHOP, "", "cname_loop", NULL, NULL },
		/* nine links */
		{ BOTH, SHOP "CNAME n1.test.\nn1.test. CNAME n2.test.\nn2.test. CNAME n3.test.\nn3.test. CNAME n4.test.\n"
		    "n4.test. CNAME n5.test.\nn5.test. CNAME n6.test.\nn6.test. CNAME n7.test.\nn7.test. CNAME n8.test.\n"
		    "n8.test. CNAME n9.test.\nn9.test. A 192.0.2.1", "", "cname_loop", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_arena *arena = arena_new(8 << 20);
		struct finding f = judge(arena, rows[i].offer, rows[i].a, rows[i].aaaa);

		cr_expect_str_eq(f.code, rows[i].code, "row %zu: %s", i, f.code);
		cr_expect_eq(f.blame, BLAME_CUSTOMER);
		cr_expect_eq(strncmp(f.found[0], NAME " CNAME ", strlen(NAME " CNAME ")), 0, "row %zu: %s", i, f.found[0]);
		if (rows[i].fix != NULL)
			cr_expect_not_null(strstr(f.fix, rows[i].fix), "row %zu: %s", i, f.fix);
	}
}

Test(finding_route, a_cname_beside_addresses_is_named)
{
	static const struct row rows[] = {
		{ NAMES, SHOP "CNAME a.test.\n" SHOP "A 203.0.113.1", "", "cname_and_other_data", "CNAME a.test; A 203.0.113.1",
		    "delete all records of " NAME " and let it have only a CNAME record to customers.provider.test." },
		/* inside, but not by the records that a resolver may see */
		{ BOTH, SHOP "CNAME a.test.\na.test. A 192.0.2.1\n" SHOP "A 203.0.113.1", "", "cname_and_other_data",
		    "CNAME a.test; A 192.0.2.1; A 203.0.113.1", NULL },
		/* one family sees the one, the other family the other */
		{ NAMES, SHOP "CNAME a.test.", SHOP "AAAA 2001:db8:2::1", "cname_and_other_data",
		    "CNAME a.test; AAAA 2001:db8:2::1", NULL },
	};

	CHECK(rows);
}

Test(finding_route, addresses_of_other_providers_have_a_name)
{
	static const struct { const char *address, *provider; } rows[] = {
		{ "A 104.16.1.1", "Cloudflare" }, { "A 104.31.255.255", NULL }, { "A 104.27.255.255", "Cloudflare" },
		{ "AAAA 2606:4700::1", "Cloudflare" }, { "A 185.199.108.153", "GitHub Pages" },
		{ "AAAA 2606:50c0:8003::153", "GitHub Pages" }, { "A 151.101.1.1", "Fastly" }, { "A 76.76.21.21", "Vercel" },
		{ "A 75.2.60.5", "Netlify" }, { "A 23.227.38.65", "Shopify" }, { "AAAA 2620:127:f00f:5::", "Shopify" },
		{ "A 198.49.23.145", "Squarespace" }, { "A 203.0.113.1", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_arena *arena = arena_new(1 << 20);
		const char *text = arena_printf(arena, SHOP "%s", rows[i].address);
		bool is_four = rows[i].address[1] == ' ';
		struct finding f = judge(arena, NAMES, is_four ? text : "", is_four ? "" : text);

		cr_expect_str_eq(f.code, rows[i].provider != NULL ? "address_elsewhere" : "address_not_ours", "%s", rows[i].address);
		if (rows[i].provider != NULL)
			cr_expect_not_null(strstr(f.fix, rows[i].provider), "%s", f.fix);
	}
}

Test(finding_route, every_prefix_of_the_table_can_be_read)
{
	static const char *const all[] = {
#define NAME_UNDER(provider, suffix)
#define ADDRESS_IN(provider, prefix) prefix,
#include "dcv/providers.def"
#undef NAME_UNDER
#undef ADDRESS_IN
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		char literal[64];

		snprintf(literal, sizeof literal, "%.*s", (int)strcspn(all[i], "/"), all[i]);
		cr_expect_not_null(provider_of_address(literal), "%s", all[i]);
	}
	cr_expect_str_eq(provider_of_name("x.fastly.net"), "Fastly");
	cr_expect_null(provider_of_name("notfastly.net"));
	cr_expect_null(provider_of_address("no address"));
}

Test(finding_route, what_is_expected_is_all_that_is_offered)
{
	auto_arena *arena = arena_new(1 << 20);

	cr_expect_str_eq(judge(arena, NAMES, "", "").expected, "CNAME customers.provider.test or www.provider.test");
	cr_expect_str_eq(judge(arena, ADDRESSES, "", "").expected, "A and AAAA in 192.0.2.0/24 or 2001:db8:1::/48");
	cr_expect_str_eq(judge(arena, BOTH, "", "").expected,
	    "CNAME customers.provider.test or www.provider.test, or A and AAAA in 192.0.2.0/24 or 2001:db8:1::/48");
	cr_expect_null(judge(arena, NOTHING, "", "").expected);
}

Test(finding_route, full_replies_in_any_order_are_told_in_one)
{
	auto_arena *arena = arena_new(32 << 20);
	char forward[8000] = "", backward[8000] = "", six[12000] = "";
	struct finding f, g;
	int at = 0, back = 0, last = 0;

	for (int i = 0; i < 128; i++) {
		at += snprintf(forward + at, sizeof forward - (size_t)at, "\n" SHOP "A 203.0.113.%d", i);
		back += snprintf(backward + back, sizeof backward - (size_t)back, "\n" SHOP "A 203.0.113.%d", 127 - i);
		last += snprintf(six + last, sizeof six - (size_t)last, "\n" SHOP "AAAA 2001:db8:2::%x", i);
	}
	f = judge(arena, BOTH, forward, six);
	g = judge(arena, BOTH, backward, six);
	cr_expect_str_eq(f.code, "address_not_ours");
	cr_expect_str_eq(f.found[0], "A 203.0.113.0");
	cr_expect_str_eq(f.found[FINDING_MAX_FOUND - 1], "and 249 more");
	cr_expect_null(f.found[FINDING_MAX_FOUND]);
	cr_expect_str_eq(finding_seen(&f, arena), finding_seen(&g, arena));
	cr_expect_str_eq(f.fix, g.fix);
	/* the one that is outside is seen among many */
	snprintf(forward, sizeof forward, SHOP "A 192.0.2.1\n" SHOP "A 203.0.113.1");
	cr_expect_str_eq(judge(arena, ADDRESSES, forward, "").code, "some_addresses_not_ours");
}

/* ---- which names are told -------------------------------------------------------------- */

static const struct told {
	const char *const targets[5];
	const char *unresolved, *expected;
} told[] = {
	{ { "a.test", "b.test" }, NULL, "CNAME a.test or b.test" },
	{ { "a.test", "A.test", "a.test" }, NULL, "CNAME a.test" },
	{ { "shop.a.test", "*.a.test", "b.test" }, NULL, "CNAME shop.a.test or b.test" },
	{ { "a.test", "origin.test" }, "origin.test", "CNAME a.test" },
	{ { "origin.test" }, "origin.test", "CNAME origin.test" },
	{ { "origin.test", "a.test" }, "origin.test", "CNAME a.test" },
	{ { "*.a.test" }, NULL, "CNAME *.a.test" },
	{ { NULL }, NULL, NULL },
};

Test(finding_route, each_target_that_leads_somewhere_is_told_once)
{
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
		auto_arena *arena = arena_new(8 << 20);
		struct findings fs = { .arena = arena };
		struct hostname h = { .name = NAME, .targets = told[i].targets, .prefixes = none,
		    .unresolved = told[i].unresolved };
		struct answer nothing = answer_of(arena, NAME, DNS_A, "NXDOMAIN");
		const struct finding *f = finding_routing(&fs, &h, &nothing, &nothing);

		if (told[i].expected == NULL) {
			cr_expect_null(f->expected);
			continue;
		}
		cr_expect_str_eq(f->expected, told[i].expected, "row %zu: %s", i, f->expected);
		cr_expect_not_null(strstr(f->fix, arena_printf(arena, "a CNAME record to %.*s.", (int)strcspn(f->expected + 6, " "),
		    f->expected + 6)), "row %zu: %s", i, f->fix);
	}
}

Test(finding_route, a_target_that_leads_nowhere_yet_counts)
{
	static const char *const both[] = { "a.test", "origin.test", NULL };
	auto_arena *arena = arena_new(8 << 20);
	struct findings fs = { .arena = arena };
	struct hostname h = { .name = NAME, .targets = both, .prefixes = none, .unresolved = "origin.test" };
	struct answer a = answer_of(arena, NAME, DNS_A, "NXDOMAIN\n" SHOP "CNAME origin.test.");

	cr_expect_null(finding_routing(&fs, &h, &a, &a)->code);
}
