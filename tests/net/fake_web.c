/*
 * A web server with one behaviour a path:
 *	/ok		200, keep-alive, body "fine"; other paths the same
 *	/close		closes without a word
 *	/half		promises 100 octets, sends 4, closes
 *	/endless	a body without end
 *	/chunks		the same in chunks
 *	/flood		headers without end
 *	/early-flood	1xx replies without end
 *	/slow-head	half a header, then silence
 *	/slow-body	half a body, then silence
 *	/silent		nothing at all
 *	/redirect	302 to /ok
 *	/to/STATUS/URL	to there; /to/STATUS/path to /path
 *	/missing	404
 *	/hints		103 with headers, then 200 with others
 *	/many		100 headers
 *	/folded		odd header lines
 *	/trailers	chunked, with a trailer
 *	/gzip		says that its 4 octets are gzip
 *	/old		no status line (HTTP/0.9)
 *	/junk		"HTTP/1.1 OK maybe"
 *	/switch		101 to a protocol that nobody asked for
 *	/busy		503 with Retry-After and Date
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "tests/net/servers.h"

struct fake_web {
	struct loop *loop;
	uv_tcp_t listener;
	unsigned port, connections;
	struct visitor *visitors;
	char request[70000];
	const char *reply;	/* instead of the last behaviour; or NULL */
};

struct visitor {
	uv_tcp_t tcp;
	struct visitor *next;
	struct fake_web *web;
	char in[70000];
	size_t got;
	const char *endless;	/* sent again and again */
};

static void
on_freed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
drop_visitor(struct visitor *v)
{
	struct visitor **at = &v->web->visitors;

	if (uv_is_closing((uv_handle_t *)&v->tcp))
		return;
	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	uv_close((uv_handle_t *)&v->tcp, on_freed);
}

static void write_text(struct visitor *, const char *);

static void
on_written(uv_write_t *w, int status)
{
	struct visitor *v = w->data;

	free(w);
	if (status == 0 && v->endless != NULL && !uv_is_closing((uv_handle_t *)&v->tcp))
		write_text(v, v->endless);
}

static void
write_bytes(struct visitor *v, const char *bytes, size_t len)
{
	uv_write_t *w = xcalloc(1, sizeof(*w));
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);

	w->data = v;
	if (uv_write(w, (uv_stream_t *)&v->tcp, &buf, 1, on_written) != 0)
		free(w);
}

static void
on_copy_written(uv_write_t *w, int status)
{
	(void)status;
	free(w->data);
	free(w);
}

static void
write_copy(struct visitor *v, const char *text)
{
	uv_write_t *w = xcalloc(1, sizeof(*w));
	char *copy = xstrdup(text);
	uv_buf_t buf = uv_buf_init(copy, (unsigned)strlen(copy));

	w->data = copy;
	if (uv_write(w, (uv_stream_t *)&v->tcp, &buf, 1, on_copy_written) != 0)
		on_copy_written(w, 0);
}

static void
write_text(struct visitor *v, const char *text)
{
	write_bytes(v, text, strlen(text));
}

