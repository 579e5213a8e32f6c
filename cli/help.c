/* Help for a person at a terminal; cli/manual.c makes the written kind. */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 80, NAME_WIDTH = 18 };

/* Words of `text` from column `left` on, as many as fit a line. */
static void
wrapped(const char *text, int left)
{
	int column = left;

	while (*text != '\0') {
		int len = (int)strcspn(text, " ");

		if (column > left && column + 1 + len > WIDTH) {
			printf("\n%*s", left, "");
			column = left;
		} else if (column > left) {
			putchar(' ');
			column++;
		}
		printf("%.*s", len, text);
		column += len;
		text += len + (text[len] == ' ');
	}
	putchar('\n');
}

static void
item(const char *name, const char *help)
{
	printf("  %-*s", NAME_WIDTH, name);
	if (strlen(name) > NAME_WIDTH - 2)
		printf("\n%*s", NAME_WIDTH + 2, "");
	wrapped(help, NAME_WIDTH + 2);
}

static const char exit_codes[] =
    "Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 not found,\n"
    "4 database unreachable, 5 another schema than this program's,\n"
    "6 check has found something wrong.\n";

void
help_all(void)
{
	printf("certwright: custom hostnames, their certificates, and the news about them\n\n"
	    "usage: certwright COMMAND [ARGUMENTS] [--OPTION VALUE]\n\n");
	for (const struct command *c = commands; c->name != NULL; c++)
		item(c->name, c->help);
	printf("\nFor every command:\n");
	item("--help", "what the command does and its options");
	item("--json", "print JSON");
	item("--config FILE", "read options from FILE, not from /etc/certwright/certwright.conf");
	printf("\nOptions (command line, CERTWRIGHT_<NAME>, file, default):\n");
	for (const struct conf_option *o = conf_options; o->name != NULL; o++) {
		char name[64] = "--";

		for (size_t i = 0; o->name[i] != '\0' && i < sizeof name - 3; i++)
			name[i + 2] = o->name[i] == '_' ? '-' : o->name[i];
		item(name, o->help);
	}
	printf("\n%s", exit_codes);
}

bool
help_has_group(const char *group)
{
	size_t len = strlen(group);

	for (const struct command *c = commands; c->name != NULL; c++)
		if (strncmp(c->name, group, len) == 0 && c->name[len] == ' ')
			return true;
	return false;
}

void
help_group(const char *group)
{
	size_t len = strlen(group);

	printf("usage: certwright %s COMMAND\n\n", group);
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strncmp(c->name, group, len) == 0 && c->name[len] == ' ')
			item(c->name, c->help);
}

void
help_command(const struct command *c)
{
	printf("usage: certwright %s%s%s%s\n\n", c->name, c->arguments[0] != '\0' ? " " : "",
	    c->arguments, c->flags[0].name != NULL ? " [OPTIONS]" : "");
	printf("%c", c->help[0] >= 'a' && c->help[0] <= 'z' ? c->help[0] - 'a' + 'A' : c->help[0]);
	wrapped(c->help + 1, 1);
	if (c->more != NULL)
		wrapped(c->more, 0);
	if (c->flags[0].name != NULL)
		putchar('\n');
	for (const struct flag *f = c->flags; f->name != NULL; f++) {
		char name[64];

		snprintf(name, sizeof name, "--%s%s%s", f->name, f->arg != NULL ? " " : "",
		    f->arg != NULL ? f->arg : "");
		item(name, f->help);
	}
	printf("\n--json and every option of certwright help may be given as well.\n");
}
