/* The flow of a CA: its directory once a day, and probes while it is broken. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

#define PACK "11111111-1111-4111-8111-111111111111"
#define META "{\"meta\": \"{\\\"caa_identities\\\": [\\\"ca.test\\\"]}\"}"
#define FAILED "{\"failed\": \"acme_unreachable\"}"
#define STATE "select concat_ws(' ', failures, broken_since is not null) from certwright.certificate_authority"
#define DUE "select concat_ws(' ', count(*), min(d.state::text)) from generate_series(0, 1) p" \
	" cross join certwright.due_authority(p, array[certwright.shard_of($1::uuid)]::bigint[], '{null}', '{null}', 10) d"
#define WAKES "select wakes from certwright.job where flow = 'authority'"
#define IN(what) "select extract(epoch from " what " - certwright.clock_now())"
#define JOB_IN IN("run_at") " from certwright.job where flow = 'authority'"
#define PROBE_IN IN("probe_at") " from certwright.certificate_authority"
enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

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
	sql_do("select count(*) from certwright.lease_shards(gen_random_uuid(), 'a test')");
}

TestSuite(authority_flow, .init = up, .fini = sql_down, .timeout = 60);

static double
seconds(const char *sql)
{
	const char *text = sql_value(sql);

	return text[0] != '\0' ? strtod(text, NULL) : -1e9;
}

static void
pass(const char *span)
{
	sql_do("update public.clock set t = t + $1::interval", span);
}

/* A verdict of a job that was begun with these wakes; waits are C's. */
static void
finish(const char *wakes, const char *state, const char *outcome, const char *wait, const char *changes)
{
	const char *next = strncmp(outcome, "go:", 3) == 0 ? outcome + 3 : "";
	const char *code = strcmp(outcome, "retry") == 0 ? "acme_unreachable" : strcmp(outcome, "postponed") == 0 ? "disk" : "";

	cr_assert_eq(sql_number("select f.accepted from certwright.job j join certwright.shard s on s.id = j.shard"
	    " cross join lateral certwright.finish_authority(s.owner, array[j.subject], array[j.shard]::bigint[],"
	    " array[s.epoch], array[$1::bigint], array[$2], array[$3], array[$4::bigint], array[j.attempts]::bigint[],"
	    " array[j.attempts + 1]::bigint[], array[nullif($5, '')], array[nullif($5, '')], array[null::text],"
	    " array[3::bigint], array[true], array[nullif($6, '')], array[false], array[nullif($5, '')],"
	    " array[nullif($7, '')]) f where j.flow = 'authority'",
	    wakes, state, outcome, wait, code, next, changes), 1);
}

/* The same of one that was not woken meanwhile. */
static void
finds(const char *state, const char *outcome, const char *wait, const char *changes)
{
	finish(sql_value(WAKES), state, outcome, wait, changes);
}

static void
packs_fail(void)
{
	for (int i = 0; i < 3; i++)
		sql_do("select certwright.note_authority_failure($1::uuid, '" PACK "', 'acme_unreachable', 'x', null)", ca);
	cr_assert_str_eq(sql_value(STATE), "3 t");
}

static void
wait_for_job(void)
{
	sql_do("update public.clock set t = (select run_at from certwright.job where flow = 'authority')");
}

/* The job waits for the probe, and for that so long. */
static void
assert_probe_in(double wait, const char *when)
{
	double got = seconds(PROBE_IN);

	cr_assert(got >= wait && got <= wait * 1.1, "%s: %f instead of %f", when, got, wait);
	cr_assert_eq(seconds(JOB_IN), got, "%s: the job waits %f, the probe is in %f", when, seconds(JOB_IN), got);
}

