/* certwright hostname add, list, show, edit, remove. */
#include "cli/hostname.h"

#include <string.h>

#include "cli/body.h"
#include "cli/out.h"
#include "cli/sql.h"

enum { MOST_ROWS = 1000 };

static const struct column rows[] = {
	{ "hostname", "HOSTNAME" }, { "status", "STATUS" }, { "ssl_status", "CERTIFICATE" },
	{ "certificate_authority", "AUTHORITY" }, { "expires_at", "EXPIRES" },
	{ "next_check_at", "NEXT CHECK" }, { "last_error", "ERROR" }, { 0 }
};

static bool
check_method(const char *method, struct err *err)
{
	if (method == NULL || strcmp(method, "http") == 0 || strcmp(method, "txt") == 0)
		return true;
	return err_set(err, ERR_usage, "--method must be http or txt");
}

/* Is anything of the certificate named? */
static bool
names_ssl(const struct call *call, bool is_edit)
{
	return call_flag(call, "method") != NULL || call_flag(call, "authority") != NULL ||
	    call_flag(call, "wildcard") != NULL || call_flag(call, "branding") != NULL ||
	    call_flag(call, "tls-settings") != NULL ||
	    (is_edit && (call_flag(call, "no-wildcard") != NULL || call_flag(call, "no-branding") != NULL));
}

/* To take the member away is to leave the choice to us. */
static bool
is_default(const char *authority)
{
	return strcmp(authority, "default") == 0 || strcmp(authority, "none") == 0;
}

/* The member ssl; `method` is what it is as long as none is given. */
static json_t *
ssl_of(const struct call *call, bool is_edit, const char *method, struct err *err)
{
	const char *wanted = call_flag(call, "method");
	const char *authority = call_flag(call, "authority");
	json_t *ssl = json_object();

	if (call_flag(call, "wildcard") != NULL)
		method = "txt";		/* no authority proves a wildcard by HTTP */
	json_object_set_new(ssl, "method", json_string(wanted != NULL ? wanted : method));
	json_object_set_new(ssl, "type", json_string("dv"));
	if (authority != NULL)
		json_object_set_new(ssl, "certificate_authority",
		    json_string(is_default(authority) ? "" : authority));
	if (body_switch(call, ssl, "wildcard", is_edit ? "no-wildcard" : NULL, "wildcard", err) &&
	    body_switch(call, ssl, "branding", is_edit ? "no-branding" : NULL, "cloudflare_branding", err) &&
	    body_object(call, ssl, "tls-settings", "settings", err))
		return ssl;
	json_decref(ssl);
	return NULL;
}

/* What add and edit have in common; NULL: usage. */
static json_t *
body_of(const struct call *call, struct err *err)
{
	json_t *body = json_object();

	body_text(call, body, "origin", "custom_origin_server");
	body_text(call, body, "origin-sni", "custom_origin_sni");
	if (check_method(call_flag(call, "method"), err) &&
	    body_object(call, body, "metadata", "custom_metadata", err))
		return body;
	json_decref(body);
	return NULL;
}

/* The body of create_custom_hostname. */
static json_t *
new_body(const struct call *call, struct err *err)
{
	json_t *body = body_of(call, err);
	json_t *ssl;

	if (body == NULL)
		return NULL;
	json_object_set_new(body, "hostname", json_string(call->args[0]));
	if (call_flag(call, "no-ssl") != NULL) {
		if (!names_ssl(call, false))
			return body;
		err_set(err, ERR_usage, "--no-ssl goes with no option of the certificate, such as --method or --wildcard");
	} else if ((ssl = ssl_of(call, false, "http", err)) != NULL) {
		json_object_set_new(body, "ssl", ssl);
		return body;
	}
	json_decref(body);
	return NULL;
}

enum exit_code
command_hostname_add(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *body = new_body(call, &err);
	auto_json *hostname = NULL;
	const char *zone;

	if (body == NULL || !db_open(call, &db, &err) ||
	    (zone = sql_look_up_zone(&db, call_flag(call, "zone"), &err)) == NULL ||
	    (hostname = sql_create_hostname(&db, zone, body, &err)) == NULL ||
	    !hostname_print(call, &db, zone, hostname, &err))
		return call_failed(&err);
	return EXIT_DONE;
}

/* An edit of the certificate repeats its method, and so it checks now. */
static bool
add_ssl(const struct call *call, struct db *db, const char *zone, const char *id, json_t *body, struct err *err)
{
	auto_json *now = NULL;
	const char *method;
	json_t *ssl;

	if (!names_ssl(call, true))
		return true;
	if ((now = sql_get_hostname(db, zone, id, err)) == NULL)
		return false;
	method = json_str(json_object_get(now, "ssl"), "method");
	if ((ssl = ssl_of(call, true, method != NULL ? method : "http", err)) == NULL)
		return false;
	json_object_set_new(body, "ssl", ssl);
	return true;
}

enum exit_code
command_hostname_edit(struct call *call)
{
	const char *zone, *id;
	struct err err;
	auto_db db = { 0 };
	auto_json *body = body_of(call, &err);
	auto_json *hostname = NULL;

	if (body == NULL || (!names_ssl(call, true) && !body_is_given(call, body, &err)) ||
	    !db_open(call, &db, &err) ||
	    !sql_look_up_hostname(&db, call_flag(call, "zone"), call->args[0], &zone, &id, &err) ||
	    !add_ssl(call, &db, zone, id, body, &err) ||
	    (hostname = sql_edit_hostname(&db, zone, id, body, &err)) == NULL ||
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
