/* Tokens with customers who are late, and with CAs that keep them for seven or
 * fourteen days, over the whole schedule. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/packs.h"
#include "tests/kit/played_ca.h"
#include "tests/kit/world.h"

enum { HOUR = 3600, DAY = 24 * HOUR, SCHEDULE = 610263 };	/* seconds */

#define PLACE "_acme-challenge.shop.d1.test"
#define TARGET "shop.d1.test.%s.dcv.provider.test"

/* A wildcard pack, so that nobody but the customer can show it. */
static void
add_wildcard(struct sim *s, const char *hostname, const char *ca)
{
	packs_new(s, hostname, 1, ca);
	sim_do(s, "update certwright.certificate set wildcard = true, method = 'txt'");
}

/* The n-th value of the token that is asked for, or of the last one that was. */
static char *
value_of(struct sim *s, bool is_old, int n)
{
	char sql[400];

	snprintf(sql, sizeof sql, "select txt_value from certwright.challenge where (voided_at is not null) = %s "
	    "order by voided_at desc, wildcard offset %d limit 1", is_old ? "true" : "false", n);
	return sim_value(s, sql);
}

static void
publish(struct sim *s, const char *name, bool old)
{
	for (int n = 0; n < 2; n++) {
		char *value = value_of(s, old, n);

		cr_assert_str_neq(value, "", "there are two values");
		world_has(name, DNS_TXT, value);
		free(value);
	}
}

static void
assert_value(struct sim *s, const char *sql, const char *want)
{
	char *value = sim_value(s, sql);

	cr_expect_str_eq(value, want, "%s: %s", sql, value);
	free(value);
}

/* ---- nobody publishes -------------------------------------------------------------- */

/* Looks are after each wait: 595,863 s and 610,263 s are the last two.  What is
 * good for seven days (604,800 s) is over with the last one, and nothing is
 * ordered any more; of what is good for two (172,800 s) the third part ends
 * before the schedule does, at looks four hours apart. */
static const struct {
	const char *ca;
	int days;			/* of the CA's authorizations, and its rule */
	size_t orders;
} kept[] = {
	{ "short_ca", 2, 4 },
	{ "lets_encrypt", 7, 1 },
	{ "google", 14, 1 },
	{ "ssl_com", 14, 1 },
};

Test(tokens, they_are_replaced_when_they_expire_and_all_ends_with_the_schedule, .timeout = 300)
{
	struct sim *s = packs_open("{p256}");
	char sql[400];

	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		packs_ca(s, kept[i].ca, "{}", 0);
		ca_orders_last(kept[i].ca, kept[i].days);
		snprintf(sql, sizeof sql, "update certwright.certificate_authority set token_validity = '%d days' where name = '%s'",
		    kept[i].days, kept[i].ca);
		sim_do(s, sql);
		snprintf(sql, sizeof sql, "'shop.d%zu.test'", i);
		add_wildcard(s, sql, kept[i].ca);
	}
	sim_run_until(s, SCHEDULE - 60);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.certificate where status = 'pending_validation'"), 4);
	sim_run_until(s, SCHEDULE + 60);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.certificate where status = 'validation_timed_out' "
	    "and code = 'token_missing'"), 4);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		cr_expect_eq(ca_orders(kept[i].ca), kept[i].orders, "%s: %zu orders", kept[i].ca, ca_orders(kept[i].ca));
		cr_expect_eq(ca_count(kept[i].ca, ACME_VALIDATE), 0, "%s", kept[i].ca);
	}
	sim_close(s);
}

/* ---- a customer who is late ----------------------------------------------------------- */

Test(tokens, who_publishes_an_old_value_is_told_so_and_then_mends_it, .timeout = 120)
{
	struct sim *s = packs_open("{p256}");

	packs_ca(s, "main_ca", "{}", 0);
	ca_orders_last("main_ca", 1);
	add_wildcard(s, "'shop.d1.test'", "");
	sim_run_until(s, DAY + 5 * HOUR);	/* the second tokens are there */
	publish(s, PLACE, true);
	sim_run_until(s, DAY + 10 * HOUR);
	assert_value(s, "select status || ' ' || code from certwright.certificate", "pending_validation token_old");
	assert_value(s, "select findings #>> '{0,code}' from certwright.certificate", "token_old");
	cr_expect_eq(ca_count("main_ca", ACME_VALIDATE), 0, "the CA was not asked to look");
	world_forgets(PLACE);
	publish(s, PLACE, false);
	sim_run_until(s, DAY + 15 * HOUR);
	cr_expect_eq(packs_well(s), 1);
	assert_value(s, "select count(*) || ' ' || coalesce(min(c.findings::text), 'none') from certwright.certificate c "
	    "left join certwright.challenge h on h.certificate_id = c.id where h.id is null group by c.id", "1 none");
	sim_close(s);
}

Test(tokens, a_ca_that_does_not_see_them_costs_one_order_a_retry, .timeout = 120)
{
	struct sim *s = packs_open("{p256}");

	packs_ca(s, "main_ca", "{}", 0);
	ca_refuses("main_ca", "shop.d1.test", "acme_unauthorized");
	packs_new(s, "'shop.d1.test'", 1, "");
	sim_run_until(s, DAY);
	cr_expect_eq((int64_t)ca_orders("main_ca"), 1 + sim_number(s, "select attempts from certwright.job where flow = 'certificate'"),
	    "%zu orders", ca_orders("main_ca"));
	cr_expect_eq(sim_number(s, "select count(*) from certwright.challenge where voided_at is null and status = 'pending'"), 1,
	    "the next token is shown");
	sim_close(s);
}

/* ---- delegation ---------------------------------------------------------------------- */

Test(tokens, a_wildcard_by_delegation_needs_nothing_of_the_customer, .timeout = 120)
{
	struct sim *s = packs_open("{p256}");
	char target[200], *id = sim_value(s, "select dcv_delegation_id from certwright.zone");

	snprintf(target, sizeof target, TARGET, id);
	free(id);
	sim_do(s, "select certwright.put_setting('dcv_domain', 'dcv.provider.test')");
	world_has(PLACE, DNS_CNAME, target);
	packs_ca(s, "main_ca", "{}", 0);
	add_wildcard(s, "'shop.d1.test'", "");
	sim_run_until(s, 2);
	publish(s, target, false);	/* as our name server does */
	sim_run_until(s, 20);
	cr_expect_eq(packs_well(s), 1);
	assert_value(s, "select is_delegated from certwright.certificate", "t");
	cr_expect_eq(sim_number(s, "select count(*) from certwright.attempt where outcome = 'retry'"), 0,
	    "what we publish uses up no retry");

	/* And again when the CA has forgotten it. */
	sim_run_until(s, 31 * DAY);
	packs_renew(s, "%");
	sim_run_until(s, 31 * DAY + 2);
	world_forgets(target);
	publish(s, target, false);
	sim_run_until(s, 31 * DAY + 20);
	cr_expect_eq(packs_under_way(s), 0);
	cr_expect_eq(packs_well(s), 1);
	cr_expect_eq(ca_count("main_ca", ACME_VALIDATE), 4);
	sim_close(s);
}
