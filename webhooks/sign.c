/*
 * Signing of webhooks as Standard Webhooks 1.0 has it.  Pure: secret, id, time
 * and body in, header value out.
 */
#include "webhooks/sign.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"

static const char prefix[] = "whsec_";
/* How long a secret should be is judged where it is made; here it only has to be one. */
enum { PREFIX = sizeof prefix - 1, TEXT_MOST = 256 };

const char *
sign_webhook(struct arena *arena, const struct secret *secret, const char *id, int64_t timestamp, const char *body)
{
	const char *content = arena_printf(arena, "%s.%lld.%s", id, (long long)timestamp, body);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned mac_len = 0;

	if (HMAC(EVP_sha256(), secret->bytes, (int)secret->len, (const unsigned char *)content,
	    strlen(content), mac, &mac_len) == NULL)
		abort();	/* only out of memory, or without SHA-256 */
	return arena_printf(arena, "v1,%s", b64_encode(arena, mac, mac_len));
}

bool
sign_read_secret(const struct secret *text, struct secret *ret, struct err *err)
{
	auto_arena *arena = NULL;
	unsigned char *bytes;
	size_t len;

	if (text->len <= PREFIX || text->len > TEXT_MOST || memcmp(text->bytes, prefix, PREFIX) != 0)
		return err_set(err, ERR_delivery_bad_secret, "it does not begin with whsec_, or it is too long");
	arena = arena_new(4 * TEXT_MOST);
	if (!b64_decode(arena, (const char *)text->bytes + PREFIX, &bytes, &len))
		return err_set(err, ERR_delivery_bad_secret, "what follows whsec_ is not base64");
	*ret = secret_copy(bytes, len);
	OPENSSL_cleanse(bytes, len);
	return true;
}
