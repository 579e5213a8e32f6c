/*
 * HTTP in: libmicrohttpd on the loop.  It brings an epoll descriptor of its
 * own, which the loop watches; a timer stands for its time-outs.  A request
 * that is not answered in the call is suspended:
 *
 *	asked ── answered in the call ─────────────> queued ──> completed
 *	      └─> suspended ── answered, resumed ──────^
 *
 * serve_close answers what is suspended itself (503); the request then lives
 * on, without a server, until its owner has answered too.
 */
#include "io/serve.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/arena.h"
#include "io/watch.h"

#define RETRY_AFTER "1"
enum { PATH_MAX_OCTETS = 2000, HOST_MAX = 256, CONNECTIONS = 1024, IDLE_S = 10, REQUEST_MEMORY = 16384 };

struct serve_request {
	TAILQ_ENTRY(serve_request) link;
	struct serve *serve;		/* NULL: closed meanwhile */
	struct MHD_Connection *connection;
	struct MHD_Response *response;	/* until it is queued */
	int	      status;
	bool	      is_asked;		/* its owner knows it … */
	bool	      is_answered;	/* … and has answered */
	bool	      is_suspended;
};

TAILQ_HEAD(serve_request_list, serve_request);
struct serve {
	struct MHD_Daemon *daemon;
	struct watch *watch;
	struct timer *timer;
	serve_fn     *fn;
	void	     *arg;
	unsigned      port;
	bool	      is_closing;
	struct serve_request_list requests;
};

static void
run(struct serve *s)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(s->daemon);
	if (MHD_get_timeout(s->daemon, &ms) == MHD_YES)
		timer_start(s->timer, ms > 60000 ? 60000 : (int64_t)ms, 0);
	else
		timer_stop(s->timer);
}

static void
on_ready(void *arg, bool readable, bool writable)
{
	(void)readable, (void)writable;
	run(arg);
}

static void
on_timer(void *arg)
{
	run(arg);
}

static struct MHD_Response *
make_response(unsigned status, const char *content_type, const char *body)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(strlen(body), (void *)(uintptr_t)body,
	    MHD_RESPMEM_MUST_COPY);

	if (response == NULL)
		abort();
	MHD_add_response_header(response, "Content-Type", content_type);
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		MHD_add_response_header(response, "Retry-After", RETRY_AFTER);
	return response;
}

static enum MHD_Result
queue_answer(struct MHD_Connection *connection, struct serve_request *r)
{
	enum MHD_Result queued = MHD_queue_response(connection, (unsigned)r->status, r->response);

	MHD_destroy_response(r->response);
	r->response = NULL;
	return queued;
}

static enum MHD_Result
refuse(struct MHD_Connection *connection, unsigned status, const char *text)
{
	struct MHD_Response *response = make_response(status, "text/plain", text);
	enum MHD_Result queued;

	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	queued = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

/* The Host header without its port, in lower case. */
static void
read_host(struct MHD_Connection *connection, char out[static HOST_MAX])
{
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	size_t len;

	out[0] = '\0';
	if (host == NULL)
		return;
	len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	if (len >= HOST_MAX || len > strlen(host))
		return;
	for (size_t i = 0; i < len; i++)
		out[i] = host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] | 0x20) : host[i];
	out[len] = '\0';
}

static bool
has_body(struct MHD_Connection *connection)
{
	const char *len = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");

	return (len != NULL && strcmp(len, "0") != 0) ||
	    MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding") != NULL;
}

static enum MHD_Result
ask_owner(struct serve *s, struct serve_request *r, const char *path)
{
	char host[HOST_MAX];

	read_host(r->connection, host);
	r->is_asked = true;
	s->fn(s->arg, r, host, path);
	if (r->is_answered)
		return queue_answer(r->connection, r);
	r->is_suspended = true;
	MHD_suspend_connection(r->connection);
	return MHD_YES;
}

/* MHD calls this when the head is there, when all is there, and once more
 * after a resume. */
