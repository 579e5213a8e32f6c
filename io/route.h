#ifndef IO_ROUTE_H
#define IO_ROUTE_H
/* Can this machine send anything to an address at all?  A machine without
 * IPv6 must not take the other side's for broken.  Nothing is sent. */
#include <stdbool.h>
#include <sys/socket.h>

bool route_exists(const struct sockaddr *);
#endif
