#ifndef TESTS_NET_FAKE_ZONE_H
#define TESTS_NET_FAKE_ZONE_H
/*
 * A DNS server on a loopback address of its own that answers by UDP from lines
 * of a master file, as a name server of one zone or as a resolver: CNAMEs are
 * followed, "*" is a wildcard, what is not there has the zone's SOA.
 */
#include <stdbool.h>
#include "io/loop.h"

enum fake_zone_act { ZONE_SERVES, ZONE_REFUSES, ZONE_IS_SILENT };

struct fake_zone;
/* Lines end with NULL and have an absolute owner: "a.test. 60 IN A 192.0.2.1".
 * "a.test. 0 IN SERVFAIL -" and "a.test. 0 IN SILENCE -" is what that name gets.
 * `port` 0: any that is free there; NULL when it is taken. */
struct fake_zone *fake_zone_new(struct loop *, const char *address, unsigned port, bool authoritative,
    const char *const *lines);
void fake_zone_free(struct fake_zone *);
void fake_zone_set_act(struct fake_zone *, enum fake_zone_act);
unsigned fake_zone_port(const struct fake_zone *);
unsigned fake_zone_asked(const struct fake_zone *);
#endif
