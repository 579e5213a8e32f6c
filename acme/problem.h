#ifndef ACME_PROBLEM_H
#define ACME_PROBLEM_H
/*
 * A CA's problem document (RFC 7807, RFC 8555 §6.7) as one of our errors: a
 * stable code, whose fault it is, and one line that names the CA, its type and
 * its text.  The text is foreign: control and direction characters become
 * spaces, and the line ends after PROBLEM_MAX_DETAIL characters.  Pure.
 */
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

enum {
	PROBLEM_MAX_DETAIL = 400,		/* characters */
	PROBLEM_MAX_SUBPROBLEMS = 8,
	PROBLEM_MAX_LINE = 1600,		/* characters, with subproblems */
	RETRY_AFTER_MOST = 6 * 3600,		/* seconds */
	RETRY_AFTER_MOST_LIMITED = 24 * 3600,	/* for rate limits */
};

/* The `error` of an order or a challenge: `ca` is the CA's name. */
struct err problem_of_object(struct arena *, const char *ca, const json_t *problem);

/* A whole reply that is not 2xx: its body may be a problem or anything else.
 * retry_after: seconds it asked for, 0: none. */
struct err problem_of_reply(struct arena *, const char *ca, int status, const char *body, size_t len,
    int64_t retry_after);

/* An error of the table whose detail names the CA: "lets_encrypt: DETAIL",
 * the detail cleaned and capped as above. */
struct err problem_new(struct arena *, const char *ca, enum err_code, const char *detail);

/* Foreign text made fit for one line of a log, at most so many characters. */
char *problem_clean(struct arena *, const char *text, size_t most);

/* Between 1 s and 6 h (24 h for rate limits); 0 stays 0: nothing was asked. */
int64_t problem_retry_after(int64_t seconds, int64_t most);
#endif
