/*
 * Issuance with the n-th outside act failed, or the daemon killed at it (a
 * question, or its answer), for n = 1, 3, 5 …: the end must be that of the calm
 * run, and no order is made twice but the one whose reply was lost.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/packs.h"
#include "tests/kit/played_ca.h"
#include "tests/kit/played_edge.h"
#include "tests/kit/world.h"

enum { STRIDE = 2, ACTS = 60, ORDERS = 2 };

struct fault {
	struct sim *sim;
	size_t at;		/* number of the act; 0: a calm run */
	bool kill;
	bool struck, was_order;
	size_t orders;
};

static bool
strike(void *arg, size_t number, const char *what)
{
	struct fault *f = arg;

	if (number != f->at)
		return true;
	f->struck = true;
	f->was_order = strstr(what, "new order") != NULL;
	if (f->kill)
		sim_kill_soon(f->sim);
	return f->kill;
}

/* A pack with an order for each key type, which the second CA may have; one
 * pack, so that at most one order is under way.  What the provider sees in the end. */
static char *
end_of(struct fault *f)
{
	char *end;

	f->sim = packs_open("{p256,rsa2048}");
	packs_ca(f->sim, "google", "{pki.goog}", 0);
	packs_ca(f->sim, "lets_encrypt", "{letsencrypt.org}", 0);
	world_has("shop.test", DNS_CAA, "0 issue letsencrypt.org");
	world_watch(strike, f);
	packs_new(f->sim, "'shop.test'", 1, "");
	sim_run_until(f->sim, 900);
	end = sim_value(f->sim, "select string_agg(format('%s %s %s %s', c.hostname, c.status, a.name, c.code), ', ') "
	    "|| '; ' || (select string_agg(type, ', ' order by type) from certwright.event) "
	    "from certwright.certificate c join certwright.certificate_authority a on a.id = c.authority_id");
	f->orders = ca_orders("google") + ca_orders("lets_encrypt");
	cr_expect_eq(edge_served(packs_now(f->sim)), 1);
	cr_expect_eq(edge_gaps(), 0);
	sim_close(f->sim);
	return end;
}

static void
each_act(bool kill)
{
	struct fault calm = { .at = 0 };
	char *wanted = end_of(&calm);
	size_t struck = 0;

	cr_assert_not_null(strstr(wanted, "shop.test active lets_encrypt ;"), "%s", wanted);
	cr_assert_eq(calm.orders, ORDERS);
	for (size_t n = 1; n < ACTS; n += STRIDE) {
		struct fault f = { .at = n, .kill = kill };
		char *end = end_of(&f);

		cr_expect_str_eq(end, wanted, "act %zu: %s", n, end);
		cr_expect_leq(f.orders, (size_t)ORDERS + f.was_order, "act %zu: %zu orders", n, f.orders);
		struck += f.struck;
		free(end);
	}
	cr_expect_geq(struck, 12, "only %zu acts were there to strike", struck);
	free(wanted);
}

Test(certificate_faults, an_act_that_fails_by_our_fault_changes_nothing_in_the_end, .timeout = 300)
{
	each_act(false);
}

Test(certificate_faults, a_daemon_killed_at_any_act_changes_nothing_in_the_end, .timeout = 300)
{
	each_act(true);
}
