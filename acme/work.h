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
	LOOK,		/* are the tokens of one place published? */
	VALIDATE,	/* tell the CA to look at it */
	CHECK_CAA,	/* may the CA issue? if so, a turn to order is asked for */
	PLACE_ORDER,	/* for the next key type */
	MAKE_KEY,
	FINALIZE,
	READ_ORDER,	/* what became of a finalized order */
	DOWNLOAD,
	EXPIRED,	/* the tokens are too old: nothing is asked, and no answer comes */
};

struct work {
	enum act act;
	size_t	 part;		/* index in parts */
	size_t	 token;		/* VALIDATE: index in its tokens; LOOK: the first one of that place */
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
	struct found {			/* what a look found wrong */
		size_t	    part;
		const char *identifier;
		const char *json;
	} found[MAX_QUESTIONS];
	size_t	    found_count;
	bool	    looked;		/* and had an answer */
	bool	    is_fresh;		/* the error is that something is missing which we publish,
					 * and have done for seconds only */
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

/* acme/work_look.c: which looks a part needs, and which tokens the CA is to be
 * told of; how they are asked; what was found. */
void work_look_for(struct work_list *, const struct certificate *, size_t part);
void work_ask_look(const struct job *, struct questions *, struct work);
void work_tell_look(const struct job *, const struct answer *, struct result *, struct work);
/* The findings as they are to be stored, if there was a look. */
void work_note_findings(const struct job *, struct result *);
/* Where we publish it ourselves, and so nobody has to publish another one, the
 * CA is told once a day although our own look found nothing: it may see more. */
bool work_may_try_blindly(const struct job *, const struct result *);
void work_try_blindly(const struct job *, struct result *);

struct result work_start_result(const struct certificate *);
void work_add(struct work_list *, struct work);
void work_note_error(struct result *, struct err);	/* the first one counts */
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
