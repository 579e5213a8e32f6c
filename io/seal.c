/*
 * AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits: good for 2^32
 * secrets under one key, far more than there will ever be.
 */
#include "io/seal.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "io/secret_file.h"

enum { VERSION = 1, KEY = 32, NONCE = 12, TAG = 16, HEAD = 1 + NONCE + TAG, MOST_FILE = 4096 };

struct seal {
	unsigned char key[KEY];
};

static void
cipher_cleanup(EVP_CIPHER_CTX **c)
{
	EVP_CIPHER_CTX_free(*c);
}
#define auto_cipher __attribute__((cleanup(cipher_cleanup))) EVP_CIPHER_CTX

struct seal *
seal_open_file(const char *path, struct err *err)
{
	auto_secret key = { 0 };
	const char *problem = secret_file_read(path, MOST_FILE, &key);
	struct seal *s;

	if (problem == NULL && key.len != KEY)
		problem = "the key file does not hold exactly 32 bytes";
	if (problem != NULL) {
		err_set(err, ERR_key_file, problem);
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	memcpy(s->key, key.bytes, KEY);
	return s;
}

void
seal_close(struct seal *s)
{
	if (s == NULL)
		return;
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}

void
seal_lock(const struct seal *s, struct arena *arena, const char *identity, const void *bytes, size_t len,
    unsigned char **ret_sealed, size_t *ret_len)
{
	auto_cipher *c = EVP_CIPHER_CTX_new();
	unsigned char *sealed = arena_alloc(arena, HEAD + len);
	unsigned char *nonce = sealed + 1, *tag = nonce + NONCE, *text = tag + TAG;
	size_t identity_len = strlen(identity);
	int n = 0;

	assert(len <= INT_MAX - TAG && identity_len <= INT_MAX);
	sealed[0] = VERSION;
	random_bytes(nonce, NONCE);
	/* With sizes of ours these fail for want of memory only. */
	if (c == NULL || !EVP_EncryptInit_ex2(c, EVP_aes_256_gcm(), s->key, nonce, NULL) ||
	    !EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)identity, (int)identity_len) ||
	    (len > 0 && !EVP_EncryptUpdate(c, text, &n, bytes, (int)len)) ||
	    !EVP_EncryptFinal_ex(c, text + len, &n) ||
	    !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, tag))
		abort();
	*ret_sealed = sealed;
	*ret_len = HEAD + len;
}

/* Into `out`, which holds what remains of `len` without the head. */
static bool
open_sealed(const struct seal *s, const char *identity, const unsigned char *sealed, size_t len,
    unsigned char *out)
{
	auto_cipher *c = EVP_CIPHER_CTX_new();
	const unsigned char *nonce = sealed + 1, *tag = nonce + NONCE, *text = tag + TAG;
	unsigned char own_tag[TAG];
	int n = 0, rest = 0;

	memcpy(own_tag, tag, TAG);	/* OpenSSL asks for a writable one */
	return c != NULL && EVP_DecryptInit_ex2(c, EVP_aes_256_gcm(), s->key, nonce, NULL) &&
	    EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)identity, (int)strlen(identity)) &&
	    (len == HEAD || EVP_DecryptUpdate(c, out, &rest, text, (int)(len - HEAD))) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, own_tag) &&
	    EVP_DecryptFinal_ex(c, out + rest, &n) > 0;
}

bool
seal_unlock(const struct seal *s, const char *identity, const unsigned char *sealed, size_t len,
    struct secret *ret, struct err *err)
{
	unsigned char *out;
	bool is_open;

	if (len < HEAD || len - HEAD > INT_MAX - TAG)
		return err_set(err, ERR_seal_broken, "its length is wrong");
	if (sealed[0] != VERSION)
		return err_set(err, ERR_seal_broken, "its version is unknown");
	out = xcalloc(len - HEAD + 1, 1);
	is_open = open_sealed(s, identity, sealed, len, out);
	if (is_open)
		*ret = secret_copy(out, len - HEAD);
	OPENSSL_cleanse(out, len - HEAD + 1);
	free(out);
	ERR_clear_error();	/* else the next user of OpenSSL finds our failure */
	return is_open || err_set(err, ERR_seal_broken, "another key, another row, or damage");
}

void
random_bytes(void *out, size_t len)
{
	unsigned char *at = out;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		at += n;
		len -= (size_t)n;
	}
}
