#ifndef IO_LISTEN_H
#define IO_LISTEN_H
/* A socket at an address of ours. */
#include <sys/socket.h>
#include "base/err.h"

/* Non-blocking and of this type; SOCK_STREAM listens.  One of IPv6 takes IPv6
 * only.  *at becomes the real address (its port may have been 0).  -1:
 * bad_option, and errno says why too. */
int listen_at(struct sockaddr_storage *at, int type, struct err *);
#endif
