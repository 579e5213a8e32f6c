/* dcv/token_look opposite two resolvers, two name servers of the customer's
 * zone, and web servers, all on loopback; each test changes what one says. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dcv/token_look.h"
#include "tests/net/fake_zone.h"
#include "tests/net/servers.h"

TestSuite(token_look, .timeout = 60);

#define SOA "customer.test. 300 IN SOA ns1.customer.test. h.customer.test. 1 3600 600 86400 120"
#define ZONE SOA, "customer.test. 300 IN NS ns1.customer.test.", "customer.test. 300 IN NS ns2.customer.test.", \
	"ns1.customer.test. 300 IN A 127.0.0.2", "ns2.customer.test. 300 IN A 127.0.0.3"
#define OURS "dcv.test. 300 IN SOA ns1.dcv.test. h.dcv.test. 1 2 3 4 5", "dcv.test. 300 IN NS ns1.dcv.test.", \
	"ns1.dcv.test. 300 IN A 127.0.0.3"
#define PLACE "_acme-challenge.shop.customer.test"
#define TARGET "shop.customer.test.0123456789abcdef.dcv.test"
#define TXT(value) PLACE ". 60 IN TXT \"" value "\""
#define HOST(name, v4) name ". 60 IN A " v4
#define LINES(...) (const char *const[]){ __VA_ARGS__, NULL }

struct lab {
	struct loop *loop;
	struct arena *arena;
	struct fake_zone *resolver, *other;	/* other: NULL, there is one resolver */
	struct fake_zone *one, *two;		/* the name servers */
	struct fake_web *web, *web6;		/* web6: NULL, there is none */
	struct dns *dns;
	struct http *http;
	struct token_look look;
	struct token_ask ask;
	char url[512], port[8];
	unsigned answers;
	struct token_said said;
};

static const char *const one_value[] = { "new", NULL }, *const two_values[] = { "new", "newer", NULL };
static const char *const old_values[] = { "old", NULL }, *const page[] = { "fine", NULL };

/* Both name servers have to listen on the same port, each at its address. */
static void
open_servers(struct lab *lab, const char *const *first, const char *const *second)
{
	while (lab->two == NULL) {
		lab->one = fake_zone_new(lab->loop, "127.0.0.2", 0, true, first);
		lab->two = fake_zone_new(lab->loop, "127.0.0.3", fake_zone_port(lab->one), true, second);
		if (lab->two == NULL)
			fake_zone_free(lab->one);
	}
}

static struct lab *
lab_of(const char *const *seen, const char *const *seen_by_other, const char *const *first, const char *const *second)
{
	struct lab *lab = xcalloc(1, sizeof(*lab));
	char resolvers[64];

	lab->loop = loop_new();
	lab->arena = arena_new(16 << 20);
	lab->web = fake_web_new(lab->loop);
	lab->resolver = fake_zone_new(lab->loop, "127.0.0.1", 0, false, seen);
	snprintf(resolvers, sizeof(resolvers), "127.0.0.1:%u", fake_zone_port(lab->resolver));
	if (seen_by_other != NULL) {
		lab->other = fake_zone_new(lab->loop, "127.0.0.4", 0, false, seen_by_other);
		snprintf(resolvers + strlen(resolvers), sizeof(resolvers) - strlen(resolvers), ",127.0.0.4:%u",
		    fake_zone_port(lab->other));
	}
	open_servers(lab, first, second);
	lab->dns = dns_open(lab->loop, resolvers, NULL);
	lab->http = http_open(lab->loop, lab->dns, true);
	lab->look = (struct token_look){ .loop = lab->loop, .dns = lab->dns, .http = lab->http, .allow_private = true,
		.dns_port = fake_zone_port(lab->one) };
	lab->ask = (struct token_ask){ .method = TOKEN_TXT, .hostname = "shop.customer.test", .place = PLACE,
		.values = one_value, .old_values = old_values, .http_port = lab->port };
	return lab;
}

static struct lab *
lab_new(const char *const *seen, const char *const *first, const char *const *second)
{
	return lab_of(seen, NULL, first, second);
}

