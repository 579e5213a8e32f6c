/* The pool and the session against a real server. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/log.h"
#include "io/pg.h"
#include "tests/kit/pg.h"

static struct loop *loop;
static char *database;
static struct pg_session *other;	/* somebody else, to make trouble */

static void
up(void)
{
	log_setup("error", "logfmt");
	loop = loop_new();
	database = pg_kit_database();
	other = pg_session_open(database, NULL);
	cr_assert_not_null(other);
}

static void
down(void)
{
	pg_session_close(other);
	loop_free(loop);
	pg_kit_drop(database);
}

TestSuite(pg, .init = up, .fini = down, .timeout = 30);

struct answer {
	bool is_there;
	char code[32];		/* "" when all is well */
	char value[256];	/* first column of the first row, or the error's detail */
	int  order;
};
static int answers;

static void
take(void *arg, const PGresult *r, const struct err *err)
{
	struct answer *a = arg;

	cr_assert(!a->is_there, "called twice");
	cr_assert((r == NULL) != (err == NULL));
	a->is_there = true;
	a->order = answers++;
	snprintf(a->code, sizeof(a->code), "%s", err != NULL ? err->code : "");
	if (err != NULL)
		snprintf(a->value, sizeof(a->value), "%s", err->detail);
	else if (PQntuples(r) > 0 && PQnfields(r) > 0)
		snprintf(a->value, sizeof(a->value), "%s", PQgetvalue(r, 0, 0));
}

static void
until(const bool *flag)
{
	while (!*flag)
		loop_turn(loop, true);
}

static struct answer
ask(struct pg *pg, const char *sql, struct pg_args *args)
{
	struct answer a = { 0 };

	pg_call(pg, sql, args, 0, take, &a);
	until(&a.is_there);
	return a;
}

/* Until `sql` of the other session gives rows; our loop turns meanwhile. */
static void
until_other_sees(const char *sql)
{
	for (int rows = 0; rows == 0;) {
		auto_result *r = pg_session_call(other, sql, NULL, NULL, NULL);

		cr_assert_not_null(r, "%s", pg_session_message(other));
		rows = PQntuples(r);
		loop_turn(loop, false);
	}
}

static void
other_does(const char *sql)
{
	struct err err = { 0 };

	cr_assert(pg_session_script(other, sql, &err), "%s", err.detail);
}

/* The server is shared with the tests that run beside this one. */
#define OURS " where datname = current_database() and pid <> pg_backend_pid()"
static const char somebody_waits[] =
    "select from pg_stat_activity" OURS " and wait_event = 'advisory'";
static const char end_who_waits[] =
    "select pg_terminate_backend(pid) from pg_stat_activity" OURS " and wait_event = 'advisory'";

Test(pg, answers_arrive_in_the_order_of_the_calls)
{
	enum { CALLS = 100 };
	struct pg *pg = pg_open(loop, database, 1);
	struct answer a[CALLS] = { 0 };
	char want[12];

	for (int i = 0; i < CALLS; i++) {
		struct pg_args *args = pg_args_new();

		pg_add_int(args, i);
		pg_call(pg, "select $1", args, 0, take, &a[i]);
		cr_assert(!a[i].is_there, "not from within pg_call");
	}
	until(&a[CALLS - 1].is_there);
	for (int i = 0; i < CALLS; i++) {
		snprintf(want, sizeof(want), "%d", i);
		cr_assert_str_eq(a[i].value, want);
		cr_assert_eq(a[i].order, i);
	}
	cr_assert(pg_is_up(pg));
	pg_close(pg);
}

Test(pg, an_error_ends_only_its_own_call)
{
	struct pg *pg = pg_open(loop, database, 1);
	struct answer a[4] = { 0 };

	other_does("create table kept (n int)");
	pg_call(pg, "insert into kept values (1)", NULL, 0, take, &a[0]);
	pg_call(pg, "select 1/0", NULL, 0, take, &a[1]);
	pg_call(pg, "insert into kept values (2)", NULL, 0, take, &a[2]);
	pg_call(pg, "select string_agg(n::text, ',' order by n) from kept", NULL, 0, take, &a[3]);
	until(&a[3].is_there);
	cr_assert_str_eq(a[0].code, "");
	cr_assert_str_eq(a[1].code, "database_refused");
	cr_assert_str_eq(a[1].value, "22012: division by zero");
	cr_assert_str_eq(a[2].code, "");
	cr_assert_str_eq(a[3].value, "1,2");
	pg_close(pg);
}

