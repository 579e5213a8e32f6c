#ifndef IO_DNS_SEND_H
#define IO_DNS_SEND_H
/*
 * One DNS message, made elsewhere, to one server over TCP, and its reply's
 * octets back: for what io/dns does not speak (RFC 2136 updates with TSIG).
 */
#include <stddef.h>
#include <sys/socket.h>
#include "base/err.h"
#include "io/loop.h"

/* Exactly one of wire and err is non-NULL; both live only for the call.  Any
 * complete message is a reply.  Errors: dns_timeout, dns_resolver_down. */
typedef void dns_sent(void *arg, const unsigned char *wire, size_t len, const struct err *);
struct dns_send;
/* Copies the message.  Ends within timeout_ms. */
struct dns_send *dns_send(struct loop *, const struct sockaddr *to, const unsigned char *wire, size_t len,
    int64_t timeout_ms, dns_sent *, void *arg);
void dns_send_cancel(struct dns_send *);	/* before it has ended; never calls then */
#endif
