/* The table of errors keeps its promises. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>
#include "base/err.h"

static const struct { const char *code; const char *sentence; int status; } rows[] = {
#define ERR(code, blame, status, sentence) { #code, sentence, status },
#include "base/errors.def"
#undef ERR
};

#define COUNT (sizeof rows / sizeof rows[0])

Test(err, every_code_is_there_once)
{
	cr_assert_eq(COUNT, ERR_count - 1);
	for (size_t i = 0; i < COUNT; i++)
		for (size_t k = i + 1; k < COUNT; k++)
			cr_assert_str_neq(rows[i].code, rows[k].code);
}

Test(err, every_code_is_a_lower_case_word)
{
	for (size_t i = 0; i < COUNT; i++)
		for (const char *p = rows[i].code; *p != '\0'; p++)
			cr_assert(islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '_',
			    "%s", rows[i].code);
}

Test(err, every_sentence_says_something)
{
	for (size_t i = 0; i < COUNT; i++) {
		cr_assert_gt(strlen(rows[i].sentence), 10, "%s", rows[i].code);
		cr_assert_null(strchr(rows[i].sentence, '\n'), "%s", rows[i].code);
	}
}

Test(err, every_status_is_an_error_of_http)
{
	for (size_t i = 0; i < COUNT; i++)
		cr_assert(rows[i].status >= 400 && rows[i].status < 600, "%s", rows[i].code);
}

Test(err, is_made_from_the_table)
{
	struct err e = err_new(ERR_dns_timeout, "127.0.0.1:53");

	cr_assert_str_eq(e.code, "dns_timeout");
	cr_assert_str_eq(e.detail, "127.0.0.1:53");
	cr_assert_eq(e.blame, BLAME_US);
	cr_assert_eq(e.retry_after, 0);
	cr_assert_str_eq(err_sentence(e.code), "our resolver did not answer in time");
	cr_assert_eq(err_status(e.code), 504);
}

Test(err, can_be_looked_up_by_every_code)
{
	for (size_t i = 0; i < COUNT; i++) {
		struct err e = err_new((enum err_code)(i + 1), NULL);

		cr_assert_str_eq(e.code, rows[i].code);
		cr_assert_str_eq(err_sentence(rows[i].code), rows[i].sentence);
		cr_assert_eq(err_status(rows[i].code), rows[i].status);
	}
}

Test(err, no_error_has_no_code)
{
	cr_assert_null(err_new(ERR_none, NULL).code);
}

Test(err, an_unknown_code_stands_for_itself)
{
	cr_assert_str_eq(err_sentence("no_such_code"), "no_such_code");
	cr_assert_eq(err_status("no_such_code"), 500);
	cr_assert_str_eq(err_sentence(NULL), "");
	cr_assert_eq(err_status(NULL), 500);
}

Test(err, setting_one_is_always_false)
{
	struct err e = { 0 };

	cr_assert_not(err_set(&e, ERR_internal, "why"));
	cr_assert_str_eq(e.code, "internal");
	cr_assert_not(err_set(NULL, ERR_internal, "why"));
}

Test(err, blame_has_names)
{
	cr_assert_str_eq(blame_name(BLAME_NONE), "none");
	cr_assert_str_eq(blame_name(BLAME_US), "us");
	cr_assert_str_eq(blame_name(BLAME_NETWORK), "network");
	cr_assert_str_eq(blame_name(BLAME_CA), "ca");
	cr_assert_str_eq(blame_name(BLAME_CUSTOMER), "customer");
}
