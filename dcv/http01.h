#ifndef DCV_HTTP01_H
#define DCV_HTTP01_H
/*
 * The http-01 responder (RFC 8555 §8.3): GET
 * /.well-known/acme-challenge/<token> is answered with the token's key
 * authorization, for the hostname that was asked.  Every daemon answers for
 * every certificate, because its board has the tokens of all.
 */
#include "base/err.h"
#include "dcv/board.h"
#include "io/loop.h"

struct http01;
/* NULL: serve's error (bad_option when the address cannot be used). */
struct http01 *http01_open(struct loop *, const struct board *, const char *address_port, struct err *);
void http01_close(struct http01 *);	/* before board_free; NULL is fine */
unsigned http01_port(const struct http01 *);	/* the real one when 0 was asked for */

/* What is answered; pure.  The body lives until the board changes.  `host`:
 * lower case, without a port. */
struct http01_answer { int status; const char *body; };
struct http01_answer http01_find(const struct board *, const char *host, const char *path);

/* Base64url of 22 to 512 characters: 128 bits at least (RFC 8555 §8.3), and
 * never a path. */
bool http01_is_token(const char *);
#endif
