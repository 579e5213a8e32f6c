/*
 * Each proof of ownership, and each trouble that customers have with their DNS
 * and their web servers, tried with real ones: Knot, Unbound and nginx, over
 * IPv4 and IPv6.  A row is a customer and what he does; all rows of a table
 * are looked at by one daemon at once.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "tests/system/command.h"
#include "tests/system/daemon.h"

enum { MAX_DEEDS = 4, MAX_WORDS = 8, LOOK_MS = 30000 };

struct customer {
	const char *hostname;
	const char *zone;		/* the provider's: see begin() */
	const char *code;		/* what he is told; NULL: nothing is wrong */
	const char *deeds[MAX_DEEDS];	/* verbs of tools/lab/verbs.sh, see do_deed() */
	bool over_ipv6;
};

static struct place place;
static struct arena *arena;

static void
begin(void)
{
	place = place_make();
	arena = arena_new(1 << 20);
	/* "shop" owns no addresses, "apex" those of the lab, "apex4" no IPv6 ones */
	sql_do(place.sql, "select certwright.create_zone(n, jsonb_build_object('account_id', n,"
	    " 'cname_targets', '[\"customers.provider.test\"]'::jsonb, 'allow_reserved_names', true,"
	    " 'apex_prefixes', p)) from (values ('apex', $1::jsonb), ('apex4', '[\"127.0.53.0/24\"]')) v (n, p)",
	    lab("LAB_APEX_PREFIXES"));
}

static void
finish(void)
{
	arena_free(arena);
	place_give_back(&place);
}

TestSuite(proofs, .init = begin, .fini = finish, .timeout = 300);

/* ---- customers ----------------------------------------------------------------- */

static bool
is_left_out(const struct customer *c)
{
	return c->over_ipv6 && lab("LAB_IPV6")[0] == '\0';
}

static const char *
one(const char *query, const char *hostname)
{
	auto_result *result = sql_rows(place.sql, query, hostname);

	cr_assert_eq(PQntuples(result), 1, "%s: %s", hostname, query);
	return arena_strdup(arena, PQgetvalue(result, 0, 0));
}

static const char *
replace(const char *text, const char *part, const char *by)
{
	const char *at = strstr(text, part);

	return at == NULL ? text
	    : arena_printf(arena, "%.*s%s%s", (int)(at - text), text, by, at + strlen(part));
}

/* "VERB WORD…", where @ stands for the hostname, VALUE for the value that
 * proves it, and PATH for where its web server has to have it. */
static void
do_deed(const char *hostname, const char *deed)
{
	const char *words[MAX_WORDS + 1] = { NULL };
	char *rest = arena_strdup(arena, deed);
	int count = 0;

	for (char *word; (word = strsep(&rest, " ")) != NULL && count < MAX_WORDS;) {
		words[count] = replace(word, "@", hostname);
		words[count] = replace(words[count], "VALUE", one("select ownership_value::text"
		    " from certwright.custom_hostname where hostname = $1", hostname));
		words[count] = replace(words[count], "PATH", one("select '/.well-known/cf-custom-hostname-challenge/'"
		    " || id from certwright.custom_hostname where hostname = $1", hostname));
		count++;
	}
	lab_call(words[0], words + 1);
}

static void
bring(const struct customer *customers, size_t count)
{
	for (const struct customer *c = customers; c < customers + count; c++) {
		if (is_left_out(c)) {
			fprintf(stderr, "%s IS LEFT OUT: THERE IS NO IPv6 HERE\n", c->hostname);
			continue;
		}
		sql_do(place.sql, arena_printf(arena, "select certwright.create_custom_hostname(z.id,"
		    " jsonb_build_object('hostname', $1::text)) from certwright.zone z where z.name = '%s'", c->zone),
		    c->hostname);
		for (int i = 0; i < MAX_DEEDS && c->deeds[i] != NULL; i++)
			do_deed(c->hostname, c->deeds[i]);
	}
}

/* A daemon that needs no port, so that other tests can have them. */
static struct daemon
look_at_all(const char *resolver)
{
	struct daemon d = daemon_start("proofs", place.database, "--challenge-listen", "", "--dns-listen", "",
	    "--admin-listen", "", "--edge-directory", "", "--edge-probe", "", "--resolvers", resolver, NULL);

	cr_assert(sql_becomes_true(place.sql, "select bool_and(exists (select from certwright.attempt_history a"
	    " where a.flow = 'hostname' and a.subject_id = h.id)) from certwright.hostname_overview h", NULL, LOOK_MS),
	    "not every hostname was looked at");
	return d;
}

/* ---- proofs -------------------------------------------------------------------- */

