/*
 * What an IP address is.  The tables are IANA's registries of special-purpose
 * addresses (as of 2026), whole: also the few entries that IANA calls globally
 * reachable are no place for a customer's web server.  What carries an IPv4
 * address within IPv6 is refused without looking at the inner address, since
 * who translates it is not ours.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/addr.h"

static const struct range4 {
	uint32_t network;
	unsigned bits;
	enum addr_class class;
} ranges4[] = {
	{ 0x00000000, 8, ADDR_SPECIAL },	/* 0.0.0.0/8 "this network", RFC 791 */
	{ 0x0a000000, 8, ADDR_PRIVATE },	/* 10.0.0.0/8, RFC 1918 */
	{ 0x64400000, 10, ADDR_PRIVATE },	/* 100.64.0.0/10 shared, RFC 6598 */
	{ 0x7f000000, 8, ADDR_PRIVATE },	/* 127.0.0.0/8 loopback, RFC 1122 */
	{ 0xa9fe0000, 16, ADDR_PRIVATE },	/* 169.254.0.0/16 link local, RFC 3927 */
	{ 0xac100000, 12, ADDR_PRIVATE },	/* 172.16.0.0/12, RFC 1918 */
	{ 0xc0000000, 24, ADDR_SPECIAL },	/* 192.0.0.0/24 protocols, RFC 6890 */
	{ 0xc0000200, 24, ADDR_SPECIAL },	/* 192.0.2.0/24 TEST-NET-1, RFC 5737 */
	{ 0xc01fc400, 24, ADDR_SPECIAL },	/* 192.31.196.0/24 AS112, RFC 7535 */
	{ 0xc034c100, 24, ADDR_SPECIAL },	/* 192.52.193.0/24 AMT, RFC 7450 */
	{ 0xc0586300, 24, ADDR_SPECIAL },	/* 192.88.99.0/24 6to4 relays, RFC 7526 */
	{ 0xc0a80000, 16, ADDR_PRIVATE },	/* 192.168.0.0/16, RFC 1918 */
	{ 0xc0af3000, 24, ADDR_SPECIAL },	/* 192.175.48.0/24 AS112, RFC 7534 */
	{ 0xc6120000, 15, ADDR_SPECIAL },	/* 198.18.0.0/15 benchmarks, RFC 2544 */
	{ 0xc6336400, 24, ADDR_SPECIAL },	/* 198.51.100.0/24 TEST-NET-2, RFC 5737 */
	{ 0xcb007100, 24, ADDR_SPECIAL },	/* 203.0.113.0/24 TEST-NET-3, RFC 5737 */
	{ 0xe0000000, 4, ADDR_SPECIAL },	/* 224.0.0.0/4 multicast, RFC 5771 */
	{ 0xf0000000, 4, ADDR_SPECIAL },	/* 240.0.0.0/4 reserved, broadcast, RFC 1112 */
	/* not IANA's: a cloud answers here to all of its virtual machines */
	{ 0xa83f8110, 32, ADDR_SPECIAL },	/* 168.63.129.16 */
};

/* Most special first; what no row has is special: global unicast is 2000::/3
 * and nothing else (RFC 4291 §2.4). */
static const struct range6 {
	unsigned char network[16];
	unsigned bits;
	enum addr_class class;
} ranges6[] = {
	{ { [15] = 1 }, 128, ADDR_PRIVATE },			/* ::1 loopback, RFC 4291 */
	{ { 0xfc }, 7, ADDR_PRIVATE },				/* fc00::/7 ULA, RFC 4193 */
	{ { 0xfe, 0x80 }, 10, ADDR_PRIVATE },			/* fe80::/10 link local, RFC 4291 */
	{ { 0x20, 0x01 }, 23, ADDR_SPECIAL },			/* 2001::/23 protocols, RFC 2928: Teredo … */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, ADDR_SPECIAL },	/* 2001:db8::/32 examples, RFC 3849 */
	{ { 0x20, 0x02 }, 16, ADDR_SPECIAL },			/* 2002::/16 6to4, RFC 3056 */
	{ { 0x26, 0x20, 0x00, 0x4f, 0x80 }, 48, ADDR_SPECIAL },/* 2620:4f:8000::/48 AS112, RFC 7534 */
	{ { 0x3f, 0xff }, 20, ADDR_SPECIAL },			/* 3fff::/20 examples, RFC 9637 */
	{ { 0x20 }, 3, ADDR_PUBLIC },				/* 2000::/3 */
};

/* The address as bytes in network order; 0 if it is neither family. */
static size_t
bytes_of(const struct sockaddr *sa, const unsigned char **ret)
{
	if (sa->sa_family == AF_INET) {
		*ret = (const unsigned char *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr;
		return 4;
	}
	if (sa->sa_family == AF_INET6) {
		*ret = (const unsigned char *)&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
		return 16;
	}
	*ret = NULL;
	return 0;
}

static bool
share_first_bits(const unsigned char *x, const unsigned char *y, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(x, y, whole) != 0)
		return false;
	return rest == 0 || (x[whole] ^ y[whole]) >> (8 - rest) == 0;
}

