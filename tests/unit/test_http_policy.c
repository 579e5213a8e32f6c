/* io/http_policy and io/http_reply. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/arena.h"
#include "io/http.h"
#include "io/http_policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(http_policy, good_urls_are_read_as_they_are_written)
{
	static const struct { const char *url, *host; unsigned port; bool is_https, is_literal; } cases[] = {
		{ "http://example.com", "example.com", 80, false, false },
		{ "https://example.com/", "example.com", 443, true, false },
		{ "HTTPS://Example.COM/Path?q#f", "example.com", 443, true, false },
		{ "http://example.com:8080/?a=http://b@c/", "example.com", 8080, false, false },
		{ "https://example.com:443?x", "example.com", 443, true, false },
		{ "https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, true, false },
		{ "https://my_host.example/a%20b", "my_host.example", 443, true, false },
		{ "http://192.0.2.1/", "192.0.2.1", 80, false, true },
		{ "https://192.0.2.1:65535/", "192.0.2.1", 65535, true, true },
		{ "http://[2001:db8::1]/", "2001:db8::1", 80, false, true },
		{ "http://[2001:db8::1]:81/a", "2001:db8::1", 81, false, true },
		{ "http://1.example/", "1.example", 80, false, false },
		{ "http://0x.example/", "0x.example", 80, false, false },
		{ "http://localhost/", "localhost", 80, false, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		auto_arena *arena = arena_new(1 << 16);
		struct http_url u = { 0 };
		struct err err = { 0 };

		cr_assert(http_url_read(arena, cases[i].url, false, &u, &err), "%s: %s", cases[i].url, err.detail);
		cr_expect_str_eq(u.host, cases[i].host, "%s: %s", cases[i].url, u.host);
		cr_expect_eq(u.port, cases[i].port, "%s: %u", cases[i].url, u.port);
		cr_expect_eq(u.is_https, cases[i].is_https, "%s", cases[i].url);
		cr_expect_eq(u.is_literal, cases[i].is_literal, "%s", cases[i].url);
		if (u.is_literal)
			cr_expect_eq(addr_port((struct sockaddr *)&u.address), cases[i].port, "%s", cases[i].url);
		cr_expect_eq(http_url_read(arena, cases[i].url, true, &u, NULL), cases[i].is_https, "%s", cases[i].url);
	}
}

Test(http_policy, hostile_urls_are_refused)
{
	static const char *const urls[] = {
		"", "http", "http:", "http:/", "http://", "https:///", "http:///example.com/", "http:/example.com/",
		"http:example.com", "//example.com/", "example.com", "ftp://example.com/", "file:///etc/passwd",
		"gopher://127.0.0.1:25/", "javascript:alert(1)", "httpx://example.com/", "http\\://example.com/",
		"http://user@example.com/", "http://user:word@example.com/", "http://@example.com/", "http://:@example.com/",
		"http://example.com@127.0.0.1/", "http://127.0.0.1\\@example.com/", "http://example.com\\/",
		"http://exa%6dple.com/", "http://127.0.0.1%2f@example.com/", "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/",
		"http://127.1/", "http://127.0.1/", "http://0x7f000001/", "http://0X7F.0.0.1/", "http://2130706433/",
		"http://017700000001/", "http://0177.0.0.1/", "http://127.0.0.1./", "http://127.0.0.01/", "http://256.0.0.1/",
		"http://1.2.3.4.5/", "http://1.2.3/", "http://0/", "http://0x/", "http://example.0x7f/", "http://example.1/",
		"http://[::1/", "http://::1/", "http://[127.0.0.1]/", "http://[]/", "http://[::1]x/", "http://[::1]:x/",
		"http://[v1.a]/", "http://example.com./", "http://.example.com/", "http://example..com/", "http://-a.example/",
		"http://exam ple.com/", " http://example.com/", "http://example.com/\t", "http://example.com/\r\nX: y",
		"http://ex\xc3\xa4mple.com/", "http://example.com/\xff", "http://example\xe3\x80\x82x.test/", "http://*.example.com/",
		"http://example.com:/", "http://example.com:0/", "http://example.com:080/", "http://example.com:65536/",
		"http://example.com:99999999999/", "http://example.com:+80/", "http://example.com:80:80/", "http://example.com:80a/",
		"http://a,b.example/", "http://a;b.example/", "http://a|b/", "http://a'b/", "http://a\"b/", "http://<a>/", "http://{a}/",
		"http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example/",
	};

	for (size_t i = 0; i < COUNT(urls); i++) {
		auto_arena *arena = arena_new(1 << 16);
		struct http_url u = { .port = 7 };
		struct err err = { 0 };

		cr_expect_not(http_url_read(arena, urls[i], false, &u, &err), "%s was taken, host %s", urls[i], u.host);
		cr_expect_str_eq(err.code, "http_bad_url", "%s", urls[i]);
		cr_expect_not_null(err.detail, "%s", urls[i]);
		cr_expect_eq(u.port, 7, "%s: output was touched", urls[i]);
	}
}

Test(http_policy, a_url_may_have_2048_octets)
{
	auto_arena *arena = arena_new(1 << 16);
	struct http_url u;
	char url[2050] = "http://example.com/";

	memset(url + 19, 'a', 2048 - 19);
	cr_expect(http_url_read(arena, url, false, &u, NULL));
	url[2048] = 'a';
	cr_expect_not(http_url_read(arena, url, false, &u, NULL));
}

Test(http_policy, header_lines_are_checked)
{
	static const struct { const char *line; bool is_good; } cases[] = {
		{ "X-A: b", true }, { "x: \xc3\xa4", true }, { "webhook-signature: v1,ab+/= v1,cd", true },
		{ "X-A:b", false }, { "X-A: ", false }, { "X-A:", false }, { "X-A", false }, { "X-A;", false },
		{ ": b", false }, { "", false }, { "X A: b", false }, { "X-A : b", false }, { "X-\xc3\xa4: b", false },
		{ "X-A: b\r\nX-B: c", false }, { "X-A: b\n", false }, { "X-A: b\r", false }, { "X-A: a\tb", false },
		{ "X\r\n: b", false }, { "X-A: \x01", false }, { "X-A: \x7f", false },
	};
	char line[8200] = "X: ";

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(http_header_is_sendable(cases[i].line), cases[i].is_good, "%s", cases[i].line);
	memset(line + 3, 'a', 8192 - 3);
	cr_expect(http_header_is_sendable(line));
	line[8192] = 'a';
	cr_expect_not(http_header_is_sendable(line));
}

Test(http_policy, private_addresses_need_leave_and_special_ones_never_get_it)
{
	static const struct { const char *address; bool is_allowed, in_trials; } cases[] = {
		{ "93.184.216.34", true, true }, { "2606:4700::1", true, true },
		{ "127.0.0.1", false, true }, { "10.0.0.1", false, true }, { "::1", false, true }, { "fd00::1", false, true },
		{ "0.0.0.0", false, false }, { "224.0.0.1", false, false }, { "::ffff:127.0.0.1", false, false },
		{ "64:ff9b::1", false, false }, { "2002::1", false, false }, { "::", false, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sockaddr_storage a;

		cr_assert(addr_parse(cases[i].address, &a));
		cr_expect_eq(http_address_is_allowed((struct sockaddr *)&a, false), cases[i].is_allowed, "%s", cases[i].address);
		cr_expect_eq(http_address_is_allowed((struct sockaddr *)&a, true), cases[i].in_trials, "%s", cases[i].address);
	}
}

Test(http_policy, where_a_location_leads)
{
	static const struct { const char *location, *url; } cases[] = {
		{ "https://www.example.com/x", "https://www.example.com/x" },
		{ "http://www.example.com:8080", "http://www.example.com:8080/" },
		{ "/x?q", "http://example.com:81/x?q" },
		{ "x", "http://example.com:81/a/x" },
		{ "../x", "http://example.com:81/x" },
		{ "//www.example.com/x", "http://www.example.com/x" },
		{ "/x#part", "http://example.com:81/x" },
		{ "/a b", "http://example.com:81/a%20b" },
		{ "https://user@www.example.com/", NULL },
		{ "https://user:word@www.example.com/", NULL },
		{ "https://", NULL },
	};
	auto_arena *arena = arena_new(1 << 16);
	char longest[4096];

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *url = http_url_join(arena, "http://example.com:81/a/b?c", cases[i].location);

		cr_expect_eq(url == NULL, cases[i].url == NULL, "%s: %s", cases[i].location, url);
		if (url != NULL && cases[i].url != NULL)
			cr_expect_str_eq(url, cases[i].url);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_expect_null(http_url_join(arena, "http://example.com/", longest));
}

Test(http_policy, a_pin_names_every_address)
{
	auto_arena *arena = arena_new(1 << 16);
	struct http_url u = { .host = "a.example", .port = 443 };
	struct sockaddr_storage a[2];

	cr_assert(addr_parse("192.0.2.1", &a[0]) && addr_parse("2001:db8::1", &a[1]));
	cr_expect_str_eq(http_pin(arena, &u, a, 2), "a.example:443:192.0.2.1,[2001:db8::1]");
}

static void
take_head(struct http_intake *in, const char *const *lines)
{
	for (; *lines != NULL; lines++)
		cr_expect(http_intake_header(in, *lines, strlen(*lines)));
}

Test(http_policy, retry_after_is_read_in_all_its_forms)
{
	static const char date[] = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
	static const struct { const char *line; bool has_date; int64_t seconds; } cases[] = {
		{ "Retry-After: 120\r\n", false, 120 },
		{ "Retry-After: 0\r\n", false, 0 },
		{ "retry-after:   7  \r\n", true, 7 },
		{ "Retry-After: 86400\r\n", true, 86400 },
		{ "Retry-After: 86401\r\n", true, 86400 },
		{ "Retry-After: 99999999999999999999999999\r\n", true, 86400 },
		{ "Retry-After: -5\r\n", true, 0 },
		{ "Retry-After: 1.5\r\n", true, 0 },
		{ "Retry-After: soon\r\n", true, 0 },
		{ "Retry-After:\r\n", true, 0 },
		{ "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT\r\n", true, 120 },
		{ "Retry-After: Sunday, 06-Nov-94 08:51:37 GMT\r\n", true, 120 },
		{ "Retry-After: Sun Nov  6 08:51:37 1994\r\n", true, 120 },
		{ "Retry-After: Sun, 06 Nov 1994 08:49:00 GMT\r\n", true, 0 },	/* past */
		{ "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n", true, 0 },
		{ "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", true, 86400 },
		{ "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT\r\n", false, 0 },	/* against which clock? */
		{ "X-Other: 120\r\n", true, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		auto_arena *arena = arena_new(1 << 16);
		struct http_intake in = { .arena = arena };

		buf_init(&in.body, 10);
		take_head(&in, (const char *const[]){ "HTTP/1.1 503 x\r\n", cases[i].line,
		    cases[i].has_date ? date : NULL, NULL });
		cr_expect_eq(http_retry_after(&in.reply), cases[i].seconds, "%s: %ld", cases[i].line,
		    (long)http_retry_after(&in.reply));
		buf_free(&in.body);
	}
}

