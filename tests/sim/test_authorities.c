/*
 * CAs over hours and days: an outage and its end, limits, refusals.
 * RENEWALS=10000 in the environment makes the outage one of so many packs.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/packs.h"
#include "tests/kit/played_ca.h"
#include "tests/kit/played_edge.h"
#include "tests/kit/world.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 24 * HOUR };

static void
all_are_served(struct sim *s, size_t count)
{
	cr_assert_eq(edge_served(packs_now(s)), count, "%zu are served after %lld s", edge_served(packs_now(s)),
	    (long long)sim_now(s));
	cr_assert_eq(packs_well(s), (int64_t)count);
	cr_assert_eq(edge_gaps(), 0);
	cr_assert_eq(packs_doubled(s), 0);
}

static void
run_hours(struct sim *s, int hours, size_t count)
{
	for (int64_t hour = 1, start = sim_now(s); hour <= hours; hour++) {
		sim_run_until(s, start + hour * HOUR);
		all_are_served(s, count);
	}
}

/* From the second hour of an outage on. */
static void
only_probes_were_made(const char *ca, int64_t broke, int64_t back)
{
	size_t probes = ca_peak(ca, ANY_ACT, 15 * MINUTE, broke + HOUR, back), all = ca_peak(ca, ANY_ACT, DAY, broke, back);

	cr_expect_eq(probes, 1, "%zu requests within 15 minutes", probes);
	cr_expect_eq(ca_peak(ca, ACME_NEW_ORDER, DAY, broke + HOUR, back), 0);
	/* 64 packs, or 96 new ones, are in flight when it breaks. */
	cr_expect_leq(all, 96 + 40, "%zu requests in all", all);
}

/* ---- a CA that is down for eight hours --------------------------------------- */

enum { RENEWALS = 400, OUTAGE = 8 };

/* Active packs of which all are due, and a CA that has just gone down. */
static struct sim *
sim_with_outage(int orders_per_hour, int of_default, int named)
{
	struct sim *s = packs_open("{p256}");

	sim_coarse(s, MINUTE);
	packs_ca(s, "main_ca", "{}", orders_per_hour);
	packs_served(s, "'shop.d' || n || '.test'", of_default, "main_ca", "", 29 * DAY - HOUR, 10 * MINUTE);
	packs_served(s, "'shop.named' || n || '.test'", named, "main_ca", "main_ca", 29 * DAY - HOUR, 10 * MINUTE);
	sim_run_until(s, 5 * MINUTE);
	ca_is_down("main_ca", "acme_server_internal");
	return s;
}

static size_t
renewals(void)
{
	const char *wanted = getenv("RENEWALS");

	return wanted != NULL ? strtoul(wanted, NULL, 10) : RENEWALS;
}

static int64_t
looks_without_budget(struct sim *s)
{
	return sim_number(s, "select count(*) from certwright.attempt where code = 'acme_no_budget'");
}

Test(authorities, renewals_wait_for_a_ca_that_is_down_and_come_back_in_good_order, .timeout = 1800)
{
	size_t count = renewals(), per_hour = count * 4 / 10;
	struct sim *s = sim_with_outage((int)per_hour, (int)count, 0);
	int64_t down = packs_now(s), back, looks;

	run_hours(s, OUTAGE, count);
	back = packs_now(s);
	looks = looks_without_budget(s);
	cr_expect_eq(ca_orders("main_ca"), 0);
	only_probes_were_made("main_ca", down, back);
	ca_is_up("main_ca");
	run_hours(s, 4, count);
	cr_expect_eq(packs_under_way(s), 0);
	cr_expect_eq(edge_deployments(), count);
	cr_expect_eq(ca_orders("main_ca"), count, "%zu orders", ca_orders("main_ca"));
	cr_expect_eq(ca_most_orders("main_ca"), 1);
	/* Who waits for its turn has one, and does not come for it again and again. */
	looks = looks_without_budget(s) - looks;
	cr_expect_leq(looks, 2 * (int64_t)count, "%lld looks", (long long)looks);
	cr_expect_leq(ca_peak("main_ca", ACME_NEW_ORDER, HOUR, back, back + DAY), per_hour, "%zu orders within an hour",
	    ca_peak("main_ca", ACME_NEW_ORDER, HOUR, back, back + DAY));
	cr_expect_leq(ca_peak("main_ca", ACME_NEW_ORDER, MINUTE, back, back + DAY), per_hour / 10 + per_hour / 60 + 1,
	    "%zu orders within a minute", ca_peak("main_ca", ACME_NEW_ORDER, MINUTE, back, back + DAY));
	sim_close(s);
}

