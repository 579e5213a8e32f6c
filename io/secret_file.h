#ifndef IO_SECRET_FILE_H
#define IO_SECRET_FILE_H
/* Files that hold a secret: regular, small, and nobody's but their owner's. */
#include <stddef.h>
#include "base/secret.h"

/* The whole file, at most `most` octets, into *ret, which the caller frees.
 * NULL: well; else what is wrong with it, a sentence that begins with "the key
 * file" (open to group or others, too long, not there …), and *ret untouched. */
const char *secret_file_read(const char *path, size_t most, struct secret *ret);
#endif
