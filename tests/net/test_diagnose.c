/* dcv/diagnose opposite a resolver, two name servers of the zone and a web
 * server, all on loopback; each test changes what one of them says. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dcv/diagnose.h"
#include "tests/net/fake_zone.h"
#include "tests/net/servers.h"

TestSuite(diagnose, .timeout = 60);

#define SOA "customer.test. 300 IN SOA ns1.customer.test. h.customer.test. 1 3600 600 86400 120"
#define NS1 "customer.test. 300 IN NS ns1.customer.test."
#define NS2 "customer.test. 300 IN NS ns2.customer.test."
#define A1 "ns1.customer.test. 300 IN A 127.0.0.2"
#define A2 "ns2.customer.test. 300 IN A 127.0.0.3"
#define ROOF "test. 300 IN SOA ns.test. h.test. 1 3600 600 86400 900", "provider.test. 300 IN SOA ns.provider.test. h.test. 1 2 3 4 5", \
	"customers.provider.test. 60 IN A 127.0.0.1"
#define ZONE SOA, NS1, NS2, A1, A2
#define CNAME "shop.customer.test. 60 IN CNAME customers.provider.test."
#define ELSEWHERE "shop.customer.test. 60 IN CNAME other.customer.test."
#define PROOF "_cf-custom-hostname.shop.customer.test"
#define TXT PROOF ". 60 IN TXT \"fine\""	/* the body that the fake web server sends */
#define LINES(...) (const char *const[]){ __VA_ARGS__, NULL }

static const char *const targets[] = { "customers.provider.test", NULL };
static const char *const prefixes[] = { NULL };

struct lab {
	struct loop *loop;
	struct fake_zone *resolver, *one, *two;	/* two may be NULL */
	struct fake_web *web;
	struct dns *dns;
	struct http *http;
	struct diagnose_options options;
	struct hostname hostname;
	char url[128];
	char *json;			/* of the findings */
};

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
lab_new(const char *const *seen, const char *const *first, const char *const *second)
{
	struct lab *lab = xcalloc(1, sizeof(*lab));
	char resolver[32];

	lab->loop = loop_new();
	lab->web = fake_web_new(lab->loop);
	lab->resolver = fake_zone_new(lab->loop, "127.0.0.1", 0, false, seen);
	open_servers(lab, first, second);
	snprintf(resolver, sizeof(resolver), "127.0.0.1:%u", fake_zone_port(lab->resolver));
	lab->dns = dns_open(lab->loop, resolver, NULL);
	lab->http = http_open(lab->loop, lab->dns, true);
	lab->options = (struct diagnose_options){ .allow_private = true, .dns_port = fake_zone_port(lab->one) };
	snprintf(lab->url, sizeof(lab->url), "http://shop.customer.test:%u/redirect", fake_web_port(lab->web));
	lab->hostname = (struct hostname){ .name = "shop.customer.test", .targets = targets, .prefixes = prefixes,
		.proof_name = PROOF, .proof = "fine", .proof_url = lab->url, .user_agent = "tester" };
	return lab;
}

static void
lab_free(struct lab *lab)
{
	http_close(lab->http);
	dns_close(lab->dns);
	fake_zone_free(lab->resolver);
	fake_zone_free(lab->one);
	fake_zone_free(lab->two);
	fake_web_free(lab->web);
	loop_free(lab->loop);
	free(lab->json);
	free(lab);
}

static void
on_done(void *arg, const struct findings *fs)
{
	struct lab *lab = arg;

	cr_assert_null(lab->json, "told twice");
	lab->json = xstrdup(finding_json(fs));
}

static void
look(struct lab *lab)
{
	diagnose_start(lab->loop, lab->dns, lab->http, &lab->options, &lab->hostname, on_done, lab);
	cr_assert_null(lab->json, "told inside of the call");
	while (lab->json == NULL)
		loop_turn(lab->loop, true);
}

