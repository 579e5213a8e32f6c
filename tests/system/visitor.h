#ifndef SYSTEM_VISITOR_H
#define SYSTEM_VISITOR_H
/*
 * Somebody who visits a hostname at the lab's edge again and again, from a
 * thread: a TLS handshake that takes ECDSA, then one that takes RSA, and so on,
 * as fast as they go.  What fails is tried once more at once, as browsers do:
 * the lab's nginx opens a certificate and its key one after the other for each
 * handshake, and a link that is switched in between gives it two that do not
 * belong together (docs/edge.md).
 */
#include <stdbool.h>

struct visitor;

struct visits {
	long count;		/* handshakes that ended well */
	long again;		/* that needed a second try */
	long failed;		/* that failed twice */
	char error[256];	/* of the first that did */
	char ecdsa[65], rsa[65];	/* SHA-256 of the certificate that was shown last, in hex; "": none yet */
};

struct visitor *visitor_start(const char *hostname);
struct visits visitor_told(struct visitor *);		/* until now */
struct visits visitor_stop(struct visitor *);		/* at the end */
#endif