Test(authority_flow, a_whole_outage)
{
	static const struct { const char *wait; int minutes; } probes[] = {
		{ "120", 1 }, { "240", 3 }, { "480", 7 }, { "900", 15 }, { "900", 30 }, { "900", 45 }, { "900", 60 }, { "900", 75 },
	};
	static const char since[] = "select extract(epoch from certwright.clock_now() - broken_since)"
	    " from certwright.certificate_authority";

	cr_assert_str_eq(sql_value(DUE, ca), "1 healthy", "a new one is read at once");
	finds("healthy", "well", "86400", META);
	cr_assert_eq(seconds(JOB_IN), DAY);
	pass("1 hour");
	packs_fail();
	for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
		int before = i > 0 ? probes[i - 1].minutes : 0, at = probes[i].minutes * MINUTE;
		char nth[8];

		snprintf(nth, sizeof nth, "%zu", i);
		assert_probe_in((probes[i].minutes - before) * MINUTE, nth);
		wait_for_job();
		cr_assert_geq(seconds(since), at, "%s", nth);
		cr_assert_leq(seconds(since), at * 1.1, "%s", nth);
		pass("-1 second");
		cr_assert_str_eq(sql_value(DUE, ca), "0", "%s: before its time", nth);
		pass("1 second");
		cr_assert_str_eq(sql_value(DUE, ca), "1 broken", "%s", nth);
		finds("broken", "retry", probes[i].wait, FAILED);
	}
	wait_for_job();
	cr_assert_str_eq(sql_value(DUE, ca), "1 broken");
	finds("broken", "go:healthy", "86400", META);
	cr_expect_str_eq(sql_value(STATE), "0 f");
	cr_expect_eq(sql_number("select num_nonnulls(failing_since, broken_since, probe_at, probe_wait)"
	    " from certwright.certificate_authority"), 0);
	cr_expect_eq(seconds(JOB_IN), DAY);
	cr_expect_str_eq(sql_value(DUE, ca), "0");
	wait_for_job();
	cr_expect_str_eq(sql_value(DUE, ca), "1 healthy");
	pass("1 minute");
	packs_fail();
	assert_probe_in(MINUTE, "the next outage begins at a minute");
}

Test(authority_flow, its_own_readings_open_it_too)
{
	for (int i = 0; i < 2; i++) {
		finds("healthy", "retry", "120", FAILED);
		cr_expect_eq(seconds(JOB_IN), 120);
		wait_for_job();
	}
	finds("healthy", "retry", "480", FAILED);
	cr_expect_str_eq(sql_value(STATE), "3 t");
	assert_probe_in(MINUTE, "the first");
	cr_expect_eq(sql_number("select attempts from certwright.job where flow = 'authority'"), 0);
}

Test(authority_flow, a_directory_that_could_be_read_ends_a_row_of_failures)
{
	for (int i = 0; i < 3; i++) {
		finds("healthy", "retry", "120", FAILED);
		finds("healthy", "retry", "120", FAILED);
		cr_expect_str_eq(sql_value(STATE), "2 f");
		finds("healthy", "well", "86400", META);
		cr_expect_str_eq(sql_value(STATE), "0 f");
	}
}

Test(authority_flow, what_was_being_read_while_it_broke_is_no_probe)
{
	const char *wakes = sql_value(WAKES);

	packs_fail();
	finish(wakes, "healthy", "retry", "120", FAILED);
	cr_expect_str_eq(sql_value(STATE), "4 t");
	assert_probe_in(MINUTE, "the first probe");
}

Test(authority_flow, a_probe_that_is_asked_for_meanwhile_is_made_at_once)
{
	const char *wakes;

	packs_fail();
	wait_for_job();
	wakes = sql_value(WAKES);
	sql_do("select certwright.restart('authority', $1::uuid)", ca);
	finish(wakes, "broken", "retry", "120", FAILED);
	cr_expect_str_eq(sql_value(DUE, ca), "1 broken");
	finds("broken", "retry", "240", FAILED);
	assert_probe_in(4 * MINUTE, "and then as ever");
}

Test(authority_flow, a_probe_that_we_could_not_make_is_none)
{
	packs_fail();
	wait_for_job();
	finds("broken", "postponed", "15", "");
	cr_expect_str_eq(sql_value(STATE), "3 t");
	cr_expect_eq(seconds(JOB_IN), 15);
	wait_for_job();
	finds("broken", "retry", "120", FAILED);
	assert_probe_in(2 * MINUTE, "the second");
}

Test(authority_flow, the_ca_may_say_when_it_wants_to_be_asked_again)
{
	for (int i = 0; i < 3; i++)
		sql_do("select certwright.note_authority_failure($1::uuid, '" PACK "', 'acme_unreachable', 'x', 600)", ca);
	assert_probe_in(10 * MINUTE, "as it said to packs");
	wait_for_job();
	finds("broken", "retry", "1800", "{\"failed\": \"acme_server_internal\", \"retry_after\": \"1800\"}");
	assert_probe_in(30 * MINUTE, "as it said to the probe");
	wait_for_job();
	finds("broken", "retry", "240", FAILED);
	assert_probe_in(4 * MINUTE, "without it");
}

Test(authority_flow, a_success_of_a_pack_ends_the_probes)
{
	packs_fail();
	sql_do("select certwright.note_authority_success($1::uuid, '" PACK "')", ca);
	wait_for_job();
	cr_expect_str_eq(sql_value(DUE, ca), "1 healthy");
	finds("healthy", "well", "86400", META);
	cr_expect_eq(seconds(JOB_IN), DAY);
}
