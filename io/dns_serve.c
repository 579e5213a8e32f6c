/*
 * DNS in: sockets, and UDP.  Datagrams are read and answered 32 at a time; an
 * answer leaves from the address that was asked, which a socket of all
 * addresses learns from the control data of the datagram.
 */
#include "io/dns_serve.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/arena.h"
#include "io/dns_serve_inside.h"
#include "io/listen.h"

enum { BATCH = 32, BATCHES_A_TURN = 8, RECEIVE_BUFFER = 4 << 20, PORT_TRIES = 16 };

struct slot {
	struct sockaddr_storage peer;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	unsigned char query[DNS_QUERY_MAX];
	unsigned char answer[DNS_ANSWER_MAX];	/* touched as far as answers go: 1,232 octets */
};

struct dns_batch {
	struct mmsghdr in[BATCH], out[BATCH];
	struct iovec   in_part[BATCH], out_part[BATCH];
	struct slot    slots[BATCH];
};

/* ---- UDP -------------------------------------------------------------------- */

static void
prepare_to_receive(struct dns_batch *b, bool wants_control)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct slot *slot = &b->slots[i];

		b->in_part[i] = (struct iovec){ slot->query, sizeof slot->query };
		b->in[i].msg_hdr = (struct msghdr){ .msg_name = &slot->peer, .msg_namelen = sizeof slot->peer,
		    .msg_iov = &b->in_part[i], .msg_iovlen = 1 };
		if (wants_control) {
			b->in[i].msg_hdr.msg_control = slot->control;
			b->in[i].msg_hdr.msg_controllen = sizeof slot->control;
		}
	}
}

/* The address that was asked becomes the one to send from.  The way back is
 * the routing table's choice, but for addresses that mean nothing without
 * their interface. */
static void
leave_from_there(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *info = (struct in_pktinfo *)(void *)CMSG_DATA(c);

			info->ipi_ifindex = 0;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo *info = (struct in6_pktinfo *)(void *)CMSG_DATA(c);

			if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
				info->ipi6_ifindex = 0;
		}
	}
}

