#ifndef CLI_UPKEEP_H
#define CLI_UPKEEP_H
/* Keeps the history's partitions, every hour; at the start cli/prepare.c does.
 * Lets the tokens follow when options about delegation have changed, from the
 * start on. */
#include "io/loop.h"
#include "io/pg.h"

struct upkeep;
struct upkeep *upkeep_open(struct loop *, struct pg *, int64_t history_for);	/* seconds */
void upkeep_close(struct upkeep *);	/* after pg_close; NULL is fine */
#endif
