/* What create_custom_hostname takes and refuses, code by code. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

TestSuite(hostname_rules, .init = sql_up, .fini = sql_down, .timeout = 60);

#define CREATE "select certwright.create_custom_hostname($1::uuid, $2::jsonb) ->> 'hostname'"
#define NAME(name) "{\"hostname\":\"" name "\"}"
#define WITH(members) "{\"hostname\":\"shop.customer.com\"," members "}"
#define SSL(members) WITH("\"ssl\":{" members "}")
#define DV(members) SSL("\"method\":\"txt\",\"type\":\"dv\"," members)
#define SETTING(member) DV("\"settings\":{" member "}")
#define L60 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"

static const struct refused {
	int code;
	const char *body;
} refused[] = {
	{ 1400, "[]" },
	{ 1400, WITH("\"colour\":\"red\"") },
	{ 1401, WITH("\"custom_metadata\":\"text\"") },
	{ 1401, WITH("\"custom_metadata\":[]") },
	{ 1407, "{}" },
	{ 1407, "{\"hostname\":null}" },
	{ 1407, "{\"hostname\":7}" },
	{ 1407, NAME("") },
	{ 1407, NAME(".") },
	{ 1407, NAME("192.0.2.1") },
	{ 1407, NAME("3221225985") },
	{ 1407, NAME("0x7f.1") },
	{ 1407, NAME("shop.0xc0000201") },
	{ 1407, NAME("2001:db8::1") },
	{ 1407, NAME("[::1]") },
	{ 1407, NAME("*.customer.com") },
	{ 1407, NAME("_dmarc.customer.com") },
	{ 1407, NAME("a_b.customer.com") },
	{ 1407, NAME("shop customer.com") },
	{ 1407, NAME("shop..customer.com") },
	{ 1407, NAME(".customer.com") },
	{ 1407, NAME("shop.customer.com..") },
	{ 1407, NAME("-shop.customer.com") },
	{ 1407, NAME("shop-.customer.com") },
	{ 1407, NAME("https://shop.customer.com") },
	{ 1407, NAME("shop.customer.com:443") },
	{ 1407, NAME("shop.customer.com/") },
	{ 1407, NAME("shop.customer.com\\n") },
	{ 1407, NAME("a" L60 "abc.customer.com") },			/* a label of 64 */
	{ 1407, NAME(L60 "." L60 "." L60 "." L60 ".customer.com") },	/* 256 */
	{ 1408, NAME("b\xc3\xbc" "cher.customer.com") },
	{ 1408, NAME("shop\xe3\x80\x82" "customer.com") },
	{ 1409, NAME("localhost") },
	{ 1409, NAME("shop.test") },
	{ 1409, NAME("shop.EXAMPLE") },
	{ 1409, NAME("a.b.invalid.") },
	{ 1410, NAME("com") },
	{ 1410, NAME("co.uk") },
	{ 1410, NAME("github.io") },
	{ 1410, NAME("anything.ck") },
	{ 1410, NAME("nosuchtopdomain") },
	{ 1411, NAME("example.com") },
	{ 1411, NAME("shop.example.net") },
	{ 1411, NAME("SHOP.Example.Org") },
	{ 1412, DV("\"wildcard\":true},\"custom_metadata\":{\"a\":\"b\"") },
	{ 1415, WITH("\"custom_origin_server\":\"192.0.2.1\"") },
	{ 1415, WITH("\"custom_origin_server\":\"https://o.saas.net\"") },
	{ 1415, WITH("\"custom_origin_server\":7") },
	{ 1416, WITH("\"custom_origin_server\":\"\xc3\xb6.saas.net\"") },
	{ 1417, WITH("\"custom_origin_server\":\"origin.test\"") },
	{ 1418, WITH("\"custom_origin_server\":\"co.uk\"") },
	{ 1419, WITH("\"custom_origin_server\":\"origin.example.com\"") },
	{ 1420, WITH("\"custom_origin_server\":\"*.saas.net\"") },
	{ 1400, WITH("\"custom_origin_sni\":\"a.saas.net\"") },
	{ 1400, WITH("\"custom_origin_server\":\"o.saas.net\",\"custom_origin_sni\":\"a b\"") },
	{ 1422, SETTING("\"http2\":\"yes\"") },
	{ 1422, SETTING("\"http2\":true") },
	{ 1423, SETTING("\"tls_1_2_only\":\"1\"") },
	{ 1424, SETTING("\"tls_1_3\":\"zrt\"") },
	{ 1425, SETTING("\"min_tls_version\":\"1.4\"") },
	{ 1425, SETTING("\"min_tls_version\":1.2") },
	{ 1434, SETTING("\"early_hints\":\"maybe\"") },
	{ 1434, SETTING("\"http3\":\"on\"") },
	{ 1432, SSL("\"method\":\"cname\",\"type\":\"dv\"") },
	{ 1432, SSL("\"method\":null,\"type\":\"dv\"") },
	{ 1433, SSL("\"method\":\"txt\",\"type\":\"ov\"") },
	{ 1434, WITH("\"ssl\":\"yes\"") },
	{ 1434, WITH("\"ssl\":[]") },
	{ 1434, DV("\"colour\":\"red\"") },
	{ 1434, DV("\"certificate_authority\":\"digicert\"") },
	{ 1434, DV("\"wildcard\":\"yes\"") },
	{ 1434, SSL("\"method\":\"email\",\"type\":\"dv\"") },
	{ 1440, WITH("\"ssl\":{}") },
	{ 1440, SSL("\"method\":\"txt\"") },
	{ 1440, SSL("\"type\":\"dv\"") },
	{ 1442, SETTING("\"ciphers\":[\"RC4-SHA\"]") },
	{ 1442, SETTING("\"ciphers\":\"AES128-SHA\"") },
	{ 1442, SETTING("\"ciphers\":[\"AES128-SHA\",\"AES128-SHA\"]") },
	{ 1443, SETTING("\"ciphers\":[\"AES128-SHA\"],\"min_tls_version\":\"1.3\"") },
	{ 1448, SSL("\"method\":\"http\",\"type\":\"dv\",\"wildcard\":true") },
	{ 1449, DV("\"bundle_method\":\"best\"") },
	{ 1449, DV("\"bundle_method\":1") },
	{ 1469, "{\"hostname\":\"" L60 ".customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\",\"cloudflare_branding\":true}}" },
};