static bool
answer_one(struct dns_serve *s, struct slot *slot, struct mmsghdr *in, int64_t now_ms, struct mmsghdr *out)
{
	size_t len;

	if (in->msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return false;
	len = s->fn(s->arg, slot->query, in->msg_len, (struct sockaddr *)&slot->peer, false, now_ms, slot->answer);
	if (len == 0)
		return false;
	*out->msg_hdr.msg_iov = (struct iovec){ slot->answer, len };
	out->msg_hdr = (struct msghdr){ .msg_name = &slot->peer, .msg_namelen = in->msg_hdr.msg_namelen,
	    .msg_iov = out->msg_hdr.msg_iov, .msg_iovlen = 1,
	    .msg_control = in->msg_hdr.msg_control, .msg_controllen = in->msg_hdr.msg_controllen };
	leave_from_there(&out->msg_hdr);
	return true;
}

/* What does not go is lost, as datagrams are; one that cannot go at all does
 * not keep back those behind it. */
static void
send_batch(int fd, struct mmsghdr *out, unsigned count)
{
	unsigned sent = 0;

	while (sent < count) {
		int n = sendmmsg(fd, out + sent, count - sent, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
			return;
		if (n >= 0)
			sent += (unsigned)n;
		else if (errno != EINTR)
			sent++;
	}
}

/* How many were read. */
static int
serve_batch(struct dns_listener *l)
{
	struct dns_batch *b = l->serve->batch;
	unsigned count = 0;
	int64_t now_ms;
	int n;

	prepare_to_receive(b, l->is_wildcard);
	n = recvmmsg(l->udp, b->in, BATCH, MSG_DONTWAIT, NULL);
	if (n <= 0)
		return 0;
	now_ms = loop_now_ms(l->serve->loop);
	for (int i = 0; i < n; i++) {
		b->out[count].msg_hdr.msg_iov = &b->out_part[count];
		count += answer_one(l->serve, &b->slots[i], &b->in[i], now_ms, &b->out[count]);
	}
	send_batch(l->udp, b->out, count);
	return n;
}

/* A flood leaves the rest of the loop its turns. */
static void
on_datagrams(void *arg, bool readable, bool writable)
{
	(void)readable, (void)writable;
	for (int i = 0; i < BATCHES_A_TURN && serve_batch(arg) == BATCH; i++)
		;
}

/* ---- sockets ---------------------------------------------------------------------- */

/* UDP and TCP on one port, also where the kernel is to choose it. */
static bool
open_sockets(struct dns_listener *l, const struct sockaddr_storage *address, struct err *err)
{
	for (int tries = addr_port((const struct sockaddr *)address) == 0 ? PORT_TRIES : 1; tries > 0; tries--) {
		struct sockaddr_storage at = *address;

		l->udp = listen_at(&at, SOCK_DGRAM, err);
		if (l->udp < 0)
			return false;
		l->port = addr_port((struct sockaddr *)&at);
		l->tcp = listen_at(&at, SOCK_STREAM, err);
		if (l->tcp >= 0)
			return true;
		close(l->udp);
		if (errno != EADDRINUSE)
			return false;
	}
	return false;
}

/* Larger buffers are a kindness of the kernel; without DF no forged ICMP can
 * make our datagrams too large for it. */
static bool
tune_udp(struct dns_listener *l, const struct sockaddr_storage *address)
{
	static const struct in6_addr any = IN6ADDR_ANY_INIT;
	int on = 1, octets = RECEIVE_BUFFER, omit = IP_PMTUDISC_OMIT;

	(void)setsockopt(l->udp, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *at = (const struct sockaddr_in *)(const void *)address;

		(void)setsockopt(l->udp, IPPROTO_IP, IP_MTU_DISCOVER, &omit, sizeof omit);
		l->is_wildcard = at->sin_addr.s_addr == INADDR_ANY;
		return !l->is_wildcard || setsockopt(l->udp, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0;
	}
	l->is_wildcard = IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, &any);
	return !l->is_wildcard || setsockopt(l->udp, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
}

static bool
add_listener(struct dns_serve *s, const char *word, struct err *err)
{
	struct dns_listener *l = &s->listeners[s->listener_count];
	struct sockaddr_storage address;

	if (s->listener_count == DNS_LISTENERS || !addr_parse_port(word, 53, &address))
		return err_set(err, ERR_bad_option, "dns_listen is not a list of one to eight ADDRESS:PORT");
	if (!open_sockets(l, &address, err))
		return false;
	s->listener_count++;
	l->serve = s;
	l->udp_watch = watch_new(s->loop, l->udp, on_datagrams, l);
	l->tcp_watch = watch_new(s->loop, l->tcp, dns_tcp_on_connection, l);
	watch_for(l->udp_watch, true, false);
	watch_for(l->tcp_watch, true, false);
	return tune_udp(l, &address) || err_set(err, ERR_bad_option, "could not listen on the address");
}

static bool
add_listeners(struct dns_serve *s, const char *list, struct err *err)
{
	for (;; list++) {
		char word[128] = "";
		size_t len;

		list += strspn(list, " ");
		len = strcspn(list, ",");
		memcpy(word, list, len < sizeof word ? len : 0);	/* too long: no address either */
		if (!add_listener(s, word, err))
			return false;
		list += len;
		if (*list == '\0')
			return true;
	}
}

struct dns_serve *
dns_serve_open(struct loop *loop, const char *addresses, dns_serve_fn *fn, void *arg, struct err *err)
{
	struct dns_serve *s = xcalloc(1, sizeof(*s));

	s->loop = loop;
	s->fn = fn;
	s->arg = arg;
	s->idle_ms = DNS_IDLE_MS;
	s->batch = xcalloc(1, sizeof(*s->batch));
	s->timer = timer_new(loop, dns_tcp_on_timer, s);
	TAILQ_INIT(&s->connections);
	if (add_listeners(s, addresses, err))
		return s;
	dns_serve_close(s);
	return NULL;
}

void
dns_serve_close(struct dns_serve *s)
{
	if (s == NULL)
		return;
	dns_tcp_close_all(s);
	for (size_t i = 0; i < s->listener_count; i++) {
		struct dns_listener *l = &s->listeners[i];

		watch_free(l->udp_watch);
		watch_free(l->tcp_watch);
		close(l->udp);
		close(l->tcp);
	}
	timer_free(s->timer);
	free(s->batch);
	free(s);
}

unsigned
dns_serve_port(const struct dns_serve *s)
{
	return s->listeners[0].port;
}
