/* See sql.h. */
#include "tests/db/sql.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "tests/kit/pg.h"

static struct pg_session *session;
static struct arena *arena;
static char *database;

void
sql_up(void)
{
	arena = arena_new(64 << 20);
	database = pg_kit_database();
	session = pg_session_open(database, NULL);
	cr_assert_not_null(session);
}

void
sql_down(void)
{
	pg_session_close(session);
	pg_kit_drop(database);
	arena_free(arena);
}

static struct pg_args *
texts(va_list ap)
{
	struct pg_args *args = pg_args_new();

	for (const char *text; (text = va_arg(ap, const char *)) != NULL;)
		pg_add_text(args, text);
	return args;
}

const char *
sql_value_of(const char *sql, ...)
{
	struct err err = { 0 };
	char state[6] = "";
	va_list ap;

	va_start(ap, sql);
	auto_result *r = pg_session_call(session, sql, texts(ap), state, &err);
	va_end(ap);
	cr_assert_not_null(r, "%s\n%s %s\n%s\n%s", sql, state, sql_message(), sql_detail(), sql_hint());
	return PQntuples(r) > 0 && PQnfields(r) > 0 ? arena_strdup(arena, PQgetvalue(r, 0, 0)) : "";
}

const char *
sql_refusal_of(const char *sql, ...)
{
	struct err err = { 0 };
	char state[6] = "";
	va_list ap;

	va_start(ap, sql);
	auto_result *r = pg_session_call(session, sql, texts(ap), state, &err);
	va_end(ap);
	cr_assert_null(r, "was not refused: %s", sql);
	return arena_strdup(arena, state);
}

const char *
sql_try_of(char ret_state[6], const char *sql, ...)
{
	struct err err = { 0 };
	va_list ap;

	va_start(ap, sql);
	auto_result *r = pg_session_call(session, sql, texts(ap), ret_state, &err);
	va_end(ap);
	if (r == NULL)
		return NULL;
	return PQntuples(r) > 0 && PQnfields(r) > 0 ? arena_strdup(arena, PQgetvalue(r, 0, 0)) : "";
}

const char *
sql_message(void)
{
	return pg_session_message(session);
}

const char *
sql_detail(void)
{
	return pg_session_detail(session);
}

const char *
sql_hint(void)
{
	return pg_session_hint(session);
}

const char *
sql_file(const char *name)
{
	char path[256], bytes[65536];
	FILE *file;
	size_t len;

	snprintf(path, sizeof path, "tests/data/%s", name);
	file = fopen(path, "r");
	cr_assert_not_null(file, "%s", path);
	len = fread(bytes, 1, sizeof bytes - 1, file);
	fclose(file);
	cr_assert(len > 0 && len < sizeof bytes - 1, "%s", path);
	bytes[len] = '\0';
	return arena_strdup(arena, bytes);
}

const char *
sql_zone(const char *settings)
{
	return sql_value("select certwright.create_zone('z' || gen_random_uuid(), $1::jsonb) ->> 'id'", settings);
}

const char *
sql_hostname(const char *zone, const char *body)
{
	return sql_value("select certwright.create_custom_hostname($1::uuid, $2::jsonb) ->> 'id'", zone, body);
}

const char *
sql_pack(const char *hostname)
{
	return sql_value("select certwright.get_custom_hostname(zone_id, id) #>> '{ssl,id}'"
	    " from certwright.custom_hostname where id = $1::uuid", hostname);
}
