/* Taking apart and putting together a PEM chain. */
#include <string.h>
#include "acme/pem.h"
#include "base/b64.h"
#include "base/buf.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"
#define WHITE " \t\r\n"

static bool
starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Base64 of one block, line ends taken out; NULL: a character that has no
 * place there. */
static char *
gather(struct arena *a, const char *text, size_t len)
{
	char *out = arena_alloc(a, len + 1), *at = out;

	for (size_t i = 0; i < len; i++) {
		if (strchr(WHITE, text[i]) != NULL)
			continue;
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] > '~')
			return NULL;
		*at++ = text[i];
	}
	return out;
}

static bool
read_block(struct arena *a, const char *text, size_t len, struct pem_block *ret, struct err *ret_err)
{
	char *base64;

	/* four characters for three octets, and a line end after each 64 */
	if (len > CHAIN_MAX_DER / 3 * 4 + CHAIN_MAX_DER / 24)
		return err_set(ret_err, ERR_chain_certificate_too_large, NULL);
	base64 = gather(a, text, len);
	if (base64 == NULL || !b64_decode(a, base64, &ret->der, &ret->len) || ret->len == 0)
		return err_set(ret_err, ERR_chain_unreadable, "a block is not base64");
	if (ret->len > CHAIN_MAX_DER)
		return err_set(ret_err, ERR_chain_certificate_too_large, NULL);
	return true;
}

bool
pem_split(struct arena *a, const char *pem, struct pem_block ret[CHAIN_MAX_CERTIFICATES], size_t *ret_count,
    struct err *ret_err)
{
	struct pem_block found[CHAIN_MAX_CERTIFICATES] = { 0 };
	const char *at = pem;
	size_t count = 0;

	if (strnlen(pem, CHAIN_MAX_BYTES + 1) > CHAIN_MAX_BYTES)
		return err_set(ret_err, ERR_chain_too_large, NULL);
	if (strstr(pem, "PRIVATE KEY") != NULL)
		return err_set(ret_err, ERR_chain_private_key, NULL);
	for (;;) {
		const char *end;

		at += strspn(at, WHITE);
		if (*at == '\0')
			break;
		if (!starts_with(at, BEGIN))
			return err_set(ret_err, ERR_chain_junk, NULL);
		if (count == CHAIN_MAX_CERTIFICATES)
			return err_set(ret_err, ERR_chain_too_long, NULL);
		at += strlen(BEGIN);
		end = strstr(at, "-----");
		if (end == NULL || !starts_with(end, END))
			return err_set(ret_err, ERR_chain_unreadable, "a block does not end");
		if (!read_block(a, at, (size_t)(end - at), &found[count], ret_err))
			return false;
		count++;
		at = end + strlen(END);
	}
	if (count == 0)
		return err_set(ret_err, ERR_chain_empty, NULL);
	memcpy(ret, found, sizeof found);
	*ret_count = count;
	return true;
}

char *
pem_join(struct arena *a, const struct pem_block *blocks, size_t count)
{
	auto_buf text = { 0 };

	buf_init(&text, 2 * CHAIN_MAX_BYTES);
	for (size_t i = 0; i < count; i++) {
		const char *base64 = b64_encode(a, blocks[i].der, blocks[i].len);

		buf_puts(&text, BEGIN "\n");
		for (size_t left = strlen(base64); left != 0;) {
			size_t n = left < 64 ? left : 64;

			buf_add(&text, base64, n);
			buf_puts(&text, "\n");
			base64 += n;
			left -= n;
		}
		buf_puts(&text, END "\n");
	}
	return arena_strndup(a, text.data, text.len);
}
