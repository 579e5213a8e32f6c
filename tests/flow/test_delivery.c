/* What becomes of a delivery: a row, an answer, the verdict. */
#include <criterion/criterion.h>
#include <string.h>

#include "webhooks/delivery.h"
#include "webhooks/question.h"

static const struct delivery ready = {
	.event_id = "0b6f2a4e-1d43-4b6a-9d33-0f5d1f1c2a77", .url = "https://hooks.example.com/in",
	.body = "{\"a\":1}", .webhook_id = "7a0f8c52-5b0e-4a39-8a0e-6b0d7a3f1c11",
	.secret = "c2VhbGVk", .plain_secret = NULL, .enabled = true,
};
static const struct delivery unsealed = { .event_id = "e", .url = "https://x", .body = "{}", .enabled = true };
static const struct delivery disabled = { .event_id = "e", .url = "https://x", .body = "{}", .secret = "c2VhbGVk" };
static const struct delivery_answer in_two_minutes = { .retry_after = 120 }, unsaid = { 0 };

#define HTTP(s)		{ .status = (s), .detail = &unsaid }
#define HTTP_LATER(s)	{ .status = (s), .detail = &in_two_minutes }
#define NO_ANSWER(c, b)	{ .err = { .code = (c), .detail = "why", .blame = (b) } }
#define NOT_ASKED	{ .count = 0 }

static const struct row {
	const char	      *sentence;
	const struct delivery *delivery;
	int		       attempts;
	struct answer	       answer;
	enum verb	       verb;
	const char	      *next;
	const char	      *code;
	enum blame	       blame;
	int64_t		       retry_after;
	const char	      *last_status;
	bool		       disables;
} rows[] = {
	{ "200 is accepted", &ready, 0, HTTP(200), GO, "delivered", NULL, 0, 0, "200", false },
	{ "204 is accepted", &ready, 0, HTTP(204), GO, "delivered", NULL, 0, 0, "204", false },
	{ "299 is accepted", &ready, 0, HTTP(299), GO, "delivered", NULL, 0, 0, "299", false },
	{ "the last retry may still succeed", &ready, 9, HTTP(200), GO, "delivered", NULL, 0, 0, "200", false },
	{ "1xx is no acceptance", &ready, 0, HTTP(199),
	  RETRY, NULL, "delivery_refused", BLAME_CUSTOMER, 0, "199", false },
	{ "a redirect is not followed and not accepted", &ready, 0, HTTP(302),
	  RETRY, NULL, "delivery_refused", BLAME_CUSTOMER, 0, "302", false },
	{ "400 is refused and tried again", &ready, 0, HTTP(400),
	  RETRY, NULL, "delivery_refused", BLAME_CUSTOMER, 0, "400", false },
	{ "500 is refused and tried again", &ready, 8, HTTP(500),
	  RETRY, NULL, "delivery_refused", BLAME_CUSTOMER, 0, "500", false },
	{ "the ninth retry was the last", &ready, 9, HTTP(500),
	  FAIL, "dead", "delivery_given_up", BLAME_CUSTOMER, 0, "500", false },
	{ "410 disables the endpoint at once", &ready, 0, HTTP(410),
	  FAIL, "dead", "delivery_gone", BLAME_CUSTOMER, 0, "410", true },
	{ "429 says when", &ready, 0, HTTP_LATER(429),
	  RETRY, NULL, "delivery_refused", BLAME_CUSTOMER, 120, "429", false },
	{ "503 says when", &ready, 0, HTTP_LATER(503),
	  RETRY, NULL, "delivery_refused", BLAME_CUSTOMER, 120, "503", false },
	{ "503 without a time follows the schedule", &ready, 0, HTTP(503),
	  RETRY, NULL, "delivery_refused", BLAME_CUSTOMER, 0, "503", false },
	{ "500 does not say when even if it tries", &ready, 0, HTTP_LATER(500),
	  RETRY, NULL, "delivery_refused", BLAME_CUSTOMER, 0, "500", false },
	{ "429 does not make the schedule longer", &ready, 9, HTTP_LATER(429),
	  FAIL, "dead", "delivery_given_up", BLAME_CUSTOMER, 0, "429", false },
	{ "an endpoint that cannot be reached uses up a retry", &ready, 0,
	  NO_ANSWER("http_unreachable", BLAME_NETWORK),
	  RETRY, NULL, "http_unreachable", BLAME_CUSTOMER, 0, NULL, false },
	{ "an endpoint that keeps us waiting uses up a retry", &ready, 0,
	  NO_ANSWER("deadline", BLAME_US), RETRY, NULL, "deadline", BLAME_CUSTOMER, 0, NULL, false },
	{ "an endpoint whose name servers fail uses up a retry", &ready, 0,
	  NO_ANSWER("dns_servfail", BLAME_NETWORK), RETRY, NULL, "dns_servfail", BLAME_CUSTOMER, 0, NULL, false },
	{ "an endpoint that was never reached is given up", &ready, 9,
	  NO_ANSWER("http_timeout", BLAME_NETWORK),
	  FAIL, "dead", "delivery_given_up", BLAME_CUSTOMER, 0, NULL, false },
	{ "our resolver's silence uses up nothing", &ready, 9,
	  NO_ANSWER("dns_timeout", BLAME_US), RETRY, NULL, "dns_timeout", BLAME_US, 0, NULL, false },
	{ "our resolver being down uses up nothing", &ready, 9,
	  NO_ANSWER("dns_resolver_down", BLAME_US), RETRY, NULL, "dns_resolver_down", BLAME_US, 0, NULL, false },
	{ "a secret that we cannot open uses up nothing", &ready, 9,
	  NO_ANSWER("seal_broken", BLAME_US), RETRY, NULL, "seal_broken", BLAME_US, 0, NULL, false },
	{ "an endpoint whose secret is not sealed yet waits a second", &unsealed, 0, NOT_ASKED,
	  WAIT, NULL, "delivery_unsealed", BLAME_US, 0, NULL, false },
	{ "a disabled endpoint gets nothing", &disabled, 0, NOT_ASKED,
	  FAIL, "dead", "delivery_disabled", BLAME_CUSTOMER, 0, NULL, false },
};

