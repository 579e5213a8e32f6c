/* The end of a zone, and names that are held. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

TestSuite(zone, .init = sql_up, .fini = sql_down, .timeout = 60);

#define SHOP "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}"
#define REMOVE "select certwright.delete_zone($1::uuid)"
#define REMOVE_HOSTNAME "select certwright.delete_custom_hostname($1::uuid, $2::uuid)"
#define HOOK "select certwright.create_webhook($1::uuid, '{\"url\":\"https://hooks.saas.net/in\"}')"

Test(zone, with_hostnames_or_certificates_on_the_edge_it_stays)
{
	const char *zone = sql_zone("{}"), *id = sql_hostname(zone, SHOP);

	cr_assert_str_eq(sql_refusal(REMOVE, zone), "X1400");
	cr_assert_not_null(strstr(sql_hint(), " still has 1 custom hostname; remove them first"), "%s", sql_hint());
	cr_assert_str_eq(sql_detail(), "{\"status\":400,\"code\":1400}");
	/* moved for long is not removed: a refresh revives it */
	sql_do("update certwright.custom_hostname set status = 'moved'");
	sql_do("update certwright.custom_hostname set status = 'moved'");
	sql_do("update certwright.custom_hostname set status = 'deleted'");
	cr_assert_str_eq(sql_refusal(REMOVE, zone), "X1400");
	sql_do(REMOVE_HOSTNAME, zone, id);
	cr_assert_str_eq(sql_refusal(REMOVE, zone), "X1400");
	cr_assert_not_null(strstr(sql_hint(), "still being taken from the edges; try again later"), "%s", sql_hint());
	cr_assert_eq(sql_number("select count(*) from certwright.zone"), 1);
}

Test(zone, removed_takes_its_webhooks_and_tombstones_along_and_leaves_events)
{
	const char *zone = sql_zone("{}"), *other = sql_value("select certwright.create_zone('other', '{}') ->> 'id'");
	const char *id = sql_hostname(zone, SHOP), *kept = sql_hostname(other, SHOP);

	sql_do(HOOK, zone);
	sql_do(HOOK, other);
	sql_do("select certwright.set_fallback_origin($1::uuid, '{\"origin\":\"o.saas.net\"}')", zone);
	sql_do(REMOVE_HOSTNAME, zone, id);
	sql_do("update certwright.certificate set status = 'deleted' where zone_id = $1::uuid", zone);
	cr_assert_gt(sql_number("select count(*) from certwright.delivery"), 0);
	cr_assert_str_eq(sql_value(REMOVE " ->> 'id'", zone), zone);
	cr_assert_str_eq(sql_refusal(REMOVE, zone), "X1402");
	cr_assert_str_eq(sql_value("select name from certwright.zone"), "other");
	cr_assert_str_eq(sql_value("select id from certwright.custom_hostname"), kept);
	cr_assert_str_eq(sql_value("select custom_hostname_id from certwright.certificate"), kept);
	cr_assert_eq(sql_number("select count(*) from certwright.webhook where zone_id <> $1::uuid", other), 0);
	cr_assert_eq(sql_number("select count(*) from certwright.delivery"), 0);
	cr_assert_eq(sql_number("select count(*) from certwright.event where zone_id = $1::uuid"
	    " and type = 'custom_hostname.deleted'", zone), 1);
	cr_assert_eq(sql_number("select count(*) from certwright.job j where not exists (select from"
	    " certwright.custom_hostname h where h.id = j.subject) and not exists (select from"
	    " certwright.certificate c where c.id = j.subject)"), 0, "an alarm without its row");
}

Test(zone, holds_are_listed_with_what_they_block)
{
	const char *zone = sql_zone("{}");

	sql_do("select certwright.hold_name('customer.com', false, 'one')");
	sql_do("select certwright.hold_name('Held.com', true, null)");
	sql_do("select certwright.hold_name('shop.customer.com', false, 'two')");
	sql_hostname(zone, "{\"hostname\":\"shop.customer.com\"}");
	sql_hostname(zone, "{\"hostname\":\"customer.com\"}");
	sql_hostname(zone, "{\"hostname\":\"a.b.held.com\"}");
	sql_hostname(zone, "{\"hostname\":\"held.com\"}");
	sql_hostname(zone, "{\"hostname\":\"notheld.com\"}");
	cr_assert_str_eq(sql_value("select string_agg(concat_ws(' ', name, include_subdomains, reason, blocked), ', '"
	    " order by name) from certwright.hold_overview"), "customer.com f one 1, held.com t 2, shop.customer.com f two 1");
}

