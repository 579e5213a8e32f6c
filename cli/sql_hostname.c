/* Twins of the custom hostname functions and of the views about them. */
#include "cli/sql_inside.h"

bool
sql_look_up_hostname(struct db *db, const char *zone, const char *hostname, const char **ret_zone_id,
    const char **ret_id, struct err *ret_err)
{
	auto_result *result = sql_rows(db,
	    "select zone_id, hostname_id from certwright.look_up_hostname($1, $2)",
	    sql_texts(zone, hostname, NULL), ret_err);

	if (result == NULL)
		return false;
	*ret_zone_id = arena_strdup(db->arena, pg_value(result, 0, "zone_id"));
	*ret_id = arena_strdup(db->arena, pg_value(result, 0, "hostname_id"));
	return true;
}

json_t *
sql_create_hostname(struct db *db, const char *zone_id, const json_t *body, struct err *ret_err)
{
	return sql_object(db, "select certwright.create_custom_hostname($1::uuid, $2::jsonb)",
	    sql_texts(zone_id, json_write(db->arena, body), NULL), ret_err);
}

json_t *
sql_get_hostname(struct db *db, const char *zone_id, const char *id, struct err *ret_err)
{
	return sql_object(db, "select certwright.get_custom_hostname($1::uuid, $2::uuid)",
	    sql_texts(zone_id, id, NULL), ret_err);
}

json_t *
sql_edit_hostname(struct db *db, const char *zone_id, const char *id, const json_t *body, struct err *ret_err)
{
	return sql_object(db, "select certwright.edit_custom_hostname($1::uuid, $2::uuid, $3::jsonb)",
	    sql_texts(zone_id, id, json_write(db->arena, body)), ret_err);
}

json_t *
sql_delete_hostname(struct db *db, const char *zone_id, const char *id, struct err *ret_err)
{
	return sql_object(db, "select certwright.delete_custom_hostname($1::uuid, $2::uuid)",
	    sql_texts(zone_id, id, NULL), ret_err);
}

json_t *
sql_refresh_hostname(struct db *db, const char *zone_id, const char *id, struct err *ret_err)
{
	return sql_object(db, "select certwright.refresh_custom_hostname($1::uuid, $2::uuid)",
	    sql_texts(zone_id, id, NULL), ret_err);
}

json_t *
sql_renew_hostname(struct db *db, const char *zone_id, const char *id, struct err *ret_err)
{
	return sql_object(db, "select certwright.renew_custom_hostname($1::uuid, $2::uuid)",
	    sql_texts(zone_id, id, NULL), ret_err);
}

json_t *
sql_renewal_of(struct db *db, const char *hostname_id, struct err *ret_err)
{
	return sql_object(db, "select certwright.renewal_of($1::uuid)", sql_texts(hostname_id, NULL, NULL), ret_err);
}

json_t *
sql_hostname_overview(struct db *db, const char *zone_id, int64_t limit, struct err *ret_err)
{
	struct pg_args *args = pg_args_new();

	pg_add_text(args, zone_id);
	pg_add_int(args, limit);
	return sql_array(db,
	    "select to_json(h) from certwright.hostname_overview h"
	    " where $1::uuid is null or h.zone_id = $1::uuid"
	    " order by h.hostname, h.zone_id limit $2", args, ret_err);
}

json_t *
sql_certificate_overview(struct db *db, const char *hostname_id, struct err *ret_err)
{
	return sql_array(db,
	    "select to_json(c) from certwright.certificate_overview c"
	    " where c.custom_hostname_id = $1::uuid order by c.key_type",
	    sql_texts(hostname_id, NULL, NULL), ret_err);
}

json_t *
sql_attempt_history(struct db *db, const char *hostname_id, int64_t limit, struct err *ret_err)
{
	struct pg_args *args = sql_texts(hostname_id, NULL, NULL);

	pg_add_int(args, limit);
	return sql_array(db,
	    "select to_json(a) from certwright.attempt_history a where a.subject_id = any (array[$1::uuid,"
	    " (select h.pack_id from certwright.hostname_overview h where h.id = $1::uuid),"
	    " (select (certwright.renewal_of($1::uuid) ->> 'pack_id')::uuid)])"
	    " order by a.at desc limit $2", args, ret_err);
}

json_t *
sql_dns_instructions(struct db *db, const char *zone_id, const char *id, struct err *ret_err)
{
	return sql_array(db, "select to_json(i) from certwright.dns_instructions($1::uuid, $2::uuid) i",
	    sql_texts(zone_id, id, NULL), ret_err);
}

json_t *
sql_check_question(struct db *db, const char *id, struct err *ret_err)
{
	return sql_object(db, "select certwright.check_question($1::uuid)", sql_texts(id, NULL, NULL), ret_err);
}

json_t *
sql_caa_question(struct db *db, const char *id, struct err *ret_err)
{
	return sql_object(db, "select certwright.caa_question($1::uuid)", sql_texts(id, NULL, NULL), ret_err);
}

json_t *
sql_count_all(struct db *db, const char *zone, struct err *ret_err)
{
	return sql_object(db, "select certwright.count_all($1)", sql_texts(zone, NULL, NULL), ret_err);
}
