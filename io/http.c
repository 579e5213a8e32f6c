/*
 * HTTP out: a curl multi handle on the loop.  A request goes
 *
 *	sent ──> resolving (A and AAAA) ──> judged ──> transferring ──> ended
 *	     └── a literal address ────────────┘
 *
 * and may end from any of these.
 */
#include "io/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/buf.h"
#include "io/http_multi.h"
#include "io/http_policy.h"
#include "io/route.h"

enum {
	ADDRESSES = 16,		/* that are tried; more are judged all the same */
	REQUEST_ARENA = 2 << 20,
	CONNECTION_LIFE_S = 120,
	TRUST_CACHE_S = 600,
};

struct request {
	TAILQ_ENTRY(request) link;
	struct http  *http;
	struct arena *arena;
	struct timer *timer;	/* the deadline of everything; also brings early errors */
	http_done    *done;
	void	     *arg;
	struct http_request asked;	/* body and texts are in the arena */
	int64_t	      deadline_ms;
	struct http_url url;
	struct sockaddr_storage addresses[ADDRESSES];
	size_t	      address_count;
	bool	      has_forbidden;	/* some address of the name is */
	unsigned      questions;	/* not answered yet; they cannot be called back */
	bool	      is_over;		/* waits only for them */
	struct err    trouble;		/* the first that was met, if any */
	CURL	     *easy;		/* NULL until transferring */
	CURLSH	     *names;		/* name cache of this request alone */
	struct curl_slist *headers, *pin;
	struct http_intake intake;
	size_t	      sent;		/* octets of the body, of a request that may be sent once */
	char	      says[CURL_ERROR_SIZE];
};

TAILQ_HEAD(request_list, request);
struct http {
	struct loop  *loop;
	struct dns   *dns;
	bool	      allow_private;
	struct http_multi *multi;
	struct request_list requests;
};

/* A setting that this libcurl does not take is a bug of ours. */
#define must_set(easy, option, value) do { \
	CURLcode set_ = curl_easy_setopt(easy, option, value); \
	assert(set_ == CURLE_OK); \
} while (0)

static void
free_request(struct request *r)
{
	buf_free(&r->intake.body);
	arena_free(r->arena);
	free(r);
}

static void
end_request(struct request *r, const struct http_reply *reply, const struct err *err)
{
	struct http *http = r->http;

	TAILQ_REMOVE(&http->requests, r, link);
	timer_free(r->timer);
	if (r->easy != NULL) {
		http_multi_remove(http->multi, r->easy);
		curl_easy_cleanup(r->easy);
		curl_share_cleanup(r->names);
	}
	curl_slist_free_all(r->headers);
	curl_slist_free_all(r->pin);
	r->is_over = true;
	r->done(r->arg, reply, err);
	if (r->questions == 0)
		free_request(r);
}

static void
fail_request(struct request *r, enum err_code code, const char *detail)
{
	struct err err = err_new(code, detail);

	end_request(r, NULL, &err);
}

static void
note_trouble(struct request *r, enum err_code code, const char *detail)
{
	if (r->trouble.code == NULL)
		r->trouble = err_new(code, detail);
}

/* -- the transfer */

static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	struct request *r = arg;

	return http_intake_header(&r->intake, line, size * count) ? size * count : 0;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct request *r = arg;

	return http_intake_body(&r->intake, bytes, size * count) ? size * count : 0;
}

/* libcurl sends a request again when a kept connection ends before the reply
 * begins, a POST as well, and has no option against that; but it must be given
 * the body for that once more, and is not. */
static size_t
on_send_once(char *to, size_t size, size_t count, void *arg)
{
	struct request *r = arg;
	size_t left = r->asked.body_len - r->sent, n = left < size * count ? left : size * count;

	if (n == 0)
		return CURL_READFUNC_ABORT;
	memcpy(to, (const char *)r->asked.body + r->sent, n);
	r->sent += n;
	return n;
}

static int
on_send_again(void *arg, curl_off_t offset, int origin)
{
	(void)arg;
	(void)offset;
	(void)origin;
	return CURL_SEEKFUNC_FAIL;
}

/* The last word on where we connect to, whatever the URL said: the address
 * must be allowed and one of those that were judged. */
