/*
 * Options, generated from base/conf.def.  Every value, defaults and bounds
 * too, goes through the same parser of text.
 */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/conf.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

const struct conf_option conf_options[] = {
#define CONF_TEXT(name, otherwise, arg, help) { #name, "text", otherwise, arg, help },
#define CONF_BOOL(name, otherwise, help) { #name, "bool", #otherwise, "on|off", help },
#define CONF_INT(name, otherwise, min, max, help) { #name, "int", #otherwise, "NUMBER", help },
#define CONF_SPAN(name, otherwise, min, max, help) { #name, "span", #otherwise, "SPAN", help },
#include "base/conf.def"
#undef CONF_TEXT
#undef CONF_BOOL
#undef CONF_INT
#undef CONF_SPAN
	{ 0 }
};

/* Where an option lives in the struct and what it may be: for each entry of
 * conf_options the one with the same index. */
static const struct slot {
	size_t at;
	enum { TEXT, BOOL, INT, SPAN } kind;
	const char *min;
	const char *max;
} slots[] = {
#define CONF_TEXT(name, otherwise, arg, help) { offsetof(struct conf, name), TEXT, NULL, NULL },
#define CONF_BOOL(name, otherwise, help) { offsetof(struct conf, name), BOOL, NULL, NULL },
#define CONF_INT(name, otherwise, min, max, help) { offsetof(struct conf, name), INT, #min, #max },
#define CONF_SPAN(name, otherwise, min, max, help) { offsetof(struct conf, name), SPAN, #min, #max },
#include "base/conf.def"
#undef CONF_TEXT
#undef CONF_BOOL
#undef CONF_INT
#undef CONF_SPAN
};

#define COUNT (sizeof slots / sizeof slots[0])

/* Text options that know only a few words. */
static const struct choice {
	const char *name;
	const char *words[5];
	const char *listed;
} choices[] = {
	{ "log_level", { "debug", "info", "warning", "error" }, "debug, info, warning or error" },
	{ "log_format", { "logfmt", "json" }, "logfmt or json" },
};

/* The index of an option, COUNT if there is none; '-' is taken for '_'. */
static size_t
find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++) {
		const char *have = conf_options[i].name;
		const char *want = name;

		while (*have != '\0' && (*have == *want || (*have == '_' && *want == '-')))
			have++, want++;
		if (*have == '\0' && *want == '\0')
			return i;
	}
	return COUNT;
}

/* Digits with an optional minus sign; *ret_end is what follows them. */
static bool
parse_digits(const char *text, int64_t *ret, const char **ret_end)
{
	bool negative = *text == '-';
	const char *p = text + negative;
	int64_t n = 0;

	if (!isdigit((unsigned char)*p))
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *p - '0', &n))
			return false;
	}
	*ret = negative ? -n : n;
	*ret_end = p;
	return true;
}

static bool
parse_int(const char *text, int64_t *ret)
{
	const char *end;
	int64_t n;

	if (!parse_digits(text, &n, &end) || *end != '\0')
		return false;
	*ret = n;
	return true;
}

static bool
parse_span(const char *text, int64_t *ret)
{
	static const struct { const char *name; int64_t seconds; } units[] = {
		{ "", 1 }, { "s", 1 }, { "m", MINUTE }, { "h", HOUR }, { "d", DAY },
	};
	const char *end;
	int64_t n;

	if (!parse_digits(text, &n, &end))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(end, units[i].name) == 0)
			return !__builtin_mul_overflow(n, units[i].seconds, ret);
	}
	return false;
}

static bool
parse_bool(const char *text, bool *ret)
{
	static const struct { const char *word; bool value; } words[] = {
		{ "on", true }, { "yes", true }, { "true", true }, { "1", true },
		{ "off", false }, { "no", false }, { "false", false }, { "0", false },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(text, words[i].word) == 0) {
			*ret = words[i].value;
			return true;
		}
	}
	return false;
}

