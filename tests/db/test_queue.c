/* Leases, fences, wakes, suspects: the queue as two daemons would use it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/db/sql.h"

#define ONE "11111111-1111-4111-8111-111111111111"
#define TWO "22222222-2222-4222-8222-222222222222"
#define LEASE "select count(*) from certwright.lease_shards($1::uuid, 'a test')"
#define GIVES_BACK "select count(*) from certwright.lease_shards($1::uuid, 'a test') where give_back"
#define HELD "select count(*) from certwright.shard where owner = $1::uuid"
#define EXPIRE "update certwright.shard set lease_until = certwright.clock_now() - interval '1 second' " \
	"where owner = $1::uuid"
#define FORGET "update certwright.daemon set seen_at = certwright.clock_now() - interval '1 minute' where id = $1::uuid"

static const char *zone, *id;

static void
up(void)
{
	sql_up();
	zone = sql_zone("{\"allow_reserved_names\": true}");
	id = sql_hostname(zone, "{\"hostname\": \"shop.customer.test\"}");
}

TestSuite(queue, .init = up, .fini = sql_down, .timeout = 60);

/* One verdict about the hostname, as `daemon` with the epoch and wakes that
 * it saw; gives how many were accepted. */
static long
finish(const char *daemon, const char *epoch, const char *wakes, const char *outcome, const char *next)
{
	return sql_number("select accepted from certwright.finish_hostname($1::uuid, array[$2::uuid], "
	    "array[certwright.shard_of($2::uuid)]::bigint[], array[$3::bigint], array[$4::bigint], array['pending'], "
	    "array[$5], array[60::bigint], array[0::bigint], array[1::bigint], array[null::text], array[null::text], "
	    "array[null::text], array[3::bigint], array[true], array[nullif($6, '')], array[false], "
	    "array[null::text], array[null::text])", daemon, id, epoch, wakes, outcome, next);
}

static const char *
epoch_of(void)
{
	return sql_value("select epoch from certwright.shard where id = certwright.shard_of($1::uuid)", id);
}

static const char *
wakes_of(void)
{
	return sql_value("select wakes from certwright.job where flow = 'hostname' and subject = $1::uuid", id);
}

Test(queue, the_first_daemon_holds_all_shards)
{
	cr_expect_eq(sql_number(LEASE, ONE), 64);
	cr_expect_eq(sql_number(GIVES_BACK, ONE), 0);
}

Test(queue, a_second_one_gets_half_when_the_first_gives_back)
{
	sql_do(LEASE, ONE);
	cr_expect_eq(sql_number(LEASE, TWO), 0, "what is leased is not taken away");
	cr_expect_eq(sql_number(GIVES_BACK, ONE), 32);
	sql_do("select certwright.release_shards($1::uuid, (select array_agg(shard::bigint) "
	    "from certwright.lease_shards($1::uuid, 'a test') where give_back))", ONE);
	cr_expect_eq(sql_number(LEASE, TWO), 32);
	cr_expect_eq(sql_number(LEASE, ONE), 32);
	cr_expect_eq(sql_number(GIVES_BACK, ONE), 0);
}

Test(queue, an_expired_lease_is_taken_over_and_marked_unclean)
{
	sql_do(LEASE, ONE);
	sql_do(EXPIRE, ONE);
	sql_do(FORGET, ONE);
	cr_expect_eq(sql_number(LEASE, TWO), 64);
	cr_expect_eq(sql_number("select count(*) from certwright.shard where unclean"), 64);
	cr_expect_eq(sql_number(HELD, ONE), 0);
}

Test(queue, shards_that_were_given_back_are_clean)
{
	sql_do(LEASE, ONE);
	sql_do("select certwright.release_shards($1::uuid, null)", ONE);
	sql_do(LEASE, TWO);
	cr_expect_eq(sql_number("select count(*) from certwright.shard where unclean"), 0);
	cr_expect_eq(sql_number("select count(*) from certwright.daemon"), 1);
}

