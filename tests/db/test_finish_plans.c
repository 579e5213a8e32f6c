/* A batch of verdicts about hostnames reads the rows that it is about, however
 * many others there are: so many that a plan that reads all would not pay. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/db/sql.h"

#define DAEMON "00000000-0000-4000-8000-00000000000d"
#define MANY "200000"
#define BATCH "200"
/* Each of them is read some ten times on the way. */
#define MOST_READ 40 * 200

static void
load(void)
{
	sql_up();
	const char *zone = sql_zone("{}");

	sql_do("select count(*) from certwright.lease_shards($1::uuid, 'a test')", DAEMON);
	sql_do("set session_replication_role = replica");	/* what triggers write is of no matter here, and slow */
	sql_do("insert into certwright.custom_hostname (zone_id, hostname)"
	    " select $1::uuid, format('shop.d%s.com', n) from generate_series(1, " MANY ") n", zone);
	sql_do("insert into certwright.job (flow, subject, shard, run_at)"
	    " select 'hostname', h.id, certwright.shard_of(h.id), certwright.clock_now()"
	    " from certwright.custom_hostname h on conflict do nothing");
	sql_do("reset session_replication_role");
	sql_do("create temp table batch as select j.subject, j.shard, j.wakes, s.epoch from certwright.job j"
	    " join certwright.shard s on s.id = j.shard where j.flow = 'hostname' order by j.subject limit " BATCH);
	sql_do("vacuum (analyze) certwright.custom_hostname, certwright.job, certwright.listed_hostname");
}

TestSuite(finish_plans, .init = load, .fini = sql_down, .timeout = 120);

static void
finish_batch(const char *outcome, const char *next)
{
	cr_assert_eq(sql_number("with a as (select array_agg(b.subject) as subjects, array_agg(b.shard::bigint) as shards,"
	    "  array_agg(b.epoch) as epochs, array_agg(b.wakes::bigint) as wakes, count(*)::integer as n from batch b)"
	    " select f.accepted from a cross join certwright.finish_hostname($1::uuid, a.subjects, a.shards, a.epochs,"
	    "  a.wakes, array_fill('pending'::text, array[a.n]), array_fill($2::text, array[a.n]),"
	    "  array_fill(60::bigint, array[a.n]), array_fill(0::bigint, array[a.n]), array_fill(1::bigint, array[a.n]),"
	    "  array_fill('cname_missing'::text, array[a.n]), array_fill(null::text, array[a.n]),"
	    "  array_fill(null::text, array[a.n]), array_fill(3::bigint, array[a.n]), array_fill(true, array[a.n]),"
	    "  array_fill(nullif($3, ''), array[a.n]), array_fill(false, array[a.n]),"
	    "  array_fill('a sentence'::text, array[a.n]), array_fill('{}'::text, array[a.n])) f",
	    DAEMON, outcome, next), 200);
}

static void
reads_little(const char *outcome, const char *next)
{
	long read;

	sql_do("begin");
	finish_batch(outcome, next);
	read = sql_number("select sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_user_tables"
	    " where schemaname = 'certwright' and relname in ('custom_hostname', 'job', 'listed_hostname')");
	sql_do("commit");
	cr_expect_lt(read, MOST_READ, "%ld rows were read for " BATCH " verdicts", read);
}

Test(finish_plans, a_batch_reads_only_the_hostnames_that_it_is_about)
{
	reads_little("retry", "");
	reads_little("go:active", "active");
}
