/* JSON Web Signatures: the vectors of RFC 7515 and RFC 7638, and what of our
 * own OpenSSL says. */
#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>
#include "acme/jws.h"
#include "acme/openssl.h"
#include "base/b64.h"
#include "base/json.h"

/* RFC 7515 appendix A.3.1 */
#define A3_KEY "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIffH1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/" \
	"zc4ncPbEXUGDy+5v20t7WAczNXvp7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt"
#define A3_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define A3_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define A3_INPUT "eyJhbGciOiJFUzI1NiJ9." \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define A3_SIGNATURE "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
/* RFC 7515 appendix A.1.1 */
#define A1_KEY "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define A1_INPUT "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define A1_SIGNATURE "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

static struct secret
secret_of(struct arena *a, const char *base64)
{
	unsigned char *bytes;
	size_t len;

	cr_assert(b64_decode(a, base64, &bytes, &len));
	return secret_copy(bytes, len);
}

static EVP_PKEY *
a3_key(struct arena *a)
{
	auto_secret der = secret_of(a, A3_KEY);
	EVP_PKEY *key = jws_key_read(&der, NULL);

	cr_assert_not_null(key);
	return key;
}

static bool
is_signed(struct arena *a, EVP_PKEY *key, const char *text, const char *signature)
{
	auto_ecdsa *sig = ECDSA_SIG_new();
	auto_digest *md = EVP_MD_CTX_new();
	unsigned char *raw, *der = NULL;
	size_t len;
	int der_len, ok;

	cr_assert(b64url_decode(a, signature, &raw, &len));
	cr_assert_eq(len, 64);
	ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
	der_len = i2d_ECDSA_SIG(sig, &der);
	cr_assert_eq(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key), 1);
	ok = EVP_DigestVerify(md, der, (size_t)der_len, (const unsigned char *)text, strlen(text));
	OPENSSL_free(der);
	return ok == 1;
}

/* A member of a JWS, decoded. */
static json_t *
part_of(struct arena *a, const json_t *jws, const char *member)
{
	unsigned char *bytes;
	size_t len;

	cr_assert(b64url_decode(a, json_str(jws, member), &bytes, &len));
	return json_loadb((const char *)bytes, len, 0, NULL);
}

static const char *
input_of(struct arena *a, const json_t *jws)
{
	return arena_printf(a, "%s.%s", json_str(jws, "protected"), json_str(jws, "payload"));
}

Test(jws, the_key_of_rfc_7515_reads_as_its_jwk)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *key = a3_key(a);

	cr_assert_str_eq(jws_jwk(a, key), "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" A3_X "\",\"y\":\"" A3_Y "\"}");
}

