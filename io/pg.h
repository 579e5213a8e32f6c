#ifndef IO_PG_H
#define IO_PG_H
/*
 * PostgreSQL without blocking: a small pool of libpq connections in pipeline
 * mode, one connection for LISTEN, reconnecting by itself (0.1 to 5 s, with
 * jitter).  Statements are constant text with parameters; nothing else is
 * offered.  A call that was sent when its connection broke ends with
 * database_down: whether it was committed is then unknown.
 */
#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "io/loop.h"

/* Parameters of one call, copied as they are added (arrays go in binary). */
struct pg_args;
struct pg_args *pg_args_new(void);
void pg_args_free(struct pg_args *);
void pg_add_text(struct pg_args *, const char *);		/* NULL: SQL null */
void pg_add_int(struct pg_args *, int64_t);			/* bigint */
void pg_add_bytes(struct pg_args *, const void *, size_t len);	/* bytea */
void pg_add_texts(struct pg_args *, const char *const *, size_t count);	/* text[]; NULL element: null */
void pg_add_ints(struct pg_args *, const int64_t *, size_t count);	/* bigint[] */
void pg_add_bools(struct pg_args *, const bool *, size_t count);	/* boolean[] */
/* uuid[] from 36-character texts; aborts on a text that is no uuid (ids come
 * from the database). */
void pg_add_uuids(struct pg_args *, const char *const *, size_t count);

struct pg;
/* Exactly one of result and err is non-NULL.  The result is the callee's only
 * for the call (text format). err->code: database_down, database_refused
 * (detail: SQLSTATE and message). */
typedef void pg_done(void *arg, const PGresult *, const struct err *);

/* Starts connecting; calls wait in a queue until a connection is up. */
struct pg *pg_open(struct loop *, const char *conninfo, unsigned connections);
void pg_close(struct pg *);	/* outstanding calls end with database_down */
/* Send `sql` (constant text); takes over and frees args (may be NULL).
 * `deadline_ms` from now, 0 for none: at the deadline the call ends with
 * database_down and its connection is dropped. */
void pg_call(struct pg *, const char *sql, struct pg_args *, int64_t deadline_ms, pg_done *, void *arg);
/* LISTEN on a channel; woken(arg, payload) per notification, and once with an
 * empty payload after every (re)connect, because something may have been missed. */
typedef void pg_woken(void *arg, const char *payload);
void pg_listen(struct pg *, const char *channel, pg_woken *, void *arg);
/* Is at least one connection up? */
bool pg_is_up(const struct pg *);

/* For the command line: one blocking connection. */
struct pg_session;
struct pg_session *pg_session_open(const char *conninfo, struct err *);	/* NULL: database_down; err detail is static per session failure */
void pg_session_close(struct pg_session *);
/* NULL on error (database_refused; *ret_sqlstate then holds five letters).
 * The caller clears the result (auto_result).  Takes over args. */
PGresult *pg_session_call(struct pg_session *, const char *sql, struct pg_args *,
    char ret_sqlstate[6], struct err *);
/* The last error's DETAIL and HINT ("" if none) and primary message. */
const char *pg_session_detail(const struct pg_session *);
const char *pg_session_hint(const struct pg_session *);
const char *pg_session_message(const struct pg_session *);
/* A whole script without parameters, for migrations only. */
bool pg_session_script(struct pg_session *, const char *sql, struct err *);

const char *pg_value(const PGresult *, int row, const char *column);	/* NULL for SQL null; aborts if there is no such column */
static inline void
result_cleanup(PGresult **r)
{
	PQclear(*r);
}
#define auto_result __attribute__((cleanup(result_cleanup))) PGresult
#endif
