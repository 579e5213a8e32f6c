/* certwright refresh HOSTNAME. */
#include "base/json.h"
#include "cli/out.h"
#include "cli/sql.h"

enum exit_code
command_refresh(struct call *call)
{
	const char *zone, *id;
	struct err err;
	auto_db db = { 0 };
	auto_json *hostname = NULL;

	if (!db_open(call, &db, &err) ||
	    !sql_look_up_hostname(&db, call_flag(call, "zone"), call->args[0], &zone, &id, &err) ||
	    (hostname = sql_refresh_hostname(&db, zone, id, &err)) == NULL)
		return call_failed(&err);
	if (call->json)
		out_json(hostname);
	out_line(call, "%s is checked now; its schedule begins anew", call->args[0]);
	return EXIT_DONE;
}
