/* Events: their bodies, which endpoints hear them, and in which order. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/db/sql.h"

#define PREFIX "ssl.custom_hostname_certificate."
#define EMIT "select certwright.emit_event($1::uuid, $2::uuid, $3, $4, $5)"
#define EMIT_ALONE "select certwright.emit_event(null, $1::uuid, $2, null, null)"
#define EMIT_OWN "select certwright.emit_event($1::uuid, null, $2, $3, $4)"
#define DELIVERIES "select count(*) from certwright.delivery"

static const char *zone, *id, *pack;

/* The hostname of the documented samples, with a certificate. */
static void
up(void)
{
	sql_up();
	zone = sql_zone("{\"account_id\":\"account-1\"}");
	sql_do("select certwright.put_setting('dcv_domain', 'dcv.saas.net')");
	id = sql_hostname(zone, "{\"hostname\":\"blog.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"},"
	    "\"custom_metadata\":{\"key1\":\"value1\",\"key2\":\"value2\"},\"custom_origin_server\":\"0001.blog.com\"}");
	pack = sql_pack(id);
	sql_do("insert into certwright.issuance (certificate_id, key_type, private_key, csr, chain, serial_number, issuer,"
	    " signature, not_before, not_after, uploaded_at) values ($1::uuid, 'p256', '\\x00', 'csr', 'PEM', '1', 'CA',"
	    " 'ECDSAWithSHA256', '2026-01-01Z', '2026-04-01Z', '2026-01-01Z')", pack);
}

TestSuite(event, .init = up, .fini = sql_down, .timeout = 60);

/* Every member with its path and type, and where it is documented otherwise. */
#define MEMBERS(body) \
	"(with recursive member (path, value) as (select '', " body "::jsonb" \
	"  union all" \
	"  select m.path || '.' || c.key, c.value from member m cross join lateral (" \
	"    select o.key, o.value from jsonb_each(case jsonb_typeof(m.value) when 'object' then m.value else '{}' end) o" \
	"    union all select '[]', a from jsonb_array_elements(case jsonb_typeof(m.value) when 'array' then m.value" \
	"      else '[]' end) a) c)" \
	" select string_agg(path || ' ' || jsonb_typeof(value), E'\\n' order by path collate \"C\") from member)"

static const char *const documented[][2] = {	/* type, status of the pack */
	{ "validation.succeeded", "pending_issuance" },
	{ "validation.failed", "pending_validation" },
	{ "issuance.succeeded", "pending_deployment" },
	{ "issuance.failed", "pending_issuance" },
	{ "deployment.succeeded", "active" },
	{ "deployment.failed", "pending_deployment" },
	{ "deletion.succeeded", "deleted" },
	{ "deletion.failed", "pending_deletion" },
	{ "renewal.succeeded", "pending_deployment" },
	{ "renewal.failed", "pending_issuance" },
	{ "renewal.upcoming_certificate_expiration_notification", "active" },
};

Test(event, bodies_have_exactly_the_documented_members)
{
	char file[160], type[128];

	for (size_t i = 0; i < sizeof documented / sizeof documented[0]; i++) {
		const char *sample, *body, *want;

		snprintf(type, sizeof type, PREFIX "%s", documented[i][0]);
		snprintf(file, sizeof file, "webhooks/%s.json", type);
		sql_do("update certwright.certificate set status = $1::certwright.ssl_status", documented[i][1]);
		sql_do(EMIT, id, pack, type, "caa_forbids", "caa_error: blog.com");
		sample = sql_file(file);
		body = sql_value("select body from certwright.event order by seq desc limit 1");
		/* Uploads are not made from a CSR of ours yet: custom_csr_id is null. */
		want = sql_value("select replace(" MEMBERS("$1") ", '.custom_csr_id string', '.custom_csr_id null')", sample);
		cr_expect_str_eq(sql_value("select " MEMBERS("$1"), body), want, "%s", type);
		cr_expect_str_eq(sql_value("select concat_ws(' ', b #>> '{metadata,event,type}', b #>> '{data,ssl,status}',"
		    " b #>> '{data,hostname}', b #>> '{metadata,account,id}') from (select $1::jsonb b) s", body),
		    sql_value("select concat_ws(' ', b #>> '{metadata,event,type}', b #>> '{data,ssl,status}',"
		    " 'blog.com', 'account-1') from (select $1::jsonb b) s", sample));
	}
}

