/*
 * The limit: two threads, each a pipelined connection with half of the shards
 * that reads due rows, gives them all the same verdict, and reads the next
 * while it writes.  The statements are the engine's; nothing is decided.
 */
#include "tests/bench/bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/pg_inside.h"
#include "scheduler/queue.h"

#define DAEMON "00000000-0000-4000-8000-000000000001"

enum { THREADS = 2, PART = QUEUE_SHARDS / THREADS, BATCH = 500, ROOM = BATCH + PART };

struct raw {
	struct bench *bench;
	pthread_t thread;
	int64_t shards[PART], epochs[QUEUE_SHARDS];
	char run_at[PART][40], after[PART][37];
	bool begun[PART];
	int64_t want, done;
};

static void
send_call(PGconn *conn, const char *sql, struct pg_args *a)
{
	if (!PQsendQueryParams(conn, sql, (int)a->count, a->types, (const char *const *)a->values,
	    a->lengths, a->formats, 0) || !PQpipelineSync(conn))
		bench_die(PQerrorMessage(conn));
	pg_args_free(a);
}

static PGresult *
take_result(PGconn *conn)
{
	PGresult *r = PQgetResult(conn);

	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		bench_die(PQerrorMessage(conn));
	PQclear(PQgetResult(conn));	/* the end of this statement */
	PQclear(PQgetResult(conn));	/* the sync point */
	return r;
}

static void
send_due(PGconn *conn, struct raw *w)
{
	struct pg_args *a = pg_args_new();
	const char *run_at[PART], *after[PART];

	for (int i = 0; i < PART; i++) {
		run_at[i] = w->begun[i] ? w->run_at[i] : NULL;
		after[i] = w->begun[i] ? w->after[i] : "00000000-0000-0000-0000-000000000000";
	}
	pg_add_int(a, 1);	/* the routine */
	pg_add_ints(a, w->shards, PART);
	pg_add_texts(a, run_at, PART);
	pg_add_uuids(a, after, PART);
	pg_add_int(a, BATCH);
	send_call(conn, "select * from certwright.due_hostname($1, $2, $3, $4, $5)", a);
}

static void
note_marks(struct raw *w, const PGresult *due)
{
	for (int i = 0; i < PQntuples(due); i++) {
		int s = (int)strtol(PQgetvalue(due, i, QUEUE_SHARD), NULL, 10) % PART;

		w->begun[s] = true;
		snprintf(w->run_at[s], sizeof w->run_at[s], "%s", PQgetvalue(due, i, QUEUE_RUN_AT));
		snprintf(w->after[s], sizeof w->after[s], "%s", PQgetvalue(due, i, QUEUE_SUBJECT));
	}
}

static void
add_same_text(struct pg_args *a, const char *text, size_t n)
{
	const char *all[ROOM];

	for (size_t i = 0; i < n; i++)
		all[i] = text;
	pg_add_texts(a, all, n);
}

static void
add_same_int(struct pg_args *a, int64_t value, size_t n)
{
	int64_t all[ROOM];

	for (size_t i = 0; i < n; i++)
		all[i] = value;
	pg_add_ints(a, all, n);
}

static void
add_same_bool(struct pg_args *a, bool value, size_t n)
{
	bool all[ROOM];

	for (size_t i = 0; i < n; i++)
		all[i] = value;
	pg_add_bools(a, all, n);
}

