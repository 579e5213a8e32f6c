/* A DNS server that lies, cuts and keeps silent. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "io/watch.h"
#include "tests/net/servers.h"

enum { HELD_MAX = 2048, QUERY_MAX = 512 };

struct held {
	struct sockaddr_in from;
	unsigned char query[QUERY_MAX];
	size_t len;
};

struct tcp_client {
	struct tcp_client *next;
	struct fake_dns *dns;
	struct watch *watch;
	int fd;
	unsigned char in[2 + QUERY_MAX];
	size_t got;
};

struct fake_dns {
	struct loop *loop;
	const struct dns_rule *rules;
	int udp, tcp;
	unsigned port;
	struct watch *udp_watch, *tcp_watch;
	struct tcp_client *clients;
	unsigned asked_udp, asked_tcp, flags;
	struct held *held;
	size_t held_count;
};

int
server_socket(int type, unsigned *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((unsigned short)*ret_port) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || (type == SOCK_STREAM && listen(fd, 64) < 0)) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&at, &len);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

unsigned
dead_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Bound, not listening, and never closed: nobody else gets it. */
	assert(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	return ntohs(at.sin_port);
}

/* Reads the question's name; returns the octets of the question. */
static size_t
read_question(const unsigned char *query, size_t len, char name[256], unsigned *ret_type)
{
	size_t at = 12, out = 0;

	while (at < len && query[at] != 0) {
		size_t label = query[at];

		if (out > 0)
			name[out++] = '.';
		assert(at + 1 + label < len && out + label < 255);
		memcpy(name + out, query + at + 1, label);
		out += label;
		at += 1 + label;
	}
	name[out] = '\0';
	*ret_type = (unsigned)query[at + 1] << 8 | query[at + 2];
	return at + 5 - 12;
}

static const struct dns_rule *
rule_of(const struct fake_dns *f, const char *name)
{
	for (const struct dns_rule *r = f->rules; r->name != NULL; r++)
		if (strcasecmp(r->name, name) == 0)
			return r;
	return NULL;
}

static size_t
add_addresses(unsigned char *out, const char *const texts[4], int family, unsigned *ret_count)
{
	size_t len = family == AF_INET ? 4 : 16, at = 0;

	for (int i = 0; i < 4 && texts[i] != NULL; i++, ++*ret_count) {
		unsigned char head[12] = { 0xc0, 12, 0, family == AF_INET ? 1 : 28, 0, 1, 0, 0, 0, 60, 0,
		    (unsigned char)len };

		memcpy(out + at, head, sizeof(head));
		assert(inet_pton(family, texts[i], out + at + 12) == 1);
		at += 12 + len;
	}
	return at;
}

static size_t
add_cname(unsigned char *out, const char *target)
{
	static const unsigned char head[10] = { 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60 };
	size_t at = 12;

	memcpy(out, head, sizeof(head));
	while (*target != '\0') {
		size_t label = strcspn(target, ".");

		out[at] = (unsigned char)label;
		memcpy(out + at + 1, target, label);
		at += 1 + label;
		target += label + (target[label] == '.');
	}
	out[at++] = 0;
	out[10] = 0, out[11] = (unsigned char)(at - 12);
	return at;
}

