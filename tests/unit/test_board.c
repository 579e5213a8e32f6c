/* The memory of the responders. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "dcv/board.h"

static struct board *board;

static void
up(void)
{
	board = board_new();
}

static void
down(void)
{
	board_free(board);
}

TestSuite(board, .init = up, .fini = down, .timeout = 30);

static const struct board_entry shop[] = {
	{ BOARD_HTTP, "token-one", "token-one.print" },
	{ BOARD_TXT, "d1", "value-one" },
	{ BOARD_TXT, "d2", "value-of-another-zone" },
	{ BOARD_HTTP, "token-two", "token-two.print" },
	{ BOARD_TXT, "d1", "value-two" },
};

/* The TXT values, joined. */
static const char *
txt(const char *name, size_t name_len, const char *id, size_t id_len)
{
	static char all[256];
	size_t pos = 0, len = 0;

	all[0] = '\0';
	for (const char *v; (v = board_next_txt(board, name, name_len, id, id_len, &pos)) != NULL;)
		len += (size_t)snprintf(all + len, sizeof all - len, "%s ", v);
	return all;
}

Test(board, a_token_is_found_by_the_very_hostname_and_token)
{
	static const struct {
		const char *host, *token, *found;
	} rows[] = {
		{ "shop.example.com", "token-one", "token-one.print" },
		{ "shop.example.com", "token-two", "token-two.print" },
		{ "shop.example.com", "token-on", NULL },
		{ "shop.example.com", "token-one.", NULL },
		{ "shop.example.com", "Token-one", NULL },
		{ "shop.example.com", "", NULL },
		{ "shop.example.com", "d1", NULL },	/* a delegation id is no token */
		{ "blog.example.com", "token-one", NULL },
		{ "hop.example.com", "token-one", NULL },
		{ "shop.example.co", "token-one", NULL },
		{ "", "token-one", NULL },
	};

	board_put(board, "blog.example.com", &(struct board_entry){ BOARD_HTTP, "other", "x" }, 1);
	board_put(board, "shop.example.com", shop, 5);
	cr_assert_eq(board_count(board), 6);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *found = board_find_http(board, rows[i].host, rows[i].token);

		if (rows[i].found == NULL)
			cr_expect_null(found, "%s %s: %s", rows[i].host, rows[i].token, found);
		else
			cr_expect_str_eq(found, rows[i].found);
	}
}

Test(board, txt_values_come_in_turn_and_only_those_of_the_delegation)
{
	board_put(board, "shop.example.com", shop, 5);
	cr_expect_str_eq(txt("shop.example.com.d1.dcv", 16, "d1.dcv", 2), "value-one value-two ");
	cr_expect_str_eq(txt("shop.example.com", 16, "d2", 2), "value-of-another-zone ");
	cr_expect_str_eq(txt("shop.example.com", 16, "d", 1), "");
	cr_expect_str_eq(txt("shop.example.com", 16, "token-one", 9), "");
	cr_expect_str_eq(txt("shop.example.com", 15, "d1", 2), "");
	cr_expect_str_eq(txt("", 0, "d1", 2), "");
}

Test(board, a_hostname_has_what_was_put_last)
{
	board_put(board, "shop.example.com", shop, 5);
	board_put(board, "shop.example.com", shop + 3, 2);
	cr_expect_eq(board_count(board), 2);
	cr_expect_null(board_find_http(board, "shop.example.com", "token-one"));
	cr_expect_not_null(board_find_http(board, "shop.example.com", "token-two"));
	cr_expect_str_eq(txt("shop.example.com", 16, "d1", 2), "value-two ");
	board_put(board, "shop.example.com", NULL, 0);
	board_put(board, "never.example.com", NULL, 0);
	cr_expect_eq(board_count(board), 0);
	cr_expect_null(board_find_http(board, "shop.example.com", "token-two"));
	cr_expect_str_eq(txt("shop.example.com", 16, "d1", 2), "");
}

Test(board, delegation_ids_are_replaced_as_a_whole)
{
	static const char *const first[] = { "gamma", "alpha", "beta" }, *const second[] = { "delta" };

	cr_expect_not(board_has_delegation(board, "alpha", 5));
	board_put_delegations(board, first, 3);
	cr_expect(board_has_delegation(board, "alpha.dcv", 5) && board_has_delegation(board, "beta", 4) &&
	    board_has_delegation(board, "gamma", 5));
	cr_expect_not(board_has_delegation(board, "alph", 4));
	cr_expect_not(board_has_delegation(board, "", 0));
	board_put_delegations(board, second, 1);
	cr_expect(board_has_delegation(board, "delta", 5));
	cr_expect_not(board_has_delegation(board, "alpha", 5));
	board_put_delegations(board, NULL, 0);
	cr_expect_not(board_has_delegation(board, "delta", 5));
}

Test(board, while_it_is_loaded_the_old_stays_and_then_goes)
{
	board_put(board, "old.example.com", shop, 1);
	board_put(board, "shop.example.com", shop, 1);
	board_begin_load(board);
	board_put(board, "new.example.com", shop, 1);
	board_begin_load(board);	/* the first one was given up */
	board_put(board, "shop.example.com", shop + 3, 1);
	cr_expect_not_null(board_find_http(board, "old.example.com", "token-one"));
	cr_expect_not(board_is_ready(board));
	board_end_load(board);
	cr_expect(board_is_ready(board));
	cr_expect_null(board_find_http(board, "old.example.com", "token-one"));
	cr_expect_null(board_find_http(board, "new.example.com", "token-one"));
	cr_expect_not_null(board_find_http(board, "shop.example.com", "token-two"));
	cr_expect_eq(board_count(board), 1);
}

/* In a tree that is not balanced this takes minutes. */
Test(board, names_that_somebody_chose_cost_no_more_than_others)
{
	enum { NAMES = 200000 };
	char name[32];

	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "n%06d.example.com", i);
		board_put(board, name, shop, 1);
	}
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "n%06d.example.com", i);
		cr_assert_not_null(board_find_http(board, name, "token-one"), "%s", name);
	}
	cr_expect_eq(board_count(board), NAMES);
	board_begin_load(board);
	board_put(board, "n000007.example.com", shop, 1);
	board_end_load(board);
	cr_expect_eq(board_count(board), 1);
}
