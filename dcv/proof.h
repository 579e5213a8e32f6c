#ifndef DCV_PROOF_H
#define DCV_PROOF_H
/* Pure: does a DNS answer prove what we want to see? */
#include <stdbool.h>
#include "base/dns.h"

/* Is there a TXT at exactly this name (CNAMEs followed) with exactly this value? */
bool proof_has_txt(const struct dns_reply *, const char *name, const char *value);

enum { PROOF_MAX_CHAIN = 8 };

/*
 * The last name that `name` is an alias of, by the CNAME records of the
 * answer in whatever order they came; `name` itself when it is none.  Follows
 * at most PROOF_MAX_CHAIN; *ret_loop is set when it does not end by then.
 */
const char *proof_chain_end(const struct dns_reply *, const char *name, bool *ret_loop);
/* Does the chain of CNAMEs from `name` pass through one of these names (ends
 * with NULL)?  The name itself does not count. */
bool proof_chain_reaches(const struct dns_reply *, const char *name, const char *const *targets);
#endif
