/*
 * Questions to resolvers and name servers.  The life of one:
 *
 *	waiting ── a slot is free ──> udp ── TC, unreadable, 3 mismatches ──> tcp
 *	                               ^ │                                     │
 *	                               └─┴── silence, refusal: next resolver ──┤
 *	                                                                       v
 *	                                       an answer, or no try left ──> ended
 */
#include "io/dns.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/name.h"
#include "io/dns_resolvers.h"
#include "io/seal.h"
#include "io/watch.h"

enum {
	TRIES = 3,
	TRY_MS = 2000,
	MISMATCHES = 3,		/* somebody is guessing: leave UDP to him */
	IN_FLIGHT = 512,
	MESSAGE_MAX = 65535,
	QUERY_MAX = 512,
	REPLY_ARENA = 4 << 20,	/* far more than the caps of base/dns let a reply need */
};

enum trouble {
	REFUSED,	/* nobody listens there: costs no try */
	SILENT,
	BROKEN,		/* TCP ended or answered something else */
};

struct stream {
	unsigned char out[2 + QUERY_MAX];
	size_t	      out_len;
	size_t	      sent;
	unsigned char in[2 + MESSAGE_MAX];
	size_t	      got;
};

struct question {
	TAILQ_ENTRY(question) link;
	struct dns   *dns;
	char	     *name;
	enum dns_type type;
	enum dns_how how;
	dns_done     *done;
	void	     *arg;
	struct timer *timer;	/* of a try; also brings what is known at once */
	struct watch *watch;	/* NULL: no socket */
	int	      fd;
	struct stream *tcp;	/* NULL: by UDP */
	bool	      in_flight;
	bool	      is_stuck;	/* the try failed before it reached the loop */
	bool	      is_local;	/* answered here */
	bool	      is_unaskable;	/* the name does not fit a question */
	uint16_t      id;
	unsigned      resolver;
	bool	      is_pinned;	/* to `to`, whatever becomes of it */
	struct sockaddr_storage to;
	unsigned      tries, refusals, mismatches;
};

TAILQ_HEAD(question_list, question);
struct dns {
	struct loop *loop;
	struct question_list in_flight, waiting;
	unsigned     in_flight_count;
	unsigned     first;	/* resolver that new questions go to: the last one that was not in trouble */
	unsigned     resolver_count;
	struct sockaddr_storage resolvers[DNS_RESOLVERS];
	unsigned char datagram[MESSAGE_MAX];
};

static void try_udp(struct question *);
static void try_tcp(struct question *);

/* Who is asked at the moment. */
static const struct sockaddr *
server_of(const struct question *q)
{
	return (const struct sockaddr *)(q->is_pinned ? &q->to : &q->dns->resolvers[q->resolver]);
}

static void
close_socket(struct question *q)
{
	if (q->watch == NULL)
		return;
	watch_free(q->watch);
	q->watch = NULL;
	close(q->fd);
	free(q->tcp);
	q->tcp = NULL;
}

static void
start_waiting(struct dns *dns)
{
	struct question *q;

	while (dns->in_flight_count < IN_FLIGHT && (q = TAILQ_FIRST(&dns->waiting)) != NULL) {
		TAILQ_REMOVE(&dns->waiting, q, link);
		TAILQ_INSERT_TAIL(&dns->in_flight, q, link);
		dns->in_flight_count++;
		q->in_flight = true;
		q->resolver = dns->first;
		if (q->is_local || q->is_unaskable)
			timer_start(q->timer, 0, 0);
		else
			try_udp(q);
	}
}

static void
end_question(struct question *q, const struct dns_reply *reply, const struct err *err)
{
	struct dns *dns = q->dns;

	close_socket(q);
	timer_free(q->timer);
	TAILQ_REMOVE(q->in_flight ? &dns->in_flight : &dns->waiting, q, link);
	if (q->in_flight)
		dns->in_flight_count--;
	/* Before the callback, which may close the resolver. */
	start_waiting(dns);
	q->done(q->arg, reply, err);
	free(q->name);
	free(q);
}

static void
fail_question(struct question *q, enum err_code code)
{
	const struct sockaddr *server = server_of(q);
	char address[64], detail[384];
	struct err err;

	addr_text(server, address, sizeof(address));
	snprintf(detail, sizeof(detail), "%s %.253s at %s port %u", dns_type_name(q->type), q->name,
	    address, addr_port(server));
	err = err_new(code, detail);
	end_question(q, NULL, &err);
}

