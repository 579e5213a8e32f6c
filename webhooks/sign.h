#ifndef WEBHOOKS_SIGN_H
#define WEBHOOKS_SIGN_H
/* Signatures of Standard Webhooks 1.0: one value of the webhook-signature
 * header, HMAC-SHA256 over "id.timestamp.body". */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"

/* "v1,<base64>" in the arena. */
const char *sign_webhook(struct arena *, const struct secret *, const char *id, int64_t timestamp, const char *body);
/* "whsec_<base64>" to the bytes that sign (caller frees).  False:
 * delivery_bad_secret, and the detail says which rule, never the secret. */
bool sign_read_secret(const struct secret *text, struct secret *ret, struct err *);
#endif