static bool
is_within(int64_t n, const struct slot *slot)
{
	int64_t min, max;
	bool ok = slot->kind == SPAN ?
	    parse_span(slot->min, &min) && parse_span(slot->max, &max) :
	    parse_int(slot->min, &min) && parse_int(slot->max, &max);

	assert(ok);	/* else conf.def is wrong */
	return min <= n && n <= max;
}

static const struct choice *
choice_of(const char *name)
{
	for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
		if (strcmp(name, choices[i].name) == 0)
			return &choices[i];
	}
	return NULL;
}

static bool
is_good_text(const char *name, const char *value)
{
	const struct choice *c = choice_of(name);

	if (c == NULL)
		return true;
	for (size_t i = 0; c->words[i] != NULL; i++) {
		if (strcmp(value, c->words[i]) == 0)
			return true;
	}
	return false;
}

/* Parses and stores; `value` must outlive the conf.  False: it is not what
 * the option may be, and nothing was stored. */
static bool
store(struct conf *c, size_t i, const char *value)
{
	const struct slot *slot = &slots[i];
	char *field = (char *)c + slot->at;
	int64_t n;
	bool b;

	switch (slot->kind) {
	case TEXT:
		if (!is_good_text(conf_options[i].name, value))
			return false;
		memcpy(field, &value, sizeof value);
		return true;
	case BOOL:
		if (!parse_bool(value, &b))
			return false;
		memcpy(field, &b, sizeof b);
		return true;
	case INT:
		if (!parse_int(value, &n) || !is_within(n, slot))
			return false;
		memcpy(field, &n, sizeof n);
		return true;
	case SPAN:
		if (!parse_span(value, &n) || !is_within(n, slot))
			return false;
		memcpy(field, &n, sizeof n);
		return true;
	}
	return false;
}

void
conf_defaults(struct conf *c)
{
	*c = (struct conf){ 0 };
	for (size_t i = 0; i < COUNT; i++) {
		bool ok = store(c, i, conf_options[i].otherwise);

		assert(ok);	/* else conf.def is wrong */
	}
}

/* What the option must be, as the end of "NAME must be …". */
static const char *
expectation(struct arena *a, size_t i)
{
	const struct choice *c = choice_of(conf_options[i].name);

	switch (slots[i].kind) {
	case TEXT:
		return c != NULL ? c->listed : conf_options[i].arg;
	case BOOL:
		return "on or off";
	case INT:
		return arena_printf(a, "a whole number from %s to %s", slots[i].min, slots[i].max);
	case SPAN:
		return arena_printf(a, "a span such as 90s, 5m, 2h or 7d, from %s to %s",
		    slots[i].min, slots[i].max);
	}
	return "";
}

/* The beginning of a text as an error repeats it: in one line. */
static const char *
shown(struct arena *a, const char *text)
{
	char *copy = arena_strndup(a, text, 64);

	for (char *p = copy; *p != '\0'; p++) {
		if (iscntrl((unsigned char)*p))
			*p = ' ';
	}
	return copy;
}

bool
conf_set(struct conf *c, struct arena *a, const char *name, const char *value,
    const char *where, struct err *ret_err)
{
	size_t i = find(name);
	const char *copy;

	if (i == COUNT)
		return err_set(ret_err, ERR_bad_option,
		    arena_printf(a, "%s: there is no such option", where));
	copy = arena_strdup(a, value);
	if (!store(c, i, copy))
		return err_set(ret_err, ERR_bad_option,
		    arena_printf(a, "%s: %s must be %s, not \"%s\"", where,
		    conf_options[i].name, expectation(a, i), shown(a, value)));
	return true;
}

/* The text between two ends without the blanks at either. */
static char *
trim(struct arena *a, const char *from, const char *to)
{
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	return arena_strndup(a, from, (size_t)(to - from));
}

/* One line of the file that is neither blank nor a comment.  seen[] has for
 * each option the line that set it. */
