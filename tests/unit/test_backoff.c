/* When to try again: against the formula, the published table, and odd input. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "scheduler/backoff.h"

static const struct err customer = { .code = "x", .blame = BLAME_CUSTOMER };
static const struct err ours = { .code = "x", .blame = BLAME_US };

Test(backoff, the_table_is_the_published_one)
{
	FILE *csv = fopen("tests/data/backoff.csv", "r");
	char line[64];
	int n, seconds, rows = 0;

	cr_assert_not_null(csv);
	while (fgets(line, sizeof line, csv) != NULL)
		if (sscanf(line, "%d,%d", &n, &seconds) == 2 && n < validation_schedule.count) {
			cr_expect_eq(validation_schedule.wait[n], seconds, "row %d", n);
			rows++;
		}
	fclose(csv);
	cr_expect_eq(rows, 75);
	cr_expect_eq(validation_schedule.count, 75);
}

Test(backoff, the_table_is_the_formula)
{
	int64_t sum = 0;

	for (int n = 0; n < validation_schedule.count; n++) {
		double wait = floor(60 * pow(n < 10 ? 1.05 : 1.15, n));

		cr_expect_eq(validation_schedule.wait[n], wait > 14400 ? 14400 : (int)wait, "row %d", n);
		sum += validation_schedule.wait[n];
	}
	cr_expect_eq(sum, 610263);
}

Test(backoff, a_customer_s_fault_uses_up_a_retry_and_ours_does_not)
{
	cr_expect(backoff(&validation_schedule, &customer, 10, 0, 0).counts);
	cr_expect_eq(backoff(&validation_schedule, &customer, 10, 0, 0).wait, 242);
	cr_expect_not(backoff(&validation_schedule, &ours, 10, 0, 0).counts);
	cr_expect_eq(backoff(&validation_schedule, &ours, 10, 0, 0).wait, 15);
}

Test(backoff, any_number_of_attempts_gives_a_wait_within_the_table)
{
	for (int64_t n = -5; n < 2000000000; n = n < 1000 ? n + 1 : n * 7) {
		int64_t wait = backoff(&validation_schedule, &customer, (int)n, 0, 0).wait;

		cr_expect(wait >= 60 && wait <= 14400, "attempt %lld: %lld", (long long)n, (long long)wait);
	}
}

Test(backoff, what_the_other_side_asked_for_makes_it_longer_up_to_a_day)
{
	struct err e = customer;

	e.retry_after = 30;
	cr_expect_eq(backoff(&validation_schedule, &e, 0, 0, 0).wait, 60);
	e.retry_after = 7200;
	cr_expect_eq(backoff(&validation_schedule, &e, 0, 0, 0).wait, 7200);
	e.retry_after = INT64_MAX;
	cr_expect_eq(backoff(&validation_schedule, &e, 0, 0, 0).wait, 86400);
}

Test(backoff, jitter_only_adds_and_never_to_waits_under_a_minute)
{
	static const int32_t five[] = { 5, 100 };
	static const struct schedule s = { five, 2 };

	for (uint32_t random = 0; random < 5000; random += 7) {
		int64_t wait = backoff(&s, &customer, 1, 50, random).wait;

		cr_expect(wait >= 100 && wait <= 150, "%lld", (long long)wait);
		cr_expect_eq(backoff(&s, &customer, 0, 50, random).wait, 5);
		cr_expect_eq(backoff(&s, &customer, 1, 0, random).wait, 100);
	}
	cr_expect_eq(backoff(&s, &customer, 1, 50, 1000).wait, 150);
}
