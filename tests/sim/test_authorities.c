/* CAs over hours and days: outages and their ends, limits, lost replies. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/kit/packs.h"
#include "tests/kit/played_ca.h"
#include "tests/kit/played_edge.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 24 * HOUR };

static void
note(struct sim *s, const char *what)
{
	char *t = sim_value(s, "select clock_timestamp()::time || ' ' || (select count(*) from certwright.attempt)");
	cr_log_warn("%s: %s", what, t);
	free(t);
}

/* ---- a CA that is down for eight hours --------------------------------------- */

enum { PER_HOUR = 1000, DOWN_AT = 5 * MINUTE, UP_AT = DOWN_AT + 8 * HOUR };

static void
all_are_served(struct sim *s, int count)
{
	cr_assert_eq(edge_served(packs_now(s)), count, "%zu served at %lld", edge_served(packs_now(s)), (long long)sim_now(s));
	cr_assert_eq(packs_well(s), count);
	cr_assert_eq(edge_gaps(), 0);
	cr_assert_eq(packs_doubled(s), 0);
}

/* All of them are due within its outage. */
static struct sim *
sim_with_outage(int count, const char *wanted)
{
	struct sim *s = packs_open("{p256}");

	sim_coarse(s, 20);
	packs_ca(s, "main_ca", "{}", PER_HOUR);
	packs_served(s, "'shop.d' || n || '.test'", count, "main_ca", wanted, 29 * DAY - HOUR, 2 * DOWN_AT);
	sim_run_until(s, DOWN_AT);
	ca_is_down("main_ca", "acme_server_internal");
	return s;
}

Test(authorities, ten_thousand_renewals_wait_for_a_ca_that_is_down_and_come_back_one_by_one, .timeout = 900)
{
	enum { COUNT = 2000 };
	struct sim *s = sim_with_outage(COUNT, "");
	int64_t start = packs_now(s) - DOWN_AT, back = start + UP_AT;

	note(s, "down");
	for (int hour = 0; hour <= 8; hour++) {
		sim_run_until(s, DOWN_AT + hour * HOUR);
		note(s, "hour");
		all_are_served(s, COUNT);
	}
	cr_expect_eq(ca_orders("main_ca"), 0);
	cr_expect_leq(ca_count("main_ca", ANY_ACT), 100 + 36, "%zu", ca_count("main_ca", ANY_ACT));
	cr_expect_eq(ca_peak("main_ca", ANY_ACT, 15 * MINUTE, start + DOWN_AT + HOUR, back), 1, "%zu",
	    ca_peak("main_ca", ANY_ACT, 15 * MINUTE, start + DOWN_AT + HOUR, back));
	ca_is_up("main_ca");
	for (int hour = 0; hour <= 12; hour++) {
		sim_run_until(s, UP_AT + hour * HOUR);
		note(s, "hour");
		all_are_served(s, COUNT);
	}
	cr_expect_eq(packs_under_way(s), 0);
	cr_expect_eq(edge_deployments(), COUNT);
	cr_expect_eq(ca_orders("main_ca"), COUNT, "%zu", ca_orders("main_ca"));
	cr_expect_leq(ca_peak("main_ca", ACME_NEW_ORDER, HOUR, back, back + DAY), PER_HOUR);
	cr_expect_leq(ca_peak("main_ca", ACME_NEW_ORDER, MINUTE, back, back + DAY), PER_HOUR / 10 + PER_HOUR / 60 + 1, "%zu",
	    ca_peak("main_ca", ACME_NEW_ORDER, MINUTE, back, back + DAY));
	char *v = sim_value(s, "select string_agg(format('%s %s %s %s', state, outcome, code, n), E'\n') from (select state, outcome, code, count(*) n from certwright.attempt group by 1, 2, 3) x");
	cr_log_warn("%s", v);
	sim_close(s);
}
