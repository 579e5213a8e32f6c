/* The circuit breaker of a CA: its whole life, and that nobody polls.  The flow
 * of the CA, which makes the probes, is in test_authority_flow.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/db/sql.h"

#define ONE "11111111-1111-4111-8111-111111111111"
#define TWO "22222222-2222-4222-8222-222222222222"
#define DOWN "acme_unreachable"
#define STATE "select concat_ws(' ', failures, broken_since is not null) from certwright.certificate_authority"
/* Seconds until a pack looks again. */
#define ASK_IN "select extract(epoch from certwright.authority_ask_at(a, $1::uuid) - certwright.clock_now())" \
	" from certwright.certificate_authority a"
#define OVERVIEW "select concat_ws(' ', healthy, extract(epoch from certwright.clock_now() - broken_since)::int," \
	" failures_1h, last_error) from certwright.ca_overview"
enum { MINUTE = 60, HOUR = 3600 };

static const char *ca;

static void
up(void)
{
	sql_up();
	sql_do("create table public.clock (t timestamptz)");
	sql_do("insert into public.clock values ('2026-01-01 00:00:00Z')");
	sql_do("create or replace function certwright.clock_now() returns timestamptz language sql stable"
	    " as 'select t from public.clock'");
	ca = sql_value("insert into certwright.certificate_authority (name, directory, account_key)"
	    " values ('pebble', 'https://ca.test/', 'key') returning id");
}

TestSuite(health, .init = up, .fini = sql_down, .timeout = 60);

static void
pass(const char *span)
{
	sql_do("update public.clock set t = t + $1::interval", span);
}

static void
fails(const char *subject, const char *retry_after)
{
	sql_do("select certwright.note_authority_failure($1::uuid, $2::uuid, '" DOWN "', 'it is down',"
	    " nullif($3, '')::bigint)", ca, subject, retry_after);
}

static void
works(const char *subject)
{
	sql_do("select certwright.note_authority_success($1::uuid, $2::uuid)", ca, subject);
}

static void
break_it(void)
{
	for (int i = 0; i < 3; i++)
		fails(ONE, "");
	cr_assert_str_eq(sql_value(STATE), "3 t");
}

/* From now until the next probe. */
static double
seconds_to_probe(void)
{
	return strtod(sql_value("select extract(epoch from probe_at - certwright.clock_now())"
	    " from certwright.certificate_authority"), NULL);
}

static void
assert_wait(double wait, const char *when)
{
	double got = seconds_to_probe();

	cr_assert(got >= wait && got <= wait * 1.1, "%s: %f instead of %f", when, got, wait);
}

static void
wait_for_probe(void)
{
	sql_do("update public.clock set t = (select probe_at from certwright.certificate_authority)");
}

/* ---- open and close ---------------------------------------------------------- */

Test(health, three_failures_in_a_row_of_any_jobs_open_it)
{
	fails(ONE, "");
	pass("10 seconds");
	fails(TWO, "");
	cr_expect_str_eq(sql_value(STATE), "2 f");
	cr_expect_str_eq(sql_value(ASK_IN, ONE), "", "it may be asked");
	pass("10 seconds");
	fails(ONE, "");
	cr_expect_str_eq(sql_value(STATE), "3 t");
	cr_expect_geq(strtod(sql_value(ASK_IN, ONE), NULL), MINUTE);
	cr_expect_str_eq(sql_value(OVERVIEW), "f 20 3 it is down");
	assert_wait(MINUTE, "the first");
}

Test(health, a_success_in_between_begins_anew)
{
	for (int i = 0; i < 2; i++)
		fails(ONE, "");
	works(TWO);
	cr_expect_str_eq(sql_value(STATE), "0 f");
	for (int i = 0; i < 2; i++)
		fails(ONE, "");
	cr_expect_str_eq(sql_value(STATE), "2 f");
	pass("1 minute");
	fails(ONE, "");
	cr_expect_str_eq(sql_value(OVERVIEW), "f 60 5 it is down");
}