static void
assert_has(const struct lab *lab, const char *part)
{
	cr_assert_not_null(strstr(lab->json, part), "\"%s\" is not in: %s", part, lab->json);
}

static void
assert_lacks(const struct lab *lab, const char *part)
{
	cr_assert_null(strstr(lab->json, part), "\"%s\" is in: %s", part, lab->json);
}

/* Nothing is wrong but what is named; "" nothing at all. */
static void
assert_only(const struct lab *lab, const char *code)
{
	const char *at = lab->json;
	char want[64];

	snprintf(want, sizeof(want), "\"code\":\"%s\"", code);
	if (*code != '\0')
		assert_has(lab, want);
	while ((at = strstr(at, "\"code\":\"")) != NULL) {
		cr_assert(*code != '\0' && strncmp(at, want, strlen(want)) == 0, "not only %s: %s", code, lab->json);
		at++;
	}
}

Test(diagnose, a_hostname_that_points_at_us_is_well_without_any_proof)
{
	struct lab *lab = lab_new(LINES(ZONE, ROOF, CNAME), LINES(ZONE, CNAME), LINES(ZONE, CNAME));

	look(lab);
	assert_only(lab, "");
	assert_has(lab, "\"purpose\":\"routing\"");
	assert_lacks(lab, "ownership");
	cr_assert_gt(fake_zone_asked(lab->one), 0);
	cr_assert_gt(fake_zone_asked(lab->two), 0);
	lab_free(lab);
}

Test(diagnose, nothing_done_yet_is_said_record_by_record)
{
	struct lab *lab = lab_new(LINES(ZONE, ROOF), LINES(ZONE), LINES(ZONE));

	look(lab);
	assert_has(lab, "\"purpose\":\"routing\",\"code\":\"no_such_name\"");
	assert_has(lab, "\"purpose\":\"ownership\",\"code\":\"value_missing\"");
	assert_has(lab, "\"purpose\":\"ownership_http\"");
	assert_lacks(lab, "server_lame");
	assert_lacks(lab, "servers_disagree");
	lab_free(lab);
}

Test(diagnose, a_doubled_name_is_found_by_the_zone_of_the_negative_answer)
{
	struct lab *lab = lab_new(LINES(ZONE, ROOF, PROOF ".customer.test. 60 IN TXT \"fine\"",
	    "shop.customer.test.customer.test. 60 IN CNAME customers.provider.test."), LINES(ZONE), LINES(ZONE));

	look(lab);
	assert_has(lab, "\"purpose\":\"ownership\",\"code\":\"name_doubled\"");
	assert_has(lab, "\"purpose\":\"routing\",\"code\":\"name_doubled\"");
	assert_has(lab, "TXT fine at " PROOF ".customer.test");
	lab_free(lab);
}

Test(diagnose, a_wildcard_that_answers_for_the_name_is_told_from_a_wrong_record)
{
	struct lab *wild = lab_new(LINES(ZONE, ROOF, "*.customer.test. 60 IN CNAME other.customer.test.",
	    "other.customer.test. 60 IN A 127.0.0.1"), LINES(ZONE), LINES(ZONE));
	struct lab *wrong = lab_new(LINES(ZONE, ROOF, ELSEWHERE, "other.customer.test. 60 IN A 127.0.0.1"),
	    LINES(ZONE, ELSEWHERE), LINES(ZONE, ELSEWHERE));

	look(wild);
	assert_has(wild, "\"purpose\":\"routing\",\"code\":\"wildcard_answers\"");
	look(wrong);
	assert_has(wrong, "\"purpose\":\"routing\",\"code\":\"wrong_target\"");
	lab_free(wild);
	lab_free(wrong);
}

