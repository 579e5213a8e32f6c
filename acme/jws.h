#ifndef ACME_JWS_H
#define ACME_JWS_H
/*
 * Account keys (P-256) and what ACME signs with them: JWK and thumbprint
 * (RFC 7638), flattened JWS with ES256 (RFC 7515, 7518; RFC 8555 §6.2), the
 * external account binding with HS256 (RFC 8555 §7.3.4), and the two forms in
 * which a challenge is answered (RFC 8555 §8.1, §8.4).  Keys of certificates
 * sign their own revocation (§7.6): RSA ones with RS256.  Pure.
 */
#include <openssl/evp.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"

/* The key of PKCS#8 DER; the caller frees.  NULL: acme_account_key, it is not
 * a P-256 key on the named curve. */
EVP_PKEY *jws_key_read(const struct secret *pkcs8, struct err *);

/* The same for the key of a certificate, P-256 or RSA of 2048 to 8192 bits.
 * NULL: acme_certificate_key. */
EVP_PKEY *jws_certificate_key_read(const struct secret *pkcs8, struct err *);

/* The public key as RFC 7638 wants it hashed: required members only, sorted,
 * no white space. */
char *jws_jwk(struct arena *, const EVP_PKEY *);
/* base64url(SHA-256(text)): of the JWK it is the thumbprint, of a key
 * authorization the TXT value for dns-01. */
char *jws_digest(struct arena *, const char *text);
/* token "." thumbprint */
char *jws_key_authorization(struct arena *, const EVP_PKEY *, const char *token);

struct jws_header {
	const char *url;	/* where the request goes */
	const char *nonce;	/* NULL: none (the inner part of a key change) */
	const char *kid;	/* the account's URL; NULL: the key itself (newAccount) */
};
/* The request's body; payload "" is a POST-as-GET (RFC 8555 §6.3). */
char *jws_sign(struct arena *, EVP_PKEY *, const struct jws_header *, const char *payload);
/* externalAccountBinding of a newAccount request to `url`. */
char *jws_bind(struct arena *, const EVP_PKEY *, const char *eab_kid, const struct secret *hmac, const char *url);

/* What keyChange takes from the account with the old key (RFC 8555 §7.3.5): the
 * new key's signature over both, to be signed by the old one. */
char *jws_change(struct arena *, const EVP_PKEY *old_key, EVP_PKEY *new_key, const char *account, const char *url);

/* The signatures alone, in base64url, over any text. */
char *jws_es256(struct arena *, EVP_PKEY *, const char *text);
char *jws_rs256(struct arena *, EVP_PKEY *, const char *text);
char *jws_hs256(struct arena *, const struct secret *hmac, const char *text);
#endif