Test(pg, an_error_at_the_commit_is_an_error)
{
	struct pg *pg = pg_open(loop, database, 1);
	struct answer a;

	other_does("create table once (n int unique deferrable initially deferred);"
	    "insert into once values (1)");
	a = ask(pg, "insert into once values (1) returning n", NULL);
	cr_assert_str_eq(a.code, "database_refused");
	cr_assert_eq(strncmp(a.value, "23505: ", 7), 0, "%s", a.value);
	a = ask(pg, "select count(*) from once", NULL);
	cr_assert_str_eq(a.value, "1");
	pg_close(pg);
}

Test(pg, texts_and_bytes_come_back_as_they_were)
{
	static const char *const texts[] = { "", "plain", "it's \"quoted\" {x,y} \\n $1",
	    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x92", "line\nline\ttab" };
	struct pg *pg = pg_open(loop, database, 1);
	struct pg_args *args;
	struct answer a;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		args = pg_args_new();
		pg_add_text(args, texts[i]);
		a = ask(pg, "select $1::text", args);
		cr_assert_str_eq(a.value, texts[i]);
	}
	args = pg_args_new();
	pg_add_text(args, NULL);
	pg_add_bytes(args, "\0a\xff\0", 4);
	pg_add_bytes(args, NULL, 0);
	pg_add_int(args, INT64_MIN);
	a = ask(pg, "select concat_ws(' ', $1::text is null, encode($2, 'hex'), length($3), $4)", args);
	cr_assert_str_eq(a.value, "t 0061ff00 0 -9223372036854775808");
	args = pg_args_new();
	pg_add_text(args, "\xff");
	a = ask(pg, "select $1::text", args);
	cr_assert_eq(strncmp(a.value, "22021: ", 7), 0, "%s", a.value);
	pg_close(pg);
}

Test(pg, arrays_come_back_as_they_were)
{
	const char *const texts[] = { "a", NULL, "", "{\"b\", NULL}", "\xe2\x82\xac" };
	const char *const ids[] = { "6F9619FF-8b86-d011-b42d-00c04fc964ff" };
	struct pg *pg = pg_open(loop, database, 1);
	struct pg_args *args = pg_args_new();
	struct answer a;

	pg_add_texts(args, texts, 5);
	pg_add_ints(args, (const int64_t[]){ 0, -1, INT64_MAX }, 3);
	pg_add_bools(args, (const bool[]){ true, false }, 2);
	pg_add_uuids(args, ids, 1);
	a = ask(pg, "select concat_ws('|', to_json($1)::text, $2::text, $3::text, $4::text)", args);
	cr_assert_str_eq(a.value, "[\"a\",null,\"\",\"{\\\"b\\\", NULL}\",\"\xe2\x82\xac\"]"
	    "|{0,-1,9223372036854775807}|{t,f}|{6f9619ff-8b86-d011-b42d-00c04fc964ff}");
	args = pg_args_new();
	pg_add_texts(args, NULL, 0);
	pg_add_ints(args, NULL, 0);
	pg_add_bools(args, NULL, 0);
	pg_add_uuids(args, NULL, 0);
	a = ask(pg, "select concat_ws('|', $1::text, $2::text, $3::text, $4::text, cardinality($1))", args);
	cr_assert_str_eq(a.value, "{}|{}|{}|{}|0");
	pg_close(pg);
}

/* Calls made together go to both connections once both are up. */
static void
until_two_are_up(struct pg *pg)
{
	struct answer one = { 0 }, two = { 0 };

	do {
		one.is_there = two.is_there = false;
		pg_call(pg, "select pg_backend_pid()", NULL, 0, take, &one);
		pg_call(pg, "select pg_backend_pid()", NULL, 0, take, &two);
		until(&one.is_there);
		until(&two.is_there);
	} while (strcmp(one.value, two.value) == 0);
}

Test(pg, a_slow_call_holds_up_only_its_own_connection)
{
	struct pg *pg = pg_open(loop, database, 2);
	struct answer slow = { 0 }, a = { 0 };

	until_two_are_up(pg);
	other_does("select pg_advisory_lock(1)");
	pg_call(pg, "select pg_advisory_lock(1)", NULL, 0, take, &slow);
	until_other_sees(somebody_waits);
	for (int i = 0; i < 3; i++) {
		a = ask(pg, "select 2", NULL);
		cr_assert_str_eq(a.value, "2");
	}
	cr_assert(!slow.is_there);
	other_does("select pg_advisory_unlock(1)");
	until(&slow.is_there);
	cr_assert_str_eq(slow.code, "");
	pg_close(pg);
}