Test(jws, the_thumbprint_is_that_of_rfc_7638)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *key = a3_key(a);

	/* RFC 7638 §3.1, whose key is RSA; and our kind of key, hashed by hand */
	cr_assert_str_eq(jws_digest(a, "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2"
	    "aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9"
	    "yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9"
	    "1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJz"
	    "KnqDKgw\"}"), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	cr_assert_str_eq(jws_digest(a, jws_jwk(a, key)), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

Test(jws, a_key_authorization_binds_token_and_key)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *key = a3_key(a);

	cr_assert_str_eq(jws_key_authorization(a, key, "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"),
	    "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

Test(jws, hs256_gives_the_signature_of_rfc_7515_a_1)
{
	auto_arena *a = arena_new(1 << 16);
	auto_secret key = { 0 };
	unsigned char *bytes;
	size_t len;

	cr_assert(b64url_decode(a, A1_KEY, &bytes, &len));
	key = secret_copy(bytes, len);
	cr_assert_str_eq(jws_hs256(a, &key, A1_INPUT), A1_SIGNATURE);
}

Test(jws, es256_verifies_as_the_signature_of_rfc_7515_a_3_does)
{
	auto_arena *a = arena_new(1 << 20);
	auto_pkey *key = a3_key(a);

	cr_assert(is_signed(a, key, A3_INPUT, A3_SIGNATURE), "this test cannot verify");
	for (int i = 0; i < 300; i++) {		/* R or S is short in one of 128 */
		const char *text = arena_printf(a, "%s%d", A3_INPUT, i);
		const char *signature = jws_es256(a, key, text);

		cr_assert(is_signed(a, key, text, signature));
		cr_assert_not(is_signed(a, key, A3_INPUT, signature));
	}
}

Test(jws, a_request_names_the_account_and_is_signed)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *key = a3_key(a);
	const struct jws_header h = { .url = "https://ca.test/order", .nonce = "n-1", .kid = "https://ca.test/acct/\"1" };
	const char *body = jws_sign(a, key, &h, "{\"a\":1}");
	auto_json *jws = json_loads(body, 0, NULL), *head = part_of(a, jws, "protected"), *payload = part_of(a, jws, "payload");

	cr_assert_eq(json_object_size(jws), 3);
	cr_assert_eq(json_object_size(head), 4);
	cr_assert_str_eq(json_str(head, "alg"), "ES256");
	cr_assert_str_eq(json_str(head, "kid"), h.kid);
	cr_assert_str_eq(json_str(head, "nonce"), h.nonce);
	cr_assert_str_eq(json_str(head, "url"), h.url);
	cr_assert_eq(json_int(payload, "a", 0), 1);
	cr_assert(is_signed(a, key, input_of(a, jws), json_str(jws, "signature")));
}

Test(jws, a_new_account_shows_the_key_instead)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *key = a3_key(a);
	const struct jws_header h = { .url = "https://ca.test/new", .nonce = "n" };
	auto_json *jws = json_loads(jws_sign(a, key, &h, ""), 0, NULL), *head = part_of(a, jws, "protected");
	const json_t *jwk = json_object_get(head, "jwk");

	cr_assert_null(json_object_get(head, "kid"));
	cr_assert_eq(json_object_size(jwk), 4);
	cr_assert_str_eq(json_str(jwk, "x"), A3_X);
	cr_assert_str_eq(json_str(jwk, "y"), A3_Y);
	cr_assert_str_eq(json_str(jws, "payload"), "");
}

Test(jws, an_external_account_is_bound_with_its_own_key_and_without_a_nonce)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *key = a3_key(a);
	auto_secret hmac = secret_copy("0123456789abcdef", 16);
	auto_json *jws = json_loads(jws_bind(a, key, "kid-1", &hmac, "https://ca.test/new"), 0, NULL);
	auto_json *head = part_of(a, jws, "protected"), *payload = part_of(a, jws, "payload");

	cr_assert_eq(json_object_size(head), 3);
	cr_assert_str_eq(json_str(head, "alg"), "HS256");
	cr_assert_str_eq(json_str(head, "kid"), "kid-1");
	cr_assert_str_eq(json_str(head, "url"), "https://ca.test/new");
	cr_assert_str_eq(json_str(payload, "x"), A3_X);
	cr_assert_str_eq(json_str(jws, "signature"), jws_hs256(a, &hmac, input_of(a, jws)));
}

static struct secret
pkcs8_of(EVP_PKEY *key)
{
	auto_pkcs8 *info = EVP_PKEY2PKCS8(key);
	unsigned char *der = NULL;
	int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	struct secret s = secret_copy(der, (size_t)len);

	OPENSSL_free(der);
	return s;
}

Test(jws, only_p256_in_pkcs8_is_an_account_key)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *p384 = EVP_EC_gen("P-384"), *rsa = EVP_RSA_gen(2048);
	struct secret bad[] = { { 0 }, secret_copy("x", 1), secret_copy("", 0), pkcs8_of(p384), pkcs8_of(rsa), secret_of(a, A3_KEY) };

	bad[5].len -= 40;		/* cut off */
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err err = { 0 };

		cr_assert_null(jws_key_read(&bad[i], &err), "%zu", i);
		cr_assert_str_eq(err.code, "acme_account_key");
		cr_assert_eq(err.blame, BLAME_US);
		secret_free(&bad[i]);
	}
}

/* ---- keys of certificates ---------------------------------------------------- */

