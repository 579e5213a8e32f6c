/* The manual page and the tables of docs/, from the same tables as --help. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/help.h"

/* ---- manual page, man(7) ------------------------------------------------------ */

/* roff reads backslashes, hyphens and a dot or quote that begins a line. */
static void
roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

static void
roff_line(const char *before, const char *text, const char *after)
{
	fputs(before, stdout);
	roff(text);
	puts(after);
}

static void
roff_command(const struct command *c)
{
	printf(".TP\n.B ");
	roff(c->name);
	printf("\n");
	if (c->arguments[0] != '\0')
		roff_line(".I ", c->arguments, "\n.br");
	roff_line("", c->help, ".");
	if (c->more != NULL)
		roff_line("", c->more, "");
	if (c->flags[0].name == NULL)
		return;
	puts(".RS");
	for (const struct flag *f = c->flags; f->name != NULL; f++) {
		fputs(".TP\n\\fB\\-\\-", stdout);
		roff(f->name);
		fputs("\\fR", stdout);
		if (f->arg != NULL)
			roff_line(" \\fI", f->arg, "\\fR");
		else
			putchar('\n');
		roff_line("", f->help, "");
	}
	puts(".RE");
}

static void
roff_option(const struct conf_option *o)
{
	fputs(".TP\n\\fB", stdout);
	roff(o->name);
	roff_line("\\fR = \\fI", o->arg, "\\fR");
	roff(o->help);
	if (o->otherwise[0] != '\0')
		roff_line(" (default: ", o->otherwise, ")");
	else
		putchar('\n');
}

void
help_manual(void)
{
	puts(".\\\" Made by certwright config --man.\n.TH CERTWRIGHT 8 \"\" \"certwright " CERTWRIGHT_VERSION "\"\n"
	    ".SH NAME\ncertwright \\- custom hostnames, their certificates, and the news about them\n"
	    ".SH SYNOPSIS\n.B certwright\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fB\\-\\-\\fIOPTION VALUE\\fR]\n"
	    ".SH DESCRIPTION\n"
	    "certwright proves that custom hostnames belong to who brought them, obtains a P\\-256 and an RSA\n"
	    "certificate for each, puts them on the edge, renews them, and tells about every step by webhook.\n"
	    "All state is in one PostgreSQL database; hostnames are added there with SQL or with the commands\n"
	    "below, and \\fBcertwright run\\fR does the work.\n"
	    ".SH COMMANDS\n"
	    "Every command takes \\fB\\-\\-help\\fR, \\fB\\-\\-json\\fR, \\fB\\-\\-config\\fR \\fIFILE\\fR and the options\n"
	    "of the next section.");
	for (const struct command *c = commands; c->name != NULL; c++)
		roff_command(c);
	puts(".SH OPTIONS\n"
	    "Written as \\fIname\\fR = \\fIvalue\\fR in the file, as \\-\\-\\fIname value\\fR on the command line\n"
	    "(hyphens for underscores), and as CERTWRIGHT_\\fINAME\\fR in the environment. The command line wins\n"
	    "over the environment, and that over the file.");
	for (const struct conf_option *o = conf_options; o->name != NULL; o++)
		roff_option(o);
	puts(".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\ntried and failed, or refused\n.TP\n2\nthe command line or an option is wrong\n"
	    ".TP\n3\nwhat was named does not exist\n.TP\n4\nthe database cannot be reached\n"
	    ".TP\n5\nthe database has another schema than this program\n"
	    ".TP\n6\n\\fBcheck\\fR has found something wrong\n"
	    ".SH SIGNALS\n.TP\nSIGTERM, SIGINT\n\\fBrun\\fR finishes what it has begun, within 10 seconds; a second signal stops it at once.\n"
	    ".SH FILES\n.TP\n.I /etc/certwright/certwright.conf\noptions, unless \\fB\\-\\-config\\fR names another file\n"
	    ".TP\n.I /usr/share/publicsuffix/public_suffix_list.dat\nread by \\fBcertwright migrate\\fR");
}

/* ---- Markdown ------------------------------------------------------------------ */

/* A bar would end the cell. */
static void
cell(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			putchar('\\');
		putchar(*text);
	}
}

void
help_options_markdown(void)
{
	puts("# Options\n\n"
	    "<!-- Made by `certwright config --markdown`. -->\n\n"
	    "Order: command line (`--challenge-listen 0.0.0.0:80`), environment (`CERTWRIGHT_CHALLENGE_LISTEN`),\n"
	    "file (`/etc/certwright/certwright.conf`, `challenge_listen = 0.0.0.0:80`), default.\n\n"
	    "| Option | Value | Default | Meaning |\n|---|---|---|---|");
	for (const struct conf_option *o = conf_options; o->name != NULL; o++) {
		printf("| `%s` | ", o->name);
		cell(o->arg);
		printf(" | %s%s%s | ", o->otherwise[0] != '\0' ? "`" : "", o->otherwise,
		    o->otherwise[0] != '\0' ? "`" : "");
		cell(o->help);
		puts(" |");
	}
}

void
help_commands_markdown(void)
{
	puts("# Commands\n\n"
	    "<!-- Made by `certwright config --commands`. -->\n\n"
	    "Every command also takes `--help`, `--json`, `--config FILE` and every [option](options.md).");
	for (const struct command *c = commands; c->name != NULL; c++) {
		printf("\n## certwright %s%s%s\n\n", c->name, c->arguments[0] != '\0' ? " " : "", c->arguments);
		printf("%c%s.", toupper((unsigned char)c->help[0]), c->help + 1);
		if (c->more != NULL)
			printf(" %s", c->more);
		puts("");
		if (c->flags[0].name != NULL)
			puts("\n| Option | Meaning |\n|---|---|");
		for (const struct flag *f = c->flags; f->name != NULL; f++) {
			printf("| `--%s%s", f->name, f->arg != NULL ? " " : "");
			cell(f->arg != NULL ? f->arg : "");
			printf("` | ");
			cell(f->help);
			puts(" |");
		}
	}
}
