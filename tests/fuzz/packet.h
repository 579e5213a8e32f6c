#ifndef TESTS_FUZZ_PACKET_H
#define TESTS_FUZZ_PACKET_H
/*
 * A DNS reply as input.  What was asked is taken from the packet itself, or
 * nearly all of them would end at "another question".
 */
#include <ctype.h>
#include <string.h>
#include "base/dns.h"

enum { PACKET_ARENA = 4 << 20 }; /* as io/dns gives a reply */

struct packet {
	char name[256];
	enum dns_type type;
	uint16_t id;
};

/* The question's name and the place behind it, if it is one that we would ask. */
static inline size_t
packet_name(const uint8_t *wire, size_t size, char name[256])
{
	size_t at = 12, out = 0;

	while (at < size && wire[at] != 0 && wire[at] < 64 && at + 1 + wire[at] < size &&
	    out + 1 + wire[at] < 254) {
		if (out != 0)
			name[out++] = '.';
		for (size_t i = 1; i <= wire[at]; i++) {
			if (!isalnum(wire[at + i]) && wire[at + i] != '-' && wire[at + i] != '_')
				return 0;
			name[out++] = (char)wire[at + i];
		}
		at += 1u + wire[at];
	}
	name[out] = '\0';
	return out != 0 && at < size && wire[at] == 0 ? at + 1 : 0;
}

static inline struct packet
packet_question(const uint8_t *wire, size_t size)
{
	static const enum dns_type types[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_TXT, DNS_AAAA,
		DNS_CAA };
	struct packet p = { .type = DNS_A };
	size_t end = packet_name(wire, size, p.name);

	if (size >= 2)
		p.id = (uint16_t)(wire[0] << 8 | wire[1]);
	if (end == 0) {
		memcpy(p.name, "shop.example.com", sizeof "shop.example.com");
		return p;
	}
	for (size_t i = 0; i < sizeof types / sizeof types[0] && end + 2 <= size; i++)
		if ((unsigned)types[i] == ((unsigned)wire[end] << 8 | wire[end + 1]))
			p.type = types[i];
	return p;
}
#endif
