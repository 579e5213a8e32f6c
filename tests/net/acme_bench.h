#ifndef TESTS_NET_ACME_BENCH_H
#define TESTS_NET_ACME_BENCH_H
/* acme/client on a loop of its own, opposite a scripted CA, and how a test
 * asks it. */
#include "acme/client.h"
#include "acme/question.h"
#include "tests/net/fake_ca.h"

#define URN "urn:ietf:params:acme:error:"
#define TOKEN "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"

struct acme_bench {
	struct loop	   *loop;
	struct dns	   *dns;	/* has nobody to ask */
	struct http	   *http;
	struct seal	   *seal;
	struct acme_client *client;
	struct fake_ca	   *ca;
	struct arena	   *arena;
	struct acme_ca	    row;	/* of that CA */
};
extern struct acme_bench bench;

void acme_begin(void);
void acme_finish(void);

struct ask {
	struct asked asked;		/* first: answered() gets it back */
	struct question question;
	struct acme_question acme;
	struct answer answer;
	int answers;
};

/* A question without a CA of its own goes to bench.row. */
struct ask *acme_start(struct acme_question);
void acme_wait(struct ask *);		/* for exactly one answer */
const struct acme_answer *acme_good(struct acme_question);
/* The error must have this code and blame, and name the CA. */
struct err acme_bad(struct acme_question, const char *code, enum blame);

struct acme_question acme_new_order(void);
struct acme_question acme_read_order(void);
const char *acme_at(const char *path);			/* URL at the CA */
const char *acme_payload(const char *resource);	/* of the last request */
void acme_content(void);		/* the CA has nothing to complain about */
#endif
