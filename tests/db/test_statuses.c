/*
 * The statuses of the documentation: each is taken by the filters of a list,
 * and each change from one to another is walked as it would happen.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

#define DAEMON "11111111-1111-4111-8111-111111111111"
#define EDIT "select certwright.edit_custom_hostname($1::uuid, $2::uuid, $3::jsonb)"
#define GET "select certwright.get_custom_hostname($1::uuid, $2::uuid)"
#define TXT "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}"
#define SAME "{\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}"

static const char *zone, *id;

static void
up(void)
{
	sql_up();
	zone = sql_zone("{\"cname_targets\":[\"edge.saas.net\"]}");
}

TestSuite(statuses, .init = up, .fini = sql_down, .timeout = 60);

/* ---- filters ------------------------------------------------------------------ */

static const char *const hostname_statuses[] = {
	"active", "pending", "active_redeploying", "moved", "pending_deletion", "deleted", "pending_blocked",
	"pending_migration", "pending_provisioned", "test_pending", "test_active", "test_active_apex", "test_blocked",
	"test_failed", "provisioned", "blocked",
};
static const char *const ssl_statuses[] = {
	"initializing", "pending_validation", "pending_issuance", "pending_deployment", "active", "pending_deletion",
	"deleted", "pending_expiration", "expired", "initializing_timed_out", "validation_timed_out",
	"issuance_timed_out", "deployment_timed_out", "deletion_timed_out", "pending_cleanup", "staging_deployment",
	"staging_active", "deactivating", "inactive", "backup_issued", "holding_deployment",
};
enum { HOSTNAME_STATUSES = 16, SSL_STATUSES = 21 };
_Static_assert(sizeof hostname_statuses / sizeof hostname_statuses[0] == HOSTNAME_STATUSES, "");
_Static_assert(sizeof ssl_statuses / sizeof ssl_statuses[0] == SSL_STATUSES, "");

/* What the filter finds, and what the objects say that they are. */
static const char *
found(const char *filter, const char *status, const char *path)
{
	return sql_value("select string_agg((h ->> 'hostname') || ' ' || (h #>> $4::text[]), ',') from jsonb_array_elements("
	    "certwright.list_custom_hostnames($1::uuid, jsonb_build_object($2::text, $3::text)) -> 'result') h",
	    zone, filter, status, path);
}

Test(statuses, each_hostname_status_is_a_filter)
{
	sql_do("insert into certwright.custom_hostname (zone_id, hostname, status)"
	    " select $1::uuid, s || '.customer.com', s from unnest(enum_range(null::certwright.hostname_status)) s", zone);
	cr_expect_eq(sql_number("select count(*) from certwright.custom_hostname"), HOSTNAME_STATUSES);
	for (size_t i = 0; i < HOSTNAME_STATUSES; i++) {
		const char *s = hostname_statuses[i];

		cr_expect_str_eq(found("hostname_status", s, "{status}"),
		    sql_value("select $1 || '.customer.com ' || $1::text", s), "%s", s);
	}
}

Test(statuses, each_certificate_status_is_a_filter)
{
	sql_do("with h as (insert into certwright.custom_hostname (zone_id, hostname, ssl) select $1::uuid,"
	    "  s || '.customer.com', true from unnest(enum_range(null::certwright.ssl_status)) s returning *)"
	    " insert into certwright.certificate (zone_id, custom_hostname_id, hostname, status, method, key_types)"
	    " select zone_id, id, hostname, split_part(hostname, '.', 1)::certwright.ssl_status, 'txt', '{p256}' from h", zone);
	cr_expect_eq(sql_number("select count(*) from certwright.certificate"), SSL_STATUSES);
	for (size_t i = 0; i < SSL_STATUSES; i++) {
		const char *s = ssl_statuses[i];

		cr_expect_str_eq(found("ssl_status", s, "{ssl,status}"),
		    sql_value("select $1 || '.customer.com ' || $1::text", s), "%s", s);
	}
}

