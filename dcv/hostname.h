#ifndef DCV_HOSTNAME_H
#define DCV_HOSTNAME_H
/* The flow of a custom hostname: who owns it, and does it point at us? */
#include "scheduler/step.h"

struct hostname {
	const char *name;		/* "shop.example.com" */
	const char *const *targets;	/* names that it may CNAME to; ends with NULL */
	const char *proof_name;		/* "_cf-custom-hostname.shop.example.com" */
	const char *proof;		/* the TXT value that shows ownership */
};

extern const struct flow hostname_flow;
#endif
