/* The flow of what is pushed to the provider's name server. */
#include <criterion/criterion.h>
#include <string.h>

#include "dcv/publication.h"
#include "dcv/publish_question.h"
#include "scheduler/backoff.h"

#define NAME "shop.customer.com.0123456789abcdef.dcv.provider.test"

struct scene {
	struct arena *arena;
	struct job job;
	struct questions q;
};

static struct scene
scene_of(const char *adds, const char *removes)
{
	const char *values[] = { NAME, adds, removes };
	struct scene s = { .arena = arena_new(1 << 20) };

	s.job = (struct job){ .id = "one", .name = NAME, .state = "publishing", .arena = s.arena };
	s.job.row = publication_flow.load(s.arena, values);
	flow_step(&publication_flow, "publishing")->ask(&s.job, &s.q);
	return s;
}

static struct verdict
tell(const struct scene *s, struct err err)
{
	const struct answer a = { .err = err };

	return flow_step(&publication_flow, "publishing")->tell(&s->job, &a);
}

Test(publication, what_is_to_come_and_to_go_is_asked_for_in_one_question)
{
	struct scene s = scene_of("[\"one\", \"t\\\"wo\"]", "[\"old\"]");
	const struct publish_ask *ask = s.q.list[0].detail;

	cr_assert_eq(s.q.count, 1);
	cr_expect_eq(s.q.list[0].kind, QUESTION_PUBLISH);
	cr_expect_str_eq(ask->name, NAME);
	cr_expect_str_eq(ask->add[0], "one");
	cr_expect_str_eq(ask->add[1], "t\"wo");
	cr_expect_null(ask->add[2]);
	cr_expect_str_eq(ask->remove[0], "old");
	cr_expect_null(ask->remove[1]);
	arena_free(s.arena);
}

Test(publication, what_was_pushed_is_told_with_the_verdict)
{
	struct scene s = scene_of("[\"one\"]", "[]");
	struct verdict v = tell(&s, (struct err){ 0 });

	cr_expect_eq(v.verb, GO);
	cr_expect_str_eq(v.next, "published");
	cr_assert_eq(v.change_count, 2);
	cr_expect_str_eq(v.changes[0].name, "added");
	cr_expect_str_eq(v.changes[0].value, "[\"one\"]");
	cr_expect_str_eq(v.changes[1].name, "removed");
	cr_expect_str_eq(v.changes[1].value, "[]");
	arena_free(s.arena);
}

Test(publication, without_anything_to_push_nothing_is_asked)
{
	struct scene s = scene_of("[]", "[]");
	struct verdict v = tell(&s, (struct err){ 0 });

	cr_expect_eq(s.q.count, 0);
	cr_expect_eq(v.verb, GO);
	cr_expect_eq(v.change_count, 0);
	arena_free(s.arena);
}

Test(publication, something_to_take_away_is_enough_to_ask)
{
	struct scene s = scene_of("[]", "[\"old\"]");

	cr_expect_eq(s.q.count, 1);
	arena_free(s.arena);
}

Test(publication, it_never_gives_up_and_waits_longer_each_time)
{
	static const struct { enum err_code code; int attempts; int64_t wait; } rows[] = {
		{ ERR_publish_unreachable, 0, 5 }, { ERR_publish_refused, 1, 15 }, { ERR_publish_signature, 2, 30 },
		{ ERR_publish_missing, 3, 60 }, { ERR_publish_refused, 6, 900 }, { ERR_publish_refused, 5000, 900 },
		{ ERR_deadline, 4, 120 },
	};
	struct scene s = scene_of("[\"one\"]", "[]");

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err = err_new(rows[i].code, "why");
		struct verdict v = tell(&s, err);
		struct again again = backoff(publication_flow.schedule, &v.err, rows[i].attempts, 0, 0);

		cr_expect_eq(v.verb, RETRY);
		cr_expect_str_eq(v.err.code, err.code);
		cr_expect_str_eq(v.err.detail, "why");
		cr_expect_eq(v.change_count, 0);
		cr_expect(again.counts);
		cr_expect_eq(again.wait, rows[i].wait, "row %zu: %ld", i, (long)again.wait);
	}
	arena_free(s.arena);
}

Test(publication, without_a_name_server_it_waits_to_be_woken)
{
	struct scene s = scene_of("[\"one\"]", "[]");
	struct verdict v = tell(&s, err_new(ERR_publish_off, NULL));

	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 3600);
	cr_expect_str_eq(v.err.code, "publish_off");
	arena_free(s.arena);
}

Test(publication, every_state_it_may_go_to_has_a_step_and_the_last_one_rests)
{
	cr_expect_null(flow_check(&publication_flow));
	cr_expect_null(flow_step(&publication_flow, "published")->tell);
}
