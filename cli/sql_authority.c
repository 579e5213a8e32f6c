/* Twins of migrations/functions/authority.sql, and of the view ca_overview. */
#include "cli/sql_inside.h"

json_t *
sql_add_authority(struct db *db, const char *id, const char *name, const json_t *settings, const char *account_key,
    const char *eab_hmac, struct err *ret_err)
{
	struct pg_args *args = sql_texts(id, name, json_write(db->arena, settings));

	pg_add_text(args, account_key);
	pg_add_text(args, eab_hmac);
	return sql_object(db, "select certwright.add_certificate_authority($1::uuid, $2, $3::jsonb,"
	    " decode($4, 'base64'), decode($5, 'base64'))", args, ret_err);
}

json_t *
sql_edit_authority(struct db *db, const char *name, const json_t *settings, const char *eab_hmac, struct err *ret_err)
{
	struct pg_args *args = sql_texts(name, json_write(db->arena, settings), NULL);

	pg_add_text(args, eab_hmac);
	return sql_object(db, "select certwright.edit_certificate_authority($1, $2::jsonb, decode($3, 'base64'))",
	    args, ret_err);
}

json_t *
sql_get_authority(struct db *db, const char *name, struct err *ret_err)
{
	return sql_object(db, "select certwright.get_certificate_authority($1)",
	    sql_texts(name, NULL, NULL), ret_err);
}

json_t *
sql_remove_authority(struct db *db, const char *name, struct err *ret_err)
{
	return sql_object(db, "select certwright.remove_certificate_authority($1)",
	    sql_texts(name, NULL, NULL), ret_err);
}

json_t *
sql_ca_overview(struct db *db, struct err *ret_err)
{
	return sql_array(db, "select to_json(c) from certwright.ca_overview c order by c.preference, c.name", NULL, ret_err);
}

json_t *
sql_rollover_question(struct db *db, const char *name, struct err *ret_err)
{
	return sql_object(db, "select certwright.rollover_question($1)", sql_texts(name, NULL, NULL), ret_err);
}

bool
sql_begin_rollover(struct db *db, const char *id, const char *new_key, struct err *ret_err)
{
	auto_result *result = sql_rows(db, "select certwright.begin_rollover($1::uuid, decode($2, 'base64'))",
	    sql_texts(id, new_key, NULL), ret_err);

	return result != NULL;
}

json_t *
sql_finish_rollover(struct db *db, const char *id, const char *new_key, const char *account_url,
    const char *account_url_rsa, struct err *ret_err)
{
	struct pg_args *args = sql_texts(id, new_key, NULL);

	pg_add_text(args, account_url);
	pg_add_text(args, account_url_rsa);
	return sql_object(db, "select certwright.finish_rollover($1::uuid, decode($2, 'base64'), $3, $4)", args, ret_err);
}
