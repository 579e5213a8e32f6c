#ifndef ACME_READ_H
#define ACME_READ_H
/*
 * From the JSON that a CA sends to our own structs (RFC 8555 §7.1).  Members
 * and challenge types that we do not know are ignored; a member that we use
 * and that has another type, a URL that is not the CA's own, or a token with
 * other characters than base64url's refuses the whole object.  Pure.
 */
#include <stdbool.h>
#include <stdint.h>
#include "acme/question.h"
#include "base/arena.h"
#include "base/json.h"

enum { URL_MOST = 2048, NONCE_MOST = 512, TOKEN_LEAST = 22, TOKEN_MOST = 512 };

struct reader {
	struct arena *arena;		/* where the results live */
	const char   *ca;		/* the CA's name, for errors */
	const char   *origin;		/* of its directory: read_origin */
	const char   *thumbprint;	/* of our account key */
};

/* "https://host:port" in lower case, the port always there; NULL: not an https
 * URL without user, fragment and odd characters, of at most 2 KiB. */
char *read_origin(struct arena *, const char *url);
/* Does the URL belong to the CA?  Errors: acme_foreign_url. */
bool read_check_url(const struct reader *, const char *what, const char *url, struct err *);
bool read_is_nonce(const char *);
bool read_is_token(const char *);
bool read_is_profile(const char *);	/* 1 to 64 printable characters */
/* Unix seconds of an RFC 3339 timestamp; false if it is none. */
bool read_time(const char *, int64_t *ret);
/* A DNS name in its canonical form, in the arena; NULL: it is none. */
const char *read_name(const struct reader *, const char *);

/* What it offers beside orders, and its `meta`, is news and not needed: there
 * whatever cannot be used counts as absent, and the URLs are judged when they
 * are asked. */
bool read_directory(const struct reader *, const json_t *, struct acme_directory *ret, struct err *);
struct acme_directory *directory_copy(struct arena *, const struct acme_directory *);

/* Fills in the authorizations' URLs and nothing more of them.  `names` (or
 * NULL) are the identifiers that the order must have. */
bool read_order(const struct reader *, const json_t *, const char *const *names, struct acme_order *ret, struct err *);
/* Leaves ret->url as it is. */
bool read_authorization(const struct reader *, const json_t *, struct acme_authorization *ret, struct err *);
/* The challenge that was just set off: status (NULL: not a known one) and
 * error.  Some CAs look at once and say here what they saw. */
struct acme_challenge *read_validated(const struct reader *, const json_t *);
#endif