static curl_socket_t
on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct request *r = arg;
	char asked[64], judged[64];

	addr_text(&to->addr, asked, sizeof(asked));
	for (size_t i = 0; purpose == CURLSOCKTYPE_IPCXN && i < r->address_count; i++) {
		addr_text((const struct sockaddr *)&r->addresses[i], judged, sizeof(judged));
		if (strcmp(asked, judged) == 0 &&
		    http_address_is_allowed(&to->addr, r->http->allow_private))
			return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	}
	note_trouble(r, ERR_http_address_forbidden, NULL);
	return CURL_SOCKET_BAD;
}

static void
on_transferred(void *arg, CURLcode result)
{
	struct request *r = arg;
	struct http_reply *reply = &r->intake.reply;
	long status = 0;

	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	if (r->trouble.code != NULL) {
		end_request(r, NULL, &r->trouble);
	} else if (r->intake.too_large != NULL) {
		fail_request(r, ERR_http_too_large, r->intake.too_large);
	} else if (result != CURLE_OK) {
		fail_request(r, http_multi_code(result), *r->says != '\0' ? r->says : curl_easy_strerror(result));
	} else if (status < 100 || status > 999) {
		fail_request(r, ERR_http_protocol, "there was no status");
	} else {
		reply->status = (int)status;
		reply->body = r->intake.body.data;
		reply->body_len = r->intake.body.len;
		end_request(r, reply, NULL);
	}
}

