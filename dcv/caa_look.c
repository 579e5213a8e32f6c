/*
 * Climbing for CAA.  Some names are asked at once; whenever the answers from
 * the name itself upwards have become more, dcv/caa is asked whether they are
 * enough.  Those above the deciding records may still be on their way then,
 * and are waited for only to free what they will be written to.
 */
#include "dcv/caa_look.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dcv/caa.h"
#include "dcv/look.h"

enum {
	LEVEL_ARENA = 2 << 20,	/* an answer, which base/dns has capped */
	CLIMB_ARENA = 256 << 10,
	SCRATCH = 4 << 20,
	MAX_RECORD = 512,	/* characters of a record that somebody else wrote */
};

struct level {			/* one name */
	struct asked	asked;	/* first: look_perform gets it */
	struct question question;
	struct climb   *climb;
	struct arena   *arena;	/* of its answer; NULL: not asked, or passed */
	bool		is_answered;
};

struct climb {
	struct asked *asked;	/* gone once it was answered */
	const struct caa_ask *ask;
	struct dns   *dns;
	struct timer *timer;
	struct arena *arena;
	const char   *names[CAA_MAX_NAMES];
	size_t	      name_count;
	struct level  levels[CAA_LOOK_NAMES];
	struct caa_answer answers[CAA_LOOK_NAMES];
	size_t	      put;	/* names that were asked */
	size_t	      known;	/* answers without a gap, from the name upwards */
	size_t	      open;	/* answers that are on their way */
	bool	      is_over;
};

_Static_assert(CAA_LOOK_NAMES % CAA_LOOK_AT_ONCE == 0, "the last names asked at once have room");

static const struct dns_reply nothing;

/* ---- what was found, for each CA ------------------------------------------------ */

static bool
is_checked(const struct caa_candidate *c)
{
	return c->identities != NULL && c->identities[0] != NULL;
}

static bool
is_by_dns(const char *method)
{
	return strncmp(method, "dns-", 4) == 0;
}

static bool
has_method_by_dns(const struct caa_ask *ask)
{
	for (const char *const *m = ask->methods; *m != NULL; m++)
		if (is_by_dns(*m))
			return true;
	return false;
}

/* By the method that is permitted, else by the first one. */
static struct caa_decision
judge_form(struct arena *a, const struct climb *c, const struct caa_candidate *candidate, bool wildcard)
{
	struct caa_question q = { .name = c->ask->name, .wildcard = wildcard,
		.identities = candidate->identities, .account_url = candidate->account_url };
	bool by_dns_only = wildcard && has_method_by_dns(c->ask);
	struct caa_decision first = { 0 };

	for (const char *const *m = c->ask->methods; *m != NULL; m++) {
		struct caa_decision d;

		if (by_dns_only && !is_by_dns(*m))
			continue;
		q.method = *m;
		d = caa_decide(a, c->answers, c->known, &q);
		if (d.outcome == CAA_PERMITTED)
			return d;
		if (first.err.code == NULL)
			first = d;
	}
	return first;
}

/* Of a wildcard that is forbidden the advice mends the name as well. */
static struct caa_decision
judge(struct arena *a, const struct climb *c, const struct caa_candidate *candidate)
{
	struct caa_decision wild, plain;

	if (!c->ask->wildcard)
		return judge_form(a, c, candidate, false);
	wild = judge_form(a, c, candidate, true);
	if (wild.outcome == CAA_FORBIDDEN)
		return wild;
	plain = judge_form(a, c, candidate, false);
	return plain.outcome == CAA_PERMITTED ? wild : plain;
}

static const char *
short_record(struct arena *a, const char *record)
{
	if (record == NULL || strlen(record) <= MAX_RECORD)
		return arena_strdup(a, record);
	return arena_printf(a, "%.*s...", MAX_RECORD, record);
}

static const char *
fix_of(struct arena *a, const struct caa_decision *d)
{
	const char *text = "", *link = "Add the record ";

	if (d->outcome != CAA_FORBIDDEN)
		return NULL;
	if (d->why == CAA_CRITICAL) {
		text = arena_printf(a, "Remove the record %s", short_record(a, d->record));
		link = ", and add the record ";
	} else if (d->fix[0] == NULL)
		text = arena_printf(a, "Change the record %s so that it allows this certificate authority",
		    short_record(a, d->record));
	for (const char *const *fix = d->fix; *fix != NULL; fix++) {
		text = arena_printf(a, "%s%s%s", text, link, *fix);
		link = ", and the record ";
	}
	return arena_printf(a, "%s.", text);
}

