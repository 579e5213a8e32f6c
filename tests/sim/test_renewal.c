/* What an issuance costs, and a year of renewals. */
#include <criterion/criterion.h>

#include "tests/kit/packs.h"
#include "tests/kit/played_ca.h"
#include "tests/kit/played_edge.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 24 * HOUR };

/* ---- how many orders and requests ------------------------------------------------ */

Test(economy, an_issuance_costs_one_order_and_at_most_nine_requests_a_key_type, .timeout = 120)
{
	enum { COUNT = 100 };
	struct sim *s = packs_open("{p256,rsa2048}");
	size_t requests;

	packs_ca(s, "main_ca", "{}", 0);
	packs_new(s, "'shop.d' || n || '.test'", COUNT, "");
	sim_run_until(s, MINUTE);
	cr_expect_eq(packs_well(s), COUNT);
	cr_expect_eq(ca_orders("main_ca"), 2 * COUNT);
	requests = ca_requests("main_ca") - ca_count("main_ca", ACME_READ_DIRECTORY);
	/* The second order needs no validation. */
	cr_expect_leq(requests, (9 + 6) * COUNT, "%zu requests", requests);
	cr_expect_eq(ca_count("main_ca", ACME_VALIDATE), COUNT);
	sim_close(s);
}

Test(economy, a_request_that_fails_costs_no_second_order_unless_its_reply_was_lost, .timeout = 600)
{
	enum { COUNT = 1000 };
	struct sim *s = packs_open("{p256}");

	sim_coarse(s, MINUTE);
	packs_ca(s, "main_ca", "{}", 0);
	sim_run_until(s, MINUTE);
	ca_is_unreliable("main_ca", 10);
	packs_new(s, "'shop.d' || n || '.test'", COUNT, "");
	for (int hour = 1; hour <= 48 && packs_well(s) < COUNT; hour++)
		sim_run_until(s, hour * HOUR);
	cr_expect_eq(packs_well(s), COUNT, "%lld are well", (long long)packs_well(s));
	cr_expect_gt(ca_lost("main_ca"), 10);
	cr_expect_eq(ca_orders("main_ca"), COUNT + ca_lost("main_ca"), "%zu orders, %zu lost replies", ca_orders("main_ca"),
	    ca_lost("main_ca"));
	cr_expect_eq(edge_served(packs_now(s)), COUNT);
	sim_close(s);
}

/* ---- a year ----------------------------------------------------------------------- */

Test(renewal, for_a_year_every_hostname_is_renewed_every_sixty_days_and_always_served, .timeout = 600)
{
	enum { COUNT = 300 };
	struct sim *s = packs_open("{p256}");
	int64_t start = packs_now(s);
	size_t peak;

	sim_coarse(s, HOUR);
	packs_ca(s, "main_ca", "{}", 0);
	packs_new(s, "'shop.d' || n || '.test'", COUNT, "");
	for (int day = 1; day <= 358; day++) {
		sim_run_until(s, (int64_t)day * DAY);
		cr_assert_eq(edge_served(packs_now(s)), COUNT, "day %d: %zu are served", day, edge_served(packs_now(s)));
	}
	cr_expect_eq(packs_well(s), COUNT);
	cr_expect_eq(edge_deployments(), 6 * COUNT, "%zu deployments", edge_deployments());
	cr_expect_eq(ca_orders("main_ca"), 6 * COUNT);
	cr_expect_eq(ca_most_orders("main_ca"), 6, "each as often as the others");
	cr_expect_eq(edge_gaps(), 0);
	cr_expect_eq(packs_doubled(s), 0);
	cr_expect_geq(edge_least_left(), 29 * DAY - 3 * HOUR, "%lld s were left", (long long)edge_least_left());
	/* Issued in one minute, renewed over a day: 12 an hour on average. */
	cr_expect_eq(ca_peak("main_ca", ACME_NEW_ORDER, MINUTE, start, start + DAY), COUNT);
	peak = ca_peak("main_ca", ACME_NEW_ORDER, HOUR, start + DAY, start + 70 * DAY);
	cr_expect_leq(peak, 30, "%zu within an hour", peak);
	sim_close(s);
}

Test(renewal, a_window_of_the_ca_is_kept_and_one_that_is_past_means_now_and_once, .timeout = 600)
{
	enum { COUNT = 20 };
	struct sim *s = packs_open("{p256}");

	sim_coarse(s, 5 * MINUTE);
	ca_tells_when_to_renew("main_ca", true);
	packs_ca(s, "main_ca", "{}", 0);
	sim_run_until(s, MINUTE);
	packs_new(s, "'shop.d' || n || '.test'", COUNT, "");
	/* Two thirds of ninety days, which begin an hour ago: a day around. */
	sim_run_until(s, 60 * DAY - HOUR - DAY / 2);
	cr_expect_eq(ca_orders("main_ca"), COUNT);
	sim_run_until(s, 60 * DAY - HOUR + DAY / 2 + 10 * MINUTE);
	cr_expect_eq(ca_orders("main_ca"), 2 * COUNT, "%zu orders", ca_orders("main_ca"));
	cr_expect_eq(ca_replacements("main_ca"), COUNT);
	cr_expect_lt(ca_peak("main_ca", ACME_NEW_ORDER, HOUR, packs_now(s) - 2 * DAY, packs_now(s)), COUNT / 2, "they are spread");
	sim_run_until(s, 70 * DAY);
	cr_expect_eq(ca_orders("main_ca"), 2 * COUNT);
	ca_hurries("main_ca", packs_now(s) - HOUR);
	sim_run_until(s, 70 * DAY + 6 * HOUR + 10 * MINUTE);
	cr_expect_eq(ca_orders("main_ca"), 3 * COUNT, "%zu orders", ca_orders("main_ca"));
	sim_run_until(s, 75 * DAY);
	cr_expect_eq(ca_orders("main_ca"), 3 * COUNT, "once");
	cr_expect_eq(ca_most_orders("main_ca"), 3);
	cr_expect_eq(ca_replacements("main_ca"), 2 * COUNT);
	cr_expect_eq(edge_gaps(), 0);
	cr_expect_eq(packs_doubled(s), 0);
	sim_close(s);
}
