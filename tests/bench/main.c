/*
 * make bench: ratios of us against a limit or a peer, alternated in one run,
 * medians of five.  docs/performance.md says what is measured and why.
 */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "cli/migrate.h"
#include "io/log.h"
#include "tests/bench/dns_responder.h"
#include "tests/bench/responders.h"
#include "tests/kit/pg.h"

enum { MANY = 1000000, FEW = 10000, GRAPHILE_SECONDS = 5 };

void
pg_kit_template(const char *conninfo)
{
	auto_arena *arena = arena_new(64 << 20);
	struct err err = { 0 };

	if (!migrate_run(conninfo, MIGRATE_SUFFIX_FILE, NULL, NULL, arena, &err))
		bench_die(err.detail);
}

void
bench_die(const char *why)
{
	fprintf(stderr, "bench: %s\n", why);
	_exit(1);
}

double
bench_seconds(void)
{
	return (double)uv_hrtime() / 1e9;
}

double
bench_random(void)
{
	return (double)random() / 2147483648.0;
}

void
bench_do(struct bench *b, const char *sql)
{
	struct err err = { 0 };

	if (!pg_session_script(b->session, sql, &err))
		bench_die(err.detail);
}

void
bench_make_due(struct bench *b)
{
	bench_do(b, "update certwright.job set run_at = now() - random() * interval '1 hour' "
	    "where run_at > now()");
}

/* ---- figures ------------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
percentile(double *values, size_t count, unsigned percent)
{
	qsort(values, count, sizeof *values, compare);
	return values[(count - 1) * percent / 100];
}

static double
median(double *values)
{
	return percentile(values, BENCH_ROUNDS, 50);
}

static void
print_ratio(const char *what, double value, double must, double aim)
{
	printf("%-58s %7.2f   %5.2f  %5.2f  %s\n", what, value, must, aim,
	    value >= aim ? "aim" : value >= must ? "must" : "MISSED");
}

static void
print_delay(const char *what, double value, double must, double aim)
{
	printf("%-58s %4.1f ms   %5.0f  %5.0f  %s\n", what, value, must, aim,
	    value <= aim ? "aim" : value <= must ? "must" : "MISSED");
}

/* ---- what is measured -------------------------------------------------------------- */

static void
open_with_rows(struct bench *b, int64_t rows, int64_t window, int windows)
{
	char sql[1000];
	struct err err = { 0 };

	*b = (struct bench){ .conninfo = pg_kit_database(), .rows = rows, .window = window,
	    .windows = windows };
	b->session = pg_session_open(b->conninfo, &err);
	if (b->session == NULL)
		bench_die(err.detail);
	bench_do(b, "do $$ begin perform certwright.create_zone('shop', "
	    "'{\"cname_targets\": [\"customers.provider.test\"], \"allow_reserved_names\": true}'); end $$");
	/* lists have no part in this */
	bench_do(b, "alter table certwright.custom_hostname disable trigger user");
	snprintf(sql, sizeof sql,
	    "with made as (insert into certwright.custom_hostname (zone_id, hostname, code) "
	    "select z.id, 'shop' || n || '.customer.test', 'deadline' from certwright.zone z, generate_series(1, %lld) n "
	    "returning id) insert into certwright.job (flow, subject, shard, priority, run_at) "
	    "select 'hostname', id, certwright.shard_of(id), 1, now() - random() * interval '1 hour' from made", (long long)rows);
	bench_do(b, sql);
	bench_do(b, "vacuum analyze");
}

static void
close_rows(struct bench *b)
{
	pg_session_close(b->session);
	pg_kit_drop((char *)b->conninfo);
}

struct rates {
	double us[BENCH_ROUNDS], raw[BENCH_ROUNDS], share[BENCH_ROUNDS], graphile[BENCH_ROUNDS], times[BENCH_ROUNDS];
	bool has_graphile;
};

