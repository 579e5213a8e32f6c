/*
 * The DNS as a CA's resolver would see it:
 *
 *	each of our resolvers ── none answers, SERVFAIL ──> what is behind it (dcv/look) ──┐
 *	          │         └── some value is not there ──────────────────────────> judgement
 *	          v all are there
 *	the zone's name servers, each of them ─────────────────────────────────────────┘
 *
 * What is not there costs one question to each resolver; only where everything
 * is there the name servers are looked for.
 */
#include <assert.h>
#include <string.h>

#include "dcv/finding_text.h"
#include "dcv/look.h"
#include "dcv/token_look_inside.h"

/* ---- rounds ----------------------------------------------------------------------------- */

static void
leave(struct token_looking *t)
{
	if (--t->round == 0)
		t->next(t);
}

static void
enter(struct token_looking *t, void (*next)(struct token_looking *))
{
	t->next = next;
	t->round = 1;	/* not over before all has been asked */
}

static void
replied(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct token_slot *slot = arg;
	struct token_looking *t = slot->of;

	if (!token_waited(t))
		return;
	if (err != NULL) {
		slot->into->err = *err;
		slot->into->err.detail = arena_strdup(t->arena, err->detail);
	} else {
		*slot->into = (struct answer){ .status = reply->rcode, .detail = look_copy(t->arena, reply) };
	}
	leave(t);
}

static struct token_slot *
new_slot(struct token_looking *t, struct answer *into)
{
	struct token_slot *slot = arena_alloc(t->arena, sizeof *slot);

	*slot = (struct token_slot){ t, into };
	into->err = err_new(ERR_dns_timeout, NULL);
	t->round++;
	token_wait(t);
	return slot;
}

/* ---- the name servers ------------------------------------------------------------------------ */

static void
ask_servers(void *arg)
{
	struct token_looking *t = arg;
	const char *end;

	if (!token_waited(t))
		return;
	end = token_end(t->ask, t->resolvers, t->resolver_count);
	t->view.zone = t->at.zone;
	t->view.server_count = t->at.count;
	if (token_ms_left(t) > TOKEN_SERVERS_MS)
		timer_start(t->timer, TOKEN_SERVERS_MS, 0);
	enter(t, token_conclude);
	for (size_t i = 0; i < t->at.count; i++)
		if (t->at.servers[i].is_asked)
			dns_ask_server(t->look->dns, (const struct sockaddr *)&t->at.addresses[i], end, DNS_TXT, replied,
			    new_slot(t, &t->said[i]));
	leave(t);
}

static void
resolve_servers(void *arg)
{
	struct token_looking *t = arg;

	if (!token_waited(t))
		return;
	token_wait(t);
	zone_servers_resolve(&t->at, ask_servers, t);
}

static void
find_servers(struct token_looking *t)
{
	t->at = (struct zone_servers){ .dns = t->look->dns, .arena = t->arena, .allow_private = t->look->allow_private,
		.port = t->look->dns_port };
	token_wait(t);
	zone_servers_find(&t->at, token_end(t->ask, t->resolvers, t->resolver_count), resolve_servers, t);
}

/* ---- the resolvers ------------------------------------------------------------------------------ */

static bool
is_error(const struct answer *answer, const char *code)
{
	return answer->err.code != NULL && strcmp(answer->err.code, code) == 0;
}

static void
note_alias(struct token_looking *t)
{
	const char *alias = finding_alias(t->alias_answer.detail, t->ask->place);

	t->view.alias = t->alias_answer.err.code == NULL ? alias : NULL;
	token_conclude(t);
}

/* A name that is delegated to us has its trouble with us. */
static void
ask_alias(struct token_looking *t)
{
	if (t->ask->delegation == NULL || is_error(&t->resolvers[0], "cname_loop")) {
		token_conclude(t);
		return;
	}
	enter(t, note_alias);
	dns_ask(t->look->dns, t->ask->place, DNS_CNAME, replied, new_slot(t, &t->alias_answer));
	leave(t);
}

static void
resolvers_answered(struct token_looking *t)
{
	if (token_is_seen(t->ask, t->resolvers, t->resolver_count))
		find_servers(t);
	else
		token_conclude(t);
}

static void
looked_again(struct asked *asked, struct answer answer)
{
	struct token_looking *t = (struct token_looking *)((char *)asked - offsetof(struct token_looking, again));

	if (!token_waited(t))
		return;
	t->resolvers[0] = answer;
	t->resolver_count = t->view.resolver_count = 1;
	if (answer.err.code == NULL)
		resolvers_answered(t);
	else
		ask_alias(t);
}

static void
look_again(struct token_looking *t)
{
	t->again_question = (struct question){ .kind = QUESTION_DNS, .name = t->ask->place, .type = "TXT" };
	t->again = (struct asked){ .question = &t->again_question, .arena = t->arena, .answered = looked_again };
	token_wait(t);
	look_perform(t->look->dns, &t->again);
}

static void
judge_resolvers(struct token_looking *t)
{
	bool is_answered = false, is_servfail = false;

	for (size_t i = 0; i < t->resolver_count; i++) {
		is_answered |= t->resolvers[i].err.code == NULL;
		is_servfail |= is_error(&t->resolvers[i], "dns_servfail");
	}
	if (is_answered)
		resolvers_answered(t);
	else if (is_servfail)
		look_again(t);
	else
		token_conclude(t);
}

void
token_look_dns(struct token_looking *t)
{
	t->resolver_count = dns_resolver_count(t->look->dns);
	assert(t->resolver_count <= TOKEN_MAX_RESOLVERS);
	t->view.resolver_count = t->resolver_count;
	enter(t, judge_resolvers);
	for (unsigned i = 0; i < t->resolver_count; i++)
		dns_ask_resolver(t->look->dns, i, t->ask->place, DNS_TXT, replied, new_slot(t, &t->resolvers[i]));
	leave(t);
}
