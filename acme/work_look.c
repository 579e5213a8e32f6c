/*
 * Our own look at the tokens: which ones, how it is asked, what was found.
 *
 * A name of an order may be shown by several tokens (http, txt, persist), and
 * one of them is enough.  Those of one method and name stand at one place and
 * are one question; both names of a wildcard pack have one place.
 */
#include "acme/work.h"

#include <string.h>

#include "acme/pack.h"
#include "scheduler/token_question.h"

enum { FRESH_FOR = 10, DAY = 86400 };	/* seconds */

_Static_assert((int)MAX_TOKENS <= (int)TOKEN_MAX_VALUES, "all tokens of a part may stand at one place");

/* ---- which looks? ------------------------------------------------------------ */

/* One token of this name was found: it waits for the CA alone. */
static bool
is_shown(const struct part *p, const struct token *name)
{
	for (size_t i = 0; i < p->token_count; i++)
		if (token_is_of(&p->tokens[i], name) && !token_is(&p->tokens[i], "pending"))
			return true;
	return false;
}

static bool
is_missing(const struct part *p, const struct token *t)
{
	return token_is(t, "pending") && !is_shown(p, t);
}

static bool
is_at_place_of(const struct token *a, const struct token *b)
{
	return token_is_by(a, b->method) && strcmp(a->identifier, b->identifier) == 0;
}

/* The first one that is missing at its place. */
static bool
begins_place(const struct part *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_missing(p, &p->tokens[i]) && is_at_place_of(&p->tokens[i], &p->tokens[n]))
			return false;
	return true;
}

/* A record that stays comes first: its challenge can be met again and again. */
static bool
is_told(const struct part *p, size_t n)
{
	bool stays = token_is_by(&p->tokens[n], "persist");

	for (size_t i = 0; i < p->token_count; i++) {
		bool other_stays = token_is_by(&p->tokens[i], "persist");

		if (i != n && token_is(&p->tokens[i], "seen") && token_is_of(&p->tokens[i], &p->tokens[n]) &&
		    (other_stays == stays ? i < n : other_stays))
			return false;
	}
	return true;
}

/* The names of a wildcard pack may be shown one after the other. */
void
work_look_for(struct work_list *list, const struct certificate *c, size_t n)
{
	const struct part *p = &c->parts[n];

	for (size_t i = 0; i < p->token_count; i++) {
		const struct token *t = &p->tokens[i];

		if (token_is(t, "seen") && is_told(p, i))
			work_add(list, (struct work){ VALIDATE, n, i });
		else if (is_missing(p, t) && begins_place(p, i) && !(c->is_publishing && token_is_by(t, "txt")))
			work_add(list, (struct work){ LOOK, n, i });
	}
}

/* ---- how it is asked ----------------------------------------------------------- */

static enum token_method
method_of(const struct token *t)
{
	return token_is_by(t, "http") ? TOKEN_HTTP : token_is_by(t, "txt") ? TOKEN_TXT : TOKEN_PERSIST;
}

/* Of the names that the CA accepts the one that was advised is kept. */
static struct persist
persist_of(const struct job *job, const struct part *p, const struct token *t)
{
	const struct certificate *c = job->row;
	const char **issuers = arena_alloc(job->arena, 2 * sizeof *issuers);

	issuers[0] = arena_strndup(job->arena, t->txt_value, strcspn(t->txt_value, ";"));
	return (struct persist){ .issuers = issuers, .wildcard = c->wildcard, .now = job->now,
	    .account_url = authority_for_key(c->authority, p->key_type).account_url };
}

void
work_ask_look(const struct job *job, struct questions *q, struct work w)
{
	const struct certificate *c = job->row;
	const struct part *p = &c->parts[w.part];
	const struct token *first = &p->tokens[w.token];
	const char **values = arena_alloc(job->arena, (MAX_TOKENS + 1) * sizeof *values);
	struct token_ask *ask = arena_alloc(job->arena, sizeof *ask);
	size_t n = 0;

	for (size_t i = w.token; i < p->token_count; i++)
		if (is_missing(p, &p->tokens[i]) && is_at_place_of(&p->tokens[i], first))
			values[n++] = token_is_by(first, "http") ? p->tokens[i].key_authorization : p->tokens[i].txt_value;
	*ask = (struct token_ask){ .method = method_of(first), .hostname = first->identifier,
	    .place = token_place(job->arena, c, first), .values = values, .http_port = c->http_port };
	if (ask->method == TOKEN_HTTP)
		ask->old_values = c->old_http;
	if (ask->method == TOKEN_TXT) {
		ask->old_values = c->old_txt;
		ask->delegation = c->delegation;
	}
	if (ask->method == TOKEN_PERSIST)
		ask->persist = persist_of(job, p, first);
	ask_detail(q, QUESTION_TOKEN, ask);
}

/* ---- what was found -------------------------------------------------------------- */

static void
mark_seen(struct result *r, size_t part, const struct token *seen)
{
	struct part *p = &r->parts[part];

	for (size_t i = 0; i < p->token_count; i++)
		if (token_is_of(&p->tokens[i], seen) && token_is_by(&p->tokens[i], seen->method) &&
		    strcmp(p->tokens[i].url, seen->url) == 0) {
			p->tokens[i].status = "seen";
			r->dirty[part] = true;
			r->progress = true;
		}
}

