/* Migrating real databases: again, from nothing, at once, and what is refused;
 * the roles and the history's partitions that come with it. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/migrate.h"
#include "migrations/embedded.h"
#include "tests/kit/pg.h"

static char *conninfo;

static void
take_database(void)
{
	conninfo = pg_kit_database();
}

static void
drop_database(void)
{
	pg_kit_drop(conninfo);
}

TestSuite(migrate, .init = take_database, .fini = drop_database);

static void
hear(void *arg, const char *line)
{
	buf_printf(arg, "%s\n", line);
}

/* What it said, or "CODE: DETAIL". */
static char *
migrate_from(const char *suffix_file)
{
	auto_arena *a = arena_new(16 << 20);
	auto_buf heard = { 0 };
	struct err err;

	buf_init(&heard, 65536);
	if (!migrate_run(conninfo, suffix_file, hear, &heard, a, &err)) {
		buf_reset(&heard);
		buf_printf(&heard, "%s: %s", err.code, err.detail);
	}
	return xstrdup(heard.data);
}

static char *
migrate(void)
{
	return migrate_from(MIGRATE_SUFFIX_FILE);
}

static struct pg_session *
open_session(void)
{
	struct pg_session *s = pg_session_open(conninfo, NULL);

	cr_assert_not_null(s);
	return s;
}

/* Runs a script; false: it was refused. */
static bool
sql(const char *script)
{
	struct pg_session *s = open_session();
	bool ok = pg_session_script(s, script, NULL);

	pg_session_close(s);
	return ok;
}

/* The first value of a query, as a number. */
static long
number(const char *query)
{
	struct pg_session *s = open_session();
	auto_result *r = pg_session_call(s, query, NULL, (char[6]){ 0 }, NULL);
	long n;

	cr_assert_not_null(r, "%s: %s", query, pg_session_message(s));
	n = strtol(PQgetvalue(r, 0, 0), NULL, 10);
	pg_session_close(s);
	return n;
}

static char *
check(void)
{
	auto_arena *a = arena_new(1 << 20);
	auto_buf b = { 0 };
	struct err err;
	struct pg_session *s = open_session();

	buf_init(&b, 4096);
	if (!migrate_check(s, a, &err))
		buf_printf(&b, "%s: %s", err.code, err.detail);
	pg_session_close(s);
	return xstrdup(b.data);
}

static void
assert_and_free(char *got, const char *want)
{
	cr_assert_str_eq(got, want);
	free(got);
}

static void
assert_holds(char *got, const char *part)
{
	cr_assert_not_null(strstr(got, part), "\"%s\" is not in: %s", part, got);
	free(got);
}

/* ---- the schema --------------------------------------------------------------- */

Test(migrate, again_does_nothing)
{
	assert_and_free(check(), "");
	assert_and_free(migrate(), "nothing to do: the database is up to date\n");
	assert_and_free(check(), "");
}

Test(migrate, an_empty_database_becomes_complete)
{
	cr_assert(sql("drop schema certwright cascade"));
	assert_and_free(check(), "schema_old: the database has no certwright schema yet; run certwright migrate");
	assert_holds(migrate(), "applied 0001_tables.sql\n");
	assert_and_free(check(), "");
	cr_assert_gt(number("select count(*) from certwright.public_suffix"), 9000);
	assert_and_free(migrate(), "nothing to do: the database is up to date\n");
}

static void *
migrate_thread(void *arg)
{
	*(char **)arg = migrate();
	return NULL;
}

