/* What every twin has in common: connecting, and turning rows and errors into
 * JSON and sentences.  The twins themselves are in cli/sql_*.c. */
#include "cli/sql_inside.h"

#include <string.h>

#include "cli/migrate.h"

enum { MAX_JSON = 1 << 20 };

bool
db_open(const struct call *call, struct db *ret, struct err *ret_err)
{
	struct db db = { .arena = call->arena };

	db.session = pg_session_open(call->conf->database, ret_err);
	if (db.session == NULL)
		return false;
	if (!pg_session_script(db.session, "set timezone to 'UTC'", ret_err) ||
	    !migrate_check(db.session, call->arena, ret_err)) {
		/* the session's message goes with it */
		ret_err->detail = arena_strdup(call->arena, ret_err->detail);
		db_close(&db);
		return false;
	}
	*ret = db;
	return true;
}

void
db_close(struct db *db)
{
	pg_session_close(db->session);
	db->session = NULL;
}

bool
db_begin(struct db *db, struct err *ret_err)
{
	return pg_session_script(db->session, "begin", ret_err);
}

bool
db_commit(struct db *db, struct err *ret_err)
{
	return pg_session_script(db->session, "commit", ret_err);
}

/* Our functions say in DETAIL which status an API would answer. */
static bool
says_not_found(struct db *db)
{
	const char *detail = pg_session_detail(db->session);
	auto_json *object = json_read(detail, strlen(detail), MAX_JSON, db->arena, NULL);

	return object != NULL && json_int(object, "status", 0) == 404;
}

/* A refusal by our own functions is a sentence already; the documented ones
 * have a code of four digits behind the X. */
static void
explain(struct db *db, const char *state, struct err *err)
{
	const char *message = pg_session_message(db->session);
	const char *hint = pg_session_hint(db->session);

	if (strcmp(err->code, "database_refused") != 0)
		err->detail = arena_strdup(db->arena, err->detail);
	else if (strcmp(state, "P0002") == 0)
		err_set(err, ERR_not_found, arena_strdup(db->arena, message));
	else if (strcmp(state, "P0001") == 0)
		err->detail = arena_strdup(db->arena, message);
	else if (state[0] == 'X' && strcmp(state, "XX000") != 0)
		err_set(err, says_not_found(db) ? ERR_not_found : ERR_database_refused,
		    arena_printf(db->arena, "%s (code %s)%s%s", message, state + 1,
		    hint[0] != '\0' ? ": " : "", hint));
	else
		err->detail = arena_strdup(db->arena, err->detail);
}

PGresult *
sql_rows(struct db *db, const char *sql, struct pg_args *args, struct err *ret_err)
{
	char state[6] = "";
	PGresult *result = pg_session_call(db->session, sql, args, state, ret_err);

	if (result == NULL)
		explain(db, state, ret_err);
	return result;
}

/* The first column of a row as JSON; SQL null is JSON null. */
static json_t *
row_json(struct db *db, const PGresult *result, int row, struct err *ret_err)
{
	if (PQgetisnull(result, row, 0))
		return json_null();
	return json_read(PQgetvalue(result, row, 0), (size_t)PQgetlength(result, row, 0), MAX_JSON,
	    db->arena, ret_err);
}

json_t *
sql_object(struct db *db, const char *sql, struct pg_args *args, struct err *ret_err)
{
	auto_result *result = sql_rows(db, sql, args, ret_err);

	if (result == NULL)
		return NULL;
	if (PQntuples(result) == 0) {
		err_set(ret_err, ERR_not_found, NULL);
		return NULL;
	}
	return row_json(db, result, 0, ret_err);
}

json_t *
sql_array(struct db *db, const char *sql, struct pg_args *args, struct err *ret_err)
{
	auto_result *result = sql_rows(db, sql, args, ret_err);
	auto_json *array = NULL;

	if (result == NULL)
		return NULL;
	array = json_array();
	for (int i = 0; i < PQntuples(result); i++) {
		json_t *row = row_json(db, result, i, ret_err);

		if (row == NULL)
			return NULL;
		json_array_append_new(array, row);
	}
	return json_incref(array);
}

struct pg_args *
sql_texts(const char *first, const char *second, const char *third)
{
	struct pg_args *args = pg_args_new();

	pg_add_text(args, first);
	if (second != NULL)
		pg_add_text(args, second);
	if (third != NULL)
		pg_add_text(args, third);
	return args;
}
