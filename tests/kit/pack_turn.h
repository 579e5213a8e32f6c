#ifndef KIT_PACK_TURN_H
#define KIT_PACK_TURN_H
/* Steps of the certificate flow on a pack_row, and a small CA that answers
 * them. */
#include "acme/question.h"
#include "scheduler/step.h"
#include "scheduler/token_question.h"
#include "tests/kit/pack_row.h"

struct turn {			/* one step; its arena is the caller's to free */
	struct arena *arena;
	struct job job;
	const struct step *step;
	struct questions q;
	struct answer a[MAX_QUESTIONS];
};

struct turn turn_of(const struct pack_row *);
struct verdict turn_tell(const struct turn *);
/* What the n-th question is about. */
const struct token_ask *turn_look(const struct turn *, size_t n);
const struct acme_question *turn_acme(const struct turn *, size_t n);
/* The new value of the row (of "") or a part; "(cleared)", or "" if it stays. */
const char *turn_changed(const struct verdict *, const char *of, const char *name);

#define TOKEN_OF(method, wildcard, name, status, rest) "{\"identifier\":\"a.test\",\"wildcard\":" wildcard \
	",\"url\":\"https://ca/" method "/" name "\",\"method\":\"" method "\",\"token\":\"" name "\"," \
	"\"key_authorization\":\"" name ".k\",\"txt_value\":\"" name "\",\"status\":\"" status "\"" rest "}"
#define TOKEN(method, status) TOKEN_OF(method, "false", "one", status, "")
#define RECORD "ca.test; accounturi=https://ca/acct/1"
#define PERSIST(wildcard, status) TOKEN_OF("persist", wildcard, RECORD, status, "")
#define FOUND(code) "{\"code\":\"" code "\"}"

extern const struct token_said token_there, token_missing;

struct small_ca {
	int  orders, told, lasts;	/* seconds of its authorizations; 0: not said */
	bool fails;			/* its looks fail */
	bool remembers;			/* names are valid from the start, but finalize fails */
	bool forgets;			/* its orders */
	bool offers_persist;
};

struct acme_order *small_ca_order(const struct small_ca *, struct arena *, const struct acme_question *, int64_t now);
/* One step that it answers; our own look finds everything if `is_there`. */
struct verdict small_ca_play(struct small_ca *, struct pack_row *, bool is_there);
#endif
