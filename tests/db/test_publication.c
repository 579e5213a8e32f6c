/* What is wanted at the provider's name server, and what a verdict says is there. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

#define DAEMON "11111111-1111-4111-8111-111111111111"
#define HOST "shop.customer.com"
#define VALUES "select coalesce(string_agg(v.value || case when v.wanted then '' else ' away' end" \
	" || case when v.published_at is null then '' else ' there' end, ', ' order by v.value), '') from certwright.publication_value v"
#define STATUS "select string_agg(status::text, ' ' order by name) from certwright.publication"
#define ALARMS "select count(*) from certwright.job where flow = 'publication'"

static const char *zone, *pack;

static const char *
hostname_in(const char *where, const char *name)
{
	return sql_hostname(where, sql_value("select jsonb_build_object('hostname', $1::text,"
	    " 'ssl', '{\"method\":\"txt\",\"type\":\"dv\",\"wildcard\":true}'::jsonb)", name));
}

static void
up(void)
{
	sql_up();
	sql_do("create table public.clock (t timestamptz)");
	sql_do("insert into public.clock values ('2026-01-01 00:00:00Z')");
	sql_do("create or replace function certwright.clock_now() returns timestamptz language sql stable"
	    " as 'select t from public.clock'");
	sql_do("select count(*) from certwright.lease_shards($1::uuid, 'a test')", DAEMON);
	sql_do("select certwright.put_setting('dcv_domain', 'DCV.saas.net'), certwright.follow_settings(1000)");
	sql_do("select certwright.put_setting('dcv_update_server', '127.0.0.1:53'), certwright.follow_settings(1000)");
	zone = sql_zone("{}");
	pack = sql_pack(hostname_in(zone, HOST));
	sql_do("update certwright.certificate set status = 'pending_validation'");
}

TestSuite(publication, .init = up, .fini = sql_down, .timeout = 60);

static void
give_to(const char *to, const char *key_type, const char *method, const char *identifier, const char *wildcard, const char *value)
{
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,"
	    " key_authorization, txt_value, status) values ($1::uuid, $2::certwright.key_type, $4, $5::boolean, 'https://ca/1',"
	    " $3, 't', 't.k', $6, 'pending')", to, key_type, method, identifier, wildcard, value);
}

static void
give(const char *value)
{
	give_to(pack, "p256", "txt", HOST, "false", value);
}

static void
void_all(void)
{
	sql_do("update certwright.challenge set voided_at = certwright.clock_now() where voided_at is null");
}

static const char *
due(const char *column)
{
	return sql_value(sql_value("select 'select string_agg(d.' || $1 || '::text, '' '') from generate_series(0, 1) p"
	    " cross join lateral certwright.due_publication(p, (select array_agg(s) from generate_series(0, 63) s)::bigint[],"
	    " array_fill(null::text, array[64]), array_fill(null::uuid, array[64]), 1000) d'", column));
}

/* A verdict of a look that began when the job had been woken so often. */
static void
finish(const char *wakes, const char *outcome, const char *changes)
{
	const char *next = strncmp(outcome, "go:", 3) == 0 ? outcome + 3 : "";
	const char *code = strcmp(outcome, "retry") == 0 ? "publish_refused" : "";

	cr_assert_eq(sql_number("select f.accepted from certwright.job j join certwright.shard s on s.id = j.shard"
	    " join certwright.publication p on p.id = j.subject"
	    " cross join lateral certwright.finish_publication(s.owner, array[j.subject], array[j.shard]::bigint[],"
	    " array[s.epoch], array[$1::bigint], array[p.status::text], array[$2], array[60::bigint], array[j.attempts]::bigint[],"
	    " array[j.attempts + 1]::bigint[], array[nullif($3, '')], array[nullif($3, '')], array[null::text],"
	    " array[3::bigint], array[true], array[nullif($4, '')], array[$4 <> '' or $2 = 'rest'], array[nullif($3, '')],"
	    " array[nullif($5, '')]) f where j.flow = 'publication'", wakes, outcome, code, next, changes), 1);
}

