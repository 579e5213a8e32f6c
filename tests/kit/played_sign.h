#ifndef KIT_PLAYED_SIGN_H
#define KIT_PLAYED_SIGN_H
/* Keys, requests and certificates for played CAs: real ones, so that what the
 * program checks is checked, but few keys, since making one is what is dear. */
#include <openssl/evp.h>
#include "base/arena.h"

/* Of a customer, "p256" or "rsa2048": always the same key. */
EVP_PKEY *sign_key(const char *type);
/* The key of a CSR (base64url of the DER; the caller frees it) if it is for
 * exactly these names, else NULL. */
EVP_PKEY *sign_request_key(const char *csr, const char *const *names);
/* PEM of a leaf for the key and the names, and of the CA that signed it. */
char *sign_chain(struct arena *, EVP_PKEY *, const char *const *names, int64_t not_before, int64_t not_after);
/* notAfter of the first certificate; 0: it is none. */
int64_t sign_not_after(const char *chain);
#endif
