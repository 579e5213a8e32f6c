/* io/http against servers and names that misbehave. */
#include <criterion/criterion.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "io/http.h"
#include "tests/net/servers.h"

TestSuite(http, .timeout = 30);

struct outcome {
	unsigned calls;
	int status;
	char code[40];
	char detail[256];
	size_t body_len;
	char body[64];
	size_t header_count;
	char headers[256];	/* "name=value;" of the first ones */
	int64_t retry_after;
};

struct lab {
	struct loop *loop;
	struct fake_dns *fake;
	struct fake_web *web;
	struct dns *dns;
	struct http *http;
};

static const struct dns_rule rules[] = {
	{ .name = "web.test", .a = { "127.0.0.1" } },
	{ .name = "other.test", .a = { "127.0.0.1" } },
	{ .name = "both.test", .a = { "127.0.0.1" }, .aaaa = { "::1" } },
	{ .name = "half-broken.test", .a = { "127.0.0.1" }, .aaaa_fails = true },
	{ .name = "mixed.test", .a = { "93.184.216.34", "10.0.0.1" } },
	{ .name = "mixed6.test", .a = { "93.184.216.34" }, .aaaa = { "fe80::1" } },
	{ .name = "private.test", .a = { "192.168.1.1" } },
	{ .name = "loopback6.test", .aaaa = { "::1" } },
	{ .name = "mapped.test", .a = { "127.0.0.1" }, .aaaa = { "::ffff:127.0.0.1" } },
	{ .name = "any.test", .a = { "0.0.0.0" } },
	{ .name = "multicast.test", .a = { "224.0.0.1" } },
	{ .name = "metadata.test", .a = { "169.254.169.254" } },
	{ .name = "empty.test" },
	{ .name = "far6.test", .aaaa = { "2600:1:2:3::4" } },
	{ .name = "servfail.test", .udp = DNS_SERVFAILS },
	{ .name = "silent.test", .udp = DNS_IS_SILENT },
	{ .name = "tls.test", .a = { "127.0.0.1" } },
	{ 0 },
};

static struct lab
lab_new(bool allow_private)
{
	struct lab lab = { .loop = loop_new() };
	char resolver[32];

	lab.fake = fake_dns_new(lab.loop, rules, true);
	lab.web = fake_web_new(lab.loop);
	snprintf(resolver, sizeof(resolver), "127.0.0.1:%u", fake_dns_port(lab.fake));
	lab.dns = dns_open(lab.loop, resolver, NULL);
	lab.http = http_open(lab.loop, lab.dns, allow_private);
	return lab;
}

static void
lab_free(struct lab *lab)
{
	http_close(lab->http);
	dns_close(lab->dns);
	fake_web_free(lab->web);
	fake_dns_free(lab->fake);
	loop_free(lab->loop);
}

static void
on_done(void *arg, const struct http_reply *reply, const struct err *err)
{
	struct outcome *o = arg;

	cr_assert((reply == NULL) != (err == NULL));
	o->calls++;
	if (err != NULL) {
		snprintf(o->code, sizeof(o->code), "%s", err->code);
		snprintf(o->detail, sizeof(o->detail), "%s", err->detail != NULL ? err->detail : "");
		return;
	}
	o->status = reply->status;
	o->body_len = reply->body_len;
	snprintf(o->body, sizeof(o->body), "%s", reply->body);
	o->header_count = reply->header_count;
	for (size_t i = 0; i < reply->header_count && strlen(o->headers) < 200; i++)
		snprintf(o->headers + strlen(o->headers), 256 - strlen(o->headers), "%.40s=%.40s;",
		    reply->headers[i].name, reply->headers[i].value);
	o->retry_after = http_retry_after(reply);
}

static void
send_request(struct lab *lab, const struct http_request *request, struct outcome *o)
{
	struct http_request r = *request;

	if (r.method == NULL)
		r.method = "GET";
	if (r.max_body == 0)
		r.max_body = 1000;
	if (r.timeout_ms == 0)
		r.timeout_ms = 5000;
	http_send(lab->http, &r, on_done, o);
	cr_assert_eq(o->calls, 0, "told inside of the call");
}

