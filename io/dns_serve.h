#ifndef IO_DNS_SERVE_H
#define IO_DNS_SERVE_H
/*
 * DNS in: UDP and TCP on the loop.  UDP is read and answered in batches, from
 * the address that was asked.  TCP (RFC 7766): several queries a connection,
 * answered in order; at most 256 connections and 16 of one address, closed
 * after 10 s of silence.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "base/err.h"
#include "io/loop.h"

/* Answers at once: how many octets of `out` (65,535) are to be sent; 0: none. */
typedef size_t dns_serve_fn(void *arg, const unsigned char *query, size_t len, const struct sockaddr *peer,
    bool is_tcp, int64_t now_ms, unsigned char *out);

struct dns_serve;
/* `addresses`: "ADDRESS:PORT,…"; NULL: bad_option. */
struct dns_serve *dns_serve_open(struct loop *, const char *addresses, dns_serve_fn *, void *arg, struct err *);
void dns_serve_close(struct dns_serve *);	/* NULL is fine */
unsigned dns_serve_port(const struct dns_serve *);	/* of the first address: the real one when 0 was asked for */
#endif
