/* certwright ca list, show, remove; add and edit are in ca_edit.c, rollover in
 * ca_rollover.c. */
#include "cli/command/ca.h"

#include <string.h>

#include "base/json.h"
#include "cli/out.h"
#include "cli/sql.h"

static const struct column rows[] = {
	{ "name", "NAME" }, { "enabled", "ENABLED" }, { "healthy", "HEALTHY" },
	{ "orders_1h", "ORDERS/H" }, { "orders_7d", "ORDERS/7D" }, { "failures_1h", "FAILURES/H" },
	{ "budget_left", "BUDGET LEFT" }, { "next_order_at", "NEXT ORDER" }, { "last_error", "LAST ERROR" }, { 0 }
};

/* Members that begin with "says_" are of what its directory says. */
static const struct column lines[] = {
	{ "name", "name" }, { "id", "id" }, { "enabled", "enabled" }, { "preference", "preference" },
	{ "directory", "directory" }, { "directory_rsa", "directory for RSA" }, { "trust_file", "trust file" },
	{ "caa_identities", "CAA identities" }, { "contact", "contact" }, { "profile", "profile" },
	{ "preferred_chain", "preferred chain" }, { "token_validity", "token validity (s)" },
	{ "eab_kid", "EAB key id" }, { "account_url", "account" }, { "account_url_rsa", "account for RSA" },
	{ "rollover", "new account key" }, { "meta_at", "directory read" },
	{ "says_caa_identities", "  CAA identities" }, { "says_profiles", "  profiles" },
	{ "says_renewal_info", "  says when to renew" }, { "says_external_account_required", "  demands EAB" },
	{ "says_key_change", "  takes new keys" }, { "says_revoke_cert", "  revokes" },
	{ "healthy", "healthy" }, { "broken_since", "broken since" }, { "next_probe_at", "next probe" },
	{ "failures_1h", "failures in 1 h" }, { "last_error", "last error" }, { "last_error_at", "last error at" },
	{ "rate_limits", "rate limits" }, { "orders_per_hour", "own limit per hour" }, { "orders_1h", "orders in 1 h" },
	{ "orders_7d", "orders in 7 d" }, { "budget_left", "budget left" }, { "next_order_at", "next order" },
	{ "packs", "certificate packs" }, { "created_at", "added" }, { 0 }
};

/* The names of its profiles; what each means the CA tells people elsewhere. */
static json_t *
names_of(const json_t *profiles)
{
	json_t *names = json_array(), *value;
	const char *name;

	json_object_foreach((json_t *)profiles, name, value)
		json_array_append_new(names, json_string(name));
	return names;
}

void
ca_print(const struct call *call, const json_t *ca)
{
	auto_json *shown = json_copy((json_t *)ca);
	const json_t *meta = json_object_get(ca, "meta");
	const char *member;
	json_t *value;

	if (call->json) {
		out_json(ca);
		return;
	}
	json_object_foreach((json_t *)meta, member, value)
		json_object_set_new(shown, arena_printf(call->arena, "says_%s", member),
		    strcmp(member, "profiles") == 0 ? names_of(value) : json_incref(value));
	if (json_bool(ca, "rollover_begun", false))
		json_object_set_new(shown, "rollover", json_string(arena_printf(call->arena,
		    "is stored, and not in use yet; certwright ca rollover %s goes on with it", json_str(ca, "name"))));
	out_object(call, shown, lines);
}

enum exit_code
command_ca_list(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *list = NULL;

	if (!db_open(call, &db, &err) || (list = sql_ca_overview(&db, &err)) == NULL)
		return call_failed(&err);
	out_rows(call, list, rows, "there is no certificate authority yet");
	return EXIT_DONE;
}

enum exit_code
command_ca_show(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *ca = NULL;

	if (!db_open(call, &db, &err) || (ca = sql_get_authority(&db, call->args[0], &err)) == NULL)
		return call_failed(&err);
	ca_print(call, ca);
	return EXIT_DONE;
}

enum exit_code
command_ca_remove(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *ca = NULL;

	if (!db_open(call, &db, &err) || (ca = sql_remove_authority(&db, call->args[0], &err)) == NULL)
		return call_failed(&err);
	if (call->json)
		out_json(ca);
	out_line(call, "%s is removed", call->args[0]);
	return EXIT_DONE;
}
