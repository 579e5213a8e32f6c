/* io/dns_serve by hand: what happens on its sockets, whatever is served. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/arena.h"
#include "io/dns_serve.h"
#include "io/dns_serve_inside.h"

TestSuite(dns_serve, .timeout = 30);

struct lab {
	struct loop *loop;
	struct dns_serve *serve;
	unsigned asked;
	bool was_tcp;
	struct sockaddr_storage peer;
};

/* "N text": the text N times.  "-": no answer.  All else comes back. */
static size_t
on_query(void *arg, const unsigned char *query, size_t len, const struct sockaddr *peer, bool is_tcp,
    int64_t now_ms, unsigned char *out)
{
	struct lab *lab = arg;
	size_t times = 1, done = 0;

	cr_assert(now_ms > 0);
	lab->asked++;
	lab->was_tcp = is_tcp;
	memcpy(&lab->peer, peer, addr_len(peer));
	if (len > 0 && query[0] == '-')
		return 0;
	if (len > 1 && query[0] >= '0' && query[0] <= '9')
		times = strtoul((const char *)query, NULL, 10);
	for (; times > 0 && done + len <= DNS_ANSWER_MAX; times--, done += len)
		memcpy(out + done, query, len);
	return done;
}

static struct lab *
lab_open(const char *addresses)
{
	struct lab *lab = xcalloc(1, sizeof *lab);
	struct err err = { 0 };

	lab->loop = loop_new();
	lab->serve = dns_serve_open(lab->loop, addresses, on_query, lab, &err);
	cr_assert_not_null(lab->serve, "%s", err.detail);
	cr_assert_eq(lab->serve->idle_ms, 10000);
	lab->serve->idle_ms = 600000;	/* whoever is closed is closed for another reason */
	return lab;
}

static void
lab_close(struct lab *lab)
{
	dns_serve_close(lab->serve);
	loop_free(lab->loop);
	free(lab);
}

/* A socket that is connected to the server at `to`, from `from` unless NULL. */
static int
dial(struct lab *lab, int type, const char *to, const char *from)
{
	struct sockaddr_storage at;
	int fd;

	cr_assert(addr_parse_port(to, dns_serve_port(lab->serve), &at));
	fd = socket(at.ss_family, type | SOCK_CLOEXEC, 0);
	cr_assert(fd >= 0, "%s", strerror(errno));
	if (from != NULL) {
		struct sockaddr_storage source;

		cr_assert(addr_parse(from, &source));
		cr_assert_eq(bind(fd, (struct sockaddr *)&source, addr_len((struct sockaddr *)&source)), 0);
	}
	cr_assert_eq(connect(fd, (struct sockaddr *)&at, addr_len((struct sockaddr *)&at)), 0, "%s", strerror(errno));
	return fd;
}

/* What comes next, NUL-terminated; -1: the other side has ended. */
static ssize_t
receive(struct lab *lab, int fd, void *in, size_t size)
{
	for (;;) {
		ssize_t n = recv(fd, in, size - 1, MSG_DONTWAIT);

		if (n >= 0)
			((char *)in)[n] = '\0';
		if (n > 0)
			return n;
		if (n == 0 || errno != EAGAIN)
			return -1;
		loop_turn(lab->loop, false);
	}
}

static bool
is_closed(struct lab *lab, int fd)
{
	char in[16];

	return receive(lab, fd, in, sizeof in) < 0;
}

static void
send_all(int fd, const void *octets, size_t len)
{
	cr_assert_eq(send(fd, octets, len, MSG_NOSIGNAL), (ssize_t)len, "%s", strerror(errno));
}

/* With its length before it. */
static void
send_message(int fd, const char *text)
{
	unsigned char out[2 + 8192] = { (unsigned char)(strlen(text) >> 8), (unsigned char)strlen(text) };

	memcpy(out + 2, text, strlen(text));
	send_all(fd, out, 2 + strlen(text));
}

/* A whole message; "" if the other side ends before. */
static const char *
receive_message(struct lab *lab, int fd)
{
	static unsigned char in[2 + 65536];
	size_t got = 0, len = 2;

	while (got < len) {
		ssize_t n = receive(lab, fd, in + got, len - got + 1);

		if (n < 0)
			return "";
		got += (size_t)n;
		if (got >= 2)
			len = 2 + ((size_t)in[0] << 8 | in[1]);
	}
	return (const char *)in + 2;
}

static bool
has_ipv6(void)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

/* ---- UDP ----------------------------------------------------------------------- */

