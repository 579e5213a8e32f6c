/* One run of the reload command at a time, and one more for all who came late. */
#include "edge/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "io/child.h"

enum { MOST_ARGUMENTS = 64, TIMEOUT_MS = 20000 };
/* Twice that (there and back) and a probe are less than a step may take. */

struct waiter {
	reload_done   *done;
	void	      *arg;
	struct waiter *next;
};

struct reload {
	struct loop   *loop;
	struct arena  *arena;		/* holds argv */
	const char    *argv[MOST_ARGUMENTS + 1];
	bool	       is_running;
	bool	       is_closed;	/* freed when the run ends */
	struct waiter *present;		/* told when the present run ends */
	struct waiter *following;
};

static void
split(struct reload *r, const char *command)
{
	static const char blanks[] = " \t";
	size_t n = 0;

	for (const char *at = command + strspn(command, blanks); *at != '\0'; at += strspn(at, blanks)) {
		size_t len = strcspn(at, blanks);

		if (n < MOST_ARGUMENTS)
			r->argv[n++] = arena_strndup(r->arena, at, len);
		at += len;
	}
}

struct reload *
reload_open(struct loop *loop, const char *command)
{
	struct reload *r = xcalloc(1, sizeof *r);

	r->loop = loop;
	if (command == NULL)
		command = "";
	r->arena = arena_new(2 * strlen(command) + 64 * MOST_ARGUMENTS + 4096);
	split(r, command);
	return r;
}

static void
free_waiters(struct waiter *w)
{
	while (w != NULL) {
		struct waiter *next = w->next;

		free(w);
		w = next;
	}
}

static void
reload_free(struct reload *r)
{
	free_waiters(r->present);
	free_waiters(r->following);
	arena_free(r->arena);
	free(r);
}

void
reload_close(struct reload *r)
{
	r->is_closed = true;
	if (!r->is_running)
		reload_free(r);
}

/* ---- runs ----------------------------------------------------------------- */

static void run(struct reload *);

static void
tell(struct reload *r, const struct err *err)
{
	struct waiter *w = r->present;

	r->present = NULL;
	while (w != NULL && !r->is_closed) {
		struct waiter *next = w->next;

		w->done(w->arg, err);
		free(w);
		w = next;
	}
	free_waiters(w);
}

static void
on_exit_of_command(void *arg, const struct err *why)
{
	struct reload *r = arg;
	char detail[512] = "";
	struct err err = err_new(ERR_edge_reload, detail);

	if (why != NULL)
		snprintf(detail, sizeof detail, "%s: %s", r->argv[0], why->detail != NULL ? why->detail : why->code);
	tell(r, why != NULL ? &err : NULL);	/* is_running still: who asks now gets the next run */
	r->is_running = false;
	if (r->is_closed)
		reload_free(r);
	else if (r->following != NULL)
		run(r);
}

static void
run(struct reload *r)
{
	r->is_running = true;
	r->present = r->following;
	r->following = NULL;
	child_run(r->loop, r->argv, TIMEOUT_MS, on_exit_of_command, r);
}

void
reload_ask(struct reload *r, reload_done *done, void *arg)
{
	struct waiter *w;

	if (r->argv[0] == NULL) {
		done(arg, NULL);
		return;
	}
	w = xcalloc(1, sizeof *w);
	*w = (struct waiter){ done, arg, r->following };
	r->following = w;
	if (!r->is_running)
		run(r);
}