/* A web server for what the resolver has: the place is `path` there. */
static struct lab *
web_new(const char *const *seen, const char *path)
{
	struct lab *lab = lab_new(seen, LINES(ZONE), LINES(ZONE));

	snprintf(lab->port, sizeof(lab->port), "%u", fake_web_port(lab->web));
	snprintf(lab->url, sizeof(lab->url), "http://shop.customer.test:%s%s", lab->port, path);
	lab->ask.method = TOKEN_HTTP;
	lab->ask.place = lab->url;
	lab->ask.values = page;
	return lab;
}

/* The answer has nobody but us: asked, not a job, knows where it goes. */
static struct lab *looking;

static void
on_answer(struct asked *asked, struct answer answer)
{
	(void)asked;
	cr_assert_null(answer.err.code);
	looking->answers++;
	looking->said = *(const struct token_said *)answer.detail;
}

static void
look(struct lab *lab)
{
	const struct question question = { .kind = QUESTION_TOKEN, .detail = &lab->ask };
	struct asked asked = { .question = &question, .arena = lab->arena, .answered = on_answer };

	looking = lab;
	lab->answers = 0;
	token_look_perform(&lab->look, &asked);
	while (lab->answers == 0)
		loop_turn(lab->loop, true);
}

static void
lab_free(struct lab *lab)
{
	http_close(lab->http);
	dns_close(lab->dns);
	cr_assert_eq(lab->answers, 1, "answered %u times", lab->answers);
	fake_zone_free(lab->resolver);
	if (lab->other != NULL)
		fake_zone_free(lab->other);
	fake_zone_free(lab->one);
	fake_zone_free(lab->two);
	fake_web_free(lab->web);
	if (lab->web6 != NULL)
		fake_web_free(lab->web6);
	loop_free(lab->loop);
	arena_free(lab->arena);
	free(lab);
}

static void
assert_said(const struct lab *lab, const char *code, const char *in_finding)
{
	cr_assert_not_null(lab->said.finding);
	if (code == NULL)
		cr_assert_null(lab->said.err.code, "%s: %s", lab->said.err.code, lab->said.finding);
	else
		cr_assert(lab->said.err.code != NULL && strcmp(lab->said.err.code, code) == 0, "not %s: %s", code,
		    lab->said.finding);
	cr_expect_eq(lab->said.is_there[0], code == NULL);
	if (in_finding != NULL)
		cr_expect_not_null(strstr(lab->said.finding, in_finding), "\"%s\" is not in: %s", in_finding, lab->said.finding);
}

static unsigned
asked_servers(const struct lab *lab)
{
	return fake_zone_asked(lab->one) + fake_zone_asked(lab->two);
}

/* ---- resolvers ------------------------------------------------------------------------------- */

