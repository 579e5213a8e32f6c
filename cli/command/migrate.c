/* certwright migrate. */
#include "cli/migrate.h"

#include <stdio.h>

#include "cli/out.h"

struct heard {
	const struct call *call;
	json_t		  *lines;
};

static void
hear(void *arg, const char *line)
{
	struct heard *h = arg;

	json_array_append_new(h->lines, json_string(line));
	out_line(h->call, "%s", line);
}

enum exit_code
command_migrate(struct call *call)
{
	struct heard h = { call, json_array() };
	struct err err;
	bool ok = migrate_run(call->conf->database, MIGRATE_SUFFIX_FILE, hear, &h, call->arena, &err);

	if (ok && call->json)
		out_json(h.lines);
	json_decref(h.lines);
	return ok ? EXIT_DONE : call_failed(&err);
}
