/* certwright hold add, list, remove. */
#include "cli/out.h"
#include "cli/sql.h"

static const struct column rows[] = {
	{ "name", "NAME" }, { "include_subdomains", "SUBDOMAINS" }, { "blocked", "BLOCKED" },
	{ "created_at", "SINCE" }, { "reason", "REASON" }, { 0 }
};

static const struct column lines[] = {
	{ "name", "name" }, { "include_subdomains", "subdomains too" }, { "reason", "reason" },
	{ "blocked", "blocked hostnames" }, { "created_at", "since" }, { 0 }
};

enum exit_code
command_hold_add(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *hold = NULL;

	if (!db_open(call, &db, &err) ||
	    !sql_hold_name(&db, call->args[0], call_flag(call, "subdomains") != NULL, call_flag(call, "reason"), &err) ||
	    (hold = sql_get_hold(&db, call->args[0], &err)) == NULL)
		return call_failed(&err);
	out_object(call, hold, lines);
	return EXIT_DONE;
}

enum exit_code
command_hold_list(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *holds = NULL;

	if (!db_open(call, &db, &err) || (holds = sql_hold_overview(&db, &err)) == NULL)
		return call_failed(&err);
	out_rows(call, holds, rows, "no name is held");
	return EXIT_DONE;
}

enum exit_code
command_hold_remove(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *hold = NULL;

	if (!db_open(call, &db, &err) || (hold = sql_get_hold(&db, call->args[0], &err)) == NULL ||
	    !sql_release_name(&db, call->args[0], &err))
		return call_failed(&err);
	if (call->json)
		out_json(hold);
	out_line(call, "%s is not held any more; what it blocked is tried again when it is refreshed",
	    json_str(hold, "name"));
	return EXIT_DONE;
}
