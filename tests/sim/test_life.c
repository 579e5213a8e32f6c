/* Ten thousand custom hostnames for a month: customers act late, leave, return
 * and move between zones, their name servers break, the clock jumps.  Every end
 * must be the one that the documentation says. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcv/hostname.h"
#include "tests/kit/sim.h"
#include "tests/kit/world.h"

static const struct flow *const hostnames_only[] = { &hostname_flow, NULL };

enum { DAY = 86400, EACH = 1000, STEP = 600 };

enum customer {
	ACTS_AT_ONCE, ACTS_LATE, NEVER_ACTS, PROVES_THEN_POINTS, LEAVES, RETURNS, CHANGES_ZONE,
	ACTS_AFTER_THE_SCHEDULE, HAS_BROKEN_SERVERS, LEAVES_BY_ADDRESS, CUSTOMERS
};

static const struct end {
	const char *who;
	const char *domain;		/* of their names */
	const char *status;		/* in zone one, after thirty days */
	const char *elsewhere;		/* in zone two, "" if not there */
	const char *events;		/* of zone one, in order */
} ends[CUSTOMERS] = {
	[ACTS_AT_ONCE] = { "at once", "a.test", "active", "", "activated" },
	[ACTS_LATE] = { "late", "b.test", "active", "", "activated" },
	[NEVER_ACTS] = { "never", "c.test", "deleted", "", "moved deleted" },
	[PROVES_THEN_POINTS] = { "proves first", "d.test", "active", "", "activated" },
	[LEAVES] = { "leaves", "e.test", "deleted", "", "activated moved deleted" },
	[RETURNS] = { "returns", "f.test", "active", "", "activated moved refreshed activated" },
	[CHANGES_ZONE] = { "changes zone", "g.test", "deleted", "active", "activated moved deleted" },
	[ACTS_AFTER_THE_SCHEDULE] = { "after the schedule", "h.test", "active", "", "moved refreshed activated" },
	[HAS_BROKEN_SERVERS] = { "broken servers", "broken.test", "active", "", "activated" },
	[LEAVES_BY_ADDRESS] = { "leaves by address", "k.test", "deleted", "", "activated moved deleted" },
};

static struct sim *
sim_with_two_zones(void)
{
	struct sim *s;

	world_reset();
	s = sim_open(hostnames_only);
	sim_coarse(s, STEP);
	sim_do(s, "select certwright.put_setting('watch_every', '1d');"
	    "select certwright.create_zone('one', '{\"cname_targets\": [\"one.provider.test\"], "
	    "\"apex_prefixes\": [\"192.0.2.0/24\"], \"allow_reserved_names\": true}');"
	    "select certwright.create_zone('two', '{\"cname_targets\": [\"two.provider.test\"], "
	    "\"allow_reserved_names\": true}')");
	return s;
}

static void
add_hostnames(struct sim *s, const char *zone, const char *domain, int count)
{
	char sql[400];

	snprintf(sql, sizeof sql, "do $$ begin perform certwright.create_custom_hostname("
	    "(select id from certwright.zone where name = '%s'), json_build_object('hostname', "
	    "'n' || n || '.%s')::jsonb) from generate_series(1, %d) n; end $$", zone, domain, count);
	sim_do(s, sql);
}

/* What all customers of a kind do in their DNS; without a value they take it away. */
static void
all_publish(enum customer who, int count, enum dns_type type, const char *value)
{
	char name[64];

	for (int n = 1; n <= count; n++) {
		snprintf(name, sizeof name, "n%d.%s", n, ends[who].domain);
		world_forgets(name);
		if (value != NULL)
			world_has(name, type, value);
	}
}

static void
all_prove(struct sim *s, enum customer who, int count)
{
	char sql[200], name[96], *value;

	for (int n = 1; n <= count; n++) {
		snprintf(sql, sizeof sql, "select ownership_value from certwright.custom_hostname "
		    "where hostname = 'n%d.%s'", n, ends[who].domain);
		value = sim_value(s, sql);
		snprintf(name, sizeof name, "_cf-custom-hostname.n%d.%s", n, ends[who].domain);
		world_has(name, DNS_TXT, value);
		free(value);
	}
}

static void
refresh_all(struct sim *s, enum customer who)
{
	char sql[300];

	snprintf(sql, sizeof sql, "do $$ begin perform certwright.refresh_custom_hostname(zone_id, id) "
	    "from certwright.custom_hostname where hostname like '%%.%s'; end $$", ends[who].domain);
	sim_do(s, sql);
}

