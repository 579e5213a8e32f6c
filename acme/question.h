#ifndef ACME_QUESTION_H
#define ACME_QUESTION_H
/*
 * What the certificate flow asks and is answered: plain values, shared by the
 * flow and the performers acme/client (the CA) and acme/key (keys and CSRs).
 */
#include "acme/answer.h"

/* ---- the CA ---------------------------------------------------------------- */

struct acme_ca {
	const char *id;			/* uuid of its row */
	const char *name;		/* "lets_encrypt": errors name it */
	const char *directory;		/* https URL; a CA may have one for each key type */
	const char *trust_file;		/* PEM, or NULL: the system's */
	const char *contact;		/* mail address, or NULL */
	const char *profile;		/* or NULL */
	const char *account_key;	/* base64 of the sealed key; identity "certificate_authority/ID/account_key" */
	const char *account_url;	/* at this directory, or NULL: not known yet */
	const char *eab_kid;		/* external account binding, or NULL */
	const char *eab_hmac;		/* base64 of the sealed HMAC key; identity "certificate_authority/ID/eab_hmac" */
};

enum acme_act {
	ACME_NEW_ORDER,		/* names; cert_id: of the certificate that is replaced, or NULL */
	ACME_READ_ORDER,	/* url: the order, with all its authorizations; names, or NULL */
	ACME_VALIDATE,		/* url: the challenge; tells the CA to look */
	ACME_FINALIZE,		/* url: finalize; csr */
	ACME_DOWNLOAD,		/* url: the certificate; preferred_chain */
	ACME_READ_DIRECTORY,	/* is_fresh: asked for now, not up to an hour ago; needs no account */
	ACME_RENEWAL_INFO,	/* cert_id, not_before, not_after; needs no account */
	ACME_REVOKE,		/* chain, reason; by `key` (the certificate's) or, without, by the account.
				 * One that was revoked already is a success */
	ACME_ROLLOVER,		/* key: the new one, stored before.  May be asked again after a lost
				 * answer: it looks first whether the CA has the new key already */
	ACME_FIND_ACCOUNT,	/* key, or without: the row's.  account_url, or acme_account_missing:
				 * never makes an account (RFC 8555 §7.3.1) */
};

struct acme_key {
	const char *sealed;		/* base64 of the sealed PKCS#8; NULL: none */
	const char *identity;		/* that it was sealed for */
};

struct acme_question {
	enum acme_act	    act;
	struct acme_ca	    ca;
	const char	   *url;
	const char *const  *names;	/* NEW_ORDER: ends with NULL; "*.x" allowed.  Where they are known
					 * in READ_ORDER and FINALIZE, the order must be for them */
	const char	   *csr;	/* FINALIZE: base64url of the DER */
	const char	   *cert_id;	/* of ari_cert_id(), or NULL */
	const char	   *preferred_chain;	/* a common name of an issuer in it, or NULL: the CA's first */
	int64_t		    not_before, not_after;	/* of that certificate: bounds of the window */
	bool		    is_fresh;	/* READ_DIRECTORY */
	const char	   *chain;	/* PEM of what is to be revoked, leaf first */
	int		    reason;	/* RFC 5280 §5.3.1; 0: unspecified */
	struct acme_key	    key;
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
