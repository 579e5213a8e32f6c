#ifndef ACME_EXCHANGE_H
#define ACME_EXCHANGE_H
/*
 * One request to a CA and its reply: waits for one of four places, takes a
 * nonce, signs, sends, and repeats at most five times with a new nonce if the
 * CA does not like the one it had (RFC 8555 §6.5).
 */
#include <jansson.h>
#include "acme/account.h"
#include "base/err.h"
#include "io/http.h"

enum exchange_kind {
	EXCHANGE_GET,		/* unsigned: the directory */
	EXCHANGE_NEW_ACCOUNT,	/* signed, with the key itself */
	EXCHANGE_POST,		/* signed, with the account's URL */
	EXCHANGE_TEXT,		/* the same, but the reply is a PEM chain */
};
enum { EXCHANGE_MAX_BAD_NONCES = 5, EXCHANGE_MAX_JSON = 1 << 20, EXCHANGE_TIMEOUT_MS = 30000 };

/* err NULL: a 2xx reply, whose body as an object is json (NULL for TEXT). */
typedef void exchange_done(void *arg, const struct http_reply *, const json_t *, const struct err *err);
/* url and payload ("" for POST-as-GET) are copied. */
void exchange_start(struct account *, enum exchange_kind, const char *url, const char *payload,
    exchange_done *, void *arg);
void exchange_free(struct exchange *);	/* one that is still in the queue */
#endif
