#ifndef TESTS_NET_SERVERS_H
#define TESTS_NET_SERVERS_H
/*
 * Servers on loopback that misbehave as told, on the loop of the test itself.
 */
#include <stdbool.h>
#include <stddef.h>
#include "io/loop.h"

/* -- DNS, UDP and TCP on one port.  What a name does is its first matching
 * rule; a name without one does not exist. */
enum dns_act {
	DNS_ANSWERS,		/* the addresses of the rule */
	DNS_IS_SILENT,
	DNS_SERVFAILS,
	DNS_REFUSES,
	DNS_FORMERRS,
	DNS_LIES_ONCE_ID,	/* a reply with another id first, then the true one */
	DNS_LIES_ONCE_QUESTION,
	DNS_LIES_ONCE_TYPE,
	DNS_SENDS_THE_QUERY_BACK_FIRST,
	DNS_SENDS_JUNK_FIRST,
	DNS_LIES_FOR_EVER,	/* ids that are wrong, and the true one never */
	DNS_TRUNCATES,
	DNS_CUTS,		/* ends in the middle of a record */
	DNS_CLOSES,		/* TCP: at once */
	DNS_DRIPS,		/* TCP: octet by octet */
	DNS_HOLDS,		/* until fake_dns_release */
};
struct dns_rule {
	const char  *name;
	enum dns_act udp, tcp;
	const char  *a[4], *aaaa[4];
	bool	     aaaa_fails;	/* SERVFAIL to that type alone, by UDP */
	const char  *cname;		/* what a CNAME question is answered with, always */
	bool	     bogus;		/* SERVFAIL by UDP, but with CD an answer */
	unsigned     fails_until;	/* SERVFAIL by UDP to so many questions since the start */
};
struct fake_dns;
struct fake_dns *fake_dns_new(struct loop *, const struct dns_rule *, bool with_tcp);	/* rules end with a NULL name */
void fake_dns_free(struct fake_dns *);
void fake_dns_set_rules(struct fake_dns *, const struct dns_rule *);
void fake_dns_release(struct fake_dns *);
unsigned fake_dns_port(const struct fake_dns *);
unsigned fake_dns_asked_udp(const struct fake_dns *);
unsigned fake_dns_asked_tcp(const struct fake_dns *);
unsigned fake_dns_held(const struct fake_dns *);
unsigned fake_dns_flags(const struct fake_dns *);	/* of the last question by UDP */

/* -- HTTP, one behaviour a path (see web.c). */
struct fake_web;
struct fake_web *fake_web_new(struct loop *);
void fake_web_free(struct fake_web *);
/* The same on [::1] and this port; NULL when it is taken. */
struct fake_web *fake_web_new_v6(struct loop *, unsigned port);
/* What paths without a behaviour of their own are answered with (a literal). */
void fake_web_set_reply(struct fake_web *, const char *text);
unsigned fake_web_port(const struct fake_web *);
unsigned fake_web_connections(const struct fake_web *);	/* accepted so far */
const char *fake_web_request(const struct fake_web *);	/* head and body of the last one */

/* -- TLS with an ECDSA and an RSA certificate for `name`, both signed by
 * themselves; answers each request with "200 tls". */
struct fake_tls;
struct fake_tls *fake_tls_new(struct loop *, const char *name);
void fake_tls_free(struct fake_tls *);
unsigned fake_tls_port(const struct fake_tls *);
const char *fake_tls_trust_file(const struct fake_tls *);	/* PEM of both; gone after _free */
const char *fake_tls_server_name(const struct fake_tls *);	/* the last one asked for, "" if none */
unsigned fake_tls_connections(const struct fake_tls *);

/* A listening or bound socket on 127.0.0.1. */
int server_socket(int type, unsigned *ret_port);
/* A port of 127.0.0.1 on which nobody listens. */
unsigned dead_port(void);
#endif
