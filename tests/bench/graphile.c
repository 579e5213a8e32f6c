/* graphile-worker in a process of its own: tests/bench/graphile.mjs. */
#include "tests/bench/bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static double
read_number(int fd)
{
	char text[64] = "";
	size_t len = 0;
	ssize_t got;

	while (len < sizeof text - 1 && (got = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)got;
	return strtod(text, NULL);
}

double
bench_graphile(const char *folder, const char *conninfo, const char *what, int number)
{
	char node[300], script[300], count[20];
	const char *argv[] = { node, script, what, count, NULL };
	posix_spawn_file_actions_t files;
	double result;
	int ends[2], status = -1;
	pid_t pid;

	snprintf(node, sizeof node, "%s/node_modules/node/bin/node", folder);
	snprintf(script, sizeof script, "%s/graphile.mjs", folder);
	snprintf(count, sizeof count, "%d", number);
	if (access(node, X_OK) != 0 || setenv("BENCH_DATABASE", conninfo, 1) != 0 ||
	    pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, ends[1], 1);
	if (posix_spawn(&pid, node, &files, NULL, (char **)argv, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&files);
	close(ends[1]);
	result = read_number(ends[0]);
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	return result;
}
