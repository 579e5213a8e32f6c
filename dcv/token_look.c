/*
 * A look for tokens, from the question to its answer:
 *
 *	our responders are current ──> DNS (token_look_dns.c) ──┬──> judgement
 *	                         └───> HTTP (token_look_http.c) ┘
 *
 * When time is up the judgement is made of what is known; answers that come
 * later are only waited for to free what they will be written to.
 */
#include "dcv/token_look.h"

#include <assert.h>
#include <stdlib.h>

#include "dcv/token_look_inside.h"

enum { MOST_MEMORY = 128 << 20 };	/* answers are hostile; each is capped by base/dns and io/http */

static void
free_looking(struct token_looking *t)
{
	arena_free(t->arena);
	free(t);
}

void
token_wait(struct token_looking *t)
{
	t->open++;
}

bool
token_waited(struct token_looking *t)
{
	t->open--;
	if (!t->is_over)
		return true;
	if (t->open == 0)
		free_looking(t);
	return false;
}

int64_t
token_ms_left(const struct token_looking *t)
{
	int64_t left = t->end_ms - loop_now_ms(t->loop);

	return left > 1 ? left : 1;
}

static struct token_said *
judge(const struct token_looking *t, struct arena *a)
{
	struct token_said *said = arena_alloc(a, sizeof *said);

	*said = t->ask->method == TOKEN_HTTP
	    ? token_judge_http(t->arena, t->ask, &t->walks[0].page, &t->walks[1].page)
	    : token_judge_dns(t->arena, t->ask, &t->view);
	said->err.detail = arena_strdup(a, said->err.detail);
	said->found = arena_strdup(a, said->found);
	said->finding = arena_strdup(a, said->finding);
	return said;
}

void
token_conclude(struct token_looking *t)
{
	struct asked *asked = t->asked;
	const struct token_said *said = judge(t, asked->arena);
	bool is_last = t->open == 0;

	timer_free(t->timer);
	t->is_over = true;
	t->asked = NULL;
	t->ask = NULL;
	if (is_last)
		free_looking(t);
	asked->answered(asked, (struct answer){ .detail = said });
}

static void
time_is_up(void *arg)
{
	token_conclude(arg);
}

static void
begin(struct token_looking *t)
{
	if (t->ask->method == TOKEN_HTTP)
		token_look_http(t);
	else
		token_look_dns(t);
}

static void
responders_are_current(void *arg)
{
	struct token_looking *t = arg;

	if (token_waited(t))
		begin(t);
}

/* Until they are known: nobody answered. */
static void
forget(struct token_looking *t)
{
	for (size_t i = 0; i < 2; i++) {
		t->walks[i] = (struct token_walk){ .of = t, .family = i == 0 ? 4 : 6,
			.page = { .answer.err = err_new(ERR_http_timeout, NULL), .url = t->ask->place } };
	}
	t->resolvers[0].err = err_new(ERR_dns_timeout, NULL);
	t->resolver_count = 1;
	t->view = (struct token_view){ .resolvers = t->resolvers, .resolver_count = 1, .servers = t->at.servers,
		.said = t->said };
}

void
token_look_perform(void *context, struct asked *asked)
{
	const struct token_look *look = context;
	struct token_looking *t = xcalloc(1, sizeof *t);
	int64_t most_ms = look->most_ms != 0 ? look->most_ms : TOKEN_LOOK_MS;
	size_t count = 0;

	t->asked = asked;
	t->ask = asked->question->detail;
	t->look = look;
	t->loop = look->loop;
	while (t->ask->values[count] != NULL)
		count++;
	assert(count > 0 && count <= TOKEN_MAX_VALUES);
	t->arena = arena_new(MOST_MEMORY);
	t->end_ms = loop_now_ms(look->loop) + most_ms;
	t->timer = timer_new(look->loop, time_is_up, t);
	timer_start(t->timer, most_ms, 0);
	forget(t);
	if (look->follow == NULL) {
		begin(t);
		return;
	}
	token_wait(t);
	follow_when_current(look->follow, responders_are_current, t);
}
