#ifndef BASE_ERR_H
#define BASE_ERR_H
/*
 * What went wrong, for whom, and when to try again.  Codes, their blame, the
 * HTTP status and the sentence for the customer stand in one table,
 * base/errors.def; `detail` adds what this one case knows (never a secret).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

enum blame {
	BLAME_NONE,
	BLAME_US,	/* our database, resolver, disk: no attempt is used up */
	BLAME_NETWORK,	/* somebody between: unknown, never evidence */
	BLAME_CA,
	BLAME_CUSTOMER,
};

enum err_code {
	ERR_none,
#define ERR(code, blame, status, sentence) ERR_##code,
#include "base/errors.def"
#undef ERR
	ERR_count
};

struct err {
	const char *code;	/* stable: "dns_timeout"; NULL: no error */
	const char *detail;	/* one line for a person; may be NULL; lives
				 * as long as the arena or table it came from */
	enum blame  blame;	/* who can repair it; decides the backoff */
	int64_t	    retry_after;/* seconds the other side asked for, or 0 */
};

/* An error of the table's code with a detail (may be NULL; not copied). */
struct err err_new(enum err_code, const char *detail);
/* The sentence of the table for a code, or the code itself if unknown. */
const char *err_sentence(const char *code);
/* The HTTP status of the table, 500 if unknown. */
int err_status(const char *code);
const char *blame_name(enum blame);

/* Write *ret when it is wanted; returns false so that `return err_set(...)`
 * reads well in a function that can fail. */
bool err_set(struct err *ret, enum err_code, const char *detail);
#endif
