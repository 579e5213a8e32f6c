/* Twins of the webhook functions, and of the views of events and deliveries. */
#include "cli/sql_inside.h"

#include <string.h>

#include "cli/sealer.h"

json_t *
sql_create_webhook(struct db *db, const char *zone_id, const json_t *body, struct err *ret_err)
{
	return sql_object(db, "select certwright.create_webhook($1::uuid, $2::jsonb)",
	    sql_texts(zone_id, json_write(db->arena, body), NULL), ret_err);
}

json_t *
sql_webhook_overview(struct db *db, const char *zone_id, struct err *ret_err)
{
	return sql_array(db,
	    "select to_json(w) from certwright.webhook_overview w"
	    " where $1::uuid is null or w.zone_id = $1::uuid order by w.created_at, w.id",
	    sql_texts(zone_id, NULL, NULL), ret_err);
}

json_t *
sql_look_up_webhook(struct db *db, const char *webhook, struct err *ret_err)
{
	json_t *found = sql_object(db,
	    "select to_json(w) from certwright.webhook_overview w"
	    " where w.id::text = $1 or w.name = $1 order by w.created_at limit 1",
	    sql_texts(webhook, NULL, NULL), ret_err);

	if (found == NULL && strcmp(ret_err->code, "not_found") == 0)
		ret_err->detail = arena_printf(db->arena, "there is no webhook \"%s\"", webhook);
	return found;
}

json_t *
sql_edit_webhook(struct db *db, const char *zone_id, const char *id, const json_t *body, struct err *ret_err)
{
	return sql_object(db, "select certwright.edit_webhook($1::uuid, $2::uuid, $3::jsonb)",
	    sql_texts(zone_id, id, json_write(db->arena, body)), ret_err);
}

json_t *
sql_delete_webhook(struct db *db, const char *zone_id, const char *id, struct err *ret_err)
{
	return sql_object(db, "select certwright.delete_webhook($1::uuid, $2::uuid)",
	    sql_texts(zone_id, id, NULL), ret_err);
}

json_t *
sql_delivery_overview(struct db *db, const char *webhook_id, int64_t limit, struct err *ret_err)
{
	struct pg_args *args = sql_texts(webhook_id, NULL, NULL);

	pg_add_int(args, limit);
	return sql_array(db,
	    "select to_json(d) from certwright.delivery_overview d where d.webhook_id = $1::uuid"
	    " order by d.seq desc limit $2", args, ret_err);
}

json_t *
sql_events_after(struct db *db, int64_t seq, struct err *ret_err)
{
	struct pg_args *args = pg_args_new();

	pg_add_int(args, seq);
	return sql_array(db,
	    "select to_json(e) from certwright.event_log e where e.seq > $1 order by e.seq limit 1000",
	    args, ret_err);
}

json_t *
sql_last_events(struct db *db, int64_t limit, struct err *ret_err)
{
	struct pg_args *args = pg_args_new();

	pg_add_int(args, limit);
	return sql_array(db,
	    "select to_json(e) from (select * from certwright.event_log order by seq desc limit $1) e"
	    " order by e.seq", args, ret_err);
}

static bool
store_sealed(struct db *db, const struct seal *seal, const char *id, const PGresult *secrets, int row,
    struct err *ret_err)
{
	const char *kind = pg_value(secrets, row, "name");
	const char *clear = pg_value(secrets, row, "clear");
	struct pg_args *args;
	auto_result *result = NULL;
	unsigned char *sealed, *old = NULL;
	size_t len, old_len = 0;
	struct err err;

	seal_lock(seal, db->arena, arena_printf(db->arena, "webhook/%s/%s", id, kind), clear, strlen(clear),
	    &sealed, &len);
	/* one that does not open (another key) cannot sign any more */
	if (pg_value(secrets, row, "previous") != NULL)
		sealer_retire(seal, db->arena, id, pg_value(secrets, row, "previous"), &old, &old_len, &err);
	args = sql_texts(id, kind, clear);
	pg_add_bytes(args, sealed, len);
	if (old != NULL)
		pg_add_bytes(args, old, old_len);
	else
		pg_add_text(args, NULL);
	result = sql_rows(db, "select certwright.store_sealed_secret($1::uuid, $2, $3, $4, $5::bytea)", args, ret_err);
	return result != NULL;
}

bool
sql_seal_secrets(struct db *db, const struct seal *seal, const char *webhook_id, struct err *ret_err)
{
	auto_result *secrets = sql_rows(db,
	    "select name, clear, previous from certwright.list_unsealed_secrets() where webhook = $1::uuid",
	    sql_texts(webhook_id, NULL, NULL), ret_err);

	for (int i = 0; secrets != NULL && i < PQntuples(secrets); i++)
		if (!store_sealed(db, seal, webhook_id, secrets, i, ret_err))
			return false;
	return secrets != NULL;
}
