/* Base64 both ways: one text for one value. */
#include <string.h>
#include "base/b64.h"
#include "tests/fuzz/fuzz.h"

typedef char *encoder(struct arena *, const void *, size_t);
typedef bool decoder(struct arena *, const char *, unsigned char **, size_t *);

static void
check(struct arena *a, encoder *encode, decoder *decode, const uint8_t *data, size_t size)
{
	const char *text = encode(a, data, size), *input = fuzz_text(a, data, size);
	unsigned char *bytes = NULL;
	size_t len = 77;

	assert(decode(a, text, &bytes, &len) && len == size);
	assert(size == 0 || memcmp(bytes, data, size) == 0);
	bytes = NULL;
	len = 77;
	if (decode(a, input, &bytes, &len))
		assert(bytes[len] == '\0' && strcmp(encode(a, bytes, len), input) == 0);
	else
		assert(bytes == NULL && len == 77);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new((1 << 16) + 32 * size);

	check(a, b64url_encode, b64url_decode, data, size);
	check(a, b64_encode, b64_decode, data, size);
	return 0;
}
