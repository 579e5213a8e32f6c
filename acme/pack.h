#ifndef ACME_PACK_H
#define ACME_PACK_H
/* Pure: a certificate pack from the columns of due_certificate(), its tokens as
 * they are stored, and the predicates that its flow is written in. */
#include "acme/certificate.h"

extern const char *const pack_columns[];	/* ends with NULL */
const void *pack_load(struct arena *, const char *const *values);

/* The order's tokens that are of use for this pack (http for one name, also
 * with method txt; txt and persist for wildcards and with method txt), as
 * stored ones: "pending" each.  One that was there already keeps its age.
 * Authorizations that are valid need none.  False: some authorization offers
 * nothing of use. */
bool pack_take_tokens(const struct job *, const struct acme_order *, struct part *);
/* As the change "challenges" carries them: a JSON array. */
const char *pack_tokens_text(struct arena *, const struct part *);
/* As the change "setback" carries it: a JSON object. */
const char *pack_setback_text(struct arena *, const struct err *);

bool part_is_wanted(const struct part *);	/* the pack has this key type */
bool part_has_order(const struct part *);
bool part_order_is(const struct part *, const char *status);
bool part_order_is_ready(const struct part *);	/* or beyond */
bool token_is(const struct token *, const char *status);
bool token_is_by(const struct token *, const char *method);
bool token_is_of(const struct token *, const struct token *name);	/* the same name of an order */
/* Where a customer publishes it: a URL or a name. */
const char *token_place(struct arena *, const struct certificate *, const struct token *);
#endif
