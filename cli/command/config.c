/* certwright config: the options as they are, as a file, as documentation. */
#include <stdio.h>
#include <string.h>

#include "cli/check.h"
#include "cli/help.h"
#include "cli/out.h"
#include "io/pg.h"

/* What cannot be read may hold one as well. */
static bool
holds_password(const char *conninfo)
{
	PQconninfoOption *options;
	bool found = false;

	if (strchr(conninfo, '=') == NULL && strstr(conninfo, "://") == NULL)
		return false;		/* the name of a database */
	options = PQconninfoParse(conninfo, NULL);
	if (options == NULL)
		return true;
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		found = found || (o->val != NULL && strstr(o->keyword, "password") != NULL);
	PQconninfoFree(options);
	return found;
}

static const char *
value_of(struct call *call, const char *name)
{
	const char *value = conf_text(call->conf, call->arena, name);

	if (strcmp(name, "database") == 0 && holds_password(value))
		return "(not shown: it holds a password)";
	return value;
}

static void
print_values(struct call *call)
{
	json_t *all = json_object();

	for (const struct conf_option *o = conf_options; o->name != NULL; o++) {
		const char *value = value_of(call, o->name);

		if (call->json)
			json_object_set_new(all, o->name, json_string(value));
		else
			printf("%s =%s%s\n", o->name, value[0] != '\0' ? " " : "", value);
	}
	if (call->json)
		out_json(all);
	json_decref(all);
}

static enum exit_code
check(struct call *call)
{
	struct err err;

	if (!check_options(call->conf, call->arena, &err) ||
	    !check_surroundings(call->conf, call->arena, &err))
		return call_failed(&err);
	out_line(call, "the options are good");
	return EXIT_DONE;
}

enum exit_code
command_config(struct call *call)
{
	if (call_flag(call, "check") != NULL)
		return check(call);
	if (call_flag(call, "sample") != NULL)
		fputs(conf_sample(call->arena), stdout);
	else if (call_flag(call, "markdown") != NULL)
		help_options_markdown();
	else if (call_flag(call, "man") != NULL)
		help_manual();
	else if (call_flag(call, "commands") != NULL)
		help_commands_markdown();
	else
		print_values(call);
	return EXIT_DONE;
}
