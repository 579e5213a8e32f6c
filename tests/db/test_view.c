/* The views, the comments, and who may do what. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

TestSuite(view, .init = sql_up, .fini = sql_down, .timeout = 60);

#define IN_SCHEMA "relnamespace = 'certwright'::regnamespace"

Test(view, every_table_view_column_and_function_has_a_comment)
{
	cr_assert_str_eq(sql_value("select string_agg(relname, ' ') from pg_class where " IN_SCHEMA
	    " and relkind in ('r', 'p', 'v') and not relispartition and obj_description(oid, 'pg_class') is null"), "");
	cr_assert_str_eq(sql_value("select string_agg(relname || '.' || attname, ' ') from pg_class c"
	    " join pg_attribute a on a.attrelid = c.oid where " IN_SCHEMA " and relkind in ('r', 'p') and not relispartition"
	    " and attnum > 0 and not attisdropped and col_description(c.oid, attnum) is null"), "");
	cr_assert_str_eq(sql_value("select string_agg(oid::regprocedure::text, ' ') from pg_proc"
	    " where pronamespace = 'certwright'::regnamespace and obj_description(oid, 'pg_proc') is null"), "");
}

static const char *const columns[][2] = {
	{ "hostname_overview", "id,zone_id,hostname,status,ssl_status,ready,attempts,last_checked_at,next_check_at,"
	    "last_error,certificate_authority,expires_at,created_at" },
	{ "certificate_overview", "pack_id,custom_hostname_id,hostname,status,certificate_authority,key_type,"
	    "serial_number,not_before,not_after,renew_at,attempts,last_error" },
	{ "job_overview", "flow,subject_id,hostname,state,run_at,attempts,shard,owner,lease_until" },
	{ "attempt_history", "flow,subject_id,hostname,attempt,at,state,outcome,code,detail,found,took" },
	{ "event_log", "seq,id,type,created_at,zone_id,custom_hostname_id,body" },
	{ "delivery_overview", "id,webhook_id,event_id,type,custom_hostname_id,state,attempts,last_status,last_error,"
	    "next_attempt_at,delivered_at" },
	{ "ca_overview", "name,enabled,healthy,broken_since,orders_1h,orders_7d,failures_1h,budget_left,next_order_at,"
	    "last_error" },
	{ "publication_overview", "name,zone_id,hostname,status,since,values,code,last_error,next_attempt_at" },
	{ "expiring_certificates", "hostname,custom_hostname_id,certificate_authority,key_type,not_after,days_left" },
};

Test(view, views_begin_with_the_promised_columns)
{
	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		cr_expect_str_eq(sql_value("select string_agg(attname, ',' order by attnum) from pg_attribute"
		    " where attrelid = ('certwright.' || $1)::regclass and attnum between 1 and $2::integer", columns[i][0],
		    sql_value("select cardinality(string_to_array($1, ','))", columns[i][1])), columns[i][1]);
}

/* A row in every table, with a canary in whatever holds a secret. */
static const char *
full_database(void)
{
	const char *zone = sql_zone("{}"), *id, *pack;

	sql_do("insert into certwright.certificate_authority (name, directory, account_key, eab_kid, eab_hmac,"
	    " orders_per_hour) values ('pebble', 'https://ca/', 'canary', 'kid', 'canary', 2)");
	sql_do("select certwright.create_webhook($1::uuid, '{\"url\":\"https://hook.saas.net/\",\"secret\":\"canary\"}')", zone);
	sql_do("update certwright.webhook set secret = 'canary', old_secret = 'canary', plain_secret = 'canary',"
	    " secret_clear = 'canary'");
	id = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}");
	pack = sql_pack(id);
	sql_do("update certwright.certificate set status = 'active',"
	    " authority_id = (select id from certwright.certificate_authority)");
	sql_do("insert into certwright.issuance (certificate_id, key_type, private_key, csr, chain, serial_number, issuer,"
	    " signature, not_before, not_after, uploaded_at) values ($1::uuid, 'p256', 'canary', 'csr', 'PEM', '1', 'CA',"
	    " 'sig', certwright.clock_now() - interval '60 days', certwright.clock_now() + interval '30 days 1 hour',"
	    " certwright.clock_now())", pack);
	sql_do("update certwright.custom_hostname set status = 'active', points_here = true");
	sql_do("select certwright.refresh_custom_hostname($1::uuid, $2::uuid)", zone, id);
	sql_do("insert into certwright.attempt values ('hostname', $1::uuid, 0, certwright.clock_now(), 'pending', 'retry',"
	    " 'x', 'y', 'z', 1500)", id);
	sql_do("insert into certwright.attempt values ('certificate', $1::uuid, 0, certwright.clock_now(),"
	    " 'pending_issuance', 'retry', 'acme_rate_limited', 'y', 'z', 1)", pack);
	return id;
}