Test(pg, when_the_server_ends_a_session_only_sent_calls_are_lost)
{
	enum { CALLS = 40, SENT = 16 };
	struct pg *pg = pg_open(loop, database, 1);
	struct answer a[CALLS] = { 0 };

	other_does("select pg_advisory_lock(1)");
	pg_call(pg, "select pg_advisory_lock(1)", NULL, 0, take, &a[0]);
	for (int i = 1; i < CALLS; i++)
		pg_call(pg, "select 'answered'", NULL, 0, take, &a[i]);
	until_other_sees(somebody_waits);
	other_does(end_who_waits);
	until(&a[CALLS - 1].is_there);
	for (int i = 0; i < CALLS; i++) {
		cr_assert(a[i].is_there);
		cr_assert_str_eq(a[i].code, i < SENT ? "database_down" : "", "call %d: %s", i, a[i].code);
		if (i >= SENT)
			cr_assert_str_eq(a[i].value, "answered");
	}
	pg_close(pg);
}

Test(pg, at_its_deadline_a_call_ends_and_the_pool_goes_on)
{
	struct pg *pg = pg_open(loop, database, 1);
	struct answer a = { 0 }, waiting = { 0 };
	int64_t begin;

	ask(pg, "select 1", NULL);
	begin = loop_now_ms(loop);
	pg_call(pg, "select pg_sleep(20)", NULL, 80, take, &a);
	until(&a.is_there);
	cr_assert_str_eq(a.code, "database_down");
	cr_assert_str_eq(a.value, "the database did not answer in time");
	cr_assert_geq(loop_now_ms(loop) - begin, 80);
	cr_assert_lt(loop_now_ms(loop) - begin, 10000);
	a = ask(pg, "select 'again'", NULL);
	cr_assert_str_eq(a.value, "again");
	pg_close(pg);

	pg = pg_open(loop, "host=/nonexistent", 1);
	pg_call(pg, "select 1", NULL, 50, take, &waiting);
	until(&waiting.is_there);
	cr_assert_str_eq(waiting.code, "database_down");
	cr_assert(!pg_is_up(pg));
	pg_close(pg);
}

Test(pg, a_call_that_is_answered_does_not_meet_its_deadline)
{
	struct pg *pg = pg_open(loop, database, 1);
	struct answer a = { 0 };

	pg_call(pg, "select 'early'", NULL, 30000, take, &a);
	until(&a.is_there);
	cr_assert_str_eq(a.value, "early");
	pg_close(pg);
}

struct wakes {
	bool is_woken;
	char payload[64];
};

static void
woken(void *arg, const char *payload)
{
	struct wakes *w = arg;

	w->is_woken = true;
	snprintf(w->payload, sizeof(w->payload), "%s", payload);
}

static void
expect_wake(struct wakes *w, const char *payload)
{
	until(&w->is_woken);
	cr_assert_str_eq(w->payload, payload);
	w->is_woken = false;
}

Test(pg, a_listener_is_woken_by_notify_and_by_each_connect)
{
	struct pg *pg = pg_open(loop, database, 1);
	struct wakes jobs = { 0 }, events = { 0 };

	pg_listen(pg, "jobs", woken, &jobs);
	expect_wake(&jobs, "");
	other_does("notify jobs, 'one'");
	expect_wake(&jobs, "one");
	pg_listen(pg, "events", woken, &events);
	expect_wake(&events, "");
	cr_assert(!jobs.is_woken);
	other_does("notify events, 'two'");
	expect_wake(&events, "two");
	cr_assert(!jobs.is_woken);

	other_does("select pg_terminate_backend(pid) from pg_stat_activity" OURS
	    " and query like 'listen %'");
	expect_wake(&jobs, "");
	expect_wake(&events, "");
	other_does("notify jobs, 'three'");
	expect_wake(&jobs, "three");
	pg_close(pg);
}

struct stubborn {
	struct pg    *pg;
	struct answer last;
	bool	      is_down;
};

static void
ask_again(void *arg, const PGresult *r, const struct err *err)
{
	struct stubborn *s = arg;

	(void)r;
	s->is_down = err != NULL && strcmp(err->code, "database_down") == 0;
	pg_call(s->pg, "select 1", NULL, 1000, take, &s->last);
}

