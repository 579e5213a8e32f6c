#ifndef IO_SEAL_H
#define IO_SEAL_H
/*
 * Secrets at rest: AES-256-GCM under the key-encryption key, with the row's
 * identity as associated data, so that a sealed value moved to another row
 * does not open.  Sealed form: 1 octet version, 12 octets nonce, 16 octets
 * tag, ciphertext.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"

struct seal;
/* Reads exactly 32 bytes from the file; refuses one that others may read
 * (mode & 077).  NULL: key_file, and the detail says which rule. */
struct seal *seal_open_file(const char *path, struct err *);
void seal_close(struct seal *);		/* cleanses */
/* `identity` names table, row and column: "issuance/UUID/p256/key". */
void seal_lock(const struct seal *, struct arena *, const char *identity, const void *bytes, size_t len,
    unsigned char **ret_sealed, size_t *ret_len);
/* False (seal_broken): another key, another row, or damage. */
bool seal_unlock(const struct seal *, const char *identity, const unsigned char *sealed, size_t len,
    struct secret *ret, struct err *);
/* Random bytes of the operating system; aborts if there are none. */
void random_bytes(void *out, size_t len);
#endif
