/* What create_custom_hostname takes and refuses, code by code. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "tests/db/sql.h"

TestSuite(hostname_rules, .init = sql_up, .fini = sql_down, .timeout = 60);

#define CREATE "select certwright.create_custom_hostname($1::uuid, $2::jsonb) ->> 'hostname'"
#define NAME(name) "{\"hostname\":\"" name "\"}"
#define WITH(members) "{\"hostname\":\"shop.customer.com\"," members "}"
#define SSL(members) WITH("\"ssl\":{" members "}")
#define DV(members) SSL("\"method\":\"txt\",\"type\":\"dv\"," members)
#define SETTING(member) DV("\"settings\":{" member "}")
#define EDIT "select certwright.edit_custom_hostname($1::uuid, $2::uuid, $3::jsonb)"
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
	{ 1407, NAME("192.0.2.1.") },
	{ 1407, NAME("127.1") },
	{ 1407, NAME("0300.0.2.1") },
	{ 1407, NAME("0X7F000001") },
	{ 1407, NAME("2001:db8::1") },
	{ 1407, NAME("::ffff:192.0.2.1") },
	{ 1407, NAME("fe80::1%eth0") },
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
	{ 1407, NAME("xn--.customer.com") },
	{ 1407, NAME("shop.xn--99999999.com") },
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
	{ 1410, NAME("shop.nosuchtopdomain") },
	{ 1410, NAME("shop.customer.internal") },
	{ 1411, NAME("example.com") },
	{ 1411, NAME("shop.example.net") },
	{ 1411, NAME("SHOP.Example.Org") },
	{ 1412, DV("\"wildcard\":true},\"custom_metadata\":{\"a\":\"b\"") },
	{ 1415, WITH("\"custom_origin_server\":\"192.0.2.1\"") },
	{ 1415, WITH("\"custom_origin_server\":\"https://o.saas.net\"") },
	{ 1415, WITH("\"custom_origin_server\":7") },
	{ 1416, WITH("\"custom_origin_server\":\"\xc3\xb6.saas.net\"") },
	{ 1417, WITH("\"custom_origin_server\":\"origin.test\"") },
	{ 1415, WITH("\"custom_origin_server\":\"\"") },
	{ 1415, WITH("\"custom_origin_server\":\"xn--b.saas.net\"") },
	{ 1418, WITH("\"custom_origin_server\":\"co.uk\"") },
	{ 1418, WITH("\"custom_origin_server\":\"origin\"") },
	{ 1419, WITH("\"custom_origin_server\":\"origin.example.com\"") },
	{ 1420, WITH("\"custom_origin_server\":\"*.saas.net\"") },
	{ 1400, WITH("\"custom_origin_sni\":\"a.saas.net\"") },
	{ 1400, WITH("\"custom_origin_server\":\"o.saas.net\",\"custom_origin_sni\":\"a b\"") },
	{ 1400, WITH("\"custom_origin_server\":\"o.saas.net\",\"custom_origin_sni\":\":request_host:\"") },
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

static const struct metadata {
	const char *made;	/* as SQL */
	bool fits;
} metadata[] = {
	{ "'{}'", true },
	{ "'{\"customer_id\":\"12345\",\"redirect_to_https\":true,\"n\":1.50,\"none\":null}'", true },
	{ "'{\"flat\":{\"is\":[\"advice\",{\"only\":true}]}}'", true },
	/* {"k":"…"} */
	{ "jsonb_build_object('k', repeat('x', 4096 - 8))", true },
	{ "jsonb_build_object('k', repeat('x', 4096 - 7))", false },
	{ "jsonb_build_object('k', repeat('\xc3\xa9', 2044))", true },
	{ "jsonb_build_object('k', repeat('\xc3\xa9', 2045))", false },
	/* What looks like layout inside a string counts. */
	{ "jsonb_build_object('k', repeat(': ', 2044))", true },
	{ "jsonb_build_object('k', repeat(', ', 2044) || 'x')", false },
	{ "jsonb_build_object('k', repeat('\", ', 1022))", true },
	{ "jsonb_build_object('k', repeat('\", ', 1022) || 'x')", false },
	/* Layout does not: 455 members of nine octets with their commas. */
	{ "(select jsonb_object_agg(to_char(n, 'FM000'), 10) from generate_series(1, 455) n)", true },
	{ "(select jsonb_object_agg(to_char(n, 'FM000'), 10) from generate_series(1, 456) n)", false },
	{ "jsonb_build_object('k', repeat('x', 1000000))", false },
	{ "'{\"k\":1e5000}'", false },
};

