/* Lists of a zone with many hostnames: each filter in each order is walked on
 * an index, and what the walk finds is what a plain query finds. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "migrations/embedded.h"
#include "tests/db/sql.h"
#include "tests/kit/pg.h"

#define MANY "20000"
#define FEW "1500"

static const char *zone;

/* Hostnames of all kinds in one zone, and some in another; made by plain
 * inserts, so that triggers list them. */
static void
load(const char *count)
{
	sql_up();
	zone = sql_zone("{}");
	sql_do("insert into certwright.certificate_authority (name, directory, account_key)"
	    " values ('google', 'https://ca.test/', ''), ('ssl_com', 'https://ca.test/', '')");
	sql_do("insert into certwright.custom_hostname (zone_id, hostname, status, ssl, custom_origin_server, created_at)"
	    " select coalesce(z.id, $1::uuid), format('%s.%s%s.com', (array['www','shop','a-b'])[1 + n % 3],"
	    "        translate(left(md5(n::text), 5), '0123456789', 'ghijklmnop'), n),"
	    "        (array['active','active_redeploying','pending','moved','blocked'])[1 + (n * 7) % 97 / 24]"
	    "        ::certwright.hostname_status, n % 11 > 0, case when n % 50 = 0 then format('o%s.saas.net', n % 7) end,"
	    "        certwright.clock_now() - (n * 37) % 1000 * interval '1 minute'"
	    " from generate_series(1, $2::int) n left join certwright.zone z on z.id <> $1::uuid and n % 20 = 0",
	    zone, count);
	sql_do("insert into certwright.certificate (zone_id, custom_hostname_id, hostname, wildcard, status, method,"
	    "        wanted_authority, authority_id, key_types)"
	    " select h.zone_id, h.id, h.hostname, n % 9 = 0, s.statuses[1 + n % 101 % 6], 'txt',"
	    "        case when n % 4 = 0 then 'lets_encrypt' else '' end,"
	    "        (select a.id from certwright.certificate_authority a"
	    "         where a.name = case n % 4 when 1 then 'google' when 2 then 'ssl_com' end), '{p256}'"
	    " from (select *, row_number() over (order by hostname) as n from certwright.custom_hostname where ssl) h,"
	    "      (select '{active,pending_validation,pending_issuance,deleted,initializing,expired}'"
	    "              ::certwright.ssl_status[]) s (statuses)");
}

static void
load_many(void)
{
	load(MANY);
	sql_do("vacuum (analyze) certwright.listed_hostname, certwright.listed_count");
}

static void
load_few(void)
{
	load(FEW);
	sql_zone("{}");
}

TestSuite(list_plans, .init = load_many, .fini = sql_down, .timeout = 120);
TestSuite(list_naive, .init = load_few, .fini = sql_down, .timeout = 120);

/* ---- the plans ------------------------------------------------------------------- */

/* One value; an index holds the rows in either order. */
static const char *const walks[] = {
	"{}", "{\"ssl\":0}", "{\"ssl\":1}", "{\"ssl_status\":\"active\"}", "{\"ssl_status\":\"deleted\"}",
	"{\"hostname_status\":\"active\"}", "{\"hostname_status\":\"blocked\"}",
	"{\"hostname_status\":\"active\",\"ssl\":1}", "{\"hostname_status\":\"moved\",\"ssl_status\":\"active\"}",
	"{\"certificate_authority\":\"google\"}", "{\"certificate_authority\":\"google\",\"ssl_status\":\"active\"}",
	"{\"wildcard\":true}", "{\"wildcard\":false}", "{\"wildcard\":false,\"ssl\":1}",
	"{\"custom_origin_server\":\"o1.saas.net\"}",
};

/* What is found by name is sorted. */
static const struct { const char *query, *index; } names[] = {
	{ "{\"hostname\":\"www.none.com\"}", "listed_hostname_name" },
	{ "{\"hostname.exact\":\"www.none.com\"}", "listed_hostname_name" },
	{ "{\"hostname.startsWith\":\"www.abc\"}", "listed_hostname_name" },
	{ "{\"hostname.contain\":\"c123\"}", "listed_hostname_part" },
	{ "{\"hostname.contain\":\"c123\",\"ssl_status\":\"active\"}", "listed_hostname_part" },
	{ "{\"id\":\"00000000-0000-4000-8000-000000000000\"}", "listed_hostname_pkey" },
};

