/*
 * One connection in pipeline mode.
 *
 *	down --timer--> connecting --PQconnectPoll--> greeting --settings--> up
 *	  ^________________ any failure, or patience is over ________________/
 *
 * Each call is one query and one sync, thus one transaction of its own.  Its
 * result is held until the sync arrives, because the commit happens there and
 * may still fail.
 */
#include "io/pg_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "io/log.h"
#include "io/seal.h"

enum { PATIENCE_MS = 10000, DELAY_MIN_MS = 200, DELAY_MAX_MS = 5000 };

/* What this server does not know (client_connection_check_interval came with
 * PostgreSQL 14) is left out.  The interval lets the server notice that we
 * gave up on a call. */
static const char settings_sql[] =
    "select pg_catalog.set_config(s.name, w.setting, false)"
    " from (values ('statement_timeout', '30s'),"
    " ('idle_in_transaction_session_timeout', '10s'),"
    " ('client_connection_check_interval', '2s')) w(name, setting)"
    " join pg_catalog.pg_settings s on s.name operator(pg_catalog.=) w.name";

static void link_timer(void *arg);
static void link_event(uv_poll_t *poll, int status, int events);

void
pg_link_init(struct pg_link *l, struct pg *pg)
{
	l->pg = pg;
	l->timer = timer_new(pg->loop, link_timer, l);
	l->delay_ms = DELAY_MIN_MS;
}

static void
poll_closed(uv_handle_t *h)
{
	free(h);
}

static void
link_unwatch(struct pg_link *l)
{
	if (l->poll == NULL)
		return;
	uv_close((uv_handle_t *)l->poll, poll_closed);
	l->poll = NULL;
}

/* May break the link. */
static void
link_watch(struct pg_link *l, int events)
{
	if (l->poll == NULL) {
		uv_poll_t *poll = xcalloc(1, sizeof(*poll));

		if (uv_poll_init_socket(loop_uv(l->pg->loop), poll, PQsocket(l->conn)) != 0) {
			free(poll);
			pg_link_break(l, "the socket could not be watched");
			return;
		}
		poll->data = l;
		l->poll = poll;
	}
	if (uv_poll_start(l->poll, events, link_event) != 0)
		pg_link_break(l, "the socket could not be watched");
}

/* The wait before the next try: between half of delay_ms and all of it, so
 * that several programs do not come back in step. */
static void
link_try_later(struct pg_link *l)
{
	uint32_t random;

	random_bytes(&random, sizeof(random));
	timer_start(l->timer, l->delay_ms / 2 + random % (l->delay_ms / 2 + 1), 0);
	l->delay_ms = 2 * l->delay_ms < DELAY_MAX_MS ? 2 * l->delay_ms : DELAY_MAX_MS;
}

/* The descriptor must leave the loop before libpq closes it. */
static void
link_drop(struct pg_link *l)
{
	link_unwatch(l);
	PQfinish(l->conn);
	l->conn = NULL;
	PQclear(l->held);
	l->held = NULL;
	l->state = PG_LINK_DOWN;
}

void
pg_link_break(struct pg_link *l, const char *why)
{
	struct pg_tasks lost = l->sent;
	bool was_up = l->state == PG_LINK_UP;
	char line[PG_LINE];

	pg_first_line(line, why);	/* a copy: `why` may belong to the connection */
	link_drop(l);
	l->sent = (struct pg_tasks){ 0 };
	link_try_later(l);
	if (!l->pg->has_complained)
		log_event(LOG_WARNING, was_up ? "database connection lost" : "database not reached",
		    "detail", line, NULL);
	l->pg->has_complained = true;
	pg_tasks_end(&lost, line);
}

void
pg_link_close(struct pg_link *l)
{
	struct pg_tasks lost = l->sent;

	link_drop(l);
	l->sent = (struct pg_tasks){ 0 };
	timer_free(l->timer);
	l->timer = NULL;
	pg_tasks_end(&lost, "the program is stopping");
}

/* May break the link. */
static void
link_flush(struct pg_link *l)
{
	int more = PQflush(l->conn);

	if (more < 0)
		pg_link_break(l, PQerrorMessage(l->conn));
	else
		link_watch(l, UV_READABLE | (more > 0 ? UV_WRITABLE : 0));
}

void
pg_link_send(struct pg_link *l, struct pg_task *t)
{
	const struct pg_args *a = t->args;
	int sent;

	t->link = l;
	pg_tasks_add(&l->sent, t);
	sent = PQsendQueryParams(l->conn, t->sql, a != NULL ? (int)a->count : 0,
	    a != NULL ? a->types : NULL, a != NULL ? (const char *const *)a->values : NULL,
	    a != NULL ? a->lengths : NULL, a != NULL ? a->formats : NULL, 0) &&
	    PQpipelineSync(l->conn);
	pg_args_free(t->args);
	t->args = NULL;
	if (sent)
		link_flush(l);
	else
		pg_link_break(l, PQerrorMessage(l->conn));
}

