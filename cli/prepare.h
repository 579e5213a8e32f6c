#ifndef CLI_PREPARE_H
#define CLI_PREPARE_H
/* What a daemon does with the database before it starts. */
#include "base/conf.h"

/* Checks that the database has this program's schema, writes the options there
 * that SQL needs, and makes the history's partitions, before anything is
 * written to it.  Errors: database_*, schema_*. */
bool prepare_database(const struct conf *, struct arena *, struct err *);
#endif
