/* What the tables say is published, the news of it, and a board that follows. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcv/follow.h"
#include "io/log.h"
#include "tests/db/sql.h"
#include "tests/kit/pg.h"

static const char *zone;

/* A hostname with a pack whose only token is this. */
static const char *
publish(const char *name, const char *method, const char *token)
{
	char body[256];
	const char *hostname, *pack;

	snprintf(body, sizeof body, "{\"hostname\":\"%s\",\"ssl\":{\"method\":\"%s\",\"type\":\"dv\"}}", name, method);
	hostname = sql_hostname(zone, body);
	pack = sql_pack(hostname);
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, url, method, token,"
	    " key_authorization, txt_value, status)"
	    " select $1::uuid, 'p256', $2, 'https://ca.test/' || m, m, $3, $3 || '.print', 'txt-' || $3, 'pending'"
	    " from unnest('{http,txt,persist}'::text[]) m", pack, name, token);
	return pack;
}

static const char *
database(void)
{
	static char conninfo[256];

	snprintf(conninfo, sizeof conninfo, "host=%s user=postgres dbname=%s", getenv("PGHOST"),
	    sql_value("select current_database()"));
	return conninfo;
}

static void
up(void)
{
	log_setup("error", "logfmt");
	sql_up();
	zone = sql_value("select certwright.create_zone('shop', '{}') ->> 'id'");
}

TestSuite(token_news, .init = up, .fini = sql_down, .timeout = 60);

/* ---- what is published ------------------------------------------------------------- */

static const char *
entries(const char *name)
{
	return sql_value("select string_agg(concat_ws(' ', e.kind, replace(e.key, z.dcv_delegation_id, 'ID'), e.value), ', '"
	    " order by e.kind, e.value) from certwright.token_entries($1) e, certwright.zone z where z.id = $2::uuid", name, zone);
}

Test(token_news, what_is_published_for_a_name)
{
	static const struct {
		const char *sentence, *change, *entries;
	} rows[] = {
		{ "a pack with method txt", "select 1", "http a a.print, txt ID txt-a" },
		{ "its hostname is proven", "update certwright.custom_hostname set status = 'active'",
		  "http a a.print, txt ID txt-a" },
		{ "they are its pack's successor's", "with s as (insert into certwright.certificate (zone_id, hostname, method,"
		  " key_types, successor_of) select zone_id, hostname, method, key_types, id from certwright.certificate returning id)"
		  " update certwright.challenge set certificate_id = s.id from s", "http a a.print, txt ID txt-a" },
		{ "another zone's is", "update certwright.custom_hostname set status = 'moved', removed_at = null;"
		  "insert into certwright.custom_hostname (zone_id, hostname, status)"
		  " select id, 'shop.test-customer.com', 'active' from certwright.zone where name = 'other'", "txt ID txt-a" },
		{ "it was deleted again", "delete from certwright.custom_hostname where zone_id <> (select id from certwright.zone"
		  " where name = 'shop')", "http a a.print, txt ID txt-a" },
		{ "the pack's method is http", "update certwright.certificate set method = 'http'", "http a a.print" },
		{ "both orders share a token", "insert into certwright.challenge (certificate_id, key_type, identifier, url, method,"
		  " token, key_authorization, txt_value, status) select certificate_id, 'rsa2048', identifier, url, method, token,"
		  " key_authorization, txt_value, status from certwright.challenge", "http a a.print" },
		{ "expired", "update certwright.challenge set expires_at = certwright.clock_now()", "" },
		{ "not yet expired", "update certwright.challenge set expires_at = certwright.clock_now() + interval '1 s'",
		  "http a a.print" },
		{ "void", "update certwright.challenge set voided_at = certwright.clock_now()", "" },
	};
	auto_arena *arena = arena_new(1 << 16);
	struct pg_session *other = pg_session_open(database(), NULL);
	struct err err = { 0 };

	publish("shop.test-customer.com", "txt", "a");
	sql_do("select certwright.create_zone('other', '{}')");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(pg_session_script(other, arena_printf(arena, "begin; set local session_replication_role = replica; %s; commit",
		    rows[i].change), &err), "%s: %s", rows[i].sentence, err.detail);
		cr_expect_str_eq(entries("shop.test-customer.com"), rows[i].entries, "%s: %s", rows[i].sentence,
		    entries("shop.test-customer.com"));
	}
	pg_session_close(other);
}

