#ifndef EDGE_LINK_H
#define EDGE_LINK_H
/*
 * Which version is live: by-name/<hostname> and, for a wildcard pack,
 * by-name/_wildcard.<hostname> are links to ../versions/<folder>, replaced in
 * one step.  All functions block (see edge/write.h); details are the arena's.
 */
#include "edge/pack.h"

/* The links point at the pack's folder, synced; what they pointed at is noted,
 * so that a successor of ours can still take it back.  edge_stale: a newer
 * version of this certificate is live; edge_disk: nothing is changed then. */
bool link_swap(int root, const struct pack *, struct arena *, struct err *);
/* Undo link_swap, also one of a killed predecessor; *ret_changed: was there
 * anything to undo?  A link that was proven before stays. */
bool link_swap_back(int root, const struct pack *, struct arena *, bool *ret_changed, struct err *);
/* The version of this certificate that was live before link_swap; 0: none, or
 * no longer known. */
uint64_t link_before(int root, const struct pack *, struct arena *);
/* The pack is proven: forget what was before, and drop a wildcard link that
 * an earlier version of this certificate had and this one has not. */
bool link_settle(int root, const struct pack *, struct arena *, struct err *);
/* Remove the links that point at any version of this certificate. */
bool link_remove(int root, const struct pack *, struct arena *, bool *ret_changed, struct err *);
#endif