static void
set_limits(struct request *r, CURL *easy)
{
	int64_t left = r->deadline_ms - loop_now_ms(r->http->loop);

	must_set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	must_set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	must_set(easy, CURLOPT_FOLLOWLOCATION, 0L);
	must_set(easy, CURLOPT_PROXY, "");
	must_set(easy, CURLOPT_NOPROXY, "*");
	must_set(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	must_set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	must_set(easy, CURLOPT_NOSIGNAL, 1L);
	must_set(easy, CURLOPT_TIMEOUT_MS, (long)(left > 1 ? left : 1));
	must_set(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(r->asked.timeout_ms / 2 + 1));
	must_set(easy, CURLOPT_LOW_SPEED_LIMIT, 16L);
	must_set(easy, CURLOPT_LOW_SPEED_TIME, 20L);
	must_set(easy, CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_LIFE_S);
	must_set(easy, CURLOPT_SSL_VERIFYPEER, r->asked.any_certificate ? 0L : 1L);
	must_set(easy, CURLOPT_SSL_VERIFYHOST, r->asked.any_certificate ? 0L : 2L);
	must_set(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	must_set(easy, CURLOPT_CA_CACHE_TIMEOUT, (long)TRUST_CACHE_S);
	if (r->asked.trust_file != NULL) {
		must_set(easy, CURLOPT_CAINFO, r->asked.trust_file);
		must_set(easy, CURLOPT_CAPATH, NULL);	/* these alone, not the system's as well */
	}
}

static void
set_body(struct request *r, CURL *easy)
{
	const struct http_request *asked = &r->asked;

	must_set(easy, CURLOPT_POST, 1L);
	must_set(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)asked->body_len);
	if (!asked->once || asked->body_len == 0) {
		must_set(easy, CURLOPT_POSTFIELDS, asked->body != NULL ? asked->body : "");
		return;
	}
	must_set(easy, CURLOPT_READFUNCTION, on_send_once);
	must_set(easy, CURLOPT_READDATA, r);
	must_set(easy, CURLOPT_SEEKFUNCTION, on_send_again);
}

static void
set_request(struct request *r, CURL *easy)
{
	const struct http_request *asked = &r->asked;

	must_set(easy, CURLOPT_URL, asked->url);
	must_set(easy, CURLOPT_PATH_AS_IS, 1L);	/* a signed URL must stay what was signed */
	if (strcmp(asked->method, "HEAD") == 0) {
		must_set(easy, CURLOPT_NOBODY, 1L);
	} else if (strcmp(asked->method, "POST") == 0) {
		set_body(r, easy);
	}
	must_set(easy, CURLOPT_USERAGENT, asked->user_agent);
	must_set(easy, CURLOPT_HTTPHEADER, r->headers);
	must_set(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* Wait for a connection that is being made, if it can carry this too. */
	must_set(easy, CURLOPT_PIPEWAIT, r->url.is_https ? 1L : 0L);
}

static void
start_transfer(struct request *r)
{
	CURL *easy = curl_easy_init();

	r->easy = easy;
	r->names = curl_share_init();
	r->pin = curl_slist_append(NULL, http_pin(r->arena, &r->url, r->addresses, r->address_count));
	if (easy == NULL || r->names == NULL || r->pin == NULL)
		abort();
	/* A pinned name stays in its cache for good; a cache of its own keeps it
	 * from the next request and from growing, while connections are shared. */
	curl_share_setopt(r->names, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	must_set(easy, CURLOPT_SHARE, r->names);
	if (!r->url.is_literal)
		must_set(easy, CURLOPT_RESOLVE, r->pin);
	/* An open connection may be of the other family; and libcurl, which knows
	 * it by the host's name, would go on asking a customer's old server after
	 * the name has moved.  With TLS the server has shown that it is the host,
	 * unless nobody looked. */
	if (r->asked.family != 0 || !r->url.is_https || r->asked.any_certificate) {
		must_set(easy, CURLOPT_FRESH_CONNECT, 1L);
		must_set(easy, CURLOPT_FORBID_REUSE, 1L);
	}
	set_limits(r, easy);
	set_request(r, easy);
	must_set(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	must_set(easy, CURLOPT_OPENSOCKETDATA, r);
	must_set(easy, CURLOPT_HEADERFUNCTION, on_header);
	must_set(easy, CURLOPT_HEADERDATA, r);
	must_set(easy, CURLOPT_WRITEFUNCTION, on_body);
	must_set(easy, CURLOPT_WRITEDATA, r);
	must_set(easy, CURLOPT_ERRORBUFFER, r->says);
	must_set(easy, CURLOPT_PRIVATE, r);
	http_multi_add(r->http->multi, easy);
}

/* -- resolving */

static bool
is_of_family(const struct sockaddr_storage *address, int family)
{
	return family == 0 || (address->ss_family == AF_INET) == (family == 4);
}

static void
add_address(struct request *r, const struct sockaddr_storage *address)
{
	if (!is_of_family(address, r->asked.family))
		return;
	if (!http_address_is_allowed((const struct sockaddr *)address, r->http->allow_private))
		r->has_forbidden = true;
	if (r->address_count < ADDRESSES)
		r->addresses[r->address_count++] = *address;
}

/* A machine without IPv6 must not take the other side's for broken. */
static bool
is_out_of_reach(const struct request *r)
{
	for (size_t i = 0; i < r->address_count; i++)
		if (route_exists((const struct sockaddr *)&r->addresses[i]))
			return false;
	return r->asked.family != 0 && r->address_count > 0;
}

static void
judge(struct request *r)
{
	if (r->has_forbidden)
		fail_request(r, ERR_http_address_forbidden, NULL);
	else if (is_out_of_reach(r))
		fail_request(r, ERR_http_no_route, NULL);
	else if (r->address_count > 0)	/* one family may be in trouble and the other not */
		start_transfer(r);
	else if (r->trouble.code != NULL)
		end_request(r, NULL, &r->trouble);
	else
		fail_request(r, ERR_http_no_address, NULL);
}

static void
on_answer(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct request *r = arg;
	struct sockaddr_storage address;

	r->questions--;
	if (r->is_over) {
		if (r->questions == 0)
			free_request(r);
		return;
	}
	if (err != NULL && r->trouble.code == NULL) {
		r->trouble = *err;
		r->trouble.detail = arena_strdup(r->arena, err->detail);
	}
	for (size_t i = 0; err == NULL && i < reply->count; i++)
		if ((reply->records[i].type == DNS_A || reply->records[i].type == DNS_AAAA) &&
		    addr_parse(reply->records[i].value, &address))
			add_address(r, &address);
	if (r->questions > 0)
		return;
	if (r->address_count > 0)
		r->trouble = (struct err){ 0 };
	judge(r);
}

static void
on_request_timer(void *arg)
{
	struct request *r = arg;

	if (r->trouble.code != NULL && r->easy == NULL && r->questions == 0)
		end_request(r, NULL, &r->trouble);
	else if (r->easy == NULL)
		fail_request(r, ERR_dns_timeout, "the name could not be resolved in the time of the request");
	else	/* curl does not watch the time of who waits for a shared connection */
		fail_request(r, ERR_http_timeout, NULL);
}

/* -- from outside */

static void
copy_request(struct request *r, const struct http_request *asked)
{
	struct http_request *copy = &r->asked;

	*copy = *asked;
	copy->method = arena_strdup(r->arena, asked->method);
	copy->url = arena_strdup(r->arena, asked->url);
	copy->body = asked->body == NULL ? NULL : arena_memdup(r->arena, asked->body, asked->body_len);
	copy->user_agent = arena_strdup(r->arena,
	    asked->user_agent != NULL ? asked->user_agent : "certwright/" CERTWRIGHT_VERSION);
	copy->trust_file = arena_strdup(r->arena, asked->trust_file);
	copy->headers = NULL;
	/* No "100 Continue" and no content type that nobody asked for. */
	r->headers = curl_slist_append(NULL, "Expect:");
	if (r->headers == NULL)
		abort();
}

/* Headers of the request, checked; a bad one is the request's trouble. */
static void
add_headers(struct request *r, const char *const *headers)
{
	bool has_type = false;

	for (; headers != NULL && *headers != NULL; headers++) {
		if (!http_header_is_sendable(*headers))
			note_trouble(r, ERR_http_bad_header, NULL);
		else if (curl_slist_append(r->headers, *headers) == NULL)
			abort();
		has_type = has_type || strncasecmp(*headers, "content-type:", 13) == 0;
	}
	if (!has_type && curl_slist_append(r->headers, "Content-Type:") == NULL)
		abort();
	for (const char *c = r->asked.user_agent; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			note_trouble(r, ERR_http_bad_header, "user agent");
}

void
http_send(struct http *http, const struct http_request *asked, http_done *done, void *arg)
{
	struct request *r = xcalloc(1, sizeof(*r));
	struct err err = { 0 };

	assert(strcmp(asked->method, "GET") == 0 || strcmp(asked->method, "HEAD") == 0 ||
	    strcmp(asked->method, "POST") == 0);
	r->http = http;
	r->done = done;
	r->arg = arg;
	r->arena = arena_new(REQUEST_ARENA + asked->body_len + strlen(asked->url));
	r->timer = timer_new(http->loop, on_request_timer, r);
	r->deadline_ms = loop_now_ms(http->loop) + asked->timeout_ms;
	r->intake.arena = r->arena;
	buf_init(&r->intake.body, asked->max_body);
	TAILQ_INSERT_TAIL(&http->requests, r, link);
	copy_request(r, asked);
	add_headers(r, asked->headers);
	if (!http_url_read(r->arena, asked->url, asked->https_only, &r->url, &err))
		r->trouble = err;
	if (r->url.is_literal)
		add_address(r, &r->url.address);
	if (r->has_forbidden)
		note_trouble(r, ERR_http_address_forbidden, NULL);
	else if (r->url.is_literal && r->address_count == 0)
		note_trouble(r, ERR_http_no_address, NULL);
	timer_start(r->timer, r->trouble.code != NULL ? 0 : asked->timeout_ms, 0);
	if (r->trouble.code != NULL)
		return;
	if (r->url.is_literal) {
		start_transfer(r);
		return;
	}
	r->questions = asked->family == 0 ? 2 : 1;
	if (asked->family != 6)
		dns_ask(http->dns, r->url.host, DNS_A, on_answer, r);
	if (asked->family != 4)
		dns_ask(http->dns, r->url.host, DNS_AAAA, on_answer, r);
}

struct http *
http_open(struct loop *loop, struct dns *dns, bool allow_private)
{
	struct http *http = xcalloc(1, sizeof(*http));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	http->loop = loop;
	http->dns = dns;
	http->allow_private = allow_private;
	TAILQ_INIT(&http->requests);
	http->multi = http_multi_new(loop, on_transferred);
	return http;
}

void
http_close(struct http *http)
{
	struct request *r;

	if (http == NULL)
		return;
	while ((r = TAILQ_FIRST(&http->requests)) != NULL)
		fail_request(r, ERR_http_unreachable, "stopped");
	http_multi_free(http->multi);
	free(http);
	curl_global_cleanup();
}
