#ifndef SCHEDULER_EDGE_QUESTION_H
#define SCHEDULER_EDGE_QUESTION_H
/*
 * A question that a flow of one folder (acme) puts to a performer of another
 * (edge): they meet here, on the floor below.
 *
 * "Put this pack on the edge and see it served": write a new version, swap the
 * link, reload, ask the edge by TLS for both key types; if it does not serve
 * exactly these, put the old version back.
 */
#include <stdbool.h>

struct edge_pair {			/* of one key type */
	const char *chain;		/* PEM, leaf first; NULL: the pack has none */
	const char *key;		/* base64 of the sealed key */
	const char *key_identity;	/* what the key is sealed for */
};

struct edge_question {
	const char *certificate_id;	/* names the version directory with `version` */
	const char *version;		/* decimal, grows with each deployment of a pack */
	const char *hostname;		/* link name; wildcards become _wildcard.<rest> */
	bool	    wildcard;		/* the pack covers *.hostname as well */
	bool	    remove;		/* take it off the edge instead */
	struct edge_pair ecdsa, rsa;
};
/* answer: err.code NULL, or edge_* with what was served instead. */
#endif
