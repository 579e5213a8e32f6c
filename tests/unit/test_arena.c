/* The bump allocator and the heap functions that abort. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"

Test(arena, pieces_are_zeroed_aligned_and_apart)
{
	auto_arena *a = arena_new(1 << 20);
	unsigned char *pieces[200];

	for (size_t i = 0; i < 200; i++) {
		pieces[i] = arena_alloc(a, i + 1);
		cr_assert_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t k = 0; k <= i; k++)
			cr_assert_eq(pieces[i][k], 0);
		memset(pieces[i], (int)i + 1, i + 1);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t k = 0; k <= i; k++)
			cr_assert_eq(pieces[i][k], (unsigned char)(i + 1));
}

Test(arena, a_piece_larger_than_any_chunk_fits)
{
	auto_arena *a = arena_new(1 << 22);
	char *large = arena_alloc(a, 1 << 21);

	cr_assert_eq(large[0], 0);
	cr_assert_eq(large[(1 << 21) - 1], 0);
	memset(large, 'x', 1 << 21);
	cr_assert_str_eq(arena_strdup(a, "after it"), "after it");
}

Test(arena, counts_the_bytes_that_it_hands_out)
{
	auto_arena *a = arena_new(100);

	cr_assert_eq(arena_used(a), 0);
	arena_alloc(a, 7);
	cr_assert_eq(arena_used(a), 7);
	arena_strdup(a, "four");
	cr_assert_eq(arena_used(a), 12);
	cr_assert_not_null(arena_alloc(a, 0));
	cr_assert_eq(arena_used(a), 12);
}

Test(arena, hands_out_exactly_its_cap)
{
	auto_arena *a = arena_new(100);

	cr_assert_not_null(arena_alloc(a, 60));
	cr_assert_not_null(arena_alloc(a, 40));
	cr_assert_eq(arena_used(a), 100);
}

Test(arena, one_byte_over_the_cap_aborts, .signal = SIGABRT)
{
	auto_arena *a = arena_new(100);

	arena_alloc(a, 60);
	arena_alloc(a, 41);
}

Test(arena, a_size_that_would_wrap_aborts, .signal = SIGABRT)
{
	auto_arena *a = arena_new(100);

	arena_alloc(a, 60);
	arena_alloc(a, SIZE_MAX - 16);
}

Test(arena, copies_text)
{
	auto_arena *a = arena_new(4096);
	char source[] = "abcdef";
	char *copy = arena_strdup(a, source);

	source[0] = 'x';
	cr_assert_str_eq(copy, "abcdef");
	cr_assert_null(arena_strdup(a, NULL));
	cr_assert_str_eq(arena_strndup(a, "abcdef", 3), "abc");
	cr_assert_str_eq(arena_strndup(a, "abc", 10), "abc");
	cr_assert_str_eq(arena_strndup(a, NULL, 0), "");
}

Test(arena, copies_bytes)
{
	auto_arena *a = arena_new(4096);
	const unsigned char bytes[] = { 0, 1, 0, 255 };

	cr_assert_arr_eq(arena_memdup(a, bytes, sizeof bytes), bytes, sizeof bytes);
	cr_assert_not_null(arena_memdup(a, NULL, 0));
}

Test(arena, prints)
{
	auto_arena *a = arena_new(1 << 20);

	cr_assert_str_eq(arena_printf(a, "%s=%d", "x", 42), "x=42");
	cr_assert_str_eq(arena_printf(a, "%s", ""), "");
	cr_assert_eq(strlen(arena_printf(a, "%*s", 5000, "x")), 5000);
}

Test(arena, freeing_nothing_is_fine)
{
	arena_free(NULL);
}

Test(arena, heap_functions_never_return_nothing)
{
	char *p = xcalloc(0, 0);
	char *s = xstrdup("text");

	cr_assert_not_null(p);
	p = xrealloc(p, 0);
	cr_assert_not_null(p);
	cr_assert_str_eq(s, "text");
	cr_assert_null(xstrdup(NULL));
	free(p);
	free(s);
}
