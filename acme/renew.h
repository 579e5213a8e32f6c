#ifndef ACME_RENEW_H
#define ACME_RENEW_H
/* Pure: when the successor of a pack that is served is to be ordered. */
#include "acme/certificate.h"

struct renewal {
	int64_t at;		/* Unix seconds; 0: never, it has no certificate */
	int64_t ask_for;	/* seconds until the CA's window is to be read again */
};

/*
 * The first of its certificates decides.  The CA's window where it gave one
 * (`answers` to work_ask_renewal_info, one a certificate; NULL: it was not
 * asked), else 30 days before the end of a 90-day certificate and a third of
 * the lifetime before that of others.  Within the window, or the first day of
 * the rest, the pack's id decides, so that packs which began together do not
 * come together.
 */
struct renewal renew_when(const struct certificate *, const char *id, int64_t now,
    const struct answer *answers);
#endif
