#ifndef ACME_CERTIFICATE_H
#define ACME_CERTIFICATE_H
/* The flow of a certificate pack: one order, key and certificate a key type. */
#include "acme/authority_row.h"
#include "scheduler/step.h"

enum { PARTS = 2, MAX_TOKENS = 4 };

struct token {			/* what the CA wants to see, as we stored it */
	const char *identifier;
	bool	    wildcard;
	const char *url;	/* of the challenge */
	const char *method;	/* "http", "txt" or "persist" */
	const char *token, *key_authorization, *txt_value;
	const char *status;	/* pending: not published; seen: our own look found it;
				 * processing: the CA was told to look; valid: it found it */
	int64_t	    expires;	/* Unix seconds, 0: not said */
	int64_t	    given;	/* when the CA gave it; 0: not known */
	int64_t	    told;	/* when the CA was told to look; 0: not yet */
};

struct part {			/* one key type of the pack */
	const char *key_type;	/* "p256", "rsa2048"; NULL: the pack has none of it */
	const char *order_url;
	const char *order_status;	/* the CA's word; NULL: its tokens were not read yet */
	const char *finalize_url, *certificate_url;
	int64_t	    expires;		/* of order and tokens, whichever is sooner; 0: not said */
	int64_t	    slot;		/* when its next order may be sent; 0: that was not asked for yet */
	int64_t	    caa_at;		/* when CAA last permitted it; 0: never */
	int64_t	    not_before, not_after;	/* of its certificate */
	bool	    has_key;
	const char *csr, *chain;
	const char *private_key;	/* sealed; only while it is deployed */
	struct token tokens[MAX_TOKENS];
	size_t	    token_count;
};

struct certificate {
	const char *hostname;
	bool	    wildcard;
	const char *method;		/* "http" or "txt" */
	const char *version, *common_name, *http_port, *wanted_authority;
	const char *const *names;	/* what it covers; ends with NULL */
	const struct authority *authority;	/* that was chosen; NULL: none yet */
	struct authority candidates[MAX_AUTHORITIES];	/* to choose from, first choice first */
	size_t	    candidate_count;
	int64_t	    alternatives;	/* other CAs that it could go to now */
	struct part parts[PARTS];	/* P-256 first */
	struct err  setback;		/* why its last order came to nothing: the next one's tokens are
					 * shown at once, but looked at when the schedule says */
	bool	    points_here;	/* its hostname does: we serve its http tokens */
	const char *delegation;		/* what _acme-challenge may be a CNAME to; NULL: nothing of ours */
	bool	    is_delegated;	/* it was, when that was seen last: we publish its txt tokens */
	bool	    is_publishing;	/* a name server is just being given them */
	const char *const *old_http, *const *old_txt;	/* values of earlier orders; end with NULL */
	int64_t	    tried_at;		/* when the CA was last told to look without our having seen */
	int64_t	    renew_at;		/* as it was written last; 0: not yet */
	bool	    is_wanted;		/* its hostname is wanted: neither moved nor blocked */
	bool	    has_successor;	/* that is under way */
	const char *replaces[PARTS];	/* PEM of the certificate that it succeeds, at this CA; or NULL */
	bool	    is_taken;		/* another zone owns the name: the edge is its */
	bool	    revoke;		/* its certificates are to be revoked when it goes */
};

extern const struct flow certificate_flow;
#endif