Test(hostname_rules, metadata_is_any_object_of_at_most_four_kilobytes)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, NAME("shop.customer.com"));

	for (size_t i = 0; i < sizeof metadata / sizeof metadata[0]; i++) {
		char sql[256];
		const char *body;

		snprintf(sql, sizeof sql, "select jsonb_build_object('custom_metadata', (%s)::jsonb)", metadata[i].made);
		body = sql_value(sql);
		if (metadata[i].fits) {
			cr_expect_str_eq(sql_value("select certwright.edit_custom_hostname($1::uuid, $2::uuid, $3::jsonb)"
			    " -> 'custom_metadata' = $3::jsonb -> 'custom_metadata'", zone, id, body), "t", "%s", metadata[i].made);
		} else {
			cr_expect_str_eq(sql_refusal(EDIT, zone, id, body), "X1401", "%s", metadata[i].made);
			cr_expect_str_eq(sql_hint(), "custom_metadata must not exceed 4096 bytes");
		}
	}
	sql_do(EDIT, zone, id, "{\"custom_metadata\":null}");
	cr_expect_eq(sql_number("select count(*) from certwright.custom_hostname where custom_metadata is null"), 1);
}

Test(hostname_rules, a_wildcard_has_no_metadata_whichever_comes_first)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, DV("\"wildcard\":true"));
	const char *other = sql_hostname(zone, "{\"hostname\":\"other.customer.com\",\"custom_metadata\":{\"a\":1},"
	    "\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}");
	const char *bare = sql_hostname(zone, "{\"hostname\":\"bare.customer.com\",\"custom_metadata\":{\"a\":1}}");

	cr_expect_str_eq(sql_refusal(EDIT, zone, id, "{\"custom_metadata\":{\"a\":1}}"), "X1412");
	sql_do(EDIT, zone, id, "{\"custom_metadata\":{}}");
	sql_do(EDIT, zone, id, "{\"custom_metadata\":null}");
	cr_expect_str_eq(sql_refusal(EDIT, zone, other, "{\"ssl\":{\"wildcard\":true}}"), "X1412");
	cr_expect_str_eq(sql_refusal(EDIT, zone, bare,
	    "{\"ssl\":{\"method\":\"txt\",\"type\":\"dv\",\"wildcard\":true}}"), "X1412");
	/* One goes as the other comes. */
	sql_do(EDIT, zone, other, "{\"custom_metadata\":null,\"ssl\":{\"wildcard\":true}}");
	sql_do(EDIT, zone, id, "{\"custom_metadata\":{\"a\":1},\"ssl\":{\"wildcard\":false}}");
	cr_expect_str_eq(sql_value("select string_agg(wildcard::text, ' ' order by hostname) from certwright.certificate"),
	    "true false");
}

Test(hostname_rules, a_zone_may_admit_metadata_on_wildcards)
{
	const char *zone = sql_zone("{\"metadata_on_wildcards\":true}"), *id;

	sql_hostname(zone, DV("\"wildcard\":true},\"custom_metadata\":{\"a\":\"b\""));
	id = sql_hostname(zone, "{\"hostname\":\"a.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}");
	sql_do(EDIT, zone, id, "{\"custom_metadata\":{\"a\":1}}");
	sql_do(EDIT, zone, id, "{\"ssl\":{\"wildcard\":true}}");
}

/* ---- what the origin is asked for ------------------------------------------- */

static const struct sni {
	const char *sni;
	bool fits;
} snis[] = {
	{ ":request_host_header:", true },
	{ "shop.customer.com", true },
	{ "WWW.shop.customer.com.", true },
	{ "customer.com", false },
	{ "workshop.customer.com", false },
	{ "o.eu.saas.co.uk", true },
	{ "a.o.eu.saas.co.uk", true },
	{ "saas.co.uk", true },
	{ "www.saas.co.uk", true },
	{ "co.uk", false },
	{ "other.co.uk", false },
	{ "app.net", true },		/* the zone's own name */
	{ "a.App.net", true },
	{ "192.0.2.1", false },
	{ "*.saas.co.uk", false },
	{ "", false },
};

Test(hostname_rules, an_origin_is_asked_for_the_customers_name_or_one_of_its_own_domain)
{
	const char *zone = sql_value("select certwright.create_zone('App.net', '{}') ->> 'id'");
	const char *id = sql_hostname(zone, WITH("\"custom_origin_server\":\"o.eu.saas.co.uk\""));

	for (size_t i = 0; i < sizeof snis / sizeof snis[0]; i++) {
		const char *body = sql_value("select jsonb_build_object('custom_origin_sni', $1::text)", snis[i].sni);

		if (snis[i].fits) {
			cr_expect_str_eq(sql_value("select certwright.edit_custom_hostname($1::uuid, $2::uuid, $3::jsonb)"
			    " ->> 'custom_origin_sni' = rtrim(lower($4), '.')", zone, id, body, snis[i].sni), "t", "%s", snis[i].sni);
		} else {
			cr_expect_str_eq(sql_refusal(EDIT, zone, id, body), "X1400", "%s", snis[i].sni);
			cr_expect_str_eq(sql_value("select $1::jsonb ->> 'member'", sql_detail()), "custom_origin_sni");
		}
	}
}

