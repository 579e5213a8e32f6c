#ifndef ACME_CSR_H
#define ACME_CSR_H
/* Certificate signing requests (PKCS#10, RFC 2986).  Pure. */
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/err.h"

enum { CSR_MAX_NAMES = 100 };

/* The DER of a request for `names` (ends with NULL) as subjectAltName, signed
 * with SHA-256.  common_name NULL gives an empty subject.  Refuses
 * (key_question): no name or over 100, a name that is not a DNS name in its
 * canonical form, a common name over 64 characters or not among the names. */
bool csr_make(struct arena *, EVP_PKEY *, const char *const *names, const char *common_name,
    unsigned char **ret_der, size_t *ret_len, struct err *);
#endif
