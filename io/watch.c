/* A file descriptor on the loop: uv_poll with its two traps taken care of. */
#include "io/watch.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "base/arena.h"

struct watch {
	uv_poll_t poll;
	watch_fn *fn;
	void	 *arg;
	int	  events;	/* UV_READABLE, UV_WRITABLE that were asked for */
};

static void
on_event(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;

	/* libuv stops polling when it sees POLLERR, which a refused UDP datagram
	 * and a reset connection raise too; the socket itself is still ours to read. */
	if (status < 0) {
		events = UV_READABLE | UV_WRITABLE;
		uv_poll_start(&w->poll, w->events, on_event);
	}
	w->fn(w->arg, events & UV_READABLE, events & UV_WRITABLE);
}

struct watch *
watch_new(struct loop *loop, int fd, watch_fn *fn, void *arg)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	int failed = uv_poll_init(loop_uv(loop), &w->poll, fd);

	assert(failed == 0);
	/* OpenSSL cannot be told MSG_NOSIGNAL; a peer that is gone is an error of
	 * the write, not the end of us. */
	signal(SIGPIPE, SIG_IGN);
	w->poll.data = w;
	w->fn = fn;
	w->arg = arg;
	return w;
}

void
watch_for(struct watch *w, bool readable, bool writable)
{
	int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);

	if (events == w->events)
		return;
	w->events = events;
	if (events == 0)
		uv_poll_stop(&w->poll);
	else
		uv_poll_start(&w->poll, events, on_event);
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	/* The handle must outlive this call: libuv still has it in its queue. */
	uv_close((uv_handle_t *)&w->poll, on_closed);
}