Test(http_policy, an_intake_has_limits)
{
	auto_arena *arena = arena_new(1 << 20);
	struct http_intake in = { .arena = arena };
	char line[1024];
	int lines = 0;

	buf_init(&in.body, 4);
	memset(line, 'a', sizeof(line));
	memcpy(line, "X-A: ", 5);
	while (http_intake_header(&in, line, sizeof(line)))
		cr_assert_leq(++lines, 64);
	cr_expect_eq(lines, 64);
	cr_expect_not_null(in.too_large);
	cr_expect(http_intake_body(&in, "1234", 4));
	cr_expect_not(http_intake_body(&in, "5", 1));
	buf_free(&in.body);
}

Test(http_policy, only_the_last_head_counts_and_trailers_do_not)
{
	auto_arena *arena = arena_new(1 << 16);
	struct http_intake in = { .arena = arena };

	buf_init(&in.body, 10);
	take_head(&in, (const char *const[]){ "HTTP/1.1 103 Early Hints\r\n", "X-Early: 1\r\n", "\r\n",
	    "HTTP/2 200\r\n", "X-LATE:2\r\n", "no colon\r\n", ": no name\r\n", "\r\n", NULL });
	cr_expect(http_intake_body(&in, "b", 1));
	take_head(&in, (const char *const[]){ "X-Trailer: 3\r\n", NULL });
	cr_expect_eq(in.reply.header_count, 1);
	cr_expect_str_eq(http_header(&in.reply, "x-late"), "2");
	cr_expect_null(http_header(&in.reply, "x-early"));
	cr_expect_null(http_header(&in.reply, "x-trailer"));
	buf_free(&in.body);
}