Test(queue, an_expired_lease_that_nobody_took_is_renewed_with_its_epoch)
{
	const char *before;

	sql_do(LEASE, ONE);
	before = epoch_of();
	sql_do(EXPIRE, ONE);
	cr_expect_eq(sql_number(LEASE, ONE), 64);
	cr_expect_str_eq(epoch_of(), before);
}

Test(queue, a_verdict_of_the_owner_is_accepted_once_for_each_look)
{
	sql_do(LEASE, ONE);
	cr_expect_eq(finish(ONE, epoch_of(), wakes_of(), "retry", ""), 1);
	cr_expect_eq(sql_number("select attempts from certwright.job where flow = 'hostname'"), 1);
	cr_expect_eq(sql_number("select extract(epoch from run_at - ran_at)::int from certwright.job "
	    "where flow = 'hostname'"), 60);
	cr_expect_eq(sql_number("select count(*) from certwright.attempt where outcome = 'retry' and attempt = 0"), 1);
}

Test(queue, a_late_verdict_of_a_former_owner_changes_nothing)
{
	const char *old;

	sql_do(LEASE, ONE);
	old = epoch_of();
	sql_do(EXPIRE, ONE);
	sql_do(FORGET, ONE);
	sql_do(LEASE, TWO);
	cr_expect_eq(finish(ONE, old, wakes_of(), "go:active", "active"), 0);
	cr_expect_eq(finish(ONE, epoch_of(), wakes_of(), "go:active", "active"), 0, "another's epoch does not help");
	cr_expect_eq(finish(TWO, old, wakes_of(), "go:active", "active"), 0, "nor another's name");
	cr_expect_eq(sql_number("select count(*) from certwright.custom_hostname where status = 'pending'"), 1);
	cr_expect_eq(sql_number("select count(*) from certwright.attempt"), 0);
	cr_expect_eq(sql_number("select count(*) from certwright.event"), 0);
	cr_expect_eq(finish(TWO, epoch_of(), wakes_of(), "go:active", "active"), 1);
	cr_expect_eq(sql_number("select count(*) from certwright.event where type = 'custom_hostname.activated'"), 1);
}

Test(queue, a_wake_during_the_look_runs_the_job_again_at_once)
{
	const char *seen;

	sql_do(LEASE, ONE);
	seen = wakes_of();
	sql_do("select certwright.schedule('hostname', $1::uuid, certwright.clock_now())", id);
	cr_expect_eq(finish(ONE, epoch_of(), seen, "retry", ""), 1);
	cr_expect_eq(sql_number("select count(*) from certwright.job where flow = 'hostname' "
	    "and run_at <= certwright.clock_now() and attempts = 0"), 1);
}

Test(queue, a_row_that_was_edited_during_the_look_does_not_change_its_state)
{
	const char *seen;

	sql_do(LEASE, ONE);
	seen = wakes_of();
	sql_do("update certwright.custom_hostname set status = 'blocked' where id = $1::uuid", id);
	cr_expect_eq(finish(ONE, epoch_of(), seen, "go:active", "active"), 1);
	cr_expect_str_eq(sql_value("select status from certwright.custom_hostname where id = $1::uuid", id), "blocked");
	cr_expect_eq(sql_number("select count(*) from certwright.event"), 0);
}

Test(queue, a_change_that_no_flow_makes_is_refused)
{
	sql_do(LEASE, ONE);
	sql_refusal("select certwright.check_edge('hostname', 'pending', 'deleted')");
	cr_expect(sql_number("select count(*) from certwright.flow_edges()") > 10);
}

Test(queue, schedule_keeps_the_earlier_time)
{
	sql_do("select certwright.schedule('hostname', $1::uuid, certwright.clock_now() + interval '1 day')", id);
	cr_expect_eq(sql_number("select count(*) from certwright.job where flow = 'hostname' "
	    "and run_at <= certwright.clock_now()"), 1);
	sql_do("select certwright.schedule('hostname', $1::uuid, '2020-01-01')", id);
	cr_expect_eq(sql_number("select count(*) from certwright.job where flow = 'hostname' "
	    "and run_at = '2020-01-01'"), 1);
}