#define STANDING "select concat_ws(' ', h.status, h.code, left(h.error, 14)) from certwright.custom_hostname h" \
	" where h.hostname = $1"
#define EVENTS "select count(*) from certwright.event where type = 'custom_hostname.blocked'"

Test(zone, a_hold_for_another_reason_tells_who_is_blocked_already)
{
	const char *zone = sql_zone("{}");

	sql_do("select certwright.hold_name('customer.com', true, 'asked by its owner')");
	sql_hostname(zone, "{\"hostname\":\"a.customer.com\"}");
	sql_hostname(zone, "{\"hostname\":\"a.other.com\"}");
	cr_expect_str_eq(sql_value(STANDING, "a.customer.com"), "blocked held The hostname i");
	sql_do("select certwright.hold_name('customer.com', true, 'abuse: it sends spam')");
	cr_expect_str_eq(sql_value(STANDING, "a.customer.com"), "blocked flagged Custom hostnam");
	cr_expect_str_eq(sql_value(STANDING, "a.other.com"), "pending");
	cr_expect_eq(sql_number(EVENTS), 1, "it was blocked once");
	sql_do("select certwright.hold_name('a.customer.com', false, 'its owner')");
	cr_expect_str_eq(sql_value(STANDING, "a.customer.com"), "blocked flagged Custom hostnam", "abuse goes first");
	sql_do("select certwright.release_name('customer.com')");
	cr_expect_str_eq(sql_value(STANDING, "a.customer.com"), "blocked held The hostname i", "the other hold is left");
	sql_do("select certwright.release_name('a.customer.com')");
	cr_expect_str_eq(sql_value(STANDING, "a.customer.com"), "blocked held The hostname i", "until it is refreshed");
	cr_expect_eq(sql_number(EVENTS), 1);
}

/* ---- names that are customers' ---------------------------------------------------- */

#define TARGETS "select certwright.edit_zone($1::uuid, jsonb_build_object('cname_targets', $2::jsonb))"
#define FALLBACK "select certwright.set_fallback_origin($1::uuid, jsonb_build_object('origin', $2::text))"

static const struct taken {
	const char *targets, *name;	/* in the sentence; NULL: they may be */
} taken[] = {
	{ "[\"edge.saas.net\", \"Shop.customer.com.\"]", "\"shop.customer.com\"" },
	{ "[\"*.customer.com\"]", "\"shop.customer.com\"" },
	{ "[\"*.shop.customer.com\"]", "\"shop.customer.com\"" },
	{ "[\"*.hop.customer.com\"]", NULL },
	{ "[\"customer.com\"]", NULL },
	{ "[\"gone.customer.com\"]", NULL },
};

Test(zone, a_custom_hostname_is_no_target_and_no_fallback_origin)
{
	const char *zone = sql_zone("{}"), *other = sql_zone("{}"), *gone;

	sql_hostname(other, "{\"hostname\":\"shop.customer.com\"}");
	gone = sql_hostname(other, "{\"hostname\":\"gone.customer.com\"}");
	sql_do(REMOVE_HOSTNAME, other, gone);
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
		if (taken[i].name == NULL) {
			sql_do(TARGETS, zone, taken[i].targets);
			continue;
		}
		cr_expect_str_eq(sql_refusal(TARGETS, zone, taken[i].targets), "X1400", "%s", taken[i].targets);
		cr_expect_not_null(strstr(sql_hint(), "cname_targets must not hold names of customers; "), "%s", sql_hint());
		cr_expect_not_null(strstr(sql_hint(), taken[i].name), "%s", sql_hint());
	}
	cr_expect_str_eq(sql_refusal("select certwright.create_zone('x', '{\"cname_targets\":[\"shop.customer.com\"]}')"),
	    "X1400");
	cr_expect_str_eq(sql_refusal(FALLBACK, zone, "Shop.customer.com"), "X1400");
	cr_expect_not_null(strstr(sql_hint(), "\"shop.customer.com\" is a custom hostname"), "%s", sql_hint());
	cr_expect_not_null(strstr(sql_detail(), "\"member\":\"origin\""), "%s", sql_detail());
	sql_do(FALLBACK, zone, "gone.customer.com");
	/* what was there before does not stand in the way of an edit */
	sql_do("update certwright.zone set cname_targets = '{shop.customer.com}' where id = $1::uuid", zone);
	sql_do(TARGETS, zone, "[\"edge.saas.net\", \"shop.customer.com\"]");
}
