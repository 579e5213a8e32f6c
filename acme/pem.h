#ifndef ACME_PEM_H
#define ACME_PEM_H
/*
 * The strict PEM of RFC 8555 §9.1 taken apart before OpenSSL sees a byte:
 * certificates and nothing else, within the caps of acme/chain.h.  Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include "acme/chain.h"

struct pem_block {
	unsigned char *der;
	size_t	       len;
};
/* Errors: chain_too_large, chain_too_long, chain_certificate_too_large,
 * chain_empty, chain_private_key, chain_junk, chain_unreadable. */
bool pem_split(struct arena *, const char *pem, struct pem_block ret[CHAIN_MAX_CERTIFICATES], size_t *ret_count, struct err *);
/* The blocks as PEM again, 64 characters a line. */
char *pem_join(struct arena *, const struct pem_block *, size_t count);
#endif
