#ifndef IO_CHILD_H
#define IO_CHILD_H
/* Runs a configured program: argv only, never a shell; clean environment
 * (PATH only), no input, output dropped, killed with its group at the
 * deadline. */
#include <stdint.h>
#include "base/err.h"
#include "io/loop.h"

/* err: command_failed with exit status, signal or deadline; NULL: it exited 0. */
typedef void child_done(void *arg, const struct err *);
void child_run(struct loop *, const char *const *argv, int64_t timeout_ms, child_done *, void *arg);
#endif