static const char *
wakes(void)
{
	return sql_value("select wakes from certwright.job where flow = 'publication'");
}

/* All that was due was pushed. */
static void
push(void)
{
	finish(wakes(), "go:published", sql_value("select jsonb_build_object('added', $1::text, 'removed', $2::text)",
	    due("adds"), due("removes")));
}

static bool
is_publishing(void)
{
	return strcmp(sql_value("select certwright.is_publishing($1::uuid)", pack), "t") == 0;
}

/* ---- what is wanted ------------------------------------------------------------- */

Test(publication, a_token_is_written_down_before_it_is_pushed_and_once)
{
	give("v1");
	give_to(pack, "rsa2048", "txt", HOST, "false", "v1");
	give_to(pack, "p256", "txt", HOST, "true", "v2");
	cr_expect_str_eq(sql_value(VALUES), "v1, v2");
	cr_expect_str_eq(sql_value(STATUS), "publishing");
	cr_expect_str_eq(due("name"), sql_value("select '" HOST ".' || dcv_delegation_id || '.dcv.saas.net'"
	    " from certwright.zone where id = $1::uuid", zone));
	cr_expect_str_eq(due("adds"), "[\"v1\", \"v2\"]");
	cr_expect_str_eq(due("removes"), "[]");
	cr_expect(is_publishing());
}

Test(publication, what_is_not_delegated_is_not_pushed)
{
	const char *http = sql_pack(sql_hostname(zone, "{\"hostname\":\"a.customer.com\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\"}}"));

	give_to(pack, "p256", "http", HOST, "false", "v1");
	give_to(pack, "p256", "persist", HOST, "false", "v2");
	give_to(pack, "p256", "txt", "sni.saas.net", "false", "v3");	/* the name that brands it */
	give_to(http, "p256", "txt", "a.customer.com", "false", "v4");
	cr_expect_str_eq(sql_value(VALUES), "");
	cr_expect_eq(sql_number(ALARMS), 0);
	cr_expect_not(is_publishing());
}

Test(publication, without_a_server_nothing_is_pushed_until_there_is_one)
{
	sql_do("select certwright.put_setting('dcv_update_server', null), certwright.follow_settings(1000)");
	give("v1");
	cr_expect_eq(sql_number(ALARMS), 0);
	cr_expect_not(is_publishing());
	sql_do("select certwright.put_setting('dcv_update_server', '127.0.0.1:53'), certwright.follow_settings(1000)");
	cr_expect_str_eq(due("adds"), "[\"v1\"]");
	finish(wakes(), "wait", "");
	sql_do("update public.clock set t = t + interval '1 second'");
	cr_expect_null(strstr(due("adds"), "v1"));
	sql_do("select certwright.put_setting('dcv_update_server', '127.0.0.1:54'), certwright.follow_settings(1000)");
	cr_expect_str_eq(due("adds"), "[\"v1\"]", "another server is asked at once");
}

Test(publication, tokens_that_go_are_taken_away_however_they_go)
{
	static const char *const ways[] = {
		"update certwright.challenge set voided_at = certwright.clock_now()",
		"delete from certwright.challenge",
		"update certwright.certificate set status = 'pending_deletion'",
		"delete from certwright.certificate",
	};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		sql_do("update certwright.certificate set status = 'pending_validation'");
		sql_do("delete from certwright.challenge");
		give("v1");
		push();
		cr_assert_str_eq(sql_value(STATUS), "published", "%s", ways[i]);
		cr_expect_eq(sql_number(ALARMS), 0);
		sql_do(ways[i]);
		cr_expect_str_eq(sql_value(STATUS), "publishing", "%s", ways[i]);
		cr_expect_str_eq(due("removes"), "[\"v1\"]", "%s", ways[i]);
		push();
		cr_expect_eq(sql_number("select count(*) from certwright.publication"), 0, "%s", ways[i]);
		cr_expect_eq(sql_number(ALARMS), 0);
	}
}