#define TXT	"dns_add _cf-custom-hostname.@ TXT VALUE"
#define SERVE	"serve_http @ PATH VALUE"
#define WEB4	"dns_add @ A 127.0.0.2"
#define WEB6	"dns_add @ AAAA ::1"
#define POINT	"dns_point @"

static void
assert_all_are_active(const struct customer *customers, size_t count)
{
	for (const struct customer *c = customers; c < customers + count; c++)
		if (!is_left_out(c))
			cr_expect_str_eq(one("select concat_ws(' ', h.status, a.outcome, a.code)"
			    " from certwright.hostname_overview h join certwright.attempt_history a"
			    " on a.subject_id = h.id where h.hostname = $1 order by a.at limit 1", c->hostname),
			    "active go:active", "%s", c->hostname);
}

Test(proofs, each_proof_makes_a_hostname_active_at_the_first_look)
{
	static const struct customer customers[] = {
		{ "txt.well.customer.test", "shop", NULL, { TXT }, false },
		{ "elsewhere.well.customer.test", "shop", NULL,
		  { TXT, "dns_add @ CNAME www.provider.test." }, false },
		{ "http4.well.customer.test", "shop", NULL, { WEB4, SERVE }, false },
		{ "http6.well.customer.test", "shop", NULL, { WEB6, SERVE }, true },
		{ "http46.well.customer.test", "shop", NULL, { WEB4, WEB6, SERVE }, true },
		{ "cname.well.customer.test", "shop", NULL, { POINT }, false },
		{ "chain.well.customer.test", "shop", NULL,
		  { "dns_add @ CNAME cname.well.customer.test." }, false },
		{ "apex.test", "apex", NULL, { "dns_add @ A 127.0.53.1" }, false },
		{ "apex4.well.customer.test", "apex4", NULL,
		  { "dns_add @ A 127.0.53.1", "dns_add @ A 127.0.53.2" }, false },
		{ "apex6.well.customer.test", "apex", NULL, { WEB6 }, true },
		{ "apex46.well.customer.test", "apex", NULL, { WEB6, "dns_add @ A 127.0.53.1" }, true },
		{ "cname.signed.test", "shop", NULL, { POINT }, false },
		{ "txt.signed.test", "shop", NULL, { TXT }, false },
		{ "txt.half.test", "shop", NULL, { TXT }, false },
	};
	enum { COUNT = sizeof customers / sizeof customers[0] };
	struct daemon d;

	bring(customers, COUNT);
	d = look_at_all(lab("LAB_RESOLVER"));
	assert_all_are_active(customers, COUNT);
	daemon_stop(&d, 10000);
}

Test(proofs, a_resolver_is_asked_over_ipv6)
{
	static const struct customer customers[] = {
		{ "txt.six.customer.test", "shop", NULL, { TXT }, true },
		{ "cname.six.customer.test", "shop", NULL, { POINT }, true },
		{ "http.six.customer.test", "shop", NULL, { WEB6, SERVE }, true },
	};
	enum { COUNT = sizeof customers / sizeof customers[0] };
	struct daemon d;

	if (is_left_out(&customers[0]))
		cr_skip_test("there is no IPv6 here");
	bring(customers, COUNT);
	d = look_at_all(lab("LAB_RESOLVER_6"));
	assert_all_are_active(customers, COUNT);
	daemon_stop(&d, 10000);
}

/* ---- what customers are told ----------------------------------------------------- */

/* The look found it, the advice is what the provider hears, and nothing is
 * proven by it. */
static void
assert_is_told(const struct customer *c)
{
	const char *query = arena_printf(arena, "select concat_ws(' ', h.status, f ->> 'code') from certwright.custom_hostname h"
	    " cross join json_array_elements(h.findings) f where h.hostname = $1 and f ->> 'code' = '%s'"
	    " and exists (select from certwright.dns_instructions(h.zone_id, h.id) i"
	    " where i.fix = f ->> 'fix' and i.state = 'required') limit 1", c->code);
	auto_result *found = sql_rows(place.sql, query, c->hostname);

	cr_expect_eq(PQntuples(found), 1, "%s is not told %s but %s", c->hostname, c->code,
	    one("select findings::text from certwright.custom_hostname where hostname = $1", c->hostname));
	if (PQntuples(found) == 1)
		cr_expect_str_eq(PQgetvalue(found, 0, 0), arena_printf(arena, "pending %s", c->code));
}

