#ifndef IO_DNS_H
#define IO_DNS_H
/*
 * Questions to recursive resolvers, or to one server, by our own transport: a connected UDP
 * socket a question, random port and id, replies matched strictly (what does
 * not match is dropped and we keep waiting), TC goes to TCP, three tries of
 * 2 s over the resolvers in turn.  SERVFAIL, REFUSED and time-outs are errors
 * ("unknown"); NXDOMAIN and empty answers are answers.
 */
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
#endif
