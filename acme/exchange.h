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
	EXCHANGE_GET,		/* unsigned: the directory, renewal information */
	EXCHANGE_KEY,		/* signed, with the key itself */
	EXCHANGE_ACCOUNT,	/* signed, with the account's URL */
};
enum exchange_body {		/* of a 2xx reply */
	BODY_OBJECT,		/* JSON; anything else is acme_protocol */
	BODY_ANY,		/* JSON or not: json may be NULL */
	BODY_PEM,		/* a PEM chain: json is NULL */
};
enum { EXCHANGE_MAX_BAD_NONCES = 5, EXCHANGE_MAX_JSON = 1 << 20, EXCHANGE_TIMEOUT_MS = 30000 };

struct exchange_request {
	enum exchange_kind kind;
	enum exchange_body body;
	const char *url;
	const char *payload;	/* "" for POST-as-GET; GET has none */
	EVP_PKEY   *key;	/* KEY: this one, which must outlive it; NULL: the account's */
	bool	    once;	/* what arrives twice is done twice: see io/http */
};

/* err NULL: a 2xx reply and its body as json. */
typedef void exchange_done(void *arg, const struct http_reply *, const json_t *, const struct err *err);
void exchange_start(struct account *, const struct exchange_request *, exchange_done *, void *arg);	/* copied */
void exchange_free(struct exchange *);	/* one that is still in the queue */
#endif
