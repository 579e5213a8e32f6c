#ifndef DCV_ZONE_SERVERS_H
#define DCV_ZONE_SERVERS_H
/*
 * The name servers of the zone that a name is in: which zone that is, who
 * serves it, and at which addresses they can be asked.
 */
#include "dcv/finding_zone.h"
#include "io/dns.h"
#include "scheduler/perform.h"

enum { ZONE_MAX_SERVERS = 8, ZONE_MAX_SERVER_NAMES = 8 };

struct zone_servers {
	/* given */
	struct dns   *dns;
	struct arena *arena;		/* must live, as this here, until the last call of done */
	bool	      allow_private;	/* those at private addresses are asked as well; for trials */
	unsigned      port;
	/* after zone_servers_find */
	const char   *zone;		/* NULL: unknown */
	/* after zone_servers_resolve: at most eight addresses.  One without an
	 * address is there as well; one that this machine cannot reach is not. */
	struct server servers[ZONE_MAX_SERVERS];
	struct sockaddr_storage addresses[ZONE_MAX_SERVERS];	/* of those that are `is_asked` */
	size_t	      count;
	/* inside */
	void	    (*next)(struct zone_servers *);
	loop_fn	     *done;
	void	     *arg;
	size_t	      open;
	const char   *asked_zone;
	int	      climbed;
	struct answer ns;
	const char   *names[ZONE_MAX_SERVER_NAMES];
	struct answer a[ZONE_MAX_SERVER_NAMES], aaaa[ZONE_MAX_SERVER_NAMES];
	size_t	      name_count;
};

/* Both call done(arg) once, perhaps at once.  The guess is a name in the zone,
 * as far up as is known, and has no CNAME. */
void zone_servers_find(struct zone_servers *, const char *guess, loop_fn *done, void *arg);
void zone_servers_resolve(struct zone_servers *, loop_fn *done, void *arg);
#endif