Test(dns_serve, datagrams_are_answered_each)
{
	struct lab *lab = lab_open("127.0.0.1:0");
	int fd = dial(lab, SOCK_DGRAM, "127.0.0.1", NULL);
	char in[8192], out[16];

	for (int i = 0; i < 200; i++) {	/* more than a batch at once */
		snprintf(out, sizeof out, "q%d", i);
		send_all(fd, out, strlen(out));
	}
	for (int i = 0; i < 200; i++) {
		snprintf(out, sizeof out, "q%d", i);
		cr_assert(receive(lab, fd, in, sizeof in) > 0);
		cr_expect_str_eq(in, out);
	}
	cr_expect_not(lab->was_tcp);
	cr_expect(lab->peer.ss_family == AF_INET && addr_port((struct sockaddr *)&lab->peer) != 0);
	close(fd);
	lab_close(lab);
}

Test(dns_serve, what_deserves_no_answer_does_not_hold_up_the_others)
{
	static char long_query[DNS_QUERY_MAX + 1] = { 'x' };
	struct lab *lab = lab_open("127.0.0.1:0");
	int fd = dial(lab, SOCK_DGRAM, "127.0.0.1", NULL);
	char in[8192];

	send_all(fd, "-", 1);
	send_all(fd, "", 0);
	send_all(fd, long_query, sizeof long_query);
	send_all(fd, "40000 too long for a datagram when it is repeated", 49);	/* cannot be sent */
	send_all(fd, long_query, sizeof long_query - 1);
	send_all(fd, "x", 1);
	cr_expect_eq(receive(lab, fd, in, sizeof in), DNS_QUERY_MAX);
	cr_expect_eq(receive(lab, fd, in, sizeof in), 1);
	cr_expect_eq(lab->asked, 5);
	close(fd);
	lab_close(lab);
}

/* The client's socket is connected: it takes answers from that address only. */
Test(dns_serve, answers_leave_from_the_address_that_was_asked)
{
	static const char *const asked[] = { "127.0.0.1", "127.0.0.2", "127.7.7.7" };
	struct lab *lab = lab_open("0.0.0.0:0");
	char in[64];

	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		int fd = dial(lab, SOCK_DGRAM, asked[i], "127.0.0.1");

		send_all(fd, "where", 5);
		cr_assert(receive(lab, fd, in, sizeof in) > 0);
		cr_expect_str_eq(in, "where");
		close(fd);
	}
	lab_close(lab);
}

Test(dns_serve, several_addresses_of_both_families_are_served)
{
	struct lab *lab;
	char list[64], in[64];
	int fd;

	if (!has_ipv6())
		cr_skip_test("there is no IPv6 here");
	lab = lab_open("[::]:0");
	/* the same port, since one of IPv6 does not take IPv4 along */
	snprintf(list, sizeof list, "127.0.0.1:%u, 127.0.0.3:%u", dns_serve_port(lab->serve), dns_serve_port(lab->serve));
	struct lab *other = lab_open(list);

	fd = dial(lab, SOCK_DGRAM, "::1", NULL);
	send_all(fd, "six", 3);
	cr_assert(receive(lab, fd, in, sizeof in) > 0);
	cr_expect(lab->peer.ss_family == AF_INET6);
	close(fd);
	fd = dial(lab, SOCK_STREAM, "::1", NULL);
	send_message(fd, "six by tcp");
	cr_expect_eq(strncmp(receive_message(lab, fd), "six by tcp", 10), 0);
	close(fd);
	for (int i = 0; i < 2; i++) {
		fd = dial(other, SOCK_DGRAM, i == 0 ? "127.0.0.1" : "127.0.0.3", NULL);
		send_all(fd, "four", 4);
		cr_assert(receive(other, fd, in, sizeof in) > 0);
		cr_expect(other->peer.ss_family == AF_INET);
		close(fd);
	}
	cr_expect_eq(other->asked, 2);
	lab_close(other);
	lab_close(lab);
}

/* ---- TCP ------------------------------------------------------------------------- */

Test(dns_serve, queries_on_one_connection_are_answered_in_order)
{
	struct lab *lab = lab_open("127.0.0.1:0");
	int fd = dial(lab, SOCK_STREAM, "127.0.0.1", NULL);
	char out[32];

	for (int i = 0; i < 3; i++) {
		send_message(fd, "one after the other");
		cr_expect_eq(strncmp(receive_message(lab, fd), "one after the other", 19), 0);
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(out, sizeof out, "q%d", i);
		send_message(fd, out);
	}
	shutdown(fd, SHUT_WR);	/* and still all are answered */
	for (int i = 0; i < 2000; i++) {
		snprintf(out, sizeof out, "q%d", i);
		cr_assert_eq(strncmp(receive_message(lab, fd), out, strlen(out)), 0, "%s", out);
	}
	cr_expect(is_closed(lab, fd));
	cr_expect(lab->was_tcp && lab->asked == 2003);
	close(fd);
	lab_close(lab);
}

