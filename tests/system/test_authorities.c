/*
 * Each certificate authority of the lab issues: an ordinary hostname, shown by
 * HTTP, and a wildcard, shown by TXT records, both with both kinds of key.  The
 * edge serves what comes of it, up to this authority's own root.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "tests/system/command.h"
#include "tests/system/daemon.h"

enum { ISSUE_MS = 90000, STOP_MS = 10000 };

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

TestSuite(authorities, .init = begin, .fini = finish, .timeout = 300);

/* ---- the provider and its customers ------------------------------------------ */

/* LAB_CA2_<name> of "2", LAB_CADDY_<name> of "caddy"; NULL if it is not there. */
static const char *
lab_of(const char *ca, const char *name)
{
	return getenv(strcmp(ca, "caddy") == 0 ? arena_printf(arena, "LAB_CADDY_%s", name)
	    : arena_printf(arena, "LAB_CA%s_%s", ca, name));
}

static void
add_authority(const char *ca, const char *name, const char *preference)
{
	const char *kid = lab_of(ca, "EAB_KID");
	auto_ran ran = run_certwright(place.database, "ca", "add", name, "--directory", lab_of(ca, "DIRECTORY"),
	    "--trust", lab_of(ca, "TRUST"), "--preference", preference, "--config", lab("LAB_CONFIG"),
	    kid != NULL ? "--eab-kid" : NULL, kid, "--eab-hmac-file", lab_of(ca, "EAB_HMAC_FILE"), NULL);

	cr_assert_eq(ran.code, 0, "%s", ran.err);
}

static void
bring(const char *hostname, bool wildcard)
{
	lab_call("dns_point", (const char *const[]){ hostname, NULL });
	sql_do(place.sql, wildcard
	    ? "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text, 'ssl',"
	      " '{\"method\": \"txt\", \"type\": \"dv\", \"wildcard\": true}'::jsonb)) from certwright.zone z"
	    : "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text, 'ssl',"
	      " '{\"method\": \"http\", \"type\": \"dv\"}'::jsonb)) from certwright.zone z", hostname);
}

/* ---- TXT records, as they are asked for ---------------------------------------- */

#define RECORDS	"(select r ->> 'txt_name' as name, r ->> 'txt_value' as value" \
	" from certwright.custom_hostname h join certwright.zone z on z.id = h.zone_id," \
	" jsonb_array_elements(certwright.get_custom_hostname(z.id, h.id) #> '{ssl,validation_records}') r" \
	" where h.hostname = $1 and r ->> 'txt_value' is not null)"
#define IS_ACTIVE "exists (select from certwright.hostname_overview where hostname = $1 and status = 'active'" \
	" and ssl_status = 'active')"

/* The customer publishes what is shown and asks for another look. */
static void
publish_new_records(const char *hostname)
{
	auto_result *rows = sql_rows(place.sql, "insert into published select distinct name, value from " RECORDS " r"
	    " on conflict do nothing returning name, value", hostname);

	for (int i = 0; i < PQntuples(rows); i++)
		lab_call("dns_add", (const char *const[]){ PQgetvalue(rows, i, 0), "TXT", PQgetvalue(rows, i, 1), NULL });
	sql_do(place.sql, "select certwright.edit_custom_hostname(zone_id, id,"
	    " '{\"ssl\": {\"method\": \"txt\", \"type\": \"dv\"}}')"
	    " from certwright.custom_hostname where hostname = $1", hostname);
}

static const char *
what_happened(void)
{
	auto_result *rows = sql_rows(place.sql, "select string_agg(concat_ws(' ', hostname, flow, state, outcome, code),"
	    " e'\\n' order by at) from certwright.attempt_history", NULL);

	return arena_strdup(arena, PQgetvalue(rows, 0, 0));
}

static void
publish_until_active(const char *hostname)
{
	bool is_active = false;

	sql_do(place.sql, "create temp table published (name text, value text, primary key (name, value))", NULL);
	while (!is_active) {
		cr_assert(sql_becomes_true(place.sql, "select " IS_ACTIVE " or exists (select from " RECORDS " r"
		    " where (name, value) not in (select name, value from published))", hostname, ISSUE_MS),
		    "%s:\n%s", hostname, what_happened());
		publish_new_records(hostname);
		is_active = sql_number(place.sql, "select (" IS_ACTIVE ")::integer", hostname) == 1;
	}
}

/* ---- what the edge serves -------------------------------------------------------- */

static void
assert_is_served(const char *name, const char *ca)
{
	lab_call("is_served", (const char *const[]){ name, "ecdsa", ca, NULL });
	lab_call("is_served", (const char *const[]){ name, "rsa", ca, NULL });
}

/* All of it by `ca`, though another is preferred unless the zone says so. */
static void
issue_all_by(const char *ca, const char *other)
{
	const char *web = arena_printf(arena, "web-%s.customer.test", ca);
	const char *wild = arena_printf(arena, "wild-%s.customer.test", ca);
	struct daemon d;

	add_authority(ca, "wanted", "9");
	add_authority(other, "other", "1");
	sql_do(place.sql, "select certwright.edit_zone(id, '{\"certificate_authorities\": [\"wanted\"]}')"
	    " from certwright.zone", NULL);
	bring(web, false);
	bring(wild, true);
	d = daemon_start("authorities", place.database, NULL);
	publish_until_active(wild);
	cr_assert(sql_becomes_true(place.sql, "select " IS_ACTIVE, web, ISSUE_MS), "%s:\n%s", web, what_happened());
	assert_is_served(web, ca);
	assert_is_served(wild, ca);
	assert_is_served(arena_printf(arena, "any.%s", wild), ca);
	cr_assert_eq(sql_number(place.sql, "select count(*) from certwright.certificate_overview"
	    " where certificate_authority = 'wanted' and serial_number is not null", NULL), 4);
	daemon_stop(&d, STOP_MS);
}

static void
issue_all_if_there(const char *ca, const char *why_not)
{
	if (lab_of(ca, "DIRECTORY") == NULL)
		cr_skip_test("%s", why_not);
	issue_all_by(ca, "1");
}

/* ---- the authorities ------------------------------------------------------------- */

Test(authorities, a_pebble_with_two_roots_issues)
{
	issue_all_by("1", "3");
}

Test(authorities, a_pebble_that_must_know_its_customers_and_forgets_nonces_issues)
{
	issue_all_by("2", "1");
}

Test(authorities, a_plain_pebble_issues)
{
	issue_all_by("3", "1");
}

Test(authorities, a_pebble_of_a_later_version_issues)
{
	issue_all_if_there("4", "NO NEWER PEBBLE COULD BE FETCHED: see tools/lab/fetch-newer-pebble");
}

Test(authorities, caddy_issues)
{
	issue_all_if_there("caddy", "CADDY NEEDS A NETWORK OF ITS OWN: see tools/lab/own-network");
}
