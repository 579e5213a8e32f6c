/* Endpoints: what they take, where their secrets go, and sending again. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

#define CREATE "select certwright.create_webhook($1::uuid, $2::jsonb)"
#define EDIT "select certwright.edit_webhook($1::uuid, $2::uuid, $3::jsonb)"
#define SEAL "select certwright.store_sealed_secret($1::uuid, $2, $3, $4::bytea)"
#define UNSEALED "select string_agg(name || '=' || clear, ' ' order by name) from certwright.list_unsealed_secrets()"
#define SIGNING "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
#define OTHER_SIGNING "whsec_YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNk"

static const char *zone;

static void
up(void)
{
	sql_up();
	zone = sql_zone("{}");
}

TestSuite(webhook_sql, .init = up, .fini = sql_down, .timeout = 60);

static const char *
endpoint(const char *members)
{
	return sql_value("select certwright.create_webhook($1::uuid, '{\"url\":\"https://hook.saas.net/\"}' || $2::jsonb) ->> 'id'",
	    zone, members);
}

static const struct refused {
	const char *body, *member;
} refused[] = {
	{ "{}", "url" },
	{ "{\"url\":null}", "url" },
	{ "{\"url\":\"http://hook.saas.net/\"}", "https" },
	{ "{\"url\":\"ftp://hook.saas.net/\"}", "url" },
	{ "{\"url\":\"//hook.saas.net/\"}", "url" },
	{ "{\"url\":\"https:///x\"}", "url" },
	{ "{\"url\":\"https://user@hook.saas.net/\"}", "url" },
	{ "{\"url\":\"https://user:word@hook.saas.net/\"}", "url" },
	{ "{\"url\":\"https://hook.saas.net\\\\@evil.net/\"}", "url" },
	{ "{\"url\":\"https://hook.saas.net%2f@evil.net/\"}", "url" },
	{ "{\"url\":\"https://hook.saas.net/#x\"}", "url" },
	{ "{\"url\":\"https://hook.saas.net/a b\"}", "url" },
	{ "{\"url\":\"https://hook.saas.net/\\r\\nHost: x\"}", "url" },
	{ "{\"url\":\"https://h\xc3\xb6\xc3\xb6k.saas.net/\"}", "url" },
	{ "{\"url\":\"https://hook.saas.net:0/\"}", "port" },
	{ "{\"url\":\"https://hook.saas.net:65536/\"}", "port" },
	{ "{\"url\":\"https://hook.saas.net:x/\"}", "url" },
	{ "{\"url\":\"https://hook.saas.net/\",\"colour\":1}", "colour" },
	{ "{\"url\":\"https://hook.saas.net/\",\"name\":\"\"}", "name" },
	{ "{\"url\":\"https://hook.saas.net/\",\"name\":\"a\\nb\"}", "name" },
	{ "{\"url\":\"https://hook.saas.net/\",\"event_types\":[]}", "event_types" },
	{ "{\"url\":\"https://hook.saas.net/\",\"event_types\":[\"ssl.*\"]}", "event_types" },
	{ "{\"url\":\"https://hook.saas.net/\",\"event_types\":\"custom_hostname.moved\"}", "event_types" },
	{ "{\"url\":\"https://hook.saas.net/\",\"failures\":\"none\"}", "failures" },
	{ "{\"url\":\"https://hook.saas.net/\",\"enabled\":1}", "enabled" },
	{ "{\"url\":\"https://hook.saas.net/\",\"secret\":\"\"}", "secret" },
	{ "{\"url\":\"https://hook.saas.net/\",\"secret\":\"a\\r\\nb\"}", "secret" },
	{ "{\"url\":\"https://hook.saas.net/\",\"secret\":\"whsec_short\"}", "secret" },
	{ "{\"url\":\"https://hook.saas.net/\",\"secret\":\"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMT!!\"}", "secret" },
	{ "{\"url\":\"https://hook.saas.net/\",\"secret\":7}", "secret" },
};

Test(webhook_sql, a_wrong_member_is_refused_by_name)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		cr_expect_str_eq(sql_refusal(CREATE, zone, refused[i].body), "X1400", "%s", refused[i].body);
		cr_expect_not_null(strstr(sql_hint(), refused[i].member), "%s: %s", refused[i].body, sql_hint());
	}
	cr_assert_eq(sql_number("select count(*) from certwright.webhook"), 0);
}

Test(webhook_sql, a_refused_secret_is_not_repeated)
{
	sql_refusal(CREATE, zone, "{\"url\":\"https://hook.saas.net/\",\"secret\":\"whsec_canary\"}");
	cr_assert_null(strstr(sql_hint(), "canary"));
	cr_assert_null(strstr(sql_detail(), "canary"));
}

Test(webhook_sql, urls_that_are_taken)
{
	static const char *const urls[] = { "https://hook.saas.net", "https://hook.saas.net/a?b=c&d=%20",
	    "https://hook.saas.net:8443/x", "https://203.0.113.7/", "https://[2001:db8::7]:8443/x", "https://hook.saas.net?x=@y" };

	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
		sql_do(CREATE, zone, sql_value("select jsonb_build_object('url', $1::text)", urls[i]));
	sql_do("select certwright.put_setting('allow_plain_webhooks', 'on')");
	sql_do(CREATE, zone, "{\"url\":\"http://127.0.0.1:8080/\"}");
}

Test(webhook_sql, the_signing_secret_is_shown_once)
{
	const char *made = sql_value(CREATE, zone, "{\"url\":\"https://hook.saas.net/x\"}");
	const char *id = sql_value("select $1::jsonb ->> 'id'", made);

	cr_assert_str_eq(sql_value("select octet_length(decode(substr($1::jsonb ->> 'secret', 7), 'base64'))", made), "24");
	cr_assert_str_eq(sql_value("select ($1::jsonb) - '{id,secret,created_at}'::text[]", made),
	    "{\"url\": \"https://hook.saas.net/x\", \"name\": \"hook.saas.net\", \"enabled\": true,"
	    " \"failures\": \"all\", \"event_types\": null}");
	cr_assert_str_eq(sql_value("select certwright.get_webhook($1::uuid, $2::uuid) ? 'secret'", zone, id), "f");
	cr_assert_str_eq(sql_value("select certwright.edit_webhook($1::uuid, $2::uuid, '{}') ? 'secret'", zone, id), "f");
	cr_assert_str_eq(sql_value(UNSEALED), sql_value("select 'secret=' || ($1::jsonb ->> 'secret')", made));
}

Test(webhook_sql, two_endpoints_get_different_secrets)
{
	endpoint("{}");
	endpoint("{}");
	cr_assert_eq(sql_number("select count(distinct secret_clear) from certwright.webhook"), 2);
}

Test(webhook_sql, a_secret_is_the_signing_one_by_its_prefix_and_plain_otherwise)
{
	endpoint("{\"secret\":\"" SIGNING "\"}");
	cr_assert_str_eq(sql_value(UNSEALED), "secret=" SIGNING);
	sql_do("delete from certwright.webhook");
	cr_assert_str_eq(sql_value("select certwright.create_webhook($1::uuid,"
	    " '{\"url\":\"https://hook.saas.net/\",\"secret\":\"plain word\"}') ->> 'secret' like 'whsec\\_%'", zone), "t");
	cr_assert_str_eq(sql_value("select clear from certwright.list_unsealed_secrets() where name = 'plain_secret'"),
	    "plain word");
	cr_assert_eq(sql_number("select count(*) from certwright.list_unsealed_secrets()"), 2);
}

Test(webhook_sql, a_sealed_secret_takes_the_place_of_the_clear_one)
{
	const char *id = endpoint("{\"secret\":\"" SIGNING "\"}");

	cr_assert_str_eq(sql_value(SEAL, id, "secret", SIGNING, "\\x01"), "t");
	cr_assert_str_eq(sql_value(UNSEALED), "");
	cr_assert_str_eq(sql_value("select concat_ws(' ', secret, secret_clear, old_secret) from certwright.webhook"), "\\x01");
}

Test(webhook_sql, a_secret_that_was_changed_meanwhile_is_sealed_again)
{
	const char *id = endpoint("{\"secret\":\"" SIGNING "\"}");

	sql_do(EDIT, zone, id, "{\"secret\":\"" OTHER_SIGNING "\"}");
	cr_assert_str_eq(sql_value(SEAL, id, "secret", SIGNING, "\\x01"), "f");
	cr_assert_str_eq(sql_value(UNSEALED), "secret=" OTHER_SIGNING);
}

Test(webhook_sql, a_new_signing_secret_rotates_for_a_day)
{
	const char *id = endpoint("{\"secret\":\"" SIGNING "\"}");

	sql_do(SEAL, id, "secret", SIGNING, "\\x01");
	sql_do(EDIT, zone, id, "{\"secret\":\"" OTHER_SIGNING "\"}");
	cr_assert_str_eq(sql_value("select previous from certwright.list_unsealed_secrets()"), "\\x01");
	sql_do("select certwright.store_sealed_secret($1::uuid, 'secret', $2, '\\x02', '\\x03')", id, OTHER_SIGNING);
	cr_assert_str_eq(sql_value("select concat_ws(' ', secret, old_secret,"
	    " old_secret_until - certwright.clock_now() between '23:59:00' and '24:00:00') from certwright.webhook"),
	    "\\x02 \\x03 t");
}

Test(webhook_sql, null_takes_the_plain_secret_away)
{
	const char *id = endpoint("{\"secret\":\"word\"}");

	sql_do(SEAL, id, "plain_secret", "word", "\\x01");
	sql_do(EDIT, zone, id, "{\"secret\":null}");
	cr_assert_str_eq(sql_value("select plain_secret is null and secret_clear is not null from certwright.webhook"), "t");
}

Test(webhook_sql, an_edit_keeps_what_it_does_not_name)
{
	const char *id = endpoint("{\"name\":\"a\",\"event_types\":[\"custom_hostname.moved\"],\"failures\":\"on_change\"}");

	cr_assert_str_eq(sql_value("select certwright.edit_webhook($1::uuid, $2::uuid, '{\"enabled\":false}')"
	    " - '{id,created_at}'::text[]", zone, id),
	    "{\"url\": \"https://hook.saas.net/\", \"name\": \"a\", \"enabled\": false, \"failures\": \"on_change\","
	    " \"event_types\": [\"custom_hostname.moved\"]}");
	cr_assert_str_eq(sql_refusal(EDIT, zone, id, "{\"url\":\"http://a/\"}"), "X1400");
	cr_assert_str_eq(sql_refusal(EDIT, sql_zone("{}"), id, "{}"), "X1400");
}

/* ---- sending again ----------------------------------------------------------- */