Test(token_news, all_is_listed_by_pages_of_whole_names)
{
	publish("b.test-customer.com", "txt", "b");
	publish("a.test-customer.com", "txt", "a");
	publish("c.test-customer.com", "http", "c");
	sql_do("update certwright.challenge set expires_at = certwright.clock_now() where token = 'b'");
	cr_expect_str_eq(sql_value("select string_agg(concat_ws(' ', left(name, 1), kind, value), ',') from certwright.list_tokens('', 2)"),
	    "a http a.print,a txt txt-a,b");
	cr_expect_str_eq(sql_value("select string_agg(concat_ws(' ', left(name, 1), kind, value), ',')"
	    " from certwright.list_tokens('b.test-customer.com', 2)"), "c http c.print");
	cr_expect_str_eq(sql_value("select count(*) from certwright.list_tokens('c.test-customer.com', 2)"), "0");
}

static const char *
snapshot(void)
{
	return sql_value("select snapshot from certwright.token_news(null)");
}

static const char *
news_since(const char *since)
{
	return sql_value("select string_agg(coalesce(complete::text, concat_ws(' ', split_part(name, '.', 1), kind, value)), ',')"
	    " from certwright.token_news($1)", since);
}

/* ---- who writes the news ------------------------------------------------------------ */

Test(token_news, each_change_writes_its_names_once)
{
	static const struct {
		const char *change, *names;
	} rows[] = {
		{ "insert into certwright.challenge (certificate_id, key_type, identifier, url, method, token, key_authorization,"
		  " txt_value, status) select certificate_id, 'rsa2048', identifier, url, method, token, key_authorization, txt_value,"
		  " status from certwright.challenge where token in ('a', 'b')", "a,b" },
		{ "update certwright.challenge set status = 'seen', told_at = certwright.clock_now()", "-" },
		{ "update certwright.challenge set key_authorization = 'x' where token = 'a'", "a" },
		{ "update certwright.challenge set expires_at = certwright.clock_now() where token = 'a'", "a" },
		{ "update certwright.challenge set voided_at = certwright.clock_now() where token = 'a'", "a" },
		{ "update certwright.challenge set key_authorization = 'y' where token = 'a'", "-" },
		{ "delete from certwright.challenge where token = 'a'", "-" },
		{ "insert into certwright.challenge (certificate_id, key_type, identifier, url, method, token, key_authorization,"
		  " txt_value, status, voided_at) select certificate_id, key_type, identifier, url, method, token, 'old', txt_value,"
		  " status, certwright.clock_now() from certwright.challenge where token = 'b'", "-" },
		{ "delete from certwright.challenge where token = 'b' and key_type = 'p256'", "b" },
		{ "update certwright.custom_hostname set status = 'active' where hostname like 'b.%'", "b" },
		{ "update certwright.custom_hostname set status = 'active_redeploying' where hostname like 'b.%'", "-" },
		{ "update certwright.custom_hostname set status = 'active', points_here = true where hostname like 'b.%'", "-" },
		{ "update certwright.custom_hostname set status = 'moved' where hostname like 'b.%'", "b" },
		{ "update certwright.custom_hostname set status = 'blocked' where hostname like 'c.%'", "-" },
		{ "update certwright.certificate set method = 'http' where hostname like 'c.%'", "c" },
		{ "update certwright.certificate set status = 'pending_validation' where hostname like 'c.%'", "-" },
		{ "delete from certwright.certificate where hostname like 'c.%'", "c" },
		{ "select certwright.create_zone('other', '{}')", "" },
		{ "insert into certwright.custom_hostname (zone_id, hostname, status) select id, 'd.test-customer.com', 'active'"
		  " from certwright.zone where name = 'other'", "d" },
		{ "delete from certwright.custom_hostname where hostname like 'd.%'", "d" },
		{ "select certwright.delete_zone(id) from certwright.zone where name = 'other'", "" },
	};

	publish("a.test-customer.com", "txt", "a");
	publish("b.test-customer.com", "txt", "b");
	publish("c.test-customer.com", "txt", "c");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *names;

		sql_do("delete from certwright.token_news");
		sql_do(rows[i].change);
		names = sql_value("select coalesce(string_agg(split_part(w.name, '.', 1), ',' order by w.name), '-')"
		    " from certwright.token_news w");
		cr_expect_str_eq(names, rows[i].names, "%s: %s", rows[i].change, names);
	}
}