/* The plan of the very statement that a list runs, for a page at `offset`. */
static void
make_planner(void)
{
	sql_do("create function pg_temp.plan(p_query jsonb, p_order text, p_direction text, p_offset bigint) returns jsonb"
	    " language plpgsql as $$ declare f certwright.list_filter := certwright.read_list_filter("
	    "     (select l.zone_id from certwright.listed_hostname l group by 1 order by count(*) desc limit 1), p_query);"
	    "  v json; begin"
	    "  execute 'explain (analyze, timing off, format json) '"
	    "      || certwright.list_statement(f, p_order, p_direction) into v using f, 20, p_offset;"
	    "  return v; end $$");
	sql_do("create function pg_temp.fault(p_plan jsonb, p_walked bigint) returns text language sql as $$"
	    " select string_agg(distinct n ->> 'Node Type', ', ') from jsonb_path_query(p_plan, 'strict $.**') n"
	    " where jsonb_typeof(n) = 'object' and n ? 'Node Type'"
	    "   and (n ->> 'Node Type' not in ('Limit', 'Index Only Scan') or (n -> 'Rows Removed by Filter')::int > 0"
	    "        or (n -> 'Actual Rows')::bigint > p_walked) $$");
}

static void
expect_walk(const char *query, const char *order, const char *direction, const char *offset)
{
	const char *plan = sql_value("select pg_temp.plan($1::jsonb, $2, $3, $4::bigint)", query, order, direction, offset);

	cr_expect_str_eq(sql_value("select pg_temp.fault($1::jsonb, $2::bigint + 20)", plan, offset), "", "%s %s %s %s: %s",
	    query, order, direction, offset, plan);
}

Test(list_plans, a_page_is_a_walk_along_one_index)
{
	make_planner();
	for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++)
		for (int way = 0; way < 8; way++)
			expect_walk(walks[i], (way & 1) ? "ssl" : "ssl_status", (way & 2) ? "asc" : "desc", (way & 4) ? "9000" : "0");
}

Test(list_plans, a_name_is_found_on_its_index)
{
	make_planner();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		for (int way = 0; way < 2; way++) {
			const char *plan = sql_value("select pg_temp.plan($1::jsonb, $2, 'asc', 0)", names[i].query,
			    way ? "ssl" : "ssl_status");

			cr_expect_not_null(strstr(plan, names[i].index), "%s: %s", names[i].query, plan);
			cr_expect_null(strstr(plan, "Seq Scan"), "%s: %s", names[i].query, plan);
		}
}

/* ---- the rows -------------------------------------------------------------------- */

/* A list read without its table. */
static void
make_naive(void)
{
	sql_do("create function pg_temp.naive(p_zone uuid, q jsonb) returns setof uuid language sql as $$"
	    " select h.id from certwright.custom_hostname h"
	    " left join certwright.certificate c on c.custom_hostname_id = h.id"
	    " left join certwright.certificate_authority a on a.id = c.authority_id"
	    " where h.zone_id = p_zone and h.removed_at is null"
	    "   and (not q ? 'id' or h.id::text = q ->> 'id')"
	    "   and (not q ? 'hostname' or h.hostname = q ->> 'hostname')"
	    "   and (not q ? 'hostname.exact' or h.hostname = q ->> 'hostname.exact')"
	    "   and (not q ? 'hostname.startsWith' or starts_with(h.hostname, q ->> 'hostname.startsWith'))"
	    "   and (not q ? 'hostname.contain' or strpos(h.hostname, q ->> 'hostname.contain') > 0)"
	    "   and (not q ? 'ssl' or h.ssl::int = (q -> 'ssl')::int)"
	    "   and (not q ? 'ssl_status' or c.status::text = q ->> 'ssl_status')"
	    "   and (not q ? 'hostname_status' or h.status::text = q ->> 'hostname_status')"
	    "   and (not q ? 'certificate_authority' or coalesce(a.name, c.wanted_authority) = q ->> 'certificate_authority')"
	    "   and (not q ? 'wildcard' or coalesce(c.wildcard, false) = (q -> 'wildcard')::boolean)"
	    "   and (not q ? 'custom_origin_server' or h.custom_origin_server = q ->> 'custom_origin_server')"
	    " order by case when q ->> 'order' = 'ssl_status' then null else h.ssl end,"
	    "     case when q ->> 'order' = 'ssl_status' then c.status end, h.created_at, h.id $$");
	/* All pages of a list, one after another. */
	sql_do("create function pg_temp.listed(p_zone uuid, q jsonb, p_direction text) returns uuid[] language sql as $$"
	    " select coalesce(array_agg(i.id order by n, i.m), '{}') from certwright.read_list_filter(p_zone,"
	    "     q - 'order') f, certwright.list_total(f) t, generate_series(0, t + 200, 100) n,"
	    " unnest(certwright.list_page(f, coalesce(q ->> 'order', 'ssl'), p_direction, t, 100, n))"
	    "     with ordinality i (id, m) $$");
}

