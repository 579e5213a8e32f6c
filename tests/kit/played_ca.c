/* Played CAs: trouble, counts, and answers on the next turn.  See played_ca.h. */
#include "tests/kit/played_ca.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acme/csr.h"
#include "base/b64.h"
#include "tests/kit/played_inside.h"
#include "tests/kit/played_sign.h"
#include "tests/kit/world.h"

struct arena *played_memory;
static struct ca *cas;

/* ---- CAs --------------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->key, ((const struct named *)b)->key);
}

struct named *
played_entry(void **tree, const char *key)
{
	struct named wanted = { .key = key }, **found = tfind(&wanted, tree, compare), *made;

	if (found != NULL)
		return *found;
	made = arena_alloc(played_memory, sizeof *made);
	made->key = arena_strdup(played_memory, key);
	if (tsearch(made, tree, compare) == NULL)
		abort();
	return made;
}

static struct ca *
ca_named(const char *name)
{
	struct ca *ca = cas;

	while (ca != NULL && strcmp(ca->name, name) != 0)
		ca = ca->next;
	if (ca != NULL)
		return ca;
	if (played_memory == NULL)
		played_memory = arena_new(1u << 30);
	ca = xcalloc(1, sizeof *ca);
	*ca = (struct ca){ .next = cas, .name = arena_strdup(played_memory, name), .days = 90, .lasts = 7,
	    .seed = 1 };
	return cas = ca;
}

static void
keep(void *entry)
{
	(void)entry;	/* it lives in played_memory */
}

void
ca_reset(void)
{
	while (cas != NULL) {
		struct ca *ca = cas;

		cas = ca->next;
		tdestroy(ca->refusals, keep);
		tdestroy(ca->buckets, keep);
		tdestroy(ca->known, keep);
		tdestroy(ca->ordered, keep);
		free(ca->orders);
		free(ca->authorizations);
		free(ca->seen);
		free(ca);
	}
	arena_free(played_memory);
	played_memory = NULL;
}

void ca_is_down(const char *ca, const char *code) { ca_named(ca)->down = code; }
void ca_is_up(const char *ca) { ca_named(ca)->down = NULL; }
void ca_rate_limits(const char *ca, bool limits) { ca_named(ca)->limits = limits; }
void ca_loses_replies(const char *ca, unsigned nth) { ca_named(ca)->loses_nth = nth; }
void ca_is_unreliable(const char *ca, unsigned percent) { ca_named(ca)->fails_percent = percent; }
void ca_is_slow(const char *ca, int64_t seconds) { ca_named(ca)->slow = seconds; }
void ca_issues_for(const char *ca, int64_t days) { ca_named(ca)->days = days; }
void ca_orders_last(const char *ca, int64_t days) { ca_named(ca)->lasts = days; }
void ca_tells_when_to_renew(const char *ca, bool tells) { ca_named(ca)->tells_when = tells; }
void ca_hurries(const char *ca, int64_t before) { ca_named(ca)->hurry = before; }
size_t ca_requests(const char *ca) { return ca_named(ca)->requests; }
size_t ca_orders(const char *ca) { return ca_named(ca)->order_count; }
size_t ca_lost(const char *ca) { return ca_named(ca)->lost; }
size_t ca_replacements(const char *ca) { return ca_named(ca)->replaced; }
size_t ca_limited(const char *ca) { return ca_named(ca)->limited; }
size_t ca_most_orders(const char *ca) { return ca_named(ca)->most; }

void
ca_refuses(const char *ca, const char *hostname, const char *code)
{
	struct ca *c = ca_named(ca);

	played_entry(&c->refusals, hostname)->text = code;
}

static bool
counts(const struct seen *s, int act)
{
	return act == ANY_ACT || s->act == (enum acme_act)act;
}

size_t
ca_count(const char *ca, int act)
{
	const struct ca *c = ca_named(ca);
	size_t n = 0;

	for (size_t i = 0; i < c->seen_count; i++)
		n += counts(&c->seen[i], act);
	return n;
}

size_t
ca_peak(const char *ca, int act, int64_t span, int64_t from, int64_t until)
{
	const struct ca *c = ca_named(ca);
	size_t first = 0, n = 0, most = 0;

	for (size_t i = 0; i < c->seen_count; i++) {
		if (!counts(&c->seen[i], act) || c->seen[i].at < from || c->seen[i].at >= until)
			continue;
		n++;
		for (; c->seen[first].at + span <= c->seen[i].at; first++)
			n -= counts(&c->seen[first], act) && c->seen[first].at >= from;
		most = n > most ? n : most;
	}
	return most;
}

/* ---- a request ---------------------------------------------------------------- */

static const char *const act_names[] = {
	[ACME_NEW_ORDER] = "new order", [ACME_READ_ORDER] = "read order", [ACME_VALIDATE] = "validate",
	[ACME_FINALIZE] = "finalize", [ACME_DOWNLOAD] = "download", [ACME_READ_DIRECTORY] = "directory",
	[ACME_RENEWAL_INFO] = "renewal info", [ACME_REVOKE] = "revoke", [ACME_ROLLOVER] = "rollover",
	[ACME_FIND_ACCOUNT] = "find account",
};

