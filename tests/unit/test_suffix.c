/* Reading the public suffix list. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/suffix.h"

static const char text[] =
    "// ===BEGIN ICANN DOMAINS===\n"
    "com\n"
    "\n"
    "  // not a rule: it begins with a blank\n"
    "*.ck // a wildcard\n"
    "!www.ck\n"
    "公司.cn\n"
    "CO.UK\t\n"
    "bad..rule\n"
    "// ===END ICANN DOMAINS===\n"
    "// ===BEGIN PRIVATE DOMAINS===\n"
    "github.io\r\n"
    "last.example";

Test(suffix, rules_of_both_sections_become_a_labels)
{
	static const char *const want[] = { "com", "*.ck", "!www.ck", "xn--55qx5d.cn", "co.uk", "github.io",
		"last.example" };
	auto_arena *a = arena_new(1 << 16);
	struct suffix_list list;

	cr_assert(suffix_parse(text, sizeof text - 1, a, &list));
	cr_assert_eq(list.count, sizeof want / sizeof want[0]);
	for (size_t i = 0; i < list.count; i++)
		cr_assert_str_eq(list.rules[i], want[i]);
}

Test(suffix, a_file_without_rules_is_refused)
{
	auto_arena *a = arena_new(1 << 16);
	struct suffix_list list;

	cr_assert_not(suffix_parse("// nothing\n", 11, a, &list));
	cr_assert_not(suffix_parse("", 0, a, &list));
}

Test(suffix, a_missing_file_is_named)
{
	auto_arena *a = arena_new(1 << 16);
	struct suffix_list list;
	struct err err;

	cr_assert_not(suffix_read("/nonexistent/list.dat", a, &list, &err));
	cr_assert_str_eq(err.code, "disk");
	cr_assert_str_eq(err.detail, "/nonexistent/list.dat: no such file or directory");
}

Test(suffix, the_hash_is_that_of_the_file)
{
	char path[] = "/tmp/suffix-XXXXXX";
	int fd = mkstemp(path);
	auto_arena *a = arena_new(1 << 16);
	struct suffix_list list;
	struct err err;

	cr_assert_eq(write(fd, "abc\n", 4), 4);
	close(fd);
	cr_assert(suffix_read(path, a, &list, &err));
	unlink(path);
	cr_assert_str_eq(list.hash, "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb");
	cr_assert_str_eq(list.rules[0], "abc");
}
