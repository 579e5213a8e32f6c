#ifndef TESTS_NET_HOSTILE_H
#define TESTS_NET_HOSTILE_H
/*
 * Scripts of a hostile CA.  Each has a CA and a client of its own; a piece of
 * work is asked as the certificate flow asks it, the CA does what the script
 * says, and then is judged what must hold whatever a CA does:
 *
 *	one error with the stable code that the script names, that names the
 *	CA, and is fit for a log; nobody else was asked anything, by whatever
 *	protocol; few requests, bounded octets, bounded memory; nothing of it
 *	is to be stored; the next honest order goes well.
 *
 * In the texts of faults BAIT stands for a port of 127.0.0.1 where somebody
 * listens and must never be called, CAPORT for the CA's own, and <<N:text>>
 * for the text N times.
 */
#include "acme/work.h"
#include "tests/net/acme_bench.h"

#define HOSTILE_NOW INT64_C(1800000000)	/* of the job, not of the clock */

enum hostile_act {		/* what is asked when the CA does it */
	PLACES,			/* newOrder, and what goes before */
	READS,			/* the order with its authorizations */
	TELLS,			/* that a challenge is published */
	FINISHES,		/* finalize */
	POLLS,			/* what became of the order */
	FETCHES,		/* the certificate */
	/* by the command line and the flow of the CA itself: */
	LOOKS,			/* at the directory */
	FINDS,			/* the account of its key */
	ROLLS,			/* to another account key */
	REVOKES,
	WINDOWS,		/* when to renew */
};

struct script {
	const char *name;
	enum hostile_act act;
	struct fault faults[3];	/* up to one without `at` */
	const char *code;	/* NULL: goes well, and `check` looks at the answer */
	enum blame  blame;	/* BLAME_NONE: the CA's */
	void	  (*check)(const struct acme_answer *);
	const char *says;	/* in the error's detail, or NULL */
	int64_t	    retry_after;	/* of the error */
	int	    most;		/* requests; 0: ten */
	const char *preferred_chain;
	bool	    is_alone;	/* the names are shop.example.com alone, without the wildcard */
};

struct hostile {
	int	    web, names;	/* sockets: whoever was tempted came here */
	unsigned    bait;	/* port of `web` */
	struct part part;
	struct certificate certificate;
	struct authority authority;
	struct job  job;
	struct answer answer;	/* of the last script */
	struct result result;	/* what the flow would store */
};
extern struct hostile hostile;

/* A bench with baits.  `wildcard`: the pack is for both names. */
void hostile_begin(bool wildcard);
void hostile_end(void);
const char *hostile_text(const char *);		/* BAIT, CAPORT, <<N:text>> */
void hostile_play(const struct fault *);
/* Asks, and leaves answer and result in `hostile`. */
void hostile_ask(const char *name, enum hostile_act, const char *preferred_chain);
/* Is the error the one that is meant, and fit to be shown? */
void hostile_judge_error(const struct script *);
/* Nobody else was asked, and nothing is stored or under way. */
void hostile_judge_harm(const char *name, int most);
void hostile_order_honestly(const char *name);
/* All of that, for one script after the other. */
void hostile_run(const struct script *, size_t count);
#define HOSTILE_RUN(table) hostile_run(table, sizeof(table) / sizeof((table)[0]))
#endif
