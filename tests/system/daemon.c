/* Starting, watching, stopping and killing the real daemon. */
#include "tests/system/daemon.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "tests/system/command.h"

enum { MOST_ARGS = 32, LOOK_EVERY_MS = 20 };

/* ---- the daemon ---------------------------------------------------------------- */

static void
become(const char *const *argv, const char *log, pid_t parent)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || fd < 0)
		_exit(126);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	command_exec(argv);
}

struct daemon
daemon_start(const char *name, const char *database, ...)
{
	const char *argv[MOST_ARGS + 7] = { command_program(), "run", "--config", lab("LAB_CONFIG"),
		"--database", database };
	auto_arena *a = arena_new(4096);
	struct daemon d = { .log = xstrdup(arena_printf(a, "%s/%s.out", lab("LAB_DIR"), name)) };
	pid_t parent = getpid();
	int argc = 6;
	va_list ap;

	va_start(ap, database);
	while (argc < MOST_ARGS && (argv[argc] = va_arg(ap, const char *)) != NULL)
		argc++;
	va_end(ap);
	d.pid = fork();
	cr_assert_geq(d.pid, 0);
	if (d.pid == 0)
		become(argv, d.log, parent);
	d.pidfd = (int)syscall(SYS_pidfd_open, d.pid, 0);
	cr_assert_geq(d.pidfd, 0);
	return d;
}

static bool
has_ended(const struct daemon *d, int within_ms)
{
	struct pollfd p = { .fd = d->pidfd, .events = POLLIN };

	return poll(&p, 1, within_ms) == 1;
}

void
daemon_run_for(const struct daemon *d, int ms)
{
	cr_assert(!has_ended(d, ms), "the daemon ended by itself; see %s", d->log);
}

static int
reap(struct daemon *d)
{
	int status;

	cr_assert_eq(waitpid(d->pid, &status, 0), d->pid);
	close(d->pidfd);
	free(d->log);
	*d = (struct daemon){ .pidfd = -1 };
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
daemon_kill(struct daemon *d)
{
	cr_assert_eq(kill(d->pid, SIGKILL), 0);
	cr_assert_eq(reap(d), 128 + SIGKILL, "it ended before it was killed");
}

int
daemon_wait(struct daemon *d, int within_ms)
{
	cr_assert(has_ended(d, within_ms), "the daemon did not end in time; see %s", d->log);
	return reap(d);
}

void
daemon_stop(struct daemon *d, int within_ms)
{
	cr_assert_eq(kill(d->pid, SIGTERM), 0);
	cr_assert_eq(daemon_wait(d, within_ms), 0);
}

bool
daemon_said(const struct daemon *d, const char *part)
{
	return lab_count(d->log, part) > 0;
}

/* ---- the lab ------------------------------------------------------------------- */

const char *
lab(const char *variable)
{
	const char *value = getenv(variable);

	cr_assert_not_null(value, "%s is not set: this runs in tools/lab/with-lab", variable);
	return value;
}

void
lab_hold_challenges(void)
{
	auto_arena *a = arena_new(4096);
	int fd = open(arena_printf(a, "%s/challenge.lock", lab("LAB_DIR")), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(flock(fd, LOCK_EX), 0);
}

void
lab_call(const char *verb, const char *const *arguments)
{
	const char *argv[64] = { "bash", lab("LAB_VERBS"), verb };
	int status, argc = 3;
	pid_t pid;

	while (argc < 63 && *arguments != NULL)
		argv[argc++] = *arguments++;
	cr_assert_null(*arguments, "too many arguments");
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		execvp("bash", (char *const *)argv);
		_exit(127);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "%s failed", verb);
}

long
lab_count(const char *file, const char *part)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t cap = 0;
	long count = 0;

	cr_assert_not_null(f, "%s", file);
	while (getline(&line, &cap, f) > 0)
		count += strstr(line, part) != NULL;
	free(line);
	fclose(f);
	return count;
}

/* ---- the database -------------------------------------------------------------- */

PGresult *
sql_rows(struct pg_session *s, const char *query, const char *argument)
{
	struct pg_args *args = pg_args_new();
	struct err err = { 0 };
	char state[6];
	PGresult *result;

	if (argument != NULL)
		pg_add_text(args, argument);
	result = pg_session_call(s, query, args, state, &err);
	cr_assert_not_null(result, "%s: %s", query, err.detail);
	return result;
}

long
sql_number(struct pg_session *s, const char *query, const char *argument)
{
	auto_result *result = sql_rows(s, query, argument);

	cr_assert_eq(PQntuples(result), 1, "%s", query);
	return strtol(PQgetvalue(result, 0, 0), NULL, 10);
}

void
sql_do(struct pg_session *s, const char *query, const char *argument)
{
	PQclear(sql_rows(s, query, argument));
}

bool
sql_becomes_true(struct pg_session *s, const char *query, const char *argument, int within_ms)
{
	struct itimerspec end = { .it_value = { within_ms / 1000, within_ms % 1000 * 1000000L } };
	struct pollfd p = { .fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), .events = POLLIN };
	bool is_true = false;

	cr_assert_eq(timerfd_settime(p.fd, 0, &end, NULL), 0);
	do {
		auto_result *result = sql_rows(s, query, argument);

		is_true = PQntuples(result) == 1 && PQgetvalue(result, 0, 0)[0] == 't';
	} while (!is_true && poll(&p, 1, LOOK_EVERY_MS) == 0);
	close(p.fd);
	return is_true;
}

/* ---- a place with a zone ------------------------------------------------------- */

struct place
place_make(void)
{
	struct place p = { .database = command_make_database() };
	auto_ran migrate = run_certwright(p.database, "migrate", NULL);
	struct err err = { 0 };

	cr_assert_eq(migrate.code, 0, "%s", migrate.err);
	p.sql = pg_session_open(p.database, &err);
	cr_assert_not_null(p.sql, "%s", err.detail);
	sql_do(p.sql, "select certwright.create_zone('shop', '{\"account_id\": \"shop\","
	    " \"cname_targets\": [\"customers.provider.test\"], \"allow_reserved_names\": true}')", NULL);
	return p;
}

void
place_give_back(struct place *p)
{
	pg_session_close(p->sql);
	command_drop_database(p->database);
}

void
place_add_ca_and_webhook(struct place *p)
{
	auto_arena *a = arena_new(4096);
	auto_ran ca = run_certwright(p->database, "ca", "add", "lab", "--directory", lab("LAB_CA_DIRECTORY"),
	    "--trust", lab("LAB_CA_TRUST"), "--config", lab("LAB_CONFIG"), NULL);
	auto_result *secret = NULL;

	cr_assert_eq(ca.code, 0, "%s", ca.err);
	secret = sql_rows(p->sql, "select certwright.create_webhook(z.id, jsonb_build_object('name', 'shop',"
	    " 'url', $1::text)) ->> 'secret' from certwright.zone z", arena_printf(a, "%s/hooks", lab("LAB_SINK_URL")));
	lab_call("sink_secret", (const char *const[]){ PQgetvalue(secret, 0, 0), NULL });
}

void
place_add_hostname(struct place *p, const char *hostname, bool has_ssl)
{
	sql_do(p->sql, has_ssl
	    ? "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text,"
	      " 'ssl', '{\"method\": \"http\", \"type\": \"dv\"}'::jsonb)) from certwright.zone z"
	    : "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text))"
	      " from certwright.zone z", hostname);
}
