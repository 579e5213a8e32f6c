/*
 * Deployments, each one a chain of acts that takes turns between a thread (the
 * disk) and the loop (command, handshakes):
 *
 *   put  ->  reload  ->  probe  ->  settle  ->  answer
 *               |           |
 *               `-----------+--->  back  ->  reload  ->  drop  ->  answer with why
 *
 *   unlink  ->  reload  ->  remove  ->  answer
 *
 * Different packs go on at once; two questions about the same hostname or the
 * same certificate go one after the other.
 */
#include "edge/deploy.h"

#include <stdlib.h>
#include <string.h>

#include "edge/file.h"
#include "edge/link.h"
#include "edge/pack.h"
#include "edge/probe.h"
#include "edge/reload.h"
#include "edge/write.h"
#include "io/work.h"

enum { PROBE_FOR_MS = 10000, ARENA_MOST = 16 << 20 };

enum phase { WAITING, ON_DISK, RELOADING, PROBING };

struct deployment {
	struct edge	  *edge;
	struct deployment *next;	/* in order of arrival */
	struct asked	  *asked;	/* NULL: answered already, because the edge was closed */
	struct arena	  *arena;	/* its own: it may outlive the job's */
	enum phase	   phase;
	bool		   is_removal;
	bool		   has_changed;	/* an act on disk changed something */
	bool		   has_failed;	/* the last act on disk failed, with err */
	struct pack	   pack;
	struct err	   err;		/* the first thing that went wrong */
	struct probe	  *probe;
	int		   root;	/* a duplicate of the edge's */
};

struct edge {
	struct loop	  *loop;
	const struct seal *seal;
	struct reload	  *reload;
	char		  *directory, *probe;
	int64_t		   probe_for_ms;
	bool		   is_closed;	/* freed with the last deployment */
	struct deployment *deployments;
};

static char *
copy_option(const char *text)
{
	return xstrdup(text != NULL ? text : "");
}

struct edge *
edge_open(struct loop *loop, const struct seal *seal, const struct edge_options *options)
{
	struct edge *e = xcalloc(1, sizeof *e);

	*e = (struct edge){
		.loop = loop, .seal = seal, .reload = reload_open(loop, options->reload_command),
		.directory = copy_option(options->directory), .probe = copy_option(options->probe),
		.probe_for_ms = options->probe_for_ms > 0 ? options->probe_for_ms : PROBE_FOR_MS,
	};
	return e;
}

static void
edge_free(struct edge *e)
{
	free(e->directory);
	free(e->probe);
	free(e);
}

/* ---- beginning and end of one --------------------------------------------- */

static void begin(struct deployment *);

static bool
concern_the_same(const struct deployment *a, const struct deployment *b)
{
	return strcmp(a->pack.hostname, b->pack.hostname) == 0 ||
	    strcmp(a->pack.certificate_id, b->pack.certificate_id) == 0;
}

/* Must d wait for an earlier one? */
static bool
is_blocked(const struct deployment *d)
{
	for (const struct deployment *o = d->edge->deployments; o != d; o = o->next)
		if (concern_the_same(o, d))
			return true;
	return false;
}

static void
begin_unblocked(struct edge *e)
{
	for (struct deployment *d = e->deployments, *next; d != NULL; d = next) {
		next = d->next;
		if (d->phase == WAITING && !is_blocked(d))
			begin(d);
	}
}

static void
deployment_free(struct deployment *d)
{
	struct deployment **at = &d->edge->deployments;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	fd_cleanup(&d->root);
	pack_free(&d->pack);
	arena_free(d->arena);
	free(d);
}

static void
answer(struct asked *a, const struct err *err)
{
	if (err->code != NULL)
		asked_fail(a, err);
	else
		a->answered(a, (struct answer){ .status = 0 });
}

/* Answer and go; then those that waited for it. */
static void
finish(struct deployment *d)
{
	struct edge *e = d->edge;
	struct asked *asked = d->asked;

	d->asked = NULL;
	answer(asked, &d->err);
	deployment_free(d);
	begin_unblocked(e);
}

/* Keep the first error; its detail may be the caller's. */
static void
keep_err(struct deployment *d, const struct err *err)
{
	if (d->err.code != NULL)
		return;
	d->err = *err;
	d->err.detail = arena_strdup(d->arena, err->detail);
}

/* ---- acts on disk ---------------------------------------------------------- */

/* The thread's half is `run`, which may use only the deployment. */
static void
on_disk(struct deployment *d, loop_fn *run, loop_fn *done)
{
	d->phase = ON_DISK;
	d->has_failed = false;
	work_start(d->edge->loop, run, done, d);
}

/* True if the edge was closed meanwhile: then d is gone, and with the last one
 * the edge. */
static bool
is_over(struct deployment *d)
{
	struct edge *e = d->edge;

	if (!e->is_closed)
		return false;
	deployment_free(d);
	if (e->deployments == NULL)
		edge_free(e);
	return true;
}

static bool
open_root(struct deployment *d, struct err *err)
{
	d->root = write_open_root(d->edge->directory, d->arena, err);
	return d->root >= 0;
}

static void
run_put(void *arg)
{
	struct deployment *d = arg;

	d->has_failed = !open_root(d, &d->err) ||
	    !write_version(d->root, &d->pack, d->arena, &d->err) ||
	    !link_swap(d->root, &d->pack, d->arena, &d->err);
}

/* An old version that could not be removed will be with the next deployment. */
static void
run_settle(void *arg)
{
	struct deployment *d = arg;
	uint64_t before = link_before(d->root, &d->pack, d->arena);

	d->has_failed = !link_settle(d->root, &d->pack, d->arena, &d->err);
	if (!d->has_failed)
		write_tidy(d->root, &d->pack, before, d->arena, NULL);
}