Test(diagnose, two_servers_that_disagree_are_shown_side_by_side)
{
	struct lab *lab = lab_new(LINES(ZONE, ROOF, CNAME), LINES(ZONE, CNAME), LINES(ZONE, ELSEWHERE));

	look(lab);
	assert_only(lab, "servers_disagree");
	assert_has(lab, "ns1.customer.test (127.0.0.2): CNAME customers.provider.test");
	assert_has(lab, "ns2.customer.test (127.0.0.3): CNAME other.customer.test");
	lab_free(lab);
}

Test(diagnose, a_server_that_refuses_is_lame_and_one_that_is_silent_too)
{
	struct lab *lab = lab_new(LINES(ZONE, ROOF, CNAME), LINES(ZONE, CNAME), LINES(ZONE, CNAME));
	struct lab *silent = lab_new(LINES(ZONE, ROOF, CNAME), LINES(ZONE, CNAME), LINES(ZONE, CNAME));

	fake_zone_set_act(lab->two, ZONE_REFUSES);
	look(lab);
	assert_only(lab, "server_lame");
	assert_has(lab, "ns2.customer.test (127.0.0.3): refuses the question");
	assert_lacks(lab, "ns1.customer.test (127.0.0.2)");
	fake_zone_set_act(silent->two, ZONE_IS_SILENT);
	look(silent);
	assert_only(silent, "server_lame");
	assert_has(silent, "ns2.customer.test (127.0.0.3): does not answer");
	lab_free(lab);
	lab_free(silent);
}

Test(diagnose, private_name_servers_are_never_asked_unless_it_is_a_trial)
{
	struct lab *lab = lab_new(LINES(ZONE, ROOF, CNAME), LINES(ZONE, CNAME), LINES(ZONE, ELSEWHERE));

	lab->options.allow_private = false;
	look(lab);
	cr_assert_eq(fake_zone_asked(lab->one) + fake_zone_asked(lab->two), 0);
	assert_lacks(lab, "servers_disagree");
	lab_free(lab);
}

Test(diagnose, what_the_servers_have_and_the_resolver_has_not_is_only_remembered)
{
	struct lab *lab = lab_new(LINES(ZONE, ROOF), LINES(ZONE, CNAME, TXT), LINES(ZONE, CNAME, TXT));

	look(lab);
	assert_has(lab, "\"purpose\":\"routing\",\"code\":\"negative_cached\"");
	assert_has(lab, "for another 120 seconds that it was not there");
	assert_lacks(lab, "servers_disagree");
	lab_free(lab);
}

Test(diagnose, a_web_server_that_answers_over_ipv4_only_is_found)
{
	struct lab *lab = lab_new(LINES(ZONE, ROOF, "shop.customer.test. 60 IN A 127.0.0.1",
	    "shop.customer.test. 60 IN AAAA ::1"), LINES(ZONE), LINES(ZONE));

	snprintf(lab->url, sizeof(lab->url), "http://shop.customer.test:%u/ok", fake_web_port(lab->web));
	look(lab);
	assert_has(lab, "\"code\":\"http_ipv6_broken\"");
	assert_has(lab, "IPv4: status 200 and the value");
	assert_has(lab, "IPv6: the web server could not be reached");
	lab_free(lab);
}

Test(diagnose, the_authority_s_records_are_looked_at_and_one_of_two_ways_is_enough)
{
	static const char *const token[] = { "token", NULL }, *const target[] = { "shop.abc.dcv.test", NULL };
	const struct matter by_hand = { "_acme-challenge.shop.customer.test", DNS_TXT, token, NULL };
	const struct matter delegated = { "_acme-challenge.shop.customer.test", DNS_CNAME, target, NULL };
	static const char acme[] = "_acme-challenge.shop.customer.test. 60 IN TXT \"old\"";
	static const char alias[] = "_acme-challenge.shop.customer.test. 60 IN CNAME shop.abc.dcv.test.";
	struct lab *wrong = lab_new(LINES(ZONE, ROOF, CNAME, acme), LINES(ZONE, CNAME, acme), LINES(ZONE, CNAME, acme));
	struct lab *right = lab_new(LINES(ZONE, ROOF, CNAME, alias), LINES(ZONE, CNAME, alias), LINES(ZONE, CNAME, alias));

	wrong->options.certificate[0] = right->options.certificate[0] = delegated;
	wrong->options.certificate[1] = right->options.certificate[1] = by_hand;
	wrong->options.certificate_count = right->options.certificate_count = 2;
	look(wrong);
	assert_has(wrong, "\"purpose\":\"certificate\",\"code\":\"cname_and_other_data\"");
	assert_has(wrong, "\"purpose\":\"certificate\",\"code\":\"value_wrong\"");
	look(right);
	assert_only(right, "");
	assert_has(right, "\"purpose\":\"certificate\",\"code\":null");
	lab_free(wrong);
	lab_free(right);
}

