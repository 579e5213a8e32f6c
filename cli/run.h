#ifndef CLI_RUN_H
#define CLI_RUN_H
/* The daemon: everything made in order, run, and unmade in the reverse order. */
#include "cli/command.h"

/* Until a signal, or with `once` until nothing is due within conf->linger. */
enum exit_code run_daemon(const struct conf *, bool once, struct arena *);
#endif
