/*
 * acme/choose: the table of docs/acme.md, row by row, and what it cannot say.
 * Its cells are lists of "fine", "named", "forbidden", "restricted", "unknown",
 * "broken for 2 m", "orders in 3 h" and "policy 1 m ago".
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acme/choose.h"
#include "scheduler/caa_question.h"

#define NOW 1767225600

enum { CELLS = 5, CELL = 200, CAS = 3 };

static const char *const names[CAS] = { "google", "lets_encrypt", "ssl_com" };

struct row {
	char cells[CELLS][CELL];	/* sentence, three CAs, choice */
};

static struct caa_said said[CAS];
static struct candidate list[CAS];
static bool is_explicit;

static int64_t
seconds_of(const char *text)	/* "2 m" */
{
	char *unit;
	long n = strtol(text, &unit, 10);

	cr_assert(unit != text && *unit == ' ' && strchr("smh", unit[1]) != NULL, "%s", text);
	return n * (unit[1] == 's' ? 1 : unit[1] == 'm' ? 60 : 3600);
}

static void
read_words(size_t i, const char *words)
{
	struct candidate *c = &list[i];

	if (strcmp(words, "fine") == 0)
		return;
	if (strcmp(words, "named") == 0)
		is_explicit = true;
	else if (strcmp(words, "forbidden") == 0)
		said[i] = (struct caa_said){ CAA_FORBIDDEN, err_new(ERR_caa_excludes, "add a record"), NULL, NULL, NULL };
	else if (strcmp(words, "restricted") == 0)
		said[i] = (struct caa_said){ CAA_FORBIDDEN, err_new(ERR_caa_restricted, "add an account"), NULL, NULL, NULL };
	else if (strcmp(words, "unknown") == 0)
		said[i] = (struct caa_said){ CAA_UNKNOWN, err_new(ERR_caa_unknown, "no answer"), NULL, NULL, NULL };
	else if (strncmp(words, "broken for ", 11) == 0)
		c->broken = true, c->ask_at = NOW + seconds_of(words + 11);
	else if (strncmp(words, "orders in ", 10) == 0)
		c->order_at = NOW + seconds_of(words + 10);
	else {
		char cause[CELL];
		size_t len = strcspn(words, " ");

		snprintf(cause, sizeof(cause), "%.*s", (int)len, words);
		c->failed = cause_named(cause);
		cr_assert_str_eq(cause_name(c->failed), cause, "%s", words);
		c->failed_at = NOW - seconds_of(words + len + 1);
		if (c->failed == CAUSE_POLICY)
			c->failure = err_new(ERR_acme_rejected_identifier, names[i]);
	}
}

static size_t
read_candidates(const struct row *r)
{
	size_t count = 0;

	memset(list, 0, sizeof(list));
	memset(said, 0, sizeof(said));
	is_explicit = false;
	for (; count < CAS && r->cells[1 + count][0] != '\0'; count++) {
		const char *at = r->cells[1 + count];

		said[count].outcome = CAA_PERMITTED;
		list[count] = (struct candidate){ .name = names[count], .caa = &said[count] };
		while (*at != '\0') {
			char words[CELL];
			size_t len = strcspn(at, ",");

			snprintf(words, sizeof(words), "%.*s", (int)len, at);
			read_words(count, words);
			at += len + (at[len] == ',');
			at += strspn(at, " ");
		}
	}
	return count;
}

/* As the last column has it. */
static void
write_choice(const struct choice *c, size_t count, char ret[CELL])
{
	int64_t wait = c->at - NOW;
	const char *unit = wait % 3600 == 0 ? "h" : wait % 60 == 0 ? "m" : "s";

	if (c->what == CHOICE_TAKE)
		snprintf(ret, CELL, "take %s", names[c->index]);
	else if (c->what == CHOICE_LATER)
		snprintf(ret, CELL, "wait %lld %s for %s: %s", (long long)wait / (*unit == 'h' ? 3600 : *unit == 'm' ? 60 : 1),
		    unit, names[c->index], c->err.code);
	else
		snprintf(ret, CELL, count > 0 ? "nobody: %s of %s" : "nobody: %s", c->err.code, names[c->index]);
}

static bool
read_row(const char *line, struct row *ret)
{
	for (int i = 0; i < CELLS; i++) {
		size_t len = strcspn(++line, "|"), blanks = strspn(line, " ");
		size_t text = len;

		while (text > blanks && line[text - 1] == ' ')
			text--;
		if (line[len] != '|' || len >= CELL)
			return false;
		snprintf(ret->cells[i], CELL, "%.*s", (int)(text > blanks ? text - blanks : 0), line + blanks);
		line += len;
	}
	return true;
}

static void
check_row(const struct row *r)
{
	auto_arena *arena = arena_new(1 << 16);
	size_t count = read_candidates(r);
	struct choice c = acme_choose(arena, list, count, is_explicit, NOW);
	char text[CELL];

	write_choice(&c, count, text);
	cr_expect_str_eq(text, r->cells[4], "%s: %s instead of %s", r->cells[0], text, r->cells[4]);
	cr_expect((c.what == CHOICE_TAKE) == (c.err.code == NULL), "%s", r->cells[0]);
	if (c.what == CHOICE_LATER)
		cr_expect(c.at > NOW && c.err.retry_after == c.at - NOW, "%s", r->cells[0]);
}

