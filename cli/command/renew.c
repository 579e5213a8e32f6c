/* certwright renew HOSTNAME. */
#include <string.h>

#include "base/json.h"
#include "cli/out.h"
#include "cli/sql.h"

enum exit_code
command_renew(struct call *call)
{
	const char *zone, *id;
	struct err err;
	auto_db db = { 0 };
	auto_json *hostname = NULL;
	bool is_served;

	if (!db_open(call, &db, &err) ||
	    !sql_look_up_hostname(&db, call_flag(call, "zone"), call->args[0], &zone, &id, &err) ||
	    (hostname = sql_renew_hostname(&db, zone, id, &err)) == NULL)
		return call_failed(&err);
	if (call->json)
		out_json(hostname);
	is_served = strcmp(json_str(json_object_get(hostname, "ssl"), "status"), "active") == 0;
	out_line(call, is_served ? "the next certificates of %s are ordered now; the present ones are served until those are"
	    : "%s has no certificates that are served yet; it goes on with them now", call->args[0]);
	return EXIT_DONE;
}