/* Who goes first changes from round to round. */
static void
measure_rates(struct bench *b, const char *folder, const char *graphile_db, struct rates *r)
{
	r->has_graphile = graphile_db != NULL;
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		if (i % 2 == 0)
			r->us[i] = bench_engine(b);
		r->raw[i] = bench_raw(b);
		if (i % 2 == 1)
			r->us[i] = bench_engine(b);
		if (r->has_graphile) {
			r->graphile[i] = bench_graphile(folder, graphile_db, "run", GRAPHILE_SECONDS);
			r->has_graphile = r->graphile[i] > 0;
		}
		r->share[i] = r->us[i] / r->raw[i];
		r->times[i] = r->us[i] / r->graphile[i];
		fprintf(stderr, "  round %d at %lld rows: engine %.0f/s, raw loop %.0f/s, graphile-worker %.0f/s\n",
		    i + 1, (long long)b->rows, r->us[i], r->raw[i], r->graphile[i]);
	}
}

static void
report_rates(const char *rows, struct rates *r)
{
	char what[80];

	snprintf(what, sizeof what, "checks/s, %s rows, against the raw loop", rows);
	print_ratio(what, median(r->share), 0.75, 0.9);
	if (r->has_graphile) {
		snprintf(what, sizeof what, "checks/s, %s rows, against graphile-worker", rows);
		print_ratio(what, median(r->times), 1.5, 2.1);
	}
}

static void
measure_latency(void)
{
	static double us[BENCH_SAMPLES], timer[BENCH_SAMPLES];
	struct bench b;

	open_with_rows(&b, FEW, FEW, 5);
	bench_engine_latency(&b, us, BENCH_SAMPLES);
	bench_timer_latency(&b, timer, BENCH_SAMPLES);
	close_rows(&b);
	print_delay("due to start, idle, p50", percentile(us, BENCH_SAMPLES, 50), 5, 2);
	print_delay("due to start, idle, p99", percentile(us, BENCH_SAMPLES, 99), 20, 5);
	printf("%-58s %4.1f, %.1f ms\n", "  a timer and one round trip: p50, p99",
	    percentile(timer, BENCH_SAMPLES, 50), percentile(timer, BENCH_SAMPLES, 99));
}

/* Of one core; what a single one must carry, on whatever machine it is. */
static void
measure_responders(void)
{
	print_ratio("http-01, kept connections, against 10,000 requests/s", bench_http01(true) / 10000, 1, 5);
	print_ratio("http-01, a connection each, against 10,000 requests/s", bench_http01(false) / 10000, 1, 1);
	print_ratio("name server, UDP, against 20,000 queries/s", bench_dns_responder(0) / 20000, 1, 5);
	print_ratio("the same, every answer counted by its limit", bench_dns_responder(1000000) / 20000, 1, 5);
	fflush(stdout);
}

/* The second argument, "responders" or "latency", measures that alone. */
int
main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : "build/bench", *only = argc > 2 ? argv[2] : "";
	static struct rates many, few;
	struct bench b;
	char *graphile_db;

	log_setup("warning", "logfmt");
	if (strcmp(only, "responders") == 0) {
		measure_responders();
		return 0;
	}
	pg_kit_start_durable();
	if (strcmp(only, "latency") == 0) {
		measure_latency();
		pg_kit_stop();
		return 0;
	}
	graphile_db = pg_kit_database();
	if (bench_graphile(folder, graphile_db, "load", MANY) < 0) {
		fprintf(stderr, "GRAPHILE-WORKER DID NOT RUN: no comparison with it\n");
		graphile_db = NULL;
	}
	open_with_rows(&b, MANY, MANY / (2 * BENCH_ROUNDS) - 2000, 1);
	measure_rates(&b, folder, graphile_db, &many);
	close_rows(&b);
	open_with_rows(&b, FEW, FEW, 5);
	measure_rates(&b, folder, NULL, &few);
	close_rows(&b);
	printf("%-58s %7s   %5s  %5s\n", "", "ratio", "must", "aim");
	report_rates("1 M", &many);
	report_rates("10 k", &few);
	fflush(stdout);
	measure_latency();
	measure_responders();
	pg_kit_stop();
	return 0;
}
