/* Tables and objects for a person, JSON for a program. */
#include "cli/out.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

enum { MAX_COLUMNS = 16, MAX_CELL = 64, CELL_BYTES = 4096, ROW_BYTES = 2 * MAX_COLUMNS * CELL_BYTES };

void
out_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
}

void
out_line(const struct call *call, const char *fmt, ...)
{
	va_list ap;

	if (call->json)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* ---- values as text ------------------------------------------------------------ */

/* "2026-11-20T20:42:00.123456+00:00", or with a Z at its end, to
 * "2026-11-20 20:42:00Z"; the session speaks UTC. */
static bool
put_instant(struct buf *b, const char *text)
{
	size_t len = strlen(text);

	if (len < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
	    (strcmp(text + len - 6, "+00:00") != 0 && text[len - 1] != 'Z'))
		return false;
	return buf_printf(b, "%.10s %.8sZ", text, text + 11);
}

static void
put_value(struct buf *b, const json_t *value)
{
	size_t i;
	json_t *item;

	switch (json_typeof(value)) {
	case JSON_STRING:
		if (!put_instant(b, json_string_value(value)))
			buf_puts(b, json_string_value(value));
		return;
	case JSON_INTEGER:
		buf_printf(b, "%lld", (long long)json_integer_value(value));
		return;
	case JSON_REAL:
		buf_printf(b, "%g", json_real_value(value));
		return;
	case JSON_TRUE:
		buf_puts(b, "yes");
		return;
	case JSON_FALSE:
		buf_puts(b, "no");
		return;
	case JSON_NULL:
		return;
	case JSON_ARRAY:
		json_array_foreach(value, i, item) {
			if (i > 0)
				buf_puts(b, ", ");
			put_value(b, item);
		}
		return;
	case JSON_OBJECT: {
		char *text = json_dumps(value, JSON_COMPACT);

		buf_puts(b, text);
		free(text);
		return;
	}
	}
}

const char *
out_text(struct arena *a, const json_t *value)
{
	auto_buf b = { 0 };

	buf_init(&b, CELL_BYTES);
	if (value != NULL)
		put_value(&b, value);
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)b.data[i] < 0x20 || b.data[i] == 0x7f)
			b.data[i] = ' ';
	return b.len > 0 ? arena_strdup(a, b.data) : "-";
}

/* ---- tables ---------------------------------------------------------------------- */

/* Characters, where each octet that does not continue one begins one. */
static int
width_of(const char *text)
{
	int width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static bool
is_among(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

/* Green for what is well, red for what needs somebody, else nothing. */
static const char *
colour_of(const struct call *call, const char *text)
{
	static const char *const good[] = { "active", "delivered", "satisfied", "ok", NULL };
	static const char *const bad[] = { "moved", "blocked", "dead", "validation_timed_out",
		"issuance_timed_out", "deployment_timed_out", "expired", NULL };

	if (!call->colour)
		return NULL;
	if (is_among(text, good))
		return "\033[32m";
	return is_among(text, bad) ? "\033[31m" : NULL;
}

/* Blanks behind a cell, but none at the end of a line. */
static void
put_cell(const struct call *call, const char *text, int width, bool is_last)
{
	const char *colour = colour_of(call, text);

	printf("%s%s%s", colour != NULL ? colour : "", text, colour != NULL ? "\033[0m" : "");
	width -= width_of(text);
	if (!is_last)
		printf("%*s", (width > 0 ? width : 0) + 2, "");
}

/* Wide enough for every cell, but one long cell does not push the rest away. */
static void
measure(const json_t *row, const struct column *columns, int count, int *width)
{
	auto_arena *a = arena_new(ROW_BYTES);

	for (int c = 0; c < count; c++) {
		int w = width_of(out_text(a, json_object_get(row, columns[c].member)));

		if (w > width[c])
			width[c] = w < MAX_CELL ? w : MAX_CELL;
	}
}

static void
print_row(const struct call *call, const json_t *row, const struct column *columns, int count,
    const int *width)
{
	auto_arena *a = arena_new(ROW_BYTES);

	for (int c = 0; c < count; c++)
		put_cell(call, out_text(a, json_object_get(row, columns[c].member)), width[c],
		    c + 1 == count);
	putchar('\n');
}

static void
print_table(const struct call *call, const json_t *rows, const struct column *columns, int count)
{
	int width[MAX_COLUMNS];
	size_t i;
	json_t *row;

	for (int c = 0; c < count; c++)
		width[c] = width_of(columns[c].title);
	json_array_foreach(rows, i, row)
		measure(row, columns, count, width);
	for (int c = 0; c < count; c++)
		put_cell(call, columns[c].title, width[c], c + 1 == count);
	putchar('\n');
	json_array_foreach(rows, i, row)
		print_row(call, row, columns, count, width);
}

void
out_rows(const struct call *call, const json_t *rows, const struct column *columns, const char *none)
{
	int count = 0;

	if (call->json) {
		out_json(rows);
		return;
	}
	while (count < MAX_COLUMNS && columns[count].member != NULL)
		count++;
	if (json_array_size(rows) == 0)
		puts(none);
	else
		print_table(call, rows, columns, count);
}

void
out_object(const struct call *call, const json_t *object, const struct column *columns)
{
	int width = 0;

	if (call->json) {
		out_json(object);
		return;
	}
	for (const struct column *c = columns; c->member != NULL; c++)
		if (width_of(c->title) > width)
			width = width_of(c->title);
	for (const struct column *c = columns; c->member != NULL; c++) {
		printf("%s%*s", c->title, width - width_of(c->title) + 2, "");
		put_cell(call, out_text(call->arena, json_object_get(object, c->member)), 0, true);
		putchar('\n');
	}
}

/* ---- errors ---------------------------------------------------------------------- */

static enum exit_code
exit_code_of(const char *code)
{
	static const struct { const char *code; enum exit_code exit; } table[] = {
		{ "bad_option", EXIT_USAGE },
		{ "key_file", EXIT_USAGE },
		{ "usage", EXIT_USAGE },
		{ "not_found", EXIT_NOT_FOUND },
		{ "database_down", EXIT_DATABASE },
		{ "schema_old", EXIT_SCHEMA },
		{ "schema_new", EXIT_SCHEMA },
		{ "schema_changed", EXIT_SCHEMA },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i].code, code) == 0)
			return table[i].exit;
	return EXIT_FAILED;
}

enum exit_code
call_failed(const struct err *err)
{
	const char *text = err->detail != NULL ? err->detail : err_sentence(err->code);

	fflush(stdout);
	fputs("certwright: ", stderr);
	for (; *text != '\0'; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, stderr);
	fputc('\n', stderr);
	return exit_code_of(err->code);
}
