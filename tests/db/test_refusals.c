/*
 * Every row of the documented table of errors: either a call that yields
 * exactly this refusal, or the reason why this system never makes it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

#define ARGS " from (select $1::uuid as zone, $2::uuid as id, $3::jsonb as body) a"
#define CREATE "select certwright.create_custom_hostname(zone, body)" ARGS
#define GET "select certwright.get_custom_hostname(zone, (body ->> 'id')::uuid)" ARGS
#define EDIT "select certwright.edit_custom_hostname(zone, id, body)" ARGS
#define DELETE "select certwright.delete_custom_hostname(zone, (body ->> 'id')::uuid)" ARGS
#define LIST "select certwright.list_custom_hostnames(zone, body)" ARGS
#define FALLBACK "select certwright.set_fallback_origin(zone, body)" ARGS
#define NO_ZONE "select certwright.list_custom_hostnames(null, body)" ARGS
#define OTHER_ZONE "select certwright.create_custom_hostname(id, body)" ARGS
#define FULL_ZONE "select certwright.create_custom_hostname((select z.id from certwright.zone z where name = 'full'), body)" ARGS

#define NAME(name) "{\"hostname\":\"" name "\"}"
#define WITH(members) "{\"hostname\":\"shop.customer.com\"," members "}"
#define SSL(members) WITH("\"ssl\":{" members "}")
#define DV(members) SSL("\"method\":\"txt\",\"type\":\"dv\"," members)
#define SETTING(member) DV("\"settings\":{" member "}")
#define ORIGIN(name) WITH("\"custom_origin_server\":\"" name "\"")
#define EDIT_SSL(members) "{\"ssl\":{" members "}}"
#define L60 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"
#define UNKNOWN_ID "00000000-0000-4000-8000-000000000000"

/* The edited hostname is taken.customer.com, with a pack by TXT, no wildcard. */
static const struct refused {
	int code;
	const char *call, *body;
	const char *fill;	/* what stands for :reason; "zone" is the zone's id */
} refused[] = {
	{ 1400, CREATE, "[]", NULL },
	{ 1400, CREATE, "\"shop.customer.com\"", NULL },
	{ 1400, CREATE, WITH("\"colour\":\"red\""), NULL },
	{ 1400, EDIT, "{\"colour\":\"red\"}", NULL },
	{ 1400, LIST, "{\"colour\":\"red\"}", NULL },
	{ 1401, CREATE, WITH("\"custom_metadata\":\"text\""), NULL },
	{ 1401, CREATE, WITH("\"custom_metadata\":[{}]"), NULL },
	{ 1401, EDIT, "{\"custom_metadata\":7}", NULL },
	{ 1402, NO_ZONE, "{}", NULL },
	{ 1402, OTHER_ZONE, NAME("shop.customer.com"), NULL },
	{ 1405, FULL_ZONE, NAME("second.customer.com"), NULL },
	{ 1406, CREATE, NAME("taken.customer.com"), NULL },
	{ 1406, CREATE, NAME("TAKEN.customer.com."), NULL },
	{ 1407, CREATE, NAME("192.0.2.1"), NULL },
	{ 1407, CREATE, NAME("a`b.customer.com"), NULL },
	{ 1408, CREATE, NAME("b\xc3\xbc" "cher.customer.com"), NULL },
	{ 1409, CREATE, NAME("shop.test"), NULL },
	{ 1409, CREATE, NAME("shop.example"), NULL },
	{ 1409, CREATE, NAME("shop.invalid"), NULL },
	{ 1409, CREATE, NAME("localhost"), NULL },
	{ 1410, CREATE, NAME("co.uk"), "publicsuffix: cannot derive eTLD+1 for domain `co.uk`" },
	{ 1410, CREATE, NAME("Shop"), "publicsuffix: cannot derive eTLD+1 for domain `shop`" },
	{ 1410, CREATE, NAME("shop.customer.con"),
	    "publicsuffix: invalid public suffix `con` for domain `shop.customer.con`" },
	{ 1411, CREATE, NAME("shop.example.com"), NULL },
	{ 1411, CREATE, NAME("example.net"), NULL },
	{ 1411, CREATE, NAME("a.b.example.org"), NULL },
	{ 1412, CREATE, DV("\"wildcard\":true},\"custom_metadata\":{\"a\":\"b\""), NULL },
	{ 1412, EDIT, "{\"custom_metadata\":{\"a\":1},\"ssl\":{\"wildcard\":true}}", NULL },
	{ 1415, CREATE, ORIGIN("192.0.2.1"), NULL },
	{ 1415, EDIT, "{\"custom_origin_server\":\"a`b.saas.net\"}", NULL },
	{ 1415, FALLBACK, "{\"origin\":\"https://o.saas.net\"}", NULL },
	{ 1416, CREATE, ORIGIN("\xc3\xb6.saas.net"), NULL },
	{ 1417, CREATE, ORIGIN("origin.test"), NULL },
	{ 1418, CREATE, ORIGIN("co.uk"), "publicsuffix: cannot derive eTLD+1 for domain `co.uk`" },
	{ 1418, EDIT, "{\"custom_origin_server\":\"o.saas.nte\"}",
	    "publicsuffix: invalid public suffix `nte` for domain `o.saas.nte`" },
	{ 1419, CREATE, ORIGIN("origin.example.com"), NULL },
	{ 1420, CREATE, ORIGIN("*.saas.net"), NULL },
	{ 1420, FALLBACK, "{\"origin\":\"*.saas.net\"}", NULL },
	{ 1421, CREATE, ORIGIN("Shop.customer.com."), "zone" },
	{ 1421, EDIT, "{\"custom_origin_server\":\"taken.customer.com\"}", "zone" },
	{ 1422, CREATE, SETTING("\"http2\":\"yes\""), NULL },
	{ 1423, CREATE, SETTING("\"tls_1_2_only\":true"), NULL },
	{ 1424, CREATE, SETTING("\"tls_1_3\":\"zrt\""), NULL },
	{ 1425, CREATE, SETTING("\"min_tls_version\":\"1.4\""), NULL },
	{ 1422, EDIT, EDIT_SSL("\"settings\":{\"http2\":1}"), NULL },
	{ 1432, CREATE, SSL("\"method\":\"cname\",\"type\":\"dv\""), NULL },
	{ 1433, CREATE, SSL("\"method\":\"txt\",\"type\":\"ov\""), NULL },
	{ 1434, CREATE, WITH("\"ssl\":\"yes\""), NULL },
	{ 1434, CREATE, DV("\"colour\":\"red\""), NULL },
	{ 1434, CREATE, SSL("\"method\":\"email\",\"type\":\"dv\""), NULL },
	{ 1434, EDIT, EDIT_SSL("\"certificate_authority\":\"nobody\""), NULL },
	{ 1435, LIST, "{\"id\":\"7\"}", NULL },
	{ 1436, GET, "{\"id\":\"" UNKNOWN_ID "\"}", NULL },
	{ 1436, DELETE, "{\"id\":\"" UNKNOWN_ID "\"}", NULL },
	{ 1437, LIST, "{\"hostname.contain\":\"a`b\"}", NULL },
	{ 1437, LIST, "{\"hostname.contain\":\"192.0.2.1\"}", NULL },
	{ 1438, LIST, "{\"id\":\"" UNKNOWN_ID "\",\"ssl\":1}", NULL },
	{ 1439, EDIT, NAME("other.customer.com"), NULL },
	{ 1440, CREATE, SSL("\"method\":\"txt\""), NULL },
	{ 1440, CREATE, SSL("\"type\":\"dv\""), NULL },
	{ 1440, EDIT, EDIT_SSL("\"method\":\"http\""), NULL },
	{ 1442, CREATE, SETTING("\"ciphers\":[\"RC4-SHA\"]"), NULL },
	{ 1443, CREATE, SETTING("\"ciphers\":[\"AES128-SHA\"],\"min_tls_version\":\"1.3\""), NULL },
	{ 1448, CREATE, SSL("\"method\":\"http\",\"type\":\"dv\",\"wildcard\":true"), NULL },
	{ 1448, EDIT, EDIT_SSL("\"method\":\"http\",\"type\":\"dv\",\"wildcard\":true"), NULL },
	{ 1449, CREATE, DV("\"bundle_method\":\"best\""), NULL },
	{ 1469, CREATE, "{\"hostname\":\"" L60 ".customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\","
	    "\"cloudflare_branding\":true}}", NULL },
};

