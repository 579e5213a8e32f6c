#ifndef CLI_CHECK_H
#define CLI_CHECK_H
/* Whether the options can be used, beyond being well formed: before a daemon
 * starts, and for certwright config --check. */
#include "base/conf.h"

/* Errors: bad_option or key_file, with one sentence that names the option. */
bool check_options(const struct conf *, struct arena *, struct err *);
/* What may still come right while the daemon runs (a directory that is not
 * mounted yet); same errors. */
bool check_surroundings(const struct conf *, struct arena *, struct err *);
#endif