/* The documented message and HTTP status belong to the code. */
static void
is_refused_as_documented(const char *zone, const struct refused *r)
{
	char state[16], detail[32];
	const char *message, *status;

	snprintf(state, sizeof state, "X%d", r->code);
	cr_expect_str_eq(sql_refusal(CREATE, zone, r->body), state, "%s: not %s but %s (%s)", r->body, state,
	    sql_message(), sql_hint());
	snprintf(detail, sizeof detail, "\"code\":%d", r->code);
	cr_expect_not_null(strstr(sql_detail(), detail), "%s", sql_detail());
	message = sql_value("select $1", sql_message());
	status = sql_value("select $1::jsonb ->> 'status'", sql_detail());
	cr_expect_str_eq(sql_value("select status from certwright.documented_errors() where code = $1::integer"
	    " and $2 like replace(replace(message, '\\', '\\\\'), ':reason', '%')", state + 1, message), status,
	    "%s: %s", r->body, message);
}

Test(hostname_rules, every_documented_refusal)
{
	const char *zone = sql_zone("{}");

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		is_refused_as_documented(zone, &refused[i]);
	cr_assert_eq(sql_number("select count(*) from certwright.custom_hostname"), 0);
	cr_assert_eq(sql_number("select count(*) from certwright.job"), 0);
}

Test(hostname_rules, messages_are_those_of_the_documentation)
{
	/* 1469 is not in the table of the documentation. */
	cr_assert_str_eq(sql_value(
	    "with documented as (select m[1]::integer as status, m[2]::integer as code,"
	    "  case when m[3] like '\"%' then replace(substr(m[3], 2, length(m[3]) - 2), '\"\"', '\"') else m[3] end as message"
	    " from regexp_matches($1, '^([0-9]+),([0-9]+),(\"(?:[^\"]|\"\")*\"|[^,\\n]*),', 'gn') m)"
	    "select string_agg(coalesce(d.code, e.code)::text, ' ') from documented d"
	    " full join certwright.documented_errors() e on e.code = d.code"
	    " where (d.status, d.message) is distinct from (e.status, e.message)",
	    sql_file("errors-custom-hostnames.csv")), "1469");
}

