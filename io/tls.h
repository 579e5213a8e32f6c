#ifndef IO_TLS_H
#define IO_TLS_H
/*
 * A TLS handshake to see which certificate is served for a name: nothing is
 * verified and nothing is sent.  ECDSA or RSA is asked for by signature
 * algorithms (RSA: PSS and PKCS#1 both, TESTBED's HAProxy needs it).
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "io/loop.h"

enum tls_key { TLS_ECDSA, TLS_RSA };
/* leaf: DER of the served leaf, only for the call; NULL with err (http_tls,
 * http_unreachable, http_timeout). */
typedef void tls_done(void *arg, const unsigned char *leaf, size_t len, const struct err *);
void tls_probe(struct loop *, const char *address_port, const char *server_name, enum tls_key,
    int64_t timeout_ms, tls_done *, void *arg);
#endif