enum addr_class
addr_class(const struct sockaddr *sa)
{
	const unsigned char *bytes;
	size_t len = bytes_of(sa, &bytes);

	if (len == 4) {
		for (size_t i = 0; i < sizeof ranges4 / sizeof ranges4[0]; i++) {
			uint32_t network = htonl(ranges4[i].network);

			if (share_first_bits(bytes, (unsigned char *)&network, ranges4[i].bits))
				return ranges4[i].class;
		}
		return ADDR_PUBLIC;
	}
	if (len == 16) {
		for (size_t i = 0; i < sizeof ranges6 / sizeof ranges6[0]; i++) {
			if (share_first_bits(bytes, ranges6[i].network, ranges6[i].bits))
				return ranges6[i].class;
		}
	}
	return ADDR_SPECIAL;
}

const char *
addr_class_name(enum addr_class class)
{
	switch (class) {
	case ADDR_PUBLIC:
		return "public";
	case ADDR_PRIVATE:
		return "private";
	case ADDR_SPECIAL:
		return "special";
	}
	return "special";
}

bool
addr_parse(const char *text, struct sockaddr_storage *ret)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		*ret = (struct sockaddr_storage){ 0 };
		memcpy(ret, &v4, sizeof v4);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
		*ret = (struct sockaddr_storage){ 0 };
		memcpy(ret, &v6, sizeof v6);
		return true;
	}
	return false;
}

/* One to five digits up to `most`, and nothing else. */
static bool
parse_number(const char *text, unsigned most, unsigned *ret)
{
	unsigned n = 0;
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 5 || text[len] != '\0')
		return false;
	for (; *text != '\0'; text++)
		n = n * 10 + (unsigned)(*text - '0');
	if (n > most)
		return false;
	*ret = n;
	return true;
}

bool
addr_parse_port(const char *text, unsigned default_port, struct sockaddr_storage *ret)
{
	char literal[INET6_ADDRSTRLEN];
	struct sockaddr_storage address;
	unsigned port = default_port;
	bool bracketed = text[0] == '[';
	const char *end;

	if (bracketed) {
		end = strchr(++text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
	} else {
		end = strchr(text, ':');
		/* more than one colon: IPv6 without a port */
		if (end == NULL || strchr(end + 1, ':') != NULL)
			end = text + strlen(text);
	}
	if ((size_t)(end - text) >= sizeof literal)
		return false;
	memcpy(literal, text, (size_t)(end - text));
	literal[end - text] = '\0';
	end += bracketed;
	if (!addr_parse(literal, &address) || (bracketed && address.ss_family != AF_INET6))
		return false;
	if (*end == ':' && !parse_number(end + 1, 65535, &port))
		return false;
	addr_set_port((struct sockaddr *)&address, port);
	*ret = address;
	return true;
}

socklen_t
addr_len(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return sizeof(struct sockaddr_in);
	if (sa->sa_family == AF_INET6)
		return sizeof(struct sockaddr_in6);
	return 0;
}

unsigned
addr_port(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)sa)->sin_port);
	if (sa->sa_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)(const void *)sa)->sin6_port);
	return 0;
}

void
addr_set_port(struct sockaddr *sa, unsigned port)
{
	assert(port <= 65535);
	if (sa->sa_family == AF_INET)
		((struct sockaddr_in *)(void *)sa)->sin_port = htons((uint16_t)port);
	else if (sa->sa_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)sa)->sin6_port = htons((uint16_t)port);
}

void
addr_text(const struct sockaddr *sa, char *out, size_t size)
{
	const unsigned char *bytes;

	assert(size >= INET6_ADDRSTRLEN);
	if (bytes_of(sa, &bytes) == 0 ||
	    inet_ntop(sa->sa_family, bytes, out, (socklen_t)size) == NULL)
		snprintf(out, size, "?");
}

bool
addr_in_prefix(const struct sockaddr *sa, const char *prefix)
{
	char literal[INET6_ADDRSTRLEN];
	struct sockaddr_storage network;
	const unsigned char *bytes, *network_bytes;
	const char *slash = strchr(prefix, '/');
	size_t len = bytes_of(sa, &bytes);
	unsigned bits;

	if (slash == NULL || (size_t)(slash - prefix) >= sizeof literal)
		return false;
	memcpy(literal, prefix, (size_t)(slash - prefix));
	literal[slash - prefix] = '\0';
	if (len == 0 || !addr_parse(literal, &network) || network.ss_family != sa->sa_family ||
	    bytes_of((struct sockaddr *)&network, &network_bytes) != len)
		return false;
	return parse_number(slash + 1, (unsigned)len * 8, &bits) &&
	    share_first_bits(bytes, network_bytes, bits);
}
