#ifndef CLI_HEALTH_H
#define CLI_HEALTH_H
/* The admin listener: /healthz (it runs), /readyz (it can work: the database
 * is up and shards are held), /metrics (Prometheus text). */
#include "io/loop.h"
#include "io/pg.h"
#include "scheduler/engine.h"

struct health;
/* NULL: bad_option, the address cannot be used.  `flows` are the engine's, in
 * the order of its statistics. */
struct health *health_open(struct loop *, const char *address_port, const struct pg *,
    const struct engine *, const struct flow *const *flows, struct err *);
void health_close(struct health *);	/* NULL is fine */
unsigned health_port(const struct health *);
#endif