Test(token_news, tokens_go_with_their_zone)
{
	const char *before;

	publish("a.test-customer.com", "txt", "a");
	sql_do("delete from certwright.token_news");
	before = snapshot();
	sql_do("delete from certwright.job");
	sql_do("delete from certwright.certificate");
	sql_do("delete from certwright.custom_hostname");
	sql_do("select certwright.delete_zone($1::uuid)", zone);
	cr_expect_str_eq(sql_value("select string_agg(distinct '\"' || w.name || '\"', ',' order by '\"' || w.name || '\"')"
	    " from certwright.token_news w"), "\"\",\"a.test-customer.com\"");
	cr_expect_str_eq(news_since(before), "true,a,", "the last zone is gone: there are no delegation ids");
}

/* ---- what one who looked before is told ------------------------------------------------ */

Test(token_news, who_looked_before_hears_what_each_name_has_now)
{
	const char *before = snapshot(), *between;

	publish("b.test-customer.com", "http", "b");
	between = snapshot();
	publish("a.test-customer.com", "txt", "a");
	sql_do("update certwright.challenge set token = 'c', key_authorization = 'c.print' where token = 'a' and method = 'http'");
	cr_expect_str_eq(news_since(before), "true,a http c.print,a txt txt-a,b http b.print");
	cr_expect_str_eq(news_since(between), "true,a http c.print,a txt txt-a");
	cr_expect_str_eq(news_since(snapshot()), "true");
	between = snapshot();
	sql_do("delete from certwright.challenge where identifier like 'a.%'");
	cr_expect_str_eq(news_since(between), "true,a");
	between = snapshot();
	sql_do("select certwright.create_zone('other', '{}')");
	cr_expect_str_eq(sql_value("select count(distinct key) from certwright.token_news($1) where name = '' and kind = 'delegation'",
	    between), "2");
	cr_expect_str_eq(sql_value("select snapshot is not null and complete from certwright.token_news($1) limit 1", between), "t");
}

/* One that sees all that has begun up to now: other tests work in the same cluster. */
static const char *
quiet_snapshot(void)
{
	const char *last = sql_value("select pg_current_xact_id()"), *now;

	do
		now = snapshot();
	while (strcmp(sql_value("select pg_snapshot_xmin($1::pg_snapshot) > $2::xid8", now, last), "t") != 0);
	return now;
}

static void
prune_until_gone(void)
{
	do
		sql_do("select certwright.maintain(86400)");
	while (strcmp(sql_value("select count(*) from certwright.token_news where name like 'a.%'"), "0") != 0);
}

static void
other_does(struct pg_session *other, const char *sql)
{
	struct err err = { 0 };

	cr_assert(pg_session_script(other, sql, &err), "%s: %s", sql, err.detail);
}

/* The one that began earlier has the lower number and is seen later. */
Test(token_news, a_transaction_that_commits_late_is_not_missed)
{
	struct pg_session *early = pg_session_open(database(), NULL);
	const char *between;

	publish("early.test-customer.com", "http", "e");
	publish("late.test-customer.com", "http", "l");
	other_does(early, "begin; update certwright.challenge set key_authorization = 'new' where token = 'e'");
	sql_do("update certwright.challenge set key_authorization = 'new' where token = 'l'");
	between = snapshot();
	cr_expect_str_eq(news_since(between), "true");
	sql_do("update certwright.challenge set key_authorization = 'newer' where token = 'l' and method = 'http'");
	cr_expect_str_eq(news_since(between), "true,late http newer");
	other_does(early, "commit");
	cr_expect_str_eq(news_since(between), "true,early http new,late http newer");
	cr_expect_str_eq(news_since(snapshot()), "true");
	pg_session_close(early);
}

