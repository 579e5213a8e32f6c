#ifndef WEBHOOKS_POST_H
#define WEBHOOKS_POST_H
/*
 * The performer of QUESTION_DELIVERY: one POST, signed by Standard Webhooks
 * 1.0.  Any HTTP status is an answer; what it means the flow says.
 */
#include <stdbool.h>
#include "io/http.h"
#include "io/seal.h"
#include "scheduler/perform.h"

struct post_options {
	bool	    allow_plain;	/* http:// too: trials only */
	const char *trust_file;		/* PEM authorities; NULL or "": the system's */
};

struct post;
/* http and seal must outlive it; options are copied. */
struct post *post_open(struct http *, const struct seal *, const struct post_options *);
void post_close(struct post *);	/* what is on its way is still answered, by http */
/* context: the struct post.  err: http_*, dns_*, seal_broken, delivery_bad_secret. */
void post_perform(void *context, struct asked *);
#endif
