/* When to renew. */
#include "acme/renew.h"

#include "acme/ari.h"

enum { DAY = 86400, NINETY_DAYS = 90 * DAY, THIRTY_DAYS = 30 * DAY, ASK_AGAIN = 6 * 3600 };

static uint64_t
hash_of(const char *id)
{
	uint64_t h = 14695981039346656037u;

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211u;
	return h ^ h >> 29;
}

/* CAs leave a second or an hour off: what is nearly ninety days is ninety days. */
static int64_t
due_by_dates(const struct part *p, uint64_t random)
{
	int64_t lifetime = p->not_after - p->not_before;
	int64_t left = lifetime > NINETY_DAYS - DAY && lifetime < NINETY_DAYS + DAY
	    ? THIRTY_DAYS : lifetime / 3;
	int64_t spread = left / 30 < DAY ? left / 30 : DAY;

	return p->not_after - left + (int64_t)(random % 1000) * spread / 1000;
}

static void
consider(struct renewal *r, int64_t at)
{
	if (r->at == 0 || at < r->at)
		r->at = at;
}

struct renewal
renew_when(const struct certificate *c, const char *id, int64_t now, const struct answer *answers)
{
	struct renewal r = { .ask_for = answers != NULL ? ASK_AGAIN : NINETY_DAYS };
	uint64_t random = hash_of(id);
	size_t n = 0;

	(void)now;
	for (size_t i = 0; i < PARTS; i++) {
		const struct part *p = &c->parts[i];
		const struct acme_answer *said = NULL;
		const char *cert_id;
		struct arena *scratch;

		if (p->chain == NULL)
			continue;
		/* It was asked for those that have an id, in this order. */
		scratch = arena_new(1 << 16);
		if (answers != NULL && ari_cert_id(scratch, p->chain, &cert_id)) {
			said = answers[n].err.code == NULL ? answers[n].detail : NULL;
			n++;
		}
		arena_free(scratch);
		if (said != NULL && said->window != NULL) {
			consider(&r, ari_pick(said->window, random));
			if (said->window->retry_after < r.ask_for)
				r.ask_for = said->window->retry_after;
		} else {
			consider(&r, due_by_dates(p, random));
		}
	}
	return r;
}
