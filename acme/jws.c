/*
 * JSON Web Signatures as ACME uses them.  What is signed is made here from
 * our own key and our own requests; nothing that a CA chose is signed but its
 * nonce and its URLs, which were checked before (RFC 8555 §6.4, §6.5).
 */
#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>
#include "acme/jws.h"
#include "acme/openssl.h"
#include "base/b64.h"
#include "base/json.h"

enum {
	COORDINATE = 32,	/* octets of a P-256 coordinate or signature half */
	RSA_LEAST = 2048, RSA_MOST = 8192,
};

static bool
is_p256(const EVP_PKEY *key)
{
	char group[64];

	return EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
	    strcmp(group, "prime256v1") == 0;
}

static bool
is_rsa(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= RSA_LEAST && EVP_PKEY_get_bits(key) <= RSA_MOST;
}

static EVP_PKEY *
key_read(const struct secret *pkcs8)
{
	const unsigned char *at = pkcs8->bytes;
	auto_pkcs8 *info = NULL;

	if (at != NULL)
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)pkcs8->len);
	return info != NULL ? EVP_PKCS82PKEY(info) : NULL;
}

EVP_PKEY *
jws_key_read(const struct secret *pkcs8, struct err *ret_err)
{
	EVP_PKEY *key = key_read(pkcs8);

	if (key != NULL && is_p256(key))
		return key;
	EVP_PKEY_free(key);
	ERR_clear_error();
	err_set(ret_err, ERR_acme_account_key, "it is not a P-256 key in PKCS#8");
	return NULL;
}

EVP_PKEY *
jws_certificate_key_read(const struct secret *pkcs8, struct err *ret_err)
{
	EVP_PKEY *key = key_read(pkcs8);

	if (key != NULL && (is_p256(key) || is_rsa(key)))
		return key;
	EVP_PKEY_free(key);
	ERR_clear_error();
	err_set(ret_err, ERR_acme_certificate_key, "it is neither a P-256 nor an RSA key in PKCS#8");
	return NULL;
}

static char *
coordinate(struct arena *a, const EVP_PKEY *key, const char *which)
{
	unsigned char octets[COORDINATE];
	BIGNUM *n = NULL;
	int ok;

	ok = EVP_PKEY_get_bn_param(key, which, &n);
	assert(ok == 1);
	ok = BN_bn2binpad(n, octets, sizeof octets);
	assert(ok == sizeof octets);
	BN_free(n);
	return b64url_encode(a, octets, sizeof octets);
}

/* Base64urlUInt: no octet more than the number needs (RFC 7518 §2). */
static char *
number(struct arena *a, const EVP_PKEY *key, const char *which)
{
	unsigned char octets[RSA_MOST / 8];
	BIGNUM *n = NULL;
	int ok = EVP_PKEY_get_bn_param(key, which, &n), len;

	assert(ok == 1 && BN_num_bytes(n) <= (int)sizeof octets);
	len = BN_bn2bin(n, octets);
	BN_free(n);
	return b64url_encode(a, octets, (size_t)len);
}

char *
jws_jwk(struct arena *a, const EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "RSA"))
		return arena_printf(a, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}",
		    number(a, key, OSSL_PKEY_PARAM_RSA_E), number(a, key, OSSL_PKEY_PARAM_RSA_N));
	return arena_printf(a, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
	    coordinate(a, key, OSSL_PKEY_PARAM_EC_PUB_X),
	    coordinate(a, key, OSSL_PKEY_PARAM_EC_PUB_Y));
}

char *
jws_digest(struct arena *a, const char *text)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)text, strlen(text), hash);
	return b64url_encode(a, hash, sizeof hash);
}

char *
jws_key_authorization(struct arena *a, const EVP_PKEY *key, const char *token)
{
	return arena_printf(a, "%s.%s", token, jws_digest(a, jws_jwk(a, key)));
}

