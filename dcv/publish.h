#ifndef DCV_PUBLISH_H
#define DCV_PUBLISH_H
/*
 * The performer of QUESTION_PUBLISH: adds and removes single TXT values at one
 * name of the provider's name server, by one RFC 2136 message signed with TSIG
 * (RFC 8945).  Values of others stay.  The server's answer is verified; then
 * the server is asked whether it has what it should.
 */
#include "dcv/publish_question.h"
#include "io/loop.h"
#include "scheduler/perform.h"

struct publish_options {
	const char *domain;		/* dcv_domain: the zone that is updated */
	const char *server;		/* dcv_update_server, ADDRESS:PORT */
	const char *key_file;		/* dcv_update_key_file, as tsig-keygen and keymgr -t write it */
};
struct publisher;
/* NULL: bad_option; the detail names the option and lives until the next call. */
struct publisher *publisher_open(struct loop *, const struct publish_options *, struct err *);
void publisher_close(struct publisher *);	/* NULL is fine */
/* context: the struct publisher; NULL: nothing is pushed, and every question fails with publish_off. */
void publish_perform(void *context, struct asked *);
#endif
