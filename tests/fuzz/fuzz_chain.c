/*
 * Certificate chains below the PEM, which has a target of its own: for each
 * certificate an octet, two octets of length, and its DER.  Where the octet is
 * odd the certificate is signed anew by the key that a good chain has there,
 * so that what is changed in it is not found by its signature.  OpenSSL's own
 * verification is the oracle: what we take, a client takes.
 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>
#include <string.h>
#include "acme/chain.h"
#include "acme/csr.h"
#include "acme/openssl.h"
#include "acme/pem.h"
#include "base/b64.h"
#include "tests/fuzz/fuzz.h"

#define NOW INT64_C(1800000000)
enum { ARENA = 16 << 20, MOST = CHAIN_MAX_CERTIFICATES + 1 };

static const char *const names[] = { "shop.example.com", "*.shop.example.com", NULL };

/* P-256; the private key is the hash of a word, and no secret. */
static EVP_PKEY *
key_of(const char *word)
{
	unsigned char scalar[SHA256_DIGEST_LENGTH], point[65];
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *public = EC_POINT_new(group);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;
	BIGNUM *private;

	SHA256((const unsigned char *)word, strlen(word), scalar);
	private = BN_bin2bn(scalar, sizeof scalar, NULL);
	assert(EC_POINT_mul(group, public, private, NULL, NULL, NULL) == 1);
	assert(EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point,
		   NULL) == sizeof point);
	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, private);
	OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point);
	params = OSSL_PARAM_BLD_to_param(build);
	assert(EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	EC_POINT_free(public);
	EC_GROUP_free(group);
	BN_free(private);
	return key;
}

static EVP_PKEY *
well_known_key(size_t place)
{
	static const char *const words[] = { "leaf", "middle", "root" };
	static EVP_PKEY *keys[3]; /* for the life of the process */

	if (place > 2)
		place = 2;
	if (keys[place] == NULL)
		keys[place] = key_of(words[place]);
	return keys[place];
}

static void
sign_anew(struct arena *a, struct pem_block *block, size_t place)
{
	const unsigned char *at = block->der;
	auto_x509 *x = d2i_X509(NULL, &at, (long)block->len);
	unsigned char *der = NULL;
	int len;

	if (x == NULL || X509_sign(x, well_known_key(place + 1), EVP_sha256()) <= 0)
		return;
	len = i2d_X509(x, &der);
	if (len <= 0)
		return;
	block->der = arena_memdup(a, der, (size_t)len);
	block->len = (size_t)len;
	OPENSSL_free(der);
}

static size_t
read_blocks(struct arena *a, const uint8_t *data, size_t size, struct pem_block blocks[MOST])
{
	size_t count = 0;

	while (size >= 3 && count < MOST) {
		size_t len = (size_t)data[1] << 8 | data[2];

		if (len > size - 3)
			len = size - 3;
		blocks[count] = (struct pem_block){ arena_memdup(a, data + 3, len), len };
		if (data[0] & 1)
			sign_anew(a, &blocks[count], count);
		count++;
		data += 3 + len;
		size -= 3 + len;
	}
	return count;
}

/* When is for check_facts(): our clock may be ten minutes slow. */
static int
passes(int ok, X509_STORE_CTX *ctx)
{
	int error = X509_STORE_CTX_get_error(ctx);

	return ok || error == X509_V_ERR_CERT_NOT_YET_VALID || error == X509_V_ERR_CERT_HAS_EXPIRED;
}

/* The last certificate is trusted, whatever it is; the clients have theirs. */
static void
check_client_takes(const struct pem_block *blocks, size_t count)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *list = sk_X509_new_null();

	for (size_t i = 0; i < count; i++) {
		const unsigned char *at = blocks[i].der;

		sk_X509_push(list, d2i_X509(NULL, &at, (long)blocks[i].len));
	}
	X509_STORE_add_cert(store, sk_X509_value(list, (int)count - 1));
	X509_STORE_CTX_init(ctx, store, sk_X509_value(list, 0), list);
	X509_STORE_CTX_set_time(ctx, 0, (time_t)NOW);
	X509_STORE_CTX_set_verify_cb(ctx, passes);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
	if (X509_verify_cert(ctx) != 1) {
		fprintf(stderr, "OpenSSL: %s\n",
		    X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
		assert(!"a client refuses what we took");
	}
	assert(X509_check_host(sk_X509_value(list, 0), "shop.example.com", 0, 0, NULL) == 1);
	assert(X509_check_host(sk_X509_value(list, 0), "x.shop.example.com", 0, 0, NULL) == 1);
	assert(X509_check_host(sk_X509_value(list, 0), "example.com", 0, 0, NULL) == 0);
	assert(EVP_PKEY_eq(X509_get0_pubkey(sk_X509_value(list, 0)), well_known_key(0)) == 1);
	sk_X509_pop_free(list, X509_free);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
}

static void
check_facts(const struct chain_facts *f, size_t count)
{
	assert(f->count == count && f->not_before <= NOW + 600 && f->not_after > NOW);
	assert(f->not_after - f->not_before <= INT64_C(86400) * CHAIN_MAX_DAYS);
	assert(strlen(f->serial_hex) >= 2 && strlen(f->serial_hex) <= 40 &&
	    strlen(f->serial_hex) % 2 == 0);
	assert(strspn(f->serial_number, "0123456789") == strlen(f->serial_number) &&
	    f->serial_number[0] != '0');
	assert(strlen(f->sha256) == 64 && strcmp(f->key_type, "p256") == 0);
	for (const char *p = f->issuer; *p != '\0'; p++)
		assert((unsigned char)*p >= ' ' && *p != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *csr;
	auto_arena *a = arena_new(ARENA + 16 * size);
	struct pem_block blocks[MOST];
	size_t count = read_blocks(a, data, size, blocks);
	struct chain_facts facts = { .count = 77 }, again;
	const char *pem = pem_join(a, blocks, count);
	struct err err = { 0 };

	if (csr == NULL) {
		unsigned char *der;
		size_t len;

		assert(csr_make(a, well_known_key(0), names, NULL, &der, &len, NULL));
		csr = xstrdup(b64url_encode(a, der, len));
	}
	if (!chain_check(a, pem, csr, names, NOW, &facts, &err)) {
		fuzz_check_err(&err);
		assert(strncmp(err.code, "chain_", 6) == 0 && facts.count == 77);
	} else {
		check_facts(&facts, count);
		check_client_takes(blocks, count);
		assert(strcmp(facts.pem, pem) == 0);
		assert(chain_check(a, facts.pem, csr, names, NOW, &again, NULL) &&
		    again.count == count);
	}
	ERR_clear_error();
	return 0;
}
