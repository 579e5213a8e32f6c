/* certwright zone add, list, show, edit, remove. */
#include <string.h>

#include "cli/body.h"
#include "cli/out.h"
#include "cli/sql.h"

static const struct column rows[] = {
	{ "name", "NAME" }, { "hostnames", "HOSTNAMES" }, { "cname_targets", "CNAME TARGETS" },
	{ "fallback_origin", "FALLBACK ORIGIN" }, { "id", "ID" }, { 0 }
};

static const struct column lines[] = {
	{ "name", "name" }, { "id", "id" }, { "account_id", "account" },
	{ "cname_targets", "CNAME targets" }, { "apex_prefixes", "apex prefixes" },
	{ "fallback_origin", "fallback origin" }, { "fallback_status", "fallback status" },
	{ "fallback_errors", "fallback errors" },
	{ "certificate_authorities", "certificate authorities" }, { "key_types", "key types" },
	{ "creations_per_minute", "creations per minute" },
	{ "metadata_on_wildcards", "metadata on wildcards" }, { "revoke_on_delete", "revoked on delete" },
	{ "allow_reserved_names", "reserved names allowed" },
	{ "dcv_delegation_id", "delegation id" }, { "delegation", "delegation" }, { "created_at", "created" }, { 0 }
};

/* Only what was given: the database knows the defaults. */
static json_t *
settings_of(struct call *call, bool is_edit, struct err *err)
{
	json_t *settings = json_object();

	body_list(call, settings, "cname-target", "cname_targets");
	body_list(call, settings, "apex-prefixes", "apex_prefixes");
	body_list(call, settings, "authorities", "certificate_authorities");
	body_list(call, settings, "key-types", "key_types");
	body_text(call, settings, "account", "account_id");
	if (body_number(call, settings, "creations-per-minute", "creations_per_minute", err) &&
	    body_switch(call, settings, "allow-reserved-names", is_edit ? "no-reserved-names" : NULL,
		"allow_reserved_names", err) &&
	    body_switch(call, settings, "metadata-on-wildcards", is_edit ? "no-metadata-on-wildcards" : NULL,
		"metadata_on_wildcards", err) &&
	    body_switch(call, settings, "revoke-on-delete", is_edit ? "no-revoke-on-delete" : NULL,
		"revoke_on_delete", err))
		return settings;
	json_decref(settings);
	return NULL;
}

/* The fallback origin is no setting: it has a life of its own. */
static bool
set_origin(struct call *call, struct db *db, const char *zone_id, struct err *err)
{
	const char *origin = call_flag(call, "fallback-origin");
	auto_json *body = json_object();
	auto_json *answer = NULL;

	if (origin == NULL)
		return true;
	if (strcmp(origin, "none") == 0)
		answer = sql_delete_fallback_origin(db, zone_id, err);
	else {
		json_object_set_new(body, "origin", json_string(origin));
		answer = sql_set_fallback_origin(db, zone_id, body, err);
	}
	return answer != NULL;
}

/* The zone as it is afterwards; all steps are one transaction. */
static json_t *
add(struct call *call, struct db *db, const json_t *settings, struct err *err)
{
	auto_json *zone = NULL;

	if (!db_begin(db, err) || (zone = sql_create_zone(db, call->args[0], settings, err)) == NULL ||
	    !set_origin(call, db, json_str(zone, "id"), err) || !db_commit(db, err))
		return NULL;
	return sql_get_zone(db, json_str(zone, "id"), err);
}

enum exit_code
command_zone_add(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *settings = settings_of(call, false, &err);
	auto_json *zone = NULL;

	if (settings == NULL || !db_open(call, &db, &err) || (zone = add(call, &db, settings, &err)) == NULL)
		return call_failed(&err);
	out_object(call, zone, lines);
	return EXIT_DONE;
}

static json_t *
edit(struct call *call, struct db *db, const json_t *settings, struct err *err)
{
	const char *id = sql_look_up_zone(db, call->args[0], err);
	auto_json *zone = NULL;

	if (id == NULL || !db_begin(db, err))
		return NULL;
	zone = sql_edit_zone(db, id, settings, err);
	if (zone == NULL || !set_origin(call, db, id, err) || !db_commit(db, err))
		return NULL;
	return sql_get_zone(db, id, err);
}

enum exit_code
command_zone_edit(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *settings = settings_of(call, true, &err);
	auto_json *zone = NULL;

	if (settings == NULL ||
	    (call_flag(call, "fallback-origin") == NULL && !body_is_given(call, settings, &err)) ||
	    !db_open(call, &db, &err) || (zone = edit(call, &db, settings, &err)) == NULL)
		return call_failed(&err);
	out_object(call, zone, lines);
	return EXIT_DONE;
}

enum exit_code
command_zone_list(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *zones = NULL;

	if (!db_open(call, &db, &err) || (zones = sql_zone_overview(&db, &err)) == NULL)
		return call_failed(&err);
	out_rows(call, zones, rows, "there is no zone yet");
	return EXIT_DONE;
}

enum exit_code
command_zone_show(struct call *call)
{
	const char *id;
	struct err err;
	auto_db db = { 0 };
	auto_json *zone = NULL;

	if (!db_open(call, &db, &err) || (id = sql_look_up_zone(&db, call->args[0], &err)) == NULL ||
	    (zone = sql_get_zone(&db, id, &err)) == NULL)
		return call_failed(&err);
	out_object(call, zone, lines);
	return EXIT_DONE;
}

enum exit_code
command_zone_remove(struct call *call)
{
	const char *id;
	struct err err;
	auto_db db = { 0 };
	auto_json *answer = NULL;

	if (!db_open(call, &db, &err) || (id = sql_look_up_zone(&db, call->args[0], &err)) == NULL ||
	    (answer = sql_delete_zone(&db, id, &err)) == NULL)
		return call_failed(&err);
	if (call->json)
		out_json(answer);
	out_line(call, "%s is removed", call->args[0]);
	return EXIT_DONE;
}
