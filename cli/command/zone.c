/* certwright zone add, list, show. */
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
	{ "certificate_authorities", "certificate authorities" }, { "key_types", "key types" },
	{ "allow_reserved_names", "reserved names allowed" },
	{ "dcv_delegation_id", "delegation id" }, { "created_at", "created" }, { 0 }
};

static void
set_list(struct call *call, json_t *settings, const char *flag, const char *member)
{
	const char *text = call_flag(call, flag);
	const char *const *list;
	json_t *array;
	size_t count;

	if (text == NULL)
		return;
	list = call_list(call->arena, text, &count);
	array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(list[i]));
	json_object_set_new(settings, member, array);
}

/* Only what was given: the database knows the defaults. */
static json_t *
settings_of(struct call *call)
{
	json_t *settings = json_object();

	set_list(call, settings, "cname-target", "cname_targets");
	set_list(call, settings, "authorities", "certificate_authorities");
	if (call_flag(call, "account") != NULL)
		json_object_set_new(settings, "account_id", json_string(call_flag(call, "account")));
	if (call_flag(call, "allow-reserved-names") != NULL)
		json_object_set_new(settings, "allow_reserved_names", json_true());
	return settings;
}

/* The zone as it is afterwards; both steps are one transaction. */
static json_t *
add(struct call *call, struct db *db, struct err *err)
{
	const char *name = call->args[0];
	const char *origin = call_flag(call, "fallback-origin");
	auto_json *settings = settings_of(call);
	auto_json *zone = NULL;
	auto_json *fallback = NULL;

	if (!db_begin(db, err) || (zone = sql_create_zone(db, name, settings, err)) == NULL)
		return NULL;
	if (origin != NULL) {
		auto_json *body = json_pack("{s:s}", "origin", origin);

		fallback = sql_set_fallback_origin(db, json_str(zone, "id"), body, err);
		if (fallback == NULL)
			return NULL;
	}
	return db_commit(db, err) ? sql_get_zone(db, json_str(zone, "id"), err) : NULL;
}

enum exit_code
command_zone_add(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *zone = NULL;

	if (!db_open(call, &db, &err) || (zone = add(call, &db, &err)) == NULL)
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
