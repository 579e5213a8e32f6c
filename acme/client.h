#ifndef ACME_CLIENT_H
#define ACME_CLIENT_H
/*
 * Asks CAs: the performer of QUESTION_ACME (RFC 8555).  A question is one act
 * of struct acme_question; directory, account, nonces and signatures are seen
 * to here and nobody else hears of them.
 */
#include "io/http.h"
#include "io/loop.h"
#include "io/seal.h"
#include "scheduler/perform.h"

struct acme_client;

/* loop, http and seal must outlive it. */
struct acme_client *acme_client_open(struct loop *, struct http *, const struct seal *);
/* Forgets all accounts and cleanses their keys; questions still open are never
 * answered.  Close it before `http`, which ends what is under way. */
void acme_client_close(struct acme_client *);
/* Performer: struct acme_question to struct acme_answer.  The answer takes at
 * most some 256 KiB of the job's arena, whatever the CA sends. */
void acme_client_perform(void *context, struct asked *);
#endif
