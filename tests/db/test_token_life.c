/* The life of tokens: from a CA's first answer until the pack is served, over
 * orders that are given up; and what flows, the provider and the customer see. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

#define HOST "shop.customer.com"
#define GET "select certwright.get_custom_hostname($1::uuid, $2::uuid)"
#define EDIT "select certwright.edit_custom_hostname($1::uuid, $2::uuid, $3::jsonb)"
#define REFRESH "select certwright.refresh_custom_hostname($1::uuid, $2::uuid)"

static const char *zone, *id, *pack;

static void
up(void)
{
	sql_up();
	sql_do("insert into certwright.certificate_authority (name, directory, account_key, token_validity)"
	    " values ('own', 'https://ca/', 'x', '7 days')");
	sql_do("select certwright.put_setting('dcv_domain', 'dcv.saas.net')");
	zone = sql_zone("{}");
}

TestSuite(token_life, .init = up, .fini = sql_down, .timeout = 60);

/* A hostname whose pack has its first order. */
static void
begin(const char *ssl)
{
	id = sql_hostname(zone, sql_value("select jsonb_build_object('hostname', '" HOST "', 'ssl', $1::jsonb)", ssl));
	pack = sql_pack(id);
	sql_do("update certwright.certificate set status = 'pending_validation',"
	    " authority_id = (select id from certwright.certificate_authority)");
	sql_do("insert into certwright.issuance (certificate_id, key_type, order_url, order_status)"
	    " values ($1::uuid, 'p256', 'https://ca/1', 'pending')", pack);
}

#define TXT "{\"method\":\"txt\",\"type\":\"dv\"}"
#define HTTP "{\"method\":\"http\",\"type\":\"dv\"}"
#define WILD "{\"method\":\"txt\",\"type\":\"dv\",\"wildcard\":true}"

/* A verdict of the flow that says this. */
static void
change(const char *changes)
{
	sql_do("select certwright.change_certificate($1::uuid, 0, (select status::text from certwright.certificate"
	    " where id = $1::uuid), 'wait', null, false, null, null, $2::jsonb)", pack, changes);
}

#define TOKEN_AT(identifier, wildcard, method, token, value, status, expires) "{\"identifier\":\"" identifier "\"," \
	"\"wildcard\":" wildcard ",\"url\":\"https://ca/" token "\",\"method\":\"" method "\",\"token\":\"" token "\"," \
	"\"key_authorization\":\"" token ".k\",\"txt_value\":\"" value "\",\"status\":\"" status "\",\"expires\":" expires \
	",\"told\":0}"
#define TOKEN(method, token, value) TOKEN_AT(HOST, "false", method, token, value, "pending", "4102444800")

/* What the CA says of the order of a key type. */
static void
read_tokens(const char *key_type, const char *list)
{
	change(sql_value("select jsonb_build_object($1::text, jsonb_build_object('challenges', '[' || $2::text || ']'))",
	    key_type, list));
}

static void
drop_order(const char *key_type)
{
	change(sql_value("select jsonb_build_object($1::text, '{\"order_url\":null}'::jsonb)", key_type));
}

static void
place_order(const char *key_type)
{
	change(sql_value("select jsonb_build_object($1::text, '{\"order_url\":\"https://ca/2\"}'::jsonb)", key_type));
}

/* "v1 pending, v2 valid" */
static const char *
shown(void)
{
	return sql_value("select string_agg(concat_ws(' ', coalesce(r ->> 'txt_value', r ->> 'http_body'), r ->> 'status'), ', ' order by n)"
	    " from jsonb_array_elements(certwright.get_custom_hostname($1::uuid, $2::uuid) #> '{ssl,validation_records}')"
	    " with ordinality a (r, n)", zone, id);
}

/* What the flow reads. */
static const char *
due(const char *column)
{
	return sql_value("select to_jsonb(d) ->> $2 from certwright.due_certificate(0, array(select generate_series(0, 63))::bigint[],"
	    " array_fill(null::text, array[64]), array_fill(null::uuid, array[64]), 1000) d where d.subject = $1::uuid",
	    pack, column);
}