Test(migrate, two_at_once_take_turns)
{
	char *said[2];
	pthread_t threads[2];
	bool first_was_idle;

	cr_assert(sql("drop schema certwright cascade"));
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, migrate_thread, &said[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	first_was_idle = strncmp(said[0], "nothing", 7) == 0;
	assert_holds(said[first_was_idle], "applied 0001_tables.sql\n");
	assert_holds(said[!first_was_idle], "nothing to do");
}

Test(migrate, a_changed_numbered_file_is_refused_by_name)
{
	cr_assert(sql("update certwright.schema_migration set hash = 'x' where name = '0001_tables.sql'"));
	assert_and_free(migrate(), "schema_changed: the migration 0001_tables.sql was applied with "
	    "another text than this program's");
	assert_holds(check(), "schema_changed: ");
}

Test(migrate, a_database_of_a_newer_program_is_refused)
{
	cr_assert(sql("insert into certwright.schema_migration (name, hash) values ('9999_future.sql', 'x')"));
	assert_holds(check(), "schema_new: the database has the migration 9999_future.sql");
	assert_holds(migrate(), "schema_new: the database has the migration 9999_future.sql");
}

Test(migrate, an_older_database_is_told_what_it_lacks)
{
	cr_assert(sql("delete from certwright.schema_migration where name = '0001_tables.sql'"));
	assert_and_free(check(),
	    "schema_old: the database lacks the migration 0001_tables.sql; run certwright migrate");
}

Test(migrate, changed_functions_are_put_in_again)
{
	cr_assert(sql("update certwright.schema_migration set hash = 'x' where name = 'functions/queue.sql';"
	    "create or replace function certwright.shard_of(subject uuid) returns smallint"
	    " language sql immutable as 'select 1::smallint'"));
	assert_holds(check(), "schema_old: the database has other functions");
	assert_holds(migrate(), "function files\n");
	assert_and_free(check(), "");
	cr_assert_eq(number("select certwright.shard_of('00000000-0000-0000-0000-00000000002a')"), 42);
}

Test(migrate, a_function_file_that_is_gone_counts_as_a_change)
{
	cr_assert(sql("insert into certwright.schema_migration (name, hash) values ('functions/gone.sql', 'x')"));
	assert_holds(check(), "schema_old: ");
	assert_holds(migrate(), "function files\n");
	assert_and_free(check(), "");
}

Test(migrate, a_file_that_fails_leaves_nothing_behind)
{
	cr_assert(sql("drop schema certwright cascade; create schema certwright;"
	    "create table certwright.event (in_the_way int)"));
	assert_holds(migrate(), "database_refused: 0001_tables.sql: 42P07");
	cr_assert_eq(number("select count(*) from certwright.schema_migration"), 0);
	cr_assert_eq(number("select count(*) from pg_tables where schemaname = 'certwright'"), 2);
}

/* ---- the public suffix list ------------------------------------------------------- */

Test(migrate, without_the_suffix_list_it_goes_on_and_says_so)
{
	cr_assert(sql("drop schema certwright cascade"));
	assert_holds(migrate_from("/nonexistent/list"),
	    "public suffix list not loaded: /nonexistent/list: no such file or directory\n");
	assert_and_free(check(), "");
	cr_assert_eq(number("select count(*) from certwright.public_suffix"), 0);
}

Test(migrate, another_suffix_list_replaces_the_first)
{
	cr_assert(sql("update certwright.schema_migration set hash = 'x' where name = 'public_suffix_list';"
	    "insert into certwright.public_suffix values ('no.longer');"
	    "delete from certwright.public_suffix where rule = 'com'"));
	assert_holds(migrate(), "public suffix rules from");
	cr_assert_eq(number("select count(*) from certwright.public_suffix where rule = 'no.longer'"), 0);
	cr_assert_eq(number("select count(*) from certwright.public_suffix where rule = 'com'"), 1);
}

/* ---- roles ---------------------------------------------------------------------------- */

static const struct { const char *script; bool allowed; } rights[] = {
	{ "set role certwright_reader; select * from certwright.hostname_overview", true },
	{ "set role certwright_reader; select * from certwright.certificate_overview", true },
	{ "set role certwright_reader; select * from certwright.job_overview", true },
	{ "set role certwright_reader; select * from certwright.attempt_history", true },
	{ "set role certwright_reader; select * from certwright.event_log", true },
	{ "set role certwright_reader; select * from certwright.delivery_overview", true },
	{ "set role certwright_reader; select * from certwright.ca_overview", true },
	{ "set role certwright_reader; select * from certwright.expiring_certificates", true },
	{ "set role certwright_reader; select * from certwright.hold_overview", true },
	{ "set role certwright_reader; select * from certwright.certificate_authority", false },
	{ "set role certwright_reader; select * from certwright.webhook", false },
	{ "set role certwright_reader; select certwright.create_zone('z', '{}')", false },
	{ "set role certwright_app; select certwright.create_zone('z', '{}')", true },
	{ "set role certwright_app; select * from certwright.hostname_overview", true },
	{ "set role certwright_app; select * from certwright.issuance", false },
	{ "set role certwright_app; insert into certwright.zone (name) values ('x')", false },
	{ "set role certwright_app; select certwright.put_setting('http_port', '1')", false },
	{ "set role certwright_daemon; select certwright.put_setting('http_port', '1')", true },
	{ "set role certwright_daemon; select * from certwright.issuance", true },
	{ "set role certwright_daemon; drop table certwright.issuance", false },
};

Test(migrate, each_role_may_do_its_own_and_no_more)
{
	for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++)
		cr_assert_eq(sql(rights[i].script), rights[i].allowed, "%s", rights[i].script);
}

