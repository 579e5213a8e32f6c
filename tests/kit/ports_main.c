/*
 * Prints free ports of all loopback addresses, one a line: `ports 12`.  A port
 * is free when TCP and UDP can be bound to every address there is.  They are chosen at random below the
 * range from which the kernel takes ports for outgoing connections: a server
 * that is down for a while (a daemon that a test has killed) must find its
 * port free again, and a client that knocks at a closed port of that range
 * may even be connected to itself.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_PORT  15000
#define MAX_WANTED  64
#define MAX_TRIES   10000

/* The first port that the kernel gives to outgoing connections. */
static unsigned
ephemeral_start(void)
{
	unsigned low = 32768;
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (f != NULL) {
		if (fscanf(f, "%u", &low) != 1)
			low = 32768;
		fclose(f);
	}
	return low > FIRST_PORT + 1000 ? low : 32768;
}

/* -1: somebody has it at some address. */
static int
bind_to(const struct sockaddr *any, socklen_t len, int type)
{
	int fd = socket(any->sa_family, type | SOCK_CLOEXEC, 0);
	int no = 0;

	if (fd < 0)
		return -1;
	if (any->sa_family == AF_INET6)	/* IPv4 as well, whatever the machine's default is */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
	if (bind(fd, any, len) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
has_ipv6(void)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = in6addr_any };
	int fd = bind_to((struct sockaddr *)&six, sizeof six, SOCK_DGRAM);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A socket bound to the port at every address, -1 if somebody has it. */
static int
bind_port(int type, unsigned port, bool with_ipv6)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	return with_ipv6 ? bind_to((struct sockaddr *)&six, sizeof six, type)
	    : bind_to((struct sockaddr *)&four, sizeof four, type);
}

/* Sockets stay open until the program ends, so no port is printed twice. */
static bool
port_is_free(unsigned port, bool with_ipv6)
{
	int tcp = bind_port(SOCK_STREAM, port, with_ipv6);

	if (tcp < 0)
		return false;
	if (bind_port(SOCK_DGRAM, port, with_ipv6) < 0) {
		close(tcp);
		return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	long wanted = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	unsigned span = ephemeral_start() - FIRST_PORT;
	bool with_ipv6 = has_ipv6();

	if (wanted < 1 || wanted > MAX_WANTED) {
		fprintf(stderr, "usage: ports COUNT (1 to %d)\n", MAX_WANTED);
		return 2;
	}
	for (int tries = 0; wanted > 0 && tries < MAX_TRIES; tries++) {
		unsigned random = 0;

		if (getrandom(&random, sizeof random, 0) != sizeof random)
			return 1;
		if (port_is_free(FIRST_PORT + random % span, with_ipv6)) {
			printf("%u\n", FIRST_PORT + random % span);
			wanted--;
		}
	}
	return wanted == 0 ? 0 : 1;
}