/* "certificate TXT required v1, ..." but for what is about another thing. */
static const char *
told(void)
{
	return sql_value("select string_agg(concat_ws(' ', purpose, type, state, case purpose when 'delegation' then null else value end),"
	    " ', ' order by purpose, value) from certwright.dns_instructions($1::uuid, $2::uuid)"
	    " where purpose not in ('routing', 'ownership')", zone, id);
}

static const char *
fix_of(const char *value)
{
	return sql_value("select fix from certwright.dns_instructions($1::uuid, $2::uuid) where $3 in (value, purpose)", zone, id, value);
}

Test(token_life, the_tokens_of_a_pack_that_ended_are_published_no_more)
{
	static const char *const ends[] = { "validation_timed_out", "issuance_timed_out" };

	sql_do("select certwright.put_setting('dcv_update_server', '127.0.0.1:53')");
	begin(TXT);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		sql_do("update certwright.certificate set status = $1::certwright.ssl_status", i == 0 ? "pending_validation" : "pending_issuance");
		read_tokens("p256", TOKEN("txt", "t1", "v1"));
		cr_expect_eq(sql_number("select count(*) from certwright.publication_value where wanted"), 1);
		sql_do("select certwright.change_certificate($1::uuid, 0, (select status::text from certwright.certificate where id = $1::uuid),"
		    " 'fail:' || $2::text, $2::text, true, 'token_missing', 'not found', '{}')", pack, ends[i]);
		cr_expect_eq(sql_number("select count(*) from certwright.publication_value where wanted"), 0, "%s", ends[i]);
		cr_expect_eq(sql_number("select count(*) from certwright.job where flow = 'publication'"), 1, "it is taken away");
		cr_expect_eq(sql_number("select count(*) from certwright.token_entries('" HOST "')"), 0, "%s", ends[i]);
	}
}

Test(token_life, under_a_hold_nothing_is_published_and_afterwards_the_order_goes_on)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	sql_do("select certwright.hold_name('" HOST "', false, null)");
	cr_expect_eq(sql_number("select count(*) from certwright.token_entries('" HOST "')"), 0);
	cr_expect_str_eq(sql_value("select order_url, order_status from certwright.issuance where order_status is null"), "https://ca/1");
	sql_do("select certwright.release_name('" HOST "')");
	sql_do(REFRESH, zone, id);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	cr_expect_eq(sql_number("select count(*) from certwright.token_entries('" HOST "')"), 1);
}

/* ---- one order after another -------------------------------------------------------- */

Test(token_life, tokens_of_an_order_that_is_given_up_are_shown_until_the_next_ones_come)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	cr_expect_str_eq(shown(), "v1 pending");
	drop_order("p256");
	cr_expect_str_eq(shown(), "v1 expired");
	place_order("p256");
	cr_expect_str_eq(shown(), "v1 expired");
	read_tokens("p256", TOKEN("txt", "t2", "v2"));
	cr_expect_str_eq(shown(), "v2 pending");
	drop_order("p256");
	cr_expect_str_eq(shown(), "v2 expired", "of those that are of no use the last ones");
	sql_do("update certwright.certificate set status = 'initializing'");
	cr_expect_str_eq(shown(), "v2 expired");
	sql_do("update certwright.certificate set status = 'pending_issuance'");
	cr_expect_str_eq(shown(), "", "the CA is content");
}

Test(token_life, each_order_shows_its_own_tokens)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	read_tokens("rsa2048", TOKEN("txt", "t2", "v2"));
	cr_expect_str_eq(shown(), "v1 pending, v2 pending");
	drop_order("p256");
	cr_expect_str_eq(shown(), "v1 expired, v2 pending");
	drop_order("rsa2048");
	sql_do("update certwright.challenge set voided_at = voided_at - interval '1 minute', created_at = created_at - interval '1 hour'");
	read_tokens("p256", TOKEN("txt", "t3", "v3"));
	cr_expect_str_eq(shown(), "v3 pending", "what is asked for next comes one after the other");
}

