/* DNS names as text. */
#include <criterion/criterion.h>
#include <string.h>
#include "base/name.h"

#define L63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"
#define L61 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy"
#define N253 L63 "." L63 "." L63 "." L61

enum { PLAIN, WILD, SERVICE, BOTH };

static const struct { const char *text; int rules; const char *canonical; } good[] = {
	{ "example.com", PLAIN, "example.com" },
	{ "Example.COM.", PLAIN, "example.com" },
	{ "localhost", PLAIN, "localhost" },
	{ "a.b", PLAIN, "a.b" },
	{ "1and1.com", PLAIN, "1and1.com" },
	{ "123.com", PLAIN, "123.com" },
	{ "1.2.3.com", PLAIN, "1.2.3.com" },
	{ "1.0.0.127.in-addr.arpa", PLAIN, "1.0.0.127.in-addr.arpa" },
	{ "a-b--c.example", PLAIN, "a-b--c.example" },
	{ "r3---sn-x.example", PLAIN, "r3---sn-x.example" },
	{ "x.0xyz", PLAIN, "x.0xyz" },
	{ "x.3com", PLAIN, "x.3com" },
	{ L63 ".com", PLAIN, L63 ".com" },
	{ N253, PLAIN, N253 },
	{ N253 ".", PLAIN, N253 },
	{ "xn--mnchen-3ya.de", PLAIN, "xn--mnchen-3ya.de" },
	{ "XN--MNCHEN-3YA.de", PLAIN, "xn--mnchen-3ya.de" },
	{ "xn--fa-hia.de", PLAIN, "xn--fa-hia.de" },
	{ "www.xn--fiqs8s", PLAIN, "www.xn--fiqs8s" },
	{ "xn--80ak6aa92e.com", PLAIN, "xn--80ak6aa92e.com" },
	{ "*.example.com", WILD, "*.example.com" },
	{ "*.EXAMPLE.com.", WILD, "*.example.com" },
	{ "*.com", WILD, "*.com" },
	{ "example.com", WILD, "example.com" },
	{ "_acme-challenge.example.com", SERVICE, "_acme-challenge.example.com" },
	{ "_cf-custom-hostname.App.example.com", SERVICE, "_cf-custom-hostname.app.example.com" },
	{ "a_b.example", SERVICE, "a_b.example" },
	{ "*._x.example", BOTH, "*._x.example" },
};

static const struct { const char *text; int rules; const char *why; } bad[] = {
	{ "", BOTH, "it is empty" },
	{ ".", BOTH, "it is empty" },
	{ "..", BOTH, "a label is empty" },
	{ "a..b", BOTH, "a label is empty" },
	{ ".a", BOTH, "a label is empty" },
	{ "a.b..", BOTH, "a label is empty" },
	{ "*.", BOTH, "only letters" },
	{ "*", BOTH, "only letters" },
	{ "**.a", BOTH, "only letters" },
	{ "a.*.b", BOTH, "only letters" },
	{ "*a.b", BOTH, "only letters" },
	{ "*.*.b", BOTH, "only letters" },
	{ "*..b", BOTH, "a label is empty" },
	{ "*.example.com", PLAIN, "a wildcard is not allowed here" },
	{ "*.example.com", SERVICE, "a wildcard is not allowed here" },
	{ "_acme-challenge.example.com", PLAIN, "only letters" },
	{ "_acme-challenge.example.com", WILD, "only letters" },
	{ "a_b.example", PLAIN, "only letters" },
	{ "a b.example", BOTH, "only letters" },
	{ " a.example", BOTH, "only letters" },
	{ "a.example ", BOTH, "only letters" },
	{ "a.example\n", BOTH, "only letters" },
	{ "a\t.example", BOTH, "only letters" },
	{ "a\\.b.example", BOTH, "only letters" },
	{ "a\\046b.example", BOTH, "only letters" },
	{ "a/b.example", BOTH, "only letters" },
	{ "a@b.example", BOTH, "only letters" },
	{ "a:80", BOTH, "only letters" },
	{ "https://a.example", BOTH, "only letters" },
	{ "a;b.example", BOTH, "only letters" },
	{ "%61.example", BOTH, "only letters" },
	{ "\x7f.example", BOTH, "only letters" },
	{ "-a.example", BOTH, "a label begins or ends with a hyphen" },
	{ "a-.example", BOTH, "a label begins or ends with a hyphen" },
	{ "a.-", BOTH, "a label begins or ends with a hyphen" },
	{ "b\xc3\xbc" "cher.de", BOTH, "not ASCII" },
	{ "\xff.de", BOTH, "not ASCII" },
	{ "a\xe3\x80\x82" "b", BOTH, "not ASCII" },
	{ "\xef\xbc\x91.example", BOTH, "not ASCII" },
	{ "a" L63 ".com", BOTH, "more than 63" },
	{ "x." "a" L63, BOTH, "more than 63" },
	{ "x" N253, BOTH, "more than 253" },
	{ "x" N253 ".", BOTH, "more than 253" },
	{ N253 "..", BOTH, "more than 253" },
	{ N253 "." N253 "." N253, BOTH, "more than 253" },
	{ "127.0.0.1", BOTH, "it is an IP address" },
	{ "127.0.0.1.", BOTH, "it is an IP address" },
	{ "::1", BOTH, "it is an IP address" },
	{ "2001:DB8::1", BOTH, "it is an IP address" },
	{ "127.1", BOTH, "last label is a number" },
	{ "2130706433", BOTH, "last label is a number" },
	{ "0177.0.0.1", BOTH, "last label is a number" },
	{ "1.2.3.4.5", BOTH, "last label is a number" },
	{ "256.256.256.256", BOTH, "last label is a number" },
	{ "0x7f000001", BOTH, "last label is a number" },
	{ "127.0.0.0X1", BOTH, "last label is a number" },
	{ "a.0x", BOTH, "last label is a number" },
	{ "example.0", BOTH, "last label is a number" },
	{ "*.1", BOTH, "last label is a number" },
	{ "xn--.de", BOTH, "hyphen" },
	{ "xn--a.de", BOTH, "xn--" },
	{ "xn--0.de", BOTH, "xn--" },
	{ "xn--zzzzzzzzzzzz.de", BOTH, "xn--" },
	{ "xn--99999999.de", BOTH, "xn--" },
	{ "xn--abc-.de", BOTH, "hyphen" },
	{ "xn--xn---epa.de", BOTH, "xn--" },
	{ "xn--1ch.de", BOTH, "xn--" },		/* U+2260 is no letter */
	{ "xn--1ug.de", BOTH, "xn--" },		/* a joiner and nothing to join */
	{ "a.xn--zzzzzzzzzzzz", BOTH, "xn--" },
};

