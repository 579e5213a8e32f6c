/*
 * Climbing for CAA from each name of a certificate.  Some names are asked at
 * once; whenever the answers from a name itself upwards have become more,
 * dcv/caa is asked whether they are enough.  Those above the deciding records
 * may still be on their way then, and are waited for only to free what they
 * will be written to.
 *
 * The climbs share their places, so a parent of many names is asked once.  An
 * answer is kept as long as a climb may come to it.
 */
#include "dcv/caa_look.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/name.h"
#include "dcv/caa_say.h"
#include "dcv/look.h"

enum {
	ANSWER_ARENA = 2 << 20,	/* an answer, which base/dns has capped */
	SET_ARENA = 8 << 20,	/* CAA_LOOK_SET times CAA_LOOK_NAMES places */
	SCRATCH = 4 << 20,
};

struct place {			/* one name at which CAA is asked */
	struct asked	asked;	/* first: look_perform gets it */
	struct question question;
	struct look_set *set;
	struct arena   *arena;	/* of its answer; NULL: not asked, or not needed any more */
	struct caa_answer answer;
	struct place   *next;	/* one with as many labels */
	STAILQ_ENTRY(place) link;
	size_t		users;	/* climbs that are not over and may come here */
	bool		is_put;	/* asked, or in the line */
	bool		is_answered;
};

STAILQ_HEAD(line, place);

struct climb {			/* one name of the certificate, with its wildcard */
	struct look_set *set;
	struct caa_about about;
	struct place **levels;	/* the name itself, its parent, … */
	size_t	      level_count;
	size_t	      put;	/* levels that were asked */
	size_t	      known;	/* answers without a gap, from the name upwards */
	bool	      is_over;
};

struct look_set {
	struct asked *asked;	/* gone once it was answered, and with it: */
	const struct caa_ask *ask;
	struct caa_said *said;
	struct dns   *dns;
	struct timer *timer;
	struct arena *arena;
	const struct climb **by;	/* which climb has said that; NULL: none yet */
	struct climb  climbs[CAA_LOOK_SET];
	size_t	      count, begun, over;
	struct place *places[CAA_MAX_NAMES + 1];	/* by the number of labels */
	struct line   line;	/* those that are to be asked */
	size_t	      open;	/* answers that are on their way */
	bool	      is_going_on, has_news;
	bool	      is_over;
};

static const struct dns_reply nothing;

/* ---- what was found, for each CA ------------------------------------------------ */

static bool
weighs_more(enum caa_outcome a, enum caa_outcome b)
{
	return a != b && (a == CAA_FORBIDDEN || b == CAA_PERMITTED);
}

/* Of several names that weigh the same the first one counts, whichever was
 * found out first. */
static bool
decides(const struct look_set *s, size_t i, const struct climb *c, const struct caa_said *said)
{
	return s->by[i] == NULL || weighs_more(said->outcome, s->said[i].outcome) ||
	    (said->outcome == s->said[i].outcome && c < s->by[i]);
}

static struct caa_said
copy_of(struct arena *a, const struct caa_said *said)
{
	struct caa_said copy = *said;

	copy.err.detail = arena_strdup(a, said->err.detail);
	copy.where = arena_strdup(a, said->where);
	copy.record = arena_strdup(a, said->record);
	copy.fix = arena_strdup(a, said->fix);
	return copy;
}

static void
say(struct climb *c)
{
	struct look_set *s = c->set;
	struct caa_answer answers[CAA_LOOK_NAMES];

	for (size_t i = 0; i < c->known; i++)
		answers[i] = c->levels[i]->answer;
	c->about.answers = answers;
	c->about.count = c->known;
	for (size_t i = 0; i < s->ask->count; i++) {
		auto_arena *scratch = arena_new(SCRATCH);
		struct caa_said said;

		if (!caa_is_checked(&s->ask->candidates[i]))
			continue;
		said = caa_say(scratch, s->ask, &s->ask->candidates[i], &c->about);
		if (decides(s, i, c, &said)) {
			s->said[i] = copy_of(s->asked->arena, &said);
			s->by[i] = c;
		}
	}
	c->about.answers = NULL;
}

/* How far the climb goes is the same for everybody. */
static bool
is_enough(const struct climb *c)
{
	static const char *const anybody[] = { "example.com", NULL };
	auto_arena *scratch = arena_new(SCRATCH);
	const struct caa_question q = { .name = c->about.name, .identities = anybody, .method = "http-01" };
	struct caa_answer answers[CAA_LOOK_NAMES];

	for (size_t i = 0; i < c->known; i++)
		answers[i] = c->levels[i]->answer;
	return caa_decide(scratch, answers, c->known, &q).why != CAA_NOT_ASKED;
}

