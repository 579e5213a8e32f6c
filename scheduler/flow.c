/* Finding and checking steps, and the small verbs that steps are written in. */
#include "scheduler/step.h"

#include <assert.h>
#include <string.h>

struct verdict
with(struct verdict v, const char *of, const char *name, const char *value)
{
	assert(v.change_count < MAX_CHANGES);
	v.changes[v.change_count++] = (struct change){ of, name, value };
	return v;
}

static void
add(struct questions *q, struct question question)
{
	assert(q->count < MAX_QUESTIONS);
	q->list[q->count++] = question;
}

void
ask_dns(struct questions *q, const char *name, enum dns_type type)
{
	add(q, (struct question){ .kind = QUESTION_DNS, .name = name,
	    .type = dns_type_name(type) });
}

void
ask_http(struct questions *q, const char *url, const char *user_agent)
{
	add(q, (struct question){ .kind = QUESTION_HTTP, .name = url,
	    .type = user_agent });
}

void
ask_detail(struct questions *q, enum question_kind kind, const void *detail)
{
	add(q, (struct question){ .kind = kind, .detail = detail });
}

const struct step *
flow_step(const struct flow *flow, const char *state)
{
	for (const struct step *s = flow->steps; s->state != NULL; s++)
		if (strcmp(s->state, state) == 0)
			return s;
	return NULL;
}

bool
flow_may_go(const struct step *step, const char *next)
{
	for (size_t i = 0; i < MAX_NEXT && step->next[i] != NULL; i++)
		if (strcmp(step->next[i], next) == 0)
			return true;
	return false;
}

const char *
flow_check(const struct flow *flow)
{
	for (const struct step *s = flow->steps; s->state != NULL; s++)
		for (size_t i = 0; i < MAX_NEXT && s->next[i] != NULL; i++)
			if (flow_step(flow, s->next[i]) == NULL)
				return s->next[i];
	return NULL;
}
