/*
 * The choice in three questions: who may be asked at all, who of them goes
 * first, and who of them can take an order now or soon.
 */
#include "acme/choose.h"

#include <string.h>

#include "scheduler/caa_question.h"

enum standing {
	FIT,
	DOUBTED,	/* something went wrong there lately: the others first */
	REFUSED,	/* by policy: not again, until that is forgotten */
	FORBIDDEN,	/* by CAA */
};

struct field {
	struct arena *arena;
	const struct candidate *list;
	size_t	count;
	bool	is_explicit;
	int64_t now;
};

/* ---- who may be asked? ------------------------------------------------------------ */

static bool
failed_within(const struct candidate *c, enum cause cause, int64_t seconds, int64_t now)
{
	return c->failed == cause && now - c->failed_at < seconds;
}

static enum standing
standing_of(const struct field *f, size_t i)
{
	const struct candidate *c = &f->list[i];

	if (c->caa != NULL && c->caa->outcome == CAA_FORBIDDEN)
		return FORBIDDEN;
	if (failed_within(c, CAUSE_POLICY, CHOOSE_REFUSED, f->now))
		return REFUSED;
	if (failed_within(c, CAUSE_INFRASTRUCTURE, CHOOSE_DOUBTED, f->now) ||
	    failed_within(c, CAUSE_CAA, CHOOSE_AVOIDED, f->now) ||
	    failed_within(c, CAUSE_OURS, CHOOSE_AVOIDED, f->now))
		return DOUBTED;
	return FIT;
}

/* ---- who goes first? -------------------------------------------------------------- */

/* What the customer published belongs to the CA at which the fault was seen:
 * the pack stays there, though a better CA is back meanwhile. */
static bool
is_stayed_at(const struct field *f, size_t i)
{
	if (f->list[i].failed != CAUSE_CUSTOMER)
		return false;
	for (size_t n = 0; n < f->count; n++)
		if (f->list[n].failed_at > f->list[i].failed_at)
			return false;
	return true;
}

/* 0 goes first.  Ties go by preference. */
static int
rank_of(const struct field *f, size_t i)
{
	switch (standing_of(f, i)) {
	case FIT:
		return is_stayed_at(f, i) ? 0 : 1;
	case DOUBTED:
		return 2;
	case REFUSED:
	case FORBIDDEN:
		break;
	}
	return 3;
}

/* ---- who can take an order, and when? ---------------------------------------------- */

static int64_t
later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
ready_at(const struct field *f, size_t i)
{
	const struct candidate *c = &f->list[i];

	return later_of(c->order_at, c->broken ? c->ask_at : 0);
}

/* For budget we wait a little, for a CA that is broken never. */
static bool
fits(const struct field *f, size_t i)
{
	const struct candidate *c = &f->list[i];

	return !c->broken && c->order_at <= f->now + CHOOSE_FITS;
}

static struct choice
later(const struct field *f, size_t i, int64_t at, struct err err)
{
	at = later_of(at, f->now + 1);
	err.retry_after = at - f->now;
	return (struct choice){ .what = CHOICE_LATER, .index = i, .at = at, .err = err };
}

static struct choice
wait_for_ca(const struct field *f, size_t i)
{
	const struct candidate *c = &f->list[i];
	bool by_budget = !c->broken || c->order_at > c->ask_at;
	bool is_told = c->failure.detail != NULL &&
	    c->failed == (by_budget ? CAUSE_RATE : CAUSE_INFRASTRUCTURE);

	return later(f, i, ready_at(f, i), err_new(by_budget ? ERR_acme_no_budget : ERR_acme_paused,
	    is_told ? c->failure.detail : c->name));
}

/* It would be this one: what could not be looked up is no permission, and no
 * reason to go to another CA either, since that is nobody's fault there. */
static struct choice
take(const struct field *f, size_t i)
{
	const struct candidate *c = &f->list[i];

	if (c->caa != NULL && c->caa->outcome == CAA_UNKNOWN)
		return later(f, i, f->now + later_of(c->caa->err.retry_after, CHOOSE_CAA_AGAIN), c->caa->err);
	if (ready_at(f, i) > f->now)
		return wait_for_ca(f, i);
	return (struct choice){ .what = CHOICE_TAKE, .index = i };
}

/* ---- nobody ------------------------------------------------------------------------- */

static struct choice
nobody(size_t i, struct err err, int64_t at)
{
	return (struct choice){ .what = CHOICE_NOBODY, .index = i, .err = err, .at = at };
}

static struct choice
all_forbidden(const struct field *f)
{
	const struct candidate *c = &f->list[0];
	struct err err = c->caa->err;

	err.detail = arena_printf(f->arena, "%s: %s", c->name, err.detail != NULL ? err.detail : "");
	return nobody(0, f->is_explicit ? err : err_new(ERR_caa_forbids, err.detail), 0);
}

/* They refuse us, or are forbidden: the first refusal is told, and with the
 * oldest one the choice begins anew. */
static struct choice
all_out(const struct field *f)
{
	size_t first = f->count;
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < f->count; i++) {
		if (standing_of(f, i) != REFUSED)
			continue;
		if (first == f->count)
			first = i;
		if (f->list[i].failed_at + CHOOSE_REFUSED < at)
			at = f->list[i].failed_at + CHOOSE_REFUSED;
	}
	if (first == f->count)
		return all_forbidden(f);
	if (f->list[first].failure.code == NULL)
		return nobody(first, err_new(ERR_acme_refused, f->list[first].name), at);
	return nobody(first, f->list[first].failure, at);
}

struct choice
acme_choose(struct arena *a, const struct candidate *list, size_t count, bool is_explicit, int64_t now)
{
	const struct field f = { a, list, is_explicit && count > 1 ? 1 : count, is_explicit, now };
	size_t soonest = f.count;

	if (count == 0)
		return nobody(0, err_new(ERR_acme_no_authority, NULL), 0);
	for (int rank = 0; rank < 3; rank++)
		for (size_t i = 0; i < f.count; i++)
			if (rank_of(&f, i) == rank && fits(&f, i))
				return take(&f, i);
	for (int rank = 0; rank < 3; rank++)
		for (size_t i = 0; i < f.count; i++)
			if (rank_of(&f, i) == rank &&
			    (soonest == f.count || ready_at(&f, i) < ready_at(&f, soonest)))
				soonest = i;
	return soonest < f.count ? wait_for_ca(&f, soonest) : all_out(&f);
}
