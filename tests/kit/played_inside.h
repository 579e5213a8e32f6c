#ifndef KIT_PLAYED_INSIDE_H
#define KIT_PLAYED_INSIDE_H
/* What the files of the played CAs share: played_ca.c (trouble, counts,
 * answers), played_order.c (what a CA does when all is well), played_bucket.c
 * (rate limits). */
#include "base/arena.h"
#include "tests/kit/played_ca.h"

struct authorization {
	const char *name;
	bool	    wildcard;
	const char *token;
	int64_t	    decided_at;		/* 0: not told to look */
	int64_t	    expires;
	struct err  err;		/* what it found wrong */
};

struct order {
	const char *const *names;	/* ends with NULL */
	size_t	    authorizations[2], count;	/* indices in ca.authorizations */
	int64_t	    expires, issued_at;
	const char *chain;		/* NULL: not finalized */
};

struct seen {
	int64_t at;
	enum acme_act act;
};

struct named {			/* of a tree */
	const char *key;
	const char *text;
	int64_t	    number;
};

struct ca {
	struct ca  *next;
	const char *name;
	const char *down;		/* code, or NULL */
	bool	    limits, tells_when;
	unsigned    loses_nth, fails_percent;
	uint32_t    seed;
	int64_t	    slow, days, hurry, lasts;
	void	   *refusals;		/* hostname: text is the code, or NULL */
	void	   *buckets;		/* "kind key": number is when it is full again */
	void	   *known;		/* identifier: number is its last authorization, plus one */
	void	   *ordered;		/* hostname: number is how many orders */
	struct order *orders;
	struct authorization *authorizations;
	struct seen *seen;
	size_t	    order_count, authorization_count, seen_count, requests, lost, limited, replaced, most;
};

/* What lives as long as the CAs. */
extern struct arena *played_memory;
/* Made if it is not there. */
struct named *played_entry(void **tree, const char *key);

/* What a CA that works does; what it says lives in the arena. */
struct answer played_do(struct ca *, struct arena *, const struct acme_question *, int64_t now);
struct answer played_refusal(enum err_code, const char *detail, int64_t retry_after);

/* Does Let's Encrypt admit an order now?  It is debited then. */
bool bucket_admits_order(struct ca *, struct arena *, const char *const *names, int64_t now, struct answer *ret);
void bucket_counts_failure(struct ca *, const char *hostname, int64_t now);
#endif
