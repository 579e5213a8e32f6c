#ifndef BASE_CONF_H
#define BASE_CONF_H
/*
 * Options.  One table, base/conf.def, gives the struct, the parser, --help,
 * the sample file, the manual and the CERTWRIGHT_<NAME> variables.  Order:
 * command line, environment, file, default.  Pure: the caller hands in the
 * file's text and the environment.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

/* CONF_TEXT: const char * ("" when unset); CONF_BOOL: bool (on/off, yes/no,
 * true/false, 1/0); CONF_INT: int64_t within its range; CONF_SPAN: int64_t
 * seconds, written 90, 90s, 5m, 2h, 7d. */
struct conf {
#define CONF_TEXT(name, otherwise, arg, help) const char *name;
#define CONF_BOOL(name, otherwise, help) bool name;
#define CONF_INT(name, otherwise, min, max, help) int64_t name;
#define CONF_SPAN(name, otherwise, min, max, help) int64_t name;
#include "base/conf.def"
#undef CONF_TEXT
#undef CONF_BOOL
#undef CONF_INT
#undef CONF_SPAN
};

struct conf_option {
	const char *name;	/* "challenge_listen" */
	const char *kind;	/* "text", "bool", "int", "span" */
	const char *otherwise;	/* default as conf_text gives it */
	const char *arg;	/* what a value looks like: "ADDRESS:PORT" */
	const char *help;	/* one paragraph */
};
extern const struct conf_option conf_options[];	/* ends with a NULL name */

/* All defaults.  Strings of a conf live in the arena. */
void conf_defaults(struct conf *);
/* Set one option from text, its name spelled with _ or -; `where` is what an error names ("--log-level",
 * "CERTWRIGHT_LOG_LEVEL", "/etc/certwright/certwright.conf line 3").  Unknown
 * names and bad values: false, code bad_option, one clear sentence. */
bool conf_set(struct conf *, struct arena *, const char *name, const char *value,
    const char *where, struct err *);
/* `name = value` lines; # comments; blank lines.  Every line is checked. */
bool conf_read_file(struct conf *, struct arena *, const char *text, const char *path, struct err *);
/* environ-like list: takes CERTWRIGHT_X, ignores the rest; an unknown
 * CERTWRIGHT_ name is an error. */
bool conf_read_environment(struct conf *, struct arena *, const char *const *environment, struct err *);
/* The value as text, as the file would have it. */
const char *conf_text(const struct conf *, struct arena *, const char *name);
/* The sample file: every option commented out with its help and default. */
char *conf_sample(struct arena *);
#endif
