#ifndef KIT_PLAYED_EDGE_H
#define KIT_PLAYED_EDGE_H
/*
 * The edge, played: which pack is served for which hostname, and whether there
 * was a moment without a valid certificate.  A mock stands here because a real
 * edge serves by the real clock; edge/ is tested in tests/net and tests/system.
 */
#include "scheduler/perform.h"

void played_edge_perform(void *played, struct asked *);

void edge_reset(void);			/* nothing was ever served */
/* Served from the start: so many hostnames of rows that were made by hand. */
void edge_has(const char *hostname, const char *pack, int64_t not_after);
size_t edge_deployments(void);
/* Hostnames whose certificate is valid then. */
size_t edge_served(int64_t now);
/* Moments at which a hostname lost its certificate: it ran out before its
 * successor came, or was taken off while it was served. */
size_t edge_gaps(void);
/* The least time that was left of a certificate when its successor came. */
int64_t edge_least_left(void);
#endif
