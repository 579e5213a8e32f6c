#ifndef ACME_ACCOUNT_H
#define ACME_ACCOUNT_H
/*
 * What we have at one directory of a CA: our key and account there, a few
 * nonces, and the line of requests that wait for their turn.  Inside of
 * acme/client; nobody else includes it.
 */
#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <sys/queue.h>
#include "acme/question.h"
#include "acme/read.h"
#include "io/http.h"
#include "io/loop.h"
#include "io/seal.h"

enum {
	ACCOUNT_MAX_NONCES = 32,
	ACCOUNT_MAX_IN_FLIGHT = 4,		/* requests to one CA at a time */
	ACCOUNT_DIRECTORY_FOR = 3600 * 1000,	/* ms before it is read again */
	ACCOUNT_IDLE_MOST = 24 * 3600 * 1000,	/* ms before a directory that nobody names is forgotten */
};

TAILQ_HEAD(exchange_list, exchange);
TAILQ_HEAD(waiting_list, waiting);
TAILQ_HEAD(account_list, account);
TAILQ_HEAD(errand_list, errand);

struct acme_client {
	struct loop	   *loop;
	struct http	   *http;
	const struct seal  *seal;
	struct account_list accounts;
	struct errand_list  errands;	/* questions that are being answered */
	unsigned	    in_flight;	/* requests given to io/http */
	bool		    closed;	/* waits only for them */
};

struct account {
	TAILQ_ENTRY(account) link;
	struct acme_client *client;
	struct acme_ca	ca;		/* own copies; ca.account_url is not kept here */
	struct arena   *arena;		/* for them, and for origin and thumbprint */
	const char     *origin;
	const char     *thumbprint;	/* NULL: the key is not unsealed yet */
	EVP_PKEY       *key;
	struct acme_directory directory;	/* in directory_arena */
	struct arena   *directory_arena;/* NULL: never read */
	int64_t		directory_until;/* loop's ms; then it is read again */
	char	       *url;		/* of the account; NULL: not known */
	char	       *lost_url;	/* the last one that the CA did not know */
	unsigned	changes;	/* of url, so that one loss is counted once */
	char	       *nonces[ACCOUNT_MAX_NONCES];
	size_t		nonce_count;
	bool		is_preparing;	/* directory or account are being asked for */
	struct waiting_list waiting;	/* for that */
	struct exchange_list queue;	/* for a free place */
	unsigned	in_flight;
	unsigned	users;		/* errands and exchanges */
	int64_t		used_at;	/* loop's ms, the last time */
	bool		is_retired;	/* its row changed: goes when the last user has */
};

/* The account that belongs to the row as it is now, made if there is none; one
 * more user.  NULL: bad_option, the directory is not an https URL. */
struct account *account_take(struct acme_client *, const struct acme_ca *, struct err *);
void account_leave(struct account *);	/* one user fewer */

enum account_need {		/* each with those before it */
	NEED_DIRECTORY,
	NEED_KEY,
	NEED_ACCOUNT,		/* its URL; made if the key has none */
};
/* ready(arg, NULL) when what is needed is at hand, at once or later;
 * ready(arg, err) if it is not to be had. */
typedef void account_ready(void *arg, const struct err *);
void account_prepare(struct account *, enum account_need, account_ready *, void *arg);
/* The account's URL in a reply of newAccount; NULL: there is none that can be used. */
const char *account_read_url(const struct reader *, const struct http_reply *, const json_t *, struct err *);
/* The CA does not know the account that we had at the time of `changes`. */
void account_lost(struct account *, unsigned changes);
/* A secret of the CA's row or of a question, opened. */
bool account_unseal(const struct account *, const char *identity, const char *base64, struct secret *ret, struct err *);
/* The CA holds this key for the account at `url` now (both are copied).  The
 * row still has the old one for a while; until it changes we sign with this. */
void account_change_key(struct account *, EVP_PKEY *, const char *url);

void account_keep_nonce(struct account *, const char *nonce);
char *account_take_nonce(struct account *);	/* caller frees; NULL: none left */
void account_drop_nonces(struct account *);
/* For a closed client: cleanses keys at once, frees everything, the client too,
 * as soon as no request is under way. */
void account_free_all(struct acme_client *);
#endif
