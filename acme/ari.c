/*
 * Renewal information.  A window that lies in the past is the CA's way to say
 * "now", as it does before it revokes; one that lies beyond the certificate's
 * life would have us do nothing until it is too late, and is not obeyed.
 */
#include <openssl/err.h>
#include <string.h>
#include "acme/ari.h"
#include "acme/openssl.h"
#include "acme/pem.h"
#include "acme/problem.h"
#include "base/b64.h"

enum { PEM_BYTES = 1 << 20, SERIAL_MOST = 64, KEY_ID_MOST = 64 };

/* ---- the name of a certificate ---------------------------------------------- */

/* The content octets of a DER INTEGER: with the sign octet, which ASN1_INTEGER
 * itself does not keep. */
static char *
serial_text(struct arena *a, const ASN1_INTEGER *serial)
{
	unsigned char der[SERIAL_MOST + 8], *at = der;
	int len = i2d_ASN1_INTEGER(serial, NULL);

	if (len < 3 || len > SERIAL_MOST)
		return NULL;
	i2d_ASN1_INTEGER(serial, &at);
	return b64url_encode(a, der + 2, (size_t)len - 2);	/* tag and length are one octet each */
}

static bool
id_of_leaf(struct arena *a, const X509 *leaf, const char **ret)
{
	const ASN1_OCTET_STRING *key_id = X509_get0_authority_key_id((X509 *)leaf);
	int len = key_id != NULL ? ASN1_STRING_length(key_id) : 0;
	const char *serial = serial_text(a, X509_get0_serialNumber(leaf));

	if (len <= 0 || len > KEY_ID_MOST || serial == NULL)
		return false;
	*ret = arena_printf(a, "%s.%s", b64url_encode(a, ASN1_STRING_get0_data(key_id), (size_t)len), serial);
	return true;
}

bool
ari_cert_id(struct arena *a, const char *chain_pem, const char **ret)
{
	struct pem_block blocks[CHAIN_MAX_CERTIFICATES] = { 0 };
	auto_arena *scratch = arena_new(PEM_BYTES);
	auto_x509 *leaf = NULL;
	const unsigned char *at;
	size_t count;

	if (!pem_split(scratch, chain_pem, blocks, &count, NULL))
		return false;
	at = blocks[0].der;
	leaf = d2i_X509(NULL, &at, (long)blocks[0].len);
	ERR_clear_error();
	return leaf != NULL && id_of_leaf(a, leaf, ret);
}

bool
ari_is_id(const char *id)
{
	size_t len = strnlen(id, ARI_ID_MOST + 1), dot = strcspn(id, ".");
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	return len <= ARI_ID_MOST && dot > 0 && dot + 1 < len && strspn(id, alphabet) == dot &&
	    strspn(id + dot + 1, alphabet) == len - dot - 1;
}

/* ---- the window ------------------------------------------------------------- */

static bool
refuse(const struct reader *r, const char *why, struct err *ret_err)
{
	if (ret_err != NULL)
		*ret_err = problem_new(r->arena, r->ca, ERR_acme_protocol, why);
	return false;
}

static int64_t
clamp(int64_t n, int64_t least, int64_t most)
{
	return n < least ? least : n > most ? most : n;
}

bool
ari_read(const struct reader *r, const json_t *obj, int64_t not_before, int64_t not_after, int64_t retry_after,
    struct acme_window *ret, struct err *ret_err)
{
	const json_t *suggested = json_object_get(obj, "suggestedWindow");
	const char *start = json_str(suggested, "start"), *end = json_str(suggested, "end");
	const char *page = json_str(obj, "explanationURL");
	int64_t last = not_after - (not_after - not_before) / ARI_LAST_PART;
	auto_arena *scratch = arena_new(4 * URL_MOST);
	struct acme_window w = { 0 };

	if (start == NULL || end == NULL || !read_time(start, &w.start) || !read_time(end, &w.end))
		return refuse(r, "the suggested window is missing or not what it should be", ret_err);
	if (w.start >= w.end)
		return refuse(r, "the suggested window ends before it starts", ret_err);
	if (not_after > not_before) {
		if (w.start >= last)
			return refuse(r, "the suggested window comes too late for the certificate", ret_err);
		w.start = clamp(w.start, not_before, last);
		w.end = clamp(w.end, not_before, last);
	}
	if (page != NULL && read_origin(scratch, page) != NULL)
		w.explanation = arena_strdup(r->arena, page);
	w.retry_after = retry_after == 0 ? ARI_RETRY_OTHERWISE : clamp(retry_after, ARI_RETRY_LEAST, ARI_RETRY_MOST);
	*ret = w;
	return true;
}

int64_t
ari_pick(const struct acme_window *w, uint64_t random)
{
	/* The remainder prefers no second by more than one part in 2^30. */
	return w->start + (int64_t)(random % ((uint64_t)(w->end - w->start) + 1));
}