static void
say(struct arena *a, const struct climb *c, const struct caa_candidate *candidate, struct caa_said *ret)
{
	auto_arena *scratch = arena_new(SCRATCH);
	struct caa_decision d;

	if (!is_checked(candidate)) {
		ret->outcome = CAA_PERMITTED;
		return;
	}
	d = judge(scratch, c, candidate);
	ret->outcome = d.outcome;
	ret->where = arena_strdup(a, d.where);
	ret->record = short_record(a, d.record);
	ret->fix = fix_of(a, &d);
	ret->err = d.err;
	ret->err.detail = arena_strdup(a, d.err.detail);
	if (d.outcome == CAA_UNKNOWN && d.why == CAA_NOT_ASKED)
		ret->err.detail = arena_printf(a, "CAA of %s: it is more than %d names above %s", d.where,
		    CAA_LOOK_NAMES, c->ask->name);
}

/* ---- climbing --------------------------------------------------------------------- */

static void
free_if_done(struct climb *c)
{
	if (!c->is_over || c->open > 0)
		return;
	for (size_t i = 0; i < c->put; i++)
		arena_free(c->levels[i].arena);
	arena_free(c->arena);
	free(c);
}

static void
finish(struct climb *c)
{
	struct asked *asked = c->asked;
	const struct caa_ask *ask = c->ask;
	struct caa_said *said = arena_alloc(asked->arena, ask->count * sizeof *said);

	timer_free(c->timer);
	for (size_t i = 0; i < ask->count; i++)
		say(asked->arena, c, &ask->candidates[i], &said[i]);
	c->is_over = true;
	c->asked = NULL;
	c->ask = NULL;
	asked->answered(asked, (struct answer){ .detail = said });
}

static const char *const anybody[] = { "example.com", NULL };

/* How far the climb goes is the same for everybody. */
static bool
is_enough(const struct climb *c)
{
	auto_arena *scratch = arena_new(SCRATCH);
	const struct caa_question q = { .name = c->ask->name, .identities = anybody, .method = "http-01" };

	return caa_decide(scratch, c->answers, c->known, &q).why != CAA_NOT_ASKED;
}

/* Without records, and so without interest: keeps 40 names of a hostile zone
 * from adding up. */
static void
pass(struct climb *c)
{
	for (size_t i = 0; i < c->known; i++) {
		c->answers[i].reply = &nothing;
		arena_free(c->levels[i].arena);
		c->levels[i].arena = NULL;
	}
}

static void put(struct climb *);

static void
consider(struct climb *c)
{
	size_t before = c->known;

	while (c->known < c->put && c->levels[c->known].is_answered)
		c->known++;
	if (c->known == before && c->put > 0)
		return;
	if (is_enough(c) || c->known == CAA_LOOK_NAMES) {
		finish(c);
		return;
	}
	pass(c);
	if (c->known == c->put)
		put(c);
}

static void
answered(struct asked *asked, struct answer answer)
{
	struct level *level = (struct level *)asked;
	struct climb *c = level->climb;
	struct caa_answer *into = &c->answers[level - c->levels];

	c->open--;
	if (!c->is_over) {
		into->err = answer.err;
		into->reply = answer.err.code == NULL ? answer.detail : NULL;
		level->is_answered = true;
		consider(c);
	}
	free_if_done(c);
}

static void
put(struct climb *c)
{
	size_t end = c->put + CAA_LOOK_AT_ONCE;

	if (end > c->name_count)
		end = c->name_count;
	c->open += end - c->put;
	for (size_t i = c->put; i < end; i++) {
		struct level *level = &c->levels[i];

		c->answers[i].name = c->names[i];
		level->climb = c;
		level->arena = arena_new(LEVEL_ARENA);
		level->question = (struct question){ .kind = QUESTION_DNS, .name = c->names[i], .type = "CAA" };
		level->asked = (struct asked){ .question = &level->question, .arena = level->arena,
			.answered = answered };
	}
	c->put = end;
	for (size_t i = c->known; i < end; i++)
		look_perform(c->dns, &c->levels[i].asked);
}

static void
time_is_up(void *arg)
{
	struct climb *c = arg;

	for (; c->known < c->put; c->known++)
		if (!c->levels[c->known].is_answered)
			c->answers[c->known].err = err_new(ERR_dns_timeout, "CAA");
	finish(c);
	free_if_done(c);
}

static bool
anything_to_ask(const struct caa_ask *ask)
{
	for (size_t i = 0; i < ask->count; i++)
		if (is_checked(&ask->candidates[i]))
			return true;
	return false;
}

void
caa_look_perform(void *context, struct asked *asked)
{
	const struct caa_look *look = context;
	struct climb *c = xcalloc(1, sizeof *c);

	c->asked = asked;
	c->ask = asked->question->detail;
	assert(c->ask->methods[0] != NULL);
	c->dns = look->dns;
	c->arena = arena_new(CLIMB_ARENA);
	c->timer = timer_new(look->loop, time_is_up, c);
	timer_start(c->timer, look->most_ms != 0 ? look->most_ms : CAA_LOOK_MS, 0);
	if (anything_to_ask(c->ask)) {
		c->name_count = caa_names(c->arena, c->ask->name, c->names);
		consider(c);
	} else
		finish(c);
	free_if_done(c);
}
