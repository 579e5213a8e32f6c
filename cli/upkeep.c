/* C twin of maintain.sql. */
#include "cli/upkeep.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "io/log.h"

enum { HOUR_MS = 3600 * 1000, DEADLINE_MS = 60 * 1000 };

struct upkeep {
	struct pg    *pg;
	struct timer *timer;
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

struct upkeep *
upkeep_open(struct loop *loop, struct pg *pg, int64_t history_for)
{
	struct upkeep *u = xcalloc(1, sizeof *u);

	u->pg = pg;
	u->history_for = history_for;
	u->timer = timer_new(loop, maintain, u);
	timer_start(u->timer, HOUR_MS, HOUR_MS);
	return u;
}

void
upkeep_close(struct upkeep *u)
{
	if (u == NULL)
		return;
	timer_free(u->timer);
	free(u);
}
