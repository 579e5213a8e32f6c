#ifndef DCV_DIAGNOSE_INSIDE_H
#define DCV_DIAGNOSE_INSIDE_H
/* For dcv/diagnose*.c only. */
#include "dcv/caa_look.h"
#include "dcv/diagnose.h"
#include "dcv/zone_servers.h"
#include "scheduler/perform.h"

enum {
	MAX_MATTERS = DIAGNOSE_MAX_CERTIFICATE + 2,
};

struct about {			/* one matter and all that was learned about it */
	struct matter  matter;
	struct answer  here;	/* the resolver's answer */
	struct answer  other;	/* certificate: to the other type */
	const char    *doubled, *sibling;	/* names that were asked as well, or NULL */
	struct answer  at_doubled, at_sibling;
	struct answer  said[ZONE_MAX_SERVERS];	/* by the name servers */
	size_t	       finding;	/* which one is about it */
};

struct diagnosis {
	struct loop  *loop;
	struct dns   *dns;
	struct http  *http;
	const struct diagnose_options *options;
	const struct hostname *hostname;
	diagnose_done *done;
	void	     *arg;
	struct arena *arena;
	struct timer *timer;
	void	    (*next)(struct diagnosis *);	/* when all of a round has answered */
	size_t	      open;	/* questions that have not */
	bool	      is_over;	/* waits only for them */
	struct findings findings;

	struct about  about[MAX_MATTERS];	/* ownership, routing, then the certificate's */
	size_t	      about_count;
	struct answer aaaa, http_any, http_v4, http_v6, caa;
	struct caa_look caa_look;

	struct zone_servers at;	/* the zone that holds the hostname */
};

/* A round begins, questions are put, and `next` is called when all have
 * answered; also when there were none. */
void round_begin(struct diagnosis *, void (*next)(struct diagnosis *));
void round_end(struct diagnosis *);
void round_ask_server(struct diagnosis *, size_t server, const char *name, enum dns_type, struct answer *into);
/* Something else that is waited for: it calls this once with the diagnosis. */
loop_fn *round_enter(struct diagnosis *);

/* dcv/diagnose_servers.c: finds the zone and its servers, asks each of them;
 * the rounds end in `then`. */
void servers_find_zone(struct diagnosis *, void (*then)(struct diagnosis *));
void servers_ask_addresses(struct diagnosis *);	/* part of a round */
void servers_ask(struct diagnosis *, void (*then)(struct diagnosis *));
#endif
