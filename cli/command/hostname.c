/* certwright hostname add, list, show, remove. */
#include "cli/hostname.h"

#include <string.h>

#include "cli/out.h"
#include "cli/sql.h"

enum { MOST_ROWS = 1000 };

static const struct column rows[] = {
	{ "hostname", "HOSTNAME" }, { "status", "STATUS" }, { "ssl_status", "CERTIFICATE" },
	{ "certificate_authority", "AUTHORITY" }, { "expires_at", "EXPIRES" },
	{ "next_check_at", "NEXT CHECK" }, { "last_error", "ERROR" }, { 0 }
};

static bool
is_one_of(const char *word, const char *first, const char *second)
{
	return strcmp(word, first) == 0 || strcmp(word, second) == 0;
}

/* The body of create_custom_hostname; NULL: usage. */
static json_t *
body_of(struct call *call, struct err *err)
{
	const char *method = call_flag(call, "method");
	const char *authority = call_flag(call, "authority");
	bool wildcard = call_flag(call, "wildcard") != NULL;
	json_t *body;

	if (method != NULL && !is_one_of(method, "http", "txt")) {
		err_set(err, ERR_usage, "--method must be http or txt");
		return NULL;
	}
	if (call_flag(call, "no-ssl") != NULL) {
		if (method != NULL || authority != NULL || wildcard) {
			err_set(err, ERR_usage, "--no-ssl goes with none of --method, --authority and --wildcard");
			return NULL;
		}
		return json_pack("{s:s}", "hostname", call->args[0]);
	}
	body = json_pack("{s:s, s:{s:s, s:s}}", "hostname", call->args[0], "ssl",
	    "method", method != NULL ? method : wildcard ? "txt" : "http", "type", "dv");
	if (authority != NULL)
		json_object_set_new(json_object_get(body, "ssl"), "certificate_authority",
		    json_string(authority));
	if (wildcard)
		json_object_set_new(json_object_get(body, "ssl"), "wildcard", json_true());
	return body;
}

enum exit_code
command_hostname_add(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *body = body_of(call, &err);
	auto_json *hostname = NULL;
	const char *zone;

	if (body == NULL || !db_open(call, &db, &err) ||
	    (zone = sql_look_up_zone(&db, call_flag(call, "zone"), &err)) == NULL ||
	    (hostname = sql_create_hostname(&db, zone, body, &err)) == NULL ||
	    !hostname_print(call, &db, zone, hostname, &err))
		return call_failed(&err);
	return EXIT_DONE;
}

enum exit_code
command_hostname_list(struct call *call)
{
	const char *zone = call_flag(call, "zone");
	struct err err;
	auto_db db = { 0 };
	auto_json *hostnames = NULL;

	if (!db_open(call, &db, &err) ||
	    (zone != NULL && (zone = sql_look_up_zone(&db, zone, &err)) == NULL) ||
	    (hostnames = sql_hostname_overview(&db, zone, MOST_ROWS, &err)) == NULL)
		return call_failed(&err);
	out_rows(call, hostnames, rows, "there is no custom hostname yet");
	if (json_array_size(hostnames) == MOST_ROWS)
		out_line(call, "(the first %d; the view hostname_overview has them all)", MOST_ROWS);
	return EXIT_DONE;
}

enum exit_code
command_hostname_show(struct call *call)
{
	const char *zone, *id;
	struct err err;
	auto_db db = { 0 };
	auto_json *hostname = NULL;

	if (!db_open(call, &db, &err) ||
	    !sql_look_up_hostname(&db, call_flag(call, "zone"), call->args[0], &zone, &id, &err) ||
	    (hostname = sql_get_hostname(&db, zone, id, &err)) == NULL ||
	    !hostname_print(call, &db, zone, hostname, &err))
		return call_failed(&err);
	return EXIT_DONE;
}

enum exit_code
command_hostname_remove(struct call *call)
{
	const char *zone, *id;
	struct err err;
	auto_db db = { 0 };
	auto_json *answer = NULL;

	if (!db_open(call, &db, &err) ||
	    !sql_look_up_hostname(&db, call_flag(call, "zone"), call->args[0], &zone, &id, &err) ||
	    (answer = sql_delete_hostname(&db, zone, id, &err)) == NULL)
		return call_failed(&err);
	if (call->json)
		out_json(answer);
	out_line(call, "%s is deleted", call->args[0]);
	return EXIT_DONE;
}
