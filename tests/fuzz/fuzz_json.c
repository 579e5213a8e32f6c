/* JSON: bounded depth, no duplicates, and written again it is the same. */
#include <string.h>
#include "base/json.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 1 << 16, ARENA = 4 << 20, MOST_DEPTH = 16 };

static int
depth_of(const json_t *json)
{
	const char *key;
	json_t *one;
	size_t i;
	int most = 0;

	json_array_foreach((json_t *)(uintptr_t)json, i, one) most =
	    depth_of(one) > most ? depth_of(one) : most;
	json_object_foreach((json_t *)(uintptr_t)json, key, one) most =
	    depth_of(one) > most ? depth_of(one) : most;
	return json_is_object(json) || json_is_array(json) ? most + 1 : 0;
}

/* Every getter on every member, of whatever type it is. */
static void
check_getters(const json_t *json)
{
	const char *key;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)json, key, one)
	{
		assert((json_str(json, key) != NULL) == json_is_string(one));
		assert((json_list(json, key) != NULL) == json_is_array(one));
		assert(json_is_integer(one) || json_int(json, key, 77) == 77);
		assert(json_is_boolean(one) || json_bool(json, key, true));
		check_getters(one);
	}
	/* not UTF-8: no member has this name */
	assert(json_str(json, "\xff") == NULL && json_list(json, "\xff") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA);
	struct err err = { 0 };
	auto_json *json = json_read((const char *)data, size, MOST, a, &err), *again = NULL;
	const char *text;

	if (json == NULL) {
		fuzz_check_code(&err, "json_bad");
		assert(fuzz_is_printable_ascii(err.detail));
		return 0;
	}
	assert(size <= MOST && depth_of(json) <= MOST_DEPTH);
	check_getters(json);
	text = json_write(a, json);
	again = json_read(text, strlen(text), 16 * MOST, a, &err);
	assert(again != NULL && json_equal(json, again));
	assert(strcmp(json_write(a, again), text) == 0);
	return 0;
}
