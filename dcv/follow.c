/*
 * One statement at a time, in turn:
 *
 *	news ── complete ─────────────────────────────> rest, until there are more
 *	  ^  └─ not ──> delegations ──> page ─┬─> page
 *	  └────────── of the same snapshot ───┘
 *
 * A reading that fails is begun anew with the next second.  After each new
 * connection everything is read, since a server may have lost transactions that
 * we saw, and number others as it did those.  C twin of token.sql.
 */
#include "dcv/follow.h"

#include <stdlib.h>
#include <string.h>

#include "io/log.h"

enum { POLL_MS = 1000, WAIT_MS = 2000, DEADLINE_MS = 15000, PAGE = 1000 };

static const char news_sql[] =
    "select snapshot, complete, name, kind, key, value from certwright.token_news($1)";
static const char page_sql[] = "select name, kind, key, value from certwright.list_tokens($1, $2)";
static const char delegations_sql[] = "select id from certwright.list_delegations()";

struct waiter {
	struct waiter *next;
	loop_fn	      *fn;
	void	      *arg;
	uint64_t       reading;		/* this or a later one will do */
	int64_t	       until_ms;
};

struct follow {
	struct loop  *loop;
	struct pg    *pg;
	struct board *board;
	struct timer *poll, *patience;
	struct waiter *first, **end;	/* in the order of coming */
	uint64_t      reading;		/* how many were begun */
	char	     *since;		/* snapshot of the last one that ended well; NULL: read everything */
	char	     *load_since;	/* snapshot that a load began with */
	char	     *after;		/* last name of the load */
	bool	      is_busy;		/* a statement is on its way */
	bool	      is_again;		/* there was news meanwhile */
	bool	      is_anew;		/* what is known so far does not count */
	bool	      is_failing, is_closed;
};

static void read_news(struct follow *, const char *since);
static void read_page(struct follow *);

static void
set_text(char **to, const char *text)
{
	char *copy = xstrdup(text);

	free(*to);
	*to = copy;
}

/* ---- those who wait ---------------------------------------------------------- */

/* Those for whom this reading will do, or whose patience is at its end. */
static void
call_waiters(struct follow *f, uint64_t reading, int64_t now_ms)
{
	struct waiter *all = f->first, *w, *next;

	f->first = NULL;
	f->end = &f->first;
	for (struct waiter **at = &all; (w = *at) != NULL;)
		if (w->reading <= reading || w->until_ms <= now_ms)
			at = &w->next;
		else {
			*at = w->next;
			w->next = NULL;
			*f->end = w;
			f->end = &w->next;
		}
	if (f->first == NULL)
		timer_stop(f->patience);
	else
		timer_start(f->patience, f->first->until_ms > now_ms ? f->first->until_ms - now_ms : 0, 0);
	for (w = all; w != NULL; w = next) {
		next = w->next;
		w->fn(w->arg);
		free(w);
	}
}

static void
patience_ended(void *arg)
{
	struct follow *f = arg;

	call_waiters(f, 0, loop_now_ms(f->loop));
}

/* ---- the board ----------------------------------------------------------------- */

static bool
has_kind(const PGresult *r, int row, const char *kind)
{
	const char *value = pg_value(r, row, "kind");

	return value != NULL && strcmp(value, kind) == 0;
}

static void
put_delegations(struct follow *f, const PGresult *r, int from, int to, const char *column)
{
	const char **ids = xcalloc((size_t)(to - from) + 1, sizeof *ids);
	size_t count = 0;

	for (int i = from; i < to; i++)
		if (pg_value(r, i, column) != NULL)
			ids[count++] = pg_value(r, i, column);
	board_put_delegations(f->board, ids, count);
	free(ids);
}

static void
put_name(struct follow *f, const PGresult *r, int from, int to)
{
	struct board_entry *entries = xcalloc((size_t)(to - from), sizeof *entries);
	size_t count = 0;

	for (int i = from; i < to; i++)
		if (pg_value(r, i, "kind") != NULL)
			entries[count++] = (struct board_entry){ has_kind(r, i, "txt") ? BOARD_TXT : BOARD_HTTP,
				pg_value(r, i, "key"), pg_value(r, i, "value") };
	board_put(f->board, pg_value(r, from, "name"), entries, count);
	free(entries);
}

/* Rows from this one on, those of a name together. */
static void
put_rows(struct follow *f, const PGresult *r, int from)
{
	int count = PQntuples(r);

	for (int end; from < count; from = end) {
		const char *name = pg_value(r, from, "name");

		for (end = from + 1; end < count && strcmp(pg_value(r, end, "name"), name) == 0;)
			end++;
		if (*name == '\0')
			put_delegations(f, r, from, end, "key");
		else
			put_name(f, r, from, end);
	}
}

/* ---- reading ------------------------------------------------------------------- */

static void
follow_free(struct follow *f)
{
	free(f->since);
	free(f->load_since);
	free(f->after);
	free(f);
}