Test(pg, closing_ends_every_call_even_those_made_then)
{
	enum { CALLS = 40 };
	struct stubborn s = { .pg = pg_open(loop, database, 2) };
	struct answer a[CALLS] = { 0 };
	struct wakes w = { 0 };

	ask(s.pg, "select 1", NULL);
	pg_listen(s.pg, "jobs", woken, &w);
	for (int i = 0; i < CALLS; i++) {
		struct pg_args *args = pg_args_new();

		pg_add_text(args, "20");
		pg_call(s.pg, "select pg_sleep($1::int)", args, 20000, take, &a[i]);
	}
	pg_call(s.pg, "select 1", NULL, 0, ask_again, &s);
	until_other_sees("select from pg_stat_activity" OURS " and wait_event = 'PgSleep'");
	pg_close(s.pg);
	for (int i = 0; i < CALLS; i++)
		cr_assert_str_eq(a[i].code, "database_down");
	cr_assert(s.is_down);
	until(&s.last.is_there);
	cr_assert_str_eq(s.last.code, "database_down");
}

static void
close_pool(void *arg, const PGresult *r, const struct err *err)
{
	struct pg **pg = arg;

	(void)r;
	(void)err;
	pg_close(*pg);
	*pg = NULL;
}

Test(pg, a_pool_may_be_closed_from_an_answer)
{
	struct pg *pg = pg_open(loop, database, 2);
	struct answer before = { 0 }, after = { 0 };

	pg_call(pg, "select 1", NULL, 0, take, &before);
	pg_call(pg, "select 1", NULL, 0, close_pool, &pg);
	pg_call(pg, "select pg_sleep(20)", NULL, 0, take, &after);
	while (pg != NULL)
		loop_turn(loop, true);
	cr_assert(before.is_there);
	cr_assert_str_eq(after.code, "database_down");
}

Test(pg, calls_wait_for_a_server_that_comes_later)
{
	char dir[] = "/tmp/certwright-late.XXXXXX", target[256], path[256], conninfo[256];
	struct answer a = { 0 };
	struct pg *pg;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/.s.PGSQL.5432", dir);
	snprintf(target, sizeof(target), "%s/.s.PGSQL.5432", getenv("PGHOST"));
	snprintf(conninfo, sizeof(conninfo), "host=%s user=postgres dbname=postgres", dir);
	pg = pg_open(loop, conninfo, 2);
	pg_call(pg, "select 'here'", NULL, 20000, take, &a);
	/* The first tries, and the first waits, come to nothing. */
	for (int64_t begin = loop_now_ms(loop); loop_now_ms(loop) - begin < 300;)
		loop_turn(loop, true);
	cr_assert(!a.is_there);
	cr_assert(!pg_is_up(pg));
	cr_assert_eq(symlink(target, path), 0);
	until(&a.is_there);
	cr_assert_str_eq(a.value, "here");
	cr_assert(pg_is_up(pg));
	pg_close(pg);
	unlink(path);
	rmdir(dir);
}

Test(pg, a_second_host_is_tried_when_the_first_is_down)
{
	char conninfo[256];
	struct answer a;
	struct pg *pg;

	/* libpq changes the socket on the way. */
	snprintf(conninfo, sizeof(conninfo), "host=127.0.0.1,%s port=1,5432 user=postgres dbname=postgres",
	    getenv("PGHOST"));
	pg = pg_open(loop, conninfo, 1);
	a = ask(pg, "select 'second'", NULL);
	cr_assert_str_eq(a.value, "second");
	pg_close(pg);
}

Test(pg, a_server_of_the_wrong_role_is_left_for_the_next)
{
	char conninfo[256];
	struct answer a;
	struct pg *pg;

	/* None is a standby: libpq connects, asks, closes, twice, then takes
	 * what there is; the descriptor has the same number each time. */
	snprintf(conninfo, sizeof(conninfo),
	    "host=%s,%s user=postgres dbname=postgres target_session_attrs=prefer-standby",
	    getenv("PGHOST"), getenv("PGHOST"));
	pg = pg_open(loop, conninfo, 1);
	a = ask(pg, "select 'taken'", NULL);
	cr_assert_str_eq(a.value, "taken");
	pg_close(pg);
}

Test(pg, settings_hold_on_every_connection)
{
	struct pg *pg = pg_open(loop, database, 1);
	struct answer a = ask(pg, "select concat_ws(' ', current_setting('statement_timeout'),"
	    " current_setting('idle_in_transaction_session_timeout'),"
	    " current_setting('application_name'), current_setting('client_encoding'))", NULL);

	cr_assert_str_eq(a.value, "30s 10s certwright UTF8");
	pg_close(pg);
}
