#ifndef CLI_HOSTNAME_H
#define CLI_HOSTNAME_H
/* How a custom hostname object (as the API has it) is shown to a person: what
 * it is, what its owner has to publish, what is wrong. */
#include <jansson.h>
#include "cli/sql.h"

/* With --json the object alone.  False: the records could not be read. */
bool hostname_print(const struct call *, struct db *, const char *zone_id, const json_t *hostname,
    struct err *);
#endif