static void
send_finish(PGconn *conn, const struct raw *w, const PGresult *due)
{
	struct pg_args *a = pg_args_new();
	const char *subjects[ROOM];
	int64_t shards[ROOM], epochs[ROOM], wakes[ROOM], tried[ROOM], attempts[ROOM];
	size_t n = (size_t)PQntuples(due);

	for (size_t i = 0; i < n; i++) {
		int row = (int)i;

		subjects[i] = PQgetvalue(due, row, QUEUE_SUBJECT);
		shards[i] = strtoll(PQgetvalue(due, row, QUEUE_SHARD), NULL, 10);
		epochs[i] = w->epochs[shards[i]];
		wakes[i] = strtoll(PQgetvalue(due, row, QUEUE_WAKES), NULL, 10);
		tried[i] = strtoll(PQgetvalue(due, row, QUEUE_ATTEMPTS), NULL, 10);
		attempts[i] = tried[i] + 1;
	}
	pg_add_text(a, DAEMON);
	pg_add_uuids(a, subjects, n);
	pg_add_ints(a, shards, n);
	pg_add_ints(a, epochs, n);
	pg_add_ints(a, wakes, n);
	add_same_text(a, "pending", n);
	add_same_text(a, "retry", n);
	add_same_int(a, 86400, n);
	pg_add_ints(a, tried, n);
	pg_add_ints(a, attempts, n);
	add_same_text(a, "deadline", n);
	add_same_text(a, "not yet", n);
	add_same_text(a, NULL, n);
	add_same_int(a, 0, n);
	add_same_bool(a, false, n);
	add_same_text(a, NULL, n);
	add_same_bool(a, false, n);
	add_same_text(a, "not yet", n);
	add_same_text(a, NULL, n);
	send_call(conn, "select accepted, next_ms from certwright.finish_hostname"
	    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)", a);
}

static void *
work_off(void *arg)
{
	struct raw *w = arg;
	PGconn *conn = PQconnectdb(w->bench->conninfo);
	PGresult *due;

	if (PQstatus(conn) != CONNECTION_OK || !PQenterPipelineMode(conn))
		bench_die(PQerrorMessage(conn));
	send_due(conn, w);
	due = take_result(conn);
	while (PQntuples(due) > 0 && w->done < w->want) {
		auto_result *written = NULL;

		note_marks(w, due);
		send_finish(conn, w, due);
		send_due(conn, w);
		written = take_result(conn);
		w->done += strtoll(PQgetvalue(written, 0, 0), NULL, 10);
		PQclear(due);
		due = take_result(conn);
	}
	PQclear(due);
	PQfinish(conn);
	return NULL;
}

static void
lease(struct bench *b, int64_t epochs[QUEUE_SHARDS])
{
	struct err err = { 0 };
	auto_result *r = pg_session_call(b->session, "select shard, epoch from certwright.lease_shards('"
	    DAEMON "', 'raw')", NULL, NULL, &err);

	if (r == NULL || PQntuples(r) != QUEUE_SHARDS)
		bench_die("the raw loop could not have all shards");
	for (int i = 0; i < PQntuples(r); i++)
		epochs[strtol(PQgetvalue(r, i, 0), NULL, 10)] = strtoll(PQgetvalue(r, i, 1), NULL, 10);
}

static double
work_off_all(struct bench *b, const int64_t epochs[QUEUE_SHARDS])
{
	static struct raw raws[THREADS];
	double began = bench_seconds();

	memset(raws, 0, sizeof raws);
	for (int t = 0; t < THREADS; t++) {
		raws[t].bench = b;
		raws[t].want = b->window / THREADS;
		memcpy(raws[t].epochs, epochs, sizeof raws[t].epochs);
		for (int i = 0; i < PART; i++)
			raws[t].shards[i] = t * PART + i;
		pthread_create(&raws[t].thread, NULL, work_off, &raws[t]);
	}
	for (int t = 0; t < THREADS; t++)
		pthread_join(raws[t].thread, NULL);
	return bench_seconds() - began;
}

double
bench_raw(struct bench *b)
{
	int64_t epochs[QUEUE_SHARDS];
	double took = 0;

	lease(b, epochs);
	for (int i = 0; i < b->windows; i++) {
		if (b->windows > 1)
			bench_make_due(b);
		took += work_off_all(b, epochs);
	}
	bench_do(b, "select certwright.release_shards('" DAEMON "', null)");
	return (double)b->window * b->windows / took;
}
