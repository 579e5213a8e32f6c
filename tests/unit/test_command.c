/* The command line: commands, their options, what is refused and how; and the
 * table of commands itself. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>

#include "cli/parse.h"

enum { MOST_WORDS = 16 };

/* Splits at blanks; "certwright" is put before it. */
static bool
parse(struct arena *a, const char *text, struct line *ret, struct err *err)
{
	const char *argv[MOST_WORDS] = { "certwright" };
	int argc = 1;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		argv[argc++] = arena_strndup(a, text, len);
		text += len + (text[len] == ' ');
	}
	return parse_line(argc, argv, a, ret, err);
}

static const struct { const char *text, *command; int count; } good[] = {
	{ "migrate", "migrate", 0 },
	{ "status", "status", 0 },
	{ "status shop.example.com", "status", 1 },
	{ "ca add pebble --directory https://ca/dir", "ca add", 1 },
	{ "--directory https://ca/dir ca add pebble", "ca add", 1 },
	{ "--directory=https://ca/dir ca add pebble", "ca add", 1 },
	{ "--database dbname=x ca --log-level debug list", "ca list", 0 },
	{ "ca --json list", "ca list", 0 },
	{ "ca add x --rate-limits none --disabled --directory-rsa https://ca/rsa", "ca add", 1 },
	{ "ca edit --enabled x --preferred-chain Root", "ca edit", 1 },
	{ "ca rollover x", "ca rollover", 1 },
	{ "renew x --zone z", "renew", 1 },
	{ "--once run", "run", 0 },
	{ "run --once", "run", 0 },
	{ "help ca add", "help", 2 },
	{ "zone add -- --odd-name", "zone add", 1 },
	{ "hostname add x --wildcard --zone z", "hostname add", 1 },
	{ "hostname add --wildcard x --zone z", "hostname add", 1 },
	{ "zone edit --no-revoke-on-delete shop", "zone edit", 1 },
	{ "hold --subdomains add x --reason y", "hold add", 1 },
	{ "check x --zone z", "check", 1 },
};

Test(command, commands_and_their_arguments_are_found_wherever_options_stand)
{
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		auto_arena *a = arena_new(1 << 16);
		struct line line;
		struct err err;

		cr_assert(parse(a, good[i].text, &line, &err), "%s: %s", good[i].text, err.detail);
		cr_assert_not_null(line.command, "%s", good[i].text);
		cr_assert_str_eq(line.command->name, good[i].command, "%s", good[i].text);
		cr_assert_eq(line.count, good[i].count, "%s", good[i].text);
	}
}

static const struct { const char *text, *detail; } bad[] = {
	{ "nonsense", "there is no command \"nonsense\"; certwright help lists them" },
	{ "ca frobnicate", "there is no command \"ca frobnicate\"; certwright help ca lists them" },
	{ "status --frob", "there is no option --frob; certwright status --help lists them" },
	{ "--frob=1 status", "there is no option --frob; certwright status --help lists them" },
	{ "status -x", "there is no option -x" },
	{ "migrate now", "\"now\" is one word too many for certwright migrate" },
	{ "refresh", "refresh needs HOSTNAME; certwright refresh --help tells more" },
	{ "renew", "renew needs HOSTNAME; certwright renew --help tells more" },
	{ "ca rollover", "ca rollover needs NAME; certwright ca rollover --help tells more" },
	{ "ca add x --enabled", "there is no option --enabled; certwright ca add --help lists them" },
	{ "hostname add", "hostname add needs HOSTNAME; certwright hostname add --help tells more" },
	{ "status --database", "--database needs a value: --database CONNINFO" },
	{ "status --config", "--config needs a value: --config FILE" },
	{ "status --database a --database b", "--database was given twice" },
	{ "status --log-level=debug --log_level=info", "--log_level was given twice" },
	{ "ca add x --directory", "--directory needs a value: --directory URL" },
	{ "ca add x --directory=", "--directory needs a value: --directory URL" },
	{ "ca add x --caa a --caa b", "--caa was given twice" },
	{ "run --once=yes", "--once takes no value" },
	{ "run --wildcard", "there is no option --wildcard; certwright run --help lists them" },
};

Test(command, what_is_wrong_is_said_in_one_sentence)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		auto_arena *a = arena_new(1 << 16);
		struct line line = { .count = 77 };
		struct err err;

		cr_assert_not(parse(a, bad[i].text, &line, &err), "%s", bad[i].text);
		cr_assert_str_eq(err.code, "usage", "%s", bad[i].text);
		cr_assert_str_eq(err.detail, bad[i].detail);
		cr_assert_eq(line.count, 77, "%s: the output was touched", bad[i].text);
	}
}

