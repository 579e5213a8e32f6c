/* See pack_turn.h. */
#include "tests/kit/pack_turn.h"

#include <criterion/criterion.h>
#include <string.h>

#include "scheduler/caa_question.h"

const struct token_said token_there = { .is_there = { true, true }, .finding = "{}" };
const struct token_said token_missing = { .finding = FOUND("token_missing"),
	.err = { .code = "token_missing", .detail = "nothing", .blame = BLAME_CUSTOMER } };

struct turn
turn_of(const struct pack_row *r)
{
	struct turn t = { .arena = arena_new(1 << 20) };

	t.job = pack_row_job(r, t.arena);
	t.step = flow_step(&certificate_flow, t.job.state);
	if (t.step->ask != NULL)
		t.step->ask(&t.job, &t.q);
	return t;
}

struct verdict
turn_tell(const struct turn *t)
{
	return t->step->tell(&t->job, t->a);
}

const char *
turn_changed(const struct verdict *v, const char *of, const char *name)
{
	const char *value = "";

	for (size_t i = 0; i < v->change_count; i++)
		if (strcmp(v->changes[i].name, name) == 0 &&
		    strcmp(v->changes[i].of != NULL ? v->changes[i].of : "", of) == 0)
			value = v->changes[i].value != NULL ? v->changes[i].value : "(cleared)";
	return value;
}

const struct token_ask *
turn_look(const struct turn *t, size_t i)
{
	cr_assert_lt(i, t->q.count);
	cr_assert_eq(t->q.list[i].kind, QUESTION_TOKEN);
	return t->q.list[i].detail;
}

const struct acme_question *
turn_acme(const struct turn *t, size_t i)
{
	cr_assert_lt(i, t->q.count);
	cr_assert_eq(t->q.list[i].kind, QUESTION_ACME);
	return t->q.list[i].detail;
}

struct acme_order *
small_ca_order(const struct small_ca *ca, struct arena *a, const struct acme_question *q, int64_t now)
{
	struct acme_order *o = arena_alloc(a, sizeof *o);
	const char *status = ca->told == ca->orders ? ca->fails ? "invalid" : "valid" : "pending";
	const char *token = arena_printf(a, "token-%d", ca->orders);

	*o = (struct acme_order){ .url = arena_printf(a, "https://ca/order/%d", ca->orders),
	    .status = ca->remembers || strcmp(status, "valid") == 0 ? "ready" : status, .finalize = "https://ca/finalize" };
	for (; q->names[o->count] != NULL; o->count++) {
		struct acme_authorization *z = &o->authorizations[o->count];

		*z = (struct acme_authorization){ .url = "https://ca/authz", .name = "a.test", .wildcard = o->count == 1,
		    .status = ca->remembers ? "valid" : status, .expires = ca->lasts != 0 ? now + ca->lasts : 0 };
		z->dns01 = (struct acme_challenge){ .url = "https://ca/dns", .token = token,
		    .key_authorization = token, .txt_value = arena_printf(a, "%s-%zu", token, o->count) };
		if (o->count == 0)
			z->http01 = (struct acme_challenge){ .url = "https://ca/http", .token = token,
			    .key_authorization = arena_printf(a, "%s.k", token), .txt_value = token };
		if (ca->offers_persist) {
			z->persist01 = (struct acme_challenge){ .url = "https://ca/persist" };
			z->issuer_domain_names[0] = "ca.test";
		}
		if (strcmp(status, "invalid") == 0)
			z->dns01.err = (struct err){ .code = "acme_unauthorized", .detail = "it saw something else", .blame = BLAME_CUSTOMER };
	}
	return o;
}

static void
answer_acme(struct small_ca *ca, struct turn *t, size_t i)
{
	const struct acme_question *q = t->q.list[i].detail;
	struct acme_answer said = { .account_url = "https://ca/acct/1" };

	ca->orders += q->act == ACME_NEW_ORDER;
	if (q->act == ACME_VALIDATE)
		ca->told = ca->orders;
	if (q->act == ACME_READ_ORDER && ca->forgets)
		t->a[i].err = (struct err){ .code = "acme_not_found", .blame = BLAME_CA };
	if (q->act == ACME_FINALIZE)
		t->a[i].err = (struct err){ .code = "acme_not_found", .blame = BLAME_CA };
	said.order = small_ca_order(ca, t->arena, q, t->job.now);
	t->a[i].detail = arena_memdup(t->arena, &said, sizeof said);
}

/* Our own look finds everything if `is_there`. */
static void
answer_all(struct small_ca *ca, struct turn *t, bool is_there)
{
	static const struct caa_said permitted = { .outcome = CAA_PERMITTED };
	static const struct key_answer key = { "c2VhbGVk", "Y3Ny" };

	for (size_t i = 0; i < t->q.count; i++)
		switch (t->q.list[i].kind) {
		case QUESTION_ACME: answer_acme(ca, t, i); break;
		case QUESTION_CAA: t->a[i].detail = &permitted; break;
		case QUESTION_KEY: t->a[i].detail = &key; break;
		case QUESTION_TOKEN: t->a[i].detail = is_there ? &token_there : &token_missing; break;
		case QUESTION_DNS:
		case QUESTION_HTTP:
		case QUESTION_EDGE:
		case QUESTION_DELIVERY:
		case QUESTION_PUBLISH:
		case QUESTION_KINDS: cr_assert_fail("that is none of its questions"); break;
		}
}

struct verdict
small_ca_play(struct small_ca *ca, struct pack_row *r, bool is_there)
{
	struct turn t = turn_of(r);
	struct verdict v;

	cr_assert(r->setback == NULL || t.q.count == 0 || t.q.list[0].kind != QUESTION_TOKEN, "no look before the schedule says so");
	answer_all(ca, &t, is_there);
	v = turn_tell(&t);
	pack_row_take(r, &v);
	v.err.detail = NULL;
	v.found = NULL;
	arena_free(t.arena);
	return v;
}