/* What could not be looked up says nothing about the delegation. */
static void
note_delegation(const struct certificate *c, struct result *r, const struct token_said *said)
{
	bool is_known = said->is_delegated || said->err.code == NULL || said->err.blame == BLAME_CUSTOMER;

	if (is_known && said->is_delegated != c->is_delegated)
		work_set(r, NULL, "delegated", said->is_delegated ? "true" : "false");
}

/* Another token of the name says what is wrong: that of the pack's own method,
 * and anything before a record that nobody has to publish. */
static bool
is_beside(const struct certificate *c, const struct part *p, const struct token *t)
{
	for (size_t i = 0; i < p->token_count; i++)
		if (token_is_of(&p->tokens[i], t) && token_is(&p->tokens[i], "pending") &&
		    !token_is_by(&p->tokens[i], t->method) && !token_is_by(t, c->method) &&
		    (token_is_by(&p->tokens[i], c->method) || token_is_by(t, "persist")))
			return true;
	return false;
}

static bool
do_we_publish(const struct certificate *c, const struct token *t, bool is_delegated)
{
	return token_is_by(t, "http") ? c->points_here : token_is_by(t, "txt") && is_delegated;
}

static void
note_missing(const struct job *job, struct result *r, struct work w, const struct token_said *said, struct err err)
{
	const struct certificate *c = job->row;
	const struct token *t = &c->parts[w.part].tokens[w.token];
	bool is_delegated = said != NULL ? said->is_delegated : c->is_delegated;

	if (said != NULL && !token_is_by(t, "persist"))
		r->found[r->found_count++] = (struct found){ w.part, t->identifier, said->finding };
	if (is_beside(c, &c->parts[w.part], t))
		return;
	if (r->err.code == NULL)
		r->is_fresh = do_we_publish(c, t, is_delegated) && t->given <= job->now &&
		    job->now - t->given < FRESH_FOR;
	work_note_error(r, err);
}

void
work_tell_look(const struct job *job, const struct answer *a, struct result *r, struct work w)
{
	const struct certificate *c = job->row;
	const struct part *p = &c->parts[w.part];	/* as it was asked about */
	const struct token *first = &p->tokens[w.token];
	const struct token_said *said = a->err.code == NULL ? a->detail : NULL;
	size_t n = 0;

	for (size_t i = w.token; said != NULL && i < p->token_count; i++)
		if (is_missing(p, &p->tokens[i]) && is_at_place_of(&p->tokens[i], first) && said->is_there[n++])
			mark_seen(r, w.part, &p->tokens[i]);
	if (said != NULL && token_is_by(first, "txt") && c->delegation != NULL)
		note_delegation(c, r, said);
	r->looked |= said != NULL;
	if (said == NULL || said->err.code != NULL)
		note_missing(job, r, w, said, said != NULL ? said->err : a->err);
}

/* Is a name that the look was for still to be shown? */
static bool
matters(const struct result *r, const struct found *found)
{
	const struct part *p = &r->parts[found->part];

	for (size_t i = 0; part_has_order(p) && i < p->token_count; i++)
		if (strcmp(p->tokens[i].identifier, found->identifier) == 0 && is_missing(p, &p->tokens[i]))
			return true;
	return false;
}

void
work_note_findings(const struct job *job, struct result *r)
{
	const char *all = NULL;

	if (!r->looked)
		return;
	for (size_t i = 0; i < r->found_count; i++)
		if (matters(r, &r->found[i]))
			all = arena_printf(job->arena, "%s%s%s", all != NULL ? all : "[", all != NULL ? "," : "",
			    r->found[i].json);
	work_set(r, NULL, "findings", all != NULL ? arena_printf(job->arena, "%s]", all) : NULL);
}

/* ---- without it ------------------------------------------------------------------- */

static bool
is_not_there(const char *code)
{
	return strcmp(code, "token_missing") == 0 || strcmp(code, "token_old") == 0 ||
	    strcmp(code, "token_partly") == 0;
}

static bool
do_we_publish_all(const struct certificate *c)
{
	if (strcmp(c->method, "txt") == 0)
		return c->is_delegated;
	return c->points_here && !c->wildcard && strcmp(c->method, "http") == 0;
}

bool
work_may_try_blindly(const struct job *job, const struct result *r)
{
	const struct certificate *c = job->row;
	int64_t since = c->tried_at > job->since ? c->tried_at : job->since;

	return do_we_publish_all(c) && job->now - since >= DAY && is_not_there(r->err.code);
}

void
work_try_blindly(const struct job *job, struct result *r)
{
	const struct certificate *c = job->row;

	for (size_t i = 0; i < PARTS; i++)
		for (size_t k = 0; k < r->parts[i].token_count; k++)
			if (token_is(&r->parts[i].tokens[k], "pending") && token_is_by(&r->parts[i].tokens[k], c->method)) {
				r->parts[i].tokens[k].status = "seen";
				r->dirty[i] = true;
			}
	work_set(r, NULL, "tried", "now");
}
