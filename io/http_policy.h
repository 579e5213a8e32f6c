#ifndef IO_HTTP_POLICY_H
#define IO_HTTP_POLICY_H
/* What io/http may be asked for (URLs, header lines, addresses), and replies
 * as they come in.  Pure; for io/http.c, its tests, and who follows redirects. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "io/http.h"

struct http_url {
	const char *host;	/* canonical name, or the literal without brackets */
	unsigned    port;
	bool	    is_https;
	bool	    is_literal;
	struct sockaddr_storage address;	/* of a literal */
};

/* Refuses (http_bad_url, the detail says why; it is static): other schemes,
 * more than 2,048 octets, anything but printable ASCII, userinfo, `%` or a
 * zone in the host, and every host that a parser somewhere reads differently
 * from what is written (127.1, 0x7f000001, 1.2.3.4., "http:/host"). */
bool http_url_read(struct arena *, const char *url, bool https_only, struct http_url *ret, struct err *);
/* Where a Location leads (RFC 9110 §10.2.2) from the URL that was asked; NULL:
 * it is no URL, or has a user name. */
char *http_url_join(struct arena *, const char *url, const char *location);
/* "name: value", a token and then printable text, at most 8 KiB. */
bool http_header_is_sendable(const char *line);
bool http_address_is_allowed(const struct sockaddr *, bool allow_private);
/* What CURLOPT_RESOLVE takes: "host:port:address,[address]". */
char *http_pin(struct arena *, const struct http_url *, const struct sockaddr_storage *addresses, size_t count);

/* A reply that is coming in. */
struct http_intake {
	struct arena *arena;
	struct buf    body;		/* its limit is the request's max_body */
	size_t	      head_bytes;
	struct http_reply reply;	/* headers only */
	const char   *too_large;	/* NULL, or what was (static) */
};
/* One line with its end, or a status line.  False: too large. */
bool http_intake_header(struct http_intake *, const char *line, size_t len);
bool http_intake_body(struct http_intake *, const void *bytes, size_t len);
#endif