Test(publication, another_status_of_a_token_pushes_nothing)
{
	give("v1");
	push();
	sql_do("update certwright.challenge set status = 'seen', told_at = certwright.clock_now()");
	cr_expect_str_eq(sql_value(STATUS), "published");
	cr_expect_eq(sql_number(ALARMS), 0);
}

Test(publication, another_delegation_domain_is_another_name)
{
	give("v1");
	push();
	sql_do("select certwright.put_setting('dcv_domain', 'new.saas.net'), certwright.follow_settings(1000)");
	cr_expect_str_eq(sql_value(VALUES " join certwright.publication p on p.id = v.publication_id where p.name like '%.new.saas.net'"), "v1");
	cr_expect_str_eq(sql_value(VALUES " join certwright.publication p on p.id = v.publication_id where p.name like '%.dcv.saas.net'"),
	    "v1 away");
	cr_expect_eq(sql_number(ALARMS), 2);
}

/* In one transaction they would hold up all verdicts. */
Test(publication, names_follow_another_server_a_few_at_a_time)
{
	static const char more[] = "select certwright.follow_settings(1)";
	const char *second = sql_pack(hostname_in(zone, "b.customer.com"));

	sql_do("update certwright.certificate set status = 'pending_validation'");
	give("v1");
	give_to(second, "p256", "txt", "b.customer.com", "false", "v2");
	sql_do("update certwright.publication_value set published_at = certwright.clock_now()");
	sql_do("update certwright.publication set status = 'published'");
	cr_expect_str_eq(sql_value(more), "f", "nothing has changed");
	sql_do("select certwright.put_setting('dcv_update_server', '127.0.0.1:54')");
	cr_expect_str_eq(sql_value(VALUES), "v1 there, v2 there");
	cr_expect_str_eq(sql_value(more), "t");
	cr_expect_str_eq(sql_value(VALUES), "v1 there, v2");
	cr_expect_str_eq(sql_value(more), "t");
	cr_expect_str_eq(sql_value(VALUES), "v1, v2", "a server that is new has none of them");
	cr_expect_str_eq(sql_value(more), "f");
	cr_expect_str_eq(sql_value("select count(*) from certwright.publication where status = 'publishing'"), "2");
}

Test(publication, two_zones_that_have_the_name_push_to_two_names)
{
	const char *second = sql_zone("{}"), *their_pack = sql_pack(hostname_in(second, HOST));

	give("v1");
	give_to(their_pack, "p256", "txt", HOST, "false", "v2");
	cr_expect_eq(sql_number("select count(distinct name) from certwright.publication"), 2);
	sql_do("delete from certwright.challenge where txt_value = 'v2'");
	cr_expect_str_eq(sql_value(VALUES), "v1, v2 away");
}

Test(publication, a_name_that_would_be_too_long_is_not_pushed)
{
	sql_do("select certwright.put_setting('dcv_domain', $1), certwright.follow_settings(1000)",
	    sql_value("select repeat(repeat('a', 50) || '.', 5) || 'saas.net'"));
	give("v1");
	cr_expect_eq(sql_number("select count(*) from certwright.publication"), 0);
}

/* ---- verdicts ----------------------------------------------------------------------- */

Test(publication, what_was_pushed_is_there_and_its_packs_are_woken)
{
	const char *before;

	give("v1");
	sql_do("update certwright.job set run_at = run_at + interval '1 hour' where flow = 'certificate'");
	before = sql_value("select wakes from certwright.job where flow = 'certificate' and subject = $1::uuid", pack);
	push();
	cr_expect_str_eq(sql_value(VALUES), "v1 there");
	cr_expect_str_eq(sql_value(STATUS), "published");
	cr_expect_not(is_publishing());
	cr_expect_eq(sql_number("select wakes from certwright.job where flow = 'certificate' and subject = $1::uuid", pack),
	    strtol(before, NULL, 10) + 1);
	cr_expect_eq(sql_number("select count(*) from certwright.job where flow = 'certificate' and subject = $1::uuid"
	    " and run_at = certwright.clock_now()", pack), 1);
}