Test(hostname_rules, a_name_for_the_origin_does_not_outlive_it)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, WITH("\"custom_origin_server\":\"o.saas.net\",\"custom_origin_sni\":\"saas.net\""));

	cr_expect_str_eq(sql_refusal(EDIT, zone, id, "{\"custom_origin_server\":null}"), "X1400");
	cr_expect_str_eq(sql_value("select $1::jsonb ->> 'member'", sql_detail()), "custom_origin_sni");
	cr_expect_str_eq(sql_refusal(EDIT, zone, id, "{\"custom_origin_server\":\"o.other.net\"}"), "X1400");
	sql_do(EDIT, zone, id, "{\"custom_metadata\":{}}");
	sql_do(EDIT, zone, id, "{\"custom_origin_server\":\"o.other.net\",\"custom_origin_sni\":\"other.net\"}");
	sql_do(EDIT, zone, id, "{\"custom_origin_server\":null,\"custom_origin_sni\":null}");
	cr_expect_str_eq(sql_refusal(EDIT, zone, id, "{\"custom_origin_sni\":\"other.net\"}"), "X1400");
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

/* ---- names that are the provider's own --------------------------------------- */

static const struct own {
	const char *name, *word;	/* of the sentence; NULL: it is taken */
} own[] = {
	{ "dcv.saas.net", "delegation domain" },
	{ "x.DCV.saas.net", "delegation domain" },
	{ "a.b.dcv.saas.net.", "delegation domain" },
	{ "xdcv.saas.net", NULL },
	{ "Edge.saas.net", "CNAME target" },
	{ "edge2.saas.net", "CNAME target" },
	{ "a.edge.saas.net", NULL },
	{ "fallback.saas.net", "fallback origin" },
	{ "app.net", "name of a zone" },
	{ "app.net.", "name of a zone" },
	{ "shop.app.net", NULL },
	/* those of another zone */
	{ "edge.other.net", "CNAME target" },
	{ "a.customers.other.net", "CNAME target" },
	{ "a.b.customers.other.net", "CNAME target" },
	{ "customers.other.net", "CNAME target" },
	{ "mycustomers.other.net", NULL },
	{ "fallback.other.net", "fallback origin" },
	{ "other.net", "name of a zone" },
};

Test(hostname_rules, names_of_the_providers_own_are_no_customers)
{
	const char *zone = sql_value("select certwright.create_zone('App.net',"
	    " '{\"cname_targets\":[\"edge.saas.net\",\"edge2.saas.net\"]}') ->> 'id'");
	const char *other = sql_value("select certwright.create_zone('Other.net.',"
	    " '{\"cname_targets\":[\"edge.other.net\",\"*.customers.other.net\"]}') ->> 'id'"), *id;

	sql_do("select certwright.put_setting('dcv_domain', 'dcv.SaaS.net')");
	sql_do("select certwright.set_fallback_origin($1::uuid, '{\"origin\":\"fallback.saas.net\"}')", zone);
	sql_do("select certwright.set_fallback_origin($1::uuid, '{\"origin\":\"fallback.other.net\"}')", other);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		const char *body = sql_value("select jsonb_build_object('hostname', $1::text)", own[i].name);

		if (own[i].word == NULL) {
			sql_hostname(zone, body);
			continue;
		}
		cr_expect_str_eq(sql_refusal(CREATE, zone, body), "X1407", "%s", own[i].name);
		cr_expect_not_null(strstr(sql_hint(), own[i].word), "%s: %s", own[i].name, sql_hint());
	}
	/* What was there before can still be edited. */
	id = sql_hostname(zone, NAME("edge3.saas.net"));
	sql_do("update certwright.zone set cname_targets = '{edge3.saas.net}' where id = $1::uuid", zone);
	sql_do(EDIT, zone, id, "{\"custom_metadata\":{\"a\":1}}");
}

/* ---- names that are none ------------------------------------------------------ */