Test(proofs, each_trouble_that_a_look_finds_is_told_by_its_code)
{
	static const struct customer customers[] = {
		{ "absent.ill.customer.test", "shop", "no_such_name", { NULL }, false },
		{ "missing.ill.customer.test", "shop", "value_missing", { NULL }, false },
		{ "nothing.ill.customer.test", "shop", "no_address", { "dns_add @ TXT hello" }, false },
		{ "other.ill.customer.test", "shop", "wrong_target", { "dns_add @ CNAME www.provider.test." }, false },
		{ "url.ill.customer.test", "shop", "target_has_scheme",
		  { "dns_add @ CNAME https://customers.provider.test." }, false },
		{ "loop.ill.customer.test", "shop", "cname_loop",
		  { "dns_add @ CNAME back.@.", "dns_add back.@ CNAME @." }, false },
		{ "self.ill.customer.test", "shop", "cname_loop", { "dns_add @ CNAME @." }, false },
		{ "address.ill.customer.test", "apex", "address_not_ours", { WEB4 }, false },
		{ "some.ill.customer.test", "apex", "some_addresses_not_ours",
		  { WEB4, "dns_add @ A 127.0.53.1" }, false },
		{ "six.ill.customer.test", "apex4", "some_addresses_not_ours",
		  { WEB6, "dns_add @ A 127.0.53.1" }, true },
		{ "value.ill.customer.test", "shop", "value_wrong", { "dns_add _cf-custom-hostname.@ TXT hello" }, false },
		{ "quoted.ill.customer.test", "shop", "value_quoted",
		  { "dns_add _cf-custom-hostname.@ TXT \"\\\"VALUE\\\"\"" }, false },
		{ "www.lame.test", "shop", "dns_servfail", { NULL }, false },
		{ "ill.bogus.test", "shop", "dns_bogus", { POINT }, false },
	};
	enum { COUNT = sizeof customers / sizeof customers[0] };
	struct daemon d;

	bring(customers, COUNT);
	d = look_at_all(lab("LAB_RESOLVER"));
	for (int i = 0; i < COUNT; i++)
		if (!is_left_out(&customers[i]))
			assert_is_told(&customers[i]);
	daemon_stop(&d, 10000);
}

/* Who reads the history finds the finding that says most. */
Test(proofs, the_history_has_the_worst_finding_and_what_was_seen)
{
	static const struct customer customers[] = {
		{ "other.past.customer.test", "shop", "wrong_target",
		  { "dns_add @ CNAME www.provider.test.", "dns_add _cf-custom-hostname.@ TXT hello" }, false },
		{ "loop.past.customer.test", "shop", "cname_loop", { "dns_add @ CNAME @." }, false },
		{ "www.lame.test", "shop", "dns_servfail", { NULL }, false },
		{ "past.bogus.test", "shop", "dns_bogus", { POINT }, false },
	};
	enum { COUNT = sizeof customers / sizeof customers[0] };
	struct daemon d;

	bring(customers, COUNT);
	d = look_at_all(lab("LAB_RESOLVER"));
	for (int i = 0; i < COUNT; i++)
		cr_expect_str_eq(one("select code from certwright.attempt_history where hostname = $1 limit 1",
		    customers[i].hostname), customers[i].code, "%s", customers[i].hostname);
	cr_expect_not_null(strstr(one("select found from certwright.attempt_history where hostname = $1 limit 1",
	    "other.past.customer.test"), "www.provider.test"));
	daemon_stop(&d, 10000);
}

/* ---- certwright check -------------------------------------------------------------- */

static struct ran
check(const struct customer *c)
{
	return run_certwright(place.database, "check", c->hostname, "--zone", c->zone, "--config", lab("LAB_CONFIG"), NULL);
}

Test(proofs, each_trouble_is_told_by_check)
{
	static const struct customer customers[] = {
		{ "absent.check.customer.test", "shop", "no_such_name", { NULL }, false },
		{ "double.check.customer.test", "shop", "name_doubled",
		  { "dns_add _cf-custom-hostname.@.customer.test TXT VALUE" }, false },
		{ "x.wild.check.customer.test", "shop", "wildcard_answers",
		  { "dns_add *.wild.check.customer.test CNAME www.provider.test." }, false },
		{ "check.split.test", "shop", "servers_disagree",
		  { "dns_add @ CNAME customers.provider.test.",
		    "dns_other_server dns_add @ CNAME www.provider.test." }, false },
		{ "check.half.test", "shop", "server_lame", { "dns_add @ CNAME www.provider.test." }, false },
		{ "late.memory.test", "shop", "negative_cached",
		  { "resolve @ A", "resolve @ AAAA", POINT }, false },
		{ "check.bogus.test", "shop", "dns_bogus", { POINT }, false },
		{ "redirect.check.customer.test", "shop", "http_redirect", { WEB4, SERVE, "redirect_http @" }, false },
		{ "body.check.customer.test", "shop", "http_wrong_body", { WEB4, "serve_http @ PATH hello" }, false },
		{ "forbid.check.customer.test", "shop", "http_blocked", { WEB4, SERVE, "forbid_http @" }, false },
		{ "six.check.customer.test", "shop", "http_ipv6_broken",
		  { WEB4, WEB6, SERVE, "hang_up_http @ ::1" }, true },
	};
	enum { COUNT = sizeof customers / sizeof customers[0] };

	bring(customers, COUNT);
	for (int i = 0; i < COUNT; i++) {
		const struct customer *c = &customers[i];

		if (is_left_out(c))
			continue;
		auto_ran ran = check(c);

		cr_expect_eq(ran.code, 6, "%s: %d %s", c->hostname, ran.code, ran.err);
		cr_expect_not_null(strstr(ran.out, c->code), "%s is not told %s but:\n%s", c->hostname, c->code, ran.out);
	}
}

