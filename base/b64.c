/*
 * Base64 (RFC 4648).  Decoding is strict on purpose: one text for one value,
 * so that two spellings of a token or a nonce can never be taken for equal.
 */
#include <stdint.h>
#include <string.h>
#include "base/b64.h"

static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char plain_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *
encode(struct arena *a, const unsigned char *in, size_t len, const char *alphabet, bool padded)
{
	char *text = arena_alloc(a, (len / 3 + 1) * 4 + 1);
	char *out = text;

	for (; len >= 3; in += 3, len -= 3) {
		uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

		*out++ = alphabet[group >> 18];
		*out++ = alphabet[group >> 12 & 63];
		*out++ = alphabet[group >> 6 & 63];
		*out++ = alphabet[group & 63];
	}
	if (len != 0) {
		uint32_t group = (uint32_t)in[0] << 16 | (len == 2 ? (uint32_t)in[1] << 8 : 0);

		*out++ = alphabet[group >> 18];
		*out++ = alphabet[group >> 12 & 63];
		if (len == 2)
			*out++ = alphabet[group >> 6 & 63];
		for (; padded && len < 3; len++)
			*out++ = '=';
	}
	return text;	/* the arena's bytes are zero: it ends with a NUL */
}

char *
b64url_encode(struct arena *a, const void *bytes, size_t len)
{
	return encode(a, bytes, len, url_alphabet, false);
}

char *
b64_encode(struct arena *a, const void *bytes, size_t len)
{
	return encode(a, bytes, len, plain_alphabet, true);
}

/* Decodes `len` characters without padding. */
static bool
decode(struct arena *a, const char *text, size_t len, const char *alphabet,
    unsigned char **ret_bytes, size_t *ret_len)
{
	unsigned char *bytes, *out;
	uint32_t group = 0;
	unsigned bits = 0;

	if (len % 4 == 1)
		return false;
	bytes = out = arena_alloc(a, len / 4 * 3 + 3);
	for (size_t i = 0; i < len; i++) {
		const char *at = memchr(alphabet, text[i], 64);

		if (at == NULL)
			return false;
		group = group << 6 | (uint32_t)(at - alphabet);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*out++ = (unsigned char)(group >> bits);
			group &= (1u << bits) - 1;
		}
	}
	if (group != 0)		/* RFC 4648 §3.5: left-over bits are zero */
		return false;
	*ret_bytes = bytes;
	*ret_len = (size_t)(out - bytes);
	return true;
}

bool
b64url_decode(struct arena *a, const char *text, unsigned char **ret_bytes, size_t *ret_len)
{
	return decode(a, text, strlen(text), url_alphabet, ret_bytes, ret_len);
}

bool
b64_decode(struct arena *a, const char *text, unsigned char **ret_bytes, size_t *ret_len)
{
	size_t len = strlen(text);

	if (len % 4 != 0)
		return false;
	for (int padding = 0; padding < 2 && len > 0 && text[len - 1] == '='; padding++)
		len--;
	return decode(a, text, len, plain_alphabet, ret_bytes, ret_len);
}
