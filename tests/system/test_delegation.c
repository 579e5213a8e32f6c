/*
 * The customer sets one CNAME, and certificates come and are renewed without it,
 * by each way in which the provider can have its delegation domain answered:
 * by certwright itself, by BIND and by Knot, which take updates, and by
 * PowerDNS, which reads the database.  Values of others stay where they are.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "tests/system/command.h"
#include "tests/system/daemon.h"

enum { ISSUE_MS = 90000, START_MS = 10000, STOP_MS = 10000 };

static struct place place;
static struct arena *arena;

static void
begin(void)
{
	lab_hold_challenges();
	arena = arena_new(1 << 20);
	place = place_make();
	place_add_ca_and_webhook(&place);
}

static void
finish(void)
{
	place_give_back(&place);
	arena_free(arena);
}

TestSuite(delegation, .init = begin, .fini = finish, .timeout = 300);

#define CALL(verb, ...) lab_call(verb, (const char *const[]){ __VA_ARGS__, NULL })

static const char *
value(const char *query, const char *argument)
{
	auto_result *rows = sql_rows(place.sql, query, argument);

	cr_assert_eq(PQntuples(rows), 1, "%s", query);
	return arena_strdup(arena, PQgetvalue(rows, 0, 0));
}

static const char *
what_happened(void)
{
	return value("select string_agg(concat_ws(' ', hostname, flow, state, outcome, code, detail), e'\\n' order by at)"
	    " from certwright.attempt_history", NULL);
}

static void
await(const char *query, const char *argument)
{
	cr_assert(sql_becomes_true(place.sql, query, argument, ISSUE_MS), "%s\n%s\n%s", query, argument, what_happened());
}

/* ---- the provider and its customers ------------------------------------------------ */

/* How the delegation domain is answered; a key only where it is updated. */
struct way {
	const char *name, *domain, *servers, *server, *key;
};

static struct daemon
start(const struct way *way)
{
	struct daemon d = way->server == NULL
	    ? daemon_start("delegation", place.database, "--dcv-domain", way->domain, "--dcv-nameservers", way->servers, NULL)
	    : daemon_start("delegation", place.database, "--dcv-domain", way->domain, "--dcv-nameservers", way->servers,
		"--dns-listen", "", "--dcv-update-server", way->server, "--dcv-update-key-file", way->key, NULL);

	cr_assert(sql_becomes_true(place.sql, "select exists (select from certwright.setting where name = 'dcv_domain'"
	    " and value = $1)", way->domain, START_MS), "the daemon did not start; see %s", d.log);
	return d;
}

/* A hostname that is validated by TXT.  A wildcard points at us; the other one is
 * still at the customer's own web server, so that no token can be had by HTTP,
 * and its owner is known by a TXT record. */
static void
bring(const char *hostname, bool wildcard)
{
	if (wildcard)
		CALL("dns_point", hostname);
	else
		CALL("dns_add", hostname, "A", lab("LAB_CUSTOMER_ADDRESS"));
	sql_do(place.sql, wildcard
	    ? "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text, 'ssl',"
	      " '{\"method\": \"txt\", \"type\": \"dv\", \"wildcard\": true}'::jsonb)) from certwright.zone z"
	    : "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text, 'ssl',"
	      " '{\"method\": \"txt\", \"type\": \"dv\"}'::jsonb)) from certwright.zone z", hostname);
}

/* The one thing that it ever does for its certificates. */
static void
delegate(const char *hostname, bool wildcard)
{
	CALL("dns_delegate", hostname, place.database);
	if (!wildcard)
		CALL("dns_add", arena_printf(arena, "_cf-custom-hostname.%s", hostname), "TXT",
		    value("select certwright.get_custom_hostname(zone_id, id) #>> '{ownership_verification,value}'"
		    " from certwright.custom_hostname where hostname = $1", hostname));
	sql_do(place.sql, "select certwright.refresh_custom_hostname(zone_id, id) from certwright.custom_hostname"
	    " where hostname = $1", hostname);
}

static const char *
target(const char *hostname)
{
	return value("select certwright.delegation_target(h.hostname, z.dcv_delegation_id) from certwright.custom_hostname h"
	    " join certwright.zone z on z.id = h.zone_id where h.hostname = $1", hostname);
}

#define ATTACHED(sql) "select " sql " from certwright.custom_hostname h join certwright.certificate c" \
	" on c.custom_hostname_id = h.id where h.hostname = $1"

static void
await_certificate(const char *hostname, bool wildcard)
{
	await(ATTACHED("c.status = 'active' and h.status = 'active'"), hostname);
	cr_expect_str_eq(value(ATTACHED("c.is_delegated"), hostname), "t", "%s", hostname);
	for (int i = 0; i < 2; i++) {
		CALL("is_served", hostname, i == 0 ? "ecdsa" : "rsa", "1");
		if (wildcard)
			CALL("is_served", arena_printf(arena, "any.%s", hostname), i == 0 ? "ecdsa" : "rsa", "1");
	}
}

