/*
 * What an address is: of every range of the IANA registries the first, the
 * last and one address, and the neighbours on both sides.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include "base/addr.h"

#define PUB ADDR_PUBLIC
#define PRI ADDR_PRIVATE
#define SPE ADDR_SPECIAL

static const struct { const char *text; enum addr_class class; } vectors[] = {
	/* IPv4 */
	{ "0.0.0.0", SPE }, { "0.0.0.1", SPE }, { "0.255.255.255", SPE }, { "1.0.0.0", PUB },
	{ "1.1.1.1", PUB }, { "8.8.8.8", PUB }, { "9.255.255.255", PUB },
	{ "10.0.0.0", PRI }, { "10.1.2.3", PRI }, { "10.255.255.255", PRI }, { "11.0.0.0", PUB },
	{ "100.63.255.255", PUB }, { "100.64.0.0", PRI }, { "100.100.100.200", PRI },
	{ "100.127.255.255", PRI }, { "100.128.0.0", PUB },
	{ "126.255.255.255", PUB }, { "127.0.0.0", PRI }, { "127.0.0.1", PRI }, { "127.0.0.53", PRI },
	{ "127.255.255.255", PRI }, { "128.0.0.0", PUB },
	{ "168.63.129.15", PUB }, { "168.63.129.16", SPE }, { "168.63.129.17", PUB },
	{ "169.253.255.255", PUB }, { "169.254.0.0", PRI }, { "169.254.169.254", PRI },
	{ "169.254.170.2", PRI }, { "169.254.170.23", PRI }, { "169.254.255.255", PRI }, { "169.255.0.0", PUB },
	{ "172.15.255.255", PUB }, { "172.16.0.0", PRI }, { "172.20.10.5", PRI },
	{ "172.31.255.255", PRI }, { "172.32.0.0", PUB },
	{ "191.255.255.255", PUB }, { "192.0.0.0", SPE }, { "192.0.0.8", SPE }, { "192.0.0.9", SPE },
	{ "192.0.0.10", SPE }, { "192.0.0.170", SPE }, { "192.0.0.171", SPE }, { "192.0.0.192", SPE },
	{ "192.0.0.255", SPE }, { "192.0.1.0", PUB }, { "192.0.1.255", PUB },
	{ "192.0.2.0", SPE }, { "192.0.2.1", SPE }, { "192.0.2.255", SPE }, { "192.0.3.0", PUB },
	{ "192.31.195.255", PUB }, { "192.31.196.0", SPE }, { "192.31.196.255", SPE }, { "192.31.197.0", PUB },
	{ "192.52.192.255", PUB }, { "192.52.193.0", SPE }, { "192.52.193.255", SPE }, { "192.52.194.0", PUB },
	{ "192.88.98.255", PUB }, { "192.88.99.0", SPE }, { "192.88.99.1", SPE }, { "192.88.99.2", SPE },
	{ "192.88.99.255", SPE }, { "192.88.100.0", PUB },
	{ "192.167.255.255", PUB }, { "192.168.0.0", PRI }, { "192.168.1.1", PRI },
	{ "192.168.255.255", PRI }, { "192.169.0.0", PUB },
	{ "192.175.47.255", PUB }, { "192.175.48.0", SPE }, { "192.175.48.255", SPE }, { "192.175.49.0", PUB },
	{ "198.17.255.255", PUB }, { "198.18.0.0", SPE }, { "198.19.0.1", SPE }, { "198.19.255.255", SPE },
	{ "198.20.0.0", PUB },
	{ "198.51.99.255", PUB }, { "198.51.100.0", SPE }, { "198.51.100.7", SPE },
	{ "198.51.100.255", SPE }, { "198.51.101.0", PUB },
	{ "203.0.112.255", PUB }, { "203.0.113.0", SPE }, { "203.0.113.9", SPE },
	{ "203.0.113.255", SPE }, { "203.0.114.0", PUB },
	{ "223.255.255.255", PUB }, { "224.0.0.0", SPE }, { "224.0.0.251", SPE }, { "232.1.2.3", SPE },
	{ "239.255.255.255", SPE }, { "240.0.0.0", SPE }, { "250.1.2.3", SPE },
	{ "255.255.255.254", SPE }, { "255.255.255.255", SPE },
	/* IPv6: below 2000::/3 */
	{ "::", SPE }, { "::1", PRI }, { "0:0:0:0:0:0:0:1", PRI }, { "::2", SPE },
	{ "::127.0.0.1", SPE }, { "::8.8.8.8", SPE }, { "::ffff:0:0", SPE },
	{ "::ffff:127.0.0.1", SPE }, { "::FFFF:7F00:1", SPE }, { "::ffff:8.8.8.8", SPE },
	{ "::ffff:169.254.169.254", SPE }, { "::ffff:10.0.0.1", SPE }, { "::ffff:0:127.0.0.1", SPE },
	{ "64:ff9a:ffff::", SPE }, { "64:ff9b::", SPE }, { "64:ff9b::8.8.8.8", SPE },
	{ "64:ff9b::a9fe:a9fe", SPE }, { "64:ff9b:1::", SPE }, { "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", SPE },
	{ "64:ff9b:2::", SPE }, { "100::", SPE }, { "100::1", SPE }, { "100:0:0:1::", SPE },
	{ "200::1", SPE }, { "400::1", SPE }, { "1000::1", SPE },
	{ "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", SPE },
	/* IPv6: within 2000::/3 */
	{ "2000::", PUB }, { "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", PUB },
	{ "2001::", SPE }, { "2001:0:7f00:1::", SPE }, { "2001:0:4136:e378:8000:63bf:3fff:fdd2", SPE },
	{ "2001:1::1", SPE }, { "2001:1::2", SPE }, { "2001:1::3", SPE }, { "2001:2::", SPE },
	{ "2001:2:0:ffff:ffff:ffff:ffff:ffff", SPE }, { "2001:3::", SPE }, { "2001:4:112::", SPE },
	{ "2001:10::", SPE }, { "2001:1f:ffff::", SPE }, { "2001:20::1", SPE }, { "2001:2f::", SPE },
	{ "2001:30::", SPE }, { "2001:3f:ffff::", SPE }, { "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", SPE },
	{ "2001:200::", PUB }, { "2001:4860:4860::8888", PUB }, { "2001:db7:ffff::", PUB },
	{ "2001:db8::", SPE }, { "2001:DB8::1", SPE }, { "2001:0db8:0000:0000:0000:0000:0000:0001", SPE },
	{ "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", SPE }, { "2001:db9::", PUB },
	{ "2001:ffff:ffff::", PUB }, { "2002::", SPE }, { "2002:7f00:1::", SPE }, { "2002:a9fe:a9fe::", SPE },
	{ "2002:808:808::1", SPE }, { "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", SPE }, { "2003::", PUB },
	{ "2606:4700::1111", PUB }, { "2620:4f:7fff::", PUB }, { "2620:4f:8000::", SPE },
	{ "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", SPE }, { "2620:4f:8001::", PUB }, { "2a00:1450::1", PUB },
	{ "3ffe::1", PUB }, { "3fff::", SPE }, { "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", SPE },
	{ "3fff:1000::", PUB }, { "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", PUB },
	/* IPv6: above 2000::/3 */
	{ "4000::", SPE }, { "5eff::1", SPE }, { "5f00::", SPE }, { "5f00:ffff::", SPE }, { "8000::1", SPE },
	{ "fbff:ffff::", SPE }, { "fc00::", PRI }, { "fc00::1", PRI }, { "fd00:ec2::254", PRI },
	{ "fd20:ce::254", PRI }, { "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", PRI }, { "fe00::", SPE },
	{ "fe7f:ffff::", SPE }, { "fe80::", PRI }, { "fe80::1", PRI },
	{ "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", PRI }, { "fec0::", SPE }, { "fec0::1", SPE },
	{ "feff:ffff::", SPE }, { "ff00::", SPE }, { "ff02::1", SPE }, { "ff0e::1", SPE },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", SPE },
};