Test(token_news, who_cannot_be_told_what_he_missed_has_to_read_everything)
{
	const char *now = snapshot();

	cr_expect_str_eq(news_since(now), "true");
	cr_expect_str_eq(sql_value("select complete from certwright.token_news(null)"), "f");
	/* a snapshot of another cluster, or of what this one has lost */
	cr_expect_str_eq(sql_value("select complete from certwright.token_news('99999999:99999999:')"), "f");
}

Test(token_news, old_news_are_pruned_and_who_is_older_is_told)
{
	const char *old = quiet_snapshot(), *young;

	publish("a.test-customer.com", "http", "a");
	young = quiet_snapshot();
	publish("b.test-customer.com", "http", "b");
	sql_do("select certwright.maintain(86400)");
	cr_expect_str_eq(news_since(old), "true,a http a.print,b http b.print", "an hour is kept");
	sql_do("update certwright.token_news set at = at - interval '1 hour' where name like 'a.%'");
	prune_until_gone();
	cr_expect_str_eq(news_since(old), "false");
	cr_expect_str_eq(news_since(young), "true,b http b.print");
}

/* Else whoever follows would read everything each second until it ends. */
Test(token_news, nothing_is_pruned_that_follows_a_running_transaction)
{
	struct pg_session *long_one = pg_session_open(database(), NULL);
	const char *between;

	sql_do("delete from certwright.token_news");
	quiet_snapshot();
	other_does(long_one, "begin; select pg_current_xact_id()");
	between = snapshot();
	publish("a.test-customer.com", "http", "a");
	sql_do("update certwright.token_news set at = at - interval '2 hours'");
	sql_do("select certwright.prune_token_news()");
	cr_expect_str_eq(news_since(between), "true,a http a.print");
	other_does(long_one, "commit");
	prune_until_gone();
	cr_expect_str_eq(news_since(between), "false");
	cr_expect_str_eq(news_since(quiet_snapshot()), "true");
	pg_session_close(long_one);
}

Test(token_news, tokens_that_expired_meanwhile_are_told)
{
	const char *before;

	publish("a.test-customer.com", "http", "a");
	publish("b.test-customer.com", "http", "b");
	sql_do("update certwright.challenge set expires_at = certwright.clock_now() + interval '50 milliseconds' where token = 'a'");
	before = snapshot();
	cr_expect_str_eq(entries("a.test-customer.com"), "http a a.print");
	while (strcmp(entries("a.test-customer.com"), "") != 0)
		;
	cr_expect_str_eq(news_since(before), "true");
	sql_do("select certwright.prune_token_news()");
	cr_expect_str_eq(news_since(before), "true,a");
}

Test(token_news, neither_news_nor_pages_read_a_whole_table)
{
	static const char rows_read[] = "select sum(t.seq_tup_read + coalesce(t.idx_tup_fetch, 0)) from pg_stat_xact_user_tables t";
	const char *before;
	long read;

	sql_do("insert into certwright.custom_hostname (zone_id, hostname) select $1::uuid, 'n' || n || '.test-customer.com'"
	    " from generate_series(1, 5000) n", zone);
	sql_do("insert into certwright.certificate (zone_id, custom_hostname_id, hostname, method, key_types)"
	    " select h.zone_id, h.id, h.hostname, 'txt', '{p256}' from certwright.custom_hostname h");
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, url, method, token, key_authorization,"
	    " txt_value, status) select c.id, 'p256', c.hostname, '', m, c.hostname, c.hostname, c.hostname, 'pending'"
	    " from certwright.certificate c, unnest('{http,txt}'::text[]) m");
	sql_do("insert into certwright.token_news (name) select 'old' || n from generate_series(1, 20000) n");
	sql_do("vacuum (analyze) certwright.custom_hostname, certwright.certificate, certwright.challenge, certwright.token_news");
	before = snapshot();
	sql_do("update certwright.challenge set token = 'changed' where identifier = 'n17.test-customer.com'");
	sql_do("begin");	/* the statistics are not sent away before its end */
	read = sql_number(rows_read);
	cr_expect_str_eq(sql_value("select count(*) from certwright.token_news($1)", before), "3");
	cr_expect_str_eq(sql_value("select count(distinct name) from certwright.list_tokens('n30', 10)"), "10");
	read = sql_number(rows_read) - read;
	cr_expect(read > 0 && read < 300, "%ld", read);
	sql_do("commit");
}

