#ifndef KIT_PACKS_H
#define KIT_PACKS_H
/* Rows for simulations of certificates: CAs, hostnames, packs.  A hostname is
 * an SQL expression of n, 1 to count: "'shop.d' || n || '.test'". */
#include "tests/kit/sim.h"

/* Flows of packs and CAs on an empty world without CAs, and a zone whose packs
 * have these key types: "{p256}". */
struct sim *packs_open(const char *key_types);
/* A CA that does as it should; preferred in the order in which they come.
 * Identities of CAA records: "{letsencrypt.org}"; 0 orders: no limit of ours. */
void packs_ca(struct sim *, const char *name, const char *identities, int orders_per_hour);
/* Its limits are those that Let's Encrypt publishes, and it enforces them. */
void packs_ca_is_limited(struct sim *, const char *name);
/* Active hostnames whose first pack is to be ordered now, from the CA that is
 * wanted or, "", from the default CA. */
void packs_new(struct sim *, const char *hostname, int count, const char *wanted);
/* Active hostnames with a pack of 90 days that is served, of which so many
 * seconds are left, and which is looked at next in `look_in` seconds. */
void packs_served(struct sim *, const char *hostname, int count, const char *ca, const char *wanted,
    int64_t left, int64_t look_in);
/* `certwright renew`, of all hostnames that are like this. */
void packs_renew(struct sim *, const char *like);

/* Hostnames whose attached pack is active and valid now. */
int64_t packs_well(struct sim *);
/* Successors that are not yet what is served. */
int64_t packs_under_way(struct sim *);
/* Two active packs of one hostname, seen at the end of any transaction. */
int64_t packs_doubled(struct sim *);
int64_t packs_now(struct sim *);		/* Unix seconds */
#endif
