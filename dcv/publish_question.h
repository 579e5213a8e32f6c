#ifndef DCV_PUBLISH_QUESTION_H
#define DCV_PUBLISH_QUESTION_H
/* What dcv/publication asks and dcv/publish answers. */

enum { PUBLISH_MOST_VALUES = 100 };	/* added and removed, together */

struct publish_ask {			/* question.detail */
	const char *name;		/* "shop.example.com.0123456789abcdef.dcv.provider.com" */
	const char *const *add;		/* TXT values; each ends with NULL */
	const char *const *remove;
};
/* answer.err: publish_refused, publish_signature, publish_unreachable,
 * publish_missing (it was taken, but the server does not answer with it),
 * publish_off (nothing was sent: no server, or none for this name). */
#endif
