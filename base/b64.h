#ifndef BASE_B64_H
#define BASE_B64_H
/* Base64 (RFC 4648): §5 url-safe without padding for ACME, §4 with padding
 * for PEM, webhooks and SQL. */
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

char *b64url_encode(struct arena *, const void *bytes, size_t len);
char *b64_encode(struct arena *, const void *bytes, size_t len);
/* Strict: no white space, no padding (url), canonical last bits.  On success
 * *ret_bytes lives in the arena (with a NUL after it) and *ret_len is its
 * length; false leaves both untouched. */
bool b64url_decode(struct arena *, const char *text, unsigned char **ret_bytes, size_t *ret_len);
bool b64_decode(struct arena *, const char *text, unsigned char **ret_bytes, size_t *ret_len);
#endif
