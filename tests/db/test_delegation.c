/* The delegation domain: the label of a zone, the names below it, and what
 * must not be there. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

TestSuite(delegation, .init = sql_up, .fini = sql_down, .timeout = 60);

#define DOMAIN(name) sql_do("select certwright.put_setting('dcv_domain', $1)", name)
#define TARGET "select certwright.delegation_target($1, $2)"
#define FAULT "select certwright.delegation_domain_fault($1)"
#define ID_OF "select dcv_delegation_id from certwright.zone where id = $1::uuid"
#define INSERT "insert into certwright.zone (name, dcv_delegation_id) values ($1, $2) returning dcv_delegation_id"
#define GET "select certwright.get_custom_hostname($1::uuid, $2::uuid)"

static const char *
by_txt(const char *zone, const char *hostname)
{
	return sql_hostname(zone, sql_value("select jsonb_build_object('hostname', $1::text,"
	    " 'ssl', '{\"method\":\"txt\",\"type\":\"dv\"}'::jsonb)", hostname));
}

/* ---- the name ---------------------------------------------------------------- */

Test(delegation, without_a_domain_nothing_is_delegated)
{
	const char *zone = sql_zone("{}"), *id;

	cr_expect_str_eq(sql_value(TARGET, "shop.customer.com", "d"), "");
	id = by_txt(zone, "shop.customer.com");
	cr_expect_str_eq(sql_value(GET " #> '{ssl,dcv_delegation_records}'", zone, id), "");
	cr_expect_eq(sql_number("select count(*) from certwright.dns_instructions($1::uuid, $2::uuid)"
	    " where purpose = 'delegation'", zone, id), 0);
	cr_expect_str_eq(sql_value("select certwright.delegation_pattern($1::uuid)", zone), "");
}

Test(delegation, the_name_is_made_of_hostname_label_and_domain_in_lower_case)
{
	const char *zone = sql_zone("{}"), *id;

	DOMAIN("DCV.SaaS.net.");
	cr_expect_str_eq(sql_value(TARGET, "shop.customer.com", "d"), "shop.customer.com.d.dcv.saas.net");
	id = by_txt(zone, "SHOP.Customer.com");
	cr_expect_str_eq(sql_value(GET " #>> '{ssl,dcv_delegation_records,0,cname_target}'", zone, id),
	    sql_value("select 'shop.customer.com.' || $1 || '.dcv.saas.net'", sql_value(ID_OF, zone)));
	cr_expect_str_eq(sql_value("select certwright.delegation_pattern($1::uuid)", zone),
	    sql_value("select '_acme-challenge.<hostname> CNAME <hostname>.' || $1 || '.dcv.saas.net'",
		sql_value(ID_OF, zone)));
}

#define RECORDS "select jsonb_array_length(coalesce((" GET ") #> '{ssl,dcv_delegation_records}', '[]'))"

/* 253 octets: the hostname, a dot, sixteen of the label, ".dcv.saas.net". */
Test(delegation, a_name_that_is_too_long_is_none)
{
	const char *zone = sql_zone("{}"), *label = sql_value(ID_OF, zone);
	const char *fits = sql_value("select repeat(repeat('b', 63) || '.', 3) || repeat('a', 27) || '.com'");
	const char *over = sql_value("select replace($1, 'a.com', 'aa.com')", fits);

	DOMAIN("dcv.saas.net");
	cr_expect_eq(strlen(sql_value(TARGET, fits, label)), 253);
	cr_expect_str_eq(sql_value(TARGET, over, label), "");
	cr_expect_eq(sql_number(RECORDS, zone, by_txt(zone, fits)), 1);
	cr_expect_eq(sql_number(RECORDS, zone, by_txt(zone, over)), 0);
	cr_expect_str_eq(sql_value("select string_agg(distinct length(i.value)::text, ' ') from certwright.custom_hostname h"
	    " cross join lateral certwright.dns_instructions(h.zone_id, h.id) i where i.purpose = 'delegation'"), "253");
}

/* ---- the label ----------------------------------------------------------------- */

Test(delegation, every_zone_has_a_label_of_its_own_that_is_noted)
{
	sql_do("select certwright.create_zone('z' || n, '{}') from generate_series(1, 50) n");
	cr_expect_eq(sql_number("select count(distinct dcv_delegation_id) from certwright.zone"
	    " where dcv_delegation_id ~ '^[0-9a-f]{16}$'"), 50);
	cr_expect_eq(sql_number("select count(*) from certwright.zone z join certwright.delegation d"
	    " on d.id = z.dcv_delegation_id and d.zone_id = z.id"), 50);
	cr_expect_eq(sql_number("select count(*) from certwright.delegation"), 50);
}

