/*
 * Runs a configured program in a session of its own, so that at the deadline
 * everything that it started in its process group dies with it.
 */
#include "io/child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "base/arena.h"

struct child {
	uv_process_t  uv;
	struct timer *deadline;
	child_done   *done;
	void	     *arg;
	int64_t	      timeout_ms;
	bool	      is_late;
	int	      spawn_result;	/* of libuv: 0, or why it did not start */
};

static void
child_closed(uv_handle_t *uv)
{
	free(uv->data);
}

/* Tell the end; `what` is NULL when the program succeeded. */
static void
child_end(struct child *c, const char *what)
{
	struct err err = err_new(ERR_command_failed, what);
	child_done *done = c->done;
	void *arg = c->arg;

	timer_free(c->deadline);
	uv_close((uv_handle_t *)&c->uv, child_closed);
	done(arg, what != NULL ? &err : NULL);
}

static void
child_exited(uv_process_t *uv, int64_t status, int signal_number)
{
	struct child *c = uv->data;
	char what[96];

	if (c->is_late)
		snprintf(what, sizeof(what), "it did not end within %lld ms and was killed",
		    (long long)c->timeout_ms);
	else if (signal_number != 0)
		snprintf(what, sizeof(what), "it was killed by signal %d", signal_number);
	else
		snprintf(what, sizeof(what), "it exited with status %lld", (long long)status);
	child_end(c, !c->is_late && signal_number == 0 && status == 0 ? NULL : what);
}

static void
child_is_late(void *arg)
{
	struct child *c = arg;

	c->is_late = true;
	kill(-uv_process_get_pid(&c->uv), SIGKILL);
}

static void
child_did_not_start(void *arg)
{
	struct child *c = arg;
	char what[160];

	snprintf(what, sizeof(what), "it could not be started: %s", uv_strerror(c->spawn_result));
	child_end(c, what);
}

void
child_run(struct loop *loop, const char *const *argv, int64_t timeout_ms, child_done *done, void *arg)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *environment[] = { path, NULL };
	uv_stdio_container_t nothing[3] = {
		{ .flags = UV_IGNORE }, { .flags = UV_IGNORE }, { .flags = UV_IGNORE },
	};
	struct child *c = xcalloc(1, sizeof(*c));
	/* libuv wants a writable argv and does not write to it. */
	char **own_argv;
	size_t count = 0;

	while (argv[count] != NULL)
		count++;
	own_argv = xcalloc(count + 1, sizeof(*own_argv));
	for (size_t i = 0; i < count; i++)
		own_argv[i] = xstrdup(argv[i]);
	c->done = done;
	c->arg = arg;
	c->timeout_ms = timeout_ms;
	c->uv.data = c;
	c->deadline = timer_new(loop, child_is_late, c);
	c->spawn_result = uv_spawn(loop_uv(loop), &c->uv, &(uv_process_options_t){
	    .exit_cb = child_exited, .file = own_argv[0], .args = own_argv, .env = environment,
	    .flags = UV_PROCESS_DETACHED, .stdio_count = 3, .stdio = nothing });
	if (c->spawn_result == 0)
		timer_start(c->deadline, timeout_ms, 0);
	else
		loop_soon(loop, child_did_not_start, c);
	for (size_t i = 0; i < count; i++)
		free(own_argv[i]);
	free(own_argv);
}
