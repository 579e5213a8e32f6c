/* Slow pure computation on libuv's thread pool. */
#include "io/work.h"

#include <stdlib.h>
#include <uv.h>

#include "base/arena.h"

struct work {
	uv_work_t uv;
	loop_fn	 *run, *done;
	void	 *arg;
};

static void
work_run(uv_work_t *uv)
{
	struct work *w = uv->data;

	w->run(w->arg);
}

static void
work_done(uv_work_t *uv, int status)
{
	struct work *w = uv->data;

	(void)status;		/* only a cancelled one has it, and nothing cancels */
	w->done(w->arg);
	free(w);
}

void
work_start(struct loop *loop, loop_fn *run, loop_fn *done, void *arg)
{
	struct work *w = xcalloc(1, sizeof(*w));

	w->uv.data = w;
	w->run = run;
	w->done = done;
	w->arg = arg;
	if (uv_queue_work(loop_uv(loop), &w->uv, work_run, work_done) != 0)
		abort();
}
