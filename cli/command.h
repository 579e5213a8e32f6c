#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H
/*
 * The commands: one table, cli/commands.c, from which the parser, every
 * --help, the manual page and docs/cli.md come.  Each command is a function
 * of cli/command/ that is given a struct call and returns an exit code.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"

/* Stable: scripts rely on them. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,	/* it was tried and did not work, or was refused */
	EXIT_USAGE = 2,		/* the command line or an option is wrong */
	EXIT_NOT_FOUND = 3,	/* what was named does not exist */
	EXIT_DATABASE = 4,	/* the database cannot be reached */
	EXIT_SCHEMA = 5,	/* the database has another schema than this program */
	EXIT_UNWELL = 6,	/* check has found something wrong */
};

enum { MAX_COMMAND_FLAGS = 16 };

struct flag {			/* an option of one command */
	const char *name;	/* "eab-kid" */
	const char *arg;	/* what a value looks like; NULL: a switch */
	const char *help;	/* one line */
};

struct call;
typedef enum exit_code command_function(struct call *);

struct command {
	const char *name;	/* "ca add" */
	const char *arguments;	/* "NAME", "[HOSTNAME]", "" */
	int	    least, most;	/* how many arguments */
	const char *help;	/* one line */
	const char *more;	/* further sentences, or NULL */
	command_function *run;
	struct flag flags[MAX_COMMAND_FLAGS];	/* ends with a NULL name */
};

/* What one command was given. */
struct call {
	const struct command *command;
	const struct conf    *conf;
	struct arena	     *arena;
	bool		      json;	/* print JSON */
	bool		      colour;	/* standard output is a terminal that shows colours */
	const char *const    *args;	/* arguments, `count` of them */
	int		      count;
	const char	     *values[MAX_COMMAND_FLAGS];	/* of flags, in their order; NULL: not given */
};

extern const struct command commands[];	/* ends with a NULL name */

/* The value of a flag of this command, "" for a switch that was given, NULL
 * when it was not; a name that the command does not have aborts. */
const char *call_flag(const struct call *, const char *name);
/* Every value of a list "a, b,c": in the arena, ends with NULL. */
const char *const *call_list(struct arena *, const char *text, size_t *ret_count);

/* Prints "certwright: detail" (or the code's sentence) on standard error and
 * returns the exit code that belongs to the error. */
enum exit_code call_failed(const struct err *);

/* One for each row of the table; they are in cli/command/. */
command_function command_migrate, command_run, command_status, command_check, command_refresh,
    command_renew, command_events, command_flows, command_config, command_help, command_version,
    command_ca_add, command_ca_list, command_ca_show, command_ca_edit, command_ca_rollover,
    command_ca_remove, command_zone_add, command_zone_list, command_zone_show, command_zone_edit,
    command_zone_remove, command_hold_add, command_hold_list, command_hold_remove, command_hostname_add,
    command_hostname_list, command_hostname_show, command_hostname_edit, command_hostname_remove,
    command_webhook_add, command_webhook_list, command_webhook_show, command_webhook_edit,
    command_webhook_remove;
#endif
