#ifndef EDGE_DEPLOY_H
#define EDGE_DEPLOY_H
/*
 * The performer of QUESTION_EDGE: puts a pack on the edge and sees it served,
 * or takes it off.  Asking the same again, after a kill at any point too, ends
 * in the same state.
 */
#include "io/loop.h"
#include "io/seal.h"
#include "scheduler/perform.h"

struct edge_options {
	const char *directory;		/* "": nothing is deployed, every answer is "done" */
	const char *reload_command;	/* split at blanks, no shell; "": none is needed */
	const char *probe;		/* address:port; "": the edge is not asked */
	int64_t	    probe_for_ms;	/* how long it is asked; 0: 10 s */
};

struct edge;
/* seal must outlive it; options are copied.  The directory is opened when it
 * is needed, so that one that is missing is an answer and not a refusal to start. */
struct edge *edge_open(struct loop *, const struct seal *, const struct edge_options *);
/* What is under way is answered with edge_stopped; it can be asked again. */
void edge_close(struct edge *);
/* context: the struct edge.  err: edge_bad_pack, seal_broken, edge_stale,
 * edge_disk, edge_reload, edge_probe; after the last two the version before is
 * live again. */
void edge_perform(void *context, struct asked *);
#endif