/* ---- a place ---------------------------------------------------------------------- */

static struct place *
place_of(struct look_set *s, const char *name, size_t labels)
{
	struct place *p;

	for (p = s->places[labels]; p != NULL; p = p->next)
		if (strcmp(p->answer.name, name) == 0)
			return p;
	p = arena_alloc(s->arena, sizeof *p);
	p->set = s;
	p->answer.name = name;
	p->next = s->places[labels];
	s->places[labels] = p;
	return p;
}

static void
forget_answer(struct place *p)
{
	arena_free(p->arena);
	p->arena = NULL;
	p->answer.reply = &nothing;
}

static void
leave(struct place *p)
{
	if (--p->users == 0 && p->is_answered)
		forget_answer(p);
}

static void answered(struct asked *, struct answer);

static void
ask_at(struct place *p)
{
	p->arena = arena_new(ANSWER_ARENA);
	p->question = (struct question){ .kind = QUESTION_DNS, .name = p->answer.name, .type = "CAA" };
	p->asked = (struct asked){ .question = &p->question, .arena = p->arena, .answered = answered };
	p->set->open++;
	look_perform(p->set->dns, &p->asked);
}

/* Those that only climbs that are over have put there are not asked. */
static void
ask_those_in_line(struct look_set *s)
{
	struct place *p;

	while (s->open < CAA_LOOK_OPEN && (p = STAILQ_FIRST(&s->line)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->line, link);
		if (p->users > 0)
			ask_at(p);
	}
}

/* ---- a climb ---------------------------------------------------------------------- */

static void
end(struct climb *c)
{
	say(c);
	for (size_t i = 0; i < c->level_count; i++)
		leave(c->levels[i]);
	c->is_over = true;
	c->set->over++;
	c->set->has_news = true;	/* another one may begin */
}

/* Without records, and so without interest: keeps 40 names of a hostile zone
 * from adding up. */
static void
pass(struct climb *c)
{
	for (size_t i = 0; i < c->known; i++)
		forget_answer(c->levels[i]);
}

static void
put(struct climb *c)
{
	size_t last = c->put + CAA_LOOK_AT_ONCE;

	for (; c->put < last && c->put < c->level_count; c->put++) {
		struct place *p = c->levels[c->put];

		if (!p->is_put)
			STAILQ_INSERT_TAIL(&c->set->line, p, link);
		p->is_put = true;
	}
}

static void
climb(struct climb *c)
{
	for (;;) {
		size_t before = c->known;

		while (c->known < c->put && c->levels[c->known]->is_answered)
			c->known++;
		if (c->known == before && c->put > 0)
			return;
		if (is_enough(c) || c->known == c->level_count) {
			end(c);
			return;
		}
		pass(c);
		if (c->known == c->put)
			put(c);
	}
}

/* ---- all of them ------------------------------------------------------------------- */

static void
free_if_done(struct look_set *s)
{
	if (!s->is_over || s->open > 0 || s->is_going_on)
		return;
	for (size_t labels = 0; labels <= CAA_MAX_NAMES; labels++)
		for (struct place *p = s->places[labels]; p != NULL; p = p->next)
			arena_free(p->arena);
	arena_free(s->arena);
	free(s);
}

static void
finish(struct look_set *s)
{
	struct asked *asked = s->asked;
	const struct caa_said *said = s->said;

	timer_free(s->timer);
	s->is_over = true;
	s->asked = NULL;
	s->ask = NULL;
	s->said = NULL;
	asked->answered(asked, (struct answer){ .detail = said });
}

static void
go_on(struct look_set *s)
{
	s->has_news = true;
	if (s->is_going_on)	/* it was answered at once */
		return;
	s->is_going_on = true;
	while (s->has_news) {
		s->has_news = false;
		while (s->begun < s->count && s->begun - s->over < CAA_LOOK_ACTIVE)
			s->begun++;
		for (size_t i = 0; i < s->begun; i++)
			if (!s->climbs[i].is_over)
				climb(&s->climbs[i]);
		ask_those_in_line(s);
	}
	s->is_going_on = false;
	if (s->over == s->count)
		finish(s);
}

