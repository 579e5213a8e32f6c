#ifndef BASE_PERSIST_H
#define BASE_PERSIST_H
/*
 * Records of dns-persist-01 (draft-ietf-acme-dns-persist-01): a TXT record at
 * _validation-persist.<name> that stays and binds the name to an account at a
 * CA: `ca.example; accounturi=https://ca.example/acct/1; policy=wildcard`.
 * Pure.  The values are RFC 8659 issue-values; the CA's own rules of reading
 * them are kept, so what is called satisfied here is satisfied there.
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"

struct persist {			/* what satisfies a CA */
	const char *const *issuers;	/* issuer domain names that it accepts; ends with NULL */
	const char *account_url;
	bool	    wildcard;		/* the policy has to be "wildcard" */
	int64_t	    now;		/* Unix seconds: persistUntil must not be past */
};

/* The record that satisfies, for the first issuer; "" without any. */
const char *persist_record(struct arena *, const struct persist *);
/* Does this TXT value satisfy?  Malformed ones and those of others do not. */
bool persist_is_satisfied(const struct persist *, const char *value);
#endif
