/*
 * How many queries a second the name server answers on one core: a sender
 * with 512 queries in flight and its receiver in a process of their own
 * against authority and dns_serve on a loop, by UDP of loopback, a thousand
 * names with two values each.  What is divided by is the server's processor
 * time, as getrusage has it, kernel included.
 */
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

#include "base/arena.h"
#include "dcv/authority.h"
#include "io/dns_serve.h"
#include "tests/bench/bench.h"
#include "tests/bench/dns_responder.h"
#include "tests/kit/query.h"

enum { NAMES = 1000, ROOM = 1024, BATCH = 32, IN_FLIGHT = 512, SECONDS = 3 };

struct server {
	struct zone_authority *authority;
	struct loop *loop;
};

static size_t
on_query(void *arg, const unsigned char *query, size_t len, const struct sockaddr *peer, bool is_tcp,
    int64_t now_ms, unsigned char *out)
{
	return authority_answer(arg, query, len, peer, is_tcp, now_ms, out);
}

static struct board *
make_board(void)
{
	static const char *const ids[] = { "cafe" };
	static const struct board_entry values[] = {
		{ BOARD_TXT, "cafe", "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOP" },
		{ BOARD_TXT, "cafe", "ABCDEFGHIJKLMNOPabcdefghijklmnopqrstuvwxyz_" },
	};
	struct board *board = board_new();
	char name[32];

	board_put_delegations(board, ids, 1);
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "shop%d.example.com", i);
		board_put(board, name, values, 2);
	}
	board_set_ready(board);
	return board;
}

/* ---- the sender ----------------------------------------------------------------- */

struct sender {
	unsigned char queries[NAMES][QUERY_MAX], answers[BATCH][ROOM];
	size_t lens[NAMES];
	unsigned next;
};

static unsigned
send_some(struct sender *s, int fd, unsigned count)
{
	struct mmsghdr out[BATCH];
	struct iovec parts[BATCH];
	int n;

	for (unsigned i = 0; i < count; i++) {
		unsigned which = (s->next + i) % NAMES;

		parts[i] = (struct iovec){ s->queries[which], s->lens[which] };
		out[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &parts[i], .msg_iovlen = 1 } };
	}
	n = sendmmsg(fd, out, count, MSG_DONTWAIT);
	s->next += n > 0 ? (unsigned)n : 0;
	return n > 0 ? (unsigned)n : 0;
}

/* Answers that came; none for 10 ms: what is in flight is lost. */
static int
receive_some(struct sender *s, int fd)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct mmsghdr in[BATCH];
	struct iovec parts[BATCH];
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ s->answers[i], ROOM };
		in[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &parts[i], .msg_iovlen = 1 } };
	}
	if (poll(&readable, 1, 10) != 1)
		return 0;
	n = recvmmsg(fd, in, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		if (in[i].msg_len < 150 || s->answers[i][3] != 0 || s->answers[i][7] != 2)
			bench_die("the name server did not answer with two values");
	return n;
}

/* Writes how many answers came. */
static _Noreturn void
send_for_a_while(unsigned port, int to_parent)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sender *s = xcalloc(1, sizeof *s);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), in_flight = 0;
	double end = bench_seconds() + SECONDS;
	uint64_t answered = 0;
	char name[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "shop%u.example.com.cafe.dcv.test", i);
		s->lens[i] = query_write(&(struct query){ .name = name, .type = 16, .id = (uint16_t)i, .has_edns = true, .payload = 1232 },
		    s->queries[i]);
	}
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
		bench_die(strerror(errno));
	while (bench_seconds() < end) {
		int n;

		while (in_flight <= IN_FLIGHT - BATCH) {
			unsigned sent = send_some(s, fd, BATCH);

			in_flight += (int)sent;
			if (sent < BATCH)
				break;
		}
		n = receive_some(s, fd);
		answered += n > 0 ? (uint64_t)n : 0;
		in_flight = n > 0 ? in_flight - n : 0;
		if (in_flight < 0)
			in_flight = 0;
	}
	_exit(write(to_parent, &answered, sizeof answered) != sizeof answered);
}

/* ---- the server --------------------------------------------------------------------- */

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

/* Queries a second of processor time; 0: it did not run. */
static double
measure(struct server *s, struct dns_serve *serve)
{
	struct timer *tick = timer_new(s->loop, on_tick, NULL);
	double before, used;
	uint64_t answered = 0;
	int ends[2], status;
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		bench_die(strerror(errno));
	if (pid == 0)
		send_for_a_while(dns_serve_port(serve), ends[1]);
	close(ends[1]);
	timer_start(tick, 50, 50);
	before = processor_seconds();
	while (waitpid(pid, &status, WNOHANG) == 0)
		loop_turn(s->loop, true);
	used = processor_seconds() - before;
	timer_free(tick);
	if (read(ends[0], &answered, sizeof answered) != sizeof answered)
		answered = 0;
	close(ends[0]);
	printf("  %.0f/s in %d s, %.0f %% of a core\n", (double)answered / SECONDS, SECONDS, 100 * used / SECONDS);
	return (double)answered / used;
}

double
bench_dns_responder(unsigned responses_per_second)
{
	struct server s = { .loop = loop_new() };
	struct board *board = make_board();
	struct dns_serve *serve;
	double rate;

	s.authority = authority_open(&(struct authority_options){ .domain = "dcv.test", .nameservers = "ns.other.test",
	    .responses_per_second = responses_per_second }, board, NULL);
	serve = dns_serve_open(s.loop, "127.0.0.1:0", on_query, s.authority, NULL);
	if (serve == NULL)
		bench_die("could not open the name server");
	rate = measure(&s, serve);
	dns_serve_close(serve);
	authority_close(s.authority);
	board_free(board);
	loop_free(s.loop);
	return rate;
}
