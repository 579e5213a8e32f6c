/*
 * The pool: calls wait in one queue, in order, and go to the connection with
 * the fewest unanswered ones; at most MOST_SENT each, so that a slow statement
 * holds up few others.  Nothing calls back from within pg_call.
 */
#include "io/pg_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "io/log.h"

enum { MOST_SENT = 16, MOST_LINKS = 64 };

void
pg_tasks_add(struct pg_tasks *list, struct pg_task *t)
{
	t->next = NULL;
	t->previous = list->last;
	if (list->last != NULL)
		list->last->next = t;
	else
		list->first = t;
	list->last = t;
	list->count++;
}

void
pg_tasks_remove(struct pg_tasks *list, struct pg_task *t)
{
	if (t->previous != NULL)
		t->previous->next = t->next;
	else
		list->first = t->next;
	if (t->next != NULL)
		t->next->previous = t->previous;
	else
		list->last = t->previous;
	list->count--;
}

struct pg_task *
pg_task_new(struct pg *pg, const char *sql, struct pg_args *args, pg_done *done, void *arg)
{
	struct pg_task *t = xcalloc(1, sizeof(*t));

	t->pg = pg;
	t->sql = sql;
	t->args = args;
	t->done = done;
	t->arg = arg;
	return t;
}

void
pg_task_end(struct pg_task *t, const PGresult *result, const struct err *err)
{
	pg_done *done = t->done;
	void *arg = t->arg;

	timer_free(t->deadline);
	pg_args_free(t->args);
	free(t);
	done(arg, result, err);
}

void
pg_tasks_end(struct pg_tasks *list, const char *why)
{
	const struct err err = err_new(ERR_database_down, why);
	struct pg_task *t;

	/* None may be found by its deadline while the others are told. */
	for (t = list->first; t != NULL; t = t->next) {
		timer_free(t->deadline);
		t->deadline = NULL;
	}
	while ((t = list->first) != NULL) {
		pg_tasks_remove(list, t);
		pg_task_end(t, NULL, &err);
	}
}

struct pg *
pg_open(struct loop *loop, const char *conninfo, unsigned connections)
{
	struct pg *pg = xcalloc(1, sizeof(*pg));

	assert(connections >= 1 && connections <= MOST_LINKS);
	pg->loop = loop;
	pg->conninfo = xstrdup(conninfo);
	pg->links = xcalloc(connections, sizeof(*pg->links));
	pg->link_count = connections;
	pg_link_init(&pg->listening, pg);
	for (unsigned i = 0; i < connections; i++) {
		pg_link_init(&pg->links[i], pg);
		pg_link_connect(&pg->links[i]);
	}
	return pg;
}

static struct pg_link *
least_busy_link(struct pg *pg)
{
	struct pg_link *best = NULL;

	for (unsigned i = 0; i < pg->link_count; i++) {
		struct pg_link *l = &pg->links[i];

		if (l->state == PG_LINK_UP && l->sent.count < MOST_SENT &&
		    (best == NULL || l->sent.count < best->sent.count))
			best = l;
	}
	return best;
}

void
pg_pump(struct pg *pg)
{
	struct pg_link *l;
	struct pg_task *t;

	while (!pg->is_closing && (t = pg->waiting.first) != NULL &&
	    (l = least_busy_link(pg)) != NULL) {
		pg_tasks_remove(&pg->waiting, t);
		pg_link_send(l, t);
	}
}

static void
pump_due(void *arg)
{
	struct pg *pg = arg;

	pg->is_pump_due = false;
	pg_pump(pg);
}

static void
task_is_late(void *arg)
{
	static const char why[] = "the database did not answer in time";
	struct pg_task *t = arg;
	struct pg_tasks late = { 0 };

	if (t->link != NULL) {
		/* The server may be at it still; only a new connection is
		 * sure to have nothing of it in the way. */
		pg_link_break(t->link, why);
		return;
	}
	pg_tasks_remove(&t->pg->waiting, t);
	pg_tasks_add(&late, t);
	pg_tasks_end(&late, why);
}

