/* Reading and verifying what a client signed. */
#include "tests/net/fake_jws.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <string.h>

#include "acme/openssl.h"
#include "base/b64.h"

static unsigned char *
decode(struct arena *a, const json_t *obj, const char *member, size_t *ret_len)
{
	const char *base64 = json_str(obj, member);
	unsigned char *bytes;

	return base64 != NULL && b64url_decode(a, base64, &bytes, ret_len) ? bytes : NULL;
}

const char *
fake_jws_part(struct arena *a, const json_t *jws, const char *member)
{
	size_t len;

	return (const char *)decode(a, jws, member, &len);
}

static EVP_PKEY *
rsa_key(struct arena *a, const json_t *jwk)
{
	size_t n_len = 0, e_len = 0;
	const unsigned char *n = decode(a, jwk, "n", &n_len), *e = decode(a, jwk, "e", &e_len);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	auto_bignum *modulus = BN_bin2bn(n, (int)n_len, NULL), *exponent = BN_bin2bn(e, (int)e_len, NULL);
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent);
	params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_fromdata_init(ctx);
	EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
ec_key(struct arena *a, const json_t *jwk)
{
	size_t x_len = 0, y_len = 0;
	const unsigned char *x = decode(a, jwk, "x", &x_len), *y = decode(a, jwk, "y", &y_len);
	unsigned char point[65] = { 4 };
	char group[] = "P-256";
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (x != NULL && y != NULL && x_len == 32 && y_len == 32) {
		OSSL_PARAM params[] = {
			OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
			OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
			OSSL_PARAM_construct_end(),
		};

		memcpy(point + 1, x, 32);
		memcpy(point + 33, y, 32);
		EVP_PKEY_fromdata_init(ctx);
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	}
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *
fake_jws_key(struct arena *a, const json_t *jwk)
{
	return json_object_get(jwk, "n") != NULL ? rsa_key(a, jwk) : ec_key(a, jwk);
}

bool
fake_jws_is_signed(struct arena *a, EVP_PKEY *key, const json_t *jws)
{
	const char *input = arena_printf(a, "%s.%s", json_str(jws, "protected"), json_str(jws, "payload"));
	size_t len = 0;
	const unsigned char *raw = decode(a, jws, "signature", &len);
	auto_ecdsa *sig = ECDSA_SIG_new();
	auto_digest *md = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int der_len, ok;

	if (raw != NULL && EVP_PKEY_is_a(key, "RSA")) {
		EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key);
		return EVP_DigestVerify(md, raw, len, (const unsigned char *)input, strlen(input)) == 1;
	}
	if (raw == NULL || len != 64)
		return false;
	ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
	der_len = i2d_ECDSA_SIG(sig, &der);
	EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key);
	ok = EVP_DigestVerify(md, der, (size_t)der_len, (const unsigned char *)input, strlen(input));
	OPENSSL_free(der);
	return ok == 1;
}