Test(token_life, a_value_that_both_orders_want_is_shown_once_until_both_have_it)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	read_tokens("rsa2048", TOKEN("txt", "t1", "v1"));
	cr_expect_str_eq(shown(), "v1 pending");
	sql_do("update certwright.challenge set status = 'valid' where key_type = 'p256'");
	cr_expect_str_eq(shown(), "v1 pending");
	sql_do("update certwright.challenge set status = 'valid'");
	cr_expect_str_eq(shown(), "v1 valid");
}

Test(token_life, what_is_read_again_keeps_its_age_and_its_end)
{
	begin(TXT);
	read_tokens("p256", TOKEN_AT(HOST, "false", "txt", "t1", "v1", "pending", "4000000000") ","
	    TOKEN("http", "t1", "v1"));
	sql_do("update certwright.challenge set created_at = created_at - interval '1 hour', url = 'old'");
	read_tokens("p256", TOKEN_AT(HOST, "false", "txt", "t1", "v1", "seen", "4100000000") ","
	    TOKEN_AT(HOST, "false", "http", "t2", "v2", "pending", "4000000000"));
	cr_expect_str_eq(sql_value("select string_agg(concat_ws(' ', method, txt_value, url, status, extract(epoch from expires_at),"
	    " created_at < certwright.clock_now() - interval '30 minutes', voided_at is null), ', ' order by id)"
	    " from certwright.challenge"),
	    "txt v1 https://ca/t1 seen 4000000000.000000 t t, http v1 old pending 4102444800.000000 t f,"
	    " http v2 https://ca/t2 pending 4000000000.000000 f t");
	read_tokens("p256", TOKEN_AT(HOST, "false", "txt", "t1", "v1", "seen", "0"));
	cr_expect_str_eq(sql_value("select extract(epoch from expires_at) from certwright.challenge where voided_at is null"),
	    "4000000000.000000");
	read_tokens("p256", TOKEN_AT(HOST, "false", "txt", "t1", "v1", "seen", "3900000000"));
	cr_expect_str_eq(sql_value("select extract(epoch from expires_at) from certwright.challenge where voided_at is null"),
	    "3900000000.000000");
}

Test(token_life, a_token_that_comes_back_in_a_new_order_is_asked_for_and_no_old_one)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1") "," TOKEN("http", "t1", "v1"));
	sql_do("update certwright.challenge set expires_at = certwright.clock_now()");
	drop_order("p256");
	place_order("p256");
	cr_expect_str_eq(due("old_values"), "{\"http\" : [\"t1.k\"], \"txt\" : [\"v1\"]}");
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	cr_expect_str_eq(shown(), "v1 pending");
	cr_expect_str_eq(due("old_values"), "{\"http\" : [\"t1.k\"], \"txt\" : []}");
	cr_expect_str_eq(sql_value("select string_agg(concat_ws(' ', method, extract(epoch from expires_at)), ', ')"
	    " from certwright.challenge where voided_at is null"), "txt 4102444800.000000",
	    "it lives as long as the CA says now");
}

Test(token_life, one_thing_said_twice_is_one_token)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1") "," TOKEN("txt", "t2", "v2"));
	cr_expect_eq(sql_number("select count(*) from certwright.challenge"), 1);
}

Test(token_life, the_newest_forty_useless_tokens_are_kept_and_eight_of_a_kind_are_told)
{
	char list[600];

	begin(TXT);
	for (int i = 0; i < 24; i++) {
		snprintf(list, sizeof list, TOKEN("http", "t%1$d", "v%1$d") "," TOKEN("txt", "t%1$d", "v%1$d"), i);
		read_tokens("p256", list);
	}
	cr_expect_str_eq(sql_value("select concat_ws(' ', count(*), count(voided_at), min(substr(token, 2)::integer))"
	    " from certwright.challenge"), "42 40 3");
	cr_expect_str_eq(due("old_values"), "{\"http\" : [\"t22.k\", \"t21.k\", \"t20.k\", \"t19.k\", \"t18.k\", \"t17.k\", \"t16.k\", \"t15.k\"],"
	    " \"txt\" : [\"v22\", \"v21\", \"v20\", \"v19\", \"v18\", \"v17\", \"v16\", \"v15\"]}");
	drop_order("p256");
	cr_expect_str_eq(sql_value("select concat_ws(' ', count(*), count(voided_at)) from certwright.challenge"), "40 40");
}