static struct outcome
fetch_request(struct lab *lab, const struct http_request *request)
{
	struct outcome o = { 0 };

	send_request(lab, request, &o);
	while (o.calls == 0)
		loop_turn(lab->loop, true);
	return o;
}

static struct outcome
fetch(struct lab *lab, const char *host, const char *path)
{
	char url[256];

	snprintf(url, sizeof(url), "http://%s:%u%s", host, fake_web_port(lab->web), path);
	return fetch_request(lab, &(struct http_request){ .url = url });
}

Test(http, a_reply_has_status_headers_and_body)
{
	struct lab lab = lab_new(true);
	struct outcome o = fetch(&lab, "web.test", "/a/../b?c#fragment");

	cr_expect_eq(o.status, 200, "%s %s", o.code, o.detail);
	cr_expect_str_eq(o.body, "fine");
	cr_expect_str_eq(o.headers, "content-length=4;content-type=text/plain;");
	cr_expect_eq(strncmp(fake_web_request(lab.web), "GET /a/../b?c HTTP/1.1\r\nHost: web.test:", 39), 0);
	cr_expect_not_null(strstr(fake_web_request(lab.web), "\r\nUser-Agent: certwright/"));
	cr_expect_null(strstr(fake_web_request(lab.web), "Accept-Encoding"));
	lab_free(&lab);
}

Test(http, a_post_carries_its_body_and_headers)
{
	static const char *const headers[] = { "Content-Type: application/jose+json", "X-One: a b", NULL };
	struct lab lab = lab_new(true);
	char url[64];
	struct outcome o;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok", fake_web_port(lab.web));
	o = fetch_request(&lab, &(struct http_request){ .method = "POST", .url = url, .headers = headers,
	    .body = "{\"a\":1}", .body_len = 7, .user_agent = "tester/1" });
	cr_expect_eq(o.status, 200);
	cr_expect_not_null(strstr(fake_web_request(lab.web), "\r\nContent-Type: application/jose+json\r\n"));
	cr_expect_not_null(strstr(fake_web_request(lab.web), "\r\nX-One: a b\r\n"));
	cr_expect_not_null(strstr(fake_web_request(lab.web), "\r\nUser-Agent: tester/1\r\n"));
	cr_expect_not_null(strstr(fake_web_request(lab.web), "\r\n\r\n{\"a\":1}"));
	cr_expect_null(strstr(fake_web_request(lab.web), "Expect"));
	/* A body of nothing is one too, and has no type unless one is given. */
	o = fetch_request(&lab, &(struct http_request){ .method = "POST", .url = url });
	cr_expect_eq(o.status, 200);
	cr_expect_not_null(strstr(fake_web_request(lab.web), "\r\nContent-Length: 0\r\n"));
	cr_expect_null(strstr(fake_web_request(lab.web), "Content-Type"));
	o = fetch_request(&lab, &(struct http_request){ .method = "HEAD", .url = url });
	cr_expect_eq(o.status, 200);
	cr_expect_eq(o.body_len, 0);
	lab_free(&lab);
}

Test(http, each_bad_server_has_its_error)
{
	static const struct {
		const char *path, *code;
		int status;
		const char *headers;
	} cases[] = {
		{ "/close", "http_unreachable", 0, "" },
		{ "/half", "http_protocol", 0, "" },
		{ "/endless", "http_too_large", 0, "" },
		{ "/chunks", "http_too_large", 0, "" },
		{ "/flood", "http_too_large", 0, "" },
		{ "/early-flood", "http_too_large", 0, "" },
		{ "/slow-head", "http_timeout", 0, "" },
		{ "/slow-body", "http_timeout", 0, "" },
		{ "/silent", "http_timeout", 0, "" },
		{ "/old", "http_protocol", 0, "" },
		{ "/junk", "http_protocol", 0, "" },
		{ "/redirect", "", 302, "location=/ok;content-length=0;" },
		{ "/hints", "", 200, "x-late=2;content-length=0;" },
		{ "/folded", "", 200, "x-a=b;x-empty=;x-a=second;x_\todd\t=d;content-length=0;" },
		{ "/trailers", "", 200, "transfer-encoding=chunked;" },
		{ "/gzip", "", 200, "content-encoding=gzip;content-length=4;" },
		{ "/busy", "", 503, NULL },
	};
	struct lab lab = lab_new(true);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char url[128];
		struct outcome o;
		unsigned before = fake_web_connections(lab.web);

		snprintf(url, sizeof(url), "http://web.test:%u%s", fake_web_port(lab.web), cases[i].path);
		o = fetch_request(&lab, &(struct http_request){ .url = url, .timeout_ms = 300 });
		cr_expect_str_eq(o.code, cases[i].code, "%s: %s %s", cases[i].path, o.code, o.detail);
		cr_expect_eq(o.status, cases[i].status, "%s: %d", cases[i].path, o.status);
		if (cases[i].headers != NULL)
			cr_expect_str_eq(o.headers, cases[i].headers, "%s: %s", cases[i].path, o.headers);
		cr_expect_leq(fake_web_connections(lab.web) - before, 1, "%s: redirected or repeated", cases[i].path);
		if (o.status == 503)
			cr_expect_eq(o.retry_after, 120);
	}
	lab_free(&lab);
}

