/* One message by TCP, and the reply (RFC 1035 §4.2.2: two octets of length
 * before each). */
#include "io/dns_send.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/arena.h"
#include "io/watch.h"

enum { MESSAGE_MAX = 65535 };

struct dns_send {
	struct loop *loop;
	struct timer *timer;	/* of the whole; also brings what is known at once */
	struct watch *watch;	/* NULL: there is no connection */
	int	      fd;
	unsigned char *out;
	size_t	      out_len, sent;
	unsigned char *in;
	size_t	      got;
	dns_sent     *done;
	void	     *arg;
};

void
dns_send_cancel(struct dns_send *s)
{
	timer_free(s->timer);
	if (s->watch != NULL) {
		watch_free(s->watch);
		close(s->fd);
	}
	free(s->out);
	free(s->in);
	free(s);
}

static void
fail(struct dns_send *s, enum err_code code, const char *detail)
{
	struct err err = err_new(code, detail);
	dns_sent *done = s->done;
	void *arg = s->arg;

	dns_send_cancel(s);
	done(arg, NULL, 0, &err);
}

static void
succeed(struct dns_send *s)
{
	unsigned char *in = s->in;
	size_t len = s->got - 2;
	dns_sent *done = s->done;
	void *arg = s->arg;

	s->in = NULL;
	dns_send_cancel(s);
	done(arg, in + 2, len, NULL);
	free(in);
}

/* False: it is over. */
static bool
write_some(struct dns_send *s)
{
	ssize_t n = send(s->fd, s->out + s->sent, s->out_len - s->sent, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		fail(s, ERR_dns_resolver_down, strerror(errno));
		return false;
	}
	if (n > 0)
		s->sent += (size_t)n;
	if (s->sent == s->out_len)
		watch_for(s->watch, true, false);
	return true;
}

static void
on_event(void *arg, bool readable, bool writable)
{
	struct dns_send *s = arg;

	if (writable && s->sent < s->out_len && !write_some(s))
		return;
	while (readable) {
		size_t want = s->got < 2 ? 2 : 2 + ((size_t)s->in[0] << 8 | s->in[1]);
		ssize_t n;

		if (s->got >= 2 && s->got == want) {
			succeed(s);
			return;
		}
		n = recv(s->fd, s->in + s->got, want - s->got, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			fail(s, ERR_dns_resolver_down, n < 0 ? strerror(errno) : "the connection was closed");
			return;
		}
		s->got += (size_t)n;
	}
}

static void
on_timer(void *arg)
{
	struct dns_send *s = arg;

	if (s->watch == NULL)
		fail(s, ERR_dns_resolver_down, "no connection");
	else
		fail(s, ERR_dns_timeout, "no answer in time");
}

static bool
open_connection(struct dns_send *s, const struct sockaddr *to)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	if (connect(fd, to, addr_len(to)) < 0 && errno != EINPROGRESS) {
		close(fd);
		return false;
	}
	s->fd = fd;
	s->watch = watch_new(s->loop, fd, on_event, s);
	watch_for(s->watch, true, true);
	return true;
}

struct dns_send *
dns_send(struct loop *loop, const struct sockaddr *to, const unsigned char *wire, size_t len,
    int64_t timeout_ms, dns_sent *done, void *arg)
{
	struct dns_send *s = xcalloc(1, sizeof *s);

	assert(len <= MESSAGE_MAX);
	s->loop = loop;
	s->done = done;
	s->arg = arg;
	s->timer = timer_new(loop, on_timer, s);
	s->out = xcalloc(1, len + 2);
	s->out[0] = (unsigned char)(len >> 8);
	s->out[1] = (unsigned char)len;
	memcpy(s->out + 2, wire, len);
	s->out_len = len + 2;
	s->in = xcalloc(1, MESSAGE_MAX + 2);
	/* What cannot begin is told from the loop like every other result. */
	timer_start(s->timer, open_connection(s, to) ? timeout_ms : 0, 0);
	return s;
}