Test(dns_serve, a_query_may_come_octet_by_octet)
{
	struct lab *lab = lab_open("127.0.0.1:0");
	int fd = dial(lab, SOCK_STREAM, "127.0.0.1", NULL);
	static const char octets[] = "\0\4drip\0\3two\0\1";

	for (size_t i = 0; i < sizeof octets - 1; i++) {
		send_all(fd, octets + i, 1);
		for (int turns = 0; turns < 3; turns++)
			loop_turn(lab->loop, false);
	}
	cr_expect_eq(strncmp(receive_message(lab, fd), "drip", 4), 0);
	cr_expect_eq(strncmp(receive_message(lab, fd), "two", 3), 0);
	cr_expect_eq(lab->asked, 2);
	close(fd);
	lab_close(lab);
}

Test(dns_serve, the_longest_query_and_answer_pass)
{
	struct lab *lab = lab_open("127.0.0.1:0");
	int fd = dial(lab, SOCK_STREAM, "127.0.0.1", NULL);
	static char query[DNS_QUERY_MAX + 1];
	const unsigned char *in;

	memset(query, 'x', DNS_QUERY_MAX);
	memcpy(query, "15 ", 3);
	send_message(fd, query);
	in = (const unsigned char *)receive_message(lab, fd);
	cr_expect_eq(in[-2] << 8 | in[-1], 15 * DNS_QUERY_MAX);
	cr_expect_eq(memcmp(in + 14 * DNS_QUERY_MAX, query, DNS_QUERY_MAX), 0);
	close(fd);
	lab_close(lab);
}

Test(dns_serve, what_is_no_dns_ends_the_connection)
{
	static const struct { const char *octets; size_t len; } cases[] = {
		{ "\0\1-", 3 }, { "\0\0", 2 }, { "\x10\1x", 3 }, { "\xff\xff", 2 }, { "GET / HTTP/1.1\r\n\r\n", 18 },
	};
	struct lab *lab = lab_open("127.0.0.1:0");

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int fd = dial(lab, SOCK_STREAM, "127.0.0.1", NULL);

		send_all(fd, cases[i].octets, cases[i].len);
		cr_expect(is_closed(lab, fd), "%zu", i);
		close(fd);
	}
	cr_expect_eq(lab->asked, 2);
	lab_close(lab);
}

/* It fills the buffers of the kernel and is told no more then. */
Test(dns_serve, a_peer_that_does_not_read_is_closed)
{
	struct lab *lab = lab_open("127.0.0.1:0");
	int fd = dial(lab, SOCK_STREAM, "127.0.0.1", NULL), asked = 0, turns = 0;
	static char query[4001];
	unsigned answered;

	memset(query, 'x', 4000);
	memcpy(query, "15 ", 3);
	lab->serve->idle_ms = 100;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (lab->serve->connection_count == 0)
		loop_turn(lab->loop, true);
	for (ssize_t n = 4000; n > 0; asked++) {
		send(fd, "\x0f\xa0", 2, MSG_NOSIGNAL | MSG_MORE);
		n = send(fd, query, 4000, MSG_NOSIGNAL);
		loop_turn(lab->loop, false);
	}
	answered = lab->asked;
	cr_expect((int)answered < asked, "%u of %d", answered, asked);
	for (; lab->serve->connection_count > 0; turns++)
		loop_turn(lab->loop, true);
	cr_expect(turns < 100, "it turned round %d times for nothing", turns);
	cr_expect_eq(lab->asked, answered);
	close(fd);
	lab_close(lab);
}