void
pg_call(struct pg *pg, const char *sql, struct pg_args *args, int64_t deadline_ms, pg_done *done, void *arg)
{
	struct pg_task *t = pg_task_new(pg, sql, args, done, arg);

	pg_tasks_add(&pg->waiting, t);
	if (pg->is_closing)
		return;		/* pg_bury ends it */
	if (deadline_ms > 0) {
		t->deadline = timer_new(pg->loop, task_is_late, t);
		timer_start(t->deadline, deadline_ms, 0);
	}
	if (!pg->is_pump_due) {
		pg->is_pump_due = true;
		loop_soon(pg->loop, pump_due, pg);
	}
}

static void
listener_answered(void *arg, const PGresult *result, const struct err *err)
{
	struct pg_listener *l = arg;

	(void)err;		/* lost: it is sent again with the next connection */
	if (result != NULL)
		l->woken(l->arg, "");
}

static void
listener_send(struct pg *pg, struct pg_listener *l)
{
	pg_link_send(&pg->listening, pg_task_new(pg, l->sql, NULL, listener_answered, l));
}

void
pg_listen(struct pg *pg, const char *channel, pg_woken *woken, void *arg)
{
	struct pg_listener *l = xcalloc(1, sizeof(*l)), **end = &pg->listeners;
	size_t size = strlen(channel) + sizeof("listen \"\"");

	/* An identifier cannot be a parameter: only those that need no quoting. */
	assert(channel[0] != '\0' &&
	    channel[strspn(channel, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0');
	l->channel = xstrdup(channel);
	l->sql = xcalloc(size, 1);
	snprintf(l->sql, size, "listen \"%s\"", channel);
	l->woken = woken;
	l->arg = arg;
	while (*end != NULL)
		end = &(*end)->next;
	*end = l;
	if (pg->listening.state == PG_LINK_UP)
		listener_send(pg, l);
	else if (l == pg->listeners)
		pg_link_connect(&pg->listening);
}

void
pg_link_is_up(struct pg_link *l)
{
	struct pg *pg = l->pg;

	if (pg->has_complained)
		log_event(LOG_INFO, "database reached", NULL);
	pg->has_complained = false;
	if (l != &pg->listening)
		return;		/* the pump runs after each event */
	for (struct pg_listener *n = pg->listeners; n != NULL && l->state == PG_LINK_UP; n = n->next)
		listener_send(pg, n);
}

void
pg_notified(struct pg *pg, const char *channel, const char *payload)
{
	for (struct pg_listener *l = pg->listeners; l != NULL && !pg->is_closing; l = l->next)
		if (strcmp(l->channel, channel) == 0)
			l->woken(l->arg, payload);
}

bool
pg_is_up(const struct pg *pg)
{
	for (unsigned i = 0; i < pg->link_count; i++)
		if (pg->links[i].state == PG_LINK_UP)
			return true;
	return false;
}

static void
pg_bury(void *arg)
{
	struct pg *pg = arg;
	struct pg_tasks late = pg->waiting;
	struct pg_listener *l, *next;

	pg->waiting = (struct pg_tasks){ 0 };
	pg_tasks_end(&late, "the program is stopping");
	if (pg->waiting.first != NULL) {
		loop_soon(pg->loop, pg_bury, pg);
		return;
	}
	for (l = pg->listeners; l != NULL; l = next) {
		next = l->next;
		free(l->channel);
		free(l->sql);
		free(l);
	}
	free(pg->links);
	free(pg->conninfo);
	free(pg);
}

void
pg_close(struct pg *pg)
{
	struct pg_tasks waiting;

	if (pg == NULL || pg->is_closing)
		return;
	pg->is_closing = true;
	pg_link_close(&pg->listening);
	for (unsigned i = 0; i < pg->link_count; i++)
		pg_link_close(&pg->links[i]);
	waiting = pg->waiting;
	pg->waiting = (struct pg_tasks){ 0 };
	pg_tasks_end(&waiting, "the program is stopping");
	/* We may have been called from a callback: whoever called it still
	 * looks at the pool. */
	loop_soon(pg->loop, pg_bury, pg);
}

const char *
pg_value(const PGresult *r, int row, const char *column)
{
	/* PQfnumber would fold case and copy the name each time. */
	for (int i = 0; i < PQnfields(r); i++)
		if (strcmp(PQfname(r, i), column) == 0)
			return PQgetisnull(r, row, i) ? NULL : PQgetvalue(r, row, i);
	log_event(LOG_ERROR, "a statement's result lacks a column", "column", column, NULL);
	abort();
}
