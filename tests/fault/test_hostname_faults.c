/*
 * For n = 1, 4, 7 …: the n-th outside act fails by a fault of ours, or the
 * daemon is killed at it.  The end must be that of the calm run: the same
 * statuses, the same events once each, the same looks used up.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "dcv/hostname.h"
#include "tests/kit/sim.h"
#include "tests/kit/world.h"

static const struct flow *const hostnames_only[] = { &hostname_flow, NULL };

enum { STRIDE = 3, ACTS = 60 };

struct fault {
	struct sim *sim;
	size_t at;		/* number of the act; 0: a calm run */
	bool kill;
	bool struck;
};

static bool
strike(void *arg, size_t number, const char *what)
{
	struct fault *f = arg;

	(void)what;
	if (number != f->at)
		return true;
	f->struck = true;
	if (f->kill)
		sim_kill_soon(f->sim);
	return f->kill;
}

/* Three hostnames: one points at us from the start, one after five minutes,
 * one never.  Gives what the provider sees in the end. */
static char *
end_of(struct fault *f)
{
	char *end;

	world_reset();
	f->struck = false;
	f->sim = sim_open(hostnames_only);
	world_watch(strike, f);
	sim_do(f->sim, "do $$ begin perform certwright.create_zone('shop', "
	    "'{\"cname_targets\": [\"customers.provider.test\"], \"allow_reserved_names\": true}');"
	    "perform certwright.create_custom_hostname((select id from certwright.zone), "
	    "json_build_object('hostname', 'shop' || n || '.customer.test')::jsonb) "
	    "from generate_series(1, 3) n; end $$");
	world_has("shop1.customer.test", DNS_CNAME, "customers.provider.test");
	sim_run_until(f->sim, 300);
	world_has("shop2.customer.test", DNS_CNAME, "customers.provider.test");
	sim_run_until(f->sim, 700);
	end = sim_value(f->sim, "select string_agg(format('%s %s', hostname, status), ', ' order by hostname)"
	    " || '; ' || (select string_agg(type, ', ' order by type) from certwright.event)"
	    " || '; ' || (select string_agg(attempts::text, ',') from certwright.job where flow = 'hostname')"
	    " || '; ' || (select count(*) from (select subject, attempt from certwright.attempt "
	    "where outcome = 'retry' group by 1, 2 having count(*) > 1) twice) || ' twice'"
	    " from certwright.custom_hostname");
	sim_close(f->sim);
	return end;
}

static void
each_act(bool kill)
{
	struct fault calm = { .at = 0 };
	char *wanted = end_of(&calm);
	size_t struck = 0;

	cr_assert(strstr(wanted, "shop1.customer.test active, shop2.customer.test active, "
	    "shop3.customer.test pending") != NULL, "%s", wanted);
	for (size_t n = 1; n < ACTS; n += STRIDE) {
		struct fault f = { .at = n, .kill = kill };
		char *end = end_of(&f);

		cr_expect_str_eq(end, wanted, "act %zu: %s", n, end);
		struck += f.struck;
		free(end);
	}
	cr_expect_geq(struck, 10, "only %zu acts were there to strike", struck);
	free(wanted);
}

Test(faults, an_act_that_fails_by_our_fault_changes_nothing_in_the_end)
{
	each_act(false);
}

Test(faults, a_daemon_killed_at_any_act_changes_nothing_in_the_end)
{
	each_act(true);
}
