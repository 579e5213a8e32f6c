/* Growing bytes with a hard limit. */
#include <criterion/criterion.h>
#include <string.h>
#include "base/buf.h"

Test(buf, begins_empty_and_terminated)
{
	auto_buf b = { 0 };

	buf_init(&b, 10);
	cr_assert_not_null(b.data);
	cr_assert_eq(b.len, 0);
	cr_assert_str_eq(b.data, "");
	cr_assert_not(b.overflow);
}

Test(buf, grows_and_stays_terminated)
{
	auto_buf b = { 0 };

	buf_init(&b, 100000);
	for (int i = 0; i < 10000; i++) {
		cr_assert(buf_puts(&b, "0123456789"));
		cr_assert_eq(b.data[b.len], '\0');
	}
	cr_assert_eq(b.len, 100000);
	cr_assert_eq(b.data[99999], '9');
	cr_assert_not(b.overflow);
}

Test(buf, reaches_its_limit_and_not_a_byte_more)
{
	auto_buf b = { 0 };

	buf_init(&b, 5);
	cr_assert(buf_puts(&b, "abc"));
	cr_assert(buf_puts(&b, "de"));
	cr_assert_not(b.overflow);
	cr_assert_not(buf_puts(&b, "f"));
	cr_assert(b.overflow);
	cr_assert_str_eq(b.data, "abcde");
}

Test(buf, what_does_not_fit_adds_nothing_and_spoils_what_follows)
{
	auto_buf b = { 0 };

	buf_init(&b, 5);
	cr_assert(buf_puts(&b, "abc"));
	cr_assert_not(buf_puts(&b, "defg"));
	cr_assert_str_eq(b.data, "abc");
	cr_assert_not(buf_puts(&b, "d"), "it would fit, but there is a hole before it");
	cr_assert_not(buf_printf(&b, "d"));
	cr_assert_str_eq(b.data, "abc");
	cr_assert_eq(b.len, 3);
}

Test(buf, a_limit_of_nothing_takes_nothing)
{
	auto_buf b = { 0 };

	buf_init(&b, 0);
	cr_assert(buf_add(&b, NULL, 0));
	cr_assert_not(buf_puts(&b, "x"));
	cr_assert_str_eq(b.data, "");
}

Test(buf, keeps_bytes_that_are_zero)
{
	auto_buf b = { 0 };

	buf_init(&b, 100);
	cr_assert(buf_add(&b, "a\0b", 3));
	cr_assert_eq(b.len, 3);
	cr_assert_arr_eq(b.data, "a\0b", 4);
}

Test(buf, prints)
{
	auto_buf b = { 0 };

	buf_init(&b, 1000);
	cr_assert(buf_printf(&b, "%s-%d", "x", 7));
	cr_assert(buf_printf(&b, "%500s", "y"));
	cr_assert_eq(b.len, 503);
	cr_assert_eq(strncmp(b.data, "x-7 ", 4), 0);
	cr_assert_not(buf_printf(&b, "%500s", "y"));
	cr_assert_eq(b.len, 503);
}

Test(buf, is_good_again_after_a_reset)
{
	auto_buf b = { 0 };

	buf_init(&b, 3);
	cr_assert_not(buf_puts(&b, "abcd"));
	buf_reset(&b);
	cr_assert_not(b.overflow);
	cr_assert_eq(b.len, 0);
	cr_assert(buf_puts(&b, "xyz"));
	cr_assert_str_eq(b.data, "xyz");
}

Test(buf, can_be_freed_twice)
{
	struct buf b = { 0 };

	buf_free(&b);
	buf_init(&b, 3);
	buf_free(&b);
	buf_free(&b);
	cr_assert_null(b.data);
}
