/* C twin of maintain.sql, and of follow_settings() in delegation.sql. */
#include "cli/upkeep.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "io/log.h"

enum { HOUR_MS = 3600 * 1000, MINUTE_MS = 60 * 1000, DEADLINE_MS = 60 * 1000, NAMES = 200 };

struct upkeep {
	struct pg    *pg;
	struct timer *timer;
	struct timer *follow_timer;
	int64_t	      history_for;
};

static void
maintained(void *arg, const PGresult *result, const struct err *err)
{
	(void)arg;
	if (err != NULL)
		log_event(LOG_WARNING, "the history could not be maintained", "detail", err->detail, NULL);
	else if (strcmp(pg_value(result, 0, "dropped"), "0") != 0 || strcmp(pg_value(result, 0, "made"), "0") != 0)
		log_event(LOG_INFO, "history maintained", "partitions_made", pg_value(result, 0, "made"),
		    "partitions_dropped", pg_value(result, 0, "dropped"), NULL);
}

static void
maintain(void *arg)
{
	struct upkeep *u = arg;
	struct pg_args *args = pg_args_new();

	pg_add_int(args, u->history_for);
	pg_call(u->pg, "select made, dropped from certwright.maintain($1)", args, DEADLINE_MS,
	    maintained, u);
}

static void follow_settings(void *);

static void
followed(void *arg, const PGresult *result, const struct err *err)
{
	struct upkeep *u = arg;

	if (err != NULL)
		log_event(LOG_WARNING, "tokens could not follow the options about delegation yet", "detail", err->detail, NULL);
	else if (strcmp(pg_value(result, 0, "more"), "t") == 0)
		follow_settings(u);
}

/* A few hostnames at a time: verdicts about them wait. */
static void
follow_settings(void *arg)
{
	struct upkeep *u = arg;
	struct pg_args *args = pg_args_new();

	pg_add_int(args, NAMES);
	pg_call(u->pg, "select certwright.follow_settings($1) as more", args, DEADLINE_MS, followed, u);
}

struct upkeep *
upkeep_open(struct loop *loop, struct pg *pg, int64_t history_for)
{
	struct upkeep *u = xcalloc(1, sizeof *u);

	u->pg = pg;
	u->history_for = history_for;
	u->timer = timer_new(loop, maintain, u);
	timer_start(u->timer, HOUR_MS, HOUR_MS);
	u->follow_timer = timer_new(loop, follow_settings, u);
	timer_start(u->follow_timer, 0, MINUTE_MS);
	return u;
}

void
upkeep_close(struct upkeep *u)
{
	if (u == NULL)
		return;
	timer_free(u->timer);
	timer_free(u->follow_timer);
	free(u);
}
