#ifndef KIT_PG_H
#define KIT_PG_H
/*
 * A PostgreSQL cluster of our own for a test binary: started once in
 * Criterion's PRE_ALL hook, gone with the runner however that ends.  Workers
 * find it by PGHOST, PGUSER and PGDATABASE, which they inherit.
 */
void pg_kit_start(void);	/* for PRE_ALL; exits with 3 when it cannot */
void pg_kit_stop(void);		/* for POST_ALL */
const char *pg_kit_conninfo(void);	/* of the database "postgres"; superuser */

/* A fresh database, cloned from certwright_template if there is one; gives
 * its conninfo.  pg_kit_drop ends its sessions, drops it, frees the text. */
char *pg_kit_database(void);
void pg_kit_drop(char *conninfo);

/* Define this in a suite's own folder (an archive's would not be linked in),
 * and pg_kit_start makes certwright_template and calls it once to fill it. */
void pg_kit_template(const char *conninfo) __attribute__((weak));
#endif