static size_t
build_reply(const unsigned char *query, size_t len, const struct dns_rule *rule, enum dns_act act,
    unsigned char out[1024])
{
	char name[256];
	unsigned type, count = 0, rcode = rule == NULL ? 3 : 0;
	size_t question = read_question(query, len, name, &type), at = 12 + question;

	memcpy(out, query, at);
	out[2] = 0x81;
	if (act == DNS_SERVFAILS || act == DNS_REFUSES || act == DNS_FORMERRS)
		rcode = act == DNS_SERVFAILS ? 2 : act == DNS_REFUSES ? 5 : 1;
	else if (act == DNS_TRUNCATES)
		out[2] |= 2;
	else if (rule != NULL && type == 5 && rule->cname != NULL)
		at += add_cname(out + at, rule->cname), count = 1;
	else if (rule != NULL && type == 1)
		at += add_addresses(out + at, rule->a, AF_INET, &count);
	else if (rule != NULL && type == 28)
		at += add_addresses(out + at, rule->aaaa, AF_INET6, &count);
	out[3] = (unsigned char)(0x80 | rcode);
	out[6] = 0, out[7] = (unsigned char)count;
	memset(out + 8, 0, 4);
	if (act == DNS_CUTS)
		at -= 3;
	if (act == DNS_LIES_ONCE_ID || act == DNS_LIES_FOR_EVER)
		out[0] ^= 0x55;
	if (act == DNS_LIES_ONCE_QUESTION)
		out[13] = out[13] == 'z' ? 'y' : 'z';
	if (act == DNS_LIES_ONCE_TYPE)
		out[12 + question - 3] ^= 0x10;
	return at;
}

/* What the rule does about this very question. */
static enum dns_act
act_on(const struct fake_dns *f, const struct dns_rule *rule, unsigned type, bool unchecked)
{
	if (rule == NULL || (type == 5 && rule->cname != NULL))
		return DNS_ANSWERS;
	if ((rule->aaaa_fails && type == 28) || (rule->bogus && !unchecked) ||
	    f->asked_udp <= rule->fails_until)
		return DNS_SERVFAILS;
	return rule->udp;
}

static void
answer_udp(struct fake_dns *f, const struct held *h)
{
	unsigned char out[1024];
	char name[256];
	unsigned type;
	const struct dns_rule *rule;
	enum dns_act act;
	size_t len;

	read_question(h->query, h->len, name, &type);
	rule = rule_of(f, name);
	act = act_on(f, rule, type, (h->query[3] & 0x10) != 0);
	if (act == DNS_IS_SILENT)
		return;
	if (act == DNS_SENDS_JUNK_FIRST)
		sendto(f->udp, "junk", 4, 0, (const struct sockaddr *)&h->from, sizeof(h->from));
	else if (act == DNS_SENDS_THE_QUERY_BACK_FIRST)
		sendto(f->udp, h->query, h->len, 0, (const struct sockaddr *)&h->from, sizeof(h->from));
	len = build_reply(h->query, h->len, rule, act, out);
	for (int i = 0; i < (act == DNS_LIES_FOR_EVER ? 5 : 1); i++)
		sendto(f->udp, out, len, 0, (const struct sockaddr *)&h->from, sizeof(h->from));
	if (act == DNS_LIES_ONCE_ID || act == DNS_LIES_ONCE_QUESTION || act == DNS_LIES_ONCE_TYPE) {
		len = build_reply(h->query, h->len, rule, DNS_ANSWERS, out);
		sendto(f->udp, out, len, 0, (const struct sockaddr *)&h->from, sizeof(h->from));
	}
}

static void
on_udp(void *arg, bool readable, bool writable)
{
	struct fake_dns *f = arg;
	struct held h;
	char name[256];
	unsigned type;
	const struct dns_rule *rule;
	ssize_t n;

	(void)readable, (void)writable;
	for (;;) {
		socklen_t from = sizeof(h.from);

		n = recvfrom(f->udp, h.query, sizeof(h.query), 0, (struct sockaddr *)&h.from, &from);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 12)
			continue;
		h.len = (size_t)n;
		f->asked_udp++;
		f->flags = (unsigned)h.query[2] << 8 | h.query[3];
		read_question(h.query, h.len, name, &type);
		rule = rule_of(f, name);
		if (rule != NULL && rule->udp == DNS_HOLDS && f->held_count < HELD_MAX)
			f->held[f->held_count++] = h;
		else
			answer_udp(f, &h);
	}
}

void
fake_dns_release(struct fake_dns *f)
{
	for (size_t i = 0; i < f->held_count; i++)
		answer_udp(f, &f->held[i]);
	f->held_count = 0;
}