/* The value that the verdict writes to `of`.`name`, or NULL. */
static const char *
written(const struct verdict *v, const char *of, const char *name)
{
	for (size_t i = 0; i < v->change_count; i++) {
		const struct change *c = &v->changes[i];
		bool of_it = of == NULL ? c->of == NULL : c->of != NULL && strcmp(c->of, of) == 0;

		if (of_it && strcmp(c->name, name) == 0)
			return c->value;
	}
	return NULL;
}

static void
expect_text(const char *sentence, const char *got, const char *want)
{
	if (want == NULL)
		cr_expect_null(got, "%s: %s", sentence, got);
	else
		cr_expect(got != NULL && strcmp(got, want) == 0, "%s: %s, not %s", sentence, got, want);
}

static void
expect_row(const struct row *r)
{
	const struct step *step = flow_step(&delivery_flow, "pending");
	auto_arena *arena = arena_new(1 << 16);
	struct job job = { .now = 1000, .state = "pending", .attempts = r->attempts,
		.row = r->delivery, .arena = arena };
	struct verdict v = step->tell(&job, &r->answer);

	cr_expect_eq(v.verb, r->verb, "%s: verb %d", r->sentence, v.verb);
	expect_text(r->sentence, v.next, r->next);
	expect_text(r->sentence, v.err.code, r->code);
	cr_expect_eq(v.err.blame, r->blame, "%s: blame %d", r->sentence, v.err.blame);
	cr_expect_eq(v.err.retry_after, r->retry_after, "%s", r->sentence);
	expect_text(r->sentence, written(&v, NULL, "last_status"), r->last_status);
	expect_text(r->sentence, written(&v, "webhook", "enabled"), r->disables ? "false" : NULL);
	if (v.next != NULL)
		cr_expect(flow_may_go(step, v.next), "%s", r->sentence);
}

Test(delivery, each_row_of_the_table)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		expect_row(&rows[i]);
}

