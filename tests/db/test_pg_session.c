/* The blocking session, and what no error may say. */
#include <criterion/criterion.h>
#include <string.h>

#include "io/log.h"
#include "io/pg.h"
#include "tests/kit/pg.h"

static char *database;
static struct pg_session *session, *other;

static void
up(void)
{
	log_setup("error", "logfmt");
	database = pg_kit_database();
	session = pg_session_open(database, NULL);
	other = pg_session_open(database, NULL);
	cr_assert(session != NULL && other != NULL);
}

static void
down(void)
{
	pg_session_close(session);
	pg_session_close(other);
	pg_kit_drop(database);
}

TestSuite(pg_session, .init = up, .fini = down, .timeout = 30);

static void
session_does(struct pg_session *s, const char *sql)
{
	struct err err = { 0 };

	cr_assert(pg_session_script(s, sql, &err), "%s", err.detail);
}

Test(pg_session, a_value_is_found_by_its_column)
{
	auto_result *r = pg_session_call(session, "select 1 as one, null as nothing, '' as empty", NULL, NULL, NULL);

	cr_assert_str_eq(pg_value(r, 0, "one"), "1");
	cr_assert_null(pg_value(r, 0, "nothing"));
	cr_assert_str_eq(pg_value(r, 0, "empty"), "");
}

Test(pg_session, a_session_tells_what_the_server_said)
{
	struct err err = { 0 };
	char state[6] = "-----";
	struct pg_args *args = pg_args_new();

	session_does(session, "create table job (id bigint primary key)");
	pg_add_int(args, 7);
	PQclear(pg_session_call(session, "insert into job values ($1)", args, state, &err));
	cr_assert_str_eq(state, "-----");
	args = pg_args_new();
	pg_add_int(args, 7);
	cr_assert_null(pg_session_call(session, "insert into job values ($1)", args, state, &err));
	cr_assert_str_eq(state, "23505");
	cr_assert_str_eq(err.code, "database_refused");
	cr_assert_str_eq(err.detail, "23505: duplicate key value violates unique constraint \"job_pkey\"");
	cr_assert_str_eq(pg_session_message(session), "duplicate key value violates unique constraint \"job_pkey\"");
	cr_assert_str_eq(pg_session_detail(session), "Key (id)=(7) already exists.");
	cr_assert(!pg_session_script(session, "select 1;\n-- \xe2\x82\xac\nselect x;\n", &err));
	cr_assert_str_eq(err.detail, "42703: column \"x\" does not exist (line 3)");
	cr_assert_str_eq(pg_session_detail(session), "");
	cr_assert(pg_session_script(session, "", NULL));
}

Test(pg_session, a_session_that_is_ended_is_a_database_that_is_down)
{
	struct err err = { 0 };
	char state[6];

	session_does(other, "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
	    " where datname = current_database() and pid <> pg_backend_pid()");
	cr_assert_null(pg_session_call(session, "select 1", NULL, state, &err));
	cr_assert_str_eq(err.code, "database_down");
}

Test(pg_session, a_password_is_in_no_error)
{
	static const char *const table[] = {
		"host=/nonexistent user=u password=hunter2",
		"postgresql://u:hunter2@%2fnonexistent/db",
		"password=some hunter2",
		"postgresql://u:x@hunter2@127.0.0.1:1/db",
		"postgresql://u:hunter2/x@127.0.0.1:1/db",
		"postgresql://u/hunter2@127.0.0.1:1/db",
		"postgresql://u:hunter2@127.0.0.1:1/db",
		"host=127.0.0.1 port=hunter2",
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct err err = { 0 };

		cr_assert_null(pg_session_open(table[i], &err), "%s", table[i]);
		cr_assert_str_eq(err.code, "database_down");
		cr_assert_null(strstr(err.detail, "hunter2"), "%s: %s", table[i], err.detail);
		cr_assert_null(strchr(err.detail, '\n'));
	}
}
