#ifndef ACME_CERTIFICATE_H
#define ACME_CERTIFICATE_H
/* The flow of a certificate pack: one order, key and certificate a key type. */
#include "acme/question.h"
#include "scheduler/step.h"

enum { PARTS = 2, MAX_TOKENS = 4 };

struct token {			/* what the CA wants to see, as we stored it */
	const char *identifier;
	bool	    wildcard;
	const char *url;	/* of the challenge */
	const char *method;	/* "http" or "txt" */
	const char *token, *key_authorization, *txt_value;
	const char *status;	/* pending: not published; seen: our own look found it;
				 * processing: the CA was told to look */
	int64_t	    expires;	/* Unix seconds, 0: not said */
	int64_t	    told;	/* when the CA was told to look; 0: not yet */
};

struct part {			/* one key type of the pack */
	const char *key_type;	/* "p256", "rsa2048"; NULL: the pack has none of it */
	const char *order_url;
	const char *order_status;	/* the CA's word; NULL: its tokens were not read yet */
	const char *finalize_url, *certificate_url;
	int64_t	    expires;		/* of order and tokens, whichever is sooner; 0: not said */
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
	struct acme_ca ca;		/* ca.id NULL: there is none to order from */
	struct part parts[PARTS];	/* P-256 first */
};

extern const struct flow certificate_flow;
#endif