static void
live_thirty_days(struct sim *s, int count, bool jumps)
{
	for (int who = 0; who < CUSTOMERS; who++)
		add_hostnames(s, "one", ends[who].domain, count);
	for (int who = 0; who < CUSTOMERS; who++)
		if (who != ACTS_LATE && who != NEVER_ACTS && who != PROVES_THEN_POINTS &&
		    who != ACTS_AFTER_THE_SCHEDULE && who != LEAVES_BY_ADDRESS)
			all_publish(who, count, DNS_CNAME, "one.provider.test");
	all_publish(LEAVES_BY_ADDRESS, count, DNS_A, "192.0.2.7");
	sim_run_until(s, 1 * DAY);
	all_prove(s, PROVES_THEN_POINTS, count);
	sim_run_until(s, 2 * DAY);
	all_publish(ACTS_LATE, count, DNS_CNAME, "one.provider.test");
	sim_run_until(s, 3 * DAY);
	all_publish(PROVES_THEN_POINTS, count, DNS_CNAME, "one.provider.test");
	sim_run_until(s, 5 * DAY);
	if (jumps) {
		sim_jump(s, -7200);
		sim_jump(s, 3 * 3600);
	}
	sim_run_until(s, 8 * DAY);
	add_hostnames(s, "two", ends[CHANGES_ZONE].domain, count);
	all_publish(CHANGES_ZONE, count, DNS_CNAME, "two.provider.test");
	sim_run_until(s, 9 * DAY);
	all_publish(ACTS_AFTER_THE_SCHEDULE, count, DNS_CNAME, "one.provider.test");
	refresh_all(s, ACTS_AFTER_THE_SCHEDULE);
	sim_run_until(s, 10 * DAY);
	all_publish(LEAVES, count, DNS_CNAME, "another.provider.test");
	all_publish(RETURNS, count, DNS_CNAME, NULL);
	all_publish(LEAVES_BY_ADDRESS, count, DNS_A, "198.51.100.7");
	world_dns_fails(ends[HAS_BROKEN_SERVERS].domain, "dns_servfail", BLAME_NETWORK);
	if (jumps)
		sim_jump(s, DAY / 4);
	sim_run_until(s, 13 * DAY);
	all_publish(RETURNS, count, DNS_CNAME, "one.provider.test");
	refresh_all(s, RETURNS);
	sim_run_until(s, 20 * DAY);
	world_dns_fails(NULL, NULL, BLAME_NONE);
	sim_run_until(s, 30 * DAY);
}

enum { WITH_STATUS, WITH_EVENTS, IN_ZONE_TWO };

/* How many hostnames of a domain are, or were told, so. */
static int64_t
count_of(struct sim *s, int what, const char *domain, const char *text)
{
	char sql[900];

	if (what == WITH_EVENTS)
		snprintf(sql, sizeof sql, "select count(*) from (select string_agg(split_part(v.type, '.', 2), ' ' "
		    "order by v.seq) as told from certwright.event v join certwright.custom_hostname h "
		    "on h.id = v.custom_hostname_id join certwright.zone z on z.id = h.zone_id and z.name = 'one' "
		    "where h.hostname like '%%.%s' group by h.id) x where told = '%s'", domain, text);
	else
		snprintf(sql, sizeof sql, "select count(*) from certwright.custom_hostname h join certwright.zone z "
		    "on z.id = h.zone_id and z.name = '%s' where hostname like '%%.%s' and status = '%s'",
		    what == WITH_STATUS ? "one" : "two", domain, text);
	return sim_number(s, sql);
}

static void
all_ends_are_right(struct sim *s, int count)
{
	for (int who = 0; who < CUSTOMERS; who++) {
		const struct end *e = &ends[who];

		bool moved_on = e->elsewhere[0] != '\0';

		cr_expect_eq(count_of(s, WITH_STATUS, e->domain, e->status), count, "%s", e->who);
		cr_expect_eq(count_of(s, WITH_EVENTS, e->domain, e->events), count, "%s: events", e->who);
		cr_expect_eq(count_of(s, IN_ZONE_TWO, e->domain, moved_on ? e->elsewhere : "pending"),
		    moved_on ? count : 0, "%s: zone two", e->who);
	}
	/* Nobody is looked at more often than the schedule says, and no name has two owners. */
	cr_expect_eq(sim_number(s, "select count(*) from (select subject from certwright.attempt a "
	    "where state = 'pending' and outcome in ('retry', 'go:moved') group by subject "
	    "having count(*) > 76 * (1 + (select count(*) from certwright.event v where v.custom_hostname_id = subject "
	    "and v.type = 'custom_hostname.refreshed'))) x"), 0);
	cr_expect_eq(sim_number(s, "select count(*) from (select hostname from certwright.custom_hostname "
	    "where status = 'active' group by hostname having count(*) > 1) x"), 0);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname where status = 'active' "
	    "and not coalesce(points_here, false)"), 0, "all that are active point here");
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname h where status = 'deleted' "
	    "and exists (select from certwright.job j where j.subject = h.id)"), 0, "deleted ones rest");
}

Test(life, ten_thousand_hostnames_end_after_a_month_as_documented, .timeout = 600)
{
	struct sim *s = sim_with_two_zones();

	live_thirty_days(s, EACH, false);
	all_ends_are_right(s, EACH);
	sim_close(s);
}

