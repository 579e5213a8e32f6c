#ifndef ACME_QUESTION_H
#define ACME_QUESTION_H
/*
 * What the certificate flow asks and is answered: plain values, shared by the
 * flow and the performers acme/client (the CA) and acme/key (keys and CSRs).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* ---- the CA ---------------------------------------------------------------- */

struct acme_ca {
	const char *id;			/* uuid of its row */
	const char *name;		/* "lets_encrypt": errors name it */
	const char *directory;		/* https URL */
	const char *trust_file;		/* PEM, or NULL: the system's */
	const char *contact;		/* mail address, or NULL */
	const char *profile;		/* or NULL */
	const char *account_key;	/* base64 of the sealed key; identity "certificate_authority/ID/account_key" */
	const char *account_url;	/* or NULL: not known yet */
	const char *eab_kid;		/* external account binding, or NULL */
	const char *eab_hmac;		/* base64 of the sealed HMAC key; identity "certificate_authority/ID/eab_hmac" */
};

enum acme_act {
	ACME_NEW_ORDER,		/* names */
	ACME_READ_ORDER,	/* url: the order, with all its authorizations */
	ACME_VALIDATE,		/* url: the challenge; tells the CA to look */
	ACME_FINALIZE,		/* url: finalize; csr */
	ACME_DOWNLOAD,		/* url: the certificate */
};

struct acme_question {
	enum acme_act	    act;
	struct acme_ca	    ca;
	const char	   *url;
	const char *const  *names;	/* NEW_ORDER: ends with NULL; "*.x" allowed */
	const char	   *csr;	/* FINALIZE: base64url of the DER */
};

enum { ACME_MAX_AUTHORIZATIONS = 8 };

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
};

struct acme_order {
	const char *url;
	const char *status;		/* pending, ready, processing, valid, invalid */
	int64_t	    expires;		/* Unix seconds, 0: not said */
	const char *finalize;
	const char *certificate;	/* URL once valid, else NULL */
	struct err  err;		/* the CA's problem, if it says one */
	int64_t	    retry_after;	/* seconds the CA asked for, or 0 */
	struct acme_authorization authorizations[ACME_MAX_AUTHORIZATIONS];
	size_t	    count;
};

/* answer.detail of every ACME question; answer.err otherwise: acme_* codes, with
 * the CA's name, its problem type and its detail in err.detail. */
struct acme_answer {
	struct acme_order *order;	/* NEW_ORDER (without authorizations), READ_ORDER, FINALIZE */
	const char	  *chain;	/* DOWNLOAD: PEM, at most 64 KiB, unchecked */
	const char	  *account_url;	/* the account that was used */
};

/* ---- keys ------------------------------------------------------------------ */

struct key_question {
	const char	  *type;	/* "p256" or "rsa2048" */
	const char	  *identity;	/* what it is sealed for: "issuance/CERTIFICATE/p256/key" */
	const char *const *names;	/* subjectAltName, ends with NULL */
	const char	  *common_name;	/* or NULL: empty subject */
};

struct key_answer {
	const char *sealed;		/* base64: the private key (PKCS#8 DER), sealed */
	const char *csr;		/* base64url: the CSR's DER */
};
#endif