static void
ask_for_caa(struct lab *lab)
{
	static const char *const google[] = { "pki.goog", NULL }, *const lets_encrypt[] = { "letsencrypt.org", NULL };
	static const char *const methods[] = { "http-01", NULL }, *const names[] = { "google", "lets_encrypt", NULL };
	static const struct caa_candidate candidates[] = { { google, NULL }, { lets_encrypt, NULL } };
	static const char *const covered[] = { "shop.customer.test", NULL };

	lab->options.caa = (struct caa_ask){ .names = covered, .methods = methods,
		.candidates = candidates, .count = 2 };
	lab->options.authorities = names;
}

Test(diagnose, caa_is_looked_up_when_there_is_a_certificate_to_come)
{
	static const char one[] = "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\"";
	static const char none[] = "customer.test. 60 IN CAA 0 issue \";\"";
	struct lab *right = lab_new(LINES(ZONE, ROOF, CNAME, one), LINES(ZONE, CNAME, one), LINES(ZONE, CNAME, one));
	struct lab *wrong = lab_new(LINES(ZONE, ROOF, CNAME, none), LINES(ZONE, CNAME, none), LINES(ZONE, CNAME, none));
	struct lab *unasked = lab_new(LINES(ZONE, ROOF, CNAME, none), LINES(ZONE, CNAME, none), LINES(ZONE, CNAME, none));

	ask_for_caa(right);
	ask_for_caa(wrong);
	look(right);
	assert_only(right, "");
	assert_has(right, "\"found\":[\"lets_encrypt may issue\"]");
	look(wrong);
	assert_only(wrong, "caa_forbids");
	assert_has(wrong, "Add the record customer.test. CAA 0 issue \\\"pki.goog\\\".");
	look(unasked);
	assert_lacks(unasked, "caa");
	lab_free(right);
	lab_free(wrong);
	lab_free(unasked);
}

Test(diagnose, it_ends_in_ten_seconds_though_nobody_answers)
{
	struct lab *lab = lab_new(LINES(ZONE, ROOF), LINES(ZONE), LINES(ZONE));
	int64_t began = loop_now_ms(lab->loop);

	ask_for_caa(lab);
	fake_zone_set_act(lab->resolver, ZONE_IS_SILENT);
	look(lab);
	cr_assert_leq(loop_now_ms(lab->loop) - began, 10500);
	assert_has(lab, "\"purpose\":\"routing\",\"code\":\"dns_timeout\"");
	assert_has(lab, "\"purpose\":\"caa\",\"code\":\"caa_unknown\"");
	lab_free(lab);
}

Test(diagnose, a_hostname_that_is_not_looked_at_is_told_so_first)
{
	struct lab *lab = lab_new(LINES(ROOF, ZONE, CNAME, TXT), LINES(ZONE, CNAME, TXT), LINES(ZONE, CNAME, TXT));

	lab->options.standing = (struct standing){ .status = "moved", .code = "moved_away" };
	look(lab);
	assert_only(lab, "refresh_needed");
	cr_expect_eq(strncmp(lab->json, "[{\"purpose\":\"status\"", 20), 0, "%s", lab->json);
	lab_free(lab);
}