Test(view, no_view_shows_a_secret)
{
	int64_t views;

	full_database();
	/* The check itself can see one. */
	cr_assert_eq(sql_number("select count(*) from certwright.webhook w where w::text ~ 'canary|63616e617279'"), 1);
	views = sql_number("select count(*) from pg_class where " IN_SCHEMA " and relkind = 'v'");
	cr_assert_geq(views, 10);
	for (int64_t i = 0; i < views; i++) {
		char nth[24];
		const char *view;

		snprintf(nth, sizeof nth, "%lld", (long long)i);
		view = sql_value("select relname from pg_class where " IN_SCHEMA " and relkind = 'v'"
		    " order by relname offset $1::integer limit 1", nth);
		cr_assert_str_neq(view, "");
		cr_expect_eq(sql_number("select count(*) from query_to_xml('select * from certwright.' || $1, true, false, '') x"
		    " where x::text ~ 'canary|63616e617279|Y2FuYXJ5'", view), 0, "%s", view);
	}
}

Test(view, a_ready_hostname_is_shown_as_ready)
{
	const char *id = full_database();

	cr_assert_str_eq(sql_value("select concat_ws(' ', hostname, status, ssl_status, ready, certificate_authority,"
	    " last_checked_at is not null, expires_at > certwright.clock_now()) from certwright.hostname_overview"
	    " where id = $1::uuid", id), "shop.customer.com active active t pebble t t");
	sql_do("update certwright.custom_hostname set points_here = false");
	cr_assert_str_eq(sql_value("select ready from certwright.hostname_overview"), "f");
	sql_do("update certwright.custom_hostname set points_here = true, status = 'active_redeploying'");
	cr_assert_str_eq(sql_value("select ready from certwright.hostname_overview"), "f");
}

Test(view, a_pack_has_a_row_for_each_key_type)
{
	full_database();
	cr_assert_str_eq(sql_value("select string_agg(concat_ws(' ', key_type, serial_number,"
	    " round(extract(epoch from renew_at - certwright.clock_now()) / 3600)), ', ' order by key_type)"
	    " from certwright.certificate_overview"), "p256 1 1, rsa2048");
	cr_assert_str_eq(sql_value("select string_agg(key_type || ' ' || days_left, ', ') from certwright.expiring_certificates"),
	    "p256 30");
}

Test(view, jobs_name_the_daemon_that_holds_them)
{
	full_database();
	sql_do("select count(*) from certwright.lease_shards(gen_random_uuid(), 'box:7')");
	cr_assert_str_eq(sql_value("select string_agg(concat_ws(' ', flow, hostname, state, owner, lease_until > certwright.clock_now()),"
	    " ', ' order by flow) from certwright.job_overview where flow not in ('certificate', 'authority')"),
	    "hostname shop.customer.com active box:7 t, delivery shop.customer.com pending box:7 t");
}

