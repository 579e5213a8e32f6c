#ifndef CLI_HEALTH_H
#define CLI_HEALTH_H
/* The admin listener: /healthz (it runs), /readyz (it can work: the database
 * is up, shards are held, the responders know the tokens), /metrics
 * (Prometheus text). */
#include "dcv/authority.h"
#include "dcv/board.h"
#include "io/loop.h"
#include "io/pg.h"
#include "scheduler/engine.h"

struct health_view {			/* what is told about; all of it outlives the listener */
	const struct pg		    *pg;
	const struct engine	    *engine;
	const struct flow *const    *flows;	/* the engine's, in the order of its statistics */
	const struct board	    *board;	/* NULL: no responder answers here */
	const struct zone_authority *authority;	/* NULL: no name server here */
};

struct health;
/* NULL: bad_option, the address cannot be used.  Copies the view. */
struct health *health_open(struct loop *, const char *address_port, const struct health_view *, struct err *);
void health_close(struct health *);	/* NULL is fine */
unsigned health_port(const struct health *);
#endif
