#ifndef DCV_FINDING_TOKEN_H
#define DCV_FINDING_TOKEN_H
/*
 * Pure: what a CA that looked now would see, from the answers of a look
 * (dcv/token_look.h), in the words of QUESTION_TOKEN.  One finding in all: the
 * reason that keeps the CA from being asked, or that all is well.
 */
#include "dcv/finding_zone.h"
#include "scheduler/token_question.h"

/* ---- TXT and PERSIST -------------------------------------------------------------- */

struct token_view {
	const struct answer *resolvers;	/* of each of them, to TXT of the place */
	size_t	    resolver_count;
	const char *alias;		/* none answered that, but this is what the place is a CNAME to; or NULL */
	const char *zone;		/* that the values are in; NULL: its servers were not asked */
	const struct server *servers;
	const struct answer *said;	/* of each server, to TXT of token_end() */
	size_t	    server_count;
};

/* Do all resolvers that answer have everything?  Only then it matters what the
 * name servers say. */
bool token_is_seen(const struct token_ask *, const struct answer *resolvers, size_t count);
/* The name that the values stand at: the place, or what it is an alias of. */
const char *token_end(const struct token_ask *, const struct answer *resolvers, size_t count);
struct token_said token_judge_dns(struct arena *, const struct token_ask *, const struct token_view *);

/* ---- HTTP --------------------------------------------------------------------------- */

enum { TOKEN_MAX_REDIRECTS = 10 };

struct token_page {			/* over one address family */
	struct answer answer;		/* to the last URL: values are the body and, if there is one, the Location */
	const char   *url;		/* the last one */
	unsigned      redirects;	/* that were followed */
	enum err_code refused;		/* the answer is a redirect that is not followed: too many, or not there */
};

struct token_said token_judge_http(struct arena *, const struct token_ask *, const struct token_page *v4,
    const struct token_page *v6);

/* ---- for both ------------------------------------------------------------------------- */

/* The only finding of the list, told. */
void token_tell(const struct findings *, struct token_said *);
#endif
