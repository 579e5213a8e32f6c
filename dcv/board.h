#ifndef DCV_BOARD_H
#define DCV_BOARD_H
/*
 * What the responders answer from: the tokens that are published now, in
 * memory, by hostname.  Pure.  dcv/follow keeps it equal to the database.
 *
 * A hostname's entries are replaced as a whole.  TXT values belong to a
 * delegation id, and are found by both; HTTP tokens by hostname and token.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

enum board_kind { BOARD_HTTP, BOARD_TXT };
struct board_entry {
	enum board_kind kind;
	const char *key;	/* HTTP: the token; TXT: the delegation id */
	const char *value;	/* HTTP: the key authorization; TXT: the value */
};

struct board;
struct board *board_new(void);	/* empty, and not ready */
void board_free(struct board *);	/* NULL is fine */
/* All that this hostname has from now on; none: it is forgotten.  Copied. */
void board_put(struct board *, const char *hostname, const struct board_entry *, size_t count);
/* Delegation ids of all zones.  Copied. */
void board_put_delegations(struct board *, const char *const *ids, size_t count);

/* While everything is read anew the old entries stay: what was not put between
 * these two is forgotten at the end, and the board is ready.  A load that was
 * given up is begun again. */
void board_begin_load(struct board *);
void board_end_load(struct board *);

/* Names in lower case, not NUL-terminated where a length is given.  What is
 * returned lives until the board changes. */
const char *board_find_http(const struct board *, const char *hostname, const char *token);	/* NULL: none */
bool board_has_delegation(const struct board *, const char *id, size_t id_len);
/* Each TXT value of a name, in turn: start with *pos 0; NULL: no more. */
const char *board_next_txt(const struct board *, const char *hostname, size_t hostname_len,
    const char *id, size_t id_len, size_t *pos);
size_t board_count(const struct board *);	/* entries */
/* Is it the database's content yet?  False until the first load has ended. */
bool board_is_ready(const struct board *);
void board_set_ready(struct board *);	/* without a load: for tests and measurements */
#endif
