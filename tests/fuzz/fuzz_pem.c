/* A PEM chain as text: OpenSSL finds in what we write of it the same certificates. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include "acme/pem.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 8 << 20 };

static void
check_openssl_agrees(const char *pem, const struct pem_block *blocks, size_t count)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	unsigned char *der;
	char *label, *header;
	size_t found = 0;
	long len;

	while (PEM_read_bio(bio, &label, &header, &der, &len) == 1) {
		assert(found < count && strcmp(label, "CERTIFICATE") == 0 && *header == '\0');
		assert((size_t)len == blocks[found].len &&
		    memcmp(der, blocks[found].der, blocks[found].len) == 0);
		found++;
		OPENSSL_free(label);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	assert(found == count);
	ERR_clear_error();
	BIO_free(bio);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA + 8 * size);
	struct pem_block blocks[CHAIN_MAX_CERTIFICATES], again[CHAIN_MAX_CERTIFICATES];
	size_t count = 77, count_again;
	const char *text = fuzz_text(a, data, size), *pem;
	struct err err = { 0 };

	if (!pem_split(a, text, blocks, &count, &err)) {
		fuzz_check_err(&err);
		assert(strncmp(err.code, "chain_", 6) == 0 && count == 77);
		return 0;
	}
	assert(strlen(text) <= CHAIN_MAX_BYTES && strstr(text, "PRIVATE KEY") == NULL);
	assert(count >= 1 && count <= CHAIN_MAX_CERTIFICATES);
	pem = pem_join(a, blocks, count);
	check_openssl_agrees(pem, blocks, count);
	assert(pem_split(a, pem, again, &count_again, NULL) && count_again == count);
	for (size_t i = 0; i < count; i++) {
		assert(blocks[i].len >= 1 && blocks[i].len <= CHAIN_MAX_DER &&
		    blocks[i].len == again[i].len);
		assert(memcmp(blocks[i].der, again[i].der, blocks[i].len) == 0);
	}
	assert(strcmp(pem_join(a, again, count), pem) == 0);
	return 0;
}