static const struct unknown {
	const char *filter, *value;	/* as JSON */
} unknown[] = {
	{ "hostname_status", "\"gone\"" },
	{ "hostname_status", "\"Active\"" },
	{ "hostname_status", "\"active \"" },
	{ "hostname_status", "\"\"" },
	{ "hostname_status", "[\"active\",\"pending\"]" },
	{ "hostname_status", "true" },
	{ "hostname_status", "\"initializing\"" },		/* the other's */
	{ "ssl_status", "\"timed_out\"" },
	{ "ssl_status", "\"moved\"" },
	{ "ssl_status", "7" },
};

Test(statuses, an_unknown_status_is_refused_by_the_name_of_the_filter)
{
	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
		const struct unknown *u = &unknown[i];

		cr_expect_str_eq(sql_refusal("select certwright.list_custom_hostnames($1::uuid,"
		    " jsonb_build_object($2::text, $3::jsonb))", zone, u->filter, u->value), "X1400", "%s", u->value);
		cr_expect_str_eq(sql_value("select $1", sql_detail()), sql_value(
		    "select format('{\"status\":400,\"code\":1400,\"member\":\"%s\"}', $1::text)", u->filter));
	}
}

/* ---- what can happen to a hostname -------------------------------------------- */

static const char *
status(void)
{
	return sql_value("select status from certwright.custom_hostname where id = $1::uuid", id);
}

/* The verdict of a look at the hostname, as a daemon gives it. */
static void
look(const char *outcome, const char *next, const char *changes)
{
	sql_do("select certwright.lease_shards($1::uuid, 'a test')", DAEMON);
	cr_assert_eq(sql_number("select accepted from certwright.job j join certwright.shard s on s.id = j.shard"
	    " cross join certwright.finish_hostname($1::uuid, array[$2::uuid], array[j.shard]::bigint[], array[s.epoch],"
	    "  array[j.wakes]::bigint[], array[$3], array[$4], array[60::bigint], array[0::bigint], array[1::bigint],"
	    "  array['code'], array[null::text], array[null::text], array[3::bigint], array[true], array[nullif($5, '')],"
	    "  array[$5 = 'deleted'], array['a sentence'], array[$6])"
	    " where j.flow = 'hostname' and j.subject = $2::uuid", DAEMON, id, status(), outcome, next, changes), 1,
	    "no look at what is %s", status());
}

static void
becomes(const char *next)
{
	char outcome[40];

	snprintf(outcome, sizeof outcome, "go:%s", next);
	look(outcome, next, "{}");
}

static void
is_validated(void)
{
	becomes("active");
}

static void
is_moved(void)
{
	becomes("moved");
}

static void
is_moved_for_too_long(void)
{
	becomes("deleted");
}

static void
fails_once_more(void)
{
	look("retry", "", "{}");
}

static void
is_refreshed(void)
{
	sql_do(EDIT, zone, id, SAME);
}

static void
is_refreshed_by_an_empty_edit(void)
{
	sql_do(EDIT, zone, id, "{}");
}

static void
gets_metadata(void)
{
	sql_do(EDIT, zone, id, "{\"custom_metadata\":{\"a\":1}}");
}

static void
gets_an_origin(void)
{
	sql_do(EDIT, zone, id, "{\"custom_origin_server\":\"o.saas.net\"}");
}

static void
gets_a_setting(void)
{
	sql_do(EDIT, zone, id, "{\"ssl\":{\"settings\":{\"min_tls_version\":\"1.2\"}}}");
}

static void
is_held(void)
{
	sql_do("select certwright.hold_name('customer.com', true, 'asked by its owner')");
}

static void
is_held_alone(void)
{
	sql_do("select certwright.hold_name('shop.customer.com', false, null)");
}

static void
is_held_and_refreshed(void)
{
	is_held();
	is_refreshed();
}

static void
is_held_for_abuse(void)
{
	sql_do("select certwright.hold_name('customer.com', true, 'abuse: phishing')");
}

static void
is_released(void)
{
	sql_do("delete from certwright.hold");
}

static void
is_released_and_refreshed(void)
{
	is_released();
	is_refreshed();
}

/* A second zone has the name too, and is the last to validate it. */
static void
is_taken_over(void)
{
	const char *first = id;

	id = sql_hostname(sql_zone("{}"), TXT);
	is_validated();
	id = first;
}

