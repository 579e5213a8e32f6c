#ifndef SYSTEM_DAEMON_H
#define SYSTEM_DAEMON_H
/* The real daemon as a child of the test, and the lab and the database around
 * it.  What waits here waits for an event, a row or a deadline; only
 * sql_becomes_true() lets the caller decide what a missed deadline means. */
#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/types.h>

#include "io/pg.h"

struct daemon {
	pid_t pid;
	int   pidfd;
	char *log;		/* file of its standard error */
};

/* certwright run with the lab's configuration, this database and more options,
 * ended by NULL.  Its log goes to LAB_DIR/`name`.out, behind what is there.  It
 * does not outlive the test. */
struct daemon daemon_start(const char *name, const char *database, ...) __attribute__((sentinel));
void daemon_run_for(const struct daemon *, int ms);	/* fails if it ends by itself */
void daemon_kill(struct daemon *);			/* kill -9, and until it is gone */
int daemon_wait(struct daemon *, int within_ms);	/* until it ends: its exit status, 128 + signal */
void daemon_stop(struct daemon *, int within_ms);	/* SIGTERM; it must exit with 0 */
bool daemon_said(const struct daemon *, const char *part);

const char *lab(const char *variable);	/* its value; fails without one */
/* Until the test ends nobody else may answer the CA or make orders. */
void lab_hold_challenges(void);
void lab_call(const char *verb, const char *const *arguments);	/* of tools/lab/verbs.sh; NULL at the end */
long lab_count(const char *file, const char *part);		/* lines that hold the part */

/* `argument` is $1, if there is one.  Fails when the database refuses. */
PGresult *sql_rows(struct pg_session *, const char *query, const char *argument);
long sql_number(struct pg_session *, const char *query, const char *argument);
void sql_do(struct pg_session *, const char *query, const char *argument);
bool sql_becomes_true(struct pg_session *, const char *query, const char *argument, int within_ms);

/* A migrated database with a zone and a session on it. */
struct place {
	char *database;			/* connection string */
	struct pg_session *sql;
};
struct place place_make(void);
void place_give_back(struct place *);
/* Also a CA, and a webhook whose secret the lab's receiver knows. */
void place_add_ca_and_webhook(struct place *);
/* A custom hostname with both kinds of certificate, or without. */
void place_add_hostname(struct place *, const char *hostname, bool has_ssl);
#endif