Test(http, a_body_has_the_length_asked_for_at_most_and_a_head_64_headers)
{
	struct lab lab = lab_new(true);
	char url[64];

	snprintf(url, sizeof(url), "http://web.test:%u/ok", fake_web_port(lab.web));
	cr_expect_eq(fetch_request(&lab, &(struct http_request){ .url = url, .max_body = 4 }).status, 200);
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = url, .max_body = 3 }).code, "http_too_large");
	cr_expect_eq(fetch(&lab, "web.test", "/many").header_count, HTTP_MAX_HEADERS);
	lab_free(&lab);
}

Test(http, a_request_of_one_family_uses_no_address_and_no_connection_of_the_other)
{
	static const struct { const char *host; int family, status; const char *code; } cases[] = {
		{ "both.test", 0, 200, "" },	/* leaves a connection to 127.0.0.1 open; nobody listens at ::1 */
		{ "both.test", 6, 0, "http_unreachable" },
		{ "both.test", 4, 200, "" },
		{ "web.test", 6, 0, "http_no_address" },
		{ "loopback6.test", 4, 0, "http_no_address" },
		{ "mapped.test", 4, 200, "" },	/* its IPv6 address is forbidden */
		{ "mapped.test", 6, 0, "http_address_forbidden" },
		{ "127.0.0.1", 4, 200, "" },
		{ "127.0.0.1", 6, 0, "http_no_address" },
		{ "[::1]", 4, 0, "http_no_address" },
	};
	struct lab lab = lab_new(true);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome o;
		char url[128];

		snprintf(url, sizeof(url), "http://%s:%u/ok", cases[i].host, fake_web_port(lab.web));
		o = fetch_request(&lab, &(struct http_request){ .url = url, .family = cases[i].family });
		cr_expect_eq(o.status, cases[i].status, "%s %d: %d %s", cases[i].host, cases[i].family, o.status, o.code);
		cr_expect_str_eq(o.code, cases[i].code, "%s %d: %s", cases[i].host, cases[i].family, o.code);
	}
	lab_free(&lab);
}

Test(http, a_plain_connection_is_never_used_again)
{
	struct lab lab = lab_new(true);

	cr_expect_eq(fetch(&lab, "web.test", "/ok").status, 200);
	cr_expect_eq(fetch(&lab, "web.test", "/ok").status, 200);
	cr_expect_eq(fake_web_connections(lab.web), 2);
	lab_free(&lab);
}

Test(http, a_changed_address_is_taken)
{
	/* Nobody listens at 127.0.0.3: the web server is bound to 127.0.0.1. */
	static const struct dns_rule moved[] = { { .name = "web.test", .a = { "127.0.0.3" } }, { 0 } };
	struct lab lab = lab_new(true);

	cr_expect_eq(fetch(&lab, "web.test", "/ok").status, 200);	/* this server would keep the connection */
	fake_dns_set_rules(lab.fake, moved);
	cr_expect_str_eq(fetch(&lab, "web.test", "/ok").code, "http_unreachable");
	fake_dns_set_rules(lab.fake, rules);
	cr_expect_eq(fetch(&lab, "web.test", "/ok").status, 200);
	lab_free(&lab);
}

