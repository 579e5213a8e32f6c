#ifndef IO_WORK_H
#define IO_WORK_H
/* Slow pure computation (RSA keys) on libuv's thread pool. */
#include "io/loop.h"

/* run(arg) on another thread, then done(arg) on the loop.  run may touch only
 * what arg points to. */
void work_start(struct loop *, loop_fn *run, loop_fn *done, void *arg);
#endif
