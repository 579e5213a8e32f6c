#ifndef ACME_KEY_H
#define ACME_KEY_H
/*
 * Makes private keys, and the CSR that goes with each.  A key leaves this file
 * sealed and in no other form.  P-256 is made at once, RSA-2048 (some 0.2 s of
 * computing) on the thread pool.
 */
#include "base/arena.h"
#include "io/loop.h"
#include "io/seal.h"
#include "scheduler/perform.h"

struct key_maker;

/* `seal` must outlive it. */
struct key_maker *key_open(struct loop *, const struct seal *);
/* Questions still open are never answered; a key that a thread is making is
 * thrown away when it is ready. */
void key_close(struct key_maker *);
/* Performer of QUESTION_KEY: struct key_question to struct key_answer. */
void key_perform(void *context, struct asked *);

/* For the command line: a new P-256 account key, sealed for `identity`, in
 * base64. */
void key_make_account(struct arena *, const struct seal *, const char *identity, char **ret_sealed);
#endif
