/*
 * Tokens in the DNS.  Whether the values are there is decided by all that a
 * CA's resolver may come upon; what is wrong is told from the first answer
 * that lacks one.
 */
#include "dcv/finding_token.h"

#include <string.h>

#include "base/name.h"
#include "dcv/finding_text.h"
#include "dcv/finding_token_inside.h"
#include "dcv/proof.h"
#include "dcv/record_text.h"

/* ---- what an answer has ----------------------------------------------------------------- */

static bool
is_persist(const struct token_ask *ask, const struct dns_reply *reply, const char *name)
{
	bool loop;
	const char *end = proof_chain_end(reply, name, &loop);

	for (size_t i = 0; !loop && i < reply->count; i++)
		if (reply->records[i].type == DNS_TXT && name_equal(reply->records[i].owner, end) &&
		    persist_is_satisfied(&ask->persist, reply->records[i].value))
			return true;
	return false;
}

bool
token_has_value(const struct token_ask *ask, size_t i, const struct dns_reply *reply, const char *name)
{
	if (ask->method == TOKEN_PERSIST)
		return is_persist(ask, reply, name);
	return proof_has_txt(reply, name, ask->values[i]);
}

static bool
has_all(const struct token_ask *ask, const struct dns_reply *reply, const char *name)
{
	for (size_t i = 0; ask->values[i] != NULL; i++)
		if (!token_has_value(ask, i, reply, name))
			return false;
	return true;
}

/* What one of our own resolvers did not answer says nothing about the name, as
 * long as another one answers. */
static bool
is_ours(const struct answer *answer)
{
	return answer->err.code != NULL && answer->err.blame == BLAME_US;
}

static bool
has_answered(const struct answer *answer)
{
	return answer->err.code == NULL && answer->detail != NULL;
}

bool
token_is_seen(const struct token_ask *ask, const struct answer *resolvers, size_t count)
{
	size_t seen = 0;

	for (size_t i = 0; i < count; i++) {
		if (is_ours(&resolvers[i]))
			continue;
		if (!has_answered(&resolvers[i]) || !has_all(ask, resolvers[i].detail, ask->place))
			return false;
		seen++;
	}
	return seen > 0;
}

const char *
token_end(const struct token_ask *ask, const struct answer *resolvers, size_t count)
{
	bool loop;

	for (size_t i = 0; i < count; i++)
		if (has_answered(&resolvers[i]))
			return proof_chain_end(resolvers[i].detail, ask->place, &loop);
	return ask->place;
}

/* ---- one answer that lacks something ------------------------------------------------------ */

static bool
has_wrapped(const struct token_judgement *j)
{
	for (size_t i = 0; i < j->reply->count; i++) {
		const struct dns_record *r = &j->reply->records[i];

		for (size_t k = 0; r->type == DNS_TXT && name_equal(r->owner, j->end) && k < j->value_count; k++)
			if (finding_is_wrapped(r->value, j->ask->values[k]))
				return true;
	}
	return false;
}

static enum err_code
fault(struct token_judgement *j, const char *const *olds)
{
	size_t lacks = token_count(token_lacking(j));
	bool loop;

	proof_chain_end(j->reply, j->ask->place, &loop);
	if (loop)
		return ERR_cname_loop;
	if (finding_is_mixed(j->reply, j->ask->place))
		return ERR_cname_and_other_data;
	if (j->said.is_delegated)
		return ERR_token_missing;
	if (lacks < j->value_count)
		return ERR_token_partly;
	if (has_wrapped(j))
		return ERR_token_quoted;
	if (olds[0] != NULL)
		return ERR_token_old;
	return j->alias != NULL && j->ask->delegation != NULL ? ERR_delegation_elsewhere : ERR_token_missing;
}

static void
take(struct token_judgement *j, const struct dns_reply *reply)
{
	bool loop;

	j->reply = reply;
	j->alias = finding_alias(reply, j->ask->place);
	j->end = proof_chain_end(reply, j->ask->place, &loop);
}

static void
judge_reply(struct token_judgement *j, const struct dns_reply *reply)
{
	const char *const *olds;
	enum err_code code;

	take(j, reply);
	olds = token_old_ones(j);
	code = fault(j, olds);
	finding_set(j->f, code);
	if (code == ERR_delegation_elsewhere)
		j->f->expected = arena_printf(j->a, "CNAME %s", j->ask->delegation);
	if (code == ERR_cname_loop)
		finding_put_chain(&j->fs, j->f, reply, j->ask->place);
	else
		token_put_reply(j);
	j->f->fix = token_fix(j, code, olds);
}