Test(token_life, who_leaves_a_ca_keeps_its_tokens_in_sight)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	read_tokens("rsa2048", TOKEN("txt", "t2", "v2"));
	change("{\"ca\":{\"leave\":\"rate\",\"code\":\"acme_rate_limited\",\"error\":\"busy\"}}");
	cr_expect_eq(sql_number("select count(*) from certwright.issuance"), 0);
	cr_expect_str_eq(shown(), "v1 expired, v2 expired");
	cr_expect_str_eq(due("old_values"), "{\"http\" : [], \"txt\" : [\"v2\", \"v1\"]}");
}

Test(token_life, a_pack_that_is_served_has_neither_tokens_nor_troubles)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	drop_order("p256");
	read_tokens("p256", TOKEN("txt", "t2", "v2"));
	change("{\"setback\":\"{\\\"code\\\":\\\"token_expired\\\"}\",\"findings\":\"[]\",\"delegated\":\"true\"}");
	sql_do("update certwright.certificate set status = 'pending_deployment'");
	sql_do("select certwright.change_certificate($1::uuid, 0, 'pending_deployment', 'go:active', 'active', false, null, null, '{}')", pack);
	cr_expect_eq(sql_number("select count(*) from certwright.challenge"), 0);
	cr_expect_str_eq(sql_value("select concat_ws(' ', setback, findings, is_delegated) from certwright.certificate"), "t");
	/* Who succeeds it will find the delegation, too, until it is seen not to. */
	sql_do("select certwright.renew_custom_hostname($1::uuid, $2::uuid)", zone, id);
	cr_expect_str_eq(sql_value("select is_delegated from certwright.certificate where successor_of = $1::uuid", pack), "t");
}

Test(token_life, a_hostname_that_goes_takes_its_tokens_along)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1") "," TOKEN("http", "t1", "v1"));
	cr_expect_eq(sql_number("select count(*) from certwright.token_entries('" HOST "')"), 2);
	sql_do("select certwright.delete_custom_hostname($1::uuid, $2::uuid)", zone, id);
	cr_expect_eq(sql_number("select count(*) from certwright.token_entries('" HOST "')"), 0);
	cr_expect_eq(sql_number("select count(*) from certwright.challenge"), 2);
	sql_do("select certwright.change_certificate($1::uuid, 0, 'pending_deletion', 'go:deleted', 'deleted', true, null, null, '{}')", pack);
	cr_expect_eq(sql_number("select count(*) from certwright.challenge"), 0);
}

/* ---- what is shown ---------------------------------------------------------------------- */

Test(token_life, a_wildcard_has_two_values_at_one_name)
{
	begin(WILD);
	read_tokens("p256", TOKEN("txt", "t1", "v1") "," TOKEN_AT(HOST, "true", "txt", "t2", "v2", "seen", "4102444800"));
	cr_expect_str_eq(sql_value(GET " #> '{ssl,validation_records}'", zone, id),
	    "[{\"status\": \"pending\", \"txt_name\": \"_acme-challenge." HOST "\", \"txt_value\": \"v1\"},"
	    " {\"status\": \"processing\", \"txt_name\": \"_acme-challenge." HOST "\", \"txt_value\": \"v2\"}]");
}

static const struct {
	const char *row, *order_status, *word;
} statuses[] = {
	{ "status = 'pending'", "pending", "v1 pending" },
	{ "status = 'pending'", "", "v1 pending" },
	{ "status = 'seen'", "pending", "v1 processing" },
	{ "status = 'processing'", "pending", "v1 processing" },
	{ "status = 'valid'", "pending", "v1 valid" },
	{ "status = 'processing'", "ready", "v1 valid" },
	{ "status = 'pending'", "valid", "v1 valid" },
	{ "status = 'valid', expires_at = certwright.clock_now()", "pending", "v1 valid" },
	{ "status = 'pending', expires_at = certwright.clock_now()", "pending", "v1 expired" },
	{ "status = 'seen', voided_at = certwright.clock_now()", "pending", "v1 expired" },
	{ "status = 'seen', voided_at = certwright.clock_now()", "", "v1 expired" },
	{ "status = 'seen', voided_at = certwright.clock_now()", "ready", "" },
};

