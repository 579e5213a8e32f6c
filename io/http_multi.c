/*
 * A curl multi handle on the loop.  Two rules of curl shape it: its callbacks
 * must not call back into it (the timer callback only arms a timer, the socket
 * callback only a watch), and ended transfers are told only to who asks, so we
 * ask after every socket action, those for time too.
 */
#include "io/http_multi.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "io/watch.h"

enum { IDLE_CONNECTIONS = 64 };

struct http_multi {
	struct loop  *loop;
	CURLM	     *curl;
	struct timer *timer;
	http_multi_done *done;
};

struct curl_watch {
	struct http_multi *multi;
	struct watch *watch;
	curl_socket_t fd;
};

static void
act(struct http_multi *m, curl_socket_t fd, int events)
{
	CURLMsg *message;
	CURLcode result;
	void *request;
	int left;

	curl_multi_socket_action(m->curl, fd, events, &left);
	while ((message = curl_multi_info_read(m->curl, &left)) != NULL) {
		result = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&request);
		m->done(request, result);
	}
}

static void
on_ready(void *arg, bool readable, bool writable)
{
	struct curl_watch *w = arg;

	act(w->multi, w->fd, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
}

static int
on_watch_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http_multi *m = arg;
	struct curl_watch *w = socket_arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w != NULL) {
			watch_free(w->watch);
			free(w);
			curl_multi_assign(m->curl, fd, NULL);
		}
		return 0;
	}
	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		*w = (struct curl_watch){ .multi = m, .fd = fd };
		w->watch = watch_new(m->loop, fd, on_ready, w);
		curl_multi_assign(m->curl, fd, w);
	}
	watch_for(w->watch, what & CURL_POLL_IN, what & CURL_POLL_OUT);
	return 0;
}

static int
on_timer_wanted(CURLM *curl, long ms, void *arg)
{
	struct http_multi *m = arg;

	(void)curl;
	if (ms < 0)
		timer_stop(m->timer);
	else
		timer_start(m->timer, ms, 0);
	return 0;
}

static void
on_timer(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

struct http_multi *
http_multi_new(struct loop *loop, http_multi_done *done)
{
	struct http_multi *m = xcalloc(1, sizeof(*m));

	m->loop = loop;
	m->done = done;
	m->timer = timer_new(loop, on_timer, m);
	m->curl = curl_multi_init();
	if (m->curl == NULL)
		abort();
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_watch_wanted);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
	return m;
}

void
http_multi_free(struct http_multi *m)
{
	/* Closes the idle connections, through the callbacks above. */
	curl_multi_cleanup(m->curl);
	timer_free(m->timer);
	free(m);
}

void
http_multi_add(struct http_multi *m, CURL *easy)
{
	CURLMcode added = curl_multi_add_handle(m->curl, easy);

	assert(added == CURLM_OK);
}

void
http_multi_remove(struct http_multi *m, CURL *easy)
{
	CURLMcode removed = curl_multi_remove_handle(m->curl, easy);

	assert(removed == CURLM_OK);
}

enum err_code
http_multi_code(CURLcode result)
{
	/* As an int: the enum has a hundred members that mean "protocol". */
	switch ((int)result) {
	case CURLE_OPERATION_TIMEDOUT:
		return ERR_http_timeout;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_FAIL_REWIND:	/* on_send_again, on_send_once */
	case CURLE_ABORTED_BY_CALLBACK:
	case CURLE_GOT_NOTHING:	/* closed or reset before the first octet: which, is chance */
		return ERR_http_unreachable;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_SHUTDOWN_FAILED:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return ERR_http_tls;
	case CURLE_OUT_OF_MEMORY:	/* its word for a header of over 100 KB, too: the server's doing */
		return ERR_http_too_large;
	default:
		return ERR_http_protocol;
	}
}
