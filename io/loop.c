/*
 * The event loop: libuv behind a few functions, so that all timers, wake-ups
 * and the orderly stop follow the same rules everywhere.
 */
#include "io/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "base/arena.h"

struct soon {
	struct soon *next;
	loop_fn	    *fn;
	void	    *arg;
};

struct loop {
	uv_loop_t    uv;
	uv_idle_t    idle;		/* runs while `first` is not NULL */
	struct soon *first, *last;
	uv_signal_t  term, interrupt;
	bool	     has_signals;
	loop_fn	    *stop_fn;
	void	    *stop_arg;
};

struct timer {
	uv_timer_t   uv;
	struct loop *loop;
	loop_fn	    *fn;
	void	    *arg;
};

static void
must(int uv_result)
{
	if (uv_result != 0)
		abort();	/* out of memory or descriptors before anything runs */
}

struct loop *
loop_new(void)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	must(uv_loop_init(&l->uv));
	must(uv_idle_init(&l->uv, &l->idle));
	l->idle.data = l;
	return l;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	/* What waits in loop_soon still runs: it may be somebody's free. */
	uv_run(&l->uv, UV_RUN_DEFAULT);
	while (l->first != NULL)
		uv_run(&l->uv, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&l->idle, NULL);
	if (l->has_signals) {
		uv_close((uv_handle_t *)&l->term, NULL);
		uv_close((uv_handle_t *)&l->interrupt, NULL);
	}
	while (uv_run(&l->uv, UV_RUN_DEFAULT) != 0)
		;
	/* Busy here means that somebody forgot to close what is his. */
	must(uv_loop_close(&l->uv));
	free(l);
}

void
loop_run(struct loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void
loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

void
loop_turn(struct loop *l, bool wait)
{
	uv_run(&l->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

struct uv_loop_s *
loop_uv(struct loop *l)
{
	return &l->uv;
}

int64_t
loop_now_ms(const struct loop *l)
{
	(void)l;
	return (int64_t)(uv_hrtime() / 1000000);
}

static void
timer_fired(uv_timer_t *uv)
{
	struct timer *t = uv->data;

	t->fn(t->arg);
}

struct timer *
timer_new(struct loop *l, loop_fn *fn, void *arg)
{
	struct timer *t = xcalloc(1, sizeof(*t));

	must(uv_timer_init(&l->uv, &t->uv));
	t->uv.data = t;
	t->loop = l;
	t->fn = fn;
	t->arg = arg;
	return t;
}

void
timer_start(struct timer *t, int64_t ms, int64_t repeat_ms)
{
	/* libuv counts from its cached time, which a long callback leaves
	 * behind; add what it is late.  Moving the cached time instead would
	 * let slow timers run for ever without a look at the sockets, as
	 * would a wait of 0. */
	int64_t late = loop_now_ms(t->loop) - (int64_t)uv_now(&t->loop->uv);
	int64_t wait = ms + (late > 0 ? late : 0);

	assert(ms >= 0 && repeat_ms >= 0);
	must(uv_timer_start(&t->uv, timer_fired, (uint64_t)(wait > 0 ? wait : 1), (uint64_t)repeat_ms));
}

void
timer_stop(struct timer *t)
{
	uv_timer_stop(&t->uv);
}

static void
timer_closed(uv_handle_t *uv)
{
	free(uv->data);
}

void
timer_free(struct timer *t)
{
	if (t != NULL)
		uv_close((uv_handle_t *)&t->uv, timer_closed);
}

static void
stop_signalled(uv_signal_t *uv, int number)
{
	struct loop *l = uv->data;

	(void)number;
	l->stop_fn(l->stop_arg);
}

static void
watch_signal(struct loop *l, uv_signal_t *uv, int number)
{
	if (!l->has_signals)
		must(uv_signal_init(&l->uv, uv));
	uv->data = l;
	must(uv_signal_start(uv, stop_signalled, number));
	/* A signal that may come is no work: loop_run ends without it. */
	uv_unref((uv_handle_t *)uv);
}

void
loop_on_stop_signal(struct loop *l, loop_fn *fn, void *arg)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	l->stop_fn = fn;
	l->stop_arg = arg;
	watch_signal(l, &l->term, SIGTERM);
	watch_signal(l, &l->interrupt, SIGINT);
	l->has_signals = true;
	must(sigaction(SIGPIPE, &ignore, NULL));
}

/* Runs what was queued before this turn; what these add waits for the next. */
static void
soon_run(uv_idle_t *uv)
{
	struct loop *l = uv->data;
	struct soon *s = l->first, *next;

	l->first = l->last = NULL;
	for (; s != NULL; s = next) {
		next = s->next;
		s->fn(s->arg);
		free(s);
	}
	if (l->first == NULL)
		uv_idle_stop(&l->idle);
}

void
loop_soon(struct loop *l, loop_fn *fn, void *arg)
{
	struct soon *s = xcalloc(1, sizeof(*s));

	s->fn = fn;
	s->arg = arg;
	if (l->last != NULL)
		l->last->next = s;
	else
		l->first = s;
	l->last = s;
	/* Already running is fine. */
	must(uv_idle_start(&l->idle, soon_run));
}