static void
is_removed(void)
{
	sql_do("select certwright.delete_custom_hostname($1::uuid, $2::uuid)", zone, id);
}

/* A hostname in this status, by ways that are in the table below. */
static void
begin(const char *from)
{
	sql_do("delete from certwright.hold");
	id = sql_hostname(zone, TXT);
	if (strncmp(from, "active", 6) == 0)
		is_validated();
	if (strcmp(from, "active_redeploying") == 0)
		sql_do(EDIT, zone, id, "{\"custom_metadata\":{\"first\":true}}");
	if (strcmp(from, "moved") == 0 || strcmp(from, "deleted") == 0)
		is_moved();
	if (strcmp(from, "deleted") == 0)
		is_moved_for_too_long();
	if (strcmp(from, "blocked") == 0)
		is_held();
	cr_assert_str_eq(status(), from);
	sql_do("delete from certwright.delivery");
	sql_do("delete from certwright.event");
	sql_do("update certwright.job set attempts = 30, run_at = certwright.clock_now() + interval '4 hours'"
	    " where flow = 'hostname'");
}

enum due { RESTS, LATER, NOW };
static const char *const whens[] = { "it rests", "later", "now" };

static enum due
due(void)
{
	const char *is_due = sql_value("select run_at <= certwright.clock_now() from certwright.job"
	    " where flow = 'hostname' and subject = $1::uuid", id);

	return *is_due == '\0' ? RESTS : *is_due == 't' ? NOW : LATER;
}

static const struct change {
	const char *from;
	void (*what)(void);
	const char *to;
	const char *events;	/* of this hostname, without "custom_hostname." */
	enum due due;
} changes[] = {
	/* pending: waits for hostname validation */
	{ "pending", fails_once_more, "pending", "", LATER },
	{ "pending", is_refreshed, "pending", "refreshed", NOW },
	{ "pending", is_refreshed_by_an_empty_edit, "pending", "refreshed", NOW },
	{ "pending", gets_metadata, "pending", "", LATER },
	{ "pending", is_validated, "active", "activated", LATER },
	{ "pending", is_moved, "moved", "moved", LATER },		/* after the whole schedule */
	{ "pending", is_held, "blocked", "blocked", RESTS },
	{ "pending", is_held_alone, "blocked", "blocked", RESTS },
	{ "pending", is_held_for_abuse, "blocked", "blocked", RESTS },
	{ "pending", is_taken_over, "pending", "", LATER },
	{ "pending", is_removed, "deleted", "deleted", RESTS },
	/* active: has completed it */
	{ "active", is_refreshed, "active", "refreshed", NOW },
	{ "active", gets_metadata, "active_redeploying", "refreshed", NOW },
	{ "active", gets_an_origin, "active_redeploying", "refreshed", NOW },
	{ "active", gets_a_setting, "active_redeploying", "refreshed", NOW },
	{ "active", is_moved, "moved", "moved", LATER },		/* it no longer points here */
	{ "active", is_taken_over, "moved", "moved", NOW },
	{ "active", is_held, "active", "", LATER },			/* who has the name keeps it */
	{ "active", is_held_and_refreshed, "active", "refreshed", NOW },
	{ "active", is_held_for_abuse, "blocked", "blocked", RESTS },
	{ "active", is_removed, "deleted", "deleted", RESTS },
	/* active_redeploying: active, and the changes have been processed */
	{ "active_redeploying", is_validated, "active", "activated", LATER },
	{ "active_redeploying", is_taken_over, "moved", "moved", NOW },
	{ "active_redeploying", is_held, "active_redeploying", "", LATER },
	{ "active_redeploying", is_held_for_abuse, "blocked", "blocked", RESTS },
	{ "active_redeploying", is_removed, "deleted", "deleted", RESTS },
	/* moved: after all of the schedule, or no longer pointing here */
	{ "moved", is_moved_for_too_long, "deleted", "deleted", RESTS },
	{ "moved", is_refreshed, "pending", "refreshed", NOW },
	{ "moved", is_refreshed_by_an_empty_edit, "pending", "refreshed", NOW },
	{ "moved", gets_metadata, "pending", "refreshed", NOW },	/* any edit brings it back */
	{ "moved", is_held_and_refreshed, "blocked", "blocked", RESTS },
	{ "moved", is_removed, "deleted", "deleted", RESTS },
	/* deleted: moved for more than seven days */
	{ "deleted", is_refreshed, "pending", "refreshed", NOW },
	{ "deleted", gets_an_origin, "pending", "refreshed", NOW },
	{ "deleted", is_held_and_refreshed, "blocked", "blocked", RESTS },
	{ "deleted", is_removed, "deleted", "", RESTS },		/* it was told before */
	/* blocked: cannot be added at this time */
	{ "blocked", is_refreshed, "blocked", "", RESTS },
	{ "blocked", is_released, "blocked", "", RESTS },		/* it is not retried by itself */
	{ "blocked", is_released_and_refreshed, "pending", "refreshed", NOW },
	{ "blocked", is_removed, "deleted", "deleted", RESTS },
};
enum { CHANGES = sizeof changes / sizeof changes[0] };