#define HTTP "there is no HTTP here: roles of the database say who may call"
#define ENTITLED "every zone has it: nothing is sold apart"
#define UPLOAD "certificates and requests are not uploaded: ssl has no such member (1434)"

static const struct never {
	int code;
	const char *because;
} never[] = {
	{ 1000, HTTP }, { 1001, HTTP }, { 1002, HTTP }, { 1003, HTTP }, { 1004, HTTP }, { 1005, HTTP }, { 1403, HTTP },
	{ 1404, "no quota is allotted to zones: their one limit is creations_per_minute, 1405" },
	{ 1413, ENTITLED }, { 1414, ENTITLED },
	{ 1426, UPLOAD }, { 1427, UPLOAD }, { 1428, UPLOAD }, { 1429, UPLOAD }, { 1430, UPLOAD }, { 1431, UPLOAD },
	{ 1441, UPLOAD }, { 1444, UPLOAD }, { 1445, UPLOAD }, { 1446, UPLOAD }, { 1447, UPLOAD },
	{ 1500, "what nobody foresaw keeps the database's own SQLSTATE, which says more" },
};

static const char *zone, *id;

/* The table of the documentation, and 1469, which it lacks. */
static void
up(void)
{
	sql_up();
	sql_do("create temp table documented (status integer, code integer primary key, message text, reasons text)");
	sql_do("insert into documented select m[1]::integer, m[2]::integer,"
	    "  case when m[3] like '\"%' then replace(substr(m[3], 2, length(m[3]) - 2), '\"\"', '\"') else m[3] end, m[4]"
	    " from regexp_matches($1, '^([0-9]+),([0-9]+),(\"(?:[^\"]|\"\")*\"|[^,\\n]*),(.*)$', 'gn') m",
	    sql_file("errors-custom-hostnames.csv"));
	cr_assert_eq(sql_number("select count(*) + 1 from documented"),
	    sql_number("select count(*) from regexp_matches($1, '\\n', 'g')", sql_file("errors-custom-hostnames.csv")),
	    "a line of the table was not read");
	sql_do("insert into documented select e.status, e.code, e.message, '' from certwright.documented_errors() e"
	    " where e.code = 1469");
	sql_do("create temp table filled (code integer, fill text)");
	zone = sql_zone("{}");
	id = sql_hostname(zone, "{\"hostname\":\"taken.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}");
	sql_hostname(sql_value("select certwright.create_zone('full', '{\"creations_per_minute\":1}') ->> 'id'"),
	    NAME("first.customer.com"));
}