/* ---- no answer ----------------------------------------------------------------------------- */

/* What the customer's side may be the cause of says more than our own trouble. */
static const struct answer *
worst(const struct token_view *view)
{
	for (size_t i = 0; i < view->resolver_count; i++)
		if (view->resolvers[i].err.blame != BLAME_US)
			return &view->resolvers[i];
	return &view->resolvers[0];
}

static void
judge_trouble(struct token_judgement *j)
{
	const struct token_view *view = j->view;
	const struct answer *answer = worst(view);
	const struct dns_reply *reply = finding_reply(answer);

	j->said.is_delegated = view->alias != NULL && j->ask->delegation != NULL &&
	    name_equal(view->alias, j->ask->delegation);
	if (reply != NULL)	/* a circle of CNAMEs */
		judge_reply(j, reply);
	else
		finding_fail(&j->fs, j->f, &answer->err, j->ask->place);
	if (view->alias != NULL)
		finding_put(&j->fs, j->f, arena_printf(j->a, "CNAME %s", view->alias));
}

/* ---- the name servers ------------------------------------------------------------------------ */

/* Who is silent, refuses or does not serve the zone is passed over by a CA's
 * resolver, too. */
static bool
counts(const struct token_view *view, size_t i)
{
	const struct dns_reply *reply = view->said[i].detail;

	return view->servers[i].is_asked && view->said[i].err.code == NULL && reply != NULL && reply->authoritative;
}

static void
put_servers(struct token_judgement *j)
{
	const struct token_view *view = j->view;

	for (size_t i = 0; i < view->server_count; i++) {
		const char *seen;

		if (!counts(view, i))
			continue;
		seen = record_seen(j->a, view->said[i].detail, j->end);
		finding_put(&j->fs, j->f, arena_printf(j->a, "%s (%s): %s", view->servers[i].name, view->servers[i].address,
		    seen != NULL ? seen : "no such record"));
	}
}

static void
judge_servers(struct token_judgement *j)
{
	const struct token_view *view = j->view;
	size_t have = 0, lack = 0;

	take(j, j->reply);
	for (size_t i = 0; view->zone != NULL && i < view->server_count; i++) {
		if (!counts(view, i))
			continue;
		for (size_t k = 0; k < j->value_count; k++)
			j->said.is_there[k] = j->said.is_there[k] && token_has_value(j->ask, k, view->said[i].detail, j->end);
		if (has_all(j->ask, view->said[i].detail, j->end))
			have++;
		else
			lack++;
	}
	if (lack == 0) {
		token_put_reply(j);
		return;
	}
	finding_set(j->f, have > 0 ? ERR_servers_disagree : ERR_token_missing);
	put_servers(j);
	if (have > 0)
		j->f->fix = arena_printf(j->a, "Bring all name servers of %s to the same version of the zone; until then it is "
		    "chance which answer a certificate authority gets.", view->zone);
	else
		j->f->fix = arena_printf(j->a, "At the DNS provider of %s, add TXT records at %s with %s: no name server of %s has "
		    "them any more, only resolvers remember them.", view->zone, j->end, token_list(j, j->ask->values), view->zone);
}

/* ---- all of them ------------------------------------------------------------------------------- */

static void
judge_disagreement(struct token_judgement *j, size_t good)
{
	take(j, j->reply);
	finding_set(j->f, ERR_resolvers_disagree);
	finding_put(&j->fs, j->f, arena_printf(j->a, "seen by %zu of %zu resolvers", good, j->view->resolver_count));
	j->f->fix = "Nothing has to be changed: the values are there, but not every resolver sees them yet. We look again.";
}

/* The first answer, or the first one that lacks something, is the one to
 * judge. */
