/* Twins of hold_name() and release_name(), and of the view hold_overview. */
#include "cli/sql_inside.h"

#include <string.h>

static bool
is_done(PGresult *result)
{
	if (result == NULL)
		return false;
	PQclear(result);
	return true;
}

bool
sql_hold_name(struct db *db, const char *name, bool include_subdomains, const char *reason, struct err *ret_err)
{
	struct pg_args *args = sql_texts(name, include_subdomains ? "true" : "false", NULL);

	pg_add_text(args, reason);
	return is_done(sql_rows(db, "select certwright.hold_name($1, $2::boolean, $3)", args, ret_err));
}

bool
sql_release_name(struct db *db, const char *name, struct err *ret_err)
{
	return is_done(sql_rows(db, "select certwright.release_name($1)", sql_texts(name, NULL, NULL), ret_err));
}

json_t *
sql_get_hold(struct db *db, const char *name, struct err *ret_err)
{
	json_t *hold = sql_object(db,
	    "select to_json(d) from certwright.hold_overview d where d.name = certwright.canonical_hostname($1, true)",
	    sql_texts(name, NULL, NULL), ret_err);

	if (hold == NULL && strcmp(ret_err->code, "not_found") == 0)
		ret_err->detail = arena_printf(db->arena, "there is no hold on \"%s\"", name);
	return hold;
}

json_t *
sql_hold_overview(struct db *db, struct err *ret_err)
{
	return sql_array(db, "select to_json(d) from certwright.hold_overview d order by d.name", NULL, ret_err);
}
