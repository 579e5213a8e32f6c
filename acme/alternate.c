/* Reading Link headers and the issuers of a chain. */
#include <openssl/err.h>
#include <string.h>
#include <strings.h>
#include "acme/alternate.h"
#include "acme/openssl.h"
#include "acme/pem.h"
#include "acme/read.h"

enum { PEM_BYTES = 1 << 20 };

/* ---- Link ------------------------------------------------------------------- */

/* Is "alternate" one of the relations of `value`?  They are parted by spaces. */
static bool
has_alternate(const char *value, size_t len)
{
	static const char word[] = "alternate";

	for (const char *end = value + len; value < end;) {
		size_t n = 0;

		while (value + n < end && value[n] != ' ')
			n++;
		if (n == strlen(word) && strncasecmp(value, word, n) == 0)
			return true;
		value += n + 1;
	}
	return false;
}

/* The value of a parameter, quoted or not; *at is then behind it. */
static const char *
take_value(const char **at, size_t *ret_len)
{
	const char *value = *at;

	if (*value == '"') {
		value++;
		*ret_len = strcspn(value, "\"");
		*at = value + *ret_len + (value[*ret_len] == '"');
	} else {
		*ret_len = strcspn(value, "; ,\t");
		*at = value + *ret_len;
	}
	return value;
}

/* All parameters of one link, up to its comma. */
static bool
take_parameters(const char **at)
{
	bool is_alternate = false, has_rel = false;
	const char *p = *at;

	while (*p != '\0' && *p != ',') {
		const char *name, *value;
		size_t name_len, len = 0;

		p += strspn(p, "; \t");
		name = p;
		name_len = strcspn(p, "=;, \t");
		p += name_len;
		if (*p == '=') {
			p++;
			value = take_value(&p, &len);
			/* The first one counts (RFC 8288 §3.3). */
			if (name_len == 3 && strncasecmp(name, "rel", 3) == 0 && !has_rel) {
				has_rel = true;
				is_alternate = has_alternate(value, len);
			}
		}
	}
	*at = p;
	return is_alternate;
}

char *
alternate_next(struct arena *a, const char **at)
{
	const char *p = *at;

	for (;;) {
		const char *url, *end;

		p += strspn(p, ", \t");
		if (*p != '<' || (end = strchr(p, '>')) == NULL) {
			*at = p + strlen(p);	/* what follows cannot be trusted to be a link */
			return NULL;
		}
		url = p + 1;
		p = end + 1;
		if (take_parameters(&p) && end - url <= URL_MOST) {
			*at = p;
			return arena_strndup(a, url, (size_t)(end - url));
		}
	}
}

/* ---- issuers ---------------------------------------------------------------- */

static bool
is_issued_by(const struct pem_block *block, const char *common_name)
{
	const unsigned char *der = block->der;
	auto_x509 *cert = d2i_X509(NULL, &der, (long)block->len);
	const X509_NAME *issuer = cert != NULL ? X509_get_issuer_name(cert) : NULL;
	int at = issuer != NULL ? X509_NAME_get_index_by_NID(issuer, NID_commonName, -1) : -1;
	unsigned char *text = NULL;
	bool is_same;
	int len;

	if (at < 0)
		return false;
	len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(issuer, at)));
	is_same = len > 0 && (size_t)len == strlen(common_name) &&
	    strncasecmp((const char *)text, common_name, (size_t)len) == 0;
	OPENSSL_free(text);
	return is_same;
}

bool
alternate_has_issuer(const char *pem, const char *common_name)
{
	struct pem_block blocks[CHAIN_MAX_CERTIFICATES] = { 0 };
	auto_arena *scratch = arena_new(PEM_BYTES);
	bool found = false;
	size_t count;

	if (!pem_split(scratch, pem, blocks, &count, NULL))
		return false;
	for (size_t i = 0; i < count && !found; i++)
		found = is_issued_by(&blocks[i], common_name);
	ERR_clear_error();
	return found;
}
