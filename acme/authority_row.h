#ifndef ACME_AUTHORITY_ROW_H
#define ACME_AUTHORITY_ROW_H
/* Pure: a certificate authority as authority_for_pack() gives it. */
#include "acme/cause.h"
#include "acme/question.h"
#include "base/json.h"

enum { MAX_AUTHORITIES = 8, MAX_IDENTITIES = 16 };

struct authority {
	struct acme_ca ca;		/* directory and account are those for P-256 */
	const char *directory_rsa;	/* NULL: the same for RSA */
	const char *account_url_rsa;
	const char *preferred_chain;	/* or NULL */
	const char *identities[MAX_IDENTITIES + 1];	/* in CAA records; ends with NULL */
	int64_t	    token_validity;	/* seconds that a token may be used; 0: as it says itself */
	bool	    has_renewal_info;	/* it says when to renew (RFC 9773) */
	int64_t	    failures;		/* in a row */
	bool	    is_broken;		/* its circuit breaker is open: nobody asks it */
	int64_t	    ask_at;		/* when it is worth to look again, while it is broken */
	int64_t	    order_at;		/* when its budget admits an order of this pack */
	enum cause  failed;		/* why this pack left it, and when; CAUSE_NONE: it did not */
	int64_t	    failed_at;
	struct err  failure;
};

struct authority authority_read(struct arena *, const json_t *);
/* The CA as it is asked for one key type. */
struct acme_ca authority_for_key(const struct authority *, const char *key_type);
#endif
