/*
 * A cluster in /tmp without a port, without fsync.  Between the runner and the
 * server stands a keeper: it hears when the runner dies (PR_SET_PDEATHSIG),
 * stops the server and removes the directory.
 *
 *	runner ---> keeper (own session) ---> postgres (not root)
 */
#include "tests/kit/pg.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "io/pg.h"

#define TEMPLATE "certwright_template"

/* Of the runner only. */
static pid_t keeper;
static char directory[64], data[80], log_path[80];

__attribute__((noreturn, format(printf, 1, 2))) static void
die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs("pg kit: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(3);
}

/* The newest server's folder of programs. */
static void
find_programs(char out[128])
{
	glob_t found = { 0 };
	long best = -1;

	if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			const char *path = found.gl_pathv[i];
			long version = strtol(path + strlen("/usr/lib/postgresql/"), NULL, 10);

			if (version <= best)
				continue;
			best = version;
			snprintf(out, 128, "%.*s", (int)(strrchr(path, '/') - path), path);
		}
	}
	globfree(&found);
	if (best < 0)
		die("there is no /usr/lib/postgresql/*/bin/postgres");
}

/* The server refuses to run as root. */
static const struct passwd *
server_user(void)
{
	const struct passwd *user = NULL;

	if (geteuid() == 0) {
		user = getpwnam("postgres");
		if (user == NULL)
			user = getpwnam("nobody");
		if (user == NULL)
			die("there is neither the user postgres nor nobody");
	}
	return user;
}