Test(token_life, records_have_a_word_for_where_they_are)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		sql_do("update certwright.challenge set voided_at = null, expires_at = null");
		sql_do(sql_value("select 'update certwright.challenge set ' || $1", statuses[i].row));
		sql_do("update certwright.issuance set order_status = nullif($1, '')", statuses[i].order_status);
		cr_expect_str_eq(shown(), statuses[i].word, "%s, order %s: %s", statuses[i].row, statuses[i].order_status, shown());
	}
}

Test(token_life, the_delegation_says_whether_it_was_seen)
{
	static const char path[] = GET " #>> '{ssl,dcv_delegation_records,0,status}'";

	begin(TXT);
	cr_expect_str_eq(sql_value(path, zone, id), "pending");
	change("{\"delegated\":\"true\"}");
	cr_expect_str_eq(sql_value(path, zone, id), "valid");
	change("{\"tried\":\"now\"}");
	cr_expect_str_eq(sql_value(path, zone, id), "valid", "what is not said stays");
	change("{\"delegated\":\"false\"}");
	cr_expect_str_eq(sql_value(path, zone, id), "pending");
}

Test(token_life, another_method_has_other_tokens_of_the_same_order)
{
	begin(HTTP);
	sql_do("insert into certwright.issuance (certificate_id, key_type, order_url, order_status)"
	    " values ($1::uuid, 'rsa2048', 'https://ca/r', 'ready')", pack);
	read_tokens("p256", TOKEN("http", "t1", "v1"));
	sql_do("update certwright.job set run_at = certwright.clock_now() + interval '1 hour', attempts = 7");
	sql_do(EDIT, zone, id, "{\"ssl\":" TXT "}");
	cr_expect_str_eq(sql_value("select string_agg(concat_ws(' ', key_type, order_url, order_status), ', ' order by key_type)"
	    " from certwright.issuance"), "p256 https://ca/1, rsa2048 https://ca/r ready");
	cr_expect_str_eq(sql_value("select concat_ws(' ', status, version) from certwright.certificate"), "pending_validation 2");
	cr_expect_str_eq(sql_value("select attempts || ' ' || (run_at <= certwright.clock_now()) from certwright.job"
	    " where flow = 'certificate'"), "0 true");
	change("{\"version\":\"1\",\"p256\":{\"order_status\":\"pending\",\"challenges\":\"[]\"}}");
	cr_expect_str_eq(due("p256"), sql_value("select certwright.issuance_json($1::uuid, 'p256', false)", pack));
	cr_expect_eq(sql_number("select count(*) from certwright.challenge where voided_at is null"), 1, "read for the other method");
	read_tokens("p256", TOKEN("http", "t1", "v1") "," TOKEN("txt", "t1", "v1"));
	cr_expect_str_eq(shown(), "v1 pending");
	sql_do(EDIT, zone, id, "{\"ssl\":" HTTP "}");
	cr_expect_str_eq(shown(), "t1.k pending");
	sql_do(EDIT, zone, id, "{\"ssl\":" HTTP "}");
	cr_expect_str_eq(sql_value("select version from certwright.certificate"), "3", "the same method is no change");
	read_tokens("p256", TOKEN("http", "t1", "v1"));
	sql_do(EDIT, zone, id, "{\"ssl\":" TXT "}");
	cr_expect_str_eq(shown(), "", "what was given up is not what is asked for now");
}

/* ---- what the flow reads ------------------------------------------------------------------ */

