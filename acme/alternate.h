#ifndef ACME_ALTERNATE_H
#define ACME_ALTERNATE_H
/* Alternate chains (RFC 8555 §7.4.2): where they are, and which one is
 * preferred.  Pure. */
#include <stdbool.h>
#include "base/arena.h"

/* The next URL with rel="alternate" in the value of a Link header (RFC 8288),
 * in the arena; NULL: there is none after *at, which is moved on. */
char *alternate_next(struct arena *, const char **at);

/* Was a certificate of the chain (PEM) issued by this common name?  Upper and
 * lower case are the same. */
bool alternate_has_issuer(const char *pem, const char *common_name);
#endif
