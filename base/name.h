#ifndef BASE_NAME_H
#define BASE_NAME_H
/* DNS names as text: lower-case A-labels without the final dot. */
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/err.h"

/* The one canonical form: lower case, one final dot removed.  Refuses (code
 * dns_bad_name, detail says what): empty names and labels, labels over 63
 * and names over 253 octets, characters that are not letters, digits,
 * hyphen or (where `service` is set, for _acme-challenge and the like)
 * underscore, hyphens at a label's ends, non-ASCII, IP literals.  A leading
 * "*." is taken only with `wildcard`.  The result lives in the arena. */
struct name_rules { bool wildcard; bool service; };
const char *name_canonical(struct arena *, const char *text, struct name_rules, struct err *);
bool name_equal(const char *, const char *);		/* case and final dot do not count */
bool name_is_under(const char *name, const char *parent);/* equal counts */
bool name_is_wildcard(const char *);			/* begins with "*." */
const char *name_parent(const char *);			/* after the first dot; NULL at the end */
bool name_is_ip(const char *);				/* IPv4 or IPv6 literal, any spelling inet_pton knows */
#endif
