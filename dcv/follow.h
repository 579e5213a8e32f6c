#ifndef DCV_FOLLOW_H
#define DCV_FOLLOW_H
/*
 * Keeps a board equal to the database: reads all published tokens once, then
 * what has changed, at each notification ("certwright_tokens") and each second
 * besides.  No change is missed: what is asked for are the changes of all
 * transactions that were not visible at the last reading.  While the database
 * is away the board stays as it is.
 */
#include "dcv/board.h"
#include "io/loop.h"
#include "io/pg.h"

struct follow;
struct follow *follow_open(struct loop *, struct pg *, struct board *);
/* After pg_close, which ends its notifications; NULL is fine; those who wait
 * are called. */
void follow_close(struct follow *);
/* fn(arg) once, when the board holds all that was committed before this call;
 * or when that cannot be (the database is away, 2 s have passed). */
void follow_when_current(struct follow *, loop_fn *, void *arg);
#endif
