#ifndef SCHEDULER_STEP_H
#define SCHEDULER_STEP_H
/*
 * A flow is a table of steps; a step is two pure functions around one exchange
 * with the outside world.  ask() reads the row and says what must be asked;
 * tell() reads the answers and says what became of the row.  Neither does I/O,
 * looks at a clock, logs, or keeps anything: the engine does all four.
 *
 * What ask and tell make lives in the job's arena.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/dns.h"
#include "base/err.h"

enum { MAX_QUESTIONS = 8, MAX_NEXT = 8, MAX_CHANGES = 24 };

/* Who performs what: see scheduler/perform.h. */
enum question_kind {
	QUESTION_DNS,		/* name, type */
	QUESTION_HTTP,		/* name: URL; type: User-Agent */
	QUESTION_ACME,		/* detail: struct acme_question */
	QUESTION_KEY,		/* detail: struct key_question */
	QUESTION_EDGE,		/* detail: struct edge_question */
	QUESTION_DELIVERY,	/* detail: struct delivery_question */
	QUESTION_CAA,		/* detail: struct caa_ask */
	QUESTION_TOKEN,		/* detail: struct token_ask */
	QUESTION_PUBLISH,	/* detail: struct publish_ask */
	QUESTION_KINDS
};

struct question {
	enum question_kind kind;
	const char	  *name;
	const char	  *type;
	const void	  *detail;	/* what the kind needs beyond; a plain value */
};

struct questions {
	struct question list[MAX_QUESTIONS];
	size_t		count;
};

struct answer {
	struct err	   err;		/* err.code == NULL: it was answered */
	int		   status;	/* rcode, or HTTP status */
	const char *const *values;	/* record data, or { body } */
	size_t		   count;
	const void	  *detail;	/* DNS: struct dns_reply; others: their own answer */
};

enum verb { GO, WAIT, RETRY, FAIL };

/* One value to be written with the verdict: `name` of the row itself, or of
 * its part `of` ("p256", "ca").  SQL knows which names there are. */
struct change {
	const char *of;		/* NULL: the row itself */
	const char *name;
	const char *value;	/* NULL: clear it */
};

struct verdict {
	enum verb   verb;
	const char *next;	/* GO, FAIL: the new state */
	int64_t	    wait;	/* WAIT, GO: seconds until we look again */
	bool	    well;	/* WAIT: nothing is wrong; the error and the retries used up are forgotten */
	struct err  err;	/* WAIT, RETRY, FAIL: why */
	const char *found;	/* what was seen, for the history; or NULL */
	struct change changes[MAX_CHANGES];
	size_t	    change_count;
};

struct job {
	const char *id;		/* uuid of the row */
	const char *name;	/* of the row, for people: its first column */
	int64_t	    now;	/* the database's clock when it was read, Unix seconds */
	int64_t	    since;	/* when the row entered this state */
	int	    attempts;	/* retries used up in this state's schedule */
	int	    retries;	/* how many the schedule has */
	const char *state;
	const char *code;	/* what was wrong with the row when it was read; NULL: nothing */
	const void *row;	/* what the flow's load() made of it */
	struct arena *arena;
	void *engine_work;	/* the engine's own */
};

struct step {
	const char *state;
	const char *why;		/* one sentence: log, status, diagram */
	void (*ask)(const struct job *, struct questions *);	/* NULL: nothing to ask */
	struct verdict (*tell)(const struct job *, const struct answer *);	/* NULL: the row rests here */
	const char *next[MAX_NEXT];	/* every state that go() and fail() may name */
	bool	    goes_on;		/* the retries used up before count here too */
};

#include "scheduler/flow.h"
#include "scheduler/verb.h"
#endif