static const struct taken {
	const char *name, *canonical;
} taken[] = {
	{ "Shop.Customer.COM", "shop.customer.com" },
	{ "shop.customer.com.", "shop.customer.com" },
	{ "customer.co.uk", "customer.co.uk" },
	{ "xn--bcher-kva.customer.com", "xn--bcher-kva.customer.com" },
	{ "1.2.3.4.customer.com", "1.2.3.4.customer.com" },
	{ "me.github.io", "me.github.io" },
	{ "www.ck", "www.ck" },					/* an exception of *.ck */
	{ "notexample.com", "notexample.com" },
	{ "a" L60 "bc.customer.com", "a" L60 "bc.customer.com" },	/* a label of 63, a name of 76 */
};

Test(hostname_rules, names_are_kept_as_lower_case_a_labels)
{
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
		const char *zone = sql_zone("{}");
		const char *body = sql_value("select json_build_object('hostname', $1::text, 'ssl',"
		    " '{\"method\":\"http\",\"type\":\"dv\"}'::json)", taken[i].name);

		cr_expect_str_eq(sql_value(CREATE, zone, body), taken[i].canonical, "%s", taken[i].name);
	}
}

Test(hostname_rules, a_zone_for_trials_admits_reserved_names)
{
	const char *zone = sql_zone("{\"allow_reserved_names\":true}");

	cr_assert_str_eq(sql_value(CREATE, zone, NAME("shop.customer.test")), "shop.customer.test");
	cr_assert_str_eq(sql_value(CREATE, zone, NAME("shop.example.com")), "shop.example.com");
	cr_assert_str_eq(sql_value(CREATE, zone, WITH("\"custom_origin_server\":\"o.example\"")), "shop.customer.com");
	cr_assert_str_eq(sql_refusal(CREATE, zone, NAME("test")), "X1410");
	cr_assert_str_eq(sql_refusal(CREATE, zone, NAME("co.uk")), "X1410");
}

Test(hostname_rules, an_unknown_member_is_refused_by_name)
{
	const char *zone = sql_zone("{}");

	cr_assert_str_eq(sql_refusal(CREATE, zone, WITH("\"colour\":1")), "X1400");
	cr_assert_str_eq(sql_detail(), "{\"status\":400,\"code\":1400,\"member\":\"colour\"}");
	cr_assert_not_null(strstr(sql_hint(), "\"colour\""));
	cr_assert_str_eq(sql_refusal(CREATE, zone, DV("\"colour\":1")), "X1434");
	cr_assert_not_null(strstr(sql_hint(), "\"colour\""));
}

Test(hostname_rules, a_name_is_taken_once_in_a_zone_but_in_many_zones)
{
	const char *zone = sql_zone("{}");

	sql_hostname(zone, NAME("shop.customer.com"));
	cr_assert_str_eq(sql_refusal(CREATE, zone, NAME("SHOP.customer.com.")), "X1406");
	cr_assert_str_eq(sql_message(), "Duplicate custom hostname found.");
	cr_assert_str_eq(sql_detail(), "{\"status\":409,\"code\":1406}");
	sql_hostname(sql_zone("{}"), NAME("shop.customer.com"));
}

Test(hostname_rules, metadata_of_four_kilobytes_is_the_limit)
{
	const char *zone = sql_zone("{}");

	/* {"k": "…"} */
	sql_hostname(zone, sql_value("select jsonb_build_object('hostname', 'a.customer.com', 'custom_metadata',"
	    " jsonb_build_object('k', repeat('x', 4096 - 9)))"));
	cr_assert_str_eq(sql_refusal(CREATE, zone, sql_value("select jsonb_build_object('hostname', 'b.customer.com',"
	    " 'custom_metadata', jsonb_build_object('k', repeat('x', 4096 - 8)))")), "X1401");
}