static bool
read_line(struct conf *c, struct arena *a, const char *line, const char *where,
    int number, int seen[], struct err *ret_err)
{
	const char *equals = strchr(line, '=');
	const char *name, *value;
	size_t i;

	if (equals == NULL)
		return err_set(ret_err, ERR_bad_option,
		    arena_printf(a, "%s: a line reads name = value", where));
	name = trim(a, line, equals);
	value = trim(a, equals + 1, equals + strlen(equals));
	i = find(name);
	if (i == COUNT)
		return err_set(ret_err, ERR_bad_option,
		    arena_printf(a, "%s: %s: there is no such option", where, shown(a, name)));
	if (seen[i] != 0)
		return err_set(ret_err, ERR_bad_option,
		    arena_printf(a, "%s: %s was set in line %d already", where,
		    conf_options[i].name, seen[i]));
	seen[i] = number;
	return conf_set(c, a, name, value, where, ret_err);
}

bool
conf_read_file(struct conf *c, struct arena *a, const char *text, const char *path,
    struct err *ret_err)
{
	struct conf result = *c;
	int seen[COUNT] = { 0 };

	for (int number = 1; *text != '\0'; number++) {
		const char *end = text + strcspn(text, "\n");
		const char *line = trim(a, text, end);

		if (line[0] != '\0' && line[0] != '#' &&
		    !read_line(&result, a, line, arena_printf(a, "%s line %d", path, number),
		    number, seen, ret_err))
			return false;
		text = *end != '\0' ? end + 1 : end;
	}
	*c = result;
	return true;
}

bool
conf_read_environment(struct conf *c, struct arena *a, const char *const *environment,
    struct err *ret_err)
{
	static const char prefix[] = "CERTWRIGHT_";
	struct conf result = *c;

	for (; *environment != NULL; environment++) {
		const char *entry = *environment;
		const char *equals = strchr(entry, '=');
		char *where, *name;

		if (equals == NULL || strncmp(entry, prefix, sizeof prefix - 1) != 0)
			continue;
		where = arena_strndup(a, entry, (size_t)(equals - entry));
		name = arena_strdup(a, where + sizeof prefix - 1);
		/* the variable is spelled in capitals, and only so */
		for (char *p = name; *p != '\0'; p++)
			*p = islower((unsigned char)*p) || *p == '-' ? '?' : (char)tolower((unsigned char)*p);
		if (!conf_set(&result, a, name, equals + 1, where, ret_err))
			return false;
	}
	*c = result;
	return true;
}

static const char *
span_text(struct arena *a, int64_t seconds)
{
	if (seconds != 0 && seconds % DAY == 0)
		return arena_printf(a, "%lldd", (long long)(seconds / DAY));
	if (seconds != 0 && seconds % HOUR == 0)
		return arena_printf(a, "%lldh", (long long)(seconds / HOUR));
	if (seconds != 0 && seconds % MINUTE == 0)
		return arena_printf(a, "%lldm", (long long)(seconds / MINUTE));
	return arena_printf(a, "%llds", (long long)seconds);
}

const char *
conf_text(const struct conf *c, struct arena *a, const char *name)
{
	size_t i = find(name);
	const char *field, *text;
	int64_t n;
	bool b;

	assert(i < COUNT);	/* names come from conf_options */
	field = (const char *)c + slots[i].at;
	switch (slots[i].kind) {
	case TEXT:
		memcpy(&text, field, sizeof text);
		return text;
	case BOOL:
		memcpy(&b, field, sizeof b);
		return b ? "on" : "off";
	case INT:
		memcpy(&n, field, sizeof n);
		return arena_printf(a, "%lld", (long long)n);
	case SPAN:
		memcpy(&n, field, sizeof n);
		return span_text(a, n);
	}
	return "";
}

char *
conf_sample(struct arena *a)
{
	auto_buf b = { 0 };

	buf_init(&b, 65536);
	buf_puts(&b, "# certwright: every option, with its default.\n"
	    "# The command line and CERTWRIGHT_<NAME> in the environment win over this file.\n");
	for (const struct conf_option *o = conf_options; o->name != NULL; o++) {
		buf_printf(&b, "\n# %s\n# %s\n#%s =%s%s\n", o->help, o->arg,
		    o->name, o->otherwise[0] != '\0' ? " " : "", o->otherwise);
	}
	assert(!b.overflow);
	return arena_strdup(a, b.data);
}
