#ifndef CLI_OUT_H
#define CLI_OUT_H
/*
 * What commands print on standard output: tables, one object line by line, or
 * JSON.  Everything comes as JSON from the database; text is shown without
 * control characters, because some of it was written by strangers.
 */
#include <jansson.h>
#include "cli/command.h"

struct column {
	const char *member;	/* of each row's object */
	const char *title;	/* heading */
};

/* An array of objects: JSON as it is, or a table with these columns (ends
 * with a NULL member); `none` is said when there are no rows. */
void out_rows(const struct call *, const json_t *rows, const struct column *, const char *none);
/* One object: JSON, or "title  value" lines. */
void out_object(const struct call *, const json_t *object, const struct column *);
void out_json(const json_t *);
/* A line for a person; nothing with --json. */
void out_line(const struct call *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A value as one line of text ("-" for null), in the arena. */
const char *out_text(struct arena *, const json_t *value);
#endif
