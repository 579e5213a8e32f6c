#ifndef DCV_HTTP01_H
#define DCV_HTTP01_H
/*
 * The http-01 responder (RFC 8555 §8.3): GET
 * /.well-known/acme-challenge/<token> is answered with the token's key
 * authorization, for the hostname that was asked.  Every daemon answers for
 * every certificate, because the database is asked.
 */
#include "base/err.h"
#include "io/loop.h"
#include "io/pg.h"

struct http01;
/* NULL: serve's error (bad_option when the address cannot be used). */
struct http01 *http01_open(struct loop *, struct pg *, const char *address_port, struct err *);
void http01_close(struct http01 *);	/* before pg_close; NULL is fine */
unsigned http01_port(const struct http01 *);	/* the real one when 0 was asked for */

/* Base64url of 22 to 512 characters: 128 bits at least (RFC 8555 §8.3), and
 * never a path. */
bool http01_is_token(const char *);
#endif