static const struct behaviour {
	const char *path;
	const char *text;	/* a literal; NULL: nothing */
	const char *endless;
	bool closes;
} behaviours[] = {
	{ "/close", NULL, NULL, true },
	{ "/half", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", NULL, true },
	{ "/endless", "HTTP/1.1 200 OK\r\n\r\n", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false },
	{ "/chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10;x=y\r\n0123456789abcdef\r\n", false },
	{ "/flood", "HTTP/1.1 200 OK\r\n", "X-Flood: 0123456789abcdef0123456789abcdef0123456789abcdef\r\n", false },
	{ "/early-flood", NULL, "HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n", false },
	{ "/slow-head", "HTTP/1.1 200 OK\r\nX-A: b", NULL, false },
	{ "/slow-body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", NULL, false },
	{ "/silent", NULL, NULL, false },
	{ "/redirect", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", NULL, false },
	{ "/missing", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", NULL, false },
	{ "/hints", "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late:  2 \r\nContent-Length: 0\r\n\r\n", NULL, false },
	{ "/folded", "HTTP/1.1 200 OK\r\nX-A: b\r\n folded: c\r\nX-Empty:\r\nX-A: second\r\nX_\tOdd\t: d\r\nContent-Length: 0\r\n\r\n", NULL, false },
	{ "/trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Trailer: 1\r\n\r\n", NULL, false },
	{ "/gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz", NULL, false },
	{ "/old", "hello from 1991\n", NULL, true },
	{ "/junk", "HTTP/1.1 OK maybe\r\n\r\n", NULL, true },
	{ "/switch", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", NULL, false },
	{ "/busy", "HTTP/1.1 503 Busy\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT\r\nContent-Length: 0\r\n\r\n", NULL, false },
	{ "", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nfine", NULL, false },
};

static void
write_many(struct visitor *v)
{
	static char text[8192];
	size_t at = (size_t)snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");

	for (int i = 0; i < 100; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "X-Number-%d: %d\r\n", i, i);
	snprintf(text + at, sizeof(text) - at, "\r\n");
	write_text(v, text);
}

static void
redirect(struct visitor *v, const char *status)
{
	char text[4096];
	const char *to = status + 4;
	int len = (int)strcspn(to, " ");

	snprintf(text, sizeof(text), "HTTP/1.1 %.3s Elsewhere\r\nLocation: %s%.*s\r\nContent-Length: 0\r\n\r\n", status,
	    strncmp(to, "http", 4) == 0 ? "" : "/", len, to);
	write_copy(v, text);
}

static void
on_flushed(uv_shutdown_t *s, int status)
{
	struct visitor *v = s->data;

	(void)status;
	free(s);
	drop_visitor(v);
}

static void
close_after_writing(struct visitor *v)
{
	uv_shutdown_t *s = xcalloc(1, sizeof(*s));

	s->data = v;
	uv_shutdown(s, (uv_stream_t *)&v->tcp, on_flushed);
}

static void
answer(struct visitor *v)
{
	const struct behaviour *b = behaviours;
	const char *path = strchr(v->in, ' ') + 1;

	snprintf(v->web->request, sizeof(v->web->request), "%s", v->in);
	v->got = 0;
	if (strncmp(path, "/many ", 6) == 0) {
		write_many(v);
		return;
	}
	if (strncmp(path, "/nul ", 5) == 0) {
		static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfine\0\0";

		write_bytes(v, text, sizeof(text) - 1);
		return;
	}
	while (*b->path != '\0' && (strncmp(path, b->path, strlen(b->path)) != 0 || path[strlen(b->path)] != ' '))
		b++;
	v->endless = b->endless;
	if (strncmp(path, "/to/", 4) == 0)
		redirect(v, path + 4);
	else if (*b->path == '\0' && v->web->reply != NULL)
		write_text(v, v->web->reply);
	else if (b->text != NULL)
		write_text(v, b->text);
	else if (b->endless != NULL)
		write_text(v, b->endless);
	if (b->closes)
		close_after_writing(v);
}

static void
give_room(uv_handle_t *handle, size_t want, uv_buf_t *buf)
{
	struct visitor *v = handle->data;

	(void)want;
	*buf = uv_buf_init(v->in + v->got, (unsigned)(sizeof(v->in) - 1 - v->got));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct visitor *v = stream->data;
	const char *end, *len;
	size_t body = 0;

	(void)buf;
	if (n < 0) {
		drop_visitor(v);
		return;
	}
	v->got += (size_t)n;
	v->in[v->got] = '\0';
	if ((end = strstr(v->in, "\r\n\r\n")) == NULL)
		return;
	if ((len = strstr(v->in, "Content-Length: ")) != NULL && len < end)
		body = strtoul(len + 16, NULL, 10);
	if (v->got >= (size_t)(end + 4 - v->in) + body)
		answer(v);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct fake_web *w = listener->data;
	struct visitor *v = xcalloc(1, sizeof(*v));

	(void)status;
	w->connections++;
	v->web = w;
	uv_tcp_init(loop_uv(w->loop), &v->tcp);
	v->tcp.data = v;
	v->next = w->visitors;
	w->visitors = v;
	uv_accept(listener, (uv_stream_t *)&v->tcp);
	uv_tcp_nodelay(&v->tcp, 1);
	uv_read_start((uv_stream_t *)&v->tcp, give_room, on_read);
}

static struct fake_web *
new_on(struct loop *loop, int fd, unsigned port)
{
	struct fake_web *w = xcalloc(1, sizeof(*w));

	w->port = port;
	w->loop = loop;
	uv_tcp_init(loop_uv(loop), &w->listener);
	w->listener.data = w;
	uv_tcp_open(&w->listener, fd);
	uv_listen((uv_stream_t *)&w->listener, 64, on_connection);
	return w;
}

struct fake_web *
fake_web_new(struct loop *loop)
{
	unsigned port = 0;
	int fd = server_socket(SOCK_STREAM, &port);

	return new_on(loop, fd, port);
}

struct fake_web *
fake_web_new_v6(struct loop *loop, unsigned port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_port = htons((unsigned short)port) };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		close(fd);
		return NULL;
	}
	return new_on(loop, fd, port);
}

void
fake_web_set_reply(struct fake_web *w, const char *text)
{
	w->reply = text;
}

void
fake_web_free(struct fake_web *w)
{
	while (w->visitors != NULL)
		drop_visitor(w->visitors);
	uv_close((uv_handle_t *)&w->listener, on_freed);
}

unsigned
fake_web_port(const struct fake_web *w)
{
	return w->port;
}

unsigned
fake_web_connections(const struct fake_web *w)
{
	return w->connections;
}

const char *
fake_web_request(const struct fake_web *w)
{
	return w->request;
}