Test(http, one_dead_address_of_two_does_not_matter)
{
	static const struct dns_rule two[] = {
		{ .name = "web.test", .a = { "127.0.0.3", "127.0.0.1" }, .aaaa = { "::1" } }, { 0 },
	};
	struct lab lab = lab_new(true);

	fake_dns_set_rules(lab.fake, two);
	cr_expect_eq(fetch(&lab, "web.test", "/ok").status, 200);
	lab_free(&lab);
}

Test(http, a_name_that_fails_for_one_family_is_reached_by_the_other)
{
	struct lab lab = lab_new(true);

	cr_expect_eq(fetch(&lab, "half-broken.test", "/ok").status, 200);
	lab_free(&lab);
}

Test(http, a_port_that_nobody_listens_at_is_unreachable)
{
	struct lab lab = lab_new(true);
	char url[64];

	snprintf(url, sizeof(url), "http://web.test:%u/", dead_port());
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = url }).code, "http_unreachable");
	lab_free(&lab);
}

Test(http, addresses_are_judged_before_anything_is_sent)
{
	static const struct {
		const char *host, *code;	/* of a public installation */
		const char *trial;		/* with allow_private; NULL: 200 */
	} cases[] = {
		{ "127.0.0.1", "http_address_forbidden", NULL },
		{ "[::1]", "http_address_forbidden", "http_unreachable" },
		{ "10.0.0.1", "http_address_forbidden", "-" },
		{ "169.254.169.254", "http_address_forbidden", "-" },
		{ "0.0.0.0", "http_address_forbidden", "http_address_forbidden" },
		{ "255.255.255.255", "http_address_forbidden", "http_address_forbidden" },
		{ "[::]", "http_address_forbidden", "http_address_forbidden" },
		{ "[::ffff:7f00:1]", "http_address_forbidden", "http_address_forbidden" },
		{ "[::ffff:127.0.0.1]", "http_address_forbidden", "http_address_forbidden" },
		{ "[::127.0.0.1]", "http_address_forbidden", "http_address_forbidden" },
		{ "[64:ff9b::7f00:1]", "http_address_forbidden", "http_address_forbidden" },
		{ "[2002:7f00:1::]", "http_address_forbidden", "http_address_forbidden" },
		{ "[fd00::1]", "http_address_forbidden", "-" },
		{ "127.1", "http_bad_url", "http_bad_url" },
		{ "0x7f000001", "http_bad_url", "http_bad_url" },
		{ "0x7f.0.0.1", "http_bad_url", "http_bad_url" },
		{ "2130706433", "http_bad_url", "http_bad_url" },
		{ "0177.0.0.1", "http_bad_url", "http_bad_url" },
		{ "127.0.0.1.", "http_bad_url", "http_bad_url" },
		{ "web.test", "http_address_forbidden", NULL },
		{ "both.test", "http_address_forbidden", NULL },
		{ "mixed.test", "http_address_forbidden", "-" },
		{ "mixed6.test", "http_address_forbidden", "-" },
		{ "private.test", "http_address_forbidden", "-" },
		{ "loopback6.test", "http_address_forbidden", "http_unreachable" },
		{ "mapped.test", "http_address_forbidden", "http_address_forbidden" },
		{ "any.test", "http_address_forbidden", "http_address_forbidden" },
		{ "multicast.test", "http_address_forbidden", "http_address_forbidden" },
		{ "metadata.test", "http_address_forbidden", "-" },
		{ "localhost", "http_no_address", "http_no_address" },
		{ "empty.test", "http_no_address", "http_no_address" },
		{ "nowhere.test", "http_no_address", "http_no_address" },
		{ "servfail.test", "dns_servfail", "dns_servfail" },
	};
	struct lab strict = lab_new(false), trial = lab_new(true);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome o = fetch(&strict, cases[i].host, "/ok");

		cr_expect_str_eq(o.code, cases[i].code, "%s: %s %s", cases[i].host, o.code, o.detail);
		/* "-": it would leave this machine. */
		if (cases[i].trial != NULL && strcmp(cases[i].trial, "-") == 0)
			continue;
		o = fetch(&trial, cases[i].host, "/ok");
		cr_expect_str_eq(o.code, cases[i].trial != NULL ? cases[i].trial : "", "%s (trial): %s %s",
		    cases[i].host, o.code, o.detail);
		cr_expect_eq(o.status, cases[i].trial != NULL ? 0 : 200, "%s (trial): %d", cases[i].host, o.status);
	}
	cr_expect_eq(fake_web_connections(strict.web), 0);
	lab_free(&strict);
	lab_free(&trial);
}