Test(token_life, the_flow_reads_what_is_asked_for_now_and_since_when)
{
	begin(TXT);
	read_tokens("p256", TOKEN_AT(HOST, "false", "txt", "t1", "v1", "pending", "3000000000"));
	read_tokens("p256", TOKEN_AT(HOST, "false", "txt", "t2", "v2", "pending", "4000000000"));
	cr_expect_str_eq(sql_value("select concat_ws(' ', i ->> 'expires', jsonb_array_length(i -> 'challenges'),"
	    " i #>> '{challenges,0,token}', (i #>> '{challenges,0,given}')::bigint between extract(epoch from certwright.clock_now()) - 60"
	    " and extract(epoch from certwright.clock_now())) from (select $1::jsonb) x (i)", due("p256")), "4000000000 1 t2 t");
	sql_do("update certwright.issuance set order_expires_at = to_timestamp(3900000000)");
	cr_expect_str_eq(sql_value("select $1::jsonb ->> 'expires'", due("p256")), "3900000000");
	cr_expect_str_eq(sql_value("select $1::jsonb ->> 'token_validity'", due("authority")), "604800");
	cr_expect_str_eq(due("delegation"),
	    sql_value("select '" HOST ".' || dcv_delegation_id || '.dcv.saas.net' from certwright.zone"));
	cr_expect_str_eq(due("publishing"), "false");
	cr_expect_str_eq(due("delegated"), "false");
	change("{\"delegated\":\"true\"}");
	cr_expect_str_eq(due("delegated"), "true");
	sql_do("update certwright.certificate set method = 'http'");
	cr_expect_str_eq(due("delegation"), "");
}

Test(token_life, a_token_on_its_way_to_a_name_server_is_told)
{
	sql_do("select certwright.put_setting('dcv_update_server', '192.0.2.1:53')");
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	cr_expect_str_eq(due("publishing"), "true");
	sql_do("update certwright.certificate set status = 'pending_issuance'");
	cr_expect_str_eq(due("publishing"), "false");
}

Test(token_life, only_who_shows_control_reads_what_that_needs)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	cr_expect_str_eq(due("old_values"), "");
	drop_order("p256");
	cr_expect_str_neq(due("old_values"), "");
	sql_do("update certwright.certificate set status = 'initializing'");
	cr_expect_str_eq(due("old_values"), "");
	cr_expect_str_eq(due("delegation"), "");
}

Test(token_life, a_setback_stays_until_it_is_cleared_or_the_provider_asks_to_look)
{
	static const char setback[] = "{\"setback\":\"{\\\"code\\\":\\\"token_expired\\\",\\\"detail\\\":\\\"over\\\"}\",\"findings\":\"[1]\"}";
	static const char stored[] = "{\"code\":\"token_expired\",\"detail\":\"over\"}";

	begin(TXT);
	change(setback);
	cr_expect_str_eq(due("setback"), stored);
	change("{\"tried\":\"now\"}");
	cr_expect_str_eq(due("setback"), stored);
	change("{\"setback\":null}");
	cr_expect_str_eq(due("setback"), "");
	change(setback);
	sql_do(REFRESH, zone, id);
	cr_expect_str_eq(due("setback"), "");
	cr_expect_str_eq(sql_value("select findings from certwright.certificate"), "[1]", "still the last look");
	change(setback);
	sql_do(EDIT, zone, id, "{\"ssl\":" TXT "}");
	cr_expect_str_eq(due("setback"), "");
	change(setback);
	sql_do("select certwright.reissue_pack($1::uuid)", pack);
	cr_expect_str_eq(sql_value("select concat_ws(' ', setback, findings) from certwright.certificate"), "");
}

Test(token_life, nothing_is_heard_of_orders_that_were_given_up)
{
	begin(TXT);
	change("{\"version\":\"0\",\"setback\":\"{}\",\"delegated\":\"true\",\"findings\":\"[]\"}");
	cr_expect_str_eq(sql_value("select concat_ws(' ', setback, findings, is_delegated) from certwright.certificate"), "f");
	change("{\"version\":\"1\",\"setback\":\"{}\",\"delegated\":\"true\",\"findings\":\"[]\"}");
	cr_expect_str_eq(sql_value("select concat_ws(' ', setback, findings, is_delegated) from certwright.certificate"), "{} [] t");
}

/* ---- what the customer is told -------------------------------------------------------------- */

#define AT(name) "\"purpose\":\"certificate\",\"where\":\"" name "\""
#define FINDINGS "[{" AT("_acme-challenge." HOST) ",\"code\":null,\"expected\":\"TXT v2\",\"found\":[\"TXT v2\"],\"fix\":null}," \
	"{" AT("_acme-challenge." HOST) ",\"code\":\"token_old\",\"expected\":\"TXT v1\",\"found\":[\"TXT v0\"],\"fix\":\"replace v0\"}]"