static void
link_greeted(void *arg, const PGresult *r, const struct err *err)
{
	struct pg_link *l = arg;

	(void)r;
	if (l->conn == NULL)
		return;		/* broke on the way, which told us */
	if (err != NULL) {
		pg_link_break(l, err->detail);
		return;
	}
	l->state = PG_LINK_UP;
	l->delay_ms = DELAY_MIN_MS;
	timer_stop(l->timer);
	pg_link_is_up(l);
}

static void
link_greet(struct pg_link *l)
{
	if (PQsetnonblocking(l->conn, 1) != 0 || !PQenterPipelineMode(l->conn)) {
		pg_link_break(l, PQerrorMessage(l->conn));
		return;
	}
	l->state = PG_LINK_GREETING;
	pg_link_send(l, pg_task_new(l->pg, settings_sql, NULL, link_greeted, l));
}

static void
link_go_on_connecting(struct pg_link *l)
{
	/* libpq may close the socket here and open another, even under the
	 * same number: the loop must not know the old one by then. */
	link_unwatch(l);
	switch (PQconnectPoll(l->conn)) {
	case PGRES_POLLING_READING:
		link_watch(l, UV_READABLE);
		break;
	case PGRES_POLLING_WRITING:
		link_watch(l, UV_WRITABLE);
		break;
	case PGRES_POLLING_OK:
		link_greet(l);
		break;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
		pg_link_break(l, PQerrorMessage(l->conn));
		break;
	}
}

void
pg_link_connect(struct pg_link *l)
{
	/* What stands before dbname the connection string may change, what
	 * stands behind it not. */
	const char *const keywords[] = { "keepalives_idle", "keepalives_interval", "keepalives_count",
	    "tcp_user_timeout", "dbname", "client_encoding", "application_name", NULL };
	const char *const values[] = { "30", "10", "3",
	    "30000", l->pg->conninfo, "UTF8", "certwright", NULL };
	const char *problem = pg_conninfo_problem(l->pg->conninfo);

	if (problem != NULL) {
		pg_link_break(l, problem);
		return;
	}
	l->conn = PQconnectStartParams(keywords, values, 1);
	if (l->conn == NULL)
		abort();
	if (PQstatus(l->conn) == CONNECTION_BAD) {
		pg_link_break(l, PQerrorMessage(l->conn));
		return;
	}
	PQsetNoticeReceiver(l->conn, pg_drop_notice, NULL);
	l->state = PG_LINK_CONNECTING;
	timer_start(l->timer, PATIENCE_MS, 0);
	link_watch(l, UV_WRITABLE);
}

static void
link_timer(void *arg)
{
	struct pg_link *l = arg;

	if (l->state == PG_LINK_DOWN)
		pg_link_connect(l);
	else
		pg_link_break(l, "the connection was not made in time");
}

/* The first sent call is complete: its sync has come. */
static void
link_answer(struct pg_link *l)
{
	struct pg_task *t = l->sent.first;
	auto_result *r = l->held;
	ExecStatusType status = PQresultStatus(r);
	char line[PG_LINE];
	struct err err;

	l->held = NULL;
	pg_tasks_remove(&l->sent, t);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		pg_task_end(t, r, NULL);
		return;
	}
	pg_error_line(line, r);
	err = err_new(ERR_database_refused, line);
	pg_task_end(t, NULL, &err);
}

static void
link_take_results(struct pg_link *l)
{
	int nulls = 0;

	/* NULL ends the results of one query, not the pipeline.  Several in a
	 * row are a connection that will bring no more.  Callbacks may break
	 * or close the link. */
	while (l->conn != NULL && l->sent.first != NULL && nulls < 3 && !PQisBusy(l->conn)) {
		PGresult *r = PQgetResult(l->conn);

		nulls = r == NULL ? nulls + 1 : 0;
		if (r == NULL)
			continue;
		if (PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
			PQclear(r);
			link_answer(l);
		} else if (l->held == NULL || PQresultStatus(r) == PGRES_FATAL_ERROR) {
			/* An error at the commit replaces the result. */
			PQclear(l->held);
			l->held = r;
		} else {
			PQclear(r);
		}
	}
}

static void
link_take_notifications(struct pg_link *l)
{
	PGnotify *n;

	while (l->conn != NULL && (n = PQnotifies(l->conn)) != NULL) {
		pg_notified(l->pg, n->relname, n->extra);
		PQfreemem(n);
	}
}

/* A status other than 0 is a socket in error; libpq finds out which. */
static void
link_event(uv_poll_t *poll, int status, int events)
{
	struct pg_link *l = poll->data;
	struct pg *pg = l->pg;
	bool is_whole = true;

	if (l->state == PG_LINK_CONNECTING) {
		link_go_on_connecting(l);
		return;
	}
	if (status != 0 || (events & UV_READABLE))
		is_whole = PQconsumeInput(l->conn);
	/* What arrived before the end still counts. */
	link_take_results(l);
	link_take_notifications(l);
	if (l->conn != NULL) {
		if (status != 0 || !is_whole || PQstatus(l->conn) == CONNECTION_BAD)
			pg_link_break(l, PQerrorMessage(l->conn));
		else
			link_flush(l);
	}
	pg_pump(pg);
}