Test(http, the_environment_has_no_say)
{
	struct lab lab = lab_new(true);

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	cr_expect_eq(fetch(&lab, "web.test", "/ok").status, 200);
	lab_free(&lab);
}

Test(http, bad_requests_are_refused_and_never_sent)
{
	static const char *const headers[] = {
		"X-A: b\r\nX-B: c", "X-A: b\n", "X-A:b", "X-A", ": b", "X A: b", "X-A: ", "X-A: b\x7f", "",
	};
	struct lab lab = lab_new(true);
	char url[64];
	struct outcome o;

	snprintf(url, sizeof(url), "http://web.test:%u/ok", fake_web_port(lab.web));
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const char *const list[] = { "X-Good: 1", headers[i], NULL };

		o = fetch_request(&lab, &(struct http_request){ .url = url, .headers = list });
		cr_expect_str_eq(o.code, "http_bad_header", "%s: %s", headers[i], o.code);
	}
	o = fetch_request(&lab, &(struct http_request){ .url = url, .user_agent = "a\r\nX-B: c" });
	cr_expect_str_eq(o.code, "http_bad_header");
	o = fetch_request(&lab, &(struct http_request){ .url = url, .https_only = true });
	cr_expect_str_eq(o.code, "http_bad_url");
	cr_expect_eq(fake_web_connections(lab.web), 0);
	cr_expect_eq(fake_dns_asked_udp(lab.fake), 0);
	lab_free(&lab);
}

Test(http, a_silent_resolver_is_not_the_web_servers_fault)
{
	struct lab lab = lab_new(true);

	cr_expect_str_eq(fetch_request(&lab,
	    &(struct http_request){ .url = "http://silent.test/", .timeout_ms = 200 }).code, "dns_timeout");
	lab_free(&lab);
}

Test(http, certificates_are_verified_against_the_trust_file_and_the_name)
{
	struct lab lab = lab_new(true);
	struct fake_tls *f = fake_tls_new(lab.loop, "tls.test");
	char right[64], wrong[64];
	struct outcome o;

	snprintf(right, sizeof(right), "https://tls.test:%u/", fake_tls_port(f));
	snprintf(wrong, sizeof(wrong), "https://other.test:%u/", fake_tls_port(f));
	o = fetch_request(&lab, &(struct http_request){ .url = right, .trust_file = fake_tls_trust_file(f),
	    .https_only = true });
	cr_expect_eq(o.status, 200, "%s %s", o.code, o.detail);
	cr_expect_str_eq(o.body, "tls");
	cr_expect_str_eq(fake_tls_server_name(f), "tls.test");
	/* Other trust, other connection. */
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = right }).code, "http_tls");
	cr_expect_eq(fake_tls_connections(f), 2);
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = wrong,
	    .trust_file = fake_tls_trust_file(f) }).code, "http_tls");
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = right,
	    .trust_file = "/nonexistent" }).code, "http_tls");
	fake_tls_free(f);
	lab_free(&lab);
}

Test(http, any_certificate_will_do_for_one_request_and_for_no_other)
{
	struct lab lab = lab_new(true), guarded = lab_new(false);
	struct fake_tls *f = fake_tls_new(lab.loop, "somebody.test");
	char url[64];

	snprintf(url, sizeof(url), "https://tls.test:%u/", fake_tls_port(f));
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = url }).code, "http_tls");
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = url, .any_certificate = true }).body, "tls");
	/* its connection is nobody else's, */
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = url }).code, "http_tls");
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = url, .any_certificate = true }).body, "tls");
	cr_expect_eq(fake_tls_connections(f), 4);
	/* and where it goes is guarded as always */
	cr_expect_str_eq(fetch_request(&guarded, &(struct http_request){ .url = url, .any_certificate = true }).code,
	    "http_address_forbidden");
	cr_expect_eq(fake_tls_connections(f), 4);
	fake_tls_free(f);
	lab_free(&guarded);
	lab_free(&lab);
}