Test(migrate, the_provider_s_program_can_add_a_hostname)
{
	cr_assert(sql("set role certwright_app;"
	    "select certwright.create_custom_hostname((certwright.create_zone('z',"
	    "    '{\"allow_reserved_names\": true}') ->> 'id')::uuid,"
	    "    '{\"hostname\": \"shop.example.com\", \"ssl\": {\"method\": \"http\", \"type\": \"dv\"}}')"));
}

/* ---- the history's partitions ---------------------------------------------------------- */

Test(migrate, the_history_has_partitions_ahead)
{
	cr_assert_eq(number("select made from certwright.maintain(86400)"), 4);
	cr_assert_eq(number("select made from certwright.maintain(86400)"), 0);
	cr_assert(sql("insert into certwright.attempt (flow, subject, attempt, at, state, outcome, took_ms)"
	    " values ('hostname', gen_random_uuid(), 0, certwright.clock_now() + interval '2 days', 's', 'wait', 1)"));
	cr_assert_eq(number("select count(*) from certwright.attempt_default"), 0);
	cr_assert_eq(number("select count(*) from certwright.attempt"), 1);
}

Test(migrate, old_history_is_dropped_by_the_day)
{
	cr_assert(sql("select certwright.add_attempt_partition("
	    "    date_trunc('day', certwright.clock_now(), 'UTC') - n * interval '24 hours')"
	    " from generate_series(1, 10) n"));
	cr_assert_eq(number("select dropped from certwright.maintain(5 * 86400)"), 5);
	cr_assert_eq(number("select dropped from certwright.maintain(5 * 86400)"), 0);
}

Test(migrate, a_day_that_has_begun_in_the_default_partition_stays_there)
{
	cr_assert(sql("insert into certwright.attempt (flow, subject, attempt, at, state, outcome, took_ms)"
	    " values ('hostname', gen_random_uuid(), 0, certwright.clock_now(), 's', 'wait', 1)"));
	cr_assert_eq(number("select made from certwright.maintain(86400)"), 3);
	cr_assert_eq(number("select count(*) from certwright.attempt"), 1);
}

Test(migrate, every_table_and_column_is_explained)
{
	cr_assert_eq(number("select count(*) from pg_class c where relnamespace = 'certwright'::regnamespace"
	    " and relkind in ('r', 'p', 'v') and relname <> 'attempt_default'"
	    " and obj_description(oid, 'pg_class') is null"), 0);
	cr_assert_eq(number("select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid"
	    " where relnamespace = 'certwright'::regnamespace and relkind in ('r', 'p')"
	    " and relname <> 'attempt_default' and attnum > 0 and not attisdropped"
	    " and col_description(attrelid, attnum) is null"), 0);
}
