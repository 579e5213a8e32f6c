#ifndef DCV_TOKEN_LOOK_INSIDE_H
#define DCV_TOKEN_LOOK_INSIDE_H
/* For dcv/token_look*.c only. */
#include "dcv/finding_token.h"
#include "dcv/token_look.h"
#include "dcv/zone_servers.h"

enum {
	TOKEN_MAX_RESOLVERS = 8,
	TOKEN_LOOK_MS = 20 * 1000,
	/* Silent name servers hold up nobody for longer, since they do not count. */
	TOKEN_SERVERS_MS = 4500,
	TOKEN_PAGE_MS = 10 * 1000,	/* one request */
};

struct token_looking;
struct token_slot {			/* where one answer belongs */
	struct token_looking *of;
	struct answer *into;
};
struct token_walk {			/* one address family, from redirect to redirect */
	struct token_looking *of;
	struct token_page page;
	int	      family;
	bool	      is_other_tried;	/* where a redirect leads has only addresses of the other one */
};

struct token_looking {
	struct asked *asked;		/* gone once it was answered, and with it: */
	const struct token_ask *ask;
	const struct token_look *look;
	struct loop  *loop;
	struct arena *arena;		/* of all that was seen */
	struct timer *timer;
	int64_t	      end_ms;
	size_t	      open;		/* what will still call us */
	bool	      is_over;

	void	    (*next)(struct token_looking *);	/* DNS: when all of a round have answered */
	size_t	      round;
	struct answer resolvers[TOKEN_MAX_RESOLVERS];
	size_t	      resolver_count;
	struct asked  again;		/* a second look at a SERVFAIL */
	struct question again_question;
	struct answer alias_answer;
	struct zone_servers at;
	struct answer said[ZONE_MAX_SERVERS];
	struct token_view view;

	struct token_walk walks[2];	/* IPv4, IPv6 */
};

/* Something will call us; it has.  False of the second: nobody waits for it any
 * more, and `t` may be gone. */
void token_wait(struct token_looking *);
bool token_waited(struct token_looking *);
int64_t token_ms_left(const struct token_looking *);
/* The end of the look: judges what is known. */
void token_conclude(struct token_looking *);

void token_look_dns(struct token_looking *);
void token_look_http(struct token_looking *);
#endif