Test(life, clock_jumps_of_the_machine_change_no_end, .timeout = 600)
{
	struct sim *s = sim_with_two_zones();

	live_thirty_days(s, EACH / 20, true);
	all_ends_are_right(s, EACH / 20);
	sim_close(s);
}

/* ---- who leaves is believed only when it is sure --------------------------- */

static struct sim *
sim_with_one_active(void)
{
	struct sim *s = sim_with_two_zones();

	sim_coarse(s, 1);
	add_hostnames(s, "one", "a.test", 1);
	world_has("n1.a.test", DNS_CNAME, "one.provider.test");
	sim_run_until(s, 60);
	return s;
}

Test(life, a_name_that_is_gone_for_five_minutes_stays_active)
{
	struct sim *s = sim_with_one_active();

	sim_do(s, "select certwright.refresh_custom_hostname(zone_id, id) from certwright.custom_hostname");
	world_forgets("n1.a.test");
	sim_run_until(s, 360);
	cr_expect_eq(sim_number(s, "select attempts from certwright.job"), 5);
	world_has("n1.a.test", DNS_CNAME, "one.provider.test");
	sim_run_until(s, 3600);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname where status = 'active' "
	    "and points_here and code is null and error is null"), 1);
	cr_expect_eq(sim_number(s, "select attempts from certwright.job"), 0, "what was held against it is forgotten");
	sim_close(s);
}

Test(life, a_name_that_left_is_moved_after_ten_more_looks)
{
	struct sim *s = sim_with_one_active();

	sim_do(s, "select certwright.refresh_custom_hostname(zone_id, id) from certwright.custom_hostname");
	world_forgets("n1.a.test");
	sim_run_until(s, 60 + 750);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname where status = 'active'"), 1);
	sim_run_until(s, 60 + 751);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname where status = 'moved' "
	    "and code = 'moved_away' and not points_here"), 1);
	sim_close(s);
}

Test(life, an_outage_of_the_name_servers_between_the_looks_proves_nothing)
{
	struct sim *s = sim_with_one_active();

	world_dns_fails("a.test", "dns_servfail", BLAME_NETWORK);
	sim_run_until(s, 20 * DAY);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname where status = 'active' "
	    "and points_here and code = 'dns_servfail'"), 1);
	sim_close(s);
}

/* ---- a value of a deleted name is nobody's proof --------------------------- */

Test(life, the_value_of_a_deleted_name_proves_nothing_for_another_zone)
{
	struct sim *s = sim_with_two_zones();
	char *value;

	sim_coarse(s, 1);
	add_hostnames(s, "one", "a.test", 1);
	value = sim_value(s, "select ownership_value from certwright.custom_hostname");
	sim_do(s, "select certwright.delete_custom_hostname(zone_id, id) from certwright.custom_hostname");
	world_has("_cf-custom-hostname.n1.a.test", DNS_TXT, value);
	add_hostnames(s, "two", "a.test", 1);
	add_hostnames(s, "one", "a.test", 1);
	sim_run_until(s, DAY);
	cr_expect_eq(sim_number(s, "select count(*) from certwright.custom_hostname where status = 'pending'"), 2);
	cr_expect_eq(sim_number(s, "select count(distinct ownership_value) from certwright.custom_hostname"), 3);
	free(value);
	sim_close(s);
}

/* ---- a new name does not wait for hopeless ones ---------------------------- */

struct order { size_t seen, at; };

static bool
note_first_look(void *arg, size_t number, const char *what)
{
	struct order *o = arg;

	o->seen = number;
	if (o->at == 0 && strcmp(what, "dns n1.new.test A") == 0)
		o->at = number;
	return true;
}

/* Whether the machine is fast or slow: of the four hundred thousand questions
 * that are due, those of the new name are among the first few thousand. */
Test(life, a_new_name_is_looked_at_before_a_hundred_thousand_that_never_validate, .timeout = 600)
{
	struct sim *s = sim_with_two_zones();
	struct order order = { 0, 0 };

	sim_do(s, "with made as (insert into certwright.custom_hostname (zone_id, hostname) "
	    "select z.id, 'n' || n || '.c.test' from certwright.zone z, generate_series(1, 100000) n "
	    "where z.name = 'one' returning id) "
	    "insert into certwright.job (flow, subject, shard, run_at, attempts, priority) "
	    "select 'hostname', id, certwright.shard_of(id), certwright.clock_now() - interval '1 hour', 20, 1 from made");
	add_hostnames(s, "two", "new.test", 1);
	world_watch(note_first_look, &order);
	sim_run_until(s, 0);
	cr_expect_geq(order.seen, 400000);
	cr_expect_gt(order.at, 0);
	cr_expect_lt(order.at, 8000, "it was question %zu of %zu", order.at, order.seen);
	sim_close(s);
}
