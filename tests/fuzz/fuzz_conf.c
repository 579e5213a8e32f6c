/* The options' file and environment: all of it or nothing, and written out it reads the same. */
#include <string.h>
#include "base/buf.h"
#include "base/conf.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 1 << 20, MOST = 1 << 15 };

static void
check_same(const struct conf *x, const struct conf *y, struct arena *a)
{
	for (const struct conf_option *o = conf_options; o->name != NULL; o++)
		assert(strcmp(conf_text(x, a, o->name), conf_text(y, a, o->name)) == 0);
}

static void
check_file(struct arena *a, const char *text)
{
	struct conf before, c, again;
	auto_buf out = { 0 };
	struct err err = { 0 };

	memset(&before, 0, sizeof before);
	conf_defaults(&before);
	memcpy(&c, &before, sizeof c);
	if (!conf_read_file(&c, a, text, "file", &err)) {
		fuzz_check_code(&err, "bad_option");
		assert(strncmp(err.detail, "file line ", 10) == 0);
		check_same(&c, &before, a);
		return;
	}
	buf_init(&out, 4 * MOST);
	for (const struct conf_option *o = conf_options; o->name != NULL; o++)
		assert(buf_printf(&out, "%s = %s\n", o->name, conf_text(&c, a, o->name)));
	conf_defaults(&again);
	assert(conf_read_file(&again, a, out.data, "again", NULL));
	check_same(&c, &again, a);
}

/* Lines as entries.  The values are those of conf_set. */
static void
check_environment(struct arena *a, const char *text)
{
	enum { ENTRIES = 64 };
	const char *entries[ENTRIES + 1] = { NULL };
	char *rest = arena_strdup(a, text);
	struct conf before, c;
	struct err err = { 0 };

	for (size_t i = 0; i < ENTRIES && rest != NULL; i++)
		entries[i] = strsep(&rest, "\n");
	conf_defaults(&before);
	c = before;
	if (!conf_read_environment(&c, a, entries, &err)) {
		assert(strcmp(err.code, "bad_option") == 0 &&
		    strncmp(err.detail, "CERTWRIGHT_", 11) == 0);
		check_same(&c, &before, a);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA + 64 * size);
	const char *text = fuzz_text(a, data, size);

	if (size > MOST)
		return 0;
	check_file(a, text);
	check_environment(a, text);
	return 0;
}