#define MARK "select count(*) from certwright.mark_suspects('hostname', array[$1::uuid], true)"
#define DUE "select count(*) from certwright.job where flow = 'hostname' and run_at <= certwright.clock_now()"
#define MARK_BESIDE_ANOTHER "select count(*) from certwright.mark_suspects('hostname', array[$1::uuid], false)"

Test(queue, a_job_that_keeps_killing_its_worker_is_parked_and_a_refresh_frees_it)
{
	/* Once with others, then alone: from the third time on it is put aside. */
	for (int n = 0; n < 3; n++)
		cr_expect_eq(sql_number(MARK, id), 1);
	cr_expect_eq(sql_number(DUE), 1);
	cr_expect_eq(sql_number(MARK, id), 1);
	cr_expect_eq(sql_number(DUE), 0);
	cr_expect_eq(sql_number("select round(extract(epoch from run_at - certwright.clock_now())) from certwright.job "
	    "where flow = 'hostname'"), 5);
	for (int n = 4; n <= 10; n++)
		cr_expect_eq(sql_number(MARK, id), 1, "mark %d", n);
	cr_expect_eq(sql_number(MARK, id), 0);
	cr_expect_eq(sql_number("select count(*) from certwright.job where flow = 'hostname' and run_at = 'infinity'"), 1);
	cr_expect_eq(sql_number("select count(*) from certwright.attempt where outcome = 'parked'"), 1);
	sql_do("select certwright.restart('hostname', $1::uuid)", id);
	cr_expect_eq(sql_number(DUE), 1);
	cr_expect_eq(sql_number(MARK, id), 1);
}

Test(queue, a_verdict_takes_back_what_was_put_aside)
{
	sql_do(LEASE, ONE);
	for (int n = 0; n < 6; n++)
		sql_do(MARK, id);
	finish(ONE, epoch_of(), wakes_of(), "retry", "");
	cr_expect_eq(sql_number("select extract(epoch from run_at - ran_at)::int from certwright.job "
	    "where flow = 'hostname'"), 60);
}

Test(queue, a_suspect_waits_while_another_is_begun_alone)
{
	sql_do(MARK, id);
	cr_expect_eq(sql_number(MARK_BESIDE_ANOTHER, id), 0);
	cr_expect_eq(sql_number("select marks from certwright.suspect"), 0);
	cr_expect_eq(sql_number(MARK, id), 1);
	cr_expect_eq(sql_number("select marks from certwright.suspect"), 1);
}

Test(queue, a_verdict_takes_the_mark_away)
{
	sql_do(LEASE, ONE);
	sql_do(MARK, id);
	finish(ONE, epoch_of(), wakes_of(), "retry", "");
	cr_expect_eq(sql_number("select count(*) from certwright.suspect"), 0);
}

Test(queue, due_jobs_begin_after_the_mark)
{
	const char *at;

	for (int n = 0; n < 20; n++) {
		char body[80];

		snprintf(body, sizeof body, "{\"hostname\": \"n%d.customer.test\"}", n);
		sql_hostname(zone, body);
	}
	at = sql_value("select run_at from certwright.job where subject = $1::uuid", id);
	cr_expect_eq(sql_number("select count(*) from certwright.due_jobs('hostname', 0, "
	    "array[certwright.shard_of($1::uuid)]::bigint[], array[null::text], array[null::uuid], 1000) "
	    "where subject = $1::uuid", id), 1);
	cr_expect_eq(sql_number("select count(*) from certwright.due_jobs('hostname', 0, "
	    "array[certwright.shard_of($1::uuid)]::bigint[], array[$2], array[$1::uuid], 1000) "
	    "where subject = $1::uuid", id, at), 0);
	cr_expect_eq(sql_number("select count(*) from certwright.due_jobs('hostname', 0, "
	    "(select array_agg(s) from generate_series(0, 63) s)::bigint[], array_fill(null::text, array[64]), "
	    "array_fill(null::uuid, array[64]), 10000)"), 21);
}
