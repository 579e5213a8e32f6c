#ifndef ACME_ARI_H
#define ACME_ARI_H
/* ACME Renewal Information (RFC 9773): when a CA wants a certificate to be
 * renewed.  Pure. */
#include "acme/read.h"

enum {
	ARI_ID_MOST = 128,			/* characters of an id */
	ARI_RETRY_LEAST = 60,			/* seconds; §4.3 */
	ARI_RETRY_MOST = 24 * 3600,
	ARI_RETRY_OTHERWISE = 6 * 3600,
	ARI_LAST_PART = 10,			/* the last tenth of a lifetime is no time to begin */
};

/* What the CA calls the leaf of the chain (PEM): base64url of its authority key
 * identifier, ".", base64url of its serial number (§4.1).  False: it has none
 * of these, or is no certificate. */
bool ari_cert_id(struct arena *, const char *chain_pem, const char **ret);
bool ari_is_id(const char *);

/* A renewal info object.  Refused (acme_protocol): no window, an end that is
 * not after its start, a start in the last tenth of the lifetime or after it.
 * The rest is clamped to not_before … nine tenths of the lifetime; bounds of 0
 * are none.  retry_after: what the CA asked for in seconds, 0: nothing. */
bool ari_read(const struct reader *, const json_t *, int64_t not_before, int64_t not_after, int64_t retry_after,
    struct acme_window *ret, struct err *);
/* The instant of the window that belongs to a random number: uniform if it is. */
int64_t ari_pick(const struct acme_window *, uint64_t random);
#endif
