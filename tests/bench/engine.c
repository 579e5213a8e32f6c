/* Our engine with a flow that asks nothing and always tries again. */
#include "tests/bench/bench.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "dcv/hostname.h"
#include "scheduler/engine.h"

struct running {
	struct loop *loop;
	struct pg *pg;
	struct engine *engine;
	bool drained;
};

static size_t told;

static struct verdict
tell_pending(const struct job *job, const struct answer *answers)
{
	(void)job;
	(void)answers;
	told++;
	return retry(err_new(ERR_deadline, "not yet"));
}

static const void *
load(struct arena *arena, const char *const *values)
{
	(void)arena;
	return values[0];
}

static const struct step steps[] = {
	{ .state = "pending", .why = "the bench", .tell = tell_pending },
	{ .state = NULL },
};
static const int32_t day[] = { 86400 };
static const struct schedule once_a_day = { day, 1 };
static struct flow bench_flow = {
	.name = "hostname", .steps = steps, .schedule = &once_a_day, .load = load,
};

/* Up, with all shards. */
static void
start(struct running *r, struct bench *b)
{
	struct engine_options options = { .flows = { &bench_flow }, .name = "bench" };

	bench_flow.columns = hostname_flow.columns;	/* the rows are the same */
	r->drained = false;
	r->loop = loop_new();
	r->pg = pg_open(r->loop, b->conninfo, 2);
	r->engine = engine_open(r->loop, r->pg, &options);
	engine_start(r->engine, NULL, NULL);
	while (engine_stats(r->engine).shards < 64)
		loop_turn(r->loop, true);
}

static void
has_drained(void *arg)
{
	struct running *r = arg;

	r->drained = true;
}

static void
stop(struct running *r)
{
	engine_drain(r->engine, has_drained, r);
	while (!r->drained)
		loop_turn(r->loop, true);
	engine_halt(r->engine);
	pg_close(r->pg);
	engine_close(r->engine);
	loop_free(r->loop);
}

/* Nothing is ever asked, so what is in flight is told and not yet committed. */
static int64_t
committed(const struct running *r)
{
	struct engine_stats s = engine_stats(r->engine);

	return s.verdicts[0][RETRY] - s.in_flight;
}

/* Until so many more are committed; gives the seconds. */
static double
work_off(struct running *r, int64_t count)
{
	int64_t before = committed(r);
	double began = bench_seconds();

	engine_look(r->engine);
	while (committed(r) < before + count)
		loop_turn(r->loop, true);
	return bench_seconds() - began;
}

double
bench_engine(struct bench *b)
{
	struct running r;
	double took = 0;

	start(&r, b);
	for (int i = 0; i < b->windows; i++) {
		if (b->windows > 1)
			bench_make_due(b);
		took += work_off(&r, b->window);
	}
	stop(&r);
	return (double)b->window * b->windows / took;
}

/* ---- latency ----------------------------------------------------------------- */

/* The database is on this machine: its clock is ours. */
static double
wall_seconds(void)
{
	uv_timeval64_t now;

	uv_gettimeofday(&now);
	return (double)now.tv_sec + (double)now.tv_usec / 1e6;
}

/* One job becomes due within the next second; gives when. */
static double
plan(struct bench *b)
{
	struct pg_args *args = pg_args_new();
	struct err err = { 0 };
	auto_result *planned = NULL, *notified = NULL;

	pg_add_int(args, 20 + (int64_t)(bench_random() * 900));
	planned = pg_session_call(b->session, "update certwright.job "
	    "set run_at = clock_timestamp() + interval '1 millisecond' * $1, wakes = wakes + 1 "
	    "where subject = (select id from certwright.custom_hostname limit 1) "
	    "returning extract(epoch from run_at) as due", args, NULL, &err);
	if (planned != NULL)
		notified = pg_session_call(b->session, "select pg_notify('certwright', 'hostname')",
		    NULL, NULL, &err);
	if (notified == NULL)
		bench_die(err.detail);
	return strtod(pg_value(planned, 0, "due"), NULL);
}

void
bench_engine_latency(struct bench *b, double *ms, size_t count)
{
	struct running r;

	bench_do(b, "update certwright.job set run_at = now() + interval '1 day'");
	bench_do(b, "vacuum certwright.job");
	start(&r, b);
	for (size_t i = 0; i < count; i++) {
		double due = plan(b);

		for (told = 0; told == 0;)
			loop_turn(r.loop, true);
		ms[i] = (wall_seconds() - due) * 1000;
		while (!engine_is_idle(r.engine))
			loop_turn(r.loop, true);
	}
	stop(&r);
}

/* The least that anybody can do: a timer, then one round trip. */

struct waiting {
	struct pg *pg;
	bool answered;
};

static void
answered(void *arg, const PGresult *result, const struct err *err)
{
	struct waiting *w = arg;

	if (result == NULL)
		bench_die(err->detail);
	w->answered = true;
}

static void
rang(void *arg)
{
	struct waiting *w = arg;

	pg_call(w->pg, "select 1", NULL, 0, answered, w);
}

void
bench_timer_latency(struct bench *b, double *ms, size_t count)
{
	struct loop *loop = loop_new();
	struct waiting w = { .pg = pg_open(loop, b->conninfo, 1) };
	struct timer *timer = timer_new(loop, rang, &w);

	rang(&w);
	while (!w.answered)
		loop_turn(loop, true);
	for (size_t i = 0; i < count; i++) {
		double wait = 0.02 + bench_random() / 4;
		double due = wall_seconds() + wait;

		w.answered = false;
		timer_start(timer, (int64_t)(wait * 1000) + 1, 0);
		while (!w.answered)
			loop_turn(loop, true);
		ms[i] = (wall_seconds() - due) * 1000;
	}
	timer_free(timer);
	pg_close(w.pg);
	loop_free(loop);
}