Test(proofs, check_finds_nothing_wrong_with_who_points_here)
{
	static const struct customer well = { "well.check.customer.test", "shop", NULL, { POINT }, false };

	bring(&well, 1);
	auto_ran ran = check(&well);

	cr_assert_eq(ran.code, 0, "%s%s", ran.out, ran.err);
}

/* Its records are right, and help nothing. */
Test(proofs, check_says_first_that_a_hostname_is_not_looked_at)
{
	static const struct customer blocked = { "held.check.customer.test", "shop", "held", { POINT }, false };
	static const struct customer moved = { "left.check.customer.test", "shop", "refresh_needed", { POINT }, false };

	sql_do(place.sql, "select certwright.hold_name($1, false, 'its owner')", blocked.hostname);
	bring(&blocked, 1);
	bring(&moved, 1);
	sql_do(place.sql, "update certwright.custom_hostname set status = 'moved', code = 'schedule_used_up' where hostname = $1",
	    moved.hostname);
	auto_ran held = check(&blocked);
	auto_ran left = check(&moved);

	cr_expect_eq(held.code, 6, "%s%s", held.out, held.err);
	cr_expect_not_null(strstr(held.out, "status: the owner of the name forbids to claim it"), "%s", held.out);
	cr_expect_not_null(strstr(held.out, "contact the owner of this domain to have the hold removed. Nothing in the DNS helps"),
	    "%s", held.out);
	cr_expect_eq(left.code, 6, "%s%s", left.out, left.err);
	cr_expect_not_null(strstr(left.out, "moved: the hostname was not validated within"), "%s", left.out);
	cr_expect_not_null(strstr(left.out, "Run certwright refresh left.check.customer.test"), "%s", left.out);
	cr_expect_null(strstr(left.out, "all is well"), "%s", left.out);
}

/* A fallback origin that leads nowhere yet is not advised, nor a name twice. */
Test(proofs, check_expects_each_target_once)
{
	static const struct customer c = { "twice.check.customer.test", "shop", "no_such_name", { NULL }, false };

	sql_do(place.sql, "update certwright.zone set cname_targets = $1::text[], fallback_origin = 'nowhere.provider.test',"
	    " fallback_status = 'initializing' where name = 'shop'",
	    "{*.sites.provider.test,customers.provider.test,customers.provider.test}");
	bring(&c, 1);
	auto_ran ran = check(&c);

	cr_expect_eq(ran.code, 6, "%s", ran.err);
	cr_expect_not_null(strstr(ran.out,
	    "  expected  CNAME twice-check-customer-test.sites.provider.test or customers.provider.test\n"), "%s", ran.out);
}

/* Beside a CNAME there could be no CAA record, hence the addresses. */
Test(proofs, check_says_who_may_issue_and_what_a_caa_record_lacks)
{
	static const char name[] = "caa.check.customer.test";

	place_add_ca_and_webhook(&place);
	sql_do(place.sql, "update certwright.certificate_authority set caa_identities = array[$1]", "lab.test");
	sql_do(place.sql, "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text,"
	    " 'ssl', '{\"method\": \"http\", \"type\": \"dv\"}'::jsonb)) from certwright.zone z where z.name = 'apex4'", name);
	do_deed(name, "dns_add @ A 127.0.53.1");
	auto_ran well = run_certwright(place.database, "check", name, "--config", lab("LAB_CONFIG"), NULL);
	do_deed(name, "dns_add @ CAA 0 issue \"other.test\"");
	auto_ran ill = run_certwright(place.database, "check", name, "--config", lab("LAB_CONFIG"), NULL);

	cr_expect_not_null(strstr(well.out, "caa "), "%s%s", well.out, well.err);
	cr_expect_null(strstr(well.out, "caa_"), "%s%s", well.out, well.err);
	cr_expect_eq(ill.code, 6, "%s%s", ill.out, ill.err);
	cr_expect_not_null(strstr(ill.out, "caa: a CAA record forbids every certificate authority"), "%s", ill.out);
	cr_expect_not_null(strstr(ill.out, "Add the record caa.check.customer.test. CAA 0 issue \"lab.test\"."), "%s", ill.out);
}
