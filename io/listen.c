/* A socket at an address of ours. */
#include "io/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/addr.h"

static bool
switch_on(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

/* Two UDP sockets with SO_REUSEADDR would share the port, and the datagrams
 * would go to one of them. */
static bool
prepare(int fd, int family, int type)
{
	return (type != SOCK_STREAM || switch_on(fd, SOL_SOCKET, SO_REUSEADDR)) &&
	    (family != AF_INET6 || switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY));
}

static const char *
cause_of(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "the listening address is in use";
	case EACCES:
		return "the listening address needs a privilege (CAP_NET_BIND_SERVICE)";
	case EADDRNOTAVAIL:
		return "the listening address is not of this machine";
	default:
		return "could not listen on the address";
	}
}

int
listen_at(struct sockaddr_storage *at, int type, struct err *err)
{
	struct sockaddr *address = (struct sockaddr *)at;
	socklen_t len = sizeof *at;
	int fd = socket(address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

	if (fd >= 0 && prepare(fd, address->sa_family, type) && bind(fd, address, addr_len(address)) == 0 &&
	    (type != SOCK_STREAM || listen(fd, SOMAXCONN) == 0) && getsockname(fd, address, &len) == 0)
		return fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	err_set(err, ERR_bad_option, cause_of(error));
	errno = error;
	return -1;
}
