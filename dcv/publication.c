/*
 * A name in the delegation domain, at the provider's name server.
 *
 *   publishing -> published
 *
 * It rests once the server has all values that are wanted and none that was
 * taken back; SQL (follow_publication) makes it publishing when that changes.
 * What was pushed is told with the verdict, for by then something else may be
 * wanted.  It never gives up: a value of ours may be there.
 */
#include "dcv/publication.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "dcv/publish_question.h"

enum { HOUR = 3600 };

static const int32_t pushes[] = { 5, 15, 30, 60, 120, 300, 900 };
static const struct schedule push_schedule = { pushes, sizeof pushes / sizeof pushes[0] };

static bool
has_something_to_push(const struct publication *p)
{
	return p->add[0] != NULL || p->remove[0] != NULL;
}

/* ---- publishing: does the name server have what is wanted? ----------------- */

static void
ask_publishing(const struct job *job, struct questions *q)
{
	const struct publication *p = job->row;
	struct publish_ask *ask = arena_alloc(job->arena, sizeof *ask);

	if (!has_something_to_push(p))
		return;
	*ask = (struct publish_ask){ .name = p->name, .add = p->add, .remove = p->remove };
	ask_detail(q, QUESTION_PUBLISH, ask);
}

static struct verdict
tell_publishing(const struct job *job, const struct answer *a)
{
	const struct publication *p = job->row;
	struct err err;

	if (!has_something_to_push(p))
		return go("published");
	if (a->err.code == NULL)
		return with(with(go("published"), NULL, "added", p->adds), NULL, "removed", p->removes);
	/* Until it is configured nothing is asked, and its setting wakes us. */
	if (strcmp(a->err.code, "publish_off") == 0)
		return wait_for(HOUR, a->err);
	/* The provider's name server is neither ours nor a CA's: the waits grow. */
	err = a->err;
	err.blame = BLAME_NETWORK;
	return retry(err);
}

/* ---------------------------------------------------------------------------- */

static const struct step steps[] = {
	{ .state = "publishing", .why = "values are being pushed to the provider's name server",
	  .ask = ask_publishing, .tell = tell_publishing, .next = { "published" } },
	{ .state = "published", .why = "the provider's name server has what is wanted" },
	{ 0 }
};

static const char *const columns[] = { "name", "adds", "removes", NULL };

static const char *const *
values_of(struct arena *arena, const char *text)
{
	auto_json *list = json_read(text, strlen(text), 1 << 16, arena, NULL);
	const char **values;
	size_t count;

	assert(json_is_array(list));	/* the database made it */
	count = json_array_size(list);
	values = arena_alloc(arena, (count + 1) * sizeof *values);
	for (size_t i = 0; i < count; i++)
		values[i] = arena_strdup(arena, json_string_value(json_array_get(list, i)));
	return values;
}

static const void *
load(struct arena *arena, const char *const *values)
{
	struct publication *p = arena_alloc(arena, sizeof *p);

	*p = (struct publication){ .name = values[0], .adds = values[1], .removes = values[2] };
	p->add = values_of(arena, p->adds);
	p->remove = values_of(arena, p->removes);
	return p;
}

const struct flow publication_flow = {
	.name = "publication", .steps = steps, .schedule = &push_schedule,
	.columns = columns, .load = load,
};
