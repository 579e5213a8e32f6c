#ifndef DCV_CAA_RECORD_H
#define DCV_CAA_RECORD_H
/* Pure: one CAA record, taken apart.  dcv/caa.h says what follows from it. */
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

enum { CAA_MAX_VALUE = 4096 };	/* what base/dns.h lets through */

/* Some octets of a text that somebody else keeps. */
struct caa_slice {
	const char *at;
	size_t	    len;
};

struct caa_property {
	unsigned	 flags;
	struct caa_slice tag;			/* in the text */
	char		 value[CAA_MAX_VALUE];	/* octets of any kind, without \DDD */
	size_t		 len;
	bool		 too_long;		/* value is cut */
};

/* The value of issue and issuewild. */
struct caa_issue {
	struct caa_slice issuer;	/* empty: nobody */
	struct caa_slice account;	/* of the last accounturi */
	struct caa_slice methods;	/* of the last validationmethods */
	unsigned	 accounts;	/* how many accounturi there are */
	unsigned	 method_lists;
};

/* From a text as base/dns.h has it, `flags tag value`. */
void caa_read_property(const char *text, struct caa_property *ret);
bool caa_property_is(const struct caa_property *, const char *tag);	/* case does not count */
/* RFC 8659 §4.2.  A value that is not of its grammar says what an empty one
 * says: nobody.  The slices point into the property. */
struct caa_issue caa_read_issue(const struct caa_property *);

/* Is the issuer this domain name?  Case does not count, nor a final dot of
 * `identity` (in the record it is against the grammar). */
bool caa_issue_names(const struct caa_issue *, const char *identity);
bool caa_issue_allows_account(const struct caa_issue *, const char *url);	/* NULL: none yet */
bool caa_issue_allows_method(const struct caa_issue *, const char *method);

/* `customer.com. CAA 0 issue ";"`, as a zone file has it. */
const char *caa_show(struct arena *, const char *owner, const char *text);
/* Can it stand in a parameter, and in the quotes of caa_show as it is? */
bool caa_fits_in_a_parameter(const char *);
#endif