/* In a network of its own, where there is only loopback. */
Test(http, an_address_without_a_route_is_told_from_a_server_that_is_deaf)
{
	struct ifreq lo = { .ifr_name = "lo" };
	struct lab lab;
	int fd;

	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		cr_skip_test("networks of one's own are not allowed here");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(ioctl(fd, SIOCGIFFLAGS, &lo), 0);
	lo.ifr_flags |= IFF_UP;
	cr_assert_eq(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
	close(fd);
	lab = lab_new(true);
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = "http://far6.test/", .family = 6 }).code,
	    "http_no_route");
	cr_expect_str_eq(fetch_request(&lab, &(struct http_request){ .url = "http://far6.test/", .family = 4 }).code,
	    "http_no_address");
	lab_free(&lab);
}

Test(http, many_requests_at_once_all_end)
{
	enum { MANY = 200 };
	struct outcome *o = xcalloc(MANY, sizeof(*o));
	struct lab lab = lab_new(true);
	unsigned left = MANY;

	for (size_t i = 0; i < MANY; i++) {
		char url[64];

		snprintf(url, sizeof(url), "http://%s:%u/%s", i % 2 ? "web.test" : "other.test",
		    fake_web_port(lab.web), i % 3 ? "ok" : "close");
		send_request(&lab, &(struct http_request){ .url = url }, &o[i]);
	}
	while (left > 0) {
		loop_turn(lab.loop, true);
		left = 0;
		for (size_t i = 0; i < MANY; i++)
			left += o[i].calls == 0;
	}
	for (size_t i = 0; i < MANY; i++) {
		cr_expect_eq(o[i].calls, 1);
		cr_expect_eq(o[i].status, i % 3 ? 200 : 0, "%zu: %s %s", i, o[i].code, o[i].detail);
	}
	free(o);
	lab_free(&lab);
}

Test(http, closing_ends_every_request_wherever_it_is)
{
	static const char *const hosts[] = { "silent.test", "web.test", "127.0.0.1", "half a host" };
	struct outcome o[4] = { 0 };
	struct lab lab = lab_new(true);

	for (size_t i = 0; i < 4; i++) {
		char url[64];

		snprintf(url, sizeof(url), "http://%s:%u/silent", hosts[i], fake_web_port(lab.web));
		send_request(&lab, &(struct http_request){ .url = url }, &o[i]);
		if (i == 2)
			while (fake_web_connections(lab.web) < 2)
				loop_turn(lab.loop, true);
	}
	http_close(lab.http);
	lab.http = NULL;
	for (size_t i = 0; i < 4; i++) {
		cr_expect_eq(o[i].calls, 1);
		cr_expect_str_eq(o[i].code, "http_unreachable", "%s: %s", hosts[i], o[i].code);
	}
	lab_free(&lab);
}

struct chain {
	struct lab *lab;
	unsigned left;
	char url[64];
};

static void
send_again(void *arg, const struct http_reply *reply, const struct err *err)
{
	struct chain *c = arg;

	cr_expect_null(err);
	cr_expect_eq(reply->status, 200);
	if (--c->left > 0)
		http_send(c->lab->http, &(struct http_request){ .method = "GET", .url = c->url, .max_body = 10,
		    .timeout_ms = 5000 }, send_again, c);
}

Test(http, a_request_may_be_sent_from_the_end_of_another)
{
	struct lab lab = lab_new(true);
	struct chain c = { .lab = &lab, .left = 5 };

	snprintf(c.url, sizeof(c.url), "http://127.0.0.1:%u/", fake_web_port(lab.web));
	http_send(lab.http, &(struct http_request){ .method = "GET", .url = c.url, .max_body = 10,
	    .timeout_ms = 5000 }, send_again, &c);
	while (c.left > 0)
		loop_turn(lab.loop, true);
	cr_expect_eq(fake_web_connections(lab.web), 5);
	lab_free(&lab);
}
