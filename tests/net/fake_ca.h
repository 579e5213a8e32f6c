#ifndef TESTS_NET_FAKE_CA_H
#define TESTS_NET_FAKE_CA_H
/*
 * A CA on https://127.0.0.1 that does as RFC 8555 says until it is told to do
 * otherwise: what Pebble cannot play.  It runs on threads of its own, checks
 * nonce, URL, account and signature of each request, and counts what was wrong.
 *
 * Resources: directory, nonce, account, order-new, order, authz, challenge,
 * finalize, certificate, alternate, revoke, key-change, renewal.
 */
#include <stdbool.h>
#include <stddef.h>

/* What the next requests of a resource get instead.  In `body` and `headers`,
 * "BASE" stands for https://127.0.0.1:PORT. */
struct fault {
	const char *at;			/* resource */
	int	    times;		/* 0: from now on */
	int	    status;		/* 0: the connection is closed instead */
	const char *headers;		/* "Name: value\r\n"…, or NULL */
	const char *body;		/* NULL: none */
	bool	    without_nonce;
	bool	    keep_body;		/* the ordinary body, only status and headers differ */
	bool	    half;		/* sends half of the body, then closes */
	bool	    lost;		/* does as it was asked, and closes instead of a reply */
	bool	    resets;		/* status 0: a reset, not an orderly end */
	bool	    raw;		/* `body` is the whole reply, from its status line on */
	size_t	    body_len;		/* 0: up to the NUL; else as it stands, without BASE */
	const char *again;		/* follows the reply, for ever */
	int	    drips;		/* octets a second, from the first on; 0: all at once */
	const char *nonce;		/* this one instead of a good one */
	const char *account;		/* only requests whose header has this text */
};

struct fake_ca;
struct fake_ca *fake_ca_new(void);
/* One whose TLS is odd; its trust file holds the certificate all the same. */
struct fake_identity {
	const char *alt_names;		/* NULL: "IP:127.0.0.1,DNS:localhost" */
	bool	    has_expired, speaks_tls_1_1;
};
struct fake_ca *fake_ca_new_as(const struct fake_identity *);
void fake_ca_free(struct fake_ca *);
const char *fake_ca_base(const struct fake_ca *);	/* "https://127.0.0.1:PORT" */
const char *fake_ca_directory(const struct fake_ca *);
const char *fake_ca_trust_file(const struct fake_ca *);
void fake_ca_play(struct fake_ca *, const struct fault *);	/* copied; in order */
void fake_ca_calm(struct fake_ca *);		/* no more faults */
/* Requests to the resource wait until fake_ca_release. */
void fake_ca_hold(struct fake_ca *, const char *resource);
void fake_ca_release(struct fake_ca *);
int fake_ca_held(struct fake_ca *);		/* now */
int fake_ca_most_held(struct fake_ca *);	/* ever, at the same time */
int fake_ca_count(struct fake_ca *, const char *resource);	/* requests so far */
int fake_ca_requests(struct fake_ca *);			/* to any resource */
size_t fake_ca_sent(struct fake_ca *);			/* octets that the client's side took */
int fake_ca_strangers(struct fake_ca *);		/* connections that were not TLS, or broke it off */
/* The last signed request of a resource, decoded: caller frees. */
char *fake_ca_protected(struct fake_ca *, const char *resource);
char *fake_ca_payload(struct fake_ca *, const char *resource);
char *fake_ca_accept(struct fake_ca *, const char *resource);
char *fake_ca_user_agent(struct fake_ca *);
/* Requests that no CA could accept: "" or what was wrong with the first. */
const char *fake_ca_complaint(struct fake_ca *);
#endif
