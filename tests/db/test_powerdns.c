/* What PowerDNS reads: the delegation domain as records, by the very queries
 * that its PostgreSQL backend comes with, and nothing else. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

/* PowerDNS 4.7.3, gpgsql-any-id-query and gpgsql-basic-query, as text. */
#define ANY "SELECT string_agg(name || ' ' || coalesce(type, '-') || ' ' || coalesce(content, '-') || ' ' || ttl, ', '" \
	" order by type, content) FROM (SELECT content,ttl,prio,type,domain_id,disabled::int,name,auth::int FROM records" \
	" WHERE disabled=false and name=$1 and domain_id=1) r"
#define ALL "select string_agg(name || ' ' || coalesce(type, '-') || ' ' || coalesce(content, '-'), E'\\n'" \
	" order by name collate \"C\", type, content) from records"

static const char *zone, *label;

static void
set(const char *domain, const char *servers)
{
	sql_do("select certwright.put_setting('dcv_domain', nullif($1, ''))", domain);
	sql_do("select certwright.put_setting('dcv_nameservers', nullif($1, ''))", servers);
	sql_do("select certwright.follow_settings(1000)");
}

static void
up(void)
{
	sql_up();
	zone = sql_zone("{}");
	label = sql_value("select dcv_delegation_id from certwright.zone where id = $1::uuid", zone);
	sql_do("set search_path = certwright_powerdns");
	set("DCV.saas.net.", "NS1.dcv.saas.net=192.0.2.1=2001:db8::1, ns.elsewhere.net");
}

TestSuite(powerdns, .init = up, .fini = sql_down, .timeout = 60);

/* A hostname whose pack is validated by `method`. */
static const char *
pack(const char *hostname, const char *method, bool wildcard)
{
	return sql_pack(sql_hostname(zone, sql_value("select jsonb_build_object('hostname', $1::text, 'ssl',"
	    " jsonb_build_object('method', $2::text, 'type', 'dv', 'wildcard', $3::boolean))",
	    hostname, method, wildcard ? "true" : "false")));
}

/* A CA's token; `method` is what it asks for. */
static void
token(const char *pack_id, const char *method, const char *wildcard, const char *value)
{
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,"
	    " key_authorization, txt_value, status, expires_at) select c.id, 'p256', c.hostname, $3::boolean, 'u', $2,"
	    " 't', 'k', $4, 'pending', certwright.clock_now() + interval '7 days' from certwright.certificate c"
	    " where c.id = $1::uuid", pack_id, method, wildcard, value);
}

static const char *
below(const char *name)
{
	return sql_value("select $1 || '.' || $2 || '.dcv.saas.net'", name, label);
}

/* ---- names ---------------------------------------------------------------------- */

Test(powerdns, without_a_domain_there_is_nothing)
{
	set("", "");
	token(pack("shop.customer.com", "txt", true), "txt", "true", "one");
	cr_expect_str_eq(sql_value(ALL), "");
	cr_expect_eq(sql_number("select count(*) from domains"), 0);
}

Test(powerdns, the_domain_and_its_servers_are_those_of_the_options)
{
	cr_expect_str_eq(sql_value(ALL " where type is not null"),
	    "dcv.saas.net NS ns.elsewhere.net\n"
	    "dcv.saas.net NS ns1.dcv.saas.net\n"
	    "dcv.saas.net SOA ns1.dcv.saas.net hostmaster.dcv.saas.net 1 3600 600 604800 5\n"
	    "ns1.dcv.saas.net A 192.0.2.1\n"
	    "ns1.dcv.saas.net AAAA 2001:db8::1");
	cr_expect_str_eq(sql_value("select string_agg(id || ' ' || name || ' ' || type, ',') from domains"),
	    "1 dcv.saas.net NATIVE");
	cr_expect_eq(sql_number("select count(*) from records where domain_id = 1 and ttl = 60"), 7);
}

Test(powerdns, a_wildcard_pack_has_both_values_at_one_name)
{
	const char *id = pack("Shop.Customer.com", "txt", true);

	token(id, "txt", "true", "one");
	token(id, "txt", "false", "two");
	token(pack("other.customer.com", "txt", false), "txt", "false", "three");
	cr_expect_str_eq(sql_value(ANY, below("shop.customer.com")), sql_value("select format('%1$s TXT \"one\" 60,"
	    " %1$s TXT \"two\" 60', $1::text)", below("shop.customer.com")));
}

Test(powerdns, equal_values_are_one)
{
	const char *id = pack("shop.customer.com", "txt", true);

	token(id, "txt", "true", "one");
	token(id, "txt", "false", "one");
	cr_expect_eq(sql_number("select count(*) from records where type = 'TXT'"), 1);
}

Test(powerdns, below_a_delegation_every_name_exists)
{
	cr_expect_str_eq(sql_value(ALL " where type is null"), sql_value("select format(E'*.%1$s.dcv.saas.net - -\\n"
	    "%1$s.dcv.saas.net - -', $1::text)", label));
}

/* ---- what is not told --------------------------------------------------------------- */