static const struct sockaddr *
parsed(const char *text, struct sockaddr_storage *ss)
{
	cr_assert(addr_parse(text, ss), "%s", text);
	return (const struct sockaddr *)ss;
}

Test(addr, every_vector_is_what_the_registries_say)
{
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct sockaddr_storage ss;
		enum addr_class class = addr_class(parsed(vectors[i].text, &ss));

		cr_assert_eq(class, vectors[i].class, "%s is %s", vectors[i].text, addr_class_name(class));
	}
}

Test(addr, a_scope_or_a_port_changes_nothing)
{
	struct sockaddr_storage ss;
	struct sockaddr *sa = (struct sockaddr *)&ss;

	parsed("fe80::1", &ss);
	((struct sockaddr_in6 *)(void *)&ss)->sin6_scope_id = 7;
	addr_set_port(sa, 443);
	cr_assert_eq(addr_class(sa), ADDR_PRIVATE);
}

Test(addr, another_family_is_special)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_storage none = { 0 };
	char text[46];

	cr_assert_eq(addr_class((struct sockaddr *)&un), ADDR_SPECIAL);
	cr_assert_eq(addr_class((struct sockaddr *)&none), ADDR_SPECIAL);
	cr_assert_eq(addr_len((struct sockaddr *)&un), 0);
	cr_assert_eq(addr_port((struct sockaddr *)&un), 0);
	cr_assert_not(addr_in_prefix((struct sockaddr *)&un, "0.0.0.0/0"));
	addr_text((struct sockaddr *)&un, text, sizeof text);
	cr_assert_str_eq(text, "?");
}