static void
call(struct follow *f, const char *sql, struct pg_args *args, pg_done *done)
{
	f->is_busy = true;
	pg_call(f->pg, sql, args, DEADLINE_MS, done, f);
}

/* Is there a result to go on with?  If not, what there is to do is done. */
static bool
goes_on(struct follow *f, const struct err *err)
{
	f->is_busy = false;
	if (f->is_closed) {
		follow_free(f);
		return false;
	}
	if (err == NULL && f->is_anew) {
		read_news(f, NULL);
		return false;
	}
	if (err == NULL)
		return true;
	if (!f->is_failing)
		log_event(LOG_WARNING, "the published tokens could not be read; those that were read last are shown",
		    "detail", err->detail, NULL);
	f->is_failing = true;
	f->is_again = false;
	call_waiters(f, UINT64_MAX, 0);
	return false;
}

static void
on_page(void *arg, const PGresult *r, const struct err *err)
{
	struct follow *f = arg;
	int count;

	if (!goes_on(f, err))
		return;
	count = PQntuples(r);
	put_rows(f, r, 0);
	if (count > 0) {
		set_text(&f->after, pg_value(r, count - 1, "name"));
		read_page(f);
		return;
	}
	board_end_load(f->board);
	log_event(LOG_DEBUG, "published tokens read", NULL);
	read_news(f, f->load_since);
}

static void
read_page(struct follow *f)
{
	struct pg_args *args = pg_args_new();

	pg_add_text(args, f->after);
	pg_add_int(args, PAGE);
	call(f, page_sql, args, on_page);
}

static void
on_delegations(void *arg, const PGresult *r, const struct err *err)
{
	struct follow *f = arg;

	if (!goes_on(f, err))
		return;
	put_delegations(f, r, 0, PQntuples(r), "id");
	set_text(&f->after, "");
	read_page(f);
}

static void
on_news(void *arg, const PGresult *r, const struct err *err)
{
	struct follow *f = arg;

	if (!goes_on(f, err))
		return;
	if (strcmp(pg_value(r, 0, "complete"), "t") != 0) {
		set_text(&f->load_since, pg_value(r, 0, "snapshot"));
		board_begin_load(f->board);
		call(f, delegations_sql, NULL, on_delegations);
		return;
	}
	put_rows(f, r, 1);
	set_text(&f->since, pg_value(r, 0, "snapshot"));
	f->is_failing = false;
	if (f->is_again)
		read_news(f, f->since);
	call_waiters(f, f->is_busy ? f->reading - 1 : f->reading, loop_now_ms(f->loop));
}

static void
read_news(struct follow *f, const char *since)
{
	struct pg_args *args = pg_args_new();

	if (f->is_anew) {
		free(f->since);
		since = f->since = NULL;
	}
	f->is_anew = f->is_again = false;
	f->reading++;
	pg_add_text(args, since);
	call(f, news_sql, args, on_news);
}

static void
look(void *arg)
{
	struct follow *f = arg;

	if (f->is_busy)
		f->is_again = true;
	else
		read_news(f, f->since);
}

static void
on_poll(void *arg)
{
	struct follow *f = arg;

	if (!f->is_busy)
		look(f);
}

static void
on_notification(void *arg, const char *payload)
{
	struct follow *f = arg;

	if (*payload == '\0')	/* a new connection */
		f->is_anew = true;
	look(f);
}

/* ---- from outside ---------------------------------------------------------------- */

struct follow *
follow_open(struct loop *loop, struct pg *pg, struct board *board)
{
	struct follow *f = xcalloc(1, sizeof *f);

	*f = (struct follow){ .loop = loop, .pg = pg, .board = board };
	f->end = &f->first;
	f->poll = timer_new(loop, on_poll, f);
	f->patience = timer_new(loop, patience_ended, f);
	timer_start(f->poll, POLL_MS, POLL_MS);
	pg_listen(pg, "certwright_tokens", on_notification, f);
	return f;
}

void
follow_close(struct follow *f)
{
	if (f == NULL)
		return;
	f->is_closed = true;
	timer_free(f->poll);
	call_waiters(f, UINT64_MAX, 0);
	timer_free(f->patience);
	if (!f->is_busy)
		follow_free(f);
}

void
follow_when_current(struct follow *f, loop_fn *fn, void *arg)
{
	bool is_up = pg_is_up(f->pg);
	struct waiter *w = xcalloc(1, sizeof *w);

	*w = (struct waiter){ .fn = fn, .arg = arg, .reading = f->reading + 1,
		.until_ms = loop_now_ms(f->loop) + (is_up ? WAIT_MS : 0) };
	*f->end = w;
	f->end = &w->next;
	if (!is_up)
		timer_start(f->patience, 0, 0);
	else if (f->first == w)
		timer_start(f->patience, WAIT_MS, 0);
	if (is_up)
		look(f);
}
