#ifndef IO_HTTP_H
#define IO_HTTP_H
/*
 * HTTP out; io/http*.c are the only files that include <curl/curl.h>.  The
 * host of a request is resolved by io/dns, every address is classified, the
 * request is refused if any is forbidden, the name is pinned to what was
 * classified, and the socket address is judged once more when it is opened.
 * No proxy, netrc, cookies, redirects or content encodings; own limits on
 * header and body bytes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "io/dns.h"
#include "io/loop.h"

struct http_request {
	const char *method;		/* "GET", "HEAD", "POST" */
	const char *url;		/* http:// or https://, at most 2,048 octets, no userinfo */
	const char *const *headers;	/* "name: value", ends with NULL; or NULL; no CR, LF */
	const void *body;		/* or NULL */
	size_t	    body_len;
	const char *user_agent;		/* NULL: "certwright/VERSION" */
	const char *trust_file;		/* PEM authorities, NULL: the system's */
	bool	    any_certificate;	/* https: whoever answers is taken for the host, as CAs take who they are
					 * redirected to in http-01: nothing in the answer is secret or
					 * trusted, and the name has no certificate yet.  For nothing else. */
	bool	    https_only;		/* refuse http:// (http_bad_url) */
	int	    family;		/* 4 or 6: only addresses of IPv4 or IPv6 are used (http_no_route if this
					 * machine reaches none of them); 0: of both */
	size_t	    max_body;		/* more is http_too_large */
	int64_t	    timeout_ms;		/* total; connect at most half of it */
	bool	    once;		/* POST: never sent again when a kept connection breaks, as curl would */
};

enum { HTTP_MAX_HEADERS = 64 };
struct http_reply {
	int	    status;		/* 100 to 999 */
	const char *body;		/* NUL after body_len bytes */
	size_t	    body_len;
	struct { const char *name, *value; } headers[HTTP_MAX_HEADERS];	/* names in lower case */
	size_t	    header_count;
};
/* First value of a header (name in lower case), or NULL. */
const char *http_header(const struct http_reply *, const char *name);
/* Seconds of Retry-After (RFC 9110 §10.2.3), number or date against the
 * reply's own Date, clamped to 0…86,400; 0 when there is none. */
int64_t http_retry_after(const struct http_reply *);

/* Exactly one of reply and err is non-NULL; both live only for the call.  Any
 * status is a reply.  Errors: the http_* codes, and dns_* of resolving. */
typedef void http_done(void *arg, const struct http_reply *, const struct err *);

struct http;
/* `allow_private` lets requests reach ADDR_PRIVATE (trials only). */
struct http *http_open(struct loop *, struct dns *, bool allow_private);
void http_close(struct http *);		/* outstanding requests end with http_unreachable */
void http_send(struct http *, const struct http_request *, http_done *, void *arg);	/* request is copied */
#endif
