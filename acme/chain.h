#ifndef ACME_CHAIN_H
#define ACME_CHAIN_H
/*
 * Is what the CA sent the certificate that was ordered?  Nothing that a CA
 * gives is stored before it has passed here.  Pure: `now` is handed in.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

enum {
	CHAIN_MAX_BYTES = 64 * 1024,		/* of the whole PEM text */
	CHAIN_MAX_CERTIFICATES = 10,
	CHAIN_MAX_DER = 16 * 1024,		/* of one certificate */
	CHAIN_MAX_DAYS = 3653,			/* longest lifetime of a leaf */
};

struct chain_facts {
	const char *serial_number;	/* decimal */
	const char *serial_hex;		/* lower case, an even number of digits */
	int64_t	    not_before;		/* Unix seconds */
	int64_t	    not_after;
	const char *issuer;		/* organization of the issuer, else its common name, else "" */
	const char *signature;		/* "ECDSAWithSHA256", "SHA256WithRSA" */
	const char *key_type;		/* "p256", "rsa2048" */
	const char *sha256;		/* of the leaf's DER, 64 hex digits in lower case */
	const char *pem;		/* the same certificates, written our way: leaf first */
	size_t	    count;		/* certificates in it */
};

/* Does `pem` hold a leaf for the key of `csr` (base64url of the DER) and for
 * exactly `names`, and after it the certificates that verify it, one by one?
 * False with one of the chain_* codes; whose fault a bad CSR of our own is,
 * its blame says (key_question). */
bool chain_check(struct arena *, const char *pem, const char *csr, const char *const *names, int64_t now,
    struct chain_facts *ret, struct err *);
#endif