Test(publication, every_pack_of_the_name_is_woken_and_nobody_when_only_something_went)
{
	static const char woken[] = "select count(*) from certwright.job where flow = 'certificate' and run_at <= certwright.clock_now()";
	const char *next = sql_value("insert into certwright.certificate (zone_id, hostname, wildcard, method, type, wanted_authority,"
	    " bundle_method, branding, key_types, settings, successor_of, status) select zone_id, hostname, wildcard, method, type,"
	    " wanted_authority, bundle_method, branding, key_types, settings, id, 'pending_validation' from certwright.certificate"
	    " where id = $1::uuid returning id", pack);

	sql_do("select certwright.schedule('certificate', id, certwright.clock_now() + interval '1 hour') from certwright.certificate");
	sql_do("update certwright.job set run_at = certwright.clock_now() + interval '1 hour' where flow = 'certificate'");
	give("v1");
	give_to(next, "p256", "txt", HOST, "false", "v2");
	push();
	cr_expect_eq(sql_number(woken), 2);
	sql_do("update certwright.job set run_at = certwright.clock_now() + interval '1 hour' where flow = 'certificate'");
	sql_do("delete from certwright.challenge where txt_value = 'v1'");
	push();
	cr_expect_eq(sql_number(woken), 0);
	cr_expect_str_eq(sql_value(VALUES), "v2 there");
}

Test(publication, what_is_wanted_meanwhile_is_pushed_next)
{
	const char *begun;

	give("v1");
	begun = wakes();
	void_all();
	give("v2");
	finish(begun, "go:published", "{\"added\":\"[\\\"v1\\\"]\",\"removed\":\"[]\"}");
	cr_expect_str_eq(sql_value(VALUES), "v1 away, v2");
	cr_expect_str_eq(sql_value(STATUS), "publishing");
	cr_expect_str_eq(due("adds"), "[\"v2\"]");
	cr_expect_str_eq(due("removes"), "[\"v1\"]");
	push();
	cr_expect_str_eq(sql_value(VALUES), "v2 there");
	cr_expect_eq(sql_number(ALARMS), 0);
}

Test(publication, what_is_wanted_again_while_it_is_taken_away_is_pushed_again)
{
	const char *begun;

	give("v1");
	push();
	void_all();
	begun = wakes();
	give("v1");
	cr_expect_str_eq(sql_value(VALUES), "v1");
	finish(begun, "go:published", "{\"added\":\"[]\",\"removed\":\"[\\\"v1\\\"]\"}");
	cr_expect_str_eq(sql_value(VALUES), "v1");
	cr_expect_str_eq(due("adds"), "[\"v1\"]");
}

Test(publication, a_failure_forgets_nothing_and_says_why)
{
	give("v1");
	finish(wakes(), "retry", "");
	cr_expect_str_eq(sql_value(VALUES), "v1");
	cr_expect_str_eq(sql_value("select concat_ws(' ', status, code) from certwright.publication"), "publishing publish_refused");
	cr_expect_eq(sql_number("select attempts from certwright.job where flow = 'publication'"), 1);
	give_to(pack, "p256", "txt", HOST, "true", "v2");
	cr_expect_eq(sql_number("select attempts from certwright.job where flow = 'publication'"), 0, "a new token begins anew");
	push();
	cr_expect_str_eq(sql_value("select concat_ws(' ', status, code) from certwright.publication"), "published");
}

