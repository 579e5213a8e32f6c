#ifndef CLI_MIGRATE_H
#define CLI_MIGRATE_H
/*
 * Brings the database to this program's schema: numbered files once each,
 * function files whenever one of them changed, the roles, and the public
 * suffix list.  Everything under one advisory lock; doing it again does nothing.
 */
#include <stdbool.h>
#include "base/arena.h"
#include "base/err.h"
#include "io/pg.h"

#define MIGRATE_SUFFIX_FILE "/usr/share/publicsuffix/public_suffix_list.dat"

/* Hears each thing that was done, one line without a newline. */
typedef void migrate_say(void *arg, const char *line);

/* Errors: database_down, database_refused, schema_new (the database has a
 * migration that this program does not know), schema_changed (a numbered file
 * was applied with another text).  `suffix_file` is usually
 * MIGRATE_SUFFIX_FILE; `say` may be NULL.  Details live in the arena. */
bool migrate_run(const char *conninfo, const char *suffix_file, migrate_say *say, void *arg,
    struct arena *, struct err *);

/* Does the database have exactly this program's schema?  Errors: schema_old,
 * schema_new, schema_changed, database_*. */
bool migrate_check(struct pg_session *, struct arena *, struct err *);
#endif
