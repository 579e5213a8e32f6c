#ifndef SCHEDULER_PERFORM_H
#define SCHEDULER_PERFORM_H
/*
 * A performer answers one kind of question.  It is given a question and calls
 * answered() exactly once, at once or later, from the loop.  What the answer
 * points to must live in the job's arena.  The engine may have given up on the
 * question (deadline); answered() is then ignored, but the arena still lives.
 */
#include "scheduler/step.h"

struct asked {			/* one question that was put */
	const struct job      *job;
	const struct question *question;
	struct arena	      *arena;	/* for the answer */
	void (*answered)(struct asked *, struct answer);
};

struct performer {
	void (*perform)(void *context, struct asked *);
	void *context;
};

/* Shorthand for the many places that fail: answered() with only an error.  The
 * detail is copied to the arena. */
void asked_fail(struct asked *, const struct err *);
#endif
