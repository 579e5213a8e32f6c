/*
 * How many requests a second the http-01 responder answers on one core: a
 * client with 64 connections in a process of its own, one request in flight on
 * each, a thousand hostnames.  What is divided by is the server's processor
 * time, as getrusage has it, kernel included.
 */
#include "tests/bench/responders.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dcv/http01.h"
#include "tests/bench/bench.h"

#define TOKEN	"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
#define PRINT	"nP1qzpXGymHBrUEepNY9HCsQk7K8KhOypzEt62jcerQ"

enum { NAMES = 1000, CONNECTIONS = 64, SECONDS = 3, ROOM = 1024 };

/* ---- the client -------------------------------------------------------------------- */

struct client {
	struct sockaddr_in to;
	struct pollfd connections[CONNECTIONS];
	uint64_t asked, answered;
	bool is_kept;
};

static void
ask(struct client *c, int fd)
{
	char request[256];
	int len = snprintf(request, sizeof request, "GET /.well-known/acme-challenge/" TOKEN " HTTP/1.1\r\nHost: shop%u.example.com\r\n"
	    "User-Agent: bench\r\nAccept: */*\r\nConnection: %s\r\n\r\n", (unsigned)(c->asked++ % NAMES),
	    c->is_kept ? "keep-alive" : "close");

	if (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len)
		bench_die("could not send a request");
}

static int
dial(struct client *c)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&c->to, sizeof c->to) != 0)
		bench_die(strerror(errno));
	ask(c, fd);
	return fd;
}

static void
take_answer(struct client *c, struct pollfd *p)
{
	char answer[ROOM];
	ssize_t len = recv(p->fd, answer, sizeof answer - 1, 0);

	answer[len > 0 ? len : 0] = '\0';
	if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0 || strstr(answer, "\r\n\r\n" TOKEN "." PRINT) == NULL)
		bench_die("the responder did not answer with the key authorization");
	c->answered++;
	if (c->is_kept) {
		ask(c, p->fd);
		return;
	}
	close(p->fd);
	p->fd = dial(c);
}

/* Writes how many answers came. */
static _Noreturn void
ask_for_a_while(unsigned port, bool is_kept, int to_parent)
{
	struct client c = { .is_kept = is_kept, .to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	double end = bench_seconds() + SECONDS;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < CONNECTIONS; i++)
		c.connections[i] = (struct pollfd){ .fd = dial(&c), .events = POLLIN };
	while (bench_seconds() < end && poll(c.connections, CONNECTIONS, -1) > 0)
		for (int i = 0; i < CONNECTIONS; i++)
			if (c.connections[i].revents != 0)
				take_answer(&c, &c.connections[i]);
	_exit(write(to_parent, &c.answered, sizeof c.answered) != sizeof c.answered);
}

/* ---- the server --------------------------------------------------------------------- */

static struct board *
make_board(void)
{
	static const struct board_entry token = { BOARD_HTTP, TOKEN, TOKEN "." PRINT };
	struct board *board = board_new();
	char name[32];

	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "shop%d.example.com", i);
		board_put(board, name, &token, 1);
	}
	board_set_ready(board);
	return board;
}

static double
processor_seconds(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
	    (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void
on_tick(void *arg)
{
	(void)arg;	/* so that the loop comes round */
}

/* Requests a second of processor time. */
static double
measure(struct loop *loop, const struct http01 *http01, bool is_kept)
{
	struct timer *tick = timer_new(loop, on_tick, NULL);
	double before, used;
	uint64_t answered = 0;
	int ends[2], status;
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		bench_die(strerror(errno));
	if (pid == 0)
		ask_for_a_while(http01_port(http01), is_kept, ends[1]);
	close(ends[1]);
	timer_start(tick, 50, 50);
	before = processor_seconds();
	while (waitpid(pid, &status, WNOHANG) == 0)
		loop_turn(loop, true);
	used = processor_seconds() - before;
	timer_free(tick);
	if (read(ends[0], &answered, sizeof answered) != sizeof answered)
		bench_die("the client was not answered");
	close(ends[0]);
	printf("  http-01, %s: %.0f/s in %d s, %.0f %% of a core: %.0f/s of one\n", is_kept ? "kept connections" : "one connection each",
	    (double)answered / SECONDS, SECONDS, 100 * used / SECONDS, (double)answered / used);
	return (double)answered / used;
}

double
bench_http01(bool is_kept)
{
	struct loop *loop = loop_new();
	struct board *board = make_board();
	struct err err = { 0 };
	struct http01 *http01 = http01_open(loop, board, "127.0.0.1:0", &err);
	double rate;

	if (http01 == NULL)
		bench_die(err.detail);
	rate = measure(loop, http01, is_kept);
	http01_close(http01);
	board_free(board);
	loop_free(loop);
	return rate;
}