/* In a child: become the server's user with output to the log, and run. */
__attribute__((noreturn)) static void
become(const struct passwd *user, const char *const *argv)
{
	int null = open("/dev/null", O_RDONLY), out;
	sigset_t none;

	if (user != NULL &&
	    (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
		_exit(126);
	out = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (null < 0 || out < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    chdir("/") != 0)
		_exit(126);
	close_range(3, ~0u, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

/* Did the program end well? */
static bool
run(const struct passwd *user, const char *const *argv)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		become(user, argv);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The end of the log, before it goes with the directory. */
static void
show_log(const char *what)
{
	char text[2000];
	int fd = open(log_path, O_RDONLY);
	ssize_t len;

	dprintf(STDERR_FILENO, "pg kit: %s\n", what);
	if (fd < 0)
		return;
	if (lseek(fd, -(off_t)sizeof(text), SEEK_END) < 0)
		lseek(fd, 0, SEEK_SET);
	len = read(fd, text, sizeof(text));
	if (len > 0)
		dprintf(STDERR_FILENO, "%.*s", (int)len, text);
	close(fd);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static pid_t
start_server(const struct passwd *user, const char *const *argv)
{
	pid_t self = getpid(), server = fork();

	if (server != 0)
		return server;
	/* A change of user forgets the death signal, so that comes first;
	 * SIGQUIT is an immediate shutdown. */
	if (user != NULL && (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 ||
	    setuid(user->pw_uid) != 0))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (getppid() != self)
		_exit(126);
	become(NULL, argv);
}

/* Until the runner stops us or dies (true), or the server ends by itself. */
static bool
watch_server(pid_t server, const sigset_t *set)
{
	int number;

	/* SIGCHLD of initdb may still be waiting. */
	while (sigwait(set, &number) != 0 || number != SIGTERM)
		if (waitpid(server, NULL, WNOHANG) == server)
			return false;
	kill(server, SIGQUIT);
	while (waitpid(server, NULL, 0) < 0 && errno == EINTR)
		;
	return true;
}

/* The keeper's life.  Signals of its set are blocked since before the fork. */
__attribute__((noreturn)) static void
keep(pid_t runner, const struct passwd *user, const char *const *initdb, const char *const *postgres,
    const sigset_t *set)
{
	pid_t server = 0;
	bool is_well = false;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* A shell's background jobs ignore it; the server must hear it even
	 * before it has a handler. */
	signal(SIGQUIT, SIG_DFL);
	setsid();		/* Ctrl-C is for the runner; we follow it */
	close_range(3, ~0u, 0);
	if (getppid() == runner && run(user, initdb))
		server = start_server(user, postgres);
	if (server > 0)
		is_well = watch_server(server, set);
	if (!is_well)
		show_log(server > 0 ? "the server ended by itself" : "there is no server");
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	_exit(is_well ? 0 : 1);
}

static void
start_keeper(const struct passwd *user, const char *const *initdb, const char *const *postgres)
{
	pid_t runner = getpid();
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &before);
	keeper = fork();
	if (keeper == 0)
		keep(runner, user, initdb, postgres, &set);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (keeper < 0)
		die("fork: %s", strerror(errno));
}

static void
await_server(void)
{
	const struct timespec pause = { .tv_nsec = 5000000 };

	for (int tries = 0; tries < 6000; tries++) {
		if (PQping(pg_kit_conninfo()) == PQPING_OK)
			return;
		if (waitpid(keeper, NULL, WNOHANG) == keeper)
			die("it did not start");
		nanosleep(&pause, NULL);
	}
	die("the server did not come up");
}

static void
admin(const char *sql)
{
	struct err err = { 0 };
	struct pg_session *s = pg_session_open(pg_kit_conninfo(), &err);

	if (s == NULL || !pg_session_script(s, sql, &err))
		die("%s: %s", sql, err.detail);
	pg_session_close(s);
}

static void
make_template(void)
{
	char conninfo[128];

	if (pg_kit_template == NULL)
		return;
	admin("create database " TEMPLATE " template template0");
	snprintf(conninfo, sizeof(conninfo), "host=%s user=postgres dbname=" TEMPLATE, directory);
	pg_kit_template(conninfo);
	/* A template that somebody is connected to cannot be cloned. */
	admin("alter database " TEMPLATE " is_template true allow_connections false");
}

static void
start(const char *fsync, const char *commit, const char *pages, const char *max_wal)
{
	static const char *const foreign[] = { "PGPORT", "PGHOSTADDR", "PGPASSWORD", "PGPASSFILE",
	    "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS", "PGAPPNAME", "PGSSLMODE", "PGCLIENTENCODING" };
	const struct passwd *user = server_user();
	char programs[128], initdb[160], postgres[160];

	find_programs(programs);
	snprintf(initdb, sizeof(initdb), "%s/initdb", programs);
	snprintf(postgres, sizeof(postgres), "%s/postgres", programs);
	snprintf(directory, sizeof(directory), "/tmp/certwright-pg.XXXXXX");
	if (mkdtemp(directory) == NULL || chmod(directory, 0711) != 0 ||
	    (user != NULL && chown(directory, user->pw_uid, user->pw_gid) != 0))
		die("%s: %s", directory, strerror(errno));
	snprintf(data, sizeof(data), "%s/data", directory);
	snprintf(log_path, sizeof(log_path), "%s/log", directory);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		unsetenv(foreign[i]);
	setenv("PGHOST", directory, 1);
	setenv("PGUSER", "postgres", 1);
	setenv("PGDATABASE", "postgres", 1);
	start_keeper(user,
	    (const char *const[]){ initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
	    /* as most databases are: lower() knows more letters than ASCII's there */
	    "--locale=C", "--lc-ctype=C.UTF-8", "--no-sync", "--no-instructions", NULL },
	    (const char *const[]){ postgres, "-D", data, "-k", directory,
	    "-c", "listen_addresses=", "-c", fsync, "-c", pages, "-c", max_wal,
	    "-c", commit, "-c", "max_connections=200", NULL });
	await_server();
	make_template();
}

void
pg_kit_start(void)
{
	/* Full pages are for a crash of the machine, which no test survives. */
	start("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=1GB");
}

void
pg_kit_start_durable(void)
{
	start("fsync=on", "synchronous_commit=on", "shared_buffers=1GB", "max_wal_size=8GB");
}

void
pg_kit_stop(void)
{
	if (keeper <= 0)
		return;
	kill(keeper, SIGTERM);
	while (waitpid(keeper, NULL, 0) < 0 && errno == EINTR)
		;
	keeper = 0;
}

const char *
pg_kit_conninfo(void)
{
	static char conninfo[256];
	const char *host = getenv("PGHOST");

	snprintf(conninfo, sizeof(conninfo), "host=%s user=postgres dbname=postgres",
	    host != NULL ? host : "/nowhere");
	return conninfo;
}

char *
pg_kit_database(void)
{
	static unsigned made;
	struct pg_session *s = pg_session_open(pg_kit_conninfo(), NULL);
	char name[48], sql[160], conninfo[256];
	struct err err = { 0 };
	bool has_template;
	PGresult *r;

	if (s == NULL)
		die("no cluster: is pg_kit_start in a PRE_ALL hook?");
	r = pg_session_call(s, "select from pg_database where datname = '" TEMPLATE "'", NULL, NULL, NULL);
	has_template = PQntuples(r) == 1;
	PQclear(r);
	snprintf(name, sizeof(name), "t%d_%u", (int)getpid(), made++);
	snprintf(sql, sizeof(sql), "create database %s template %s", name,
	    has_template ? TEMPLATE : "template0");
	if (!pg_session_script(s, sql, &err))
		die("%s: %s", sql, err.detail);
	pg_session_close(s);
	snprintf(conninfo, sizeof(conninfo), "host=%s user=postgres dbname=%s", getenv("PGHOST"), name);
	return xstrdup(conninfo);
}

void
pg_kit_drop(char *conninfo)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "drop database %s with (force)", strstr(conninfo, "dbname=") + 7);
	admin(sql);
	free(conninfo);
}
