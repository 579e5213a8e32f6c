#ifndef CLI_FILE_H
#define CLI_FILE_H
/* Reading the small files that a person names on the command line. */
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"

/* The whole file with a NUL after it, in the arena.  False (code disk): the
 * detail says which file and why ("PATH: no such file or directory"). */
bool file_read(const char *path, size_t max, struct arena *, char **ret_text, size_t *ret_len,
    struct err *);
/* The same into memory that is cleansed; the caller frees it. */
bool file_read_secret(const char *path, size_t max, struct arena *, struct secret *ret, struct err *);
#endif
