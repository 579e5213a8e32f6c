/* Timers, wake-ups, signals, other threads and children on the loop. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/child.h"
#include "io/loop.h"
#include "io/work.h"

static struct loop *loop;

static void
up(void)
{
	loop = loop_new();
}

static void
down(void)
{
	loop_free(loop);
}

TestSuite(loop, .init = up, .fini = down, .timeout = 20);

static char said[64];

static void
say(void *arg)
{
	strncat(said, arg, sizeof(said) - strlen(said) - 1);
}

static char a[] = "a", b[] = "b", c[] = "c";

static void
say_and_go_on(void *arg)
{
	say(arg);
	loop_soon(loop, say, c);
}

Test(loop, soon_means_in_order_and_in_the_next_turn)
{
	loop_soon(loop, say_and_go_on, a);
	loop_soon(loop, say, b);
	cr_assert_str_eq(said, "");
	loop_turn(loop, false);
	cr_assert_str_eq(said, "ab");
	loop_turn(loop, true);
	cr_assert_str_eq(said, "abc");
	loop_run(loop);		/* nothing is left to wait for */
	cr_assert_str_eq(said, "abc");
}

Test(loop, what_waits_for_soon_still_runs_when_the_loop_is_freed)
{
	struct loop *own = loop_new();

	loop_soon(own, say, a);
	loop_stop(own);
	loop_free(own);
	cr_assert_str_eq(said, "a");
}

Test(loop, timers_fire_by_their_time)
{
	struct timer *late = timer_new(loop, say, b), *early = timer_new(loop, say, a);
	int64_t begin = loop_now_ms(loop);

	timer_start(late, 40, 0);
	timer_start(early, 20, 0);
	loop_run(loop);
	cr_assert_str_eq(said, "ab");
	cr_assert_geq(loop_now_ms(loop) - begin, 40);
	timer_free(late);
	timer_free(early);
}

Test(loop, a_busy_callback_does_not_shorten_the_next_wait)
{
	struct timer *t = timer_new(loop, say, a);
	int64_t begin = loop_now_ms(loop);

	while (loop_now_ms(loop) - begin < 60)
		;		/* the loop's own clock stands still meanwhile */
	begin = loop_now_ms(loop);
	timer_start(t, 50, 0);
	loop_run(loop);
	cr_assert_geq(loop_now_ms(loop) - begin, 49);
	timer_free(t);
}

struct repeated {
	struct timer *timer;
	int	      count;
};

static void
fire(void *arg)
{
	struct repeated *r = arg;

	if (++r->count == 3) {
		timer_free(r->timer);
		r->timer = NULL;
	}
}

Test(loop, a_timer_repeats_until_it_is_freed_by_its_own_call)
{
	struct repeated r = { 0 };

	r.timer = timer_new(loop, fire, &r);
	timer_start(r.timer, 1, 2);
	loop_run(loop);
	cr_assert_eq(r.count, 3);
}

static void
start_anew(void *arg)
{
	struct repeated *r = arg;

	r->count++;
	timer_start(r->timer, 0, 0);
}

Test(loop, a_timer_of_no_wait_does_not_keep_the_loop_to_itself)
{
	struct repeated r = { 0 };

	r.timer = timer_new(loop, start_anew, &r);
	timer_start(r.timer, 0, 0);
	for (int turn = 1; turn <= 100; turn++) {
		loop_turn(loop, false);
		cr_assert_leq(r.count, turn, "once a turn");
	}
	while (r.count == 0)
		loop_turn(loop, true);
	timer_free(r.timer);
}

Test(loop, a_freed_or_stopped_timer_never_calls)
{
	struct timer *freed = timer_new(loop, say, a), *stopped = timer_new(loop, say, b);

	timer_start(freed, 0, 0);
	timer_start(stopped, 0, 1);
	timer_free(freed);
	timer_stop(stopped);
	loop_run(loop);
	cr_assert_str_eq(said, "");
	timer_free(stopped);
	timer_free(NULL);
}

static void
stop(void *arg)
{
	say(arg);
	loop_stop(loop);
}

