/*
 * certwright: reads the command line, the file and the environment into the
 * options, and calls the command's function.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "io/log.h"

#define DEFAULT_CONFIG "/etc/certwright/certwright.conf"
enum { MAX_CONFIG = 1 << 20, MOST_MEMORY = 256 << 20 };

extern char **environ;

/* The default file may be absent; one that was named may not. */
static bool
read_file(struct conf *conf, const struct line *line, struct arena *a, struct err *err)
{
	const char *path = line->config != NULL ? line->config : DEFAULT_CONFIG;
	char *text;
	size_t len;

	if (line->config == NULL && access(path, F_OK) != 0)
		return true;
	if (!file_read(path, MAX_CONFIG, a, &text, &len, err)) {
		err->code = err_new(ERR_bad_option, NULL).code;
		return false;
	}
	return conf_read_file(conf, a, text, path, err);
}

static bool
read_options(struct conf *conf, const struct line *line, struct arena *a, struct err *err)
{
	conf_defaults(conf);
	if (!read_file(conf, line, a, err) ||
	    !conf_read_environment(conf, a, (const char *const *)environ, err))
		return false;
	for (int i = 0; i < line->setting_count; i++) {
		const struct setting *s = &line->settings[i];

		if (!conf_set(conf, a, s->name, s->value, s->where, err))
			return false;
	}
	return true;
}

static enum exit_code
run(const struct line *line, struct arena *a)
{
	const char *term = getenv("TERM");
	struct conf conf;
	struct call call = { .command = line->command, .conf = &conf, .arena = a, .json = line->json,
		.args = line->args, .count = line->count };
	struct err err;

	memcpy(call.values, line->values, sizeof call.values);
	call.colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL &&
	    term != NULL && strcmp(term, "dumb") != 0;
	if (!read_options(&conf, line, a, &err))
		return call_failed(&err);
	log_setup(conf.log_level, conf.log_format);
	return line->command->run(&call);
}

static enum exit_code
dispatch(int argc, const char *const *argv, struct arena *a)
{
	struct line line;
	struct err err;

	if (!parse_line(argc, argv, a, &line, &err))
		return call_failed(&err);
	if (line.help && line.command != NULL)
		help_command(line.command);
	else if (line.group != NULL)
		help_group(line.group);
	else if (line.help)
		help_all();
	else if (line.version)
		puts("certwright " CERTWRIGHT_VERSION);
	else if (line.command != NULL)
		return run(&line, a);
	else {
		err_set(&err, ERR_usage, "no command was given; certwright help lists them");
		return call_failed(&err);
	}
	return EXIT_DONE;
}

int
main(int argc, char **argv)
{
	auto_arena *a = arena_new(MOST_MEMORY);
	enum exit_code code = dispatch(argc, (const char *const *)argv, a);

	/* a full disk or a closed pipe is a failure too */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("certwright: the output could not be written\n", stderr);
		return code == EXIT_DONE ? EXIT_FAILED : code;
	}
	return code;
}
