#ifndef KIT_PG_H
#define KIT_PG_H
/*
 * A PostgreSQL cluster of our own for a test binary: started once in
 * Criterion's PRE_ALL hook, gone with the runner however that ends.  Workers
 * find it by PGHOST, PGUSER and PGDATABASE, which they inherit.
 */
void pg_kit_start(void);	/* for PRE_ALL; exits with 3 when it cannot */
void pg_kit_start_durable(void);	/* the same with fsync on and room for a load: for benches */
void pg_kit_stop(void);		/* for POST_ALL */
const char *pg_kit_conninfo(void);	/* of the database "postgres"; superuser */

/* A fresh database, cloned from certwright_template if there is one; gives
 * its conninfo.  pg_kit_drop ends its sessions, drops it, frees the text. */
char *pg_kit_database(void);
void pg_kit_drop(char *conninfo);

/* Where this is linked in, pg_kit_start makes certwright_template and calls it
 * once to fill it: tests/kit/migrated.c, which the Makefile names. */
void pg_kit_template(const char *conninfo) __attribute__((weak));
#endif
