/*
 * Two passes over the command line: the first finds the command, because only
 * it says which options take a value; the second reads everything.
 */
#include "cli/parse.h"

#include <assert.h>
#include <string.h>

struct reader {
	struct arena	  *arena;
	struct line	  *line;
	const char *const *argv;
	int		   argc;
	int		   at;		/* next word */
	struct err	  *err;
};

static bool __attribute__((format(printf, 2, 3)))
usage(struct reader *r, const char *fmt, ...)
{
	va_list ap;
	char *detail;

	va_start(ap, fmt);
	detail = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	return err_set(r->err, ERR_usage, detail);
}

/* ---- what an option is ------------------------------------------------------ */

/* "eab-kid" and "eab_kid" are the same name. */
static bool
same_name(const char *have, const char *want, size_t len)
{
	if (strlen(have) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char h = have[i] == '_' ? '-' : have[i];
		char w = want[i] == '_' ? '-' : want[i];

		if (h != w)
			return false;
	}
	return true;
}

static int
find_flag(const struct command *c, const char *name, size_t len)
{
	for (int i = 0; c != NULL && i < MAX_COMMAND_FLAGS && c->flags[i].name != NULL; i++)
		if (same_name(c->flags[i].name, name, len))
			return i;
	return -1;
}

static const struct conf_option *
find_option(const char *name, size_t len)
{
	for (const struct conf_option *o = conf_options; o->name != NULL; o++)
		if (same_name(o->name, name, len))
			return o;
	return NULL;
}

/* A switch of the whole program is noted; false: it is none. */
static bool
take_switch(struct line *line, const char *word)
{
	bool is_help = strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
	bool is_version = strcmp(word, "--version") == 0;
	bool is_json = strcmp(word, "--json") == 0;

	line->help = line->help || is_help;
	line->version = line->version || is_version;
	line->json = line->json || is_json;
	return is_help || is_version || is_json;
}

static bool
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* ---- the first pass: which command ------------------------------------------ */

/* Does this option take the next word?  In the first pass the command is not
 * known; an option of any command counts as that command has it. */
static bool
takes_next_word(const char *word)
{
	const char *name = word + 2;
	size_t len;

	if (strncmp(word, "--", 2) != 0 || strchr(word, '=') != NULL)
		return false;
	len = strlen(name);
	if (same_name("config", name, len) || find_option(name, len) != NULL)
		return true;
	for (const struct command *c = commands; c->name != NULL; c++) {
		int i = find_flag(c, name, len);

		if (i >= 0)
			return c->flags[i].arg != NULL;
	}
	return false;
}

const struct command *
parse_command(const char *const *words, int count, int *ret_words)
{
	for (const struct command *c = commands; c->name != NULL; c++) {
		const char *blank = strchr(c->name, ' ');

		if (count >= 1 && blank == NULL && strcmp(words[0], c->name) == 0) {
			*ret_words = 1;
			return c;
		}
		if (count >= 2 && blank != NULL && strcmp(words[1], blank + 1) == 0 &&
		    strlen(words[0]) == (size_t)(blank - c->name) &&
		    strncmp(words[0], c->name, (size_t)(blank - c->name)) == 0) {
			*ret_words = 2;
			return c;
		}
	}
	return NULL;
}

/* Is it the first word of commands with two? */
static bool
is_group(const char *word)
{
	size_t len = strlen(word);

	for (const struct command *c = commands; c->name != NULL; c++)
		if (strncmp(c->name, word, len) == 0 && c->name[len] == ' ')
			return true;
	return false;
}

/* Finds the command and returns how many words name it; -1: error. */
static int
find_command(struct reader *r)
{
	const char *words[2] = { NULL, NULL };
	int found = 0, taken = 0;

	for (int i = 1; i < r->argc && found < 2; i++) {
		if (strcmp(r->argv[i], "--") == 0)
			break;
		if (!is_option(r->argv[i]))
			words[found++] = r->argv[i];
		else if (takes_next_word(r->argv[i]))
			i++;
	}
	if (found == 0)
		return 0;
	r->line->command = parse_command(words, found, &taken);
	if (r->line->command != NULL)
		return taken;
	if (!is_group(words[0]))
		usage(r, "there is no command \"%.64s\"; certwright help lists them", words[0]);
	else if (found < 2) {
		r->line->group = words[0];
		return 1;
	} else
		usage(r, "there is no command \"%.64s %.64s\"; certwright help %s lists them",
		    words[0], words[1], words[0]);
	return -1;
}

/* ---- the second pass --------------------------------------------------------- */

