/* Twins of the zone functions. */
#include "cli/sql_inside.h"

json_t *
sql_create_zone(struct db *db, const char *name, const json_t *settings, struct err *ret_err)
{
	return sql_object(db, "select certwright.create_zone($1, $2::jsonb)",
	    sql_texts(name, json_write(db->arena, settings), NULL), ret_err);
}

json_t *
sql_edit_zone(struct db *db, const char *zone_id, const json_t *settings, struct err *ret_err)
{
	return sql_object(db, "select certwright.edit_zone($1::uuid, $2::jsonb)",
	    sql_texts(zone_id, json_write(db->arena, settings), NULL), ret_err);
}

json_t *
sql_delete_zone(struct db *db, const char *zone_id, struct err *ret_err)
{
	return sql_object(db, "select certwright.delete_zone($1::uuid)", sql_texts(zone_id, NULL, NULL), ret_err);
}

json_t *
sql_set_fallback_origin(struct db *db, const char *zone_id, const json_t *body, struct err *ret_err)
{
	return sql_object(db, "select certwright.set_fallback_origin($1::uuid, $2::jsonb)",
	    sql_texts(zone_id, json_write(db->arena, body), NULL), ret_err);
}

json_t *
sql_delete_fallback_origin(struct db *db, const char *zone_id, struct err *ret_err)
{
	return sql_object(db, "select certwright.delete_fallback_origin($1::uuid)",
	    sql_texts(zone_id, NULL, NULL), ret_err);
}

json_t *
sql_zone_overview(struct db *db, struct err *ret_err)
{
	return sql_array(db, "select to_json(z) from certwright.zone_overview z order by z.name", NULL, ret_err);
}

json_t *
sql_get_zone(struct db *db, const char *zone_id, struct err *ret_err)
{
	return sql_object(db,
	    "select certwright.get_zone($1::uuid)"
	    " || jsonb_build_object('fallback_status', f -> 'status', 'fallback_errors', f -> 'errors',"
	    " 'delegation', certwright.delegation_pattern($1::uuid))"
	    " from certwright.get_fallback_origin($1::uuid) f", sql_texts(zone_id, NULL, NULL), ret_err);
}

const char *
sql_look_up_zone(struct db *db, const char *zone, struct err *ret_err)
{
	auto_result *result = sql_rows(db, "select certwright.look_up_zone($1) as id",
	    sql_texts(zone, NULL, NULL), ret_err);

	return result != NULL ? arena_strdup(db->arena, pg_value(result, 0, "id")) : NULL;
}
