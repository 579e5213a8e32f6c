#ifndef DCV_DIAGNOSE_H
#define DCV_DIAGNOSE_H
/*
 * Looks at the world around one hostname, now, and says what is wrong: the
 * questions of every check, then those that only make sense once something was
 * found (other names, the domain's own name servers, one address family).
 * Changes nothing.  Ends within 10 s; what has not answered by then counts as
 * an answer that did not come.
 */
#include "dcv/finding_zone.h"
#include "io/dns.h"
#include "io/http.h"
#include "scheduler/caa_question.h"

enum { DIAGNOSE_MAX_CERTIFICATE = 6 };

struct diagnose_options {
	bool	    allow_private;	/* ask name servers at private addresses; for trials */
	unsigned    dns_port;		/* of name servers */
	bool	    owned;		/* ownership was proven already */
	struct standing standing;
	/* What should be published for the CA: TXT with its value, or CNAME. */
	struct matter certificate[DIAGNOSE_MAX_CERTIFICATE];
	size_t	    certificate_count;
	/* Who may issue for the hostname: count 0 asks nothing. */
	struct caa_ask caa;
	const char *const *authorities;	/* names of the candidates; ends with NULL */
};

/* Called once, from the loop; the findings live only for the call. */
typedef void diagnose_done(void *arg, const struct findings *);

/* Options and hostname must live until then.  dns and http may be closed
 * afterwards only. */
void diagnose_start(struct loop *, struct dns *, struct http *, const struct diagnose_options *,
    const struct hostname *, diagnose_done *, void *arg);
#endif