static void
find(const char *findings)
{
	sql_do("update certwright.certificate set findings = $1::json", findings);
}

Test(token_life, instructions_tell_what_the_last_look_found)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	read_tokens("rsa2048", TOKEN_AT(HOST, "false", "txt", "t2", "v2", "seen", "0"));
	cr_expect_str_eq(told(), "certificate TXT required v1, certificate TXT satisfied v2, delegation CNAME required");
	cr_expect_str_eq(fix_of("v1"), "at the DNS provider of customer.com, add a record of type TXT with the name"
	    " _acme-challenge." HOST " and the value v1");
	find(FINDINGS);
	cr_expect_str_eq(sql_value("select string_agg(concat_ws(' ', value, found, fix), ', ' order by value)"
	    " from certwright.dns_instructions($1::uuid, $2::uuid) where purpose = 'certificate'", zone, id),
	    "v1 {\"TXT v0\"} replace v0, v2 {\"TXT v2\"} nothing to do; keep the record");
	cr_expect_not_null(strstr(fix_of("delegation"), "add a record of type CNAME"), "that advice is about the value");
	read_tokens("p256", TOKEN("txt", "t3", "v3"));
	cr_expect_not_null(strstr(fix_of("v3"), "and the value v3"), "that advice is about the value before");
	find("[{" AT("_acme-challenge." HOST) ",\"code\":\"delegation_elsewhere\",\"expected\":\"CNAME x\",\"found\":[\"CNAME a.b\"],"
	    "\"fix\":\"not to a.b\"}]");
	cr_expect_str_eq(fix_of("delegation"), "not to a.b");
	cr_expect_str_eq(fix_of("v3"), "not to a.b");
	cr_expect_str_eq(sql_value("select found from certwright.dns_instructions($1::uuid, $2::uuid) where purpose = 'delegation'",
	    zone, id), "{\"CNAME a.b\"}");
}

Test(token_life, what_has_expired_is_not_to_be_published_any_more)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1"));
	drop_order("p256");
	find(FINDINGS);
	cr_expect_str_eq(told(), "certificate TXT obsolete v1, delegation CNAME required");
	cr_expect_not_null(strstr(fix_of("v1"), "it has expired"));
	read_tokens("p256", TOKEN("txt", "t2", "v2"));
	cr_expect_str_eq(told(), "certificate TXT required v2, delegation CNAME required");
	sql_do("update certwright.certificate set status = 'validation_timed_out'");
	cr_expect_str_eq(told(), "delegation CNAME required", "nobody would look for it");
}

Test(token_life, a_delegation_and_the_values_stand_for_each_other)
{
	begin(WILD);
	read_tokens("p256", TOKEN("txt", "t1", "v1") "," TOKEN_AT(HOST, "true", "txt", "t2", "v2", "seen", "0"));
	cr_expect_str_eq(told(), "certificate TXT required v1, certificate TXT satisfied v2, delegation CNAME required");
	sql_do("update certwright.challenge set status = 'seen'");
	cr_expect_str_eq(told(), "certificate TXT satisfied v1, certificate TXT satisfied v2, delegation CNAME satisfied");
	cr_expect_not_null(strstr(fix_of("delegation"), "renewals need nothing more"));
	sql_do("update certwright.challenge set status = 'pending'");
	find(FINDINGS);
	change("{\"delegated\":\"true\"}");
	cr_expect_str_eq(told(), "certificate TXT obsolete v1, certificate TXT obsolete v2, delegation CNAME satisfied");
	cr_expect_str_eq(fix_of("delegation"), "nothing to do; keep the record");
	cr_expect_str_eq(fix_of("v1"), "this record is not needed any more and may be removed");
}

Test(token_life, a_delegation_does_not_show_the_name_of_the_brand)
{
	begin(TXT);
	read_tokens("p256", TOKEN("txt", "t1", "v1") "," TOKEN_AT("sni.saas.net", "false", "txt", "t2", "v2", "pending", "0"));
	change("{\"delegated\":\"true\"}");
	cr_expect_str_eq(told(), "certificate TXT obsolete v1, certificate TXT required v2, delegation CNAME satisfied");
	change("{\"delegated\":\"false\"}");
	sql_do("update certwright.challenge set status = 'seen' where txt_value = 'v1'");
	cr_expect_str_eq(told(), "certificate TXT satisfied v1, certificate TXT required v2, delegation CNAME satisfied");
}

