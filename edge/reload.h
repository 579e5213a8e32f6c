#ifndef EDGE_RELOAD_H
#define EDGE_RELOAD_H
/*
 * Makes the edge read its certificates again: the configured command, one run
 * at a time.  Who asks while it runs gets the following run, together with all
 * others that asked meanwhile: the present one may have read before them.
 */
#include "base/err.h"
#include "io/loop.h"

struct reload;
/* `command` is split at blanks; "" or NULL: nothing to run, always succeeds. */
struct reload *reload_open(struct loop *, const char *command);
/* Nobody is told any more; a run under way ends by itself. */
void reload_close(struct reload *);
/* err: edge_reload, only for the call; NULL: done. */
typedef void reload_done(void *arg, const struct err *);
void reload_ask(struct reload *, reload_done *, void *arg);
#endif