TestSuite(refusals, .init = up, .fini = sql_down, .timeout = 60);

/* SQLSTATE, message and DETAIL, each to the letter. */
static void
is_refused_as_documented(const struct refused *r)
{
	char code[16], state[16], start[48];
	const char *fill = r->fill != NULL && strcmp(r->fill, "zone") == 0 ? zone : r->fill;
	const char *got, *message, *detail;

	snprintf(code, sizeof code, "%d", r->code);
	snprintf(state, sizeof state, "X%d", r->code);
	got = sql_refusal(r->call, zone, id, r->body);
	message = sql_value("select $1", sql_message());
	detail = sql_value("select $1", sql_detail());
	cr_expect_str_eq(got, state, "%s: %s, not %s: %s", r->body, got, state, message);
	cr_expect_str_eq(message, sql_value("select regexp_replace(message, ':(reason|zone_tag)', $2)"
	    " from documented where code = $1::integer", code, fill != NULL ? fill : ""), "%s", r->body);
	snprintf(start, sizeof start, "{\"status\":%s,\"code\":%d",
	    sql_value("select status from documented where code = $1::integer", code), r->code);
	cr_expect_eq(strncmp(detail, start, strlen(start)), 0, "%s: %s", r->body, detail);
	cr_expect_str_eq(sql_value("select jsonb_typeof($1::jsonb)", detail), "object");
	sql_do("insert into filled values ($1::integer, $2)", code, fill != NULL ? fill : "");
}