static void
next_resolver(struct question *q, enum trouble trouble)
{
	struct dns *dns = q->dns;

	close_socket(q);
	if (trouble == REFUSED) {
		if (++q->refusals >= dns->resolver_count) {
			fail_question(q, ERR_dns_resolver_down);
			return;
		}
	} else {
		q->refusals = 0;
		if (++q->tries >= TRIES) {
			fail_question(q, trouble == SILENT ? ERR_dns_timeout : ERR_dns_resolver_down);
			return;
		}
	}
	if (!q->is_pinned && dns->first == q->resolver)
		dns->first = (dns->first + 1) % dns->resolver_count;
	q->resolver = (q->resolver + 1) % dns->resolver_count;
	try_udp(q);
}

/* True: the reply was dropped and the next one may be read. */
static bool
drop_reply(struct question *q)
{
	if (q->tcp != NULL) {
		next_resolver(q, BROKEN);
		return false;
	}
	if (++q->mismatches < MISMATCHES)
		return true;
	try_tcp(q);
	return false;
}

static bool
take_reply(struct question *q, const unsigned char *wire, size_t len)
{
	auto_arena *arena = arena_new(REPLY_ARENA);
	struct dns_reply reply = { 0 };
	struct err err = { 0 };

	if (!dns_parse_reply(arena, wire, len, q->name, q->type, q->id, &reply, &err)) {
		if (strcmp(err.code, "dns_mismatch") == 0)
			return drop_reply(q);
		/* By UDP it may have been cut in the middle of a record. */
		if (q->tcp == NULL)
			try_tcp(q);
		else
			fail_question(q, ERR_dns_malformed);
		return false;
	}
	if (reply.truncated && q->tcp == NULL)
		try_tcp(q);
	else if (reply.truncated)
		fail_question(q, ERR_dns_malformed);
	else if (reply.rcode == 0 || reply.rcode == 3)
		end_question(q, &reply, NULL);
	else
		fail_question(q, reply.rcode == 5 ? ERR_dns_refused : ERR_dns_servfail);
	return false;
}

static void
on_udp(void *arg, bool readable, bool writable)
{
	struct question *q = arg;
	unsigned char *datagram = q->dns->datagram;
	ssize_t n;

	(void)readable, (void)writable;
	do {
		n = recv(q->fd, datagram, MESSAGE_MAX, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			next_resolver(q, REFUSED);
			return;
		}
	} while (take_reply(q, datagram, (size_t)n));
}

/* False: TCP is in trouble and the question has gone on. */
static bool
send_stream(struct question *q)
{
	struct stream *s = q->tcp;
	ssize_t n = send(q->fd, s->out + s->sent, s->out_len - s->sent, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		next_resolver(q, errno == ECONNREFUSED ? REFUSED : BROKEN);
		return false;
	}
	if (n > 0)
		s->sent += (size_t)n;
	if (s->sent == s->out_len)
		watch_for(q->watch, true, false);
	return true;
}

static void
on_tcp(void *arg, bool readable, bool writable)
{
	struct question *q = arg;
	struct stream *s = q->tcp;
	size_t want;
	ssize_t n;

	if (writable && s->sent < s->out_len && !send_stream(q))
		return;
	while (readable) {
		/* RFC 1035 §4.2.2: two octets of length, then the message. */
		want = s->got < 2 ? 2 : 2 + ((size_t)s->in[0] << 8 | s->in[1]);
		if (s->got >= 2 && s->got == want) {
			take_reply(q, s->in + 2, want - 2);
			return;
		}
		n = recv(q->fd, s->in + s->got, want - s->got, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			next_resolver(q, n < 0 && errno == ECONNREFUSED ? REFUSED : BROKEN);
			return;
		}
		s->got += (size_t)n;
	}
}

