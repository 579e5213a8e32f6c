#ifndef ACME_ERRAND_H
#define ACME_ERRAND_H
/*
 * An errand: one question to a CA, from asking to answering.  Inside of
 * acme/client, which says what each act needs and where it begins.
 */
#include "acme/account.h"
#include "acme/exchange.h"
#include "acme/problem.h"
#include "scheduler/perform.h"

enum { ERRAND_MAX_ALTERNATES = 8 };

struct errand_part {		/* one authorization of READ_ORDER */
	struct errand *errand;
	size_t	       index;
};

/* A reply, or err; see exchange_done. */
typedef void errand_then(struct errand *, const struct http_reply *, const json_t *, const struct err *err);

struct errand {
	TAILQ_ENTRY(errand) link;
	struct account	  *account;
	struct asked	  *asked;
	struct arena	  *arena;	/* the job's */
	const struct acme_question *question;
	struct acme_answer *answer;	/* what is known of it */
	errand_then	  *then;	/* who wants the next reply */
	unsigned	   changes;	/* of the account's URL, when it was used */
	bool		   was_lost;	/* the account, once already */
	/* READ_ORDER */
	struct errand_part parts[ACME_MAX_AUTHORIZATIONS];
	size_t		   pending;	/* parts not read yet */
	struct err	   trouble;	/* the first of them */
	/* DOWNLOAD */
	const char	  *alternates[ERRAND_MAX_ALTERNATES];
	size_t		   alternate_count, alternates_seen;
	int64_t		   began;	/* loop's ms */
	/* REVOKE, ROLLOVER, FIND_ACCOUNT */
	EVP_PKEY	  *key;		/* the question's; NULL: it has none */
};

/* The two ends: nothing may touch the errand after them. */
void errand_succeed(struct errand *);
void errand_fail(struct errand *, const struct err *);
void errand_fail_new(struct errand *, enum err_code, const char *detail);

struct reader errand_reader(const struct errand *);
/* Sends the request, if its URL is the CA's own. */
void errand_send(struct errand *, const struct exchange_request *, errand_then *);
/* The question's key, opened; what must be P-256 is an account's. */
bool errand_open_key(struct errand *, bool is_account_key, struct err *);

/* Where each act begins, when what it needs is there. */
typedef void errand_start(struct errand *);
errand_start errand_new_order, errand_read_order, errand_validate, errand_finalize, errand_download,
    errand_read_directory, errand_renewal_info, errand_revoke, errand_rollover, errand_find_account;
#endif
