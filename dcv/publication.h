#ifndef DCV_PUBLICATION_H
#define DCV_PUBLICATION_H
/* The flow of a name in the delegation domain whose TXT values are pushed to a
 * name server of the provider. */
#include "scheduler/step.h"

struct publication {
	const char *name;
	const char *adds, *removes;	/* JSON arrays, as the database has them */
	const char *const *add;		/* the same; each ends with NULL */
	const char *const *remove;
};

extern const struct flow publication_flow;
#endif
