#ifndef DCV_HOSTNAME_H
#define DCV_HOSTNAME_H
/* The flow of a custom hostname: who owns it, and does it point at us? */
#include "scheduler/step.h"

struct hostname {
	const char *name;		/* "shop.example.com" */
	const char *const *targets;	/* names that it may CNAME to; ends with NULL */
	const char *unresolved;		/* the target that leads nowhere yet: it counts, but is not advised; or NULL */
	const char *const *prefixes;	/* "192.0.2.0/24": where its addresses may be; ends with NULL */
	const char *proof_name;		/* "_cf-custom-hostname.shop.example.com" */
	const char *proof;		/* the TXT value and HTTP body that show ownership */
	const char *proof_url;		/* where that body has to be */
	const char *user_agent;		/* of the request for it */
	const char *findings;		/* of the last look, as finding_json() wrote them; or NULL */
	bool	    pointed;		/* at us, when that was seen last */
	int64_t	    watch_for;		/* seconds between two looks at an active hostname */
};

extern const struct flow hostname_flow;
#endif
