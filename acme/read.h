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

struct directory {
	const char *new_nonce, *new_account, *new_order;
};

/* "https://host:port" in lower case, the port always there; NULL: not an https
 * URL without user, fragment and odd characters, of at most 2 KiB. */
char *read_origin(struct arena *, const char *url);
/* Does the URL belong to the CA?  Errors: acme_foreign_url. */
bool read_check_url(const struct reader *, const char *what, const char *url, struct err *);
bool read_is_nonce(const char *);
bool read_is_token(const char *);
/* Unix seconds of an RFC 3339 timestamp; false if it is none. */
bool read_time(const char *, int64_t *ret);

bool read_directory(const struct reader *, const json_t *, struct directory *ret, struct err *);
/* Fills in the authorizations' URLs and nothing more of them.  `names` (or
 * NULL) are the identifiers that the order must have. */
bool read_order(const struct reader *, const json_t *, const char *const *names, struct acme_order *ret, struct err *);
/* Leaves ret->url as it is. */
bool read_authorization(const struct reader *, const json_t *, struct acme_authorization *ret, struct err *);
#endif