Test(delegation, a_label_is_never_given_again_when_its_zone_is_gone)
{
	const char *zone = sql_zone("{}"), *id = sql_value(ID_OF, zone), *next;

	sql_do("select certwright.delete_zone($1::uuid)", zone);
	cr_expect_str_eq(sql_value("select zone_id from certwright.delegation where id = $1", id), zone);
	next = sql_value(INSERT, "next", id);
	cr_expect_str_neq(next, id);
	cr_expect_eq(strlen(next), 16);
	cr_expect_str_eq(sql_value(INSERT, "after", "of-its-own"), "of-its-own");
	cr_expect_str_neq(sql_value(INSERT, "later", "of-its-own"), "of-its-own");
}

Test(delegation, a_label_never_changes)
{
	const char *zone = sql_zone("{}"), *id = sql_value(ID_OF, zone);

	sql_refusal("update certwright.zone set dcv_delegation_id = 'other'");
	cr_expect_not_null(strstr(sql_message(), "never changes"), "%s", sql_message());
	sql_do("update certwright.zone set dcv_delegation_id = dcv_delegation_id, name = 'renamed'");
	cr_expect_str_eq(sql_refusal("select certwright.edit_zone($1::uuid, '{\"dcv_delegation_id\":\"other\"}')", zone),
	    "X1400");
	cr_expect_str_eq(sql_refusal("select certwright.create_zone('new', '{\"dcv_delegation_id\":\"other\"}')"), "X1400");
	cr_expect_str_eq(sql_value(ID_OF, zone), id);
	sql_refusal("delete from certwright.delegation");
	cr_expect_not_null(strstr(sql_message(), "never changes"), "%s", sql_message());
	sql_refusal("update certwright.delegation set id = 'other'");
	cr_expect_not_null(strstr(sql_message(), "never changes"), "%s", sql_message());
}

/* ---- the domain ------------------------------------------------------------------ */

static const struct domain {
	const char *name, *part;	/* of the sentence; NULL: it is taken */
} domains[] = {
	{ "dcv.saas.net", NULL },
	{ "customer.com", "\"shop.customer.com\"" },
	{ "shop.customer.com", "\"shop.customer.com\"" },
	{ "hop.customer.com", NULL },
	{ "a.shop.customer.com", NULL },
	{ "gone.net", NULL },
	{ "saas.org", "\"edge.saas.org\" is a CNAME target" },
	{ "customers.provider.org", "\"*.customers.provider.org\" is a CNAME target" },
	{ "fallback.org", "\"fallback.org\" is a CNAME target or fallback origin" },
	{ "co.uk", "public suffix" },
	{ "net", "public suffix" },
};

Test(delegation, a_domain_that_holds_other_names_is_not_taken_up)
{
	const char *zone = sql_zone("{\"cname_targets\":[\"edge.saas.org\",\"*.customers.provider.org\"]}"), *gone;

	sql_do("insert into certwright.public_suffix values ('net'), ('com'), ('org'), ('uk'), ('co.uk')"
	    " on conflict do nothing");
	sql_do("select certwright.set_fallback_origin($1::uuid, '{\"origin\":\"fallback.org\"}')", zone);
	sql_hostname(zone, "{\"hostname\":\"shop.customer.com\"}");
	gone = sql_hostname(zone, "{\"hostname\":\"shop.gone.net\"}");
	sql_do("select certwright.delete_custom_hostname($1::uuid, $2::uuid)", zone, gone);
	for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
		const char *said = sql_value(FAULT, domains[i].name);

		if (domains[i].part == NULL)
			cr_expect_str_eq(said, "", "%s", domains[i].name);
		else
			cr_expect_not_null(strstr(said, domains[i].part), "%s: %s", domains[i].name, said);
	}
	/* a daemon starts again with what there is */
	DOMAIN("customer.com");
	cr_expect_str_eq(sql_value(FAULT, "customer.com"), "");
	cr_expect_str_eq(sql_value("select certwright.delegation_domain_fault(null)"), "");
}

Test(delegation, a_hostname_at_or_below_the_domain_is_refused)
{
	const char *zone = sql_zone("{}");

	DOMAIN("dcv.saas.net");
	cr_expect_str_eq(sql_refusal("select certwright.create_custom_hostname($1::uuid,"
	    " '{\"hostname\":\"dcv.saas.net\"}')", zone), "X1407");
	cr_expect_str_eq(sql_refusal("select certwright.create_custom_hostname($1::uuid,"
	    " '{\"hostname\":\"A.b.DCV.saas.net.\"}')", zone), "X1407");
	cr_expect_not_null(strstr(sql_hint(), "delegation domain"), "%s", sql_hint());
	sql_hostname(zone, "{\"hostname\":\"xdcv.saas.net\"}");
}