/* A socket connected (or connecting) to the resolver of the moment. */
static bool
open_socket(struct question *q, int type, watch_fn *fn)
{
	const struct sockaddr *to = server_of(q);
	int fd = socket(to->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	if (connect(fd, to, addr_len(to)) < 0 && errno != EINPROGRESS) {
		close(fd);
		return false;
	}
	q->fd = fd;
	q->watch = watch_new(q->dns->loop, fd, fn, q);
	return true;
}

static bool
build_query(struct question *q, unsigned char out[static QUERY_MAX], size_t *ret_len)
{
	auto_arena *arena = arena_new(1 << 16);
	unsigned char *wire;
	size_t len;

	random_bytes(&q->id, sizeof(q->id));
	if (!dns_build_query(arena, q->name, q->type, q->how, q->id, &wire, &len, NULL))
		return false;
	assert(len <= QUERY_MAX);
	memcpy(out, wire, len);
	*ret_len = len;
	return true;
}

static void
try_udp(struct question *q)
{
	unsigned char wire[QUERY_MAX];
	size_t len;

	q->mismatches = 0;
	if (!build_query(q, wire, &len)) {
		q->is_unaskable = true;
		timer_start(q->timer, 0, 0);
		return;
	}
	q->is_stuck = !open_socket(q, SOCK_DGRAM, on_udp);
	if (!q->is_stuck && send(q->fd, wire, len, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
		q->is_stuck = true;
	if (!q->is_stuck)
		watch_for(q->watch, true, false);
	timer_start(q->timer, q->is_stuck ? 0 : TRY_MS, 0);
}

static void
try_tcp(struct question *q)
{
	struct stream *s = xcalloc(1, sizeof(*s));
	size_t len = 0;

	close_socket(q);
	if (!build_query(q, s->out + 2, &len) || !open_socket(q, SOCK_STREAM, on_tcp)) {
		free(s);
		q->is_stuck = true;
		timer_start(q->timer, 0, 0);
		return;
	}
	s->out[0] = (unsigned char)(len >> 8);
	s->out[1] = (unsigned char)len;
	s->out_len = len + 2;
	q->tcp = s;
	watch_for(q->watch, true, true);
	timer_start(q->timer, TRY_MS, 0);
}

static void
on_timer(void *arg)
{
	struct question *q = arg;
	struct dns_reply nobody = { .rcode = 3 };

	if (q->is_local) {
		end_question(q, &nobody, NULL);
	} else if (q->is_unaskable) {
		fail_question(q, ERR_dns_bad_name);
	} else if (q->is_stuck) {
		q->is_stuck = false;
		next_resolver(q, REFUSED);
	} else {
		next_resolver(q, SILENT);
	}
}

void
dns_ask(struct dns *dns, const char *name, enum dns_type type, dns_done *done, void *arg)
{
	dns_ask_how(dns, name, type, DNS_RECURSIVE, done, arg);
}

static void
ask(struct dns *dns, const struct sockaddr *to, const char *name, enum dns_type type, enum dns_how how,
    dns_done *done, void *arg)
{
	struct question *q = xcalloc(1, sizeof(*q));

	q->dns = dns;
	q->is_pinned = to != NULL;
	if (to != NULL)
		memcpy(&q->to, to, addr_len(to));
	q->name = xstrdup(name);
	q->type = type;
	q->how = how;
	q->done = done;
	q->arg = arg;
	q->timer = timer_new(dns->loop, on_timer, q);
	/* RFC 6761 §6.3: never sent to a resolver. */
	q->is_local = name_is_under(name, "localhost");
	TAILQ_INSERT_TAIL(&dns->waiting, q, link);
	start_waiting(dns);
}

void
dns_ask_how(struct dns *dns, const char *name, enum dns_type type, enum dns_how how,
    dns_done *done, void *arg)
{
	ask(dns, NULL, name, type, how, done, arg);
}

unsigned
dns_resolver_count(const struct dns *dns)
{
	return dns->resolver_count;
}

void
dns_ask_resolver(struct dns *dns, unsigned resolver, const char *name, enum dns_type type, dns_done *done, void *arg)
{
	assert(resolver < dns->resolver_count);
	ask(dns, (const struct sockaddr *)&dns->resolvers[resolver], name, type, DNS_RECURSIVE, done, arg);
}

void
dns_ask_server(struct dns *dns, const struct sockaddr *server, const char *name, enum dns_type type,
    dns_done *done, void *arg)
{
	ask(dns, server, name, type, DNS_DIRECT, done, arg);
}

struct dns *
dns_open(struct loop *loop, const char *resolvers, struct err *err)
{
	struct dns *dns = xcalloc(1, sizeof(*dns));

	dns->loop = loop;
	TAILQ_INIT(&dns->in_flight);
	TAILQ_INIT(&dns->waiting);
	if (!dns_resolvers_read(resolvers, dns->resolvers, &dns->resolver_count)) {
		free(dns);
		err_set(err, ERR_bad_option, "resolvers is not a list of one to eight ADDRESS:PORT");
		return NULL;
	}
	return dns;
}

void
dns_close(struct dns *dns)
{
	struct question *q;

	if (dns == NULL)
		return;
	/* The waiting ones first, lest they be started. */
	while ((q = TAILQ_FIRST(&dns->waiting)) != NULL)
		fail_question(q, ERR_dns_resolver_down);
	while ((q = TAILQ_FIRST(&dns->in_flight)) != NULL)
		fail_question(q, ERR_dns_resolver_down);
	free(dns);
}
