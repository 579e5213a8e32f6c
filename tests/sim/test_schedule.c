/* A week and more of custom hostnames in seconds: the schedule to the second. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "dcv/hostname.h"
#include "tests/kit/sim.h"
#include "tests/kit/world.h"

static const struct flow *const hostnames_only[] = { &hostname_flow, NULL };

enum { WEEK = 7 * 86400, SCHEDULE = 610263 };

static struct sim *
sim_with_zone(void)
{
	struct sim *s;

	world_reset();
	s = sim_open(hostnames_only);
	sim_do(s, "do $$ begin perform certwright.create_zone('shop', "
	    "'{\"cname_targets\": [\"customers.provider.test\"], \"allow_reserved_names\": true}'); end $$");
	return s;
}

static void
add_hostnames(struct sim *s, int count)
{
	char sql[400];

	snprintf(sql, sizeof sql, "do $$ begin perform certwright.create_custom_hostname("
	    "(select id from certwright.zone), json_build_object('hostname', 'shop' || n || "
	    "'.customer.test')::jsonb) from generate_series(1, %d) n; end $$", count);
	sim_do(s, sql);
}

static void
load_schedule(struct sim *s)
{
	FILE *csv = fopen("tests/data/backoff.csv", "r");
	char line[64], sql[200];
	int n, seconds;

	cr_assert_not_null(csv);
	sim_do(s, "create table public.schedule (n int primary key, seconds int)");
	while (fgets(line, sizeof line, csv) != NULL)
		if (sscanf(line, "%d,%d", &n, &seconds) == 2 && n <= 74) {
			snprintf(sql, sizeof sql, "insert into public.schedule values (%d, %d)", n, seconds);
			sim_do(s, sql);
		}
	fclose(csv);
	cr_assert_eq(sim_number(s, "select sum(seconds) from public.schedule"), SCHEDULE);
}

Test(schedule, a_thousand_hostnames_that_nobody_validates_are_looked_at_exactly_75_times_more)
{
	struct sim *s = sim_with_zone();

	load_schedule(s);
	add_hostnames(s, 1000);
	sim_run_until(s, SCHEDULE);

	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname where status = 'moved'"), 1000);
	cr_expect_eq(sim_now(s), SCHEDULE);
	/* Each look of each hostname is at the sum of the waits before it. */
	cr_expect_eq(sim_number(s, "select count(*) from certwright.attempt where state = 'pending'"), 76000);
	cr_expect_eq(sim_number(s,
	    "select count(*) from certwright.attempt a where state = 'pending' "
	    "and at <> timestamptz '2026-01-01 00:00:00+00' + interval '1 second' * "
	    "(select coalesce(sum(seconds), 0) from public.schedule where n < a.attempt)"), 0);
	cr_expect_eq(sim_number(s, "select count(*) from (select subject from certwright.attempt "
	    "where state = 'pending' group by subject "
	    "having count(distinct attempt) = 76 and min(attempt) = 0 and max(attempt) = 75) x"), 1000);
	cr_expect_eq(world_questions(), 3 * 76000, "%zu questions", world_questions());

	sim_run_until(s, SCHEDULE + WEEK);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname where status = 'deleted'"), 1000);
	cr_expect_eq(sim_now(s), SCHEDULE + WEEK);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.job"), 0);
	cr_expect_eq(world_questions(), 3 * 76000, "moved and deleted hostnames are not looked at: "
	    "%zu questions", world_questions());
	cr_expect_eq(sim_number(s, "select count(*) from certwright.event where type = 'custom_hostname.moved'"), 1000);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.event where type = 'custom_hostname.deleted'"), 1000);
	sim_close(s);
}

Test(schedule, a_customer_who_acts_late_is_seen_at_the_next_look)
{
	struct sim *s = sim_with_zone();

	add_hostnames(s, 2);
	sim_run_until(s, 500);		/* the 7th retry was at 486 */
	world_has("shop1.customer.test", DNS_CNAME, "customers.provider.test");
	sim_run_until(s, 600);
	cr_expect_eq(sim_number(s, "select extract(epoch from since - '2026-01-01 00:00:00+00')::int "
	    "from certwright.custom_hostname "
	    "where hostname = 'shop1.customer.test' and status = 'active'"), 570);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname "
	    "where hostname = 'shop2.customer.test' and status = 'pending'"), 1);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.event where type = 'custom_hostname.activated'"), 1);
	sim_close(s);
}

Test(schedule, a_resolver_that_is_down_for_a_day_uses_up_no_retry)
{
	struct sim *s = sim_with_zone();

	add_hostnames(s, 10);
	world_dns_fails("customer.test", "dns_timeout", BLAME_US);
	sim_run_until(s, 3600);
	cr_expect_eq(sim_number(s, "select max(attempts) from certwright.job"), 0);
	world_dns_fails(NULL, NULL, BLAME_NONE);
	sim_run_until(s, 3600 + 400);
	cr_expect_eq(sim_number(s, "select min(attempts) from certwright.job"), 6);
	sim_close(s);
}

Test(schedule, a_refresh_brings_a_moved_hostname_back_to_the_start)
{
	struct sim *s = sim_with_zone();
	char *edited;

	add_hostnames(s, 1);
	sim_run_until(s, SCHEDULE + 86400);
	world_has("_cf-custom-hostname.shop1.customer.test", DNS_TXT, "not the value");
	edited = sim_value(s, "select certwright.edit_custom_hostname(zone_id, id, "
	    "'{\"ssl\": {\"method\": \"http\", \"type\": \"dv\"}}')->>'status' "
	    "from certwright.custom_hostname");
	cr_expect_str_eq(edited, "pending");
	free(edited);
	cr_expect_eq(sim_number(s, "select attempts from certwright.job where flow = 'hostname'"), 0);
	sim_run_until(s, SCHEDULE + 86400 + 200);
	cr_expect_eq(sim_number(s, "select attempts from certwright.job where flow = 'hostname'"), 4);
	sim_close(s);
}

Test(schedule, a_daemon_killed_at_any_look_loses_nothing_and_adds_no_look)
{
	struct sim *s = sim_with_zone();

	add_hostnames(s, 50);
	for (int n = 0; n < 10; n++) {
		sim_run_until(s, 60 * (n + 1));
		sim_kill(s);
	}
	sim_run_until(s, SCHEDULE);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname where status = 'moved'"), 50);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.attempt where state = 'pending'"), 76 * 50);
	sim_close(s);
}