Test(statuses, each_change_of_the_documentation_happens)
{
	for (size_t i = 0; i < CHANGES; i++) {
		const struct change *c = &changes[i];
		const char *events;

		begin(c->from);
		c->what();
		events = sql_value("select string_agg(replace(type, 'custom_hostname.', ''), ' ' order by seq)"
		    " from certwright.event where custom_hostname_id = $1::uuid", id);
		cr_expect_str_eq(status(), c->to, "row %zu: %s is %s", i, c->from, status());
		cr_expect_str_eq(events, c->events, "row %zu: %s to %s tells \"%s\"", i, c->from, c->to, events);
		cr_expect_eq(due(), c->due, "row %zu: %s to %s is due %s", i, c->from, c->to, whens[due()]);
		/* The next one takes the name. */
		sql_do("delete from certwright.job");
		sql_do("update certwright.custom_hostname set status = 'deleted', removed_at = certwright.clock_now()"
		    " where removed_at is null");
	}
}

Test(statuses, no_change_that_there_is_was_left_out)
{
	sql_do("create temp table walked (status text, next text)");
	for (size_t i = 0; i < CHANGES; i++)
		sql_do("insert into walked values ($1, $2)", changes[i].from, changes[i].to);
	cr_expect_str_eq(sql_value("select string_agg(distinct t.status || ' to ' || t.next, ', ')"
	    " from certwright.hostname_transitions() t where (t.status::text, t.next::text) not in (select * from walked)"), "");
	/* Deleting by the provider, alone, is possible from everywhere. */
	cr_expect_str_eq(sql_value("select string_agg(distinct w.status || ' to ' || w.next, ', ') from walked w"
	    " where w.status <> w.next and (w.status, w.next) not in (select t.status::text, t.next::text"
	    "  from certwright.hostname_transitions() t)"), "active to deleted, active_redeploying to deleted,"
	    " blocked to deleted, pending to deleted");
}

Test(statuses, a_change_that_there_is_not_is_refused_by_the_table)
{
	sql_do("create temp table made (status text, next text)");
	sql_do("insert into certwright.custom_hostname (zone_id, hostname) values ($1::uuid, 'shop.customer.com')", zone);
	sql_do("do $$ declare s certwright.hostname_status; n certwright.hostname_status; begin"
	    " foreach s in array enum_range(null::certwright.hostname_status) loop"
	    "  foreach n in array enum_range(null::certwright.hostname_status) loop"
	    "   continue when s = n;"
	    "   delete from certwright.custom_hostname;"
	    "   insert into certwright.custom_hostname (zone_id, hostname, status)"
	    "    select z.id, 'shop.customer.com', s from certwright.zone z;"
	    "   begin update certwright.custom_hostname set status = n; insert into made values (s, n);"
	    "   exception when raise_exception then null; end;"
	    "  end loop; end loop; end $$");
	cr_expect(sql_number("select count(*) from made") >= 10);
	cr_expect_str_eq(sql_value("select string_agg(m.status || ' to ' || m.next, ', ') from made m where (status, next)"
	    " not in (select t.status::text, t.next::text from certwright.hostname_transitions() t)"), "");
}

/* ---- two zones and one name --------------------------------------------------- */