/* The value behind "=", or the next word; NULL: there is none. */
static const char *
value_of(struct reader *r, const char *word)
{
	const char *equals = strchr(word, '=');

	if (equals != NULL)
		return equals + 1;
	return r->at < r->argc ? r->argv[r->at++] : NULL;
}

static bool
read_flag(struct reader *r, const char *word, const struct command *c, int i)
{
	const struct flag *f = &c->flags[i];
	const char *value = "";

	if (r->line->values[i] != NULL)
		return usage(r, "--%s was given twice", f->name);
	if (f->arg != NULL)
		value = value_of(r, word);
	else if (strchr(word, '=') != NULL)
		return usage(r, "--%s takes no value", f->name);
	if (value == NULL || (f->arg != NULL && value[0] == '\0'))
		return usage(r, "--%s needs a value: --%s %s", f->name, f->name, f->arg);
	r->line->values[i] = value;
	return true;
}

static bool
read_setting(struct reader *r, const char *word, const struct conf_option *o)
{
	const char *shown = arena_strndup(r->arena, word, strcspn(word, "="));
	const char *value = value_of(r, word);

	if (value == NULL)
		return usage(r, "%s needs a value: %s %s", shown, shown, o->arg);
	for (int i = 0; i < r->line->setting_count; i++)
		if (strcmp(r->line->settings[i].name, o->name) == 0)
			return usage(r, "%s was given twice", shown);
	r->line->settings[r->line->setting_count++] = (struct setting){ o->name, value, shown };
	return true;
}

static bool
read_option(struct reader *r, const char *word)
{
	const struct command *c = r->line->command;
	size_t len = strcspn(word, "=");
	const struct conf_option *o;
	int i;

	if (take_switch(r->line, word))
		return true;
	if (strncmp(word, "--", 2) != 0)
		return usage(r, "there is no option %.64s", word);
	if (same_name("config", word + 2, len - 2)) {
		if (r->line->config != NULL)
			return usage(r, "--config was given twice");
		r->line->config = value_of(r, word);
		return r->line->config != NULL || usage(r, "--config needs a value: --config FILE");
	}
	i = find_flag(c, word + 2, len - 2);
	if (c != NULL && i >= 0)
		return read_flag(r, word, c, i);
	o = find_option(word + 2, len - 2);
	if (o != NULL)
		return read_setting(r, word, o);
	if (c != NULL)
		return usage(r, "there is no option %.*s; certwright %s --help lists them",
		    (int)(len < 64 ? len : 64), word, c->name);
	return usage(r, "there is no option %.*s", (int)(len < 64 ? len : 64), word);
}

static bool
read_words(struct reader *r, int command_words)
{
	bool options = true;

	while (r->at < r->argc) {
		const char *word = r->argv[r->at++];

		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (options && is_option(word)) {
			if (!read_option(r, word))
				return false;
		} else if (command_words > 0)
			command_words--;
		else
			r->line->args[r->line->count++] = word;
	}
	return true;
}

static bool
check_count(struct reader *r)
{
	const struct command *c = r->line->command;

	if (c == NULL || r->line->help || r->line->version)
		return true;
	if (r->line->count < c->least)
		return usage(r, "%s needs %s; certwright %s --help tells more", c->name, c->arguments, c->name);
	if (r->line->count > c->most)
		return usage(r, "\"%.64s\" is one word too many for certwright %s",
		    r->line->args[c->most], c->name);
	return true;
}

bool
parse_line(int argc, const char *const *argv, struct arena *a, struct line *ret, struct err *ret_err)
{
	struct line line = { 0 };
	struct reader r = { a, &line, argv, argc, 1, ret_err };
	int words;

	line.args = arena_alloc(a, (size_t)(argc + 1) * sizeof *line.args);
	line.settings = arena_alloc(a, (size_t)(argc + 1) * sizeof *line.settings);
	words = find_command(&r);
	if (words < 0 || !read_words(&r, words) || !check_count(&r))
		return false;
	*ret = line;
	return true;
}

const char *
call_flag(const struct call *call, const char *name)
{
	int i = find_flag(call->command, name, strlen(name));

	assert(i >= 0);	/* the table of commands lacks it */
	return call->values[i];
}

const char *const *
call_list(struct arena *a, const char *text, size_t *ret_count)
{
	const char **list = arena_alloc(a, (strlen(text) + 2) * sizeof *list);
	size_t count = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		size_t from = strspn(text, " ");
		size_t to = len;

		while (to > from && text[to - 1] == ' ')
			to--;
		if (to > from)
			list[count++] = arena_strndup(a, text + from, to - from);
		text += len + (text[len] == ',');
	}
	*ret_count = count;
	return list;
}