Test(token_life, a_page_is_told_to_whoever_publishes_it_by_hand)
{
	begin(HTTP);
	read_tokens("p256", TOKEN("http", "t1", "v1"));
	sql_do("select certwright.put_setting('http_port', '8080')");
	cr_expect_str_eq(told(), "certificate HTTP required t1.k");
	cr_expect_str_eq(sql_value("select name from certwright.dns_instructions($1::uuid, $2::uuid) where type = 'HTTP'", zone, id),
	    "http://" HOST "/.well-known/acme-challenge/t1");
	cr_expect_str_eq(fix_of("t1.k"), "let the web server answer http://" HOST "/.well-known/acme-challenge/t1 with the body"
	    " t1.k and nothing else, or let the hostname point here, where it is answered");
	sql_do("update certwright.custom_hostname set points_here = true");
	cr_expect_str_eq(told(), "certificate HTTP satisfied t1.k", "we answer");
	find("[{" AT("http://" HOST ":8080/.well-known/acme-challenge/t1") ",\"code\":\"http_blocked\",\"found\":[\"403\"],\"fix\":\"let it pass\"}]");
	cr_expect_str_eq(told(), "certificate HTTP required t1.k");
	cr_expect_str_eq(fix_of("t1.k"), "let it pass");
	sql_do("update certwright.challenge set status = 'processing'");
	cr_expect_str_eq(told(), "certificate HTTP satisfied t1.k");
	cr_expect_str_eq(fix_of("t1.k"), "nothing to do; it is answered as it should be");
}

#define PERSIST(wildcard, token, value, status) TOKEN_AT(HOST, wildcard, "persist", token, value, status, "0")

Test(token_life, a_record_that_stays_is_one_of_several_ways)
{
	begin(WILD);
	read_tokens("rsa2048", PERSIST("true", "t0", "ca; accounturi=0", "pending"));
	drop_order("rsa2048");
	cr_expect_str_eq(due("old_values"), "", "such a record is never old");
	read_tokens("p256", TOKEN("txt", "t1", "v1") "," PERSIST("false", "t2", "ca; accounturi=a", "pending") ","
	    PERSIST("true", "t3", "ca; accounturi=a; policy=wildcard", "pending"));
	read_tokens("rsa2048", PERSIST("true", "t4", "ca; accounturi=a; policy=wildcard", "pending"));
	cr_expect_str_eq(shown(), "v1 pending", "it is no token");
	cr_expect_str_eq(told(), "certificate TXT required v1, delegation CNAME required,"
	    " persistent TXT required ca; accounturi=a; policy=wildcard");
	cr_expect_str_eq(fix_of("persistent"), "instead of the other records: at the DNS provider of customer.com, add a record of"
	    " type TXT with the name _validation-persist." HOST " and the value ca; accounturi=a; policy=wildcard; it stays, and"
	    " renewals need nothing more");
	sql_do("update certwright.challenge set status = 'seen' where method = 'persist' and key_type = 'p256'");
	cr_expect_str_eq(told(), "certificate TXT required v1, delegation CNAME required,"
	    " persistent TXT required ca; accounturi=a; policy=wildcard", "the other order still waits");
	sql_do("update certwright.challenge set status = 'seen' where method = 'persist'");
	cr_expect_str_eq(told(), "certificate TXT obsolete v1, delegation CNAME satisfied,"
	    " persistent TXT satisfied ca; accounturi=a; policy=wildcard");
	cr_expect_str_eq(fix_of("persistent"), "nothing to do; keep the record");
	cr_expect_str_eq(due("old_values"), "");
	drop_order("rsa2048");
	drop_order("p256");
	cr_expect_str_eq(told(), "certificate TXT obsolete v1, delegation CNAME required");
	cr_expect_str_eq(due("old_values"), "{\"http\" : [], \"txt\" : [\"v1\"]}");
}
