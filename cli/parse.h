#ifndef CLI_PARSE_H
#define CLI_PARSE_H
/*
 * The command line.  Options may stand anywhere, as --name value or
 * --name=value; what belongs to the command is taken first, then the options
 * of base/conf.def; "--" ends them.  Pure.
 */
#include "cli/command.h"

struct setting {		/* an option of base/conf.def */
	const char *name, *value;
	const char *where;	/* "--log-level", for errors */
};

struct line {
	const struct command *command;	/* NULL: none was named */
	const char     *group;		/* "ca" alone: help about its commands is wanted */
	bool		help;		/* --help or -h */
	bool		version;	/* --version */
	bool		json;		/* --json */
	const char     *config;		/* --config FILE, or NULL */
	const char     *values[MAX_COMMAND_FLAGS];
	const char    **args;
	int		count;
	struct setting *settings;	/* in their order */
	int		setting_count;
};

/* argv as main has it.  Errors: usage, with one sentence. */
bool parse_line(int argc, const char *const *argv, struct arena *, struct line *ret, struct err *);
/* The command of these words ("ca", "add"); *ret_words is how many of them
 * it took.  NULL: there is none. */
const struct command *parse_command(const char *const *words, int count, int *ret_words);
#endif
