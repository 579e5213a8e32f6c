/*
 * DNS in, by TCP (RFC 7766):
 *
 *	reading ── a whole query ──> answered ── all of it sent ──> reading
 *	                                 └─> waiting for the peer to read ─┘
 *
 * While an answer waits nothing is read: a peer that does not read is sent no
 * more than one.  Progress is an answer that has gone; without any for 10 s a
 * connection ends, however busily octets trickle in.  When there are too many,
 * the one that has been without progress longest makes room.
 */
#include "io/dns_serve_inside.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/arena.h"

enum { ACCEPTS_A_TURN = 32, REST_MS = 1000 };

struct dns_connection {
	TAILQ_ENTRY(dns_connection) link;
	struct dns_serve *serve;
	struct watch	 *watch;
	int		  fd;
	struct sockaddr_storage peer;
	int64_t		  progress_ms;
	unsigned char	 *out;			/* what of an answer has not gone yet; NULL: nothing */
	size_t		  out_len, out_sent;
	size_t		  got;
	unsigned char	  in[2 + DNS_QUERY_MAX];
};

static void
close_connection(struct dns_connection *c)
{
	TAILQ_REMOVE(&c->serve->connections, c, link);
	c->serve->connection_count--;
	watch_free(c->watch);
	close(c->fd);
	free(c->out);
	free(c);
}

void
dns_tcp_close_all(struct dns_serve *s)
{
	struct dns_connection *c;

	while ((c = TAILQ_FIRST(&s->connections)) != NULL)
		close_connection(c);
}

static void
note_progress(struct dns_connection *c)
{
	c->progress_ms = loop_now_ms(c->serve->loop);
	TAILQ_REMOVE(&c->serve->connections, c, link);
	TAILQ_INSERT_TAIL(&c->serve->connections, c, link);
}

/* How many octets went: not all of them when the peer does not read.  -1: the
 * connection is of no use any more. */
