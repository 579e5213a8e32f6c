/* certwright webhook add, list, show, remove. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/file.h"
#include "cli/out.h"
#include "cli/sql.h"
#include "io/seal.h"

enum { MOST_SECRET = 1024, MOST_DELIVERIES = 10 };

static const struct column rows[] = {
	{ "name", "NAME" }, { "url", "URL" }, { "event_types", "EVENTS" }, { "enabled", "ENABLED" },
	{ "id", "ID" }, { 0 }
};

static const struct column lines[] = {
	{ "name", "name" }, { "id", "id" }, { "url", "url" }, { "event_types", "events" },
	{ "failures", "failures" }, { "enabled", "enabled" }, { "created_at", "created" }, { 0 }
};

static const struct column added_lines[] = {
	{ "name", "name" }, { "id", "id" }, { "url", "url" }, { "event_types", "events" },
	{ "secret", "secret" }, { 0 }
};

static const struct column deliveries[] = {
	{ "seq", "EVENT" }, { "type", "TYPE" }, { "state", "STATE" }, { "attempts", "SENT" },
	{ "last_status", "HTTP" }, { "last_error", "ERROR" }, { "next_attempt_at", "NEXT" }, { 0 }
};

/* The body of create_webhook without secrets. */
static json_t *
body_of(struct call *call)
{
	const char *name = call_flag(call, "name");
	const char *events = call_flag(call, "events");
	const char *failures = call_flag(call, "failures");
	json_t *body = json_pack("{s:s}", "url", call->args[0]);

	if (name != NULL)
		json_object_set_new(body, "name", json_string(name));
	if (events != NULL) {
		size_t count;
		const char *const *list = call_list(call->arena, events, &count);
		json_t *array = json_array();

		for (size_t i = 0; i < count; i++)
			json_array_append_new(array, json_string(list[i]));
		json_object_set_new(body, "event_types", array);
	}
	if (failures != NULL)
		json_object_set_new(body, "failures", json_string(failures));
	return body;
}

/* Seals what create_webhook has put there in clear, in its own transaction:
 * nobody else ever sees it. */
static bool
seal_one(struct db *db, const struct seal *seal, const char *id, const char *kind, const char *clear,
    struct err *err)
{
	unsigned char *sealed;
	size_t len;

	seal_lock(seal, db->arena, arena_printf(db->arena, "webhook/%s/%s", id, kind), clear, strlen(clear),
	    &sealed, &len);
	return sql_store_sealed_secret(db, id, kind, clear, sealed, len, err);
}

static bool
seal_both(struct call *call, struct db *db, const json_t *webhook, const char *plain, struct err *err)
{
	const char *id = json_str(webhook, "id");
	const char *secret = json_str(webhook, "secret");
	struct seal *seal;
	bool ok;

	if (call->conf->key_encryption_key_file[0] == '\0')
		return true;		/* the daemon does it, within a second */
	seal = seal_open_file(call->conf->key_encryption_key_file, err);
	if (seal == NULL)
		return false;
	ok = (secret == NULL || seal_one(db, seal, id, "secret", secret, err)) &&
	    (plain == NULL || seal_one(db, seal, id, "plain_secret", plain, err));
	seal_close(seal);
	return ok;
}

static json_t *
add(struct call *call, struct db *db, struct err *err)
{
	const char *path = call_flag(call, "plain-secret-file");
	auto_secret plain = { 0 };
	auto_json *body = body_of(call);
	auto_json *webhook = NULL;
	const char *zone;

	if (path != NULL) {
		if (!file_read_secret(path, MOST_SECRET, call->arena, &plain, err))
			return NULL;
		while (plain.len > 0 && strchr("\r\n", plain.bytes[plain.len - 1]) != NULL)
			plain.bytes[--plain.len] = '\0';
		if (plain.len == 0 || strncmp((char *)plain.bytes, "whsec_", 6) == 0) {
			err_set(err, ERR_usage, "--plain-secret-file: the file must hold the value of a header, "
			    "not a signing secret");
			return NULL;
		}
		json_object_set_new(body, "secret", json_stringn((char *)plain.bytes, plain.len));
	}
	if ((zone = sql_look_up_zone(db, call_flag(call, "zone"), err)) == NULL || !db_begin(db, err) ||
	    (webhook = sql_create_webhook(db, zone, body, err)) == NULL ||
	    !seal_both(call, db, webhook, (char *)plain.bytes, err) || !db_commit(db, err))
		return NULL;
	return json_incref(webhook);
}

enum exit_code
command_webhook_add(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *webhook = NULL;

	if (!db_open(call, &db, &err) || (webhook = add(call, &db, &err)) == NULL)
		return call_failed(&err);
	out_object(call, webhook, added_lines);
	out_line(call, "keep the secret: it is not shown again");
	return EXIT_DONE;
}

enum exit_code
command_webhook_list(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *list = NULL;
	const char *zone = call_flag(call, "zone");

	if (!db_open(call, &db, &err) ||
	    (zone != NULL && (zone = sql_look_up_zone(&db, zone, &err)) == NULL) ||
	    (list = sql_webhook_overview(&db, zone, &err)) == NULL)
		return call_failed(&err);
	out_rows(call, list, rows, "there is no webhook yet");
	return EXIT_DONE;
}

enum exit_code
command_webhook_show(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *webhook = NULL;
	auto_json *latest = NULL;

	if (!db_open(call, &db, &err) || (webhook = sql_look_up_webhook(&db, call->args[0], &err)) == NULL ||
	    (latest = sql_delivery_overview(&db, json_str(webhook, "id"), MOST_DELIVERIES, &err)) == NULL)
		return call_failed(&err);
	if (call->json)
		json_object_set(webhook, "deliveries", latest);
	out_object(call, webhook, lines);
	if (!call->json) {
		putchar('\n');
		out_rows(call, latest, deliveries, "nothing was sent yet");
	}
	return EXIT_DONE;
}

enum exit_code
command_webhook_remove(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *webhook = NULL;
	auto_json *answer = NULL;

	if (!db_open(call, &db, &err) || (webhook = sql_look_up_webhook(&db, call->args[0], &err)) == NULL ||
	    (answer = sql_delete_webhook(&db, json_str(webhook, "zone_id"), json_str(webhook, "id"), &err)) == NULL)
		return call_failed(&err);
	if (call->json)
		out_json(answer);
	out_line(call, "%s is removed", call->args[0]);
	return EXIT_DONE;
}
