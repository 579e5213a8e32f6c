/* Lists of custom hostnames. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

#define LIST "select certwright.list_custom_hostnames($1::uuid, $2::jsonb)"

static const char *zone;

/* Four hostnames with packs and one without, oldest first. */
static void
up(void)
{
	sql_up();
	zone = sql_zone("{}");
	sql_hostname(zone, "{\"hostname\":\"a.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\",\"wildcard\":true}}");
	sql_hostname(zone, "{\"hostname\":\"b.customer.com\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\","
	    "\"certificate_authority\":\"google\"}}");
	sql_hostname(zone, "{\"hostname\":\"c.customer.com\"}");
	sql_hostname(zone, "{\"hostname\":\"a-b.other.com\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\"},"
	    "\"custom_origin_server\":\"o.saas.net\"}");
	sql_hostname(zone, "{\"hostname\":\"axb.other.com\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\"}}");
	sql_do("update certwright.custom_hostname set status = 'active' where hostname = 'b.customer.com'");
	sql_do("update certwright.certificate set status = 'active' where hostname = 'b.customer.com'");
	sql_hostname(sql_zone("{}"), "{\"hostname\":\"a.customer.com\"}");
	sql_do("select certwright.delete_custom_hostname(zone_id, id) from certwright.custom_hostname"
	    " where id = $1::uuid", sql_hostname(zone, "{\"hostname\":\"gone.customer.com\"}"));
}

TestSuite(list, .init = up, .fini = sql_down, .timeout = 60);

static const char *
names(const char *query)
{
	return sql_value("select string_agg(h ->> 'hostname', ' ' order by n) from jsonb_array_elements("
	    "certwright.list_custom_hostnames($1::uuid, $2::jsonb) -> 'result') with ordinality a (h, n)", zone, query);
}

static const struct filter {
	const char *query, *want;
} filters[] = {
	{ "{}", "c.customer.com a.customer.com b.customer.com a-b.other.com axb.other.com" },
	{ "{\"direction\":\"desc\"}", "axb.other.com a-b.other.com b.customer.com a.customer.com c.customer.com" },
	{ "{\"order\":\"ssl_status\"}", "a.customer.com a-b.other.com axb.other.com b.customer.com c.customer.com" },
	{ "{\"hostname\":\"B.customer.com\"}", "b.customer.com" },
	{ "{\"hostname.exact\":\"b.customer.com\"}", "b.customer.com" },
	{ "{\"hostname\":\"b.customer.com.\"}", "b.customer.com" },
	{ "{\"hostname.exact\":\"B.customer.com.\"}", "b.customer.com" },
	{ "{\"hostname\":\"customer.com\"}", "" },
	{ "{\"hostname.contain\":\"OTHER\"}", "a-b.other.com axb.other.com" },
	{ "{\"hostname.contain\":\"a-b\"}", "a-b.other.com" },
	{ "{\"hostname.startsWith\":\"a\"}", "a.customer.com a-b.other.com axb.other.com" },
	{ "{\"hostname.startsWith\":\"a_b\"}", "" },
	{ "{\"hostname.startsWith\":\"%\"}", "" },
	{ "{\"hostname.startsWith\":\"a\",\"hostname.contain\":\"other\"}", "a-b.other.com axb.other.com" },
	{ "{\"ssl\":0}", "c.customer.com" },
	{ "{\"ssl\":\"1\",\"hostname.contain\":\"customer\"}", "a.customer.com b.customer.com" },
	{ "{\"ssl_status\":\"active\"}", "b.customer.com" },
	{ "{\"ssl_status\":\"holding_deployment\"}", "" },
	{ "{\"hostname_status\":\"active\"}", "b.customer.com" },
	{ "{\"hostname_status\":\"test_active_apex\"}", "" },
	{ "{\"certificate_authority\":\"google\"}", "b.customer.com" },
	{ "{\"wildcard\":true}", "a.customer.com" },
	{ "{\"wildcard\":\"false\",\"ssl\":0}", "c.customer.com" },
	{ "{\"custom_origin_server\":\"o.saas.net\"}", "a-b.other.com" },
	{ "{\"custom_origin_server\":\"O.saas.net.\"}", "a-b.other.com" },
	{ "{\"hostname\":null}", "c.customer.com a.customer.com b.customer.com a-b.other.com axb.other.com" },
	{ "{\"per_page\":5,\"page\":2}", "" },
};

Test(list, filters_and_order)
{
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
		cr_expect_str_eq(names(filters[i].query), filters[i].want, "%s: %s", filters[i].query,
		    names(filters[i].query));
}

Test(list, an_id_stands_alone)
{
	const char *id = sql_value("select id from certwright.custom_hostname where hostname = 'b.customer.com'");

	cr_assert_str_eq(names(sql_value("select jsonb_build_object('id', $1::text, 'page', 1, 'order', 'ssl')", id)),
	    "b.customer.com");
	cr_assert_str_eq(sql_refusal(LIST, zone, sql_value("select jsonb_build_object('id', $1::text, 'ssl', 1)", id)),
	    "X1438");
}