static void
answered(struct asked *asked, struct answer answer)
{
	struct place *p = (struct place *)asked;
	struct look_set *s = p->set;

	s->open--;
	p->is_answered = true;
	p->answer.err = answer.err;
	p->answer.reply = answer.err.code == NULL ? answer.detail : NULL;
	if (p->users == 0)
		forget_answer(p);
	if (!s->is_over)
		go_on(s);
	free_if_done(s);
}

static void
time_is_up(void *arg)
{
	struct look_set *s = arg;

	for (size_t i = 0; i < s->count; i++) {
		struct climb *c = &s->climbs[i];

		if (c->is_over)
			continue;
		for (; c->known < c->level_count; c->known++)
			if (!c->levels[c->known]->is_answered)
				c->levels[c->known]->answer.err = err_new(ERR_dns_timeout, "CAA");
		end(c);
	}
	finish(s);
	free_if_done(s);
}

/* ---- the names --------------------------------------------------------------------- */

/* What is no name has a climb without levels, which says so. */
static struct climb *
climb_of(struct look_set *s, const char *name)
{
	const char *names[CAA_MAX_NAMES];
	size_t labels = caa_names(s->arena, name, names);
	struct climb *c = &s->climbs[s->count];

	for (size_t i = 0; labels > 0 && i < s->count; i++)
		if (name_equal(s->climbs[i].about.name, names[0]))
			return &s->climbs[i];
	s->count++;
	c->set = s;
	c->about.name = labels > 0 ? names[0] : name;
	c->level_count = labels < CAA_LOOK_NAMES ? labels : CAA_LOOK_NAMES;
	c->levels = arena_alloc(s->arena, c->level_count * sizeof(struct place *));
	for (size_t i = 0; i < c->level_count; i++) {
		c->levels[i] = place_of(s, names[i], labels - i);
		c->levels[i]->users++;
	}
	return c;
}

static void
take_names(struct look_set *s)
{
	for (const char *const *name = s->ask->names; *name != NULL; name++) {
		struct climb *c = climb_of(s, *name);

		if (name_is_wildcard(*name))
			c->about.wildcard = true;
		else
			c->about.plain = true;
	}
	for (size_t i = 0; i < s->count; i++)
		s->climbs[i].about.is_one_of_many = s->count > 1;
}

static bool
anything_to_ask(const struct caa_ask *ask)
{
	for (size_t i = 0; i < ask->count; i++)
		if (caa_is_checked(&ask->candidates[i]))
			return true;
	return false;
}

/* No CA would take it; and not to look at all of them would be no look. */
static bool
is_too_long(const struct look_set *s)
{
	size_t count = 0;

	while (s->ask->names[count] != NULL && count <= CAA_LOOK_SET)
		count++;
	assert(count > 0);
	return count > CAA_LOOK_SET;
}

static void
refuse(struct look_set *s)
{
	for (size_t i = 0; i < s->ask->count; i++)
		if (caa_is_checked(&s->ask->candidates[i]))
			s->said[i] = (struct caa_said){ .outcome = CAA_UNKNOWN, .where = s->ask->names[CAA_LOOK_SET],
				.err = err_new(ERR_caa_unknown, "there are too many names to look up CAA for each") };
}

static int64_t
most_ms(const struct caa_look *look, size_t names)
{
	if (look->most_ms != 0)
		return look->most_ms;
	return CAA_LOOK_MS + (names > 1 ? (int64_t)names - 1 : 0) * CAA_LOOK_MORE_MS;
}

void
caa_look_perform(void *context, struct asked *asked)
{
	const struct caa_look *look = context;
	struct look_set *s = xcalloc(1, sizeof *s);

	s->asked = asked;
	s->ask = asked->question->detail;
	assert(s->ask->methods[0] != NULL);
	s->dns = look->dns;
	s->arena = arena_new(SET_ARENA);
	s->by = arena_alloc(s->arena, s->ask->count * sizeof(const struct climb *));
	s->said = arena_alloc(asked->arena, s->ask->count * sizeof *s->said);
	for (size_t i = 0; i < s->ask->count; i++)
		s->said[i].outcome = CAA_PERMITTED;
	STAILQ_INIT(&s->line);
	if (anything_to_ask(s->ask)) {
		if (is_too_long(s))
			refuse(s);
		else
			take_names(s);
	}
	s->timer = timer_new(look->loop, time_is_up, s);
	timer_start(s->timer, most_ms(look, s->count), 0);
	go_on(s);
	free_if_done(s);
}