static void
expect_same_rows(const char *query)
{
	const char *want = sql_value("select coalesce(array_agg(id order by n), '{}') from"
	    " pg_temp.naive($1::uuid, $2::jsonb) with ordinality r (id, n)", zone, query);
	const char *back = sql_value("select coalesce(array_agg(id order by n desc), '{}') from unnest($1::uuid[])"
	    " with ordinality r (id, n)", want);

	cr_expect_str_eq(sql_value("select pg_temp.listed($1::uuid, $2::jsonb, 'asc')", zone, query), want, "%s", query);
	cr_expect_str_eq(sql_value("select pg_temp.listed($1::uuid, $2::jsonb, 'desc')", zone, query), back, "%s backwards",
	    query);
	cr_expect_str_eq(sql_value("select certwright.list_custom_hostnames($1::uuid, $2::jsonb) #> '{result_info,total_count}'"
	    " = to_jsonb(cardinality($3::uuid[]))", zone, query, want), "t", "%s", query);
}

static const char *const more[] = {
	"{\"ssl\":0,\"ssl_status\":\"active\"}", "{\"ssl\":0,\"wildcard\":true}", "{\"certificate_authority\":\"\"}",
	"{\"certificate_authority\":\"lets_encrypt\"}", "{\"certificate_authority\":\"nobody\"}",
	"{\"hostname.startsWith\":\"www.\"}", "{\"hostname.startsWith\":\"a-b.a\",\"hostname.contain\":\"b1\"}",
	"{\"hostname.contain\":\"a\"}", "{\"hostname.contain\":\"a-\"}", "{\"hostname.contain\":\"-b.\"}",
	"{\"hostname.contain\":\".com\"}", "{\"hostname.contain\":\"op.\",\"wildcard\":false}",
	"{\"hostname.contain\":\"12\",\"hostname_status\":\"active\",\"ssl\":1}", "{\"hostname.contain\":\"nowhere\"}",
	"{\"custom_origin_server\":\"o1.saas.net\",\"ssl\":0}", "{\"custom_origin_server\":\"o9.saas.net\"}",
};

static void
expect_both_orders(const char *query)
{
	expect_same_rows(query);
	expect_same_rows(sql_value("select $1::jsonb || '{\"order\":\"ssl_status\"}'", query));
}

Test(list_naive, lists_are_what_a_plain_query_finds)
{
	make_naive();
	for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++)
		expect_both_orders(walks[i]);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		expect_both_orders(names[i].query);
	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
		expect_both_orders(more[i]);
}

/* ---- the copies ------------------------------------------------------------------ */

static const char *const changes[] = {
	"update certwright.custom_hostname set status = 'pending' where status = 'moved'",
	"update certwright.custom_hostname set custom_origin_server = 'new.saas.net' where hostname like 'shop%'",
	"update certwright.custom_hostname set custom_origin_server = null where custom_origin_server like 'o2%'",
	"update certwright.custom_hostname set ssl = true where not ssl and hostname like 'www%'",
	"update certwright.certificate set status = 'pending_deletion' where status = 'active'",
	"update certwright.certificate set wildcard = not wildcard where hostname like 'a-b%'",
	"update certwright.certificate set wanted_authority = 'ssl_com' where authority_id is null",
	"update certwright.certificate set authority_id = (select id from certwright.certificate_authority"
	" where name = 'google') where hostname like 'www.a%'",
	"update certwright.certificate_authority set name = 'other' where name = 'google'",
	"update certwright.certificate set custom_hostname_id = null where hostname like 'shop.b%'",
	"insert into certwright.certificate (zone_id, custom_hostname_id, hostname, status, method, key_types)"
	" select zone_id, id, hostname, 'active', 'txt', '{p256}' from certwright.custom_hostname"
	" where hostname like 'shop.b%'",
	"with a as (select id, custom_hostname_id from certwright.certificate where hostname like 'shop.c%'"
	"     and custom_hostname_id is not null limit 1), b as (update certwright.certificate c"
	"     set custom_hostname_id = null from a where c.id = a.id)"
	" insert into certwright.certificate (zone_id, hostname, status, method, key_types)"
	" select zone_id, hostname, 'expired', 'txt', '{p256}' from certwright.certificate where id in (select id from a)",
	"delete from certwright.certificate where hostname like 'www.d%'",
	"update certwright.custom_hostname set status = 'deleted', removed_at = certwright.clock_now()"
	" where hostname like 'www.e%'",
	"update certwright.custom_hostname set removed_at = null where hostname like 'www.ea%'",
	"delete from certwright.custom_hostname h where not ssl and hostname like '%f%'"
	" and not exists (select from certwright.certificate c where c.custom_hostname_id = h.id)",
};

