#ifndef SYSTEM_DAEMON_H
#define SYSTEM_DAEMON_H
/* The real daemon as a child of the test: started, watched, stopped, killed.
 * It never outlives the test.  All that waits here waits for an event, a row or
 * a deadline; reaching a deadline fails the test. */
#include <stdbool.h>
#include <sys/types.h>

struct daemon {
	pid_t pid;		/* 0: it does not run */
	int   pidfd;
	char *log;		/* file of its standard error */
};

/* certwright run --config LAB_CONFIG --database `database`, then more options,
 * ended by NULL.  Its log goes to LAB_DIR/`name`.out, after what is there. */
struct daemon daemon_start(const char *name, const char *database, ...) __attribute__((sentinel));
/* Lets it run for so long; fails if it ends by itself. */
void daemon_run_for(const struct daemon *, int ms);
void daemon_kill(struct daemon *);		/* kill -9, until it is gone */
/* Its exit status (128 + signal), once it ends by itself. */
int daemon_wait(struct daemon *, int within_ms);
void daemon_stop(struct daemon *, int within_ms);	/* SIGTERM; it must exit with 0 */
bool daemon_said(const struct daemon *, const char *part);
void daemon_free(struct daemon *);

const char *lab(const char *variable);	/* its value; fails if there is none */
/* Nobody else's certwright may answer the CA while this is held. */
int lab_hold_challenges(void);
void lab_run(const char *verb, const char *const *arguments);	/* of tools/lab/verbs.sh */

struct sql;
struct sql *sql_open(const char *conninfo);
void sql_close(struct sql *);
void sql_do(struct sql *, const char *script);
/* The first value of the first row as a new string; "" for null or no row. */
char *sql_value(struct sql *, const char *format, ...) __attribute__((format(printf, 2, 3)));
long sql_number(struct sql *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Until the query gives true. */
bool sql_becomes_true(struct sql *, int within_ms, const char *query);
/* All rows. */
struct pg_result;
void sql_each(struct sql *, const char *query, void (*row)(void *arg, const char *const *values), void *arg);
#endif