Test(addr, classes_have_names)
{
	cr_assert_str_eq(addr_class_name(ADDR_PUBLIC), "public");
	cr_assert_str_eq(addr_class_name(ADDR_PRIVATE), "private");
	cr_assert_str_eq(addr_class_name(ADDR_SPECIAL), "special");
}

static const char *const not_literals[] = {
	"", " ", "1", "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f000001", "0x7f.0.0.1",
	"0177.0.0.1", "017700000001", "127.0.0.1.", "127.0.0.1 ", " 127.0.0.1", "127.0.0.01",
	"%31%32%37.0.0.1", "256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.4/32", "1.2.3.4:80", "-1.2.3.4",
	"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "\xe2\x91\xa0.0.0.1",
	"[::1]", "::1%lo", "fe80::1%1", ":::", "1::2::3", "12345::", "::g", "::1/128",
	"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::ffff:127.0.0", "localhost", "a.b",
};

Test(addr, other_spellings_are_no_literals)
{
	for (size_t i = 0; i < sizeof not_literals / sizeof not_literals[0]; i++) {
		struct sockaddr_storage ss = { .ss_family = 99 };

		cr_assert_not(addr_parse(not_literals[i], &ss), "%s", not_literals[i]);
		cr_assert_eq(ss.ss_family, 99);
	}
}

static const struct { const char *text; const char *address; unsigned port; } with_ports[] = {
	{ "1.2.3.4:53", "1.2.3.4", 53 },
	{ "1.2.3.4", "1.2.3.4", 853 },
	{ "1.2.3.4:0", "1.2.3.4", 0 },
	{ "1.2.3.4:65535", "1.2.3.4", 65535 },
	{ "[::1]:53", "::1", 53 },
	{ "[::1]", "::1", 853 },
	{ "::1", "::1", 853 },
	{ "2001:db8::1:53", "2001:db8::1:53", 853 },
	{ "2001:DB8::1", "2001:db8::1", 853 },
	{ "[::ffff:1.2.3.4]:80", "::ffff:1.2.3.4", 80 },
	{ "1.2.3.4:00053", "1.2.3.4", 53 },
};