Test(token_look, what_the_resolver_and_all_name_servers_have_is_there)
{
	struct lab *lab = lab_new(LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new"), TXT("old")));

	look(lab);
	assert_said(lab, NULL, "\"found\":[\"TXT new\"]");
	cr_expect_eq(fake_zone_asked(lab->one), 1);
	cr_expect_eq(fake_zone_asked(lab->two), 1);
	lab_free(lab);
}

Test(token_look, what_is_missing_costs_one_question)
{
	static const struct { const char *line, *code; } cases[] = {
		{ NULL, "token_missing" }, { TXT("old"), "token_old" }, { TXT("\\\"new\\\""), "token_quoted" },
		{ TXT("other"), "token_missing" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab *lab = lab_new(cases[i].line != NULL ? LINES(ZONE, cases[i].line) : LINES(ZONE),
		    LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new")));

		look(lab);
		assert_said(lab, cases[i].code, NULL);
		cr_expect_eq(lab->said.err.blame, BLAME_CUSTOMER);
		cr_expect_eq(fake_zone_asked(lab->resolver), 1, "%u questions", fake_zone_asked(lab->resolver));
		cr_expect_eq(asked_servers(lab), 0);
		lab_free(lab);
	}
}

Test(token_look, a_part_of_the_values_is_not_enough)
{
	struct lab *lab = lab_new(LINES(ZONE, TXT("newer")), LINES(ZONE, TXT("newer")), LINES(ZONE, TXT("newer")));

	lab->ask.values = two_values;
	look(lab);
	assert_said(lab, "token_partly", NULL);
	cr_expect(lab->said.is_there[1]);
	lab_free(lab);
}

Test(token_look, every_resolver_is_asked_and_all_have_to_see_it)
{
	struct lab *both = lab_of(LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new")));
	struct lab *lab = lab_of(LINES(ZONE, TXT("new")), LINES(ZONE), LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new")));
	struct lab *fails = lab_of(LINES(ZONE, TXT("new")), LINES(ZONE, PLACE ". 0 IN SERVFAIL -"), LINES(ZONE, TXT("new")),
	    LINES(ZONE, TXT("new")));

	look(both);
	assert_said(both, NULL, NULL);
	lab_free(both);
	look(lab);
	assert_said(lab, "resolvers_disagree", "seen by 1 of 2 resolvers");
	cr_expect_eq(lab->said.err.blame, BLAME_NETWORK);
	cr_expect_eq(asked_servers(lab), 0);
	lab_free(lab);
	look(fails);
	assert_said(fails, "resolvers_disagree", NULL);
	lab_free(fails);
}

Test(token_look, a_resolver_that_is_silent_does_not_hold_up_the_others)
{
	struct lab *lab = lab_of(LINES(ZONE, TXT("new")), LINES(ZONE), LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new")));

	fake_zone_set_act(lab->other, ZONE_IS_SILENT);
	look(lab);
	assert_said(lab, NULL, NULL);
	lab_free(lab);
}

Test(token_look, what_is_behind_a_servfail_is_found_out)
{
	struct lab *lab = lab_new(LINES(ZONE, PLACE ". 0 IN SERVFAIL -"), LINES(ZONE), LINES(ZONE));
	struct lab *alias = lab_new(LINES(ZONE, PLACE ". 60 IN CNAME " TARGET ".", TARGET ". 0 IN SERVFAIL -"), LINES(ZONE),
	    LINES(ZONE));

	look(lab);
	assert_said(lab, "dns_servfail", NULL);
	cr_expect_eq(lab->said.err.blame, BLAME_NETWORK);
	cr_expect_geq(fake_zone_asked(lab->resolver), 3);
	lab_free(lab);
	alias->ask.delegation = TARGET;
	look(alias);
	assert_said(alias, "token_missing", "CNAME " TARGET);
	cr_expect_eq(alias->said.err.blame, BLAME_US);
	cr_expect(alias->said.is_delegated);
	lab_free(alias);
}

static const struct dns_rule lost[] = { { .name = PLACE, .udp = DNS_SERVFAILS, .cname = TARGET }, { 0 } };
static const struct dns_rule circle[] = { { .name = PLACE, .udp = DNS_SERVFAILS, .cname = PLACE }, { 0 } };
static const struct dns_rule forged[] = { { .name = PLACE, .bogus = true }, { 0 } };

static struct token_said
look_through(struct lab *lab, const struct dns_rule *rules)
{
	struct fake_dns *f = fake_dns_new(lab->loop, rules, true);
	char resolver[32];

	dns_close(lab->dns);
	snprintf(resolver, sizeof(resolver), "127.0.0.1:%u", fake_dns_port(f));
	lab->look.dns = lab->dns = dns_open(lab->loop, resolver, NULL);
	look(lab);
	fake_dns_free(f);
	return lab->said;
}

Test(token_look, circles_and_forgeries_are_told_and_trouble_behind_the_delegation_is_ours)
{
	struct lab *lab = lab_new(LINES(ZONE), LINES(ZONE), LINES(ZONE));

	lab->ask.delegation = TARGET;
	cr_expect_str_eq(look_through(lab, circle).err.code, "cname_loop");
	cr_expect_str_eq(look_through(lab, forged).err.code, "dns_bogus");
	look_through(lab, lost);
	assert_said(lab, "dns_servfail", "delegated to us");
	cr_expect_eq(lab->said.err.blame, BLAME_US);
	cr_expect(lab->said.is_delegated);
	lab_free(lab);
}

/* ---- name servers ------------------------------------------------------------------------------- */

Test(token_look, name_servers_that_disagree_are_shown)
{
	struct lab *lab = lab_new(LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new")), LINES(ZONE, TXT("old")));

	look(lab);
	assert_said(lab, "servers_disagree", "ns2.customer.test (127.0.0.3): TXT old");
	cr_expect_eq(lab->said.err.blame, BLAME_CUSTOMER);
	lab_free(lab);
}

Test(token_look, name_servers_that_are_lame_refuse_or_keep_silent_do_not_block)
{
	const char *const *zone = LINES(ZONE);

	for (int act = ZONE_SERVES; act <= ZONE_IS_SILENT; act++) {
		struct lab *lab = lab_new(LINES(ZONE, TXT("new")), LINES(ZONE, TXT("new")), LINES(ZONE));
		int64_t began = loop_now_ms(lab->loop);

		if (act == ZONE_SERVES) {	/* but not this zone */
			unsigned port = fake_zone_port(lab->two);

			fake_zone_free(lab->two);
			lab->two = fake_zone_new(lab->loop, "127.0.0.3", port, false, zone);
			cr_assert_not_null(lab->two);
		}
		fake_zone_set_act(lab->two, (enum fake_zone_act)act);
		look(lab);
		assert_said(lab, NULL, NULL);
		cr_expect_gt(fake_zone_asked(lab->two), 0);
		cr_expect_leq(loop_now_ms(lab->loop) - began, 5500);
		lab_free(lab);
	}
}

Test(token_look, a_zone_whose_servers_are_not_to_be_found_does_not_block)
{
	struct lab *lab = lab_new(LINES(TXT("new")), LINES(ZONE), LINES(ZONE));
	struct lab *private = lab_new(LINES(ZONE, TXT("new")), LINES(ZONE), LINES(ZONE));

	look(lab);
	assert_said(lab, NULL, NULL);
	lab_free(lab);
	private->look.allow_private = false;
	look(private);
	assert_said(private, NULL, NULL);
	cr_expect_eq(asked_servers(private), 0);
	lab_free(private);
}

Test(token_look, behind_a_cname_the_servers_of_the_last_name_are_asked)
{
	static const char alias[] = PLACE ". 60 IN CNAME " TARGET ".", ours[] = TARGET ". 60 IN TXT \"new\"";
	struct lab *lab = lab_new(LINES(ZONE, OURS, alias, ours), LINES(ZONE, alias), LINES(OURS, ours));
	struct lab *late = lab_new(LINES(ZONE, OURS, alias, ours), LINES(ZONE, alias), LINES(OURS));

	lab->ask.delegation = late->ask.delegation = TARGET;
	look(lab);
	assert_said(lab, NULL, "\"found\":[\"CNAME " TARGET "\",\"TXT new\"]");
	cr_expect(lab->said.is_delegated);
	cr_expect_eq(fake_zone_asked(lab->one), 0, "it does not serve the last name");
	cr_expect_eq(fake_zone_asked(lab->two), 1);
	lab_free(lab);
	look(late);
	assert_said(late, "token_missing", "delegated to us");
	cr_expect_eq(late->said.err.blame, BLAME_US);
	lab_free(late);
}

Test(token_look, a_cname_elsewhere_is_told)
{
	static const char alias[] = PLACE ". 60 IN CNAME other.customer.test.";
	struct lab *lab = lab_new(LINES(ZONE, alias), LINES(ZONE, alias), LINES(ZONE, alias));

	lab->ask.delegation = TARGET;
	look(lab);
	assert_said(lab, "delegation_elsewhere", "\"expected\":\"CNAME " TARGET "\",\"found\":[\"CNAME other.customer.test\"]");
	cr_expect_not(lab->said.is_delegated);
	lab_free(lab);
}

Test(token_look, a_persistent_record_is_looked_at_the_same_way)
{
	static const char *const issuers[] = { "ca.test", NULL }, *const advised[] = { "ca.test; accounturi=https://ca.test/1", NULL };
	static const char good[] = TXT("ca.test; accounturi=https://ca.test/1; policy=wildcard");
	static const char foreign[] = TXT("ca.test; accounturi=https://ca.test/2");
	static const struct { const char *seen, *second, *code; } cases[] = {
		{ good, good, NULL }, { foreign, foreign, "token_missing" }, { good, foreign, "servers_disagree" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab *lab = lab_new(LINES(ZONE, cases[i].seen), LINES(ZONE, cases[i].seen), LINES(ZONE, cases[i].second));

		lab->ask.method = TOKEN_PERSIST;
		lab->ask.values = advised;
		lab->ask.old_values = NULL;
		lab->ask.persist = (struct persist){ .issuers = issuers, .account_url = "https://ca.test/1", .now = 1 };
		look(lab);
		assert_said(lab, cases[i].code, NULL);
		lab_free(lab);
	}
}

/* ---- pages -------------------------------------------------------------------------------------- */

#define SHOP HOST("shop.customer.test", "127.0.0.1")
#define SHOP6 "shop.customer.test. 60 IN AAAA ::1"

Test(token_look, a_page_is_judged_by_its_body_and_status)
{
	static const struct { const char *path, *code; } cases[] = {
		{ "/ok", NULL }, { "/missing", "token_missing" }, { "/busy", "http_status" }, { "/many", "http_wrong_body" },
		{ "/endless", "http_wrong_body" }, { "/nul", "http_wrong_body" }, { "/close", "http_unreachable" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab *lab = web_new(LINES(ZONE, SHOP), cases[i].path);

		look(lab);
		assert_said(lab, cases[i].code, NULL);
		lab_free(lab);
	}
}

Test(token_look, an_old_value_on_a_page_is_told)
{
	struct lab *lab = web_new(LINES(ZONE, SHOP), "/.well-known/acme-challenge/x");

	fake_web_set_reply(lab->web, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nold\n");
	look(lab);
	assert_said(lab, "token_old", NULL);
	lab_free(lab);
}

Test(token_look, redirects_are_followed_as_cas_do)
{
	static const char *const followed[] = { "301", "302", "307", "308" }, *const refused[] = { "300", "303", "305", "399" };
	char path[64];

	for (size_t i = 0; i < 8; i++) {
		struct lab *lab;

		snprintf(path, sizeof(path), "/to/%s/ok", i < 4 ? followed[i] : refused[i - 4]);
		lab = web_new(LINES(ZONE, SHOP), path);
		look(lab);
		assert_said(lab, i < 4 ? NULL : "http_redirect_refused", NULL);
		lab_free(lab);
	}
}

Test(token_look, ten_redirects_are_followed_and_eleven_are_not)
{
	for (int count = 10; count <= 11; count++) {
		char path[256] = "";
		struct lab *lab;

		for (int i = 0; i < count; i++)
			strncat(path, "/to/302", sizeof(path) - strlen(path) - 1);
		strncat(path, "/ok", sizeof(path) - strlen(path) - 1);
		lab = web_new(LINES(ZONE, SHOP), path);
		look(lab);
		assert_said(lab, count == 10 ? NULL : "http_too_many_redirects", NULL);
		cr_expect_eq(fake_web_connections(lab->web), 11);
		lab_free(lab);
	}
}

Test(token_look, redirects_lead_to_ports_and_addresses_that_cas_follow_and_to_no_others)
{
	static const struct { const char *to, *code; } cases[] = {
		{ "http://www.customer.test:8080/ok", "http_redirect_refused" },
		{ "https://www.customer.test:8443/ok", "http_redirect_refused" },
		{ "http://127.0.0.1/ok", "http_redirect_refused" },
		{ "http://user@www.customer.test/ok", "http_redirect_refused" },
		{ "httpx://www.customer.test/ok", "http_redirect_refused" },
		{ "http://secret.customer.test/ok", "http_address_forbidden" },
		{ "https://nowhere.customer.test/ok", "http_no_address" },
	};
	char path[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab *lab;

		snprintf(path, sizeof(path), "/to/302/%s", cases[i].to);
		lab = web_new(LINES(ZONE, SHOP, HOST("www.customer.test", "127.0.0.1"), HOST("secret.customer.test", "0.0.0.0")), path);
		look(lab);
		assert_said(lab, cases[i].code, NULL);
		cr_expect_eq(fake_web_connections(lab->web), 1, "%s", cases[i].to);
		lab_free(lab);
	}
}

Test(token_look, https_behind_a_redirect_needs_no_certificate_that_anybody_trusts)
{
	static const char *const tls[] = { "tls", NULL };
	struct lab *lab = web_new(LINES(ZONE, SHOP, HOST("www.customer.test", "127.0.0.1")), "");
	struct fake_tls *f = fake_tls_new(lab->loop, "somebody.else.test");

	/* in a trial the port may be another one */
	snprintf(lab->url, sizeof(lab->url), "http://shop.customer.test:%u/to/301/https://www.customer.test:%u/x",
	    fake_web_port(lab->web), fake_tls_port(f));
	snprintf(lab->port, sizeof(lab->port), "%u", fake_tls_port(f));
	lab->ask.values = tls;
	look(lab);
	assert_said(lab, NULL, NULL);
	cr_expect_str_eq(fake_tls_server_name(f), "www.customer.test");
	fake_tls_free(f);
	lab_free(lab);
}

static struct lab *
web_with_v6(const char *reply)
{
	static const char *const seen[] = { ZONE, SHOP, SHOP6, NULL };
	struct lab *lab = web_new(seen, "/x");

	lab->web6 = fake_web_new_v6(lab->loop, fake_web_port(lab->web));
	cr_assert_not_null(lab->web6);
	fake_web_set_reply(lab->web6, reply);
	return lab;
}

Test(token_look, both_address_families_have_to_have_the_page)
{
	struct lab *both = web_with_v6(NULL);
	struct lab *other = web_with_v6("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	struct lab *deaf = web_new(LINES(ZONE, SHOP, SHOP6), "/ok");
	struct lab *alone = web_with_v6(NULL);

	look(both);
	assert_said(both, NULL, NULL);
	cr_expect_eq(fake_web_connections(both->web) + fake_web_connections(both->web6), 2);
	look(other);
	assert_said(other, "http_ipv6_broken", "IPv6: status 200 and another text");
	look(deaf);
	assert_said(deaf, "http_ipv6_broken", "IPv6: the web server could not be reached");
	fake_web_set_reply(alone->web, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
	look(alone);
	assert_said(alone, "token_missing", "status 404");
	lab_free(both);
	lab_free(other);
	lab_free(deaf);
	lab_free(alone);
}

Test(token_look, a_redirect_to_a_host_of_the_other_family_is_followed)
{
	struct lab *lab = web_new(LINES(ZONE, SHOP, "www.customer.test. 60 IN AAAA ::1"), "");

	lab->web6 = fake_web_new_v6(lab->loop, fake_web_port(lab->web));
	cr_assert_not_null(lab->web6);
	snprintf(lab->url, sizeof(lab->url), "http://shop.customer.test:%s/to/302/http://www.customer.test:%s/ok", lab->port,
	    lab->port);
	look(lab);
	assert_said(lab, NULL, NULL);
	cr_expect_eq(fake_web_connections(lab->web6), 1);
	lab_free(lab);
}

/* ---- time ------------------------------------------------------------------------------------------- */

Test(token_look, it_ends_when_time_is_up_with_what_is_known)
{
	static const struct { enum token_method method; const char *path, *code; } cases[] = {
		{ TOKEN_TXT, "", "dns_timeout" },
		{ TOKEN_HTTP, "/silent", "http_timeout" },
		{ TOKEN_HTTP, "/to/302/silent", "http_timeout" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab *lab = web_new(LINES(ZONE, SHOP), cases[i].path);
		int64_t began = loop_now_ms(lab->loop);

		lab->look.most_ms = 400;
		if (cases[i].method == TOKEN_TXT) {
			lab->ask.method = TOKEN_TXT;
			lab->ask.place = PLACE;
			fake_zone_set_act(lab->resolver, ZONE_IS_SILENT);
		}
		look(lab);
		assert_said(lab, cases[i].code, NULL);
		cr_expect_leq(loop_now_ms(lab->loop) - began, 2000);
		lab_free(lab);
	}
}

Test(token_look, closing_ends_a_look_that_is_under_way)
{
	struct lab *web = web_new(LINES(ZONE, SHOP), "/silent");
	struct lab *txt = lab_new(LINES(ZONE, TXT("new")), LINES(ZONE), LINES(ZONE));
	const struct question questions[] = { { .kind = QUESTION_TOKEN, .detail = &web->ask },
		{ .kind = QUESTION_TOKEN, .detail = &txt->ask } };
	struct asked first = { .question = &questions[0], .arena = web->arena, .answered = on_answer };
	struct asked second = { .question = &questions[1], .arena = txt->arena, .answered = on_answer };

	fake_zone_set_act(txt->one, ZONE_IS_SILENT);
	fake_zone_set_act(txt->two, ZONE_IS_SILENT);
	token_look_perform(&web->look, &first);
	token_look_perform(&txt->look, &second);
	while (fake_web_connections(web->web) == 0)
		loop_turn(web->loop, true);
	while (asked_servers(txt) < 2)
		loop_turn(txt->loop, true);
	/* lab_free() sees that each was answered, and loop_free() that nothing is left */
	looking = web;
	http_close(web->http);
	web->http = NULL;
	looking = txt;
	dns_close(txt->dns);
	txt->dns = NULL;
	assert_said(txt, NULL, NULL);
	lab_free(web);
	lab_free(txt);
}