Test(powerdns, a_value_that_is_void_expired_or_of_another_method_is_not_there)
{
	const char *voided = pack("void.customer.com", "txt", false);
	const char *expired = pack("expired.customer.com", "txt", false);

	token(voided, "txt", "false", "void");
	token(expired, "txt", "false", "expired");
	token(pack("persist.customer.com", "txt", false), "persist", "false", "persist");
	token(pack("other.customer.com", "txt", false), "http", "false", "http");
	token(pack("http.customer.com", "http", false), "txt", "false", "of a pack by http");
	cr_expect_eq(sql_number("select count(*) from records where type = 'TXT'"), 2);
	sql_do("update certwright.challenge set voided_at = certwright.clock_now() where certificate_id = $1::uuid", voided);
	sql_do("update certwright.challenge set expires_at = certwright.clock_now() where certificate_id = $1::uuid", expired);
	cr_expect_eq(sql_number("select count(*) from records where type = 'TXT'"), 0);
}

Test(powerdns, another_domain_moves_all_values)
{
	token(pack("shop.customer.com", "txt", false), "txt", "false", "one");
	set("dcv2.saas.net", "ns.elsewhere.net");
	cr_expect_str_eq(sql_value("select name from records where type = 'TXT'"),
	    sql_value("select 'shop.customer.com.' || $1 || '.dcv2.saas.net'", label));
	set("", "");
	cr_expect_str_eq(sql_value(ALL), "");
	set("dcv.saas.net", "ns.elsewhere.net");
	cr_expect_str_eq(sql_value("select name from records where type = 'TXT'"), below("shop.customer.com"));
}

Test(powerdns, its_role_can_read_this_and_nothing_else)
{
	token(pack("shop.customer.com", "txt", false), "txt", "false", "one");
	sql_do("set role certwright_powerdns");
	cr_expect_str_eq(sql_value(ANY, below("shop.customer.com")),
	    sql_value("select $1 || ' TXT \"one\" 60'", below("shop.customer.com")));
	cr_expect_eq(sql_number("select count(*) from domains"), 1);
	cr_expect_str_eq(sql_refusal("select * from certwright.challenge"), "42501");
	cr_expect_str_eq(sql_refusal("select * from certwright.certificate_overview"), "42501");
	cr_expect_str_eq(sql_refusal("select certwright.get_zone($1::uuid)", zone), "42501");
	cr_expect_str_eq(sql_refusal("delete from domains"), "42501");
}

/* The rest of the queries that it asks without being told to write. */
static const char *const stock[] = {
	"select kind,content from domains, domainmetadata where domainmetadata.domain_id=domains.id and name=$1",
	"select content from domains, domainmetadata where domainmetadata.domain_id=domains.id and name=$1"
	" and domainmetadata.kind=$1",
	"select cryptokeys.id, flags, case when active then 1 else 0 end as active, case when published then 1 else 0 end"
	" as published, content from domains, cryptokeys where cryptokeys.domain_id=domains.id and name=$1",
	"select algorithm, secret from tsigkeys where name=$1",
	"select ip,nameserver,account from supermasters where ip=$1",
	"SELECT domain_id,name,type,modified_at,account,comment FROM comments WHERE name=$1",
	"select ordername from records where disabled=false and ordername ~>~ $1 and domain_id=1 and ordername is not null"
	" order by 1 using ~<~ limit 1",
};

Test(powerdns, its_other_queries_find_nothing)
{
	for (size_t i = 0; i < sizeof stock / sizeof stock[0]; i++)
		cr_expect_str_eq(sql_value(stock[i], "dcv.saas.net"), "", "%s", stock[i]);
	cr_expect_str_eq(sql_value("select concat_ws('|',id,name,master,last_check,notified_serial,type,options,catalog,account)"
	    " from domains where name=$1", "dcv.saas.net"), "1|dcv.saas.net|NATIVE");
	cr_expect_str_eq(sql_value("select concat_ws('|', domains.id, domains.name, records.content, domains.type,"
	    " domains.master, domains.notified_serial, domains.last_check, domains.account) from domains LEFT JOIN records"
	    " ON records.domain_id=domains.id AND records.type='SOA' AND records.name=domains.name"
	    " WHERE records.disabled=false"), "1|dcv.saas.net|ns1.dcv.saas.net hostmaster.dcv.saas.net 1 3600 600 604800 5"
	    "|NATIVE");
}

/* However many values there are, a question reads those of its name. */
Test(powerdns, a_value_is_found_by_an_index)
{
	sql_do("with pack as (insert into certwright.certificate (zone_id, hostname, method, key_types)"
	    " select $1::uuid, 'shop' || n || '.customer.com', 'txt', '{p256}' from generate_series(1, 2000) n returning *)"
	    " select count(*) from pack", zone);
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, url, method, token,"
	    " key_authorization, txt_value, status) select c.id, 'p256', c.hostname, 'u', 'txt', 't', 'k', 'one', 'pending'"
	    " from certwright.certificate c");
	sql_do("analyze certwright.challenge, certwright.certificate");
	cr_expect_not_null(strstr(sql_value("explain (format json) select * from records"
	    " where name = 'x' and domain_id = 1 and disabled = false"), "challenge_by_delegation"));
}