Test(event, a_body_tells_of_this_event)
{
	sql_do(EMIT, id, pack, PREFIX "validation.failed", "caa_forbids", "caa_error: blog.com");
	cr_assert_str_eq(sql_value("select (body #>> '{metadata,event,id}' = id::text)::text"
	    " || (body #>> '{metadata,event,created_at}' = certwright.iso_time(created_at))::text"
	    " || (body #>> '{metadata,zone,id}' = zone_id::text)::text || (body #>> '{data,id}' = custom_hostname_id::text)::text"
	    " from certwright.event"), "truetruetruetrue");
	cr_assert_str_eq(sql_value("select (body #> '{data,ssl}') - '{id,type,settings,status,cname_target}'::text[]"
	    " from certwright.event"),
	    "{\"cname\": \"_acme-challenge.blog.com\", \"method\": \"txt\","
	    " \"validation_errors\": [{\"message\": \"caa_error: blog.com\"}]}");
	cr_assert_str_eq(sql_value("select body #>> '{data,ssl,cname_target}' from certwright.event"),
	    sql_value("select 'blog.com.' || dcv_delegation_id || '.dcv.saas.net' from certwright.zone"));
}

Test(event, a_pack_that_was_attached_earlier_names_no_hostname)
{
	sql_do(EMIT_ALONE, pack, PREFIX "deletion.succeeded");
	cr_assert_str_eq(sql_value("select (body -> 'data' ?| '{id,hostname}')::text || coalesce(custom_hostname_id::text, '')"
	    " from certwright.event"), "false");
	cr_assert_str_eq(sql_value("select body #>> '{data,ssl,id}' from certwright.event"), pack);
}

Test(event, our_own_events_come_in_the_same_envelope)
{
	sql_do("update certwright.custom_hostname set status = 'moved', custom_metadata = null");
	sql_do(EMIT_OWN, id, "custom_hostname.moved", "schedule_used_up", "it did not validate");
	cr_assert_str_eq(sql_value("select (body -> 'data') - 'id' from certwright.event"),
	    "{\"status\": \"moved\", \"hostname\": \"blog.com\", \"custom_metadata\": null,"
	    " \"verification_errors\": [\"it did not validate\"], \"custom_origin_server\": \"0001.blog.com\"}");
	cr_assert_str_eq(sql_value("select string_agg(k, ' ' order by k) from certwright.event, jsonb_object_keys(body -> 'metadata') k"),
	    "account event zone");
}

/* ---- who hears what ---------------------------------------------------------- */

static const char *
endpoint(const char *in, const char *members)
{
	return sql_value("select certwright.create_webhook($1::uuid, '{\"url\":\"https://hook.saas.net/\"}' || $2::jsonb) ->> 'id'",
	    in, members);
}

Test(event, an_endpoint_hears_the_types_of_its_own_zone_that_it_wants)
{
	const char *all = endpoint(zone, "{}");
	const char *some = endpoint(zone, "{\"event_types\":[\"custom_hostname.moved\"]}");

	endpoint(zone, "{\"enabled\":false}");
	endpoint(sql_zone("{}"), "{}");
	sql_do(EMIT_OWN, id, "custom_hostname.moved", "x", "x");
	sql_do(EMIT_OWN, id, "custom_hostname.refreshed", "x", "x");
	cr_assert_eq(sql_number(DELIVERIES " where webhook_id = $1::uuid", all), 2);
	cr_assert_eq(sql_number(DELIVERIES " where webhook_id = $1::uuid", some), 1);
	cr_assert_eq(sql_number(DELIVERIES), 3);
}