Test(hostname_rules, a_zone_may_admit_metadata_on_wildcards)
{
	const char *zone = sql_zone("{\"metadata_on_wildcards\":true}");

	sql_hostname(zone, DV("\"wildcard\":true},\"custom_metadata\":{\"a\":\"b\""));
}

Test(hostname_rules, creations_have_a_limit_that_failures_do_not_count_for)
{
	const char *zone = sql_zone("{\"creations_per_minute\":2}");

	sql_do("create table certwright.test_clock (t timestamptz)");
	sql_do("insert into certwright.test_clock values ('2026-01-01 00:00:00Z')");
	sql_do("create or replace function certwright.clock_now() returns timestamptz language sql stable"
	    " as 'select t from certwright.test_clock'");
	sql_hostname(zone, NAME("a.customer.com"));
	cr_assert_str_eq(sql_refusal(CREATE, zone, NAME("co.uk")), "X1410");
	sql_do("update certwright.test_clock set t = t + interval '20 seconds'");
	sql_hostname(zone, NAME("b.customer.com"));
	cr_assert_str_eq(sql_refusal(CREATE, zone, NAME("c.customer.com")), "X1405");
	cr_assert_str_eq(sql_value("select $1::jsonb ->> 'retry_after'", sql_detail()), "40");
	sql_do("update certwright.test_clock set t = t + interval '40 seconds'");
	sql_hostname(zone, NAME("c.customer.com"));
}

Test(hostname_rules, names_under_the_delegation_domain_are_ours)
{
	const char *zone = sql_zone("{}");

	sql_do("select certwright.put_setting('dcv_domain', 'dcv.saas.net')");
	cr_assert_str_eq(sql_refusal(CREATE, zone, NAME("x.dcv.saas.net")), "X1407");
	sql_hostname(zone, NAME("xdcv.saas.net"));
}

Test(hostname_rules, long_names_need_a_branding_name_only_when_branding_is_asked_for)
{
	const char *zone = sql_zone("{}");

	sql_hostname(zone, "{\"hostname\":\"" L60 ".customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}");
	sql_do("select certwright.put_setting('branding_name', 'sni.saas.net')");
	sql_hostname(zone, "{\"hostname\":\"" L60 ".customer.net\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\","
	    "\"cloudflare_branding\":true}}");
}

static const struct setting {
	const char *settings, *word;	/* what the sentence names */
} bad_settings[] = {
	{ "{\"colour\":1}", "colour" },
	{ "{\"account_id\":7}", "account_id" },
	{ "{\"cname_targets\":\"edge.saas.net\"}", "cname_targets" },
	{ "{\"cname_targets\":[\"https://edge\"]}", "https://edge" },
	{ "{\"apex_prefixes\":[\"192.0.2.1/24\"]}", "192.0.2.1/24" },
	{ "{\"apex_prefixes\":[7]}", "apex_prefixes" },
	{ "{\"allow_reserved_names\":\"on\"}", "allow_reserved_names" },
	{ "{\"certificate_authorities\":[\"google\",\"google\"]}", "certificate_authorities" },
	{ "{\"certificate_authorities\":[\"No Name\"]}", "certificate_authorities" },
	{ "{\"key_types\":[]}", "key_types" },
	{ "{\"key_types\":[\"ed25519\"]}", "key_types" },
	{ "{\"creations_per_minute\":0}", "creations_per_minute" },
	{ "{\"creations_per_minute\":1.5}", "creations_per_minute" },
	{ "{\"metadata_on_wildcards\":1}", "metadata_on_wildcards" },
	{ "{\"revoke_on_delete\":\"no\"}", "revoke_on_delete" },
};

Test(hostname_rules, a_wrong_zone_setting_is_refused_with_a_sentence_that_names_it)
{
	for (size_t i = 0; i < sizeof bad_settings / sizeof bad_settings[0]; i++) {
		cr_expect_str_eq(sql_refusal("select certwright.create_zone('z', $1::jsonb)",
		    bad_settings[i].settings), "X1400", "%s", bad_settings[i].settings);
		cr_expect_not_null(strstr(sql_hint(), bad_settings[i].word), "%s: %s",
		    bad_settings[i].settings, sql_hint());
	}
	cr_assert_eq(sql_number("select count(*) from certwright.zone"), 0);
}
