#ifndef TESTS_NET_FAKE_JWS_H
#define TESTS_NET_FAKE_JWS_H
/* The CA's side of JSON Web Signatures, written apart from acme/jws so that
 * one mistake does not hide another. */
#include <openssl/evp.h>
#include <stdbool.h>
#include "base/arena.h"
#include "base/json.h"

const char *fake_jws_part(struct arena *, const json_t *jws, const char *member);	/* decoded; NULL */
EVP_PKEY *fake_jws_key(struct arena *, const json_t *jwk);	/* NULL; caller frees */
bool fake_jws_is_signed(struct arena *, EVP_PKEY *, const json_t *jws);
#endif
