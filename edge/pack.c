/*
 * From a question to a pack: names are checked, keys are opened and proven to
 * belong to their certificates, everything is written anew as PEM, so that
 * nothing but certificates and keys can come into the files.
 */
#include "edge/pack.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/name.h"
#include "io/seal.h"

enum { UUID_LEN = 36, MOST_DIGITS = 18, MOST_CHAIN = 1 << 20, MOST_CERTIFICATES = 16 };

static inline void bio_cleanup(BIO **p) { BIO_free_all(*p); }
static inline void x509_cleanup(X509 **p) { X509_free(*p); }
static inline void pkey_cleanup(EVP_PKEY **p) { EVP_PKEY_free(*p); }
#define auto_bio __attribute__((cleanup(bio_cleanup))) BIO
#define auto_x509 __attribute__((cleanup(x509_cleanup))) X509
#define auto_pkey __attribute__((cleanup(pkey_cleanup))) EVP_PKEY

static const char *const kind_names[PACK_KINDS] = { "ecdsa", "rsa" };

/* ---- names ---------------------------------------------------------------- */

static bool
is_uuid(const char *text)
{
	size_t i;

	for (i = 0; i < UUID_LEN && text[i] != '\0'; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : strchr("0123456789abcdef", text[i]) == NULL)
			return false;
	}
	return i == UUID_LEN && text[i] == '\0';
}

/* Decimal from 1 on, without leading zeros: a number has one spelling. */
static bool
read_version(const char *text, uint64_t *ret)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > MOST_DIGITS || text[len] != '\0' || text[0] == '0')
		return false;
	*ret = strtoull(text, NULL, 10);
	return true;
}

bool
pack_folder_version(const struct pack *p, const char *folder, uint64_t *ret)
{
	return strncmp(folder, p->certificate_id, UUID_LEN) == 0 && folder[UUID_LEN] == '-' &&
	    read_version(folder + UUID_LEN + 1, ret);
}

bool
pack_name(struct pack *ret, struct arena *arena, const struct edge_question *q, struct err *err)
{
	const char *name = name_canonical(arena, q->hostname, (struct name_rules){ .wildcard = false }, err);
	uint64_t version;

	if (name == NULL || strcmp(name, q->hostname) != 0)
		return err_set(err, ERR_edge_bad_pack, "the hostname is not canonical");
	if (!is_uuid(q->certificate_id))
		return err_set(err, ERR_edge_bad_pack, "the certificate's id is not a uuid");
	if (!read_version(q->version, &version))
		return err_set(err, ERR_edge_bad_pack, "the version is not a number");
	*ret = (struct pack){
		.certificate_id = arena_strdup(arena, q->certificate_id), .version = version,
		.folder = arena_printf(arena, "%s-%s", q->certificate_id, q->version),
		.hostname = name, .wildcard = q->wildcard,
		.links = { name, arena_printf(arena, "_wildcard.%s", name) },
	};
	return true;
}

/* ---- certificates and keys ------------------------------------------------ */

static bool
bad_pair(struct arena *arena, enum pack_kind kind, const char *why, struct err *err)
{
	ERR_clear_error();
	return err_set(err, ERR_edge_bad_pack, arena_printf(arena, "%s: %s", kind_names[kind], why));
}

/* The chain written anew; the first certificate is handed out too. */
static bool
read_chain(struct arena *arena, const char *text, const char **ret_pem, X509 **ret_leaf)
{
	auto_bio *in = BIO_new_mem_buf(text, (int)strnlen(text, MOST_CHAIN));
	auto_bio *out = BIO_new(BIO_s_mem());
	auto_x509 *leaf = NULL;
	char *pem;
	long len;

	for (int n = 0; n < MOST_CERTIFICATES; n++) {
		auto_x509 *one = PEM_read_bio_X509(in, NULL, NULL, NULL);

		if (one == NULL)
			break;
		if (PEM_write_bio_X509(out, one) != 1)
			abort();
		if (leaf == NULL) {
			leaf = one;
			one = NULL;
		}
	}
	ERR_clear_error();	/* the end of the text is an error to OpenSSL */
	if (leaf == NULL)
		return false;
	len = BIO_get_mem_data(out, &pem);
	*ret_pem = arena_strndup(arena, pem, (size_t)len);
	*ret_leaf = leaf;
	leaf = NULL;
	return true;
}

