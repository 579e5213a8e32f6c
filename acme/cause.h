#ifndef ACME_CAUSE_H
#define ACME_CAUSE_H
/* Pure: why an order failed at a CA, by the error's stable code.  The cause,
 * not the error, decides whether another CA is asked: acme/choose. */
#include <stdbool.h>

enum cause {
	CAUSE_NONE,		/* no failure of the CA, or nobody's: nothing follows from it */
	CAUSE_CUSTOMER,		/* their DNS or web server: no other CA would see it otherwise */
	CAUSE_CAA,		/* the CA, or our own look, was forbidden by a CAA record */
	CAUSE_RATE,		/* a limit, the CA's or ours */
	CAUSE_INFRASTRUCTURE,	/* unreachable, 5xx, time-out, nonsense, a chain that is broken */
	CAUSE_POLICY,		/* the CA does not want this name, this account or this order */
	CAUSE_OURS,		/* our request, key or account is wrong */
};

/* NULL, and codes that say nothing about a CA, are CAUSE_NONE. */
enum cause cause_of(const char *code);
/* Is the code in the table at all?  Only a test asks. */
bool cause_is_known(const char *code);
const char *cause_name(enum cause);	/* "infrastructure" */
/* The reverse; unknown names are CAUSE_NONE. */
enum cause cause_named(const char *name);
#endif
