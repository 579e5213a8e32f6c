#ifndef CLI_COMMAND_CA_H
#define CLI_COMMAND_CA_H
/* What the commands about certificate authorities have in common. */
#include <jansson.h>
#include "cli/command.h"
#include "io/seal.h"

/* authority_json() for a person, or as it is. */
void ca_print(const struct call *, const json_t *ca);
/* With the option key_encryption_key_file; NULL: error. */
struct seal *ca_open_seal(const struct call *, struct err *);
/* What the account keys of a row are sealed for. */
const char *ca_key_identity(struct arena *, const char *id);
#endif