/* OpenSSL would ask the terminal otherwise. */
static int
no_passphrase(char *buffer, int size, int writing, void *arg)
{
	(void)buffer, (void)size, (void)writing, (void)arg;
	return 0;
}

/* A key in clear, DER or PEM. */
static EVP_PKEY *
read_key(const struct secret *clear)
{
	const unsigned char *der = clear->bytes;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &der, (long)clear->len);

	if (key == NULL) {
		auto_bio *in = BIO_new_mem_buf(clear->bytes, (int)clear->len);

		key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
	}
	ERR_clear_error();
	return key;
}

/* A memory BIO cleanses what it frees. */
static struct secret
write_key(const EVP_PKEY *key)
{
	auto_bio *out = BIO_new(BIO_s_mem());
	char *pem;
	long len;

	if (PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) != 1)
		abort();
	len = BIO_get_mem_data(out, &pem);
	return secret_copy(pem, (size_t)len);
}

static EVP_PKEY *
open_key(struct arena *arena, const struct seal *seal, const struct edge_pair *pair, struct err *err)
{
	auto_secret clear = { 0 };
	unsigned char *sealed;
	size_t len;
	EVP_PKEY *key;

	if (pair->key == NULL || !b64_decode(arena, pair->key, &sealed, &len)) {
		err_set(err, ERR_seal_broken, "the sealed key is missing or not base64");
		return NULL;
	}
	if (!seal_unlock(seal, pair->key_identity, sealed, len, &clear, err))
		return NULL;
	key = read_key(&clear);
	if (key == NULL)
		err_set(err, ERR_edge_bad_pack, "the key is not a private key");
	return key;
}

static void
copy_leaf(struct arena *arena, X509 *leaf, struct pack_pair *ret)
{
	unsigned char *der = NULL;
	int len = i2d_X509(leaf, &der);

	if (len <= 0)
		abort();
	ret->leaf = arena_memdup(arena, der, (size_t)len);
	ret->leaf_len = (size_t)len;
	OPENSSL_free(der);
}

static bool
open_pair(struct pack_pair *ret, struct arena *arena, const struct seal *seal, enum pack_kind kind,
    const struct edge_pair *pair, struct err *err)
{
	static const int types[PACK_KINDS] = { EVP_PKEY_EC, EVP_PKEY_RSA };
	auto_x509 *leaf = NULL;
	auto_pkey *key = NULL;

	if (pair->chain == NULL)
		return true;
	if (!read_chain(arena, pair->chain, &ret->chain, &leaf))
		return bad_pair(arena, kind, "the chain has no certificate", err);
	key = open_key(arena, seal, pair, err);
	if (key == NULL)
		return false;
	if (EVP_PKEY_get_base_id(key) != types[kind])
		return bad_pair(arena, kind, "the key is of another type", err);
	if (X509_check_private_key(leaf, key) != 1)
		return bad_pair(arena, kind, "the key does not belong to the certificate", err);
	ret->key = write_key(key);
	copy_leaf(arena, leaf, ret);
	return true;
}

bool
pack_open(struct pack *ret, struct arena *arena, const struct seal *seal, const struct edge_question *q,
    struct err *err)
{
	struct pack pack = { 0 };

	if (!pack_name(&pack, arena, q, err))
		return false;
	if (q->ecdsa.chain == NULL && q->rsa.chain == NULL)
		return err_set(err, ERR_edge_bad_pack, "it has no certificate");
	if (!open_pair(&pack.pairs[PACK_ECDSA], arena, seal, PACK_ECDSA, &q->ecdsa, err) ||
	    !open_pair(&pack.pairs[PACK_RSA], arena, seal, PACK_RSA, &q->rsa, err)) {
		pack_free(&pack);
		return false;
	}
	*ret = pack;
	return true;
}

void
pack_free(struct pack *p)
{
	for (size_t i = 0; i < PACK_KINDS; i++)
		secret_free(&p->pairs[i].key);
}