Test(addr, ports_are_read)
{
	for (size_t i = 0; i < sizeof with_ports / sizeof with_ports[0]; i++) {
		struct sockaddr_storage ss;
		struct sockaddr *sa = (struct sockaddr *)&ss;
		char text[46];

		cr_assert(addr_parse_port(with_ports[i].text, 853, &ss), "%s", with_ports[i].text);
		cr_assert_eq(addr_port(sa), with_ports[i].port, "%s", with_ports[i].text);
		addr_text(sa, text, sizeof text);
		cr_assert_str_eq(text, with_ports[i].address);
		cr_assert_eq(addr_len(sa), strchr(text, ':') != NULL ?
		    sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
	}
}

static const char *const bad_ports[] = {
	"", ":53", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:x", "1.2.3.4:5x", "1.2.3.4: 5", "1.2.3.4:-1",
	"1.2.3.4:+5", "1.2.3.4:99999", "1.2.3.4:4294967349", "1.2.3.4:000053", "[1.2.3.4]:53", "[::1", "[::1]53", "[::1]:",
	"[::1]:x", "[]:53", "::1]:53", "[[::1]]:53", "localhost:53", "1.2.3:53", "1.2.3.4 :53",
	"[::1]:53:53", "1.2.3.4:53,5.6.7.8:53",
	"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:53",
};

Test(addr, what_is_no_address_with_a_port_is_refused)
{
	for (size_t i = 0; i < sizeof bad_ports / sizeof bad_ports[0]; i++) {
		struct sockaddr_storage ss = { .ss_family = 99 };

		cr_assert_not(addr_parse_port(bad_ports[i], 853, &ss), "%s", bad_ports[i]);
		cr_assert_eq(ss.ss_family, 99);
	}
}

static const struct { const char *address; const char *prefix; bool inside; } prefixes[] = {
	{ "192.0.2.0", "192.0.2.0/24", true },
	{ "192.0.2.255", "192.0.2.0/24", true },
	{ "192.0.3.0", "192.0.2.0/24", false },
	{ "192.0.2.77", "192.0.2.99/24", true },
	{ "1.2.3.4", "0.0.0.0/0", true },
	{ "1.2.3.4", "1.2.3.4/32", true },
	{ "1.2.3.5", "1.2.3.4/32", false },
	{ "1.2.3.5", "1.2.3.4/31", true },
	{ "128.0.0.1", "0.0.0.0/1", false },
	{ "127.0.0.1", "0.0.0.0/1", true },
	{ "2001:db8::1", "2001:db8::/32", true },
	{ "2001:db9::1", "2001:db8::/32", false },
	{ "2001:db8::1", "2001:db8::1/128", true },
	{ "2001:db8::2", "2001:db8::1/128", false },
	{ "2001:db8::2", "::/0", true },
	{ "2606:4700:8000::", "2606:4700::/33", false },
	{ "2606:4700:7fff::", "2606:4700::/33", true },
	{ "::ffff:1.2.3.4", "1.2.3.0/24", false },
	{ "1.2.3.4", "::/0", false },
	{ "1.2.3.4", "1.2.3.4", false },
	{ "1.2.3.4", "1.2.3.4/", false },
	{ "1.2.3.4", "1.2.3.4/33", false },
	{ "1.2.3.4", "1.2.3.4/-1", false },
	{ "1.2.3.4", "1.2.3.4/ 8", false },
	{ "1.2.3.4", "1.2.3.4/8x", false },
	{ "1.2.3.4", "1.2.3/8", false },
	{ "1.2.3.4", "/0", false },
	{ "1.2.3.4", "", false },
	{ "::1", "::1/129", false },
	{ "1.2.3.4", "00000000000000000000000000000000000000000000000000000000001.2.3.4/8", false },
};

Test(addr, is_inside_a_prefix)
{
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		struct sockaddr_storage ss;

		cr_assert_eq(addr_in_prefix(parsed(prefixes[i].address, &ss), prefixes[i].prefix),
		    prefixes[i].inside, "%s in %s", prefixes[i].address, prefixes[i].prefix);
	}
}
