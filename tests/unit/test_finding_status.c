/* Where a hostname stands, as certwright check tells it. */
#include <criterion/criterion.h>
#include <string.h>

#include "dcv/finding_zone.h"

#define HELD "The hostname is associated with a held zone."

static const struct row {
	struct standing standing;
	const char *code, *found, *fix;		/* code NULL: there is no finding; fix: a part of it */
} rows[] = {
	{ { "pending", NULL, NULL, false }, NULL, NULL, NULL },
	{ { "active", "wrong_target", NULL, true }, NULL, NULL, NULL },
	{ { "active_redeploying", NULL, NULL, false }, NULL, NULL, NULL },
	{ { NULL, NULL, NULL, false }, NULL, NULL, NULL },
	{ { "blocked", "held", HELD, true }, "held", "blocked", HELD " Nothing in the DNS helps until the hold has ended; "
	    "then run certwright refresh shop.test." },
	{ { "blocked", "flagged", "Flagged.", true }, "flagged", "blocked", "Flagged. Nothing in the DNS helps" },
	{ { "blocked", NULL, NULL, true }, "held", "blocked", "Nothing in the DNS helps" },
	{ { "blocked", "held", HELD, false }, "refresh_needed", "blocked: the hold has ended",
	    "Run certwright refresh shop.test (or edit the hostname): a blocked hostname is not looked at by itself." },
	{ { "moved", "schedule_used_up", NULL, false }, "refresh_needed",
	    "moved: the hostname was not validated within the schedule of 75 retries",
	    "Run certwright refresh shop.test (or edit the hostname) once its records are right: a moved hostname is not "
	    "looked at by itself." },
	{ { "moved", "moved_away", NULL, true }, "refresh_needed",
	    "moved: the hostname pointed here and does not any more", "once its records are right" },
	{ { "moved", "taken_over", NULL, false }, "refresh_needed",
	    "moved: another zone has validated this hostname", "once its records are right" },
	{ { "moved", NULL, NULL, false }, "refresh_needed", "moved", "certwright refresh shop.test" },
	{ { "deleted", "moved_too_long", NULL, false }, "refresh_needed",
	    "deleted: the hostname has been moved for more than seven days", "a deleted hostname is not looked at by itself." },
};

Test(finding_status, each_row_of_the_table)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_arena *arena = arena_new(1 << 20);
		struct findings fs = { .arena = arena };
		const struct finding *f = finding_status(&fs, "shop.test", &rows[i].standing);

		if (rows[i].code == NULL) {
			cr_expect_null(f, "row %zu", i);
			cr_expect_eq(fs.count, 0);
			continue;
		}
		cr_assert_eq(f, &fs.list[0], "row %zu", i);
		cr_expect_str_eq(f->purpose, "status");
		cr_expect_str_eq(f->where, "shop.test");
		cr_expect_str_eq(f->code, rows[i].code, "row %zu: %s", i, f->code);
		cr_expect_eq(f->blame, BLAME_CUSTOMER, "it is no trouble of ours");
		cr_expect_str_eq(finding_seen(f, arena), rows[i].found, "row %zu: %s", i, finding_seen(f, arena));
		cr_expect_not_null(strstr(f->fix, rows[i].fix), "row %zu: %s", i, f->fix);
	}
}
