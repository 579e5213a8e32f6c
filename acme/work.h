#ifndef ACME_WORK_H
#define ACME_WORK_H
/*
 * Pure: the work that a pack's orders need next, as a list; how each piece is
 * asked; what its answer means.  The flow (acme/certificate.c) decides from
 * the result.  ask and tell of a step make the same list from the same row.
 */
#include "acme/certificate.h"

enum act {
	READ_TOKENS,	/* of an order: what the CA wants to see and what it has seen */
	LOOK,		/* is a token published? */
	VALIDATE,	/* tell the CA to look at it */
	CHECK_CAA,	/* may the CA issue? if so, a turn to order is asked for */
	PLACE_ORDER,	/* for the next key type */
	MAKE_KEY,
	FINALIZE,
	READ_ORDER,	/* what became of a finalized order */
	DOWNLOAD,
	EXPIRED,	/* nothing is asked: the tokens are too old */
};

struct work {
	enum act act;
	size_t	 part;		/* index in parts */
	size_t	 token;		/* LOOK, VALIDATE: index in its tokens */
};

struct work_list {
	struct work works[MAX_QUESTIONS];
	size_t	    count;
	int64_t	    wait;	/* seconds until the turn of an order; 0: none waits */
};

struct result {			/* what all answers of a step amount to */
	struct part parts[PARTS];	/* as they are now */
	bool	    dirty[PARTS];	/* its tokens are to be written */
	struct change changes[MAX_CHANGES];
	size_t	    change_count;
	bool	    progress;		/* something is to be stored that the next step builds on */
	bool	    lost;		/* an order is no use any more; err says why */
	bool	    ca_worked;		/* it answered something of use */
	enum cause  cause;		/* of the first error that is about the CA */
	struct err  err;		/* the first error */
	int64_t	    wait;		/* seconds until it makes sense to ask again */
};

struct work_list work_validation(const struct certificate *, int64_t now);
struct work_list work_issuance(const struct certificate *);
/* What the next order needs: that CAA permits it, looked up at most five
 * minutes ago; that its turn has come; then that it is placed. */
struct work_list work_new_order(const struct certificate *, int64_t now);
void work_ask(const struct job *, struct questions *, struct work);
void work_ask_all(const struct job *, struct questions *, const struct work_list *);
void work_ask_caa(const struct job *, struct questions *, const struct authority *list, size_t count);
void work_ask_renewal_info(const struct job *, struct questions *);
void work_ask_revocation(const struct job *, struct questions *);
void work_ask_edge(const struct job *, struct questions *, bool remove);

struct result work_start_result(const struct certificate *);
void work_set(struct result *, const char *of, const char *name, const char *value);
/* One answer, and (acme/work_tell.c) all of a list. */
void work_tell(const struct job *, struct work, const struct answer *, struct result *);
void work_tell_all(const struct job *, const struct work_list *, const struct answer *, struct result *);
/* Has every key type an order that is ready? a certificate? */
bool work_is_validated(const struct result *);
bool work_is_issued(const struct result *);
/* No CA is configured, or not the one that was asked for. */
struct err work_no_authority(const struct job *);
/* The verdict with all that is to be stored. */
struct verdict work_write(const struct job *, struct result *, struct verdict);
#endif
