/* Running the program and reading what it says. */
#include "tests/system/command.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "io/pg.h"

enum { MOST_ARGS = 32, MOST_OUTPUT = 1 << 20, MOST_SECONDS = 60 };

extern char **environ;

/* build/MODE/tests/system.run is us, build/MODE/certwright the program. */
const char *
command_program(void)
{
	static char path[PATH_MAX + 16];
	char self[PATH_MAX] = "";

	cr_assert_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
	snprintf(path, sizeof path, "%s/../certwright", dirname(self));
	cr_assert_eq(access(path, X_OK), 0, "%s is not there", path);
	return path;
}

static void
drop_options(void)
{
	for (char **e = environ; *e != NULL;) {
		if (strncmp(*e, "CERTWRIGHT_", 11) != 0) {
			e++;
			continue;
		}
		char name[128];

		snprintf(name, sizeof name, "%.*s", (int)strcspn(*e, "="), *e);
		unsetenv(name);
		e = environ;
	}
}

void
command_exec(const char *const *argv)
{
	drop_options();
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static pid_t
start(const char *const *argv, int out, int err)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid != 0)
		return pid;
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	alarm(MOST_SECONDS);
	command_exec(argv);
}

/* Until both have ended. */
static void
read_both(const int fds[2], struct buf *bufs)
{
	struct pollfd polls[2] = { { .fd = fds[0], .events = POLLIN }, { .fd = fds[1], .events = POLLIN } };
	char bytes[4096];

	while (polls[0].fd >= 0 || polls[1].fd >= 0) {
		poll(polls, 2, -1);
		for (int i = 0; i < 2; i++) {
			ssize_t n;

			if (polls[i].fd < 0 || polls[i].revents == 0)
				continue;
			n = read(polls[i].fd, bytes, sizeof bytes);
			if (n > 0)
				buf_add(&bufs[i], bytes, (size_t)n);
			else
				polls[i].fd = -1;
		}
	}
}

static struct ran
run(const char *const *argv)
{
	struct buf bufs[2];
	int out[2], err[2], status;
	struct ran ran;
	pid_t pid;

	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	cr_assert_eq(pipe2(err, O_CLOEXEC), 0);
	pid = start(argv, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	buf_init(&bufs[0], MOST_OUTPUT);
	buf_init(&bufs[1], MOST_OUTPUT);
	read_both((int[2]){ out[0], err[0] }, bufs);
	close(out[0]);
	close(err[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	ran.out = bufs[0].data;
	ran.err = bufs[1].data;
	return ran;
}

struct ran
run_certwright(const char *database, ...)
{
	const char *argv[MOST_ARGS + 4] = { command_program() };
	int argc = 1;
	va_list ap;

	if (database != NULL) {
		argv[argc++] = "--database";
		argv[argc++] = database;
	}
	va_start(ap, database);
	while (argc < MOST_ARGS && (argv[argc] = va_arg(ap, const char *)) != NULL)
		argc++;
	va_end(ap);
	return run(argv);
}

struct ran
run_program(const char *command)
{
	char words[4096], *save, *word;
	const char *argv[MOST_ARGS + 1] = { NULL };
	int argc = 0;

	cr_assert_lt(strlen(command), sizeof words);
	memcpy(words, command, strlen(command) + 1);
	for (word = strtok_r(words, " ", &save); word != NULL && argc < MOST_ARGS; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	cr_assert_null(word, "too many arguments: %s", command);
	return run(argv);
}

void
ran_free(struct ran *ran)
{
	free(ran->out);
	free(ran->err);
}

void
command_sql(const char *conninfo, const char *script)
{
	struct pg_session *s = pg_session_open(conninfo, NULL);
	struct err err;

	cr_assert_not_null(s, "%s", conninfo);
	cr_assert(pg_session_script(s, script, &err), "%s", err.detail);
	pg_session_close(s);
}

char *
command_make_database(void)
{
	static int count;
	const char *lab = getenv("LAB_DATABASE");
	char sql[128];
	auto_buf conninfo = { 0 };

	cr_assert_not_null(lab, "run this in tools/lab/with-lab");
	snprintf(sql, sizeof sql, "create database cli_%ld_%d", (long)getpid(), ++count);
	command_sql(lab, sql);
	buf_init(&conninfo, 4096);
	/* of two values the later one counts */
	buf_printf(&conninfo, "%s dbname=%s", lab, strrchr(sql, ' ') + 1);
	return xstrdup(conninfo.data);
}

void
command_drop_database(char *conninfo)
{
	char sql[128];

	snprintf(sql, sizeof sql, "drop database %s with (force)", strrchr(conninfo, '=') + 1);
	command_sql(getenv("LAB_DATABASE"), sql);
	free(conninfo);
}
