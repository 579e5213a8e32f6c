/*
 * AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits: good for 2^32
 * secrets under one key, far more than there will ever be.
 */
#include "io/seal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 1, KEY = 32, NONCE = 12, TAG = 16, HEAD = 1 + NONCE + TAG };

struct seal {
	unsigned char key[KEY];
};

static void
cipher_cleanup(EVP_CIPHER_CTX **c)
{
	EVP_CIPHER_CTX_free(*c);
}
#define auto_cipher __attribute__((cleanup(cipher_cleanup))) EVP_CIPHER_CTX

static void
file_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define auto_file __attribute__((cleanup(file_cleanup))) int

/* Reads up to `size` octets; -1 on an error. */
static ssize_t
read_up_to(int fd, unsigned char *out, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, out + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* What is wrong with the file, or NULL and its first octets in `out`. */
static const char *
read_key(const char *path, unsigned char out[KEY + 1])
{
	/* Without O_NONBLOCK a FIFO would make us wait for its writer. */
	auto_file fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t len;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return "the key file does not exist";
	if (fd < 0 && errno == EACCES)
		return "this user may not read the key file";
	if (fd < 0 || fstat(fd, &st) != 0)
		return "the key file cannot be opened";
	if (!S_ISREG(st.st_mode))
		return "the key file is not a regular file";
	if ((st.st_mode & 077) != 0)
		return "the key file is open to its group or to others; use chmod 600";
	len = read_up_to(fd, out, KEY + 1);
	if (len < 0)
		return "the key file cannot be read";
	if (len != KEY)
		return "the key file does not hold exactly 32 bytes";
	return NULL;
}

struct seal *
seal_open_file(const char *path, struct err *err)
{
	unsigned char bytes[KEY + 1];
	const char *problem = read_key(path, bytes);
	struct seal *s = NULL;

	if (problem == NULL) {
		s = xcalloc(1, sizeof(*s));
		memcpy(s->key, bytes, KEY);
	} else {
		err_set(err, ERR_key_file, problem);
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
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
