/* Routes, asked of the kernel: connecting a UDP socket only chooses one. */
#include "io/route.h"

#include <string.h>
#include <unistd.h>

#include "base/addr.h"

enum { ANY_PORT = 9 };

bool
route_exists(const struct sockaddr *to)
{
	struct sockaddr_storage address = { 0 };
	int fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool exists;

	if (fd < 0)
		return false;
	memcpy(&address, to, addr_len(to));
	addr_set_port((struct sockaddr *)&address, ANY_PORT);
	exists = connect(fd, (struct sockaddr *)&address, addr_len(to)) == 0;
	close(fd);
	return exists;
}
