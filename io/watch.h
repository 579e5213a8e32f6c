#ifndef IO_WATCH_H
#define IO_WATCH_H
/* A file descriptor on the loop, for the modules of io/ that do their own
 * reading and writing.  The descriptor stays its owner's. */
#include <stdbool.h>
#include "io/loop.h"

struct watch;
/* An error or hang-up is told as both: the next read or write says which. */
typedef void watch_fn(void *arg, bool readable, bool writable);

struct watch *watch_new(struct loop *, int fd, watch_fn *, void *arg);	/* watches for nothing yet */
void watch_for(struct watch *, bool readable, bool writable);
/* Never calls again; the descriptor may be closed at once.  NULL is fine. */
void watch_free(struct watch *);
#endif