static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *path, const char *method,
    const char *version, const char *upload, size_t *upload_len, void **ret_request)
{
	struct serve *s = arg;
	struct serve_request *r = *ret_request;

	(void)version, (void)upload;
	if (r == NULL) {
		if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
			return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are served here\n");
		if (strlen(path) > PATH_MAX_OCTETS)
			return refuse(connection, MHD_HTTP_URI_TOO_LONG, "the path is too long\n");
		if (has_body(connection))
			return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE, "no body is taken here\n");
		r = xcalloc(1, sizeof(*r));
		r->serve = s;
		r->connection = connection;
		TAILQ_INSERT_TAIL(&s->requests, r, link);
		*ret_request = r;
		return MHD_YES;
	}
	if (*upload_len != 0)
		return MHD_NO;
	if (r->response != NULL)
		return queue_answer(connection, r);
	if (s->is_closing)
		return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "stopping\n");
	return ask_owner(s, r, path);
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode why)
{
	struct serve_request *r = *request;

	(void)arg, (void)connection, (void)why;
	if (r == NULL)
		return;
	TAILQ_REMOVE(&r->serve->requests, r, link);
	if (r->response != NULL)
		MHD_destroy_response(r->response);
	r->response = NULL;
	r->serve = NULL;
	*request = NULL;
	if (!r->is_asked || r->is_answered)
		free(r);
}

static void
set_answer(struct serve_request *r, int status, const char *content_type, const char *body)
{
	r->status = status;
	r->response = make_response((unsigned)status, content_type, body);
	if (r->is_suspended) {
		r->is_suspended = false;
		MHD_resume_connection(r->connection);
		timer_start(r->serve->timer, 0, 0);
	}
}

void
serve_answer(struct serve_request *r, int status, const char *content_type, const char *body)
{
	assert(r->is_asked && !r->is_answered && status >= 200 && status <= 599);
	r->is_answered = true;
	if (r->serve == NULL)
		free(r);
	else
		set_answer(r, status, content_type, body);
}

/* Paths are given as they were sent: nothing that we serve needs decoding,
 * and a decoded %00 or %2f would mean something else. */
static size_t
keep_escapes(void *arg, struct MHD_Connection *connection, char *text)
{
	(void)arg, (void)connection;
	return strlen(text);
}

/* A listening socket, or -1 with a cause. */
static int
open_listener(const char *address_port, unsigned *ret_port, struct err *err)
{
	struct sockaddr_storage address;
	struct sockaddr *at = (struct sockaddr *)&address;
	socklen_t len = sizeof(address);
	int fd, on = 1;

	if (!addr_parse_port(address_port, 0, &address)) {
		err_set(err, ERR_bad_option, "the listening address is not ADDRESS:PORT");
		return -1;
	}
	fd = socket(at->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, at, addr_len(at)) == 0 && listen(fd, SOMAXCONN) == 0 && getsockname(fd, at, &len) == 0) {
		*ret_port = addr_port(at);
		return fd;
	}
	err_set(err, ERR_bad_option, errno == EADDRINUSE ? "the listening address is in use" :
	    errno == EACCES ? "the listening address needs a privilege (CAP_NET_BIND_SERVICE)" :
	    "could not listen on the address");
	if (fd >= 0)
		close(fd);
	return -1;
}

struct serve *
serve_open(struct loop *loop, const char *address_port, serve_fn *fn, void *arg, struct err *err)
{
	unsigned port;
	int fd = open_listener(address_port, &port, err);
	struct serve *s;

	if (fd < 0)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	*s = (struct serve){ .fn = fn, .arg = arg, .port = port };
	TAILQ_INIT(&s->requests);
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MEMORY, MHD_OPTION_END);
	if (s->daemon == NULL) {
		close(fd);
		free(s);
		err_set(err, ERR_internal, "could not start the HTTP server");
		return NULL;
	}
	s->timer = timer_new(loop, on_timer, s);
	s->watch = watch_new(loop, MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, on_ready, s);
	watch_for(s->watch, true, false);
	return s;
}

unsigned
serve_port(const struct serve *s)
{
	return s->port;
}

void
serve_close(struct serve *s)
{
	struct serve_request *r;

	if (s == NULL)
		return;
	s->is_closing = true;
	TAILQ_FOREACH(r, &s->requests, link)
		if (r->is_suspended)
			set_answer(r, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", "stopping\n");
	/* Once to resume, once to write; what a slow reader has not taken then is lost. */
	MHD_run(s->daemon);
	MHD_run(s->daemon);
	watch_free(s->watch);
	timer_free(s->timer);
	MHD_stop_daemon(s->daemon);
	assert(TAILQ_EMPTY(&s->requests));
	free(s);
}
