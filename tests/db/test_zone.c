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

	cr_assert_str_eq(sql_refusal(REMOVE, zone), "P0001");
	cr_assert_not_null(strstr(sql_message(), " still has 1 custom hostname; remove them first"), "%s", sql_message());
	/* moved for long is not removed: a refresh revives it */
	sql_do("update certwright.custom_hostname set status = 'moved'");
	sql_do("update certwright.custom_hostname set status = 'moved'");
	sql_do("update certwright.custom_hostname set status = 'deleted'");
	cr_assert_str_eq(sql_refusal(REMOVE, zone), "P0001");
	sql_do(REMOVE_HOSTNAME, zone, id);
	cr_assert_str_eq(sql_refusal(REMOVE, zone), "P0001");
	cr_assert_not_null(strstr(sql_message(), "still being taken from the edges; try again later"), "%s", sql_message());
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
