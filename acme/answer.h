#ifndef ACME_ANSWER_H
#define ACME_ANSWER_H
/* What a CA says, as plain values: the answers to struct acme_question. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum {
	ACME_MAX_AUTHORIZATIONS = 8,
	ACME_MAX_OTHERS = 8,		/* challenge types that we do not answer */
	ACME_MAX_ISSUERS = 10,		/* names for dns-persist-01: more are malformed */
	ACME_MAX_IDENTITIES = 16,
	ACME_MAX_PROFILES = 16,
};

struct acme_challenge {
	const char *url;		/* NULL: the CA does not offer this type */
	const char *status;		/* pending, processing, valid, invalid */
	const char *token;		/* checked: base64url alphabet, 22 to 512 characters */
	const char *key_authorization;	/* token "." thumbprint: the body for http-01 */
	const char *txt_value;		/* base64url(SHA-256(key authorization)): the TXT for dns-01 */
	struct err  err;		/* the CA's own error, also while pending */
};

struct acme_authorization {
	const char *url;
	const char *name;		/* identifier without "*." */
	bool	    wildcard;
	const char *status;		/* pending, valid, invalid, deactivated, expired, revoked */
	int64_t	    expires;		/* Unix seconds, 0: not said */
	struct acme_challenge http01, dns01;
	struct acme_challenge persist01;	/* dns-persist-01 of drafts 00 and 01: no token */
	struct err  err;		/* of its first challenge that has one, also while pending */
	const char *others[ACME_MAX_OTHERS + 1];		/* "tls-alpn-01"; ends with NULL */
	const char *issuer_domain_names[ACME_MAX_ISSUERS + 1];	/* of dns-persist-01; ends with NULL */
};

struct acme_order {
	const char *url;
	const char *status;		/* pending, ready, processing, valid, invalid */
	int64_t	    expires;		/* Unix seconds, 0: not said */
	const char *finalize;
	const char *certificate;	/* URL once valid, else NULL */
	const char *profile;		/* that the CA says it follows, or NULL */
	struct err  err;		/* the CA's problem, if it says one */
	int64_t	    retry_after;	/* seconds the CA asked for (order or authorization), or 0 */
	struct acme_authorization authorizations[ACME_MAX_AUTHORIZATIONS];
	size_t	    count;
};

struct acme_profile {
	const char *name;		/* as ca.profile takes it */
	const char *text;		/* for people */
};

struct acme_directory {			/* NULL: the CA does not have it */
	const char *new_nonce, *new_account, *new_order;	/* always there */
	const char *revoke_cert, *key_change, *renewal_info;
	const char *terms_of_service;	/* for people; any site */
	bool	    external_account_required;
	const char *caa_identities[ACME_MAX_IDENTITIES + 1];	/* "letsencrypt.org"; ends with NULL */
	struct acme_profile profiles[ACME_MAX_PROFILES];
	size_t	    profile_count;
};

struct acme_window {			/* when to renew (RFC 9773); start <= end */
	int64_t	    start, end;		/* Unix seconds; both past: now */
	const char *explanation;	/* a page for people, or NULL; never asked */
	int64_t	    retry_after;	/* seconds until it should be read again: a minute to a day */
};

/* answer.detail of every ACME question; answer.err otherwise: acme_* codes, with
 * the CA's name, its problem type and its detail in err.detail. */
struct acme_answer {
	struct acme_order *order;	/* NEW_ORDER (without authorizations), READ_ORDER, FINALIZE */
	struct acme_challenge *challenge;	/* VALIDATE: status (or NULL) and err alone */
	const char	  *chain;	/* DOWNLOAD: PEM, at most 64 KiB, unchecked */
	struct acme_directory *directory;	/* READ_DIRECTORY */
	struct acme_window *window;	/* RENEWAL_INFO */
	const char	  *account_url;	/* the account at this directory, if it is known */
	int64_t		   retry_after;	/* VALIDATE: seconds the CA asked for, or 0 */
};
#endif