Test(health, the_probes_are_one_two_four_eight_and_fifteen_minutes_apart)
{
	static const double waits[] = { 1, 2, 4, 8, 15, 15, 15 };

	break_it();
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		char nth[8];

		snprintf(nth, sizeof nth, "%zu", i);
		assert_wait(waits[i] * MINUTE, nth);
		wait_for_probe();
		fails(ca, "");
	}
	cr_expect_str_eq(sql_value(STATE), "10 t");
}

Test(health, waits_are_jittered_and_not_all_alike)
{
	double least = 1e9, most = 0;

	for (int i = 0; i < 40; i++) {
		double wait;

		works(ONE);
		pass("1.7 seconds");
		break_it();
		wait = seconds_to_probe();
		assert_wait(MINUTE, "each");
		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	cr_expect_lt(least, 61);
	cr_expect_gt(most, 65);
}

Test(health, retry_after_makes_it_longer_up_to_an_hour_and_never_shorter)
{
	static const struct { const char *retry_after; double wait; } table[] = {
		{ "600", 600 }, { "10", 60 }, { "0", 60 }, { "-1", 60 }, { "999999999999", HOUR },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		works(ONE);
		for (int n = 0; n < 3; n++)
			fails(ONE, table[i].retry_after);
		assert_wait(table[i].wait, table[i].retry_after);
	}
	/* The next one goes on where the waits were. */
	wait_for_probe();
	fails(ca, "");
	assert_wait(2 * MINUTE, "after it");
}

Test(health, jobs_that_were_under_way_do_not_lengthen_the_wait)
{
	double wait;

	break_it();
	wait = seconds_to_probe();
	for (int i = 0; i < 20; i++)
		fails(TWO, "3600");
	cr_expect_eq(seconds_to_probe(), wait);
	wait_for_probe();
	fails(TWO, "3600");	/* when one is due neither */
	cr_expect_eq(seconds_to_probe(), 0);
	fails(ca, "");
	assert_wait(2 * MINUTE, "the probe");
	fails(ONE, "");
	assert_wait(2 * MINUTE, "no probe");
}

Test(health, any_success_closes_it_and_nothing_is_left)
{
	break_it();
	wait_for_probe();
	pass("2 seconds");
	works(TWO);
	cr_expect_str_eq(sql_value(STATE), "0 f");
	cr_expect_eq(sql_number("select num_nonnulls(failing_since, broken_since, probe_at, probe_wait)"
	    " from certwright.certificate_authority"), 0);
	cr_expect_str_eq(sql_value(ASK_IN, TWO), "");
	/* What it failed with stays. */
	cr_expect_str_eq(sql_value(OVERVIEW), "t 3 it is down");
	break_it();
	assert_wait(MINUTE, "it begins at a minute again");
}

Test(health, a_success_writes_nothing_while_all_is_well)
{
	const char *before = sql_value("select ctid::text || xmin from certwright.certificate_authority");

	for (int i = 0; i < 5; i++)
		works(ONE);
	cr_expect_str_eq(sql_value("select ctid::text || xmin from certwright.certificate_authority"), before);
	/* nor does it wait for whoever does */
	sql_do("begin");
	works(ONE);
	cr_expect_eq(sql_number("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"), 0);
	sql_do("commit");
}

/* ---- ten thousand that wait ---------------------------------------------------- */

/* When each of them looks again, from the probe on. */
#define COME_BACK "create table public.back as select extract(epoch from certwright.authority_ask_at(a, md5(n::text)::uuid)" \
	" - a.probe_at)::float8 as late from certwright.certificate_authority a cross join generate_series(1, 10000) n"

Test(health, ten_thousand_come_back_one_after_another)
{
	static const char *const most[] = { "60", "120", "240", "300", "300" };

	break_it();
	for (int i = 0; i < 5; i++) {
		sql_do(COME_BACK);
		cr_expect_eq(sql_number("select count(*) from public.back where late >= 0 and late < $1::integer", most[i]), 10000);
		/* In no tenth of that time more than an eighth. */
		cr_expect_leq(sql_number("select max(c) from (select count(*) from public.back"
		    " group by floor(late * 10 / $1::integer)) s (c)", most[i]), 1250);
		sql_do("drop table public.back");
		wait_for_probe();
		fails(ca, "");
	}
}

/* The daemons may have been down, or the CA is slow to say that it is not there. */
Test(health, whoever_comes_before_the_probe_is_over_takes_his_place_again)
{
	static const char *const over[] = { "30 seconds", "60 seconds", "61 seconds", "10 minutes", "1 day" };

	for (size_t i = 0; i < sizeof over / sizeof over[0]; i++) {
		break_it();
		wait_for_probe();
		pass(over[i]);
		sql_do(COME_BACK);
		sql_do("update public.back set late = late - extract(epoch from $1::interval)", over[i]);
		cr_expect_eq(sql_number("select count(*) from public.back where late >= 0.999 and late < 61"), 10000, "%s", over[i]);
		cr_expect_leq(sql_number("select max(c) from (select count(*) from public.back"
		    " group by floor(late / 6)) s (c)"), 1250, "%s", over[i]);
		sql_do("drop table public.back");
		works(ONE);
	}
}

/* Eight hours of nothing but 503, two thousand jobs that do as they are told. */
Test(health, eight_hours_of_two_thousand_jobs_are_a_few_dozen_probes)
{
	long probes = 0, late_probes = 0, looks = 0;

	break_it();
	sql_do("create table public.waits as select md5(n::text)::uuid as id, certwright.clock_now() as at"
	    " from generate_series(1, 2000) n");
	sql_do("create index on public.waits (at)");
	for (long minute = 0; minute < 8 * 60; minute++) {
		pass("1 minute");
		if (seconds_to_probe() <= 0) {
			fails(ca, "");
			probes++;
			late_probes += minute >= 60;
		}
		looks += sql_number("with looked as (update public.waits j"
		    " set at = certwright.authority_ask_at((select a from certwright.certificate_authority a), j.id)"
		    " where j.at <= certwright.clock_now() returning 1) select count(*) from looked");
	}
	cr_expect_leq(late_probes, 7 * 60 / 15, "%ld", late_probes);
	cr_expect_geq(late_probes, 7 * 60 / 22, "%ld", late_probes);
	cr_expect_leq(looks, 2000L * (probes + 2), "%ld looks, %ld probes", looks, probes);
}

/* ---- other errors --------------------------------------------------------------- */

Test(health, another_error_is_shown_and_changes_no_health)
{
	for (int i = 0; i < 5; i++)
		sql_do("select certwright.note_authority_error($1::uuid, 'acme_bad_contact', 'no such mail')", ca);
	cr_expect_str_eq(sql_value(STATE), "0 f");
	cr_expect_str_eq(sql_value(OVERVIEW), "t 5 no such mail");
	cr_expect_str_eq(sql_value("select last_error_code from certwright.certificate_authority"), "acme_bad_contact");
	pass("59 minutes 59 seconds");
	cr_expect_str_eq(sql_value(OVERVIEW), "t 5 no such mail");
	pass("2 seconds");
	cr_expect_str_eq(sql_value(OVERVIEW), "t 0 no such mail");
	sql_do("select certwright.note_authority_error($1::uuid, 'acme_refused', 'go away')", ca);
	cr_expect_str_eq(sql_value(OVERVIEW), "t 1 go away");
}

Test(health, the_same_error_again_is_counted_but_not_written_within_a_minute)
{
	static const char age[] = "select extract(epoch from certwright.clock_now() - last_error_at)::int"
	    " from certwright.certificate_authority";

	for (int i = 0; i < 3; i++) {
		sql_do("select certwright.note_authority_error($1::uuid, 'acme_refused', 'no')", ca);
		pass("30 seconds");
	}
	cr_expect_eq(sql_number(age), 90);
	sql_do("select certwright.note_authority_error($1::uuid, 'acme_refused', 'no')", ca);
	cr_expect_eq(sql_number(age), 0);
	cr_expect_eq(sql_number("select failures_1h from certwright.ca_overview"), 4);
}

Test(health, each_ca_has_its_own)
{
	sql_do("insert into certwright.certificate_authority (name, directory, account_key)"
	    " values ('other', 'https://other.test/', 'key')");
	for (int i = 0; i < 3; i++)
		fails(ONE, "");
	cr_expect_str_eq(sql_value("select string_agg(name || ' ' || healthy || ' ' || failures_1h, ', ' order by name)"
	    " from certwright.ca_overview"), "other true 0, pebble false 3");
}