/* But one that reads slowly gets all of it. */
Test(dns_serve, a_peer_that_reads_late_misses_nothing)
{
	enum { QUERIES = 300 };	/* 16 MB of answers, more than the kernel holds */
	struct lab *lab = lab_open("127.0.0.1:0");
	int fd = dial(lab, SOCK_STREAM, "127.0.0.1", NULL);
	char query[32];

	for (int i = 0; i < QUERIES; i++) {
		snprintf(query, sizeof query, "6000 %04d", i);
		send_message(fd, query);
	}
	for (int i = 0; i < 100; i++)
		loop_turn(lab->loop, false);
	cr_expect(lab->asked < QUERIES);
	for (int i = 0; i < QUERIES; i++) {
		const char *in = receive_message(lab, fd);

		snprintf(query, sizeof query, "6000 %04d", i);
		cr_assert_eq(memcmp(in, query, 9), 0, "%d: %.9s", i, in);
		cr_assert_eq(memcmp(in + 5999 * 9, query, 9), 0, "%d", i);
	}
	cr_expect_eq(lab->asked, QUERIES);
	close(fd);
	lab_close(lab);
}

struct drip {
	int fd, drops;
};

static void
on_drip(void *arg)
{
	struct drip *d = arg;

	(void)send(d->fd, "x", 1, MSG_NOSIGNAL);
	d->drops++;
}

Test(dns_serve, silence_ends_a_connection_and_dripping_does_not_help)
{
	struct lab *lab = lab_open("127.0.0.1:0");
	struct drip drip = { 0 };
	struct timer *timer = timer_new(lab->loop, on_drip, &drip);
	int silent;

	lab->serve->idle_ms = 100;
	silent = dial(lab, SOCK_STREAM, "127.0.0.1", NULL);
	drip.fd = dial(lab, SOCK_STREAM, "127.0.0.1", NULL);
	send_message(silent, "hello");
	cr_expect_eq(strncmp(receive_message(lab, silent), "hello", 5), 0);
	send_all(drip.fd, "\x0f\xff", 2);
	timer_start(timer, 5, 5);
	while (lab->serve->connection_count > 0 && drip.drops < 1000)
		loop_turn(lab->loop, true);
	cr_expect(drip.drops > 0 && drip.drops < 1000);
	cr_expect(is_closed(lab, silent));
	cr_expect_eq(lab->asked, 1);
	timer_free(timer);
	close(silent);
	close(drip.fd);
	lab_close(lab);
}

static void
turn_until(struct lab *lab, size_t connections)
{
	while (lab->serve->connection_count != connections)
		loop_turn(lab->loop, true);
}

Test(dns_serve, one_address_has_sixteen_connections)
{
	struct lab *lab = lab_open("127.0.0.1:0");
	int fds[17], other;

	for (int i = 0; i < 17; i++)
		fds[i] = dial(lab, SOCK_STREAM, "127.0.0.1", "127.0.0.9");
	cr_expect(is_closed(lab, fds[16]));
	other = dial(lab, SOCK_STREAM, "127.0.0.1", "127.0.0.10");
	send_message(other, "me");
	cr_expect_eq(strncmp(receive_message(lab, other), "me", 2), 0);
	send_message(fds[0], "first");
	cr_expect_eq(strncmp(receive_message(lab, fds[0]), "first", 5), 0);
	close(fds[0]);
	turn_until(lab, 16);
	fds[0] = dial(lab, SOCK_STREAM, "127.0.0.1", "127.0.0.9");
	send_message(fds[0], "again");
	cr_expect_eq(strncmp(receive_message(lab, fds[0]), "again", 5), 0);
	for (int i = 0; i < 17; i++)
		close(fds[i]);
	close(other);
	lab_close(lab);
}

Test(dns_serve, the_most_silent_connection_makes_room)
{
	struct lab *lab = lab_open("127.0.0.1:0");
	static int fds[DNS_CONNECTIONS + 1];
	char from[32];

	for (int i = 0; i < DNS_CONNECTIONS; i++) {
		snprintf(from, sizeof from, "127.0.1.%d", 1 + i / DNS_OF_ONE_ADDRESS);
		fds[i] = dial(lab, SOCK_STREAM, "127.0.0.1", from);
		turn_until(lab, (size_t)i + 1);
	}
	send_message(fds[0], "I live");	/* now the second is the most silent */
	cr_expect_eq(strncmp(receive_message(lab, fds[0]), "I live", 6), 0);
	fds[DNS_CONNECTIONS] = dial(lab, SOCK_STREAM, "127.0.0.1", "127.0.2.1");
	send_message(fds[DNS_CONNECTIONS], "new");
	cr_expect_eq(strncmp(receive_message(lab, fds[DNS_CONNECTIONS]), "new", 3), 0);
	cr_expect(is_closed(lab, fds[1]));
	send_message(fds[0], "still");
	cr_expect_eq(strncmp(receive_message(lab, fds[0]), "still", 5), 0);
	cr_expect_eq(lab->serve->connection_count, DNS_CONNECTIONS);
	for (int i = 0; i <= DNS_CONNECTIONS; i++)
		close(fds[i]);
	lab_close(lab);
}