/* Its delegation id is the zone's own. */
#define PUSHES "select string_agg(concat_ws(' ', starts_with(name, 'shop.customer.com.'), zone_id is not null, hostname, status," \
	" since is not null, values, code, last_error, next_attempt_at > certwright.clock_now()), ', ') from certwright.publication_overview"

Test(view, a_push_that_is_refused_is_seen_with_its_next_attempt)
{
	full_database();
	sql_do("select certwright.put_setting('dcv_domain', 'dcv.saas.net'),"
	    " certwright.put_setting('dcv_update_server', '127.0.0.1:53')");
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,"
	    " key_authorization, txt_value, status) select id, 'p256', hostname, false, 'https://ca/1', 'txt', 't', 't.k', 'v',"
	    " 'pending' from certwright.certificate");
	sql_do("update certwright.publication set code = 'publish_refused', error = 'it said REFUSED'");
	sql_do("update certwright.job set run_at = certwright.clock_now() + interval '1 minute' where flow = 'publication'");
	cr_assert_str_eq(sql_value(PUSHES), "t t shop.customer.com publishing t 1 publish_refused it said REFUSED t");
	cr_assert_str_eq(sql_value("select string_agg(concat_ws(' ', hostname, state), ', ') from certwright.job_overview"
	    " where flow = 'publication'"), "shop.customer.com publishing");
	sql_do("delete from certwright.challenge");
	cr_assert_str_eq(sql_value("select concat_ws(' ', status, values, code) from certwright.publication_overview"),
	    "publishing 0 publish_refused");
	sql_do("update certwright.job set run_at = 'infinity' where flow = 'publication'");
	cr_assert_eq(sql_number("select count(*) from certwright.publication_overview where next_attempt_at is null"), 1);
}

Test(view, history_names_the_hostname)
{
	full_database();
	cr_assert_str_eq(sql_value("select string_agg(concat_ws(' ', flow, hostname, took), ', ' order by flow)"
	    " from certwright.attempt_history"),
	    "hostname shop.customer.com 00:00:01.5, certificate shop.customer.com 00:00:00.001");
}

Test(view, a_ca_has_counts_and_a_budget)
{
	static const char counts[] = "select concat_ws(' ', orders_1h, orders_7d, failures_1h, budget_left,"
	    " round(extract(epoch from next_order_at - certwright.clock_now()) / 60)) from certwright.ca_overview";

	full_database();
	cr_assert_str_eq(sql_value(counts), "0 0 0 1 0");
	sql_do("select certwright.count_orders(id, '{\"p256\":{\"order_url\":\"a\"},\"rsa2048\":{\"order_url\":\"b\"}}')"
	    " from certwright.certificate");
	sql_do("select certwright.count_orders(id, '{\"p256\":{\"order_url\":null},\"rsa2048\":{\"csr\":\"b\"}}')"
	    " from certwright.certificate");
	sql_do("select certwright.note_authority_error(id, 'acme_rate_limited', 'slow down') from certwright.certificate_authority");
	sql_do("select certwright.reserve_order(id, 'shop.customer.com', false) from certwright.certificate_authority");
	cr_assert_str_eq(sql_value(counts), "2 2 1 0 30");
	sql_do("update certwright.ca_order set ordered_at = ordered_at - interval '2 hours'");
	sql_do("update certwright.ca_failure set at = at - interval '2 hours'");
	cr_assert_str_eq(sql_value(counts), "0 2 0 0 30");
}

/* ---- roles ------------------------------------------------------------------- */