Test(authorities, packs_of_the_default_ca_go_to_the_next_one_and_named_ones_wait, .timeout = 600)
{
	enum { DEFAULT = 100, NAMED = 50 };
	struct sim *s = sim_with_outage(0, DEFAULT, NAMED);
	int64_t down = packs_now(s), back;

	packs_ca(s, "other_ca", "{}", 0);
	run_hours(s, 1, DEFAULT + NAMED);
	cr_expect_eq(ca_orders("other_ca"), DEFAULT, "%zu orders", ca_orders("other_ca"));
	cr_expect_eq(packs_under_way(s), NAMED);
	run_hours(s, OUTAGE - 1, DEFAULT + NAMED);
	back = packs_now(s);
	cr_expect_eq(packs_under_way(s), NAMED);
	only_probes_were_made("main_ca", down, back);
	ca_is_up("main_ca");
	run_hours(s, 1, DEFAULT + NAMED);
	cr_expect_eq(packs_under_way(s), 0);
	cr_expect_eq(ca_orders("main_ca"), NAMED);
	cr_expect_eq(ca_orders("other_ca"), DEFAULT);
	sim_close(s);
}

/* Their turns passed while nobody could take them. */
Test(authorities, turns_that_passed_while_we_were_stopped_are_not_made_up_for, .timeout = 600)
{
	enum { COUNT = 200, PER_HOUR = 60 };
	struct sim *s = packs_open("{p256}");
	int64_t back;

	sim_coarse(s, MINUTE);
	packs_ca(s, "main_ca", "{}", PER_HOUR);
	packs_new(s, "'shop.d' || n || '.test'", COUNT, "");
	sim_run_until(s, 10 * MINUTE);
	cr_expect_leq(ca_orders("main_ca"), PER_HOUR);
	sim_jump(s, 2 * HOUR);
	back = packs_now(s);
	sim_run_until(s, 7 * HOUR);
	cr_expect_leq(ca_peak("main_ca", ACME_NEW_ORDER, HOUR, back, back + DAY), PER_HOUR, "%zu orders within an hour",
	    ca_peak("main_ca", ACME_NEW_ORDER, HOUR, back, back + DAY));
	cr_expect_eq(packs_well(s), COUNT, "%lld are well", (long long)packs_well(s));
	cr_expect_eq(ca_orders("main_ca"), COUNT);
	sim_close(s);
}

/* ---- a CA with Let's Encrypt's limits ------------------------------------------- */

Test(authorities, limits_that_are_known_are_never_reached, .timeout = 600)
{
	enum { ALONE = 450, TOGETHER = 80, AGAIN = 4, FAILING = 3, DAYS = 8 };
	struct sim *s = packs_open("{p256}");

	sim_coarse(s, MINUTE);
	packs_ca(s, "lets_encrypt", "{}", 0);
	packs_ca_is_limited(s, "lets_encrypt");
	packs_new(s, "'shop.d' || n || '.test'", ALONE, "");
	packs_new(s, "'n' || n || '.together.test'", TOGETHER, "");
	packs_new(s, "'again.a' || n || '.test'", AGAIN, "");
	packs_new(s, "'failing' || n || '.test'", FAILING, "");
	ca_refuses("lets_encrypt", "failing1.test", "acme_unauthorized");
	ca_refuses("lets_encrypt", "failing2.test", "acme_connection");
	ca_refuses("lets_encrypt", "failing3.test", "acme_dns");
	for (int half_day = 1; half_day <= 2 * DAYS; half_day++) {
		sim_run_until(s, half_day * DAY / 2);
		packs_renew(s, "again.%");
		if (half_day == 1)	/* 300 at once, then 100 an hour */
			cr_expect_geq(packs_well(s), ALONE + AGAIN);
	}
	cr_expect_eq(ca_limited("lets_encrypt"), 0, "%zu orders were refused", ca_limited("lets_encrypt"));
	cr_expect_eq(packs_well(s), ALONE + TOGETHER + AGAIN, "%lld are well", (long long)packs_well(s));
	/* Five, then one every 34 hours. */
	cr_expect_geq(ca_most_orders("lets_encrypt"), 5 + DAYS * 24 / 34 - 1);
	cr_expect_leq(ca_most_orders("lets_encrypt"), 5 + DAYS * 24 / 34 + 1);
	cr_expect_eq(edge_gaps(), 0);
	sim_close(s);
}