/* ---- a board that follows ---------------------------------------------------------------- */

static struct loop *loop;
static struct pg *pg;
static struct board *board;
static struct follow *follow;

static void
follow_up(void)
{
	up();
	loop = loop_new();
	pg = pg_open(loop, database(), 2);
	board = board_new();
	follow = follow_open(loop, pg, board);
}

static void
follow_down(void)
{
	pg_close(pg);
	follow_close(follow);
	board_free(board);
	loop_free(loop);
	sql_down();
}

TestSuite(follow, .init = follow_up, .fini = follow_down, .timeout = 60);

static void
await_ready(const struct board *b)
{
	while (!board_is_ready(b))
		loop_turn(loop, true);
}

static bool
is_there(const struct board *b, const char *host, const char *token)
{
	return board_find_http(b, host, token) != NULL;
}

static void
await(const struct board *b, const char *host, const char *token, bool there)
{
	while (is_there(b, host, token) != there)
		loop_turn(loop, true);
}

static bool
has_delegation_of(const char *name)
{
	const char *id = sql_value("select dcv_delegation_id from certwright.zone where name = $1", name);

	return board_has_delegation(board, id, strlen(id));
}

Test(follow, what_was_there_before_is_read_first)
{
	struct board *late = board_new();
	struct follow *second;

	await_ready(board);
	publish("first.test-customer.com", "txt", "f");
	sql_do("set session_replication_role = replica");
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, url, method, token, key_authorization,"
	    " txt_value, status) select c.id, 'rsa2048', 'n' || n, '', 'http', 't', 't.' || n, '', 'pending'"
	    " from certwright.certificate c, generate_series(1, 2500) n");
	second = follow_open(loop, pg, late);
	cr_expect_not(board_is_ready(late));
	await_ready(late);
	cr_expect_eq(board_count(late), 2502);
	cr_expect_str_eq(board_find_http(late, "n2500", "t"), "t.2500");
	cr_expect_str_eq(board_find_http(late, "first.test-customer.com", "f"), "f.print");
	cr_expect(has_delegation_of("shop"));
	pg_close(pg);
	pg = pg_open(loop, database(), 1);
	follow_close(second);
	follow_close(follow);
	follow = NULL;
	board_free(late);
}

/* Each second there is a look besides: twenty changes would take it twenty. */
Test(follow, changes_are_followed_at_once)
{
	int64_t begin;

	await_ready(board);
	publish("a.test-customer.com", "http", "a");
	begin = loop_now_ms(loop);
	for (int i = 0; i < 20; i++) {
		sql_do(i % 2 == 0 ? "update certwright.challenge set voided_at = certwright.clock_now()"
		    : "update certwright.challenge set voided_at = null");
		await(board, "a.test-customer.com", "a", i % 2 != 0);
	}
	cr_expect_lt(loop_now_ms(loop) - begin, 8000);
	sql_do("select certwright.create_zone('other', '{}')");
	while (!has_delegation_of("other"))
		loop_turn(loop, true);
	cr_expect(has_delegation_of("shop"));
}

Test(follow, a_notification_that_is_lost_costs_a_second)
{
	await_ready(board);
	sql_do("set session_replication_role = replica");
	publish("a.test-customer.com", "http", "a");
	sql_do("insert into certwright.token_news (name) values ('a.test-customer.com')");
	await(board, "a.test-customer.com", "a", true);
	sql_do("delete from certwright.challenge");
	sql_do("insert into certwright.token_news (name) values ('a.test-customer.com')");
	await(board, "a.test-customer.com", "a", false);
}