static void
renew(const char *hostname, bool wildcard)
{
	const char *old = value(ATTACHED("c.id"), hostname);
	auto_ran ran = run_certwright(place.database, "renew", hostname, NULL);

	cr_assert_eq(ran.code, 0, "%s", ran.err);
	await("select exists (select from certwright.custom_hostname h join certwright.certificate c"
	    " on c.custom_hostname_id = h.id where c.status = 'active' and c.id <> $1::uuid)"
	    " and (select status = 'deleted' from certwright.certificate where id = $1::uuid)", old);
	await_certificate(hostname, wildcard);
}

/* ---- what becomes of it --------------------------------------------------------------- */

/* A wildcard and a plain hostname, each issued and then renewed. */
static void
live(const struct way *way)
{
	const char *wild = arena_printf(arena, "wild-%s.customer.test", way->name);
	const char *plain = arena_printf(arena, "plain-%s.customer.test", way->name);

	bring(wild, true);
	bring(plain, false);
	delegate(wild, true);
	delegate(plain, false);
	if (way->server != NULL)
		CALL("others_add", way->server, target(wild), "of-somebody-else");
	await_certificate(wild, true);
	await_certificate(plain, false);
	renew(wild, true);
	renew(plain, false);
	/* both values of the wildcard were asked for by delegation, none by hand */
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.challenge", NULL), 0);
	if (way->server == NULL)
		return;
	await("select not exists (select from certwright.publication_value) and $1 <> ''", wild);
	CALL("is_published", way->server, target(wild), "of-somebody-else");
	CALL("is_published", way->server, target(plain));
	CALL("others_remove", way->server, target(wild), "of-somebody-else");
}

static void
run_way(const struct way *way)
{
	struct daemon d = start(way);

	live(way);
	cr_assert_not(daemon_said(&d, "PRIVATE KEY"));
	daemon_stop(&d, STOP_MS);
}

Test(delegation, certwright_answers_by_itself)
{
	run_way(&(struct way){ .name = "own", .domain = lab("LAB_DCV_DOMAIN"), .servers = lab("LAB_DCV_NAMESERVERS") });
}

Test(delegation, bind_is_updated)
{
	run_way(&(struct way){ .name = "bind", .domain = lab("LAB_BIND_DOMAIN"), .servers = "ns1.elsewhere.test",
		.server = lab("LAB_BIND"), .key = lab("LAB_BIND_KEY_FILE") });
}

Test(delegation, knot_is_updated)
{
	run_way(&(struct way){ .name = "knot", .domain = lab("LAB_KNOT_DOMAIN"), .servers = "ns1.elsewhere.test",
		.server = lab("LAB_UPDATED_KNOT"), .key = lab("LAB_KNOT_KEY_FILE") });
}

/* The daemon listens for questions as well, but for a domain that is not asked
 * of it: the resolver knows PowerDNS as its server. */
Test(delegation, powerdns_reads_the_database)
{
	const struct way way = { .name = "pdns", .domain = lab("LAB_PDNS_DOMAIN"), .servers = lab("LAB_PDNS_NAMESERVERS") };
	struct daemon d = start(&way);

	CALL("pdns_start", place.database);
	live(&way);
	CALL("pdns_stop", "now");
	daemon_stop(&d, STOP_MS);
}

/* Nothing is published, and it is said why. */
Test(delegation, a_key_that_the_name_server_does_not_know_is_told)
{
	const struct way way = { .name = "key", .domain = lab("LAB_KNOT_DOMAIN"), .servers = "ns1.elsewhere.test",
		.server = lab("LAB_UPDATED_KNOT"), .key = lab("LAB_BIND_KEY_FILE") };
	struct daemon d = start(&way);

	bring("plain-key.customer.test", false);
	delegate("plain-key.customer.test", false);
	await("select exists (select from certwright.publication where hostname = $1 and code is not null)",
	    "plain-key.customer.test");
	cr_expect_str_eq(value("select code from certwright.publication where hostname = $1", "plain-key.customer.test"),
	    "publish_refused");
	CALL("is_published", way.server, target("plain-key.customer.test"));
	cr_assert_not(daemon_said(&d, "secret"));
	daemon_stop(&d, STOP_MS);
}

/* ---- the customer moves to us while nobody answers ----------------------------------------- */

/* What was shown before a restart is shown after it: the order goes on. */
Test(delegation, a_restart_in_between_changes_nothing)
{
	const struct way way = { .name = "again", .domain = lab("LAB_DCV_DOMAIN"), .servers = lab("LAB_DCV_NAMESERVERS") };
	struct daemon d = start(&way);
	const char *values;

	bring("wild-again.customer.test", true);
	await("select count(*) = 2 from certwright.challenge where $1 <> '' and voided_at is null", "-");
	values = value("select string_agg(txt_value, ' ' order by txt_value) from certwright.challenge", NULL);
	daemon_kill(&d);
	d = start(&way);
	cr_expect_str_eq(value("select string_agg(txt_value, ' ' order by txt_value) from certwright.challenge", NULL), values);
	delegate("wild-again.customer.test", true);
	await_certificate("wild-again.customer.test", true);
	daemon_stop(&d, STOP_MS);
}
