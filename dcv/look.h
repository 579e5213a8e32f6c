#ifndef DCV_LOOK_H
#define DCV_LOOK_H
/*
 * The performer of QUESTION_DNS.  What a resolver calls SERVFAIL has many
 * causes; two of them are the customer's to mend, and are found out by a few
 * questions more:
 *
 *	dns_bogus	the resolver answers once it need not validate
 *	cname_loop	the CNAMEs lead in a circle, or through more than
 *			PROOF_MAX_CHAIN names; the answer's detail is then a
 *			reply that holds them, as far as they were followed
 *
 * Any other SERVFAIL stays dns_servfail.
 */
#include "scheduler/perform.h"

/* context: the struct dns.  status: rcode, values: the data of all records,
 * detail: struct dns_reply. */
void look_perform(void *context, struct asked *);
/* A reply for longer than the call that brought it. */
struct dns_reply *look_copy(struct arena *, const struct dns_reply *);
#endif