Test(command, values_go_to_the_options_of_the_command_or_of_the_program)
{
	auto_arena *a = arena_new(1 << 16);
	struct line line;
	struct call call = { 0 };

	cr_assert(parse(a, "hostname add x --zone shop --method=txt --http_port 81 --json", &line, NULL));
	call.command = line.command;
	memcpy(call.values, line.values, sizeof call.values);
	cr_assert_str_eq(call_flag(&call, "zone"), "shop");
	cr_assert_str_eq(call_flag(&call, "method"), "txt");
	cr_assert_null(call_flag(&call, "wildcard"));
	cr_assert(line.json);
	cr_assert_eq(line.setting_count, 1);
	cr_assert_str_eq(line.settings[0].name, "http_port");
	cr_assert_str_eq(line.settings[0].value, "81");
	cr_assert_str_eq(line.settings[0].where, "--http_port");
}

Test(command, a_switch_takes_no_word_away)
{
	auto_arena *a = arena_new(1 << 16);
	struct line line;

	cr_assert(parse(a, "hostname add --wildcard shop.example.com", &line, NULL));
	cr_assert_str_eq(line.args[0], "shop.example.com");
}

Test(command, help_is_given_even_when_arguments_are_missing)
{
	auto_arena *a = arena_new(1 << 16);
	struct line line;

	cr_assert(parse(a, "hostname add --help", &line, NULL));
	cr_assert(line.help);
	cr_assert(parse(a, "ca", &line, NULL));
	cr_assert_str_eq(line.group, "ca");
	cr_assert(parse(a, "", &line, NULL));
	cr_assert_null(line.command);
}

Test(command, a_list_is_split_at_commas_and_blanks_do_not_count)
{
	auto_arena *a = arena_new(1 << 16);
	size_t count;
	const char *const *list = call_list(a, " a.example, b.example,,c ", &count);

	cr_assert_eq(count, 3);
	cr_assert_str_eq(list[0], "a.example");
	cr_assert_str_eq(list[1], "b.example");
	cr_assert_str_eq(list[2], "c");
	cr_assert_null(list[3]);
	call_list(a, "", &count);
	cr_assert_eq(count, 0);
}

Test(command, every_command_is_explained_and_named_once)
{
	for (const struct command *c = commands; c->name != NULL; c++) {
		cr_assert_gt(strlen(c->help), 8, "%s", c->name);
		cr_assert_leq(c->least, c->most, "%s", c->name);
		cr_assert_eq(c->most == 0, c->arguments[0] == '\0', "%s", c->name);
		cr_assert_not_null(c->run, "%s", c->name);
		for (const struct command *other = c + 1; other->name != NULL; other++)
			cr_assert_str_neq(c->name, other->name);
	}
}

Test(command, no_option_of_a_command_hides_one_of_the_program)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		for (const struct flag *f = c->flags; f->name != NULL; f++) {
			cr_assert_str_neq(f->name, "config");
			cr_assert_str_neq(f->name, "json");
			cr_assert_str_neq(f->name, "help");
			for (const struct conf_option *o = conf_options; o->name != NULL; o++)
				cr_assert_str_neq(f->name, o->name, "%s", c->name);
		}
}

/* The first pass over the line does not know the command yet. */
Test(command, an_option_takes_a_value_in_all_commands_or_in_none)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		for (const struct flag *f = c->flags; f->name != NULL; f++)
			for (const struct command *d = commands; d->name != NULL; d++)
				for (const struct flag *g = d->flags; g->name != NULL; g++)
					if (strcmp(f->name, g->name) == 0)
						cr_assert_eq(f->arg == NULL, g->arg == NULL, "--%s of %s and %s",
						    f->name, c->name, d->name);
}

static const struct { enum err_code code; enum exit_code exit; } exits[] = {
	{ ERR_internal, EXIT_FAILED },
	{ ERR_database_refused, EXIT_FAILED },
	{ ERR_usage, EXIT_USAGE },
	{ ERR_bad_option, EXIT_USAGE },
	{ ERR_key_file, EXIT_USAGE },
	{ ERR_not_found, EXIT_NOT_FOUND },
	{ ERR_database_down, EXIT_DATABASE },
	{ ERR_schema_old, EXIT_SCHEMA },
	{ ERR_schema_new, EXIT_SCHEMA },
	{ ERR_schema_changed, EXIT_SCHEMA },
};

Test(command, exit_codes_are_stable, .init = cr_redirect_stderr)
{
	static const int numbers[] = { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_NOT_FOUND, EXIT_DATABASE, EXIT_SCHEMA,
		EXIT_UNWELL };

	for (int i = 0; i < 7; i++)
		cr_assert_eq(numbers[i], i);
	for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++) {
		struct err err = err_new(exits[i].code, NULL);

		cr_assert_eq(call_failed(&err), exits[i].exit, "%s", err.code);
	}
}

Test(command, an_error_is_one_line_without_control_characters, .init = cr_redirect_stderr)
{
	struct err err = err_new(ERR_not_found, "no\nsuch \033[31mthing");

	call_failed(&err);
	fflush(stderr);
	cr_assert_stderr_eq_str("certwright: no such  [31mthing\n");
}
