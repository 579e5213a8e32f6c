#ifndef DCV_TOKEN_LOOK_H
#define DCV_TOKEN_LOOK_H
/*
 * The performer of QUESTION_TOKEN (scheduler/token_question.h): sees what a CA
 * would see.  TXT: every resolver that is configured, then each name server of
 * the zone that the name leads to.  HTTP: over IPv4 and IPv6, wherever a name
 * has addresses of both, following redirects as CAs do (at most 10, to ports
 * 80 and 443, of 301, 302, 307 and 308).  Ends within 20 s.
 */
#include "dcv/follow.h"
#include "io/dns.h"
#include "io/http.h"
#include "io/loop.h"
#include "scheduler/perform.h"
#include "scheduler/token_question.h"

struct token_look {		/* context */
	struct loop   *loop;
	struct dns    *dns;
	struct http   *http;
	struct follow *follow;	/* our responders are current before we look; NULL: there are none */
	bool	       allow_private;	/* name servers at private addresses are asked; for trials */
	unsigned       dns_port;	/* of name servers */
	int64_t	       most_ms;		/* 0: 20 s */
};

/* detail: struct token_said. */
void token_look_perform(void *context, struct asked *);
#endif
