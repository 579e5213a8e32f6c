/* certwright webhook add, list, show, edit, remove. */
#include <stdio.h>
#include <string.h>

#include "base/b64.h"
#include "base/json.h"
#include "cli/body.h"
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

/* What is seen of "--plain-secret-file"; true with an empty one: it was not given. */
static bool
read_plain(struct call *call, struct secret *plain, struct err *err)
{
	const char *path = call_flag(call, "plain-secret-file");

	if (path == NULL)
		return true;
	if (!file_read_secret(path, MOST_SECRET, call->arena, plain, err))
		return false;
	while (plain->len > 0 && strchr("\r\n", plain->bytes[plain->len - 1]) != NULL)
		plain->bytes[--plain->len] = '\0';
	if (plain->len == 0 || strncmp((char *)plain->bytes, "whsec_", 6) == 0)
		return err_set(err, ERR_usage, "--plain-secret-file: the file must hold the value of a header, "
		    "not a signing secret");
	return true;
}

/* Seals in their own transaction what an SQL function has just put there in
 * clear: nobody else ever sees it. */
static bool
seal_secrets(struct call *call, struct db *db, const char *id, struct err *err)
{
	struct seal *seal;
	bool ok;

	if (call->conf->key_encryption_key_file[0] == '\0')
		return true;		/* the daemon does it, within a second */
	seal = seal_open_file(call->conf->key_encryption_key_file, err);
	if (seal == NULL)
		return false;
	ok = sql_seal_secrets(db, seal, id, err);
	seal_close(seal);
	return ok;
}

static json_t *
add(struct call *call, struct db *db, struct err *err)
{
	auto_secret plain = { 0 };
	auto_json *body = json_pack("{s:s}", "url", call->args[0]);
	auto_json *webhook = NULL;
	const char *zone;

	body_text(call, body, "name", "name");
	body_list(call, body, "events", "event_types");
	body_text(call, body, "failures", "failures");
	if (!read_plain(call, &plain, err))
		return NULL;
	if (plain.len > 0)
		json_object_set_new(body, "secret", json_stringn((char *)plain.bytes, plain.len));
	if ((zone = sql_look_up_zone(db, call_flag(call, "zone"), err)) == NULL || !db_begin(db, err) ||
	    (webhook = sql_create_webhook(db, zone, body, err)) == NULL ||
	    !seal_secrets(call, db, json_str(webhook, "id"), err) || !db_commit(db, err))
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

/* 24 random bytes, as Standard Webhooks 1.0 writes them. */
static const char *
make_secret(struct arena *a)
{
	unsigned char bytes[24];

	random_bytes(bytes, sizeof bytes);
	return arena_printf(a, "whsec_%s", b64_encode(a, bytes, sizeof bytes));
}

/* One body has room for one secret. */
static bool
add_secret(struct call *call, json_t *body, struct err *err)
{
	bool is_new = call_flag(call, "new-secret") != NULL;
	bool is_gone = call_flag(call, "no-plain-secret") != NULL;
	auto_secret plain = { 0 };

	if (!read_plain(call, &plain, err))
		return false;
	if (is_new + is_gone + (plain.len > 0) > 1)
		return err_set(err, ERR_usage,
		    "--new-secret, --plain-secret-file and --no-plain-secret exclude each other");
	if (is_new)
		json_object_set_new(body, "secret", json_string(make_secret(call->arena)));
	else if (is_gone)
		json_object_set_new(body, "secret", json_null());
	else if (plain.len > 0)
		json_object_set_new(body, "secret", json_stringn((char *)plain.bytes, plain.len));
	return true;
}

/* The body of edit_webhook; NULL: usage. */
static json_t *
edit_body(struct call *call, struct err *err)
{
	const char *events = call_flag(call, "events");
	json_t *body = json_object();

	body_text(call, body, "url", "url");
	body_text(call, body, "name", "name");
	body_text(call, body, "failures", "failures");
	if (events != NULL && strcmp(events, "all") == 0)
		json_object_set_new(body, "event_types", json_null());
	else
		body_list(call, body, "events", "event_types");
	if (body_switch(call, body, "enable", "disable", "enabled", err) && add_secret(call, body, err) &&
	    body_is_given(call, body, err))
		return body;
	json_decref(body);
	return NULL;
}

static json_t *
edit(struct call *call, struct db *db, const json_t *body, struct err *err)
{
	auto_json *found = sql_look_up_webhook(db, call->args[0], err);
	auto_json *webhook = NULL;
	const char *id;

	if (found == NULL)
		return NULL;
	id = json_str(found, "id");
	if (!db_begin(db, err) ||
	    (webhook = sql_edit_webhook(db, json_str(found, "zone_id"), id, body, err)) == NULL ||
	    !seal_secrets(call, db, id, err) || !db_commit(db, err))
		return NULL;
	return json_incref(webhook);
}

enum exit_code
command_webhook_edit(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *body = edit_body(call, &err);
	auto_json *webhook = NULL;
	bool is_new;

	if (body == NULL || !db_open(call, &db, &err) || (webhook = edit(call, &db, body, &err)) == NULL)
		return call_failed(&err);
	is_new = call_flag(call, "new-secret") != NULL;
	if (is_new)
		json_object_set(webhook, "secret", json_object_get(body, "secret"));
	out_object(call, webhook, is_new ? added_lines : lines);
	if (is_new)
		out_line(call, "keep the secret: it is not shown again; for a day the old one signs as well");
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