char *
jws_es256(struct arena *a, EVP_PKEY *key, const char *text)
{
	auto_digest *md = EVP_MD_CTX_new();
	unsigned char der[128], raw[2 * COORDINATE];
	const unsigned char *at = der;
	size_t len = sizeof der;
	auto_ecdsa *sig = NULL;
	int ok;

	ok = EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key);
	assert(ok == 1);
	ok = EVP_DigestSign(md, der, &len, (const unsigned char *)text, strlen(text));
	assert(ok == 1);
	/* OpenSSL gives ASN.1; RFC 7518 §3.4 wants R and S of 32 octets each. */
	sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	assert(sig != NULL);
	ok = BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, COORDINATE);
	assert(ok == COORDINATE);
	ok = BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + COORDINATE, COORDINATE);
	assert(ok == COORDINATE);
	return b64url_encode(a, raw, sizeof raw);
}

/* RSASSA-PKCS1-v1_5, which is OpenSSL's default (RFC 7518 §3.3). */
char *
jws_rs256(struct arena *a, EVP_PKEY *key, const char *text)
{
	auto_digest *md = EVP_MD_CTX_new();
	unsigned char raw[RSA_MOST / 8];
	size_t len = sizeof raw;
	int ok;

	ok = EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key);
	assert(ok == 1);
	ok = EVP_DigestSign(md, raw, &len, (const unsigned char *)text, strlen(text));
	assert(ok == 1);
	return b64url_encode(a, raw, len);
}

char *
jws_hs256(struct arena *a, const struct secret *hmac, const char *text)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	const unsigned char *ok = HMAC(EVP_sha256(), hmac->bytes, (int)hmac->len,
	    (const unsigned char *)text, strlen(text), mac, &len);

	assert(ok != NULL);
	return b64url_encode(a, mac, len);
}

static char *
signing_input(struct arena *a, const json_t *header, const char *payload)
{
	const char *text = json_write(a, header);

	return arena_printf(a, "%s.%s", b64url_encode(a, text, strlen(text)),
	    b64url_encode(a, payload, strlen(payload)));
}

/* RFC 7515 §7.2.2; all three parts are base64url, none needs escaping. */
static char *
flatten(struct arena *a, const char *input, const char *signature)
{
	const char *dot = strchr(input, '.');

	assert(dot != NULL);
	return arena_printf(a, "{\"protected\":\"%.*s\",\"payload\":\"%s\",\"signature\":\"%s\"}",
	    (int)(dot - input), input, dot + 1, signature);
}

char *
jws_sign(struct arena *a, EVP_PKEY *key, const struct jws_header *h, const char *payload)
{
	bool by_rsa = EVP_PKEY_is_a(key, "RSA");
	auto_json *header = json_pack("{s:s}", "alg", by_rsa ? "RS256" : "ES256");
	const char *input;

	if (h->kid != NULL)
		json_object_set_new(header, "kid", json_string(h->kid));
	else
		json_object_set_new(header, "jwk",
		    json_loads(jws_jwk(a, key), 0, NULL));
	if (h->nonce != NULL)
		json_object_set_new(header, "nonce", json_string(h->nonce));
	json_object_set_new(header, "url", json_string(h->url));
	input = signing_input(a, header, payload);
	return flatten(a, input, by_rsa ? jws_rs256(a, key, input) : jws_es256(a, key, input));
}

char *
jws_change(struct arena *a, const EVP_PKEY *old_key, EVP_PKEY *new_key, const char *account, const char *url)
{
	auto_json *payload = json_pack("{s:s}", "account", account);

	assert(payload != NULL);
	json_object_set_new(payload, "oldKey", json_loads(jws_jwk(a, old_key), 0, NULL));
	return jws_sign(a, new_key, &(struct jws_header){ .url = url }, json_write(a, payload));
}

char *
jws_bind(struct arena *a, const EVP_PKEY *key, const char *eab_kid, const struct secret *hmac, const char *url)
{
	auto_json *header = json_pack("{s:s, s:s, s:s}", "alg", "HS256", "kid", eab_kid, "url", url);
	const char *input;

	assert(header != NULL);		/* a kid that is not UTF-8 is no text of the database */
	input = signing_input(a, header, jws_jwk(a, key));
	return flatten(a, input, jws_hs256(a, hmac, input));
}