/* Of this process, so the client's descriptors are there before. */
static void
leave_descriptors(int count)
{
	struct rlimit limit;
	int next = dup(0);

	close(next);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)(next + count);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

Test(dns_serve, without_descriptors_it_makes_room_or_rests)
{
	struct lab *lab = lab_open("127.0.0.1:0");
	struct rlimit limit;
	int fds[3];

	getrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < 2; i++)
		fds[i] = dial(lab, SOCK_STREAM, "127.0.0.1", NULL);
	leave_descriptors(1);	/* for one connection of two */
	send_message(fds[1], "second");
	cr_expect_eq(strncmp(receive_message(lab, fds[1]), "second", 6), 0);
	cr_expect(is_closed(lab, fds[0]));
	close(fds[0]);
	close(fds[1]);
	turn_until(lab, 0);

	setrlimit(RLIMIT_NOFILE, &limit);
	fds[0] = dial(lab, SOCK_STREAM, "127.0.0.1", NULL);
	leave_descriptors(0);	/* for none */
	send_message(fds[0], "later");
	for (int i = 0; i < 5; i++)
		loop_turn(lab->loop, false);
	cr_expect(lab->serve->timer_due_ms != 0 && lab->serve->connection_count == 0);
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < 5; i++)
		loop_turn(lab->loop, false);
	cr_expect_eq(lab->serve->connection_count, 0, "it rests");
	cr_expect_eq(strncmp(receive_message(lab, fds[0]), "later", 5), 0);
	close(fds[0]);
	lab_close(lab);
}

/* ---- addresses ---------------------------------------------------------------------- */

Test(dns_serve, an_address_that_cannot_be_had_is_a_bad_option)
{
	static const struct { const char *list, *detail; } cases[] = {
		{ "", "dns_listen is not" }, { "localhost:53", "dns_listen is not" },
		{ "127.0.0.1:99999", "dns_listen is not" }, { "127.0.0.1:0,", "dns_listen is not" },
		{ "127.0.0.1:0,,127.0.0.2:0", "dns_listen is not" },
		{ "127.0.0.1:0,127.0.0.1:0,127.0.0.1:0,127.0.0.1:0,127.0.0.1:0,127.0.0.1:0,127.0.0.1:0,127.0.0.1:0,127.0.0.1:0",
		    "dns_listen is not" },
		{ "192.0.2.1:0", "the listening address is not of this machine" },
		{ "127.0.0.1:0,192.0.2.1:0", "the listening address is not of this machine" },
	};
	struct lab *lab = lab_open("127.0.0.1:0");
	struct err err = { 0 };
	char taken[32];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		err = (struct err){ 0 };
		cr_expect_null(dns_serve_open(lab->loop, cases[i].list, on_query, lab, &err));
		cr_assert_str_eq(err.code, "bad_option", "%s", cases[i].list);
		cr_expect_eq(strncmp(err.detail, cases[i].detail, strlen(cases[i].detail)), 0, "%s: %s", cases[i].list, err.detail);
	}
	snprintf(taken, sizeof taken, "127.0.0.1:%u", dns_serve_port(lab->serve));
	cr_expect_null(dns_serve_open(lab->loop, taken, on_query, lab, &err));
	cr_expect_str_eq(err.detail, "the listening address is in use");
	/* by UDP alone, and by somebody who would share it */
	cr_assert_eq(setsockopt(udp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
	cr_assert(bind(udp, (struct sockaddr *)&at, len) == 0 && getsockname(udp, (struct sockaddr *)&at, &len) == 0);
	snprintf(taken, sizeof taken, "127.0.0.1:%u", ntohs(at.sin_port));
	err = (struct err){ 0 };
	cr_expect_null(dns_serve_open(lab->loop, taken, on_query, lab, &err));
	cr_expect_str_eq(err.detail, "the listening address is in use");
	close(udp);
	at.sin_port = 0;
	/* by TCP alone */
	cr_assert(bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 1) == 0 && getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	snprintf(taken, sizeof taken, "127.0.0.1:%u", ntohs(at.sin_port));
	cr_expect_null(dns_serve_open(lab->loop, taken, on_query, lab, &err));
	cr_expect_str_eq(err.detail, "the listening address is in use");
	close(fd);
	lab_close(lab);
	lab_close(lab_open(taken));	/* nothing of the failure was left open */
}