static struct name_rules
rules_of(int rules)
{
	return (struct name_rules){
		.wildcard = rules == WILD || rules == BOTH,
		.service = rules == SERVICE || rules == BOTH,
	};
}

Test(name, has_one_canonical_form)
{
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct err e = { 0 };
		const char *name = name_canonical(a, good[i].text, rules_of(good[i].rules), &e);

		cr_assert_not_null(name, "%s: %s", good[i].text, e.detail);
		cr_assert_str_eq(name, good[i].canonical);
		cr_assert_str_eq(name_canonical(a, name, rules_of(good[i].rules), &e), name);
	}
}

Test(name, what_is_none_is_refused_with_a_reason)
{
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err e = { 0 };

		cr_assert_null(name_canonical(a, bad[i].text, rules_of(bad[i].rules), &e), "%s", bad[i].text);
		cr_assert_str_eq(e.code, "dns_bad_name");
		cr_assert_not_null(strstr(e.detail, bad[i].why), "%s: %s", bad[i].text, e.detail);
		cr_assert_null(name_canonical(a, bad[i].text, rules_of(bad[i].rules), NULL));
	}
}

Test(name, every_other_byte_is_refused)
{
	auto_arena *a = arena_new(1 << 16);

	for (int c = 1; c < 256; c++) {
		const char text[] = { 'a', (char)c, 'b', '.', 'x', '\0' };
		bool ok = name_canonical(a, text, (struct name_rules){ 0 }, NULL) != NULL;

		cr_assert_eq(ok, c == '-' || c == '.' || (c >= '0' && c <= '9') ||
		    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'), "byte %d", c);
	}
}

Test(name, case_and_the_final_dot_do_not_count)
{
	cr_assert(name_equal("a.b", "A.B."));
	cr_assert(name_equal("a.b.", "a.b"));
	cr_assert_not(name_equal("a.b", "a.bc"));
	cr_assert_not(name_equal("a.bc", "a.b"));
	cr_assert_not(name_equal("a.b", "a.b.."));
	cr_assert_not(name_equal("a.b", ""));
	cr_assert_not(name_equal("a-b", "a.b"));
}

static const struct { const char *name; const char *parent; bool under; } pairs[] = {
	{ "a.example.com", "example.com", true },
	{ "A.EXAMPLE.com.", "example.COM", true },
	{ "a.example.com", "example.com.", true },
	{ "example.com", "example.com", true },
	{ "x.y.example.com", "com", true },
	{ "aexample.com", "example.com", false },
	{ "example.com", "a.example.com", false },
	{ "example.com.evil.test", "example.com", false },
	{ "com", "example.com", false },
	{ "a.example.org", "example.com", false },
	{ "a.b", "", false },
	{ "a.b", ".", false },
};

Test(name, is_under_its_parents)
{
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		cr_assert_eq(name_is_under(pairs[i].name, pairs[i].parent), pairs[i].under,
		    "%s under %s", pairs[i].name, pairs[i].parent);
}

Test(name, climbs_to_its_end)
{
	const char *name = "a.b.c";

	cr_assert_str_eq(name = name_parent(name), "b.c");
	cr_assert_str_eq(name = name_parent(name), "c");
	cr_assert_null(name_parent(name));
	cr_assert_null(name_parent("c."));
	cr_assert_str_eq(name_parent("*.b.c"), "b.c");
}

Test(name, a_wildcard_begins_with_a_star)
{
	cr_assert(name_is_wildcard("*.a"));
	cr_assert_not(name_is_wildcard("*a.b"));
	cr_assert_not(name_is_wildcard("*"));
	cr_assert_not(name_is_wildcard(""));
	cr_assert_not(name_is_wildcard("a.*.b"));
}

Test(name, an_address_is_no_name)
{
	cr_assert(name_is_ip("192.0.2.1"));
	cr_assert(name_is_ip("2001:DB8::1"));
	cr_assert(name_is_ip("::ffff:127.0.0.1"));
	cr_assert_not(name_is_ip("192.0.2"));
	cr_assert_not(name_is_ip("192.0.2.1."));
	cr_assert_not(name_is_ip("[::1]"));
	cr_assert_not(name_is_ip("fe80::1%eth0"));
	cr_assert_not(name_is_ip("a.b"));
	cr_assert_not(name_is_ip(""));
}