Test(loop, a_stop_signal_is_told_and_a_broken_pipe_is_not_deadly)
{
	struct timer *t = timer_new(loop, say, c);

	loop_on_stop_signal(loop, stop, a);
	timer_start(t, 10000, 0);
	raise(SIGPIPE);
	kill(getpid(), SIGTERM);
	loop_run(loop);
	kill(getpid(), SIGINT);
	loop_run(loop);
	cr_assert_str_eq(said, "aa");
	timer_free(t);
	loop_run(loop);		/* a signal that may come is nothing to wait for */
}

struct sum {
	int  of, result;
	bool is_done;
};

static void
sum_up(void *arg)
{
	struct sum *s = arg;

	for (int i = 1; i <= s->of; i++)
		s->result += i;
}

static void
sum_is_done(void *arg)
{
	struct sum *s = arg;

	cr_assert_eq(s->result, 5050);
	s->is_done = true;
}

Test(loop, work_is_done_before_done_is_called)
{
	struct sum s[8] = { 0 };

	for (int i = 0; i < 8; i++) {
		s[i].of = 100;
		work_start(loop, sum_up, sum_is_done, &s[i]);
		cr_assert(!s[i].is_done);
	}
	loop_run(loop);
	for (int i = 0; i < 8; i++)
		cr_assert(s[i].is_done);
}

struct ending {
	bool is_there;
	char code[32], detail[160];
};

static void
ended(void *arg, const struct err *err)
{
	struct ending *e = arg;

	cr_assert(!e->is_there);
	e->is_there = true;
	snprintf(e->code, sizeof(e->code), "%s", err != NULL ? err->code : "");
	snprintf(e->detail, sizeof(e->detail), "%s", err != NULL ? err->detail : "");
}

static struct ending
run(const char *const *argv, int64_t timeout_ms)
{
	struct ending e = { 0 };

	child_run(loop, argv, timeout_ms, ended, &e);
	cr_assert(!e.is_there, "not from within child_run");
	loop_run(loop);
	cr_assert(e.is_there);
	return e;
}

Test(loop, a_child_is_told_by_how_it_ended)
{
	static const struct {
		const char *argv[4];
		const char *detail;	/* "": it succeeded */
	} table[] = {
		{ { "/bin/true" }, "" },
		{ { "true" }, "" },
		{ { "/bin/sh", "-c", "exit 3" }, "it exited with status 3" },
		{ { "/bin/sh", "-c", "kill -9 $$" }, "it was killed by signal 9" },
		{ { "/nonexistent/program" }, "it could not be started: no such file or directory" },
		{ { "/" }, "it could not be started: permission denied" },
		/* no input, dropped output, its own group, nothing inherited */
		{ { "/bin/sh", "-c", "read line" }, "it exited with status 1" },
		{ { "/bin/sh", "-c", "echo unseen && echo unseen >&2" }, "" },
		{ { "/bin/sh", "-c", "test \"$(env | grep -cv -e ^PATH= -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=)\" = 0" }, "" },
		{ { "/bin/sh", "-c", "test -z \"$(find /proc/self/fd/ -lname 'socket:*' -o -lname 'anon_inode:*')\"" }, "" },
	};

	setenv("CERTWRIGHT_SECRET", "hunter2", 1);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct ending e = run(table[i].argv, 10000);

		cr_assert_str_eq(e.detail, table[i].detail, "row %zu: %s", i, e.detail);
		cr_assert_str_eq(e.code, table[i].detail[0] != '\0' ? "command_failed" : "");
	}
}

Test(loop, a_late_child_is_killed_with_all_that_it_started)
{
	char path[] = "/tmp/certwright-child.XXXXXX", script[128], bytes[8];
	struct ending e;
	int fd = mkstemp(path);

	close(fd);
	unlink(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	snprintf(script, sizeof(script), "{ echo; exec sleep 60; } >%s & wait", path);
	e = run((const char *const[]){ "/bin/sh", "-c", script, NULL }, 1000);
	cr_assert_str_eq(e.code, "command_failed");
	cr_assert_str_eq(e.detail, "it did not end within 1000 ms and was killed");
	/* The grandchild was there, and nobody can write any more. */
	fcntl(fd, F_SETFL, 0);
	cr_assert_eq(read(fd, bytes, sizeof(bytes)), 1);
	cr_assert_eq(read(fd, bytes, sizeof(bytes)), 0);
	close(fd);
	unlink(path);
}