static const struct fault {
	const char *name, *word;
} faults[] = {
	{ "", "empty" },
	{ ".", "empty" },
	{ "https://shop.customer.com", "URL" },
	{ "*.customer.com", "ssl.wildcard" },
	{ "192.0.2.1", "IP address" },
	{ "2001:DB8::1", "IP address" },
	{ "shop.customer.com:443", "port" },
	{ "shop..customer.com", "label is empty" },
	{ "a_b.customer.com", "only letters" },
	{ "a`b.customer.com", "only letters" },
	{ "-a.customer.com", "hyphen" },
	{ "shop.0x7f", "number" },
	{ "xn--b.customer.com", "xn--" },
	{ "a" L60 "abc.customer.com", "63 characters" },
	{ L60 "." L60 "." L60 "." L60 ".customer.com", "253 characters" },
};

Test(hostname_rules, a_sentence_says_what_is_wrong_with_a_name)
{
	const char *zone = sql_zone("{}");

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		cr_expect_str_eq(sql_refusal(CREATE, zone, sql_value("select jsonb_build_object('hostname', $1::text)",
		    faults[i].name)), "X1407", "%s", faults[i].name);
		cr_expect_not_null(strstr(sql_hint(), faults[i].word), "%s: %s", faults[i].name, sql_hint());
	}
}

Test(hostname_rules, a_name_has_at_most_253_characters)
{
	const char *zone = sql_zone("{}");
	const char *long_name = sql_value("select jsonb_build_object('hostname',"
	    " right(repeat(repeat('a', 60) || '.', 5) || 'customer.com', 253) || '.')");

	cr_expect_eq(strlen(sql_value(CREATE, zone, long_name)), 253);
	cr_expect_str_eq(sql_refusal(CREATE, zone, sql_value("select jsonb_set($1::jsonb, '{hostname}', to_jsonb('a'"
	    " || ($1::jsonb ->> 'hostname')))", long_name)), "X1407");
}

static const struct a_label {
	const char *label;
	bool in_sql, in_c;
} a_labels[] = {
	{ "bucher", true, true },
	{ "xn--bcher-kva", true, true },
	{ "xn--e1afmkfd", true, true },
	{ "xn--fiqs8s", true, true },
	{ "xn--mgbh0fb", true, true },
	{ "xn--zckzah", true, true },
	{ "xn--vermgensberater-ctb", true, true },
	{ "xn--fa-hia", true, true },
	{ "xn---a-wka", true, true },			/* ü-a */
	{ "xn--9caaaaaaaaaaaaaaaaaaaa", true, true },
	{ "xn--b", false, false },			/* a number that does not end */
	{ "xn--bcher-kv", false, false },
	{ "xn--bcher-kva9", false, false },
	{ "xn--99999999", false, false },		/* beyond Unicode */
	{ "xn--ib9b", false, false },			/* a surrogate */
	{ "xn--ab-ge4l", false, false },
	{ "xn--bucher-xyd", false, false },		/* not composed */
	{ "xn--n3h", true, false },			/* a snowman: no letter */
	{ "xn--bcher-2pa", true, false },		/* a capital letter */
};

Test(hostname_rules, labels_behind_xn_are_encodings)
{
	auto_arena *arena = arena_new(1 << 20);

	for (size_t i = 0; i < sizeof a_labels / sizeof a_labels[0]; i++) {
		const struct a_label *l = &a_labels[i];

		cr_expect_str_eq(sql_value("select certwright.is_a_label($1)", l->label), l->in_sql ? "t" : "f", "%s", l->label);
		cr_expect_eq(name_canonical(arena, l->label, (struct name_rules){ 0 }, NULL) != NULL, l->in_c, "%s", l->label);
	}
}

Test(hostname_rules, without_a_list_no_top_domain_is_unknown)
{
	const char *zone = sql_zone("{}");

	cr_expect_str_eq(sql_refusal(CREATE, zone, NAME("shop.customer.con")), "X1410");
	sql_do("delete from certwright.public_suffix");
	sql_hostname(zone, NAME("shop.customer.con"));
}

Test(hostname_rules, what_the_challenge_does_not_fit_before_is_not_validated_by_txt)
{
	const char *zone = sql_zone("{}");

	for (int len = 237; len <= 238; len++) {
		char text[16];
		const char *body;

		snprintf(text, sizeof text, "%d", len);
		body = sql_value("select jsonb_build_object('hostname', right(repeat(repeat('a', 60) || '.', 5)"
		    " || 'customer.com', $1::integer), 'ssl', '{\"method\":\"txt\",\"type\":\"dv\"}'::jsonb)", text);
		if (len == 237) {
			sql_hostname(zone, body);
			continue;
		}
		cr_expect_str_eq(sql_refusal(CREATE, zone, body), "X1434");
		sql_hostname(zone, sql_value("select jsonb_set($1::jsonb, '{ssl,method}', '\"http\"')", body));
	}
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