Test(delivery, the_status_is_in_the_detail)
{
	auto_arena *arena = arena_new(1 << 16);
	struct job job = { .state = "pending", .row = &ready, .arena = arena };
	struct answer refused = HTTP(502), silent = NO_ANSWER("http_timeout", BLAME_NETWORK);

	cr_expect_str_eq(delivery_flow.steps[0].tell(&job, &refused).err.detail, "HTTP 502");
	cr_expect_str_eq(delivery_flow.steps[0].tell(&job, &refused).found, "HTTP 502");
	job.attempts = 9;
	cr_expect_str_eq(delivery_flow.steps[0].tell(&job, &refused).err.detail, "last: delivery_refused: HTTP 502");
	cr_expect_str_eq(delivery_flow.steps[0].tell(&job, &silent).err.detail, "last: http_timeout: why");
}

Test(delivery, the_question_carries_the_row_and_the_time)
{
	auto_arena *arena = arena_new(1 << 16);
	struct job job = { .now = 1614265330, .state = "pending", .row = &ready, .arena = arena };
	struct questions q = { 0 };
	const struct delivery_question *d;

	delivery_flow.steps[0].ask(&job, &q);
	cr_assert_eq(q.count, 1);
	cr_assert_eq(q.list[0].kind, QUESTION_DELIVERY);
	d = q.list[0].detail;
	cr_expect_str_eq(d->url, ready.url);
	cr_expect_str_eq(d->message_id, ready.event_id);
	cr_expect_str_eq(d->webhook_id, ready.webhook_id);
	cr_expect_str_eq(d->body, ready.body);
	cr_expect_str_eq(d->secret, ready.secret);
	cr_expect_null(d->old_secret);
	cr_expect_null(d->plain_secret);
	cr_expect_eq(d->now, 1614265330);
}

Test(delivery, nothing_is_asked_without_a_secret_or_of_a_disabled_endpoint)
{
	const struct delivery *const quiet[] = { &unsealed, &disabled };

	for (size_t i = 0; i < 2; i++) {
		auto_arena *arena = arena_new(1 << 16);
		struct job job = { .state = "pending", .row = quiet[i], .arena = arena };
		struct questions q = { 0 };

		delivery_flow.steps[0].ask(&job, &q);
		cr_expect_eq(q.count, 0);
	}
}

Test(delivery, the_row_is_read_in_the_order_of_the_columns)
{
	auto_arena *arena = arena_new(1 << 16);
	const char *values[] = { "event_id", "url", "body", "webhook_id", "secret", "old_secret", "plain_secret", "t" };
	const struct delivery *d = delivery_flow.load(arena, values);
	const char *const read[] = { d->event_id, d->url, d->body, d->webhook_id, d->secret, d->old_secret, d->plain_secret };

	for (size_t i = 0; i < sizeof read / sizeof read[0]; i++)
		cr_expect_str_eq(read[i], delivery_flow.columns[i]);
	cr_expect(d->enabled);
	cr_expect_str_eq(delivery_flow.columns[7], "enabled");
	cr_expect_null(delivery_flow.columns[8]);
	values[7] = "f";
	d = delivery_flow.load(arena, values);
	cr_expect_not(d->enabled);
	values[7] = NULL;
	d = delivery_flow.load(arena, values);
	cr_expect_not(d->enabled);
}

Test(delivery, the_schedule_is_the_documented_one)
{
	static const int32_t wait[] = { 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };

	cr_assert_eq(delivery_flow.schedule->count, 9);
	for (int i = 0; i < 9; i++)
		cr_expect_eq(delivery_flow.schedule->wait[i], wait[i], "retry %d", i);
}

Test(delivery, what_is_over_rests)
{
	static const char *const over[] = { "delivered", "dead" };

	for (size_t i = 0; i < 2; i++) {
		const struct step *s = flow_step(&delivery_flow, over[i]);

		cr_assert_not_null(s);
		cr_expect_null(s->ask);
		cr_expect_null(s->tell);
	}
	cr_expect_null(flow_check(&delivery_flow));
}