static const struct right {
	const char *role, *sql;
	bool is_granted;
} rights[] = {
	{ "certwright_reader", "select * from certwright.hostname_overview", true },
	{ "certwright_reader", "select * from certwright.ca_overview", true },
	{ "certwright_reader", "select name, values, last_error from certwright.publication_overview", true },
	{ "certwright_app", "select * from certwright.publication_overview", true },
	{ "certwright_reader", "select * from certwright.publication", false },
	{ "certwright_reader", "select * from certwright.webhook", false },
	{ "certwright_reader", "select certwright.create_zone('b', '{}')", false },
	{ "certwright_reader", "select certwright.list_unsealed_secrets()", false },
	{ "certwright_app", "select * from certwright.event_log", true },
	{ "certwright_app", "select certwright.create_zone('b', '{}')", true },
	{ "certwright_app", "select certwright.create_custom_hostname((select zone_id from certwright.hostname_overview),"
	    " '{\"hostname\":\"b.customer.com\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\"}}')", true },
	{ "certwright_app", "select certwright.delete_custom_hostname(zone_id, id) from certwright.hostname_overview", true },
	{ "certwright_app", "select certwright.dns_instructions(zone_id, id) from certwright.hostname_overview", true },
	{ "certwright_app", "select certwright.create_webhook((select zone_id from certwright.hostname_overview),"
	    " '{\"url\":\"https://hook.saas.net/\"}')", true },
	{ "certwright_app", "select certwright.hold_name('a.com', true, '')", true },
	{ "certwright_app", "select * from certwright.issuance", false },
	{ "certwright_app", "update certwright.custom_hostname set status = 'active'", false },
	{ "certwright_app", "select certwright.list_unsealed_secrets()", false },
	{ "certwright_app", "select certwright.schedule('hostname', gen_random_uuid(), now())", false },
	{ "certwright_daemon", "select certwright.list_unsealed_secrets()", true },
	{ "certwright_daemon", "select certwright.lease_shards(gen_random_uuid(), 'x')", true },
	{ "certwright_daemon", "select certwright.put_setting('a', 'b')", true },
	{ "certwright_daemon", "select certwright.maintain(86400)", true },
	{ "certwright_daemon", "select certwright.edit_custom_hostname(zone_id, id, '{}') from certwright.hostname_overview", true },
	{ "certwright_daemon", "truncate certwright.job", false },
	{ "certwright_daemon", "drop view certwright.event_log", false },
	{ "nobody_in_particular", "select certwright.clock_now()", false },
	{ "nobody_in_particular", "select * from certwright.event_log", false },
};

Test(view, roles_may_what_they_must_and_no_more)
{
	full_database();
	/* Roles are the whole cluster's: another test may have been first. */
	sql_do("do $$ begin create role nobody_in_particular nologin;"
	    " exception when duplicate_object or unique_violation then null; end $$");
	for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
		const struct right *r = &rights[i];

		sql_do("begin");
		sql_do("select set_config('role', $1, true)", r->role);
		if (r->is_granted)
			sql_do(r->sql);
		else
			cr_expect_str_eq(sql_refusal(r->sql), "42501", "%s: %s: %s", r->role, r->sql, sql_message());
		sql_do("rollback");
	}
}

Test(view, what_runs_with_the_owners_rights_has_a_fixed_search_path)
{
	cr_assert_str_eq(sql_value("select string_agg(oid::regprocedure::text, ' ') from pg_proc"
	    " where pronamespace = 'certwright'::regnamespace and prosecdef"
	    " and array_to_string(proconfig, ' ') not like 'search_path=certwright, %pg_temp'"), "");
	cr_assert_str_eq(sql_value("select string_agg(f::text, ' ') from certwright.interface_functions() f"
	    " join pg_proc p on p.oid = f where not prosecdef and proname <> 'clock_now'"), "");
	cr_assert_geq(sql_number("select count(*) from certwright.interface_functions()"), 22);
}

Test(view, the_one_clock_is_the_only_clock)
{
	cr_assert_str_eq(sql_value("select string_agg(proname, ' ') from pg_proc"
	    " where pronamespace = 'certwright'::regnamespace and proname <> 'clock_now'"
	    " and prosrc ~* '(current_timestamp|\\mnow\\s*\\(\\)|clock_timestamp|localtimestamp)'"), "");
}