static void
drop_client(struct tcp_client *c)
{
	struct tcp_client **at = &c->dns->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	watch_free(c->watch);
	close(c->fd);
	free(c);
}

static void
answer_tcp(struct tcp_client *c)
{
	unsigned char out[2 + 1024];
	char name[256];
	unsigned type;
	const struct dns_rule *rule;
	enum dns_act act;
	size_t len, step;

	read_question(c->in + 2, c->got - 2, name, &type);
	c->dns->asked_tcp++;
	rule = rule_of(c->dns, name);
	act = rule == NULL ? DNS_ANSWERS : rule->tcp;
	if (act == DNS_IS_SILENT)
		return;
	if (act != DNS_CLOSES) {
		len = build_reply(c->in + 2, c->got - 2, rule, act, out + 2);
		out[0] = (unsigned char)(len >> 8);
		out[1] = (unsigned char)len;
		step = act == DNS_DRIPS ? 1 : len + 2;
		for (size_t i = 0; i < len + 2; i += step)
			send(c->fd, out + i, step, MSG_NOSIGNAL);
	}
	drop_client(c);
}

static void
on_client(void *arg, bool readable, bool writable)
{
	struct tcp_client *c = arg;
	ssize_t n = recv(c->fd, c->in + c->got, sizeof(c->in) - c->got, 0);

	(void)readable, (void)writable;
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			drop_client(c);
		return;
	}
	c->got += (size_t)n;
	if (c->got >= 2 && c->got == 2 + ((size_t)c->in[0] << 8 | c->in[1]))
		answer_tcp(c);
}

static void
on_connection(void *arg, bool readable, bool writable)
{
	struct fake_dns *f = arg;
	int fd = accept4(f->tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
	struct tcp_client *c;

	(void)readable, (void)writable;
	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof(on));
	c = xcalloc(1, sizeof(*c));
	c->dns = f;
	c->fd = fd;
	c->next = f->clients;
	f->clients = c;
	c->watch = watch_new(f->loop, fd, on_client, c);
	watch_for(c->watch, true, false);
}

struct fake_dns *
fake_dns_new(struct loop *loop, const struct dns_rule *rules, bool with_tcp)
{
	struct fake_dns *f = xcalloc(1, sizeof(*f));

	f->loop = loop;
	f->rules = rules;
	f->held = xcalloc(HELD_MAX, sizeof(*f->held));
	/* A port that is free for both. */
	do {
		f->port = 0;
		f->tcp = server_socket(SOCK_STREAM, &f->port);
		f->udp = server_socket(SOCK_DGRAM, &f->port);
		if (f->udp < 0)
			close(f->tcp);
	} while (f->udp < 0);
	f->udp_watch = watch_new(loop, f->udp, on_udp, f);
	watch_for(f->udp_watch, true, false);
	if (with_tcp) {
		f->tcp_watch = watch_new(loop, f->tcp, on_connection, f);
		watch_for(f->tcp_watch, true, false);
	} else {
		close(f->tcp);
	}
	return f;
}

void
fake_dns_free(struct fake_dns *f)
{
	while (f->clients != NULL)
		drop_client(f->clients);
	watch_free(f->udp_watch);
	close(f->udp);
	if (f->tcp_watch != NULL) {
		watch_free(f->tcp_watch);
		close(f->tcp);
	}
	free(f->held);
	free(f);
}

void
fake_dns_set_rules(struct fake_dns *f, const struct dns_rule *rules)
{
	f->rules = rules;
}

unsigned
fake_dns_port(const struct fake_dns *f)
{
	return f->port;
}

unsigned
fake_dns_asked_udp(const struct fake_dns *f)
{
	return f->asked_udp;
}

unsigned
fake_dns_asked_tcp(const struct fake_dns *f)
{
	return f->asked_tcp;
}

unsigned
fake_dns_held(const struct fake_dns *f)
{
	return (unsigned)f->held_count;
}

unsigned
fake_dns_flags(const struct fake_dns *f)
{
	return f->flags;
}
