#ifndef DCV_AUTHORITY_INSIDE_H
#define DCV_AUTHORITY_INSIDE_H
/* What dcv/authority*.c share: the fixed part of the zone. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include "base/err.h"
#include "dcv/zone_wire.h"

enum { AUTHORITY_SERVERS = 13, AUTHORITY_ADDRESSES = 8 };

struct authority_server {
	struct wire_name name;
	struct sockaddr_storage addresses[AUTHORITY_ADDRESSES];	/* none unless it is below the domain */
	size_t address_count;
};
struct authority_zone {
	struct wire_name domain, rname;
	struct authority_server servers[AUTHORITY_SERVERS];
	size_t server_count;
};

/* False: bad_option. */
bool authority_read_zone(const char *domain, const char *nameservers, struct authority_zone *ret, struct err *);
#endif
