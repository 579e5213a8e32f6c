#ifndef WEBHOOKS_DELIVERY_H
#define WEBHOOKS_DELIVERY_H
/* The flow of a delivery: one event on its way to one endpoint. */
#include "scheduler/step.h"

struct delivery {		/* in the order of the columns; the id is the job's */
	const char *event_id;	/* constant over retries: the receiver knows repeats by it */
	const char *url;
	const char *body;	/* JSON */
	const char *webhook_id;
	const char *secret;	/* base64, sealed; NULL: the daemon has not sealed it yet */
	const char *old_secret;	/* base64, sealed; NULL unless it rotates */
	const char *plain_secret;/* base64, sealed; NULL: none */
	bool	    enabled;	/* the endpoint takes deliveries */
};

extern const struct flow delivery_flow;
#endif
