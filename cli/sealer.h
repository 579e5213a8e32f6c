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
#endif