#define REFRESH "select certwright.refresh_custom_hostname($1::uuid, $2::uuid)"
#define JOBS "select count(*) from certwright.job where flow = 'delivery'"

static void
all_are(const char *state)
{
	sql_do("update certwright.delivery set state = $1::certwright.delivery_state", state);
	sql_do("delete from certwright.job where flow = 'delivery'");
}

Test(webhook_sql, a_finished_delivery_can_be_sent_again)
{
	const char *host, *delivery;

	endpoint("{}");
	host = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\"}");
	sql_do(REFRESH, zone, host);
	delivery = sql_value("select id from certwright.delivery");
	cr_assert_eq(sql_number("select certwright.redeliver($1::uuid)", delivery), 0, "it is pending");
	all_are("dead");
	cr_assert_eq(sql_number("select certwright.redeliver($1::uuid)", delivery), 1);
	cr_assert_str_eq(sql_value("select state from certwright.delivery"), "pending");
	cr_assert_eq(sql_number(JOBS), 1);
	cr_assert_eq(sql_number("select certwright.redeliver(gen_random_uuid())"), 0);
}

Test(webhook_sql, a_span_is_replayed_in_order_also_to_a_new_endpoint)
{
	const char *old = endpoint("{}"), *new, *host, *other;

	host = sql_hostname(zone, "{\"hostname\":\"a.customer.com\"}");
	other = sql_hostname(zone, "{\"hostname\":\"b.customer.com\"}");
	for (int i = 0; i < 3; i++) {
		sql_do(REFRESH, zone, host);
		sql_do(REFRESH, zone, other);
	}
	sql_do("update certwright.event set created_at = '2026-01-01Z'::timestamptz + seq * interval '1 hour'");
	all_are("delivered");
	new = endpoint("{}");
	cr_assert_eq(sql_number("select certwright.replay_events($1::uuid, '2026-01-01 02:00Z', '2026-01-01 05:00Z')", old), 3);
	cr_assert_eq(sql_number(JOBS), 2, "the first of each hostname");
	cr_assert_eq(sql_number("select certwright.replay_events($1::uuid, '-infinity', 'infinity')", new), 6);
	cr_assert_eq(sql_number(JOBS), 4);
	cr_assert_eq(sql_number("select certwright.replay_events($1::uuid, '-infinity', 'infinity')", new), 0, "all pending");
	cr_assert_str_eq(sql_value("select bool_and(d.event_seq = (select min(n.event_seq) from certwright.delivery n"
	    " where n.webhook_id = d.webhook_id and n.state = 'pending' and n.custom_hostname_id = d.custom_hostname_id))"
	    " from certwright.job j join certwright.delivery d on d.id = j.subject"), "t");
}