static void
judge_resolvers(struct token_judgement *j)
{
	const struct token_view *view = j->view;
	const char *const delegation[] = { j->ask->delegation, NULL };
	const struct dns_reply *lacks = NULL;
	size_t answered = 0, good = 0;

	j->said.is_delegated = j->ask->delegation != NULL;
	for (size_t i = 0; i < view->resolver_count; i++) {
		const struct dns_reply *reply = view->resolvers[i].detail;

		if (!has_answered(&view->resolvers[i]))
			continue;
		answered++;
		if (j->reply == NULL)
			j->reply = reply;
		j->said.is_delegated &= proof_chain_reaches(reply, j->ask->place, delegation);
		if (has_all(j->ask, reply, j->ask->place))
			good++;
		else if (lacks == NULL)
			lacks = reply;
	}
	if (answered == 0)
		judge_trouble(j);
	else if (good == 0)
		judge_reply(j, lacks);
	else if (!token_is_seen(j->ask, view->resolvers, view->resolver_count))
		judge_disagreement(j, good);
	else
		judge_servers(j);
}

/* Some are there though not all are. */
static void
note_those_there(struct token_judgement *j)
{
	for (size_t k = 0; k < j->value_count; k++) {
		size_t have = 0, asked = 0;

		for (size_t i = 0; i < j->view->resolver_count; i++) {
			const struct answer *answer = &j->view->resolvers[i];

			asked += !is_ours(answer);
			have += has_answered(answer) && token_has_value(j->ask, k, answer->detail, j->ask->place);
		}
		j->said.is_there[k] = asked > 0 && have == asked;
	}
}

/* Nobody has to publish anything: what "expected" offers is done already. */
static const char *
detail_of_ours(const struct token_judgement *j)
{
	const char *what = j->value_count == 1 ? "the value is" : "the values are", *code = j->f->code, *but;

	if (strncmp(code, "dns_", 4) == 0)
		but = "it could not be looked up";
	else if (strcmp(code, "token_missing") == 0)
		but = arena_printf(j->a, "%s not there yet", what);
	else if (strcmp(code, "resolvers_disagree") == 0 || strcmp(code, "servers_disagree") == 0)
		but = arena_printf(j->a, "%s not seen everywhere yet", what);
	else
		return NULL;
	return arena_printf(j->a, "%s leads to %s, which is ours, but %s; nothing has to be changed", j->ask->place,
	    j->ask->delegation, but);
}

struct token_said
token_judge_dns(struct arena *a, const struct token_ask *ask, const struct token_view *view)
{
	struct token_judgement *j = arena_alloc(a, sizeof *j);
	const char *ours = NULL;

	*j = (struct token_judgement){ .a = a, .fs = { .arena = a }, .ask = ask, .view = view };
	j->value_count = token_count(ask->values);
	j->f = finding_add(&j->fs, "certificate", ask->place, token_expected(j));
	note_those_there(j);
	judge_resolvers(j);
	/* From there on it is our zone. */
	if (j->f->code != NULL && j->said.is_delegated && j->f->blame != BLAME_US) {
		j->f->blame = BLAME_US;
		j->f->fix = "Nothing has to be changed: the name is delegated to us, and we publish the values there. We look "
		    "again.";
	}
	if (j->f->code != NULL && j->said.is_delegated)
		ours = detail_of_ours(j);
	token_tell(&j->fs, &j->said);
	if (ours != NULL)
		j->said.err.detail = ours;
	return j->said;
}

/* ---- for both -------------------------------------------------------------------------------------- */

/* What the code means is told in front of the detail of these (error_text() of
 * scheduler/engine_work.c). */
static bool
is_explained(const char *code)
{
	return strncmp(code, "dns_", 4) == 0 || strncmp(code, "http_", 5) == 0;
}

static const char *
detail(const struct findings *fs, const struct finding *f)
{
	bool is_unknown = f->blame != BLAME_CUSTOMER;

	if (f->found[0] != NULL)
		return arena_printf(fs->arena, "%s should have %s, but this was found: %s", f->where, f->expected,
		    finding_seen(f, fs->arena));
	return arena_printf(fs->arena, "%s should have %s, but %s%s%s", f->where, f->expected,
	    is_unknown ? "it is unknown what it has" : "nothing was found",
	    is_explained(f->code) ? "" : ": ", is_explained(f->code) ? "" : err_sentence(f->code));
}

void
token_tell(const struct findings *fs, struct token_said *said)
{
	const struct finding *f = &fs->list[0];
	const char *json = finding_json(fs);

	said->found = finding_seen(f, fs->arena);
	said->finding = arena_strndup(fs->arena, json + 1, strlen(json) - 2);	/* without [ ] */
	said->err = (struct err){ 0 };
	if (f->code != NULL)
		said->err = (struct err){ .code = f->code, .blame = f->blame, .detail = detail(fs, f) };
}