static const struct bad_query {
	const char *query, *state;
} bad_queries[] = {
	{ "[]", "X1400" },
	{ "{\"colour\":1}", "X1400" },
	{ "{\"id\":\"7\"}", "X1435" },
	{ "{\"page\":0}", "X1400" },
	{ "{\"page\":\"x\"}", "X1400" },
	{ "{\"page\":-1}", "X1400" },
	{ "{\"page\":1.5}", "X1400" },
	{ "{\"per_page\":4}", "X1400" },
	{ "{\"per_page\":1001}", "X1400" },
	{ "{\"order\":\"hostname\"}", "X1400" },
	{ "{\"direction\":\"asc; drop\"}", "X1400" },
	{ "{\"ssl\":2}", "X1400" },
	{ "{\"ssl_status\":\"timed_out\"}", "X1400" },
	{ "{\"hostname_status\":\"gone\"}", "X1400" },
	{ "{\"wildcard\":\"maybe\"}", "X1400" },
	{ "{\"hostname\":\"a\",\"hostname.contain\":\"a\"}", "X1400" },
	{ "{\"hostname.contain\":\"\"}", "X1437" },
	{ "{\"hostname.contain\":\"a b\"}", "X1437" },
	{ "{\"hostname.contain\":\"%\"}", "X1437" },
	{ "{\"hostname.contain\":\"192.0.2.1\"}", "X1437" },
	{ "{\"hostname.contain\":\"b\xc3\xbc" "cher\"}", "X1437" },
};

Test(list, wrong_queries_are_refused)
{
	for (size_t i = 0; i < sizeof bad_queries / sizeof bad_queries[0]; i++)
		cr_expect_str_eq(sql_refusal(LIST, zone, bad_queries[i].query), bad_queries[i].state, "%s",
		    bad_queries[i].query);
	cr_assert_str_eq(sql_refusal(LIST, zone, sql_value("select jsonb_build_object('hostname.contain', repeat('a', 256))")),
	    "X1437");
	cr_assert_str_eq(sql_refusal("select certwright.list_custom_hostnames(gen_random_uuid(), '{}')"), "X1402");
}

static const struct wrong_type {
	const char *member, *value;
} wrong_types[] = {
	{ "id", "7" }, { "hostname", "7" }, { "hostname", "[\"b.customer.com\"]" }, { "hostname.exact", "true" },
	{ "hostname.contain", "7" }, { "hostname.startsWith", "{}" }, { "ssl", "[1]" }, { "ssl_status", "true" },
	{ "hostname_status", "[\"active\"]" }, { "certificate_authority", "1" }, { "wildcard", "0" },
	{ "custom_origin_server", "[]" }, { "page", "true" }, { "per_page", "[20]" }, { "order", "1" },
	{ "direction", "{}" },
};

Test(list, a_value_of_the_wrong_type_is_refused_by_the_name_of_its_member)
{
	for (size_t i = 0; i < sizeof wrong_types / sizeof wrong_types[0]; i++) {
		const struct wrong_type *w = &wrong_types[i];
		const char *query = sql_value("select jsonb_build_object($1::text, $2::jsonb)", w->member, w->value);

		cr_expect_str_eq(sql_refusal(LIST, zone, query), "X1400", "%s", query);
		cr_expect_str_eq(sql_value("select $1::jsonb ->> 'member'", sql_detail()), w->member, "%s: %s", query,
		    sql_detail());
	}
}

Test(list, pages_cover_everything_once)
{
	const char *many = sql_zone("{}");

	sql_do("select count(certwright.create_custom_hostname($1::uuid, jsonb_build_object('hostname', n || '.customer.com')))"
	    " from generate_series(1, 23) n", many);
	cr_assert_str_eq(sql_value("select certwright.list_custom_hostnames($1::uuid, '{\"per_page\":10,\"page\":\"3\"}')"
	    " -> 'result_info'", many),
	    "{\"page\": 3, \"count\": 3, \"per_page\": 10, \"total_count\": 23, \"total_pages\": 3}");
	cr_assert_eq(sql_number("select count(distinct h ->> 'hostname') from generate_series(1, 3) p, jsonb_array_elements("
	    "certwright.list_custom_hostnames($1::uuid, jsonb_build_object('per_page', 10, 'page', p)) -> 'result') h", many), 23);
	cr_assert_str_eq(sql_value("select certwright.list_custom_hostnames($1::uuid, '{}') #>> '{result_info,per_page}'", many),
	    "20");
}

Test(list, the_objects_are_those_of_get)
{
	cr_assert_str_eq(sql_value("select bool_and(h = certwright.get_custom_hostname($1::uuid, (h ->> 'id')::uuid))"
	    " from jsonb_array_elements(certwright.list_custom_hostnames($1::uuid, '{}') -> 'result') h", zone), "t");
}
