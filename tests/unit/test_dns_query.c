/* DNS questions, octet by octet, and the names that are none. */
#include <criterion/criterion.h>
#include "base/dns.h"

#define ID 0xbeef
#define NAME "Shop.Example.com"

Test(dns_query, a_query_is_these_octets)
{
	static const unsigned char expected[] =
	    "\xbe\xef" "\1\x20" "\0\1\0\0\0\0\0\1"	/* RD, AD; one question, one OPT */
	    "\x0f_acme-challenge\4shop\7example\3com\0" "\0\x10" "\0\1"
	    "\0" "\0\x29" "\4\xd0" "\0\0\0\0" "\0\0";	/* 1232 octets, no DO */
	auto_arena *a = arena_new(1 << 16);
	struct err e = { 0 };
	unsigned char *wire;
	size_t len;

	cr_assert(dns_build_query(a, "_acme-challenge." NAME ".", DNS_TXT, DNS_RECURSIVE, ID, &wire, &len, &e));
	cr_assert_eq(len, sizeof expected - 1);
	cr_assert_arr_eq(wire, expected, len);
}

Test(dns_query, how_a_question_is_put_stands_in_its_flags)
{
	static const struct { enum dns_how how; const char *flags; } rows[] = {
		{ DNS_RECURSIVE, "\1\x20" },	/* RD; AD */
		{ DNS_UNCHECKED, "\1\x10" },	/* RD; CD */
		{ DNS_DIRECT, "\0\0" },
	};
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		unsigned char *wire;
		size_t len;

		cr_assert(dns_build_query(a, NAME, DNS_A, rows[i].how, ID, &wire, &len, NULL));
		cr_assert_arr_eq(wire + 2, rows[i].flags, 2, "row %zu", i);
		cr_assert_arr_eq(wire + 4, "\0\1\0\0\0\0\0\1", 8);
	}
}

Test(dns_query, a_name_of_253_octets_is_asked)
{
	auto_arena *a = arena_new(1 << 16);
	char name[255] = "";
	unsigned char *wire;
	size_t len;

	for (int i = 0; i < 253; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	cr_assert(dns_build_query(a, name, DNS_CAA, DNS_RECURSIVE, 0, &wire, &len, NULL));
	cr_assert_eq(len, 12 + 255 + 4 + 11);
	cr_assert_eq(wire[12 + 254], 0);
	cr_assert_arr_eq(wire + 12 + 255, "\1\1\0\1", 4);
	name[253] = 'b';
	cr_assert_not(dns_build_query(a, name, DNS_CAA, DNS_RECURSIVE, 0, &wire, &len, NULL));
}

Test(dns_query, a_wildcard_is_asked)
{
	auto_arena *a = arena_new(1 << 16);
	unsigned char *wire;
	size_t len;

	cr_assert(dns_build_query(a, "*.a.b", DNS_A, DNS_RECURSIVE, 0, &wire, &len, NULL));
	cr_assert_arr_eq(wire + 12, "\1*\1a\1b\0\0\1", 9);
}

static const char *const bad_names[] = {
	"", ".", "a..b", "a b.c", "a\\046b.c", "a\\.b.c", "b\xc3\xbc.de", "a;b.c", "127.0.0.1", "::1",
	"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz01.x",
	"xn--zzzzzzzzzzzz.x",
};

Test(dns_query, what_is_no_name_is_not_asked)
{
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++) {
		unsigned char *wire = NULL;
		struct dns_reply reply;
		struct err e = { 0 };
		size_t len = 99;

		cr_assert_not(dns_build_query(a, bad_names[i], DNS_A, DNS_RECURSIVE, 0, &wire, &len, &e), "%s", bad_names[i]);
		cr_assert_str_eq(e.code, "dns_bad_name");
		cr_assert_null(wire);
		cr_assert_eq(len, 99);
		e = (struct err){ 0 };
		cr_assert_not(dns_parse_reply(a, (const unsigned char *)"", 0, bad_names[i], DNS_A, 0, &reply, &e));
		cr_assert_str_eq(e.code, "dns_bad_name");
	}
}

Test(dns_query, types_have_names_both_ways)
{
	static const enum dns_type all[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_TXT, DNS_AAAA, DNS_CAA };
	enum dns_type type;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		cr_assert(dns_type_of(dns_type_name(all[i]), &type));
		cr_assert_eq(type, all[i]);
	}
	cr_assert_str_eq(dns_type_name(DNS_CAA), "CAA");
	cr_assert(dns_type_of("aaaa", &type));
	cr_assert_eq(type, DNS_AAAA);
	cr_assert_not(dns_type_of("MX", &type));
	cr_assert_not(dns_type_of("", &type));
}