Test(publication, more_than_fifty_values_are_pushed_in_turns)
{
	sql_do("alter table certwright.challenge drop constraint if exists challenge_live");
	sql_do("drop index if exists certwright.challenge_live");
	for (int i = 0; i < 60; i++)
		give(sql_value("select 'v' || $1", (char[]){ (char)('0' + i / 10), (char)('0' + i % 10), '\0' }));
	cr_expect_eq(sql_number("select json_array_length($1::json)", due("adds")), 50);
	push();
	cr_expect_str_eq(sql_value(STATUS), "publishing");
	cr_expect_eq(sql_number("select json_array_length($1::json)", due("adds")), 10);
	push();
	cr_expect_str_eq(sql_value(STATUS), "published");
}

Test(publication, one_that_is_woken_where_it_rests_rests_on)
{
	give("v1");
	push();
	sql_do("select certwright.schedule('publication', id, certwright.clock_now()) from certwright.publication");
	finish(wakes(), "rest", "");
	cr_expect_str_eq(sql_value(STATUS), "published");
	cr_expect_eq(sql_number(ALARMS), 0);
}

/* ---- is a token on its way? ------------------------------------------------------------ */

Test(publication, a_token_is_on_its_way_for_a_minute)
{
	give("v1");
	sql_do("update public.clock set t = t + interval '59 seconds'");
	cr_expect(is_publishing());
	sql_do("update public.clock set t = t + interval '1 second'");
	cr_expect_not(is_publishing());
}

Test(publication, a_void_token_is_not_on_its_way)
{
	give("v1");
	void_all();
	cr_expect_not(is_publishing());
}

/* ---- two sessions ------------------------------------------------------------------------ */

static void
run(PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);

	cr_assert(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK, "%s: %s", sql, PQerrorMessage(c));
	PQclear(r);
}

/* A verdict about the pack has its hostname and its alarm, and writes a token
 * while a verdict about the publication, which wakes that pack, is under way. */
Test(publication, verdicts_about_packs_and_publications_do_not_wait_in_a_circle)
{
	const char *conninfo = sql_value("select 'dbname=' || current_database()");
	PGconn *one = PQconnectdb(conninfo), *two = PQconnectdb(conninfo);
	PGresult *r;

	cr_assert(PQstatus(one) == CONNECTION_OK && PQstatus(two) == CONNECTION_OK);
	give("v1");
	run(one, "begin");
	run(one, "select from certwright.custom_hostname order by id for no key update");
	run(one, "update certwright.job set ran_at = certwright.clock_now() where flow = 'certificate'");
	cr_assert(PQsendQuery(two, sql_value("select format($$select f.accepted from certwright.job j"
	    " join certwright.shard s on s.id = j.shard cross join lateral certwright.finish_publication(s.owner,"
	    " array[j.subject], array[j.shard]::bigint[], array[s.epoch], array[j.wakes]::bigint[], array['publishing'],"
	    " array['go:published'], array[0::bigint], array[0::bigint], array[0::bigint], array[null::text],"
	    " array[null::text], array[null::text], array[3::bigint], array[true], array['published'], array[true],"
	    " array[null::text], array['%s']) f where j.flow = 'publication'$$,"
	    " jsonb_build_object('added', '[\"v1\"]', 'removed', '[]'))")));
	PQflush(two);
	while (sql_number("select count(*) from pg_locks where not granted") == 0)
		;
	run(one, "insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,"
	    " key_authorization, txt_value, status) select id, 'p256', hostname, true, 'https://ca/1', 'txt', 't', 't.k', 'v2',"
	    " 'pending' from certwright.certificate");
	run(one, "commit");
	r = PQgetResult(two);
	cr_expect_eq(PQresultStatus(r), PGRES_TUPLES_OK, "%s", PQerrorMessage(two));
	PQclear(r);
	cr_expect_str_eq(sql_value(VALUES), "v1 there, v2");
	cr_expect_str_eq(sql_value(STATUS), "publishing");
	cr_expect_eq(sql_number(ALARMS), 1);
	PQfinish(one);
	PQfinish(two);
}