static void
see(struct ca *ca, enum acme_act act, int64_t now)
{
	if ((ca->seen_count & (ca->seen_count - 1)) == 0)
		ca->seen = xrealloc(ca->seen, 2 * (ca->seen_count + 1) * sizeof *ca->seen);
	ca->seen[ca->seen_count++] = (struct seen){ now, act };
	ca->requests++;
}

/* Knuth's generator: the same faults in every run. */
static uint32_t
roll(struct ca *ca, uint32_t below)
{
	ca->seed = ca->seed * 1664525 + 1013904223;
	return (ca->seed >> 8) % below;
}

enum luck { WELL, NOT_DONE_5XX, NOT_DONE_TIMEOUT, REPLY_LOST };

static enum luck
luck_of(struct ca *ca, enum acme_act act)
{
	if (act == ACME_NEW_ORDER && ca->loses_nth > 0 && (ca->order_count + 1) % ca->loses_nth == 0)
		return REPLY_LOST;
	if (roll(ca, 100) >= ca->fails_percent)
		return WELL;
	return (enum luck)(1 + roll(ca, 3));
}

static struct answer
unreachable(struct arena *arena, const struct ca *ca)
{
	return played_refusal(ERR_acme_unreachable, arena_printf(arena, "%s: no reply came", ca->name), 0);
}

static struct answer
reply(struct ca *ca, struct arena *arena, const struct acme_question *q, int64_t now)
{
	size_t orders = ca->order_count;
	struct answer a;

	see(ca, q->act, now);
	if (ca->down != NULL)
		return strcmp(ca->down, "acme_unreachable") == 0 ? unreachable(arena, ca)
		    : played_refusal(ERR_acme_server_internal, arena_printf(arena, "%s: 503", ca->name), 0);
	switch (luck_of(ca, q->act)) {
	case NOT_DONE_5XX:
		return played_refusal(ERR_acme_server_internal, arena_printf(arena, "%s: 500", ca->name), 0);
	case NOT_DONE_TIMEOUT:
		return unreachable(arena, ca);
	case REPLY_LOST:
		(void)played_do(ca, arena, q, now);
		ca->lost += ca->order_count > orders;
		return unreachable(arena, ca);
	case WELL:
		break;
	}
	a = played_do(ca, arena, q, now);
	if (q->act == ACME_READ_ORDER && a.err.code == NULL)
		ca->requests += ((const struct acme_answer *)a.detail)->order->count;
	return a;
}

/* ---- answers, on the next turn of the loop ------------------------------------- */

struct saying {
	struct saying *next, **back;	/* in played->open */
	struct played *played;		/* NULL: it was closed */
	struct asked  *asked;
	struct answer  answer;
	char	       what[320];
};

struct played {
	struct loop   *loop;
	struct saying *open;
};

struct played *
played_open(struct loop *loop)
{
	struct played *p = xcalloc(1, sizeof *p);

	p->loop = loop;
	return p;
}

void
played_close(struct played *p)
{
	for (struct saying *s = p->open; s != NULL; s = s->next)
		s->played = NULL;
	free(p);
}

static void
give(void *arg)
{
	struct saying *s = arg;

	if (s->played != NULL) {
		*s->back = s->next;
		if (s->next != NULL)
			s->next->back = s->back;
		if (!world_acts(s->what))
			s->answer = (struct answer){ .err = err_new(ERR_dns_timeout, NULL) };
		s->asked->answered(s->asked, s->answer);
	}
	free(s);
}

void
played_answer(struct played *p, struct asked *asked, struct answer answer, const char *what)
{
	struct saying *s = xcalloc(1, sizeof *s);

	*s = (struct saying){ .next = p->open, .back = &p->open, .played = p, .asked = asked, .answer = answer };
	snprintf(s->what, sizeof s->what, "answer to %s", what);
	if (s->next != NULL)
		s->next->back = &s->next;
	p->open = s;
	loop_soon(p->loop, give, s);
}

void
played_ca_perform(void *played, struct asked *asked)
{
	const struct acme_question *q = asked->question->detail;
	struct answer a = { .err = err_new(ERR_dns_timeout, NULL) };	/* our own resolver's fault */
	char what[300];

	snprintf(what, sizeof what, "acme %s %s", act_names[q->act], asked->job->name);
	if (world_acts(what))
		a = reply(ca_named(q->ca.name), asked->arena, q, asked->job->now);
	played_answer(played, asked, a, what);
}

/* Always the same key; the request is a real one, since the CA reads it. */
void
played_key_perform(void *played, struct asked *asked)
{
	const struct key_question *q = asked->question->detail;
	struct key_answer *made = arena_alloc(asked->arena, sizeof *made);
	struct answer a = { .detail = made };
	unsigned char *der;
	size_t len;
	char what[300];

	snprintf(what, sizeof what, "key %s", asked->job->name);
	if (!world_acts(what) || !csr_make(asked->arena, sign_key(q->type), q->names, q->common_name, &der, &len, &a.err))
		a = (struct answer){ .err = err_new(ERR_internal, NULL) };
	else
		*made = (struct key_answer){ .sealed = b64_encode(asked->arena, q->identity, strlen(q->identity)),
		    .csr = b64url_encode(asked->arena, der, len) };
	played_answer(played, asked, a, what);
}