static void
run_back(void *arg)
{
	struct deployment *d = arg;
	struct err err = { 0 };

	if (!link_swap_back(d->root, &d->pack, d->arena, &d->has_changed, &err))
		d->err.detail = arena_printf(d->arena, "%s; the version before could not be put back: %s",
		    d->err.detail, err.detail);
}

static void
run_drop(void *arg)
{
	struct deployment *d = arg;

	write_drop(d->root, &d->pack, d->arena, NULL);
}

static void
run_unlink(void *arg)
{
	struct deployment *d = arg;

	d->has_failed = !open_root(d, &d->err) ||
	    !link_remove(d->root, &d->pack, d->arena, &d->has_changed, &d->err);
	if (!d->has_failed && write_has_versions(d->root, &d->pack, d->arena))
		d->has_changed = true;	/* of a predecessor that did not get to the reload */
}

static void
run_remove(void *arg)
{
	struct deployment *d = arg;

	d->has_failed = !write_remove(d->root, &d->pack, d->arena, &d->err);
}

/* ---- the chain of a deployment --------------------------------------------- */

static void
on_finished(void *arg)
{
	if (!is_over(arg))
		finish(arg);
}

static void
on_reloaded_back(void *arg, const struct err *err)
{
	struct deployment *d = arg;

	if (err != NULL) {
		d->err.detail = arena_printf(d->arena, "%s; the version before is in place, but: %s",
		    d->err.detail, err->detail);
		finish(d);
	} else
		on_disk(d, run_drop, on_finished);	/* only now nobody reads it any more */
}

static void
on_back(void *arg)
{
	struct deployment *d = arg;

	if (is_over(d))
		return;
	if (!d->has_changed) {
		finish(d);
		return;
	}
	d->phase = RELOADING;
	reload_ask(d->edge->reload, on_reloaded_back, d);
}

static void
on_probed(void *arg, const struct err *err)
{
	struct deployment *d = arg;

	d->probe = NULL;
	if (err != NULL) {
		keep_err(d, err);
		on_disk(d, run_back, on_back);
	} else
		on_disk(d, run_settle, on_finished);
}

static void
on_reloaded(void *arg, const struct err *err)
{
	struct deployment *d = arg;
	struct edge *e = d->edge;

	if (err != NULL) {
		keep_err(d, err);
		on_disk(d, run_back, on_back);
	} else if (e->probe[0] == '\0') {
		on_disk(d, run_settle, on_finished);
	} else {
		d->phase = PROBING;
		d->probe = probe_start(e->loop, e->probe, &d->pack, e->probe_for_ms, on_probed, d);
	}
}

static void
on_put(void *arg)
{
	struct deployment *d = arg;

	if (is_over(d))
		return;
	for (size_t i = 0; i < PACK_KINDS; i++)
		secret_free(&d->pack.pairs[i].key);	/* written: no longer needed in clear */
	if (d->has_failed) {
		finish(d);
		return;
	}
	d->phase = RELOADING;
	reload_ask(d->edge->reload, on_reloaded, d);
}

/* ---- the chain of a removal ------------------------------------------------ */

static void
on_reloaded_without(void *arg, const struct err *err)
{
	struct deployment *d = arg;

	if (err != NULL) {
		keep_err(d, err);
		finish(d);
	} else
		on_disk(d, run_remove, on_finished);
}

static void
on_unlinked(void *arg)
{
	struct deployment *d = arg;

	if (is_over(d))
		return;
	if (d->has_failed || !d->has_changed) {
		finish(d);
		return;
	}
	d->phase = RELOADING;
	reload_ask(d->edge->reload, on_reloaded_without, d);
}

/* ---- the performer --------------------------------------------------------- */

static void
begin(struct deployment *d)
{
	if (d->is_removal)
		on_disk(d, run_unlink, on_unlinked);
	else
		on_disk(d, run_put, on_put);
}

static void
enqueue(struct deployment *d)
{
	struct deployment **at = &d->edge->deployments;

	while (*at != NULL)
		at = &(*at)->next;
	*at = d;
	if (!is_blocked(d))
		begin(d);
}

void
edge_perform(void *context, struct asked *asked)
{
	struct edge *e = context;
	const struct edge_question *q = asked->question->detail;
	struct arena *arena;
	struct deployment *d;
	struct err err = { 0 };
	struct pack pack;
	bool ok;

	if (e->directory[0] == '\0') {
		answer(asked, &err);
		return;
	}
	arena = arena_new(ARENA_MOST);
	ok = q->remove ? pack_name(&pack, arena, q, &err) : pack_open(&pack, arena, e->seal, q, &err);
	if (!ok) {
		answer(asked, &err);
		arena_free(arena);
		return;
	}
	d = xcalloc(1, sizeof *d);
	*d = (struct deployment){
		.edge = e, .asked = asked, .arena = arena, .pack = pack, .is_removal = q->remove, .root = -1,
	};
	enqueue(d);
}

void
edge_close(struct edge *e)
{
	struct err stopped = err_new(ERR_edge_stopped, NULL);

	if (e == NULL)
		return;
	e->is_closed = true;
	reload_close(e->reload);
	for (struct deployment *d = e->deployments, *next; d != NULL; d = next) {
		next = d->next;
		probe_stop(d->probe);
		asked_fail(d->asked, &stopped);
		d->asked = NULL;
		if (d->phase != ON_DISK)	/* else the thread still has it */
			deployment_free(d);
	}
	if (e->deployments == NULL)
		edge_free(e);
}
