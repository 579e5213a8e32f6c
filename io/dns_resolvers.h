#ifndef IO_DNS_RESOLVERS_H
#define IO_DNS_RESOLVERS_H
/* Which resolvers there are; for io/dns.c. */
#include <stdbool.h>
#include <sys/socket.h>

enum { DNS_RESOLVERS = 8 };

/* Of "127.0.0.1:5353,[::1]:53", or of /etc/resolv.conf when it is empty.
 * False: it is no list of one to eight. */
bool dns_resolvers_read(const char *list, struct sockaddr_storage ret[DNS_RESOLVERS], unsigned *ret_count);
#endif