#define STATUSES "select string_agg(h.status::text, ' ' order by h.created_at) from certwright.custom_hostname h"

Test(statuses, the_zone_that_validated_last_has_the_name_until_the_other_is_edited)
{
	const char *first = zone, *second = sql_zone("{}"), *of_first, *of_second;

	of_first = id = sql_hostname(first, TXT);
	is_validated();
	of_second = id = sql_hostname(second, TXT);
	cr_expect_str_eq(sql_value(STATUSES), "active pending", "a claim alone takes nothing away");
	is_validated();
	cr_expect_str_eq(sql_value(STATUSES), "moved active");
	sql_do(EDIT, first, of_first, "{\"custom_metadata\":{\"a\":1}}");
	cr_expect_str_eq(sql_value(STATUSES), "pending active", "it is checked before it comes back");
	id = of_first;
	is_validated();
	cr_expect_str_eq(sql_value(STATUSES), "active moved");
	cr_expect_str_eq(sql_value(GET " ->> 'status'", second, of_second), "moved");
	cr_expect_str_neq(sql_value(GET " #>> '{ownership_verification,value}'", first, of_first),
	    sql_value(GET " #>> '{ownership_verification,value}'", second, of_second));
	/* The old zone gives the name up for good: the new one is not disturbed. */
	sql_do(EDIT, second, of_second, SAME);
	id = of_second;
	is_validated();
	sql_do("select certwright.delete_custom_hostname($1::uuid, $2::uuid)", first, of_first);
	cr_expect_str_eq(sql_value(STATUSES), "deleted active");
}

/* ---- what is said about it ---------------------------------------------------- */

#define UNSEEN " validation token was not found."

static const char *const errors[] = {
	"Zone does not have a fallback origin set.",
	"custom hostname does not CNAME to this zone.",
	"None of the `A` or `AAAA` records are owned by this account and the pre-generated ownership" UNSEEN,
	"This account and the pre-generated ownership" UNSEEN,
};

Test(statuses, the_documented_errors_are_shown_while_they_hold)
{
	id = sql_hostname(zone, TXT);
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		look("retry", "", sql_value("select jsonb_build_object('error', $1::text)", errors[i]));
		cr_expect_str_eq(sql_value(GET " -> 'verification_errors' ->> 0", zone, id), errors[i]);
	}
	is_validated();
	cr_expect_str_eq(sql_value(GET " -> 'verification_errors'", zone, id), "[]");
}

/* `deleted` is not among the statuses of a fallback origin: it has none then. */
static const char *const origins[] = { "initializing", "pending_deployment", "pending_deletion" };

Test(statuses, a_fallback_origin_that_is_not_active_is_the_error_of_its_hostnames)
{
	id = sql_hostname(zone, TXT);
	sql_do("select certwright.set_fallback_origin($1::uuid, '{\"origin\":\"o.saas.net\"}')", zone);
	for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
		sql_do("update certwright.zone set fallback_status = $1::certwright.origin_status", origins[i]);
		cr_expect_str_eq(sql_value(GET " -> 'verification_errors'", zone, id), sql_value("select jsonb_build_array("
		    "format('Fallback origin is in a status of `%s`.', $1::text))", origins[i]));
	}
	sql_do("update certwright.zone set fallback_status = 'active'");
	cr_expect_str_eq(sql_value(GET " -> 'verification_errors'", zone, id), "[]");
}

Test(statuses, who_is_blocked_is_told_whom_to_ask)
{
	id = sql_hostname(zone, TXT);
	is_held();
	cr_expect_str_eq(sql_value(GET " -> 'verification_errors'", zone, id), "[\"The hostname is associated with a held"
	    " zone. Please contact the owner of this domain to have the hold removed.\"]");
	is_released_and_refreshed();
	cr_expect_str_eq(sql_value(GET " -> 'verification_errors'", zone, id), "[]");
	is_held_for_abuse();
	cr_expect_str_eq(sql_value(GET " -> 'verification_errors'", zone, id), "[\"Custom hostname cannot be added to"
	    " Cloudflare at this time. Custom hostname was likely associated with Cloudflare previously and flagged for"
	    " abuse.\"]");
}
