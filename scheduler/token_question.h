#ifndef SCHEDULER_TOKEN_QUESTION_H
#define SCHEDULER_TOKEN_QUESTION_H
/*
 * The question that a flow (acme) puts to a performer of another folder (dcv):
 * would a CA that looks now find what it wants to see?  They meet here, on the
 * floor below.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/persist.h"

enum { TOKEN_MAX_VALUES = 4 };

enum token_method {
	TOKEN_HTTP,	/* place: http URL; one value, the body */
	TOKEN_TXT,	/* place: name of a TXT record set */
	TOKEN_PERSIST,	/* place: name of a TXT record set; values: the record that we advise */
};

struct token_ask {			/* question.detail */
	enum token_method method;
	const char *hostname;		/* whose control is to be shown, without "*." */
	const char *place;
	const char *const *values;	/* all of them have to be there; ends with NULL */
	const char *const *old_values;	/* of earlier orders; ends with NULL; or NULL */
	const char *delegation;		/* TXT: what place may be a CNAME to, for us to answer; or NULL */
	const char *http_port;		/* HTTP: of customers' web servers; "80" but for trials */
	struct persist persist;		/* PERSIST: what satisfies the CA */
};

struct token_said {			/* answer.detail */
	bool	    is_there[TOKEN_MAX_VALUES];	/* each value, wherever a CA may look */
	bool	    is_delegated;	/* TXT: place leads to `delegation` */
	struct err  err;		/* code NULL: all are there; else a code of base/errors.def,
					 * detail: the sentence for the customer */
	const char *found;		/* what was seen, for the history; or NULL */
	const char *finding;		/* JSON object {purpose, code, where, expected, found, fix} as
					 * dcv/finding.h writes them; never NULL */
};
/* The answer itself has no error: not to know is err with BLAME_US or
 * BLAME_NETWORK. */
#endif
