#ifndef IO_DNS_H
#define IO_DNS_H
/*
 * Questions to recursive resolvers, or to one server, by our own transport: a connected UDP
 * socket a question, random port and id, replies matched strictly (what does
 * not match is dropped and we keep waiting), TC goes to TCP, three tries of
 * 2 s over the resolvers in turn.  SERVFAIL, REFUSED and time-outs are errors
 * ("unknown"); NXDOMAIN and empty answers are answers.
 */
#include <sys/socket.h>
#include "base/dns.h"
#include "io/loop.h"

struct dns;
/* `resolvers`: "127.0.0.1:5353,[::1]:53"; "" reads /etc/resolv.conf.  NULL:
 * bad_option. */
struct dns *dns_open(struct loop *, const char *resolvers, struct err *);
void dns_close(struct dns *);		/* outstanding questions end with dns_resolver_down */
/* Exactly one of reply and err is non-NULL; both live only for the call (err
 * codes dns_timeout, dns_resolver_down, dns_servfail, dns_refused, dns_malformed,
 * dns_bad_name). */
typedef void dns_done(void *arg, const struct dns_reply *, const struct err *);
void dns_ask(struct dns *, const char *name, enum dns_type, dns_done *, void *arg);	/* DNS_RECURSIVE */
void dns_ask_how(struct dns *, const char *name, enum dns_type, enum dns_how, dns_done *, void *arg);

unsigned dns_resolver_count(const struct dns *);
/* One resolver (from 0) alone, DNS_RECURSIVE; or one server of a zone, which
 * need not be a resolver of ours, DNS_DIRECT.  No other is asked in its place. */
void dns_ask_resolver(struct dns *, unsigned resolver, const char *name, enum dns_type, dns_done *, void *arg);
void dns_ask_server(struct dns *, const struct sockaddr *, const char *name, enum dns_type, dns_done *, void *arg);
#endif
