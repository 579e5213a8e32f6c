#ifndef KIT_PACK_ROW_H
#define KIT_PACK_ROW_H
/* A certificate pack as the database keeps it between two steps, without one:
 * what due_certificate() gives and what finish_certificate() writes. */
#include <jansson.h>
#include "acme/certificate.h"

struct pack_row {
	const char *method, *authority, *alternatives, *delegation, *old_values;
	bool	    wildcard, points_here, delegated, publishing;
	char	   *setback, *findings;
	json_t	   *parts[PARTS];	/* NULL: the pack has none of it */
	char	    state[32];
	int64_t	    now, since, tried_at;
	int	    attempts;
};

/* In pending_validation, P-256 alone or both, without orders. */
void pack_row_open(struct pack_row *, int parts, int64_t now);
void pack_row_close(struct pack_row *);
/* An order with these tokens (members of a JSON array). */
void pack_row_order(struct pack_row *, int part, const char *status, const char *tokens);
struct job pack_row_job(const struct pack_row *, struct arena *);
/* The verdict is written, and the clock goes on to when it is due again. */
void pack_row_take(struct pack_row *, const struct verdict *);
#endif