static ssize_t
send_some(const struct dns_connection *c, const unsigned char *octets, size_t len)
{
	ssize_t n;

	do
		n = send(c->fd, octets, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 && errno == EAGAIN ? 0 : n;
}

/* False: the connection is of no use any more. */
static bool
send_answer(struct dns_connection *c, const unsigned char *answer, size_t len)
{
	ssize_t n = send_some(c, answer, len);

	if (n < 0)
		return false;
	if ((size_t)n == len) {
		note_progress(c);
		return true;
	}
	c->out_len = len - (size_t)n;
	c->out_sent = 0;
	c->out = xcalloc(1, c->out_len);
	memcpy(c->out, answer + n, c->out_len);
	return true;
}

static bool
send_rest(struct dns_connection *c)
{
	ssize_t n = send_some(c, c->out + c->out_sent, c->out_len - c->out_sent);

	if (n < 0)
		return false;
	c->out_sent += (size_t)n;
	if (c->out_sent == c->out_len) {
		free(c->out);
		c->out = NULL;
		note_progress(c);
	}
	return true;
}

/* A message that deserves no answer, or is too long, ends the connection:
 * whoever sends it does not speak DNS. */
static bool
answer_one(struct dns_connection *c, const unsigned char *query, size_t len)
{
	struct dns_serve *s = c->serve;
	size_t answer_len = s->fn(s->arg, query, len, (struct sockaddr *)&c->peer, true,
	    loop_now_ms(s->loop), s->answer + 2);

	if (answer_len == 0)
		return false;
	s->answer[0] = (unsigned char)(answer_len >> 8);
	s->answer[1] = (unsigned char)answer_len;
	return send_answer(c, s->answer, 2 + answer_len);
}

static bool
answer_all(struct dns_connection *c)
{
	size_t at = 0, len;

	while (c->out == NULL && c->got - at >= 2) {
		len = (size_t)c->in[at] << 8 | c->in[at + 1];
		if (len > DNS_QUERY_MAX)
			return false;
		if (c->got - at < 2 + len)
			break;
		if (!answer_one(c, c->in + at + 2, len))
			return false;
		at += 2 + len;
	}
	c->got -= at;
	memmove(c->in, c->in + at, c->got);
	return true;
}

/* Never full: a query that fits is answered before more is read. */
static bool
read_more(struct dns_connection *c)
{
	ssize_t n = recv(c->fd, c->in + c->got, sizeof c->in - c->got, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->got += (size_t)n;
	return n > 0;
}

static void
on_ready(void *arg, bool readable, bool writable)
{
	struct dns_connection *c = arg;

	(void)readable, (void)writable;
	if (!(c->out != NULL ? send_rest(c) : read_more(c)) || !answer_all(c)) {
		close_connection(c);
		return;
	}
	watch_for(c->watch, c->out == NULL, c->out != NULL);
}

/* ---- who may connect -------------------------------------------------------------- */

static bool
are_one_host(const struct sockaddr_storage *x, const struct sockaddr_storage *y)
{
	if (x->ss_family != y->ss_family)
		return false;
	if (x->ss_family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)(const void *)x)->sin_addr,
		    &((const struct sockaddr_in *)(const void *)y)->sin_addr, sizeof(struct in_addr)) == 0;
	return memcmp(&((const struct sockaddr_in6 *)(const void *)x)->sin6_addr,
	    &((const struct sockaddr_in6 *)(const void *)y)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

static bool
has_too_many(const struct dns_serve *s, const struct sockaddr_storage *peer)
{
	const struct dns_connection *c;
	size_t count = 0;

	TAILQ_FOREACH(c, &s->connections, link)
		count += are_one_host(&c->peer, peer);
	return count >= DNS_OF_ONE_ADDRESS;
}

static void
start_timer(struct dns_serve *s, int64_t ms)
{
	int64_t due_ms = loop_now_ms(s->loop) + ms;

	if (s->timer_due_ms != 0 && s->timer_due_ms <= due_ms)
		return;
	s->timer_due_ms = due_ms;
	timer_start(s->timer, ms, 0);
}

static void
add_connection(struct dns_serve *s, int fd, const struct sockaddr_storage *peer)
{
	struct dns_connection *c = xcalloc(1, sizeof(*c));
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (s->connection_count == DNS_CONNECTIONS)
		close_connection(TAILQ_FIRST(&s->connections));
	c->serve = s;
	c->fd = fd;
	c->peer = *peer;
	c->progress_ms = loop_now_ms(s->loop);
	c->watch = watch_new(s->loop, fd, on_ready, c);
	watch_for(c->watch, true, false);
	TAILQ_INSERT_TAIL(&s->connections, c, link);
	s->connection_count++;
	start_timer(s, s->idle_ms);
}

/* No descriptors or memory are left: the most silent connection makes room,
 * or else we rest, lest the loop turn round for nothing. */
static void
make_room(struct dns_listener *l)
{
	if (l->serve->connection_count > 0) {
		close_connection(TAILQ_FIRST(&l->serve->connections));
		return;
	}
	watch_for(l->tcp_watch, false, false);
	start_timer(l->serve, REST_MS);
}

void
dns_tcp_on_connection(void *arg, bool readable, bool writable)
{
	struct dns_listener *l = arg;

	(void)readable, (void)writable;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t len = sizeof peer;
		int fd = accept4(l->tcp, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			/* Linux looks for a descriptor before it looks for a
			 * connection: only the first failure is about one. */
			if (i == 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
				make_room(l);
			return;
		}
		if (has_too_many(l->serve, &peer))
			close(fd);
		else
			add_connection(l->serve, fd, &peer);
	}
}

void
dns_tcp_on_timer(void *arg)
{
	struct dns_serve *s = arg;
	int64_t now_ms = loop_now_ms(s->loop);
	struct dns_connection *c;

	s->timer_due_ms = 0;
	while ((c = TAILQ_FIRST(&s->connections)) != NULL && c->progress_ms + s->idle_ms <= now_ms)
		close_connection(c);
	if (c != NULL)
		start_timer(s, c->progress_ms + s->idle_ms - now_ms);
	for (size_t i = 0; i < s->listener_count; i++)
		watch_for(s->listeners[i].tcp_watch, true, false);
}
