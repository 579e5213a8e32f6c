#ifndef TESTS_NET_FAKE_CA_INSIDE_H
#define TESTS_NET_FAKE_CA_INSIDE_H
/* The scripted CA's own parts: fake_ca.c decides what is said, fake_ca_tls.c
 * carries it. */
#include <openssl/ssl.h>
#include <pthread.h>
#include "base/arena.h"
#include "tests/net/fake_ca.h"

enum { MAX_FAULTS = 64, MAX_NONCES = 4096, MAX_CONNECTIONS = 64, MAX_REQUEST = 1 << 20, RESOURCES = 13 };

struct fake_ca {
	int	    listener;
	char	    base[64], directory[80], trust_file[64];
	SSL_CTX	   *tls;
	pthread_t   acceptor, connections[MAX_CONNECTIONS];
	int	    sockets[MAX_CONNECTIONS];
	int	    connection_count;
	pthread_mutex_t lock;		/* of all below */
	pthread_cond_t	changed;
	bool	    stopping;
	const char *hold;
	int	    held, most_held;
	int	    strangers;
	size_t	    sent;
	struct fault faults[MAX_FAULTS];
	int	    fault_count;
	bool	    is_used[MAX_NONCES];
	int	    nonce_count;
	const char *odd_nonce;		/* of a fault; may come back as often as it was given */
	struct { int count; char *protected, *payload, *accept; } seen[RESOURCES];
	char	   *user_agent;
	EVP_PKEY   *account_key;
	char	    complaint[256];
};

struct request {
	struct fake_ca *ca;
	struct arena   *arena;
	char	       *method, *path, *head, *body;
	int		resource;	/* -1: none of them */
};

struct reply {
	char	   *bytes;		/* NULL: close */
	size_t	    len;
	const char *again;		/* that follows for ever, or NULL */
	int	    drips;		/* octets a second */
	bool	    resets, closes;
};

int fake_ca_resource(const char *path);	/* -1: none of them */
/* First value of a header of the request, in its arena, or NULL. */
char *fake_ca_header(struct request *, const char *name);
struct reply fake_ca_reply(struct request *);	/* under the lock */
#endif
