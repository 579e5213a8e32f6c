/*
 * Reading foreign JSON.  jansson allows a depth of 2048 and recurses for each
 * level, therefore the depth is counted in the text before it is parsed.
 */
#include <assert.h>
#include <string.h>
#include "base/json.h"

#define MOST_DEPTH 16

/* May count too much in a text that is not JSON, never too little: brackets
 * in strings are skipped by the same rule by which the parser skips them. */
static bool
is_too_deep(const char *bytes, size_t len)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '[' || c == '{') {
			if (++depth > MOST_DEPTH)
				return true;
		} else if (c == ']' || c == '}') {
			depth--;
		}
	}
	return false;
}

/* jansson quotes what it read behind " near "; foreign text has no place in
 * a message of ours. */
static const char *
complaint(struct arena *a, const json_error_t *e)
{
	const char *near = strstr(e->text, " near ");
	int len = near != NULL ? (int)(near - e->text) : (int)strlen(e->text);

	return arena_printf(a, "line %d, column %d: %.*s", e->line, e->column, len, e->text);
}

json_t *
json_read(const char *bytes, size_t len, size_t max, struct arena *a, struct err *ret_err)
{
	json_error_t problem;
	json_t *json;

	if (len > max) {
		err_set(ret_err, ERR_json_bad,
		    arena_printf(a, "%zu bytes are more than the %zu that are taken", len, max));
		return NULL;
	}
	if (is_too_deep(bytes, len)) {
		err_set(ret_err, ERR_json_bad,
		    arena_printf(a, "nested deeper than %d levels", MOST_DEPTH));
		return NULL;
	}
	json = json_loadb(len != 0 ? bytes : "", len, JSON_REJECT_DUPLICATES, &problem);
	if (json == NULL)
		err_set(ret_err, ERR_json_bad, complaint(a, &problem));
	return json;
}

const char *
json_str(const json_t *obj, const char *member)
{
	return json_string_value(json_object_get(obj, member));
}

int64_t
json_int(const json_t *obj, const char *member, int64_t otherwise)
{
	const json_t *j = json_object_get(obj, member);

	return json_is_integer(j) ? json_integer_value(j) : otherwise;
}

bool
json_bool(const json_t *obj, const char *member, bool otherwise)
{
	const json_t *j = json_object_get(obj, member);

	return json_is_boolean(j) ? json_is_true(j) : otherwise;
}

const json_t *
json_list(const json_t *obj, const char *member)
{
	const json_t *j = json_object_get(obj, member);

	return json_is_array(j) ? j : NULL;
}

char *
json_write(struct arena *a, const json_t *j)
{
	size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	size_t len = json_dumpb(j, NULL, 0, flags);
	char *text = arena_alloc(a, len + 1);

	assert(len != 0);	/* NULL, or an object that contains itself */
	json_dumpb(j, text, len, flags);
	return text;
}