/* Rows that are listed otherwise than they are, and counts that are wrong. */
static const char *
differences(void)
{
	return sql_value("select count(*) from ("
	    " (table certwright.listed_hostname except select * from certwright.hostnames_to_list()) union all"
	    " (select * from certwright.hostnames_to_list() except table certwright.listed_hostname)) l");
}

static const char *
miscounts(void)
{
	return sql_value("select count(*) from ("
	    " select zone_id, status, ssl_status, authority, wildcard, sum(change) n from certwright.listed_count"
	    " group by 1, 2, 3, 4, 5 having sum(change) <> 0 except"
	    " select zone_id, status, ssl_status, authority, wildcard, count(*) from certwright.listed_hostname"
	    " group by 1, 2, 3, 4, 5) c");
}

Test(list_naive, every_change_is_listed_and_counted)
{
	sql_do("alter table certwright.custom_hostname disable trigger custom_hostname_transition");
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		sql_do(changes[i]);
		cr_assert_str_eq(differences(), "0", "%s", changes[i]);
		cr_assert_str_eq(miscounts(), "0", "%s", changes[i]);
	}
	cr_assert_gt(sql_number("select count(*) from certwright.listed_hostname where authority = 'other'"), 0);
	cr_assert_gt(sql_number("select count(*) from certwright.listed_hostname where hostname like 'www.ea%'"), 0);
}

/* The counts are a few rows, whatever was counted. */
Test(list_naive, counts_are_summed_up_as_rows_change)
{
	sql_do("insert into certwright.custom_hostname (zone_id, hostname)"
	    " select $1::uuid, n || '.more.com' from generate_series(1, 300) n", zone);
	sql_do("alter table certwright.custom_hostname disable trigger custom_hostname_transition");
	for (int i = 0; i < 16; i++)
		sql_do("update certwright.custom_hostname set status = $1::certwright.hostname_status"
		    " where hostname like '%.more.com'", i % 2 == 0 ? "active" : "pending");
	cr_assert_lt(sql_number("select count(*) from certwright.listed_count where zone_id = $1::uuid", zone), 5000);
	cr_assert_eq(sql_number("select sum(change) from certwright.listed_count where zone_id = $1::uuid", zone),
	    sql_number("select count(*) from certwright.custom_hostname where zone_id = $1::uuid", zone));
}

/* ---- the first filling ----------------------------------------------------------- */

static const char made_before[] =
    "insert into certwright.zone (name) values ('z');"
    "insert into certwright.custom_hostname (zone_id, hostname, status, ssl, removed_at)"
    " select z.id, n || '.customer.com', case when n = 5 then 'deleted' else 'active' end::certwright.hostname_status,"
    " n % 2 = 0, case when n = 5 then z.created_at end from certwright.zone z, generate_series(1, 9) n;"
    "insert into certwright.certificate (zone_id, custom_hostname_id, hostname, status, method, key_types)"
    " select zone_id, id, hostname, 'active', 'txt', '{p256}' from certwright.custom_hostname"
    " where hostname like '4%' or hostname like '6%';";

static const char listed_after[] =
    "do $$ begin assert (select count(*) from certwright.listed_hostname) = 8;"
    " assert (select sum(change) from certwright.listed_count) = 8;"
    " assert (select sum(change) from certwright.listed_count where ssl_status = 'active') = 2;"
    " assert (select sum(change) from certwright.listed_count where ssl_status = 'initializing') = 2; end $$";

Test(list_migration, what_was_there_before_is_listed)
{
	char *database = pg_kit_database();
	struct pg_session *s = pg_session_open(database, NULL);
	struct err err = { 0 };

	cr_assert(pg_session_script(s, "drop schema certwright cascade", &err));
	for (const struct migration *m = migrations_numbered; m->name != NULL; m++) {
		if (strcmp(m->name, "0003_lists.sql") == 0)
			cr_assert(pg_session_script(s, made_before, &err), "%s", err.detail);
		cr_assert(pg_session_script(s, "begin", &err));
		cr_assert(pg_session_script(s, m->text, &err), "%s: %s", m->name, err.detail);
		cr_assert(pg_session_script(s, "commit", &err));
	}
	cr_assert(pg_session_script(s, listed_after, &err), "%s", err.detail);
	pg_session_close(s);
	pg_kit_drop(database);
}
