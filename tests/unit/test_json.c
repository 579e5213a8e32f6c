/* Foreign JSON: what is read, and what is refused before it can hurt. */
#include <criterion/criterion.h>
#include <string.h>
#include "base/json.h"

static const struct { const char *text; const char *why; } refused[] = {
	{ "", "line" },
	{ " ", "line" },
	{ "{", "line" },
	{ "{\"a\":1", "line" },
	{ "{\"a\":1}x", "line 1, column 8: end of file expected" },
	{ "{\"a\":1}{}", "end of file expected" },
	{ "{'a':1}", "line" },
	{ "{\"a\":1,}", "line" },
	{ "[1,]", "line" },
	{ "\"text\"", "line" },
	{ "1", "line" },
	{ "null", "line" },
	{ "nul", "line" },
	{ "{\"a\":NaN}", "line" },
	{ "{\"a\":01}", "line" },
	{ "{\"a\":1e999}", "line" },
	{ "{\"a\":9223372036854775808}", "line" },
	{ "{\"a\":1,\"a\":2}", "duplicate object key" },
	{ "{\"x\":{\"a\":1,\"b\":0,\"a\":1}}", "duplicate object key" },
	{ "{\"a\":1,\"\\u0061\":2}", "duplicate object key" },
	{ "{\"a\":\"\\u0000\"}", "line" },
	{ "{\"\\u0000\":1}", "line" },
	{ "{\"a\":\"\\ud800\"}", "line" },
	{ "{\"a\":\"\\x41\"}", "line" },
	{ "{\"a\":\"line\nbreak\"}", "line" },
	{ "{\"a\":\"\xff\"}", "line" },
	{ "{\"a\":\"\xc0\xaf\"}", "line" },
	{ "{\"a\":\"\xed\xa0\x80\"}", "line" },
	{ "\xef\xbb\xbf{}", "line" },
	{ "/* */{}", "line" },
	{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "nested deeper than 16 levels" },
	{ "[[[[[[[[[[[[[[[[{", "nested deeper than 16 levels" },
};

Test(json, what_is_not_json_is_refused_with_a_reason)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		auto_arena *a = arena_new(1 << 16);
		struct err e = { 0 };
		auto_json *j = json_read(refused[i].text, strlen(refused[i].text), 1000, a, &e);

		cr_assert_null(j, "%s", refused[i].text);
		cr_assert_str_eq(e.code, "json_bad");
		cr_assert_not_null(strstr(e.detail, refused[i].why), "%s: %s", refused[i].text, e.detail);
	}
}

Test(json, a_reason_does_not_repeat_foreign_text)
{
	auto_arena *a = arena_new(1 << 16);
	const char text[] = "{\"a\": 1 \"hunter2\"}";
	struct err e = { 0 };
	auto_json *j = json_read(text, strlen(text), 1000, a, &e);

	cr_assert_null(j);
	cr_assert_null(strstr(e.detail, "hunter2"), "%s", e.detail);
}

Test(json, a_byte_that_is_zero_is_refused)
{
	auto_arena *a = arena_new(1 << 16);
	struct err e = { 0 };
	auto_json *behind = json_read("{}\0", 3, 1000, a, &e);
	auto_json *within = json_read("{\"a\":\"b\0c\"}", 11, 1000, a, &e);

	cr_assert_null(behind);
	cr_assert_null(within);
}

Test(json, takes_as_much_as_allowed_and_not_a_byte_more)
{
	auto_arena *a = arena_new(1 << 16);
	struct err e = { 0 };
	auto_json *fits = json_read("{\"a\":1}", 7, 7, a, &e);
	auto_json *large = json_read("{\"a\":1}", 7, 6, a, &e);

	cr_assert_not_null(fits);
	cr_assert_null(large);
	cr_assert_str_eq(e.detail, "7 bytes are more than the 6 that are taken");
}

Test(json, sixteen_levels_are_taken)
{
	auto_arena *a = arena_new(1 << 16);
	const char deep[] = "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]";
	auto_json *j = json_read(deep, strlen(deep), 1000, a, NULL);

	cr_assert_not_null(j);
}

Test(json, brackets_in_strings_are_no_levels)
{
	auto_arena *a = arena_new(1 << 16);
	const char text[] = "{\"a\":\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[\\\\\",\"b\":[]}";
	auto_json *j = json_read(text, strlen(text), 1000, a, NULL);

	cr_assert_not_null(j);
	cr_assert_str_eq(json_str(j, "a"), "[[[[[[[[[[[[[[[[[[[[\"[[[[[[[[[[[[[[[[[[\\");
}

Test(json, a_string_that_ends_with_a_backslash_hides_no_depth)
{
	auto_arena *a = arena_new(1 << 16);
	const char text[] = "[\"\\\\\",[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]";
	struct err e = { 0 };
	auto_json *j = json_read(text, strlen(text), 1000, a, &e);

	cr_assert_null(j);
	cr_assert_str_eq(e.detail, "nested deeper than 16 levels");
}

Test(json, members_are_read_by_their_type)
{
	auto_arena *a = arena_new(1 << 16);
	const char text[] = "{\"s\":\"text\",\"i\":-7,\"t\":true,\"f\":false,\"l\":[1],"
	    "\"n\":null,\"r\":1.5,\"big\":9223372036854775807}";
	auto_json *j = json_read(text, strlen(text), 1000, a, NULL);

	cr_assert_not_null(j);
	cr_assert_str_eq(json_str(j, "s"), "text");
	cr_assert_eq(json_int(j, "i", 3), -7);
	cr_assert_eq(json_int(j, "big", 3), INT64_MAX);
	cr_assert(json_bool(j, "t", false));
	cr_assert_not(json_bool(j, "f", true));
	cr_assert_eq(json_array_size(json_list(j, "l")), 1);
}

Test(json, a_member_that_is_missing_or_of_another_type_reads_as_the_default)
{
	static const char *const others[] = { "missing", "o", "n", "r" };
	auto_arena *a = arena_new(1 << 16);
	const char text[] = "{\"o\":{},\"n\":null,\"r\":1.5}";
	auto_json *j = json_read(text, strlen(text), 1000, a, NULL);

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		cr_assert_null(json_str(j, others[i]));
		cr_assert_eq(json_int(j, others[i], 3), 3);
		cr_assert(json_bool(j, others[i], true));
		cr_assert_not(json_bool(j, others[i], false));
		cr_assert_null(json_list(j, others[i]));
	}
	cr_assert_null(json_str(NULL, "o"));
	cr_assert_eq(json_int(NULL, "o", 4), 4);
	cr_assert_null(json_list(NULL, "o"));
}

Test(json, is_written_compact_in_the_order_of_insertion)
{
	auto_arena *a = arena_new(1 << 16);
	const char text[] = "{ \"z\" : [ 1 , true ] ,\n\"a\": \"\xc3\xbc \\\" / \\u0007\", \"m\": {} }";
	auto_json *j = json_read(text, strlen(text), 1000, a, NULL);

	cr_assert_str_eq(json_write(a, j),
	    "{\"z\":[1,true],\"a\":\"\xc3\xbc \\\" / \\u0007\",\"m\":{}}");
	cr_assert_str_eq(json_write(a, json_object_get(j, "z")), "[1,true]");
	cr_assert_str_eq(json_write(a, json_array_get(json_list(j, "z"), 0)), "1");
}
