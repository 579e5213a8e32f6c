#ifndef IO_PG_INSIDE_H
#define IO_PG_INSIDE_H
/*
 * What pg.c (queue and pool), pg_link.c (one connection), pg_args.c and
 * pg_session.c know of each other; nobody else includes it.
 */
#include <uv.h>
#include "io/pg.h"

struct pg_args {
	size_t count, room;
	Oid   *types;		/* 0: the statement decides */
	char **values;		/* owned; NULL: SQL null */
	int   *lengths;
	int   *formats;		/* 0 text, 1 binary */
};

struct pg_link;
struct pg_task {		/* one call */
	struct pg_task *next, *previous;
	struct pg      *pg;
	struct pg_link *link;		/* where it was sent, NULL while it waits */
	const char     *sql;
	struct pg_args *args;		/* until it is sent */
	struct timer   *deadline;	/* or NULL */
	pg_done	       *done;
	void	       *arg;
};
struct pg_tasks {		/* in order of arrival */
	struct pg_task *first, *last;
	size_t		count;
};

enum pg_link_state {
	PG_LINK_DOWN,		/* waits for its timer, or was never started */
	PG_LINK_CONNECTING,
	PG_LINK_GREETING,	/* connected, settings sent */
	PG_LINK_UP,
};
struct pg_link {
	struct pg	  *pg;
	enum pg_link_state state;
	PGconn		  *conn;	/* NULL when down */
	uv_poll_t	  *poll;	/* on the socket of conn, or NULL */
	struct timer	  *timer;	/* next try, or end of patience while connecting */
	int64_t		   delay_ms;	/* longest wait before the next try */
	struct pg_tasks	   sent;	/* unanswered, in order */
	PGresult	  *held;	/* of the first sent one, until its sync */
};

struct pg_listener {
	struct pg_listener *next;
	char		   *channel, *sql;
	pg_woken	   *woken;
	void		   *arg;
};
struct pg {
	struct loop	   *loop;
	char		   *conninfo;
	struct pg_link	   *links;
	unsigned	    link_count;
	struct pg_link	    listening;
	struct pg_listener *listeners;
	struct pg_tasks	    waiting;
	bool		    is_pump_due;
	bool		    has_complained;	/* of an outage that still lasts */
	bool		    is_closing;
};

/* pg.c */
void pg_tasks_add(struct pg_tasks *, struct pg_task *);
void pg_tasks_remove(struct pg_tasks *, struct pg_task *);
struct pg_task *pg_task_new(struct pg *, const char *sql, struct pg_args *, pg_done *, void *arg);
void pg_task_end(struct pg_task *, const PGresult *, const struct err *);	/* calls back and frees */
void pg_tasks_end(struct pg_tasks *, const char *why);	/* each with database_down */
void pg_pump(struct pg *);				/* send what waits and has room */
void pg_link_is_up(struct pg_link *);
void pg_notified(struct pg *, const char *channel, const char *payload);

/* pg_link.c; both may call back */
void pg_link_init(struct pg_link *, struct pg *);
void pg_link_connect(struct pg_link *);
void pg_link_send(struct pg_link *, struct pg_task *);
void pg_link_break(struct pg_link *, const char *why);
void pg_link_close(struct pg_link *);

/* pg_session.c */
enum { PG_LINE = 256 };
void pg_first_line(char out[PG_LINE], const char *message);
/* Why a connection string cannot be used, in words that hold nothing of it;
 * NULL: it can. */
const char *pg_conninfo_problem(const char *conninfo);
/* "22012: division by zero" */
void pg_error_line(char out[PG_LINE], const PGresult *);
void pg_drop_notice(void *arg, const PGresult *);
#endif