static const struct said {
	const char *type, *reason;
	bool is_news;
} said[] = {
	{ PREFIX "validation.failed", "a", true },
	{ PREFIX "validation.failed", "a", false },
	{ PREFIX "validation.failed", "b", true },
	{ PREFIX "validation.failed", "b", false },
	{ "custom_hostname.refreshed", "", true },
	{ PREFIX "validation.failed", "b", false },
	{ PREFIX "validation.succeeded", "", true },
	{ PREFIX "validation.succeeded", "", true },
	{ PREFIX "validation.failed", "b", true },		/* there was something else between */
	{ PREFIX "issuance.failed", "b", true },
};

Test(event, failures_on_change_are_heard_when_the_reason_changes)
{
	const char *all = endpoint(zone, "{}"), *changes = endpoint(zone, "{\"failures\":\"on_change\"}");
	long want_all = 0, want_changes = 0;

	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		sql_do(EMIT, id, pack, said[i].type, said[i].reason, "words");
		want_all++;
		want_changes += said[i].is_news;
		cr_expect_eq(sql_number(DELIVERIES " where webhook_id = $1::uuid", all), want_all);
		cr_expect_eq(sql_number(DELIVERIES " where webhook_id = $1::uuid", changes), want_changes, "%zu", i);
	}
}

Test(event, only_the_first_of_a_hostname_and_endpoint_has_an_alarm)
{
	const char *first = endpoint(zone, "{}"), *second = endpoint(zone, "{}");
	const char *other = sql_hostname(zone, "{\"hostname\":\"other.com\"}");

	for (int i = 0; i < 3; i++) {
		sql_do(EMIT_OWN, id, "custom_hostname.refreshed", "", "");
		sql_do(EMIT_OWN, other, "custom_hostname.refreshed", "", "");
		sql_do(EMIT_ALONE, pack, PREFIX "deletion.succeeded");
	}
	cr_assert_eq(sql_number(DELIVERIES), 18);
	cr_assert_eq(sql_number("select count(*) from certwright.job where flow = 'delivery'"), 6);
	cr_assert_str_eq(sql_value("select bool_and(d.event_seq = (select min(n.event_seq) from certwright.delivery n"
	    " where n.webhook_id = d.webhook_id and n.custom_hostname_id is not distinct from d.custom_hostname_id))"
	    " from certwright.job j join certwright.delivery d on d.id = j.subject"), "t");
	/* When the first is done, the next event is the first again. */
	sql_do("update certwright.delivery set state = 'delivered' where webhook_id = $1::uuid", first);
	sql_do("delete from certwright.job where flow = 'delivery'");
	sql_do(EMIT_OWN, id, "custom_hostname.refreshed", "", "");
	cr_assert_eq(sql_number("select count(*) from certwright.job where flow = 'delivery'"), 1);
	cr_assert_eq(sql_number("select count(*) from certwright.job j join certwright.delivery d on d.id = j.subject"
	    " where d.webhook_id = $1::uuid", second), 0);
}

Test(event, no_event_without_its_change)
{
	sql_do("select certwright.hold_name('held.com', false, null)");
	sql_do("do $$ begin perform certwright.create_custom_hostname((select id from certwright.zone limit 1),"
	    " '{\"hostname\":\"held.com\"}'); raise exception 'no'; exception when raise_exception then null; end $$");
	cr_assert_eq(sql_number("select count(*) from certwright.event"), 0);
}

/* The order is lost, and the next one has to be validated first. */
Test(event, an_order_that_is_lost_after_validation_is_a_failed_issuance)
{
	static const char ask[] = "select certwright.certificate_event('go:pending_validation', 'pending_issuance',"
	    " 'pending_validation', $1::boolean)";

	cr_expect_str_eq(sql_value(ask, "false"), "issuance.failed");
	cr_expect_str_eq(sql_value(ask, "true"), "renewal.failed");
}
