#ifndef WEBHOOKS_QUESTION_H
#define WEBHOOKS_QUESTION_H
/* One signed POST.  answer.status is the HTTP status, answer.detail a struct
 * delivery_answer; answer.err only if there was no HTTP answer at all. */
#include <stdint.h>

struct delivery_question {
	const char *url;
	const char *message_id;		/* webhook-id: the event's, constant over retries */
	int64_t	    now;		/* webhook-timestamp, Unix seconds */
	const char *body;		/* JSON */
	const char *webhook_id;		/* names what the secrets are sealed for */
	const char *secret;		/* base64, sealed signing secret; identity "webhook/ID/secret" */
	const char *old_secret;		/* the previous one while it rotates, or NULL; identity "webhook/ID/old_secret" */
	const char *plain_secret;	/* base64, sealed value of cf-webhook-auth, or NULL; "webhook/ID/plain_secret" */
};

struct delivery_answer {
	int64_t retry_after;		/* seconds, 0: not said */
};
#endif
