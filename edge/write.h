#ifndef EDGE_WRITE_H
#define EDGE_WRITE_H
/*
 * Version folders of an edge directory: versions/<certificate_id>-<version>/
 * with ecdsa.crt, ecdsa.key, rsa.crt, rsa.key.  A folder appears complete and
 * synced, or not at all.  All functions block: they are called on io/work's
 * threads, `root` is the open edge directory, errors (edge_disk) have their
 * detail in the arena.
 */
#include "edge/pack.h"

/* -1: edge_disk.  Caller closes. */
int write_open_root(const char *directory, struct arena *, struct err *);
/* The pack's folder is there and synced; one that already holds exactly this
 * is kept. */
bool write_version(int root, const struct pack *, struct arena *, struct err *);
/* After a success: removes the certificate's versions except this one, `before`
 * (which was live until now; 0: not known, the highest below this one) and
 * newer ones. */
bool write_tidy(int root, const struct pack *, uint64_t before, struct arena *, struct err *);
/* Removes this version: it did not prove itself and is not live. */
bool write_drop(int root, const struct pack *, struct arena *, struct err *);
/* Removes every version of the certificate. */
bool write_remove(int root, const struct pack *, struct arena *, struct err *);
/* Is there any version of the certificate? */
bool write_has_versions(int root, const struct pack *, struct arena *);
#endif