Test(choose, the_table_of_the_documentation_is_what_is_done)
{
	FILE *page = fopen("docs/acme.md", "r");
	char line[1000];
	bool is_inside = false;
	struct row row;
	int rows = 0;

	cr_assert_not_null(page);
	while (fgets(line, sizeof(line), page) != NULL) {
		if (strncmp(line, "## ", 3) == 0)
			is_inside = strcmp(line, "## How a CA is chosen\n") == 0;
		if (!is_inside || line[0] != '|')
			continue;
		cr_assert(read_row(line, &row), "%s", line);
		if (strncmp(line, "| Case |", 8) == 0 || strncmp(line, "|---", 4) == 0 || strncmp(line, "| **", 4) == 0)
			continue;
		check_row(&row);
		rows++;
	}
	fclose(page);
	cr_assert_geq(rows, 60, "only %d rows were found", rows);
}

static struct choice
choose(struct arena *arena, const char *google, const char *lets_encrypt)
{
	struct row r = { 0 };
	size_t count;

	snprintf(r.cells[1], CELL, "%s", google);
	snprintf(r.cells[2], CELL, "%s", lets_encrypt);
	count = read_candidates(&r);
	return acme_choose(arena, list, count, is_explicit, NOW);
}

Test(choose, the_advice_is_that_of_the_preferred_ca_and_names_it)
{
	auto_arena *arena = arena_new(1 << 16);

	cr_expect_str_eq(choose(arena, "forbidden", "restricted").err.detail, "google: add a record");
	cr_expect_str_eq(choose(arena, "restricted", "forbidden").err.detail, "google: add an account");
	cr_expect_str_eq(choose(arena, "named, restricted", "fine").err.detail, "google: add an account");
	cr_expect_eq(choose(arena, "forbidden", "forbidden").err.blame, BLAME_CUSTOMER);
}

Test(choose, a_wait_is_nobodys_fault_and_names_the_ca)
{
	auto_arena *arena = arena_new(1 << 16);
	struct choice c = choose(arena, "orders in 3 h", "broken for 4 h");

	cr_expect_eq(c.err.blame, BLAME_US);	/* uses up no attempt */
	cr_expect_str_eq(c.err.detail, "google");
	cr_expect_str_eq(choose(arena, "broken for 2 m", "").err.detail, "google");
	cr_expect_eq(choose(arena, "broken for 2 m", "").err.blame, BLAME_US);
}

Test(choose, what_a_ca_said_itself_is_told_while_it_is_waited_for)
{
	auto_arena *arena = arena_new(1 << 16);
	struct candidate c = { .name = "google", .order_at = NOW + 7200, .failed = CAUSE_RATE, .failed_at = NOW - 5,
		.failure = err_new(ERR_acme_rate_limited, "google: too many certificates") };

	cr_expect_str_eq(acme_choose(arena, &c, 1, false, NOW).err.detail, "google: too many certificates");
	c.broken = true, c.ask_at = NOW + 8000;
	cr_expect_str_eq(acme_choose(arena, &c, 1, false, NOW).err.detail, "google");
	c.failed = CAUSE_INFRASTRUCTURE;
	cr_expect_str_eq(acme_choose(arena, &c, 1, false, NOW).err.detail, "google: too many certificates");
}

Test(choose, caa_is_looked_up_again_when_the_server_wants_it)
{
	auto_arena *arena = arena_new(1 << 16);
	struct caa_said unknown = { .outcome = CAA_UNKNOWN, .err = err_new(ERR_caa_unknown, "no answer") };
	struct candidate c = { .name = "google", .caa = &unknown };

	unknown.err.retry_after = 300;
	cr_expect_eq(acme_choose(arena, &c, 1, false, NOW).at, NOW + 300);
	unknown.err.retry_after = 1;
	cr_expect_eq(acme_choose(arena, &c, 1, false, NOW).at, NOW + 60);
}

Test(choose, a_ca_whose_caa_was_not_asked_is_permitted)
{
	auto_arena *arena = arena_new(1 << 16);
	struct candidate c = { .name = "private" };

	cr_expect_eq(acme_choose(arena, &c, 1, false, NOW).what, CHOICE_TAKE);
}

Test(choose, a_refusal_says_when_it_is_forgotten)
{
	auto_arena *arena = arena_new(1 << 16);
	struct candidate c = { .name = "google", .failed = CAUSE_POLICY, .failed_at = NOW - 100 };

	cr_expect_eq(choose(arena, "policy 2 m ago", "policy 3 m ago").at, NOW - 180 + 24 * 3600);
	cr_expect_eq(choose(arena, "forbidden", "forbidden").at, 0);
	cr_expect_str_eq(acme_choose(arena, &c, 1, false, NOW).err.code, "acme_refused");
}

Test(choose, a_named_ca_that_is_not_there_is_nobody)
{
	auto_arena *arena = arena_new(1 << 16);

	cr_expect_str_eq(acme_choose(arena, NULL, 0, true, NOW).err.code, "acme_no_authority");
}

Test(choose, budget_that_came_back_long_ago_is_no_wait)
{
	auto_arena *arena = arena_new(1 << 16);
	struct candidate c = { .name = "google", .order_at = NOW - 500 };

	cr_expect_eq(acme_choose(arena, &c, 1, false, NOW).what, CHOICE_TAKE);
	c.broken = true;
	cr_expect_eq(acme_choose(arena, &c, 1, false, NOW).at, NOW + 1);
}
