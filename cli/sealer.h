#ifndef CLI_SEALER_H
#define CLI_SEALER_H
/* Seals secrets that were given through SQL, within a second; from then on
 * they exist only sealed. */
#include "io/loop.h"
#include "io/pg.h"
#include "io/seal.h"

struct sealer;
struct sealer *sealer_open(struct loop *, struct pg *, const struct seal *);
void sealer_close(struct sealer *);	/* after pg_close; NULL is fine */

/* The signing secret of a webhook that another replaces signs for one more
 * day, under the identity of old_secret.  `hex` is its bytea as text; false
 * (seal_broken): it was sealed with another key. */
bool sealer_retire(const struct seal *, struct arena *, const char *webhook, const char *hex,
    unsigned char **ret_sealed, size_t *ret_len, struct err *);
#endif
