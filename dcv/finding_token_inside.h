#ifndef DCV_FINDING_TOKEN_INSIDE_H
#define DCV_FINDING_TOKEN_INSIDE_H
/* For dcv/finding_token*.c only. */
#include "dcv/finding_token.h"

struct token_judgement {
	struct arena *a;
	struct findings fs;
	struct finding *f;
	const struct token_ask *ask;
	const struct token_view *view;
	struct token_said said;
	size_t	    value_count;
	/* of the answer that is judged */
	const struct dns_reply *reply;
	const char *end, *alias;
};

bool token_has_value(const struct token_ask *, size_t i, const struct dns_reply *, const char *name);

/* dcv/finding_token_fix.c; they end with NULL.  Those that the answer lacks,
 * and those of earlier orders that it has: */
const char *const *token_lacking(struct token_judgement *);
const char *const *token_old_ones(struct token_judgement *);
size_t token_count(const char *const *texts);
const char *token_list(struct token_judgement *, const char *const *values);	/* "a, b and c" */
const char *token_expected(struct token_judgement *);
void token_put_reply(struct token_judgement *);
const char *token_fix(struct token_judgement *, enum err_code, const char *const *olds);
#endif