/* The counter-proof: this CA does refuse. */
Test(authorities, a_limit_that_nobody_told_us_of_is_learnt_from_its_refusals, .timeout = 600)
{
	enum { COUNT = 400 };
	struct sim *s = packs_open("{p256}");

	sim_coarse(s, MINUTE);
	packs_ca(s, "main_ca", "{}", 0);
	ca_rate_limits("main_ca", true);
	packs_new(s, "'shop.d' || n || '.test'", COUNT, "");
	sim_run_until(s, DAY);
	cr_expect_gt(ca_limited("main_ca"), 0);
	cr_expect_leq(ca_limited("main_ca"), 10 * COUNT, "%zu orders were refused", ca_limited("main_ca"));
	cr_expect_eq(packs_well(s), COUNT);
	cr_expect_eq(ca_orders("main_ca"), COUNT);
	sim_close(s);
}

/* ---- who is asked when one must not, or will not --------------------------------- */

static const struct who {
	const char *hostname, *wanted, *caa, *refusal;	/* CAA at the name; of google */
	const char *ends;	/* status, CA, code */
	size_t google, lets_encrypt;	/* new orders, refused ones as well */
} whos[] = {
	{ "free.test", "", NULL, NULL, "active google ", 1, 0 },
	{ "le-only.test", "", "0 issue letsencrypt.org", NULL, "active lets_encrypt ", 0, 1 },
	{ "nobody.test", "", "0 issue ;", NULL, "initializing  caa_forbids", 0, 0 },
	{ "named.test", "google", "0 issue letsencrypt.org", NULL, "initializing  caa_excludes", 0, 0 },
	{ "rejected.test", "", NULL, "acme_rejected_identifier", "active lets_encrypt ", 1, 1 },
	{ "caa-at-ca.test", "", NULL, "acme_caa", "active lets_encrypt ", 1, 1 },
	{ "named-caa.test", "lets_encrypt", "0 issue letsencrypt.org", NULL, "active lets_encrypt ", 0, 1 },
};

Test(authorities, who_is_forbidden_or_refuses_is_left_for_the_next_one, .timeout = 120)
{
	for (size_t i = 0; i < sizeof whos / sizeof whos[0]; i++) {
		struct sim *s = packs_open("{p256}");
		char *quoted = NULL, *end;

		packs_ca(s, "google", "{pki.goog}", 0);
		packs_ca(s, "lets_encrypt", "{letsencrypt.org}", 0);
		if (whos[i].caa != NULL)
			world_has(whos[i].hostname, DNS_CAA, whos[i].caa);
		if (whos[i].refusal != NULL)
			ca_refuses("google", whos[i].hostname, whos[i].refusal);
		cr_assert_geq(asprintf(&quoted, "'%s'", whos[i].hostname), 0);
		packs_new(s, quoted, 1, whos[i].wanted);
		sim_run_until(s, 5 * MINUTE);
		end = sim_value(s, "select format('%s %s %s', c.status, a.name, c.code) from certwright.certificate c "
		    "left join certwright.certificate_authority a on a.id = c.authority_id");
		cr_expect_str_eq(end, whos[i].ends, "%s: %s", whos[i].hostname, end);
		cr_expect_eq(ca_count("google", ACME_NEW_ORDER), whos[i].google, "%s", whos[i].hostname);
		cr_expect_eq(ca_count("lets_encrypt", ACME_NEW_ORDER), whos[i].lets_encrypt, "%s", whos[i].hostname);
		free(quoted);
		free(end);
		sim_close(s);
	}
}
