/* certwright help and version. */
#include "cli/help.h"

#include <stdio.h>

#include "cli/parse.h"

enum exit_code
command_help(struct call *call)
{
	const struct command *c;
	int words;

	if (call->count == 0) {
		help_all();
		return EXIT_DONE;
	}
	c = parse_command(call->args, call->count, &words);
	if (c != NULL && words == call->count)
		help_command(c);
	else if (call->count == 1 && help_has_group(call->args[0]))
		help_group(call->args[0]);
	else {
		struct err err;

		err_set(&err, ERR_usage, "there is no such command; certwright help lists them");
		return call_failed(&err);
	}
	return EXIT_DONE;
}

enum exit_code
command_version(struct call *call)
{
	printf(call->json ? "{\"version\": \"%s\"}\n" : "certwright %s\n", CERTWRIGHT_VERSION);
	return EXIT_DONE;
}