Test(webhook_sql, a_replay_sends_only_what_the_endpoint_hears)
{
	const char *host = sql_hostname(zone, "{\"hostname\":\"a.customer.com\"}"), *id;

	sql_do(REFRESH, zone, host);
	sql_do("select certwright.delete_custom_hostname($1::uuid, $2::uuid)", zone, host);
	id = endpoint("{\"event_types\":[\"custom_hostname.deleted\"]}");
	cr_assert_eq(sql_number("select certwright.replay_events($1::uuid, '-infinity', 'infinity')", id), 1);
	cr_assert_str_eq(sql_value("select type from certwright.delivery_overview"), "custom_hostname.deleted");
}

Test(webhook_sql, deliveries_that_wait_for_a_secret_go_when_it_is_sealed)
{
	const char *id = endpoint("{\"secret\":\"" SIGNING "\"}");
	const char *host = sql_hostname(zone, "{\"hostname\":\"a.customer.com\"}");

	sql_do(REFRESH, zone, host);
	sql_do("update certwright.job set run_at = certwright.clock_now() + interval '1 hour' where flow = 'delivery'");
	sql_do(SEAL, id, "secret", SIGNING, "\\x01");
	cr_assert_eq(sql_number(JOBS " and run_at <= certwright.clock_now()"), 1);
}

Test(webhook_sql, a_deleted_endpoint_leaves_nothing_behind)
{
	const char *id = endpoint("{}");
	const char *host = sql_hostname(zone, "{\"hostname\":\"a.customer.com\"}");

	sql_do(REFRESH, zone, host);
	cr_assert_eq(sql_number(JOBS), 1);
	sql_do("select certwright.delete_webhook($1::uuid, $2::uuid)", zone, id);
	cr_assert_eq(sql_number(JOBS), 0);
	cr_assert_eq(sql_number("select count(*) from certwright.delivery"), 0);
	cr_assert_eq(sql_number("select count(*) from certwright.event"), 1, "the event stays");
	cr_assert_str_eq(sql_refusal("select certwright.delete_webhook($1::uuid, $2::uuid)", zone, id), "X1400");
}