Test(refusals, each_call_is_refused_to_the_letter_and_changes_nothing)
{
	const char *all = "select md5(string_agg(t::text, '' order by t::text)) from (select h::text from"
	    " certwright.custom_hostname h union all select c::text from certwright.certificate c union all"
	    " select j::text from certwright.job j union all select e::text from certwright.event e union all"
	    " select z::text from certwright.zone z) t";
	const char *before = sql_value(all);

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		is_refused_as_documented(&refused[i]);
	cr_expect_str_eq(sql_value(all), before);
	/* Spaces do not count: the page has lost one. */
	cr_expect_str_eq(sql_value("select string_agg(d.code || ' ' || r, ', ') from documented d,"
	    " regexp_split_to_table(d.reasons, ' (?=publicsuffix:)') r where d.reasons <> '' and not exists ("
	    "  select from filled f where f.code = d.code and replace(f.fill, ' ', '')"
	    "  like regexp_replace(replace(r, ' ', ''), ':(domain|suffix)', '%', 'g'))"), "", "a reason is never given");
}

static size_t
times_refused(long code)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		n += refused[i].code == code;
	return n;
}

static size_t
times_excused(long code)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		n += never[i].code == code;
	return n;
}

Test(refusals, every_row_of_the_documented_table_is_made_or_has_an_excuse)
{
	long count = sql_number("select count(*) from documented");

	for (long n = 0; n < count; n++) {
		char offset[24];
		long code;

		snprintf(offset, sizeof offset, "%ld", n);
		code = sql_number("select code from documented order by code offset $1::integer limit 1", offset);
		cr_expect((times_refused(code) > 0) != (times_excused(code) == 1), "%ld: %zu calls, %zu excuses", code,
		    times_refused(code), times_excused(code));
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		char code[16];

		snprintf(code, sizeof code, "%d", refused[i].code);
		cr_expect_eq(sql_number("select count(*) from documented where code = $1::integer", code), 1, "%s", code);
	}
}

/* The functions that have the code among the arguments of a refusal. */
static const char *
raised_by(int code)
{
	char pattern[96];

	snprintf(pattern, sizeof pattern, "(raise_error|refuse_[a-z_]+|member_[a-z]+|check_[a-z]+)\\([^;]*\\m%d\\M", code);
	return sql_value("select string_agg(proname, ' ' order by proname) from pg_proc"
	    " where pronamespace = 'certwright'::regnamespace and prosrc ~ $1", pattern);
}

Test(refusals, no_function_raises_what_has_an_excuse)
{
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		cr_expect_str_eq(raised_by(never[i].code), "", "%d, %s", never[i].code, never[i].because);
	/* Those that are raised are found. */
	cr_expect_str_eq(raised_by(1421), "wanted_hostname");
	cr_expect_str_eq(raised_by(1422), "wanted_settings");
	cr_expect_str_eq(raised_by(1449), "wanted_pack");
}

Test(refusals, an_upload_is_refused_by_the_name_of_its_member)
{
	static const char *const members[] = { "custom_certificate", "custom_key", "custom_csr_id", "custom_cert_bundle" };

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		cr_expect_str_eq(sql_refusal("select certwright.create_custom_hostname($1::uuid, jsonb_build_object('hostname',"
		    " 'shop.customer.com', 'ssl', jsonb_build_object('method', 'txt', 'type', 'dv', $2::text, 'x')))",
		    zone, members[i]), "X1434");
		cr_expect_str_eq(sql_value("select $1::jsonb ->> 'member'", sql_detail()), members[i]);
	}
}
