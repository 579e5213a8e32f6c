#ifndef EDGE_PROBE_H
#define EDGE_PROBE_H
/*
 * Asks the edge by TLS whether it serves exactly a pack's certificates for its
 * hostname, to a client that takes ECDSA and to one that takes RSA.  Asked
 * again for a while, because an edge needs a moment to change.
 */
#include "edge/pack.h"
#include "io/loop.h"

struct probe;
/* err: edge_probe with what was expected and what was found, only for the
 * call; NULL: all are served. */
typedef void probe_done(void *arg, const struct err *);
/* The pack must live until done or probe_stop; one of the two ends the probe. */
struct probe *probe_start(struct loop *, const char *address_port, const struct pack *, int64_t for_ms,
    probe_done *, void *arg);
void probe_stop(struct probe *);	/* NULL is fine; done is not called */
#endif