/* RFC 7638 §3.1 */
#define RSA_N "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3" \
	"oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q" \
	"MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"

static EVP_PKEY *
public_rsa(struct arena *a, const char *n_text, const char *e_text)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	auto_bignum *n = NULL, *e = NULL;
	unsigned char *bytes;
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;
	size_t len;

	cr_assert(b64url_decode(a, n_text, &bytes, &len));
	n = BN_bin2bn(bytes, (int)len, NULL);
	cr_assert(b64url_decode(a, e_text, &bytes, &len));
	e = BN_bin2bn(bytes, (int)len, NULL);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_fromdata_init(ctx);
	cr_assert_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

Test(jws, the_thumbprint_of_an_rsa_key_is_that_of_rfc_7638)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *key = public_rsa(a, RSA_N, "AQAB");

	cr_assert_str_eq(jws_jwk(a, key), "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"" RSA_N "\"}");
	cr_assert_str_eq(jws_digest(a, jws_jwk(a, key)), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

Test(jws, an_rsa_certificate_signs_with_rs256)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *made = EVP_RSA_gen(2048), *key = NULL;
	auto_secret der = pkcs8_of(made);
	auto_digest *md = EVP_MD_CTX_new();
	unsigned char *raw;
	const char *input;
	size_t len;

	key = jws_certificate_key_read(&der, NULL);
	cr_assert_not_null(key);
	auto_json *jws = json_loads(jws_sign(a, key, &(struct jws_header){ .url = "https://ca.test/r", .nonce = "n" }, "{}"), 0, NULL);
	auto_json *head = part_of(a, jws, "protected");

	cr_assert_str_eq(json_str(head, "alg"), "RS256");
	cr_assert_str_eq(json_str(json_object_get(head, "jwk"), "kty"), "RSA");
	cr_assert(b64url_decode(a, json_str(jws, "signature"), &raw, &len));
	cr_assert_eq(len, 256);
	input = input_of(a, jws);
	cr_assert_eq(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, made), 1);
	cr_assert_eq(EVP_DigestVerify(md, raw, len, (const unsigned char *)input, strlen(input)), 1);
}

Test(jws, the_key_of_a_certificate_is_p256_or_rsa_of_2048_bits)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *p384 = EVP_EC_gen("P-384"), *small = EVP_RSA_gen(1024), *p256 = NULL;
	struct secret bad[] = { { 0 }, secret_copy("x", 1), pkcs8_of(p384), pkcs8_of(small) };
	auto_secret good = secret_of(a, A3_KEY);

	p256 = jws_certificate_key_read(&good, NULL);
	cr_assert_not_null(p256);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err err = { 0 };

		cr_assert_null(jws_certificate_key_read(&bad[i], &err), "%zu", i);
		cr_assert_str_eq(err.code, "acme_certificate_key");
		secret_free(&bad[i]);
	}
}

Test(jws, a_change_of_keys_is_signed_by_the_new_one_about_the_old_one)
{
	auto_arena *a = arena_new(1 << 16);
	auto_pkey *old = a3_key(a), *new = EVP_EC_gen("P-256");
	auto_json *jws = json_loads(jws_change(a, old, new, "https://ca.test/acct/1", "https://ca.test/change"), 0, NULL);
	auto_json *head = part_of(a, jws, "protected"), *payload = part_of(a, jws, "payload");

	cr_assert_eq(json_object_size(head), 3);
	cr_assert_str_eq(json_str(head, "alg"), "ES256");
	cr_assert_str_eq(json_str(head, "url"), "https://ca.test/change");
	cr_assert_str_eq(json_write(a, json_object_get(head, "jwk")), jws_jwk(a, new));
	cr_assert_eq(json_object_size(payload), 2);
	cr_assert_str_eq(json_str(payload, "account"), "https://ca.test/acct/1");
	cr_assert_str_eq(json_write(a, json_object_get(payload, "oldKey")), jws_jwk(a, old));
	cr_assert(is_signed(a, new, input_of(a, jws), json_str(jws, "signature")));
}