Test(follow, who_missed_too_much_reads_everything_and_forgets_what_is_gone)
{
	await_ready(board);
	publish("gone.test-customer.com", "http", "g");
	await(board, "gone.test-customer.com", "g", true);
	sql_do("set session_replication_role = replica");
	publish("new.test-customer.com", "http", "n");
	sql_do("delete from certwright.challenge where token = 'g'");
	sql_do("delete from certwright.zone z where z.name = 'shop' returning 1");
	sql_do("update certwright.token_news_pruned set xid = pg_current_xact_id()");
	sql_do("set session_replication_role = origin");
	await(board, "gone.test-customer.com", "g", false);
	cr_expect(board_is_ready(board));
}

/* The new server may have lost what we saw, and what it does since has the same numbers. */
Test(follow, with_a_new_connection_everything_is_read)
{
	await_ready(board);
	publish("gone.test-customer.com", "http", "g");
	await(board, "gone.test-customer.com", "g", true);
	sql_do("set session_replication_role = replica");
	sql_do("delete from certwright.challenge");
	publish("new.test-customer.com", "http", "n");
	sql_do("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
	    " and query ilike 'listen%'");
	await(board, "new.test-customer.com", "n", true);
	await(board, "gone.test-customer.com", "g", false);
}

/* ---- who waits for it ---------------------------------------------------------------------- */

struct wait {
	bool is_over, was_there;
};

static void
over(void *arg)
{
	struct wait *w = arg;

	cr_assert(!w->is_over);
	w->is_over = true;
	w->was_there = is_there(board, "a.test-customer.com", "a");
}

static void
until(const bool *flag)
{
	while (!*flag)
		loop_turn(loop, true);
}

static void
turn_for_a_while(void)
{
	int64_t until_ms = loop_now_ms(loop) + 20;

	while (loop_now_ms(loop) < until_ms)
		loop_turn(loop, false);
}

/* A reading that was begun before the change will not do. */
Test(follow, who_waits_sees_what_was_committed_before)
{
	await_ready(board);
	publish("a.test-customer.com", "http", "a");
	for (int i = 0; i < 20; i++) {
		struct wait first = { 0 }, second = { 0 }, third = { 0 };
		bool there = i % 2 != 0;

		follow_when_current(follow, over, &first);
		if (i >= 10)
			turn_for_a_while();
		else
			for (int n = 0; n < i; n++)
				loop_turn(loop, false);
		sql_do(there ? "update certwright.challenge set voided_at = null"
		    : "update certwright.challenge set voided_at = certwright.clock_now()");
		follow_when_current(follow, over, &second);
		follow_when_current(follow, over, &third);
		cr_assert_not(second.is_over, "not from within");
		until(&third.is_over);
		cr_assert(first.is_over && second.is_over);
		cr_expect_eq(second.was_there, there, "%d", i);
		cr_expect_eq(third.was_there, there, "%d", i);
	}
}

/* A reading that hangs holds up nobody for more than two seconds. */
Test(follow, who_waits_does_not_wait_for_ever)
{
	struct pg_session *other = pg_session_open(database(), NULL);
	struct wait wait = { 0 };
	int64_t begin;

	await_ready(board);
	other_does(other, "begin; lock table certwright.token_news");
	begin = loop_now_ms(loop);
	follow_when_current(follow, over, &wait);
	until(&wait.is_over);
	cr_expect_geq(loop_now_ms(loop) - begin, 1990);
	cr_expect_lt(loop_now_ms(loop) - begin, 8000);
	other_does(other, "rollback");
	pg_session_close(other);
}

Test(follow, without_a_database_nobody_waits)
{
	struct pg *none = pg_open(loop, "host=/nonexistent dbname=none", 1);
	struct board *empty = board_new();
	struct follow *f = follow_open(loop, none, empty);
	struct wait wait = { 0 }, closing = { 0 };
	int64_t begin = loop_now_ms(loop);

	follow_when_current(f, over, &wait);
	until(&wait.is_over);
	cr_expect_lt(loop_now_ms(loop) - begin, 1000);
	cr_expect_not(board_is_ready(empty));
	follow_when_current(f, over, &closing);
	pg_close(none);
	follow_close(f);
	cr_expect(closing.is_over);
	board_free(empty);
}
