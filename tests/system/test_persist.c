/*
 * dns-persist-01: the customer publishes one record that stays, and
 * certificates come and are renewed without it, with no _acme-challenge and no
 * delegation.  Only the later Pebble offers it.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "tests/system/command.h"
#include "tests/system/daemon.h"

enum { ISSUE_MS = 90000, STOP_MS = 10000 };

#define HOST	"wild-persist.customer.test"
#define RECORD	"_validation-persist." HOST

static struct place place;
static struct arena *arena;

static void
begin(void)
{
	lab_hold_challenges();
	arena = arena_new(1 << 20);
	place = place_make();
}

static void
finish(void)
{
	place_give_back(&place);
	arena_free(arena);
}

TestSuite(persist, .init = begin, .fini = finish, .timeout = 300);

#define CALL(verb, ...) lab_call(verb, (const char *const[]){ __VA_ARGS__, NULL })

static const char *
value(const char *query, const char *argument)
{
	auto_result *rows = sql_rows(place.sql, query, argument);

	cr_assert_eq(PQntuples(rows), 1, "%s", query);
	return arena_strdup(arena, PQgetvalue(rows, 0, 0));
}

static void
await(const char *query, const char *argument)
{
	cr_assert(sql_becomes_true(place.sql, query, argument, ISSUE_MS), "%s\n%s\n%s", query, argument,
	    value("select string_agg(concat_ws(' ', hostname, flow, state, outcome, code, detail), e'\\n' order by at)"
		" from certwright.attempt_history", NULL));
}

#define ATTACHED(sql) "select " sql " from certwright.custom_hostname h join certwright.certificate c" \
	" on c.custom_hostname_id = h.id where h.hostname = $1"
#define INSTRUCTIONS "from certwright.custom_hostname h" \
	" cross join lateral certwright.dns_instructions(h.zone_id, h.id) i where h.hostname = $1"

static void
bring(void)
{
	auto_ran ca = run_certwright(place.database, "ca", "add", "later", "--directory", lab("LAB_CA4_DIRECTORY"),
	    "--trust", lab("LAB_CA4_TRUST"), "--config", lab("LAB_CONFIG"), NULL);

	cr_assert_eq(ca.code, 0, "%s", ca.err);
	CALL("dns_point", HOST);
	sql_do(place.sql, "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text, 'ssl',"
	    " '{\"method\": \"txt\", \"type\": \"dv\", \"wildcard\": true}'::jsonb)) from certwright.zone z", HOST);
}

static void
look_again(void)
{
	sql_do(place.sql, "select certwright.refresh_custom_hostname(zone_id, id) from certwright.custom_hostname"
	    " where hostname = $1", HOST);
}

#define LOOKS "from certwright.attempt_history where flow = 'certificate' and code = 'token_missing'"

/* A record that permits no wildcard is looked at, and the CA is told of nothing. */
static void
publish_half(const char *record)
{
	const char *half = arena_strndup(arena, record, strlen(record) - strlen("; policy=wildcard")), *looks;

	await("select count(*) > $1::bigint " LOOKS, "0");
	looks = value("select count(*) " LOOKS, NULL);
	CALL("dns_add", RECORD, "TXT", arena_printf(arena, "\"%s\"", half));
	look_again();
	await("select count(*) > $1::bigint " LOOKS, looks);
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.challenge where status <> 'pending'", NULL), 0);
}

/* What the customer is told to publish once, and what stands for it meanwhile. */
static void
publish_what_is_shown(void)
{
	const char *record;

	await("select exists (select " INSTRUCTIONS " and i.purpose = 'persistent')", HOST);
	cr_expect_str_eq(value("select concat_ws(' ', i.type, i.name, i.state) " INSTRUCTIONS
	    " and i.purpose = 'persistent'", HOST), "TXT " RECORD " required");
	cr_expect_eq(sql_number(place.sql, "select count(*) " INSTRUCTIONS
	    " and i.purpose = 'certificate' and i.state = 'required'", HOST), 2);
	record = value("select i.value " INSTRUCTIONS " and i.purpose = 'persistent'", HOST);
	cr_expect_str_eq(record, arena_printf(arena, "ca4.provider.test; accounturi=%s; policy=wildcard",
	    value("select account_url from certwright.certificate_authority where name = $1", "later")));
	auto_ran status = run_certwright(place.database, "status", HOST, NULL);
	cr_expect_not_null(strstr(status.out, record), "%s", status.out);
	publish_half(record);
	CALL("dns_add", RECORD, "TXT", arena_printf(arena, "\"%s\"", record));
	look_again();
}

static void
await_certificate(void)
{
	await(ATTACHED("c.status = 'active' and h.status = 'active'"), HOST);
	for (int i = 0; i < 2; i++) {
		CALL("is_served", HOST, i == 0 ? "ecdsa" : "rsa", "4");
		CALL("is_served", "any." HOST, i == 0 ? "ecdsa" : "rsa", "4");
	}
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.challenge", NULL), 0);
}

static void
renew(void)
{
	const char *old = value(ATTACHED("c.id"), HOST);
	auto_ran ran = run_certwright(place.database, "renew", HOST, NULL);

	cr_assert_eq(ran.code, 0, "%s", ran.err);
	await("select exists (select from certwright.custom_hostname h join certwright.certificate c"
	    " on c.custom_hostname_id = h.id where c.status = 'active' and c.id <> $1::uuid)"
	    " and (select status = 'deleted' from certwright.certificate where id = $1::uuid)", old);
	await_certificate();
}

Test(persist, one_record_is_enough_for_a_wildcard_and_its_renewal)
{
	struct daemon d;

	if (getenv("LAB_CA4_DIRECTORY") == NULL)
		cr_skip_test("NO NEWER PEBBLE COULD BE FETCHED: see tools/lab/fetch-newer-pebble");
	bring();
	d = daemon_start("persist", place.database, NULL);
	publish_what_is_shown();
	await_certificate();
	renew();
	/* nobody had to look for anything else: nothing else was ever there */
	auto_ran others = run_program(arena_printf(arena, "kdig @127.0.0.3 -p %s +short _acme-challenge." HOST " ANY +notcp",
	    lab("LAB_DNS_PORT")));
	cr_expect_str_eq(others.out, "");
	cr_expect_str_eq(value(ATTACHED("c.is_delegated"), HOST), "f");
	daemon_stop(&d, STOP_MS);
}
