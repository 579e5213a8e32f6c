#ifndef ACME_JWS_H
#define ACME_JWS_H
/*
 * Account keys (P-256) and what ACME signs with them: JWK and thumbprint
 * (RFC 7638), flattened JWS with ES256 (RFC 7515, 7518; RFC 8555 §6.2), the
 * external account binding with HS256 (RFC 8555 §7.3.4), and the two forms in
 * which a challenge is answered (RFC 8555 §8.1, §8.4).  Pure.
 */
#include <openssl/evp.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"

/* The key of PKCS#8 DER; the caller frees.  NULL: acme_account_key, it is not
 * a P-256 key on the named curve. */
EVP_PKEY *jws_key_read(const struct secret *pkcs8, struct err *);

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
	const char *nonce;
	const char *kid;	/* the account's URL; NULL: the key itself (newAccount) */
};
/* The request's body; payload "" is a POST-as-GET (RFC 8555 §6.3). */
char *jws_sign(struct arena *, EVP_PKEY *, const struct jws_header *, const char *payload);
/* externalAccountBinding of a newAccount request to `url`. */
char *jws_bind(struct arena *, const EVP_PKEY *, const char *eab_kid, const struct secret *hmac, const char *url);

/* The signatures alone, in base64url, over any text. */
char *jws_es256(struct arena *, EVP_PKEY *, const char *text);
char *jws_hs256(struct arena *, const struct secret *hmac, const char *text);
#endif
