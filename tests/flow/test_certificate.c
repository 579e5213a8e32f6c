/*
 * The certificate flow: packs, answers, verdicts.  The row is what the
 * database would give (JSON of each key type); answers are plain values.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "acme/certificate.h"
#include "acme/pack.h"
#include "scheduler/edge_question.h"
#include "scheduler/token_question.h"

enum { NOW = 1800000000 };

struct scene {			/* a job with the answers that its step is given */
	struct arena *arena;
	struct job job;
	const struct step *step;
	struct questions q;
	struct answer a[MAX_QUESTIONS];
};

#define TOKEN(status) "{\"identifier\":\"a.test\",\"wildcard\":false,\"url\":\"https://ca/ch\"," \
	"\"method\":\"http\",\"token\":\"tok\",\"key_authorization\":\"tok.thumb\"," \
	"\"txt_value\":\"txt\",\"status\":\"" status "\",\"told\":1800000000}"
#define ORDER(status, rest) "{\"order_url\":\"https://ca/o\",\"order_status\":" status \
	",\"finalize_url\":\"https://ca/f\"" rest "}"

#define AUTHORITY "{\"id\":\"ca-id\",\"name\":\"lets_encrypt\",\"directory\":\"https://ca/dir\"," \
	"\"account_key\":\"a2V5\",\"identities\":[\"letsencrypt.org\"]}"
/* Its turn has come, and CAA has just permitted it. */
#define MAY_ORDER "{\"slot\":1800000000,\"caa_at\":1800000000}"

static struct scene
scene_at(const char *state, const char *method, const char *wanted, const char *authority,
    const char *alternatives, const char *p256, const char *rsa)
{
	struct scene s = { .arena = arena_new(1 << 20), .step = flow_step(&certificate_flow, state) };
	const char *values[25] = { "a.test", "false", method, "1", NULL, "80", wanted, authority, NULL,
	    alternatives, p256, rsa, "true", NULL, NULL, "true", NULL, NULL, NULL, NULL };

	s.job = (struct job){ .id = "pack", .now = NOW, .since = NOW, .retries = 75,
	    .state = state, .arena = s.arena };
	s.job.row = pack_load(s.arena, values);
	return s;
}

/* At the one CA that there is. */
static struct scene
scene_of(const char *state, const char *method, const char *p256, const char *rsa)
{
	return scene_at(state, method, "", AUTHORITY, "0", p256, rsa);
}

static void
ask(struct scene *s)
{
	if (s->step->ask != NULL)
		s->step->ask(&s->job, &s->q);
}

static const struct acme_question *
acme(const struct scene *s, size_t i)
{
	cr_assert_lt(i, s->q.count);
	cr_assert_eq(s->q.list[i].kind, QUESTION_ACME);
	return s->q.list[i].detail;
}

static const char *
changed(const struct verdict *v, const char *of, const char *name)
{
	const char *value = "(unchanged)";

	for (size_t i = 0; i < v->change_count; i++)
		if (strcmp(v->changes[i].name, name) == 0 && v->changes[i].of != NULL &&
		    strcmp(v->changes[i].of, of) == 0)
			value = v->changes[i].value != NULL ? v->changes[i].value : "(cleared)";
	return value;
}

static struct acme_order *
order(struct scene *s, const char *status)
{
	struct acme_order *o = arena_alloc(s->arena, sizeof *o);

	*o = (struct acme_order){ .url = "https://ca/o", .status = status,
	    .finalize = "https://ca/f", .count = 1 };
	o->authorizations[0] = (struct acme_authorization){ .url = "https://ca/a", .name = "a.test",
	    .status = strcmp(status, "pending") == 0 ? "pending" : "valid",
	    .http01 = { .url = "https://ca/ch", .status = "pending", .token = "tok",
		.key_authorization = "tok.thumb", .txt_value = "txt" },
	    .dns01 = { .url = "https://ca/ch2", .status = "pending", .token = "tok",
		.key_authorization = "tok.thumb", .txt_value = "txt" } };
	return o;
}

static void
answer_acme(struct scene *s, size_t i, struct acme_order *o, const char *chain)
{
	struct acme_answer *answer = arena_alloc(s->arena, sizeof *answer);

	*answer = (struct acme_answer){ .order = o, .chain = chain, .account_url = "https://ca/acct/1" };
	s->a[i].detail = answer;
}

static void
answer_error(struct scene *s, size_t i, const char *code, enum blame blame)
{
	s->a[i].err = (struct err){ .code = code, .blame = blame, .detail = code };
}

static void
answer_look(struct scene *s, size_t i, bool is_there)
{
	struct token_said *said = arena_alloc(s->arena, sizeof *said);

	*said = (struct token_said){ .is_there = { is_there }, .finding = "{\"code\":\"token_missing\"}" };
	if (!is_there)
		said->err = (struct err){ .code = "token_missing", .detail = "nothing is there", .blame = BLAME_CUSTOMER };
	s->a[i] = (struct answer){ .detail = said };
}

Test(certificate, a_new_pack_orders_p256_first)
{
	struct scene s = scene_of("initializing", "http", MAY_ORDER, "{}");
	struct verdict v;

	ask(&s);
	cr_assert_eq(s.q.count, 1);
	cr_expect_eq(acme(&s, 0)->act, ACME_NEW_ORDER);
	cr_expect_str_eq(acme(&s, 0)->names[0], "a.test");
	answer_acme(&s, 0, order(&s, "pending"), NULL);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, GO);
	cr_expect_str_eq(v.next, "pending_validation");
	cr_expect_str_eq(changed(&v, "p256", "order_url"), "https://ca/o");
	cr_expect_str_eq(changed(&v, "p256", "finalize_url"), "https://ca/f");
	cr_expect_str_eq(changed(&v, "ca", "account_url"), "https://ca/acct/1");
	cr_expect_str_eq(changed(&v, "rsa2048", "order_url"), "(unchanged)");
	arena_free(s.arena);
}

Test(certificate, a_pack_of_rsa_alone_orders_rsa)
{
	struct scene s = scene_of("initializing", "http", NULL, MAY_ORDER);
	struct verdict v;

	ask(&s);
	answer_acme(&s, 0, order(&s, "pending"), NULL);
	v = s.step->tell(&s.job, s.a);
	cr_expect_str_eq(changed(&v, "rsa2048", "order_url"), "https://ca/o");
	arena_free(s.arena);
}

Test(certificate, a_ca_that_is_down_uses_up_no_retry_and_is_told_of)
{
	struct scene s = scene_of("initializing", "http", MAY_ORDER, "{}");
	struct verdict v;

	ask(&s);
	answer_error(&s, 0, "acme_unreachable", BLAME_CA);
	s.job.attempts = 75;
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 2);
	cr_expect_str_eq(changed(&v, "ca", "cause"), "infrastructure");
	cr_expect_str_eq(changed(&v, "ca", "code"), "acme_unreachable");
	arena_free(s.arena);
}

Test(certificate, a_ca_that_refuses_us_is_asked_by_the_schedule_and_not_every_few_seconds)
{
	struct scene s = scene_of("initializing", "http", MAY_ORDER, "{}");
	struct verdict v;

	ask(&s);
	answer_error(&s, 0, "acme_account_refused", BLAME_US);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_eq(v.err.blame, BLAME_CA);
	arena_free(s.arena);
}

Test(certificate, email_is_refused_and_no_ca_is_asked)
{
	struct scene s = scene_of("initializing", "email", "{}", "{}");
	struct verdict v;

	ask(&s);
	cr_expect_eq(s.q.count, 0);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, FAIL);
	cr_expect_str_eq(v.err.code, "acme_method_gone");
	arena_free(s.arena);
}

Test(certificate, fresh_orders_have_their_tokens_read_and_stored)
{
	struct scene s = scene_of("pending_validation", "http", ORDER("null", ""), "{}");
	struct verdict v;

	ask(&s);
	cr_assert_eq(s.q.count, 1);
	cr_expect_eq(acme(&s, 0)->act, ACME_READ_ORDER);
	answer_acme(&s, 0, order(&s, "pending"), NULL);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 0);
	cr_expect_str_eq(changed(&v, "p256", "order_status"), "pending");
	cr_expect(strstr(changed(&v, "p256", "challenges"), "\"method\":\"http\"") != NULL);
	cr_expect(strstr(changed(&v, "p256", "challenges"), "\"method\":\"txt\"") == NULL);
	arena_free(s.arena);
}

Test(certificate, with_method_txt_http_is_kept_ready_too)
{
	struct scene s = scene_of("pending_validation", "txt", ORDER("null", ""), "{}");
	struct verdict v;

	ask(&s);
	answer_acme(&s, 0, order(&s, "pending"), NULL);
	v = s.step->tell(&s.job, s.a);
	cr_expect(strstr(changed(&v, "p256", "challenges"), "\"method\":\"http\"") != NULL);
	cr_expect(strstr(changed(&v, "p256", "challenges"), "\"method\":\"txt\"") != NULL);
	arena_free(s.arena);
}

Test(certificate, the_ca_is_not_asked_before_we_see_the_token)
{
	struct scene s = scene_of("pending_validation", "http",
	    ORDER("\"pending\"", ",\"challenges\":[" TOKEN("pending") "]"), "{}");
	const struct token_ask *look;
	struct verdict v;

	ask(&s);
	cr_assert_eq(s.q.count, 1);
	cr_assert_eq(s.q.list[0].kind, QUESTION_TOKEN);
	look = s.q.list[0].detail;
	cr_expect_eq(look->method, TOKEN_HTTP);
	cr_expect_str_eq(look->place, "http://a.test/.well-known/acme-challenge/tok");
	cr_expect_str_eq(look->values[0], "tok.thumb");
	cr_expect_null(look->values[1]);
	answer_look(&s, 0, false);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_str_eq(v.err.code, "token_missing");
	answer_look(&s, 0, true);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, WAIT);
	cr_expect(strstr(changed(&v, "p256", "challenges"), "\"seen\"") != NULL);
	arena_free(s.arena);
}

Test(certificate, a_seen_token_is_told_to_the_ca_and_then_read)
{
	struct scene s = scene_of("pending_validation", "http",
	    ORDER("\"pending\"", ",\"challenges\":[" TOKEN("seen") "]"), "{}");
	struct scene t = scene_of("pending_validation", "http",
	    ORDER("\"pending\"", ",\"challenges\":[" TOKEN("processing") "]"), "{}");
	struct verdict v;

	ask(&s);
	cr_expect_eq(acme(&s, 0)->act, ACME_VALIDATE);
	cr_expect_str_eq(acme(&s, 0)->url, "https://ca/ch");
	v = s.step->tell(&s.job, s.a);
	cr_expect(strstr(changed(&v, "p256", "challenges"), "\"processing\"") != NULL);

	ask(&t);
	cr_expect_eq(acme(&t, 0)->act, ACME_READ_ORDER);
	answer_acme(&t, 0, order(&t, "pending"), NULL);
	v = t.step->tell(&t.job, t.a);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 1);
	cr_expect_str_eq(changed(&v, "p256", "challenges"), "(unchanged)");
	arena_free(s.arena);
	arena_free(t.arena);
}

#define NAMED(wildcard, value, status) "{\"identifier\":\"a.test\",\"wildcard\":" wildcard ",\"url\":\"https://ca/" value \
	"\",\"method\":\"txt\",\"token\":\"t\",\"key_authorization\":\"t.k\",\"txt_value\":\"" value \
	"\",\"status\":\"" status "\",\"told\":1800000000}"

/* The two values of a wildcard pack come one after the other. */
Test(certificate, the_second_name_is_looked_for_while_the_ca_looks_at_the_first)
{
	struct scene s = scene_of("pending_validation", "txt", ORDER("\"pending\"", ",\"challenges\":["
	    NAMED("false", "one", "processing") "," NAMED("true", "two", "pending") "]"), "{}");
	struct scene t = scene_of("pending_validation", "txt", ORDER("\"pending\"", ",\"challenges\":["
	    NAMED("false", "one", "valid") "," NAMED("true", "two", "pending") "]"), "{}");
	struct acme_order *o;
	struct verdict v;

	ask(&s);
	cr_assert_eq(s.q.count, 2);
	cr_expect_eq(acme(&s, 0)->act, ACME_READ_ORDER);
	cr_expect_eq(s.q.list[1].kind, QUESTION_TOKEN);
	o = order(&s, "pending");
	o->authorizations[0].status = "valid";
	answer_acme(&s, 0, o, NULL);
	answer_look(&s, 1, true);
	v = s.step->tell(&s.job, s.a);
	cr_expect_not_null(strstr(changed(&v, "p256", "challenges"), "\"seen\""));
	cr_expect_not_null(strstr(changed(&v, "p256", "challenges"), "\"valid\""));

	t.job.now = NOW + 7200;		/* hours later the order is still good */
	ask(&t);
	cr_assert_eq(t.q.count, 1);
	cr_expect_eq(t.q.list[0].kind, QUESTION_TOKEN);
	arena_free(s.arena);
	arena_free(t.arena);
}

Test(certificate, a_ca_that_never_decides_loses_the_order_after_an_hour)
{
	struct scene s = scene_of("pending_validation", "http",
	    ORDER("\"pending\"", ",\"challenges\":[" TOKEN("processing") "]"), "{}");
	struct verdict v;

	s.job.now = NOW + 3601;
	ask(&s);
	answer_acme(&s, 0, order(&s, "pending"), NULL);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 0, "the next order is placed at once");
	cr_expect_str_eq(v.err.code, "acme_undecided");
	cr_expect_str_eq(changed(&v, "p256", "order_url"), "(cleared)");
	arena_free(s.arena);
}

Test(certificate, a_failed_look_of_the_ca_ends_the_order_and_says_why)
{
	struct scene s = scene_of("pending_validation", "http",
	    ORDER("\"pending\"", ",\"challenges\":[" TOKEN("processing") "]"), "{}");
	struct acme_order *o = order(&s, "invalid");
	struct verdict v;

	o->authorizations[0].http01.err = (struct err){ .code = "acme_unauthorized",
	    .detail = "it saw another file", .blame = BLAME_CUSTOMER };
	ask(&s);
	answer_acme(&s, 0, o, NULL);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 0, "the next order is placed at once");
	cr_expect_str_eq(v.err.detail, "it saw another file");
	cr_expect_str_eq(changed(&v, "p256", "order_url"), "(cleared)");
	cr_expect_str_eq(changed(&v, "p256", "csr"), "(cleared)");
	arena_free(s.arena);
}

Test(certificate, when_p256_is_ready_rsa_is_ordered)
{
	struct scene s = scene_of("pending_validation", "http", ORDER("\"ready\"", ""), MAY_ORDER);
	struct verdict v;

	ask(&s);
	cr_assert_eq(s.q.count, 1);
	cr_expect_eq(acme(&s, 0)->act, ACME_NEW_ORDER);
	answer_acme(&s, 0, order(&s, "pending"), NULL);
	v = s.step->tell(&s.job, s.a);
	cr_expect_str_eq(changed(&v, "rsa2048", "order_url"), "https://ca/o");
	cr_expect_str_eq(changed(&v, "p256", "order_url"), "(unchanged)");
	arena_free(s.arena);
}

Test(certificate, when_both_orders_are_ready_it_is_validated)
{
	struct scene s = scene_of("pending_validation", "http", ORDER("\"ready\"", ""), ORDER("\"ready\"", ""));
	struct verdict v;

	ask(&s);
	cr_expect_eq(s.q.count, 0);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, GO);
	cr_expect_str_eq(v.next, "pending_issuance");
	arena_free(s.arena);
}

Test(certificate, old_tokens_are_given_up_for_a_new_order)
{
	struct scene s = scene_of("pending_validation", "http",
	    ORDER("\"pending\"", ",\"expires\":1799999999,\"challenges\":[" TOKEN("pending") "]"), "{}");
	struct verdict v;

	ask(&s);
	cr_expect_eq(s.q.count, 0);
	v = s.step->tell(&s.job, s.a);
	cr_expect_str_eq(v.err.code, "token_expired");
	cr_expect_str_eq(changed(&v, "p256", "order_url"), "(cleared)");
	arena_free(s.arena);
}

Test(certificate, keys_are_stored_before_anything_is_finalized)
{
	struct scene s = scene_of("pending_issuance", "http", ORDER("\"ready\"", ""), ORDER("\"ready\"", ""));
	static const struct key_answer key = { "c2VhbGVk", "Y3Ny" };
	struct verdict v;

	ask(&s);
	cr_assert_eq(s.q.count, 2);
	cr_expect_eq(s.q.list[0].kind, QUESTION_KEY);
	cr_expect_eq(s.q.list[1].kind, QUESTION_KEY);
	cr_expect_str_eq(((const struct key_question *)s.q.list[1].detail)->identity,
	    "issuance/pack/rsa2048/key");
	s.a[0].detail = s.a[1].detail = &key;
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_str_eq(changed(&v, "p256", "private_key"), "c2VhbGVk");
	cr_expect_str_eq(changed(&v, "rsa2048", "csr"), "Y3Ny");
	arena_free(s.arena);
}

#define WITH_KEY ",\"has_key\":true,\"csr\":\"Y3Ny\""

static const struct {
	const char *sentence, *p256;
	enum acme_act act;
} next_acts[] = {
	{ "a ready order is finalized", ORDER("\"ready\"", WITH_KEY), ACME_FINALIZE },
	{ "a processing order is read", ORDER("\"processing\"", WITH_KEY), ACME_READ_ORDER },
	{ "an order of unknown state is read before it is acted on", ORDER("\"unknown\"", WITH_KEY), ACME_READ_ORDER },
	{ "a valid one is downloaded",
	  ORDER("\"valid\"", WITH_KEY ",\"certificate_url\":\"https://ca/c\""), ACME_DOWNLOAD },
	{ "a valid one without a URL is read", ORDER("\"valid\"", WITH_KEY), ACME_READ_ORDER },
};

Test(certificate, the_ca_s_word_decides_what_is_asked_next)
{
	for (size_t i = 0; i < sizeof next_acts / sizeof next_acts[0]; i++) {
		struct scene s = scene_of("pending_issuance", "http", next_acts[i].p256, NULL);

		ask(&s);
		cr_expect_eq(acme(&s, 0)->act, next_acts[i].act, "%s", next_acts[i].sentence);
		arena_free(s.arena);
	}
}

Test(certificate, not_ready_after_a_crash_means_read_and_go_on)
{
	struct scene s = scene_of("pending_issuance", "http", ORDER("\"ready\"", WITH_KEY), NULL);
	struct verdict v;

	ask(&s);
	answer_error(&s, 0, "acme_order_not_ready", BLAME_CA);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_str_eq(changed(&v, "p256", "order_status"), "unknown");
	arena_free(s.arena);
}

Test(certificate, a_certificate_that_does_not_fit_is_not_stored)
{
	struct scene s = scene_of("pending_issuance", "http",
	    ORDER("\"valid\"", WITH_KEY ",\"certificate_url\":\"https://ca/c\""), NULL);
	struct verdict v;

	ask(&s);
	answer_acme(&s, 0, NULL, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, GO);
	cr_expect_str_eq(v.next, "pending_validation");
	cr_expect_not_null(v.err.code);
	cr_expect_str_eq(changed(&v, "p256", "chain"), "(unchanged)");
	cr_expect_str_eq(changed(&v, "p256", "order_url"), "(cleared)");
	arena_free(s.arena);
}

Test(certificate, both_certificates_stored_means_deploy)
{
	struct scene s = scene_of("pending_issuance", "http",
	    ORDER("\"valid\"", WITH_KEY ",\"chain\":\"pem\""), ORDER("\"valid\"", WITH_KEY ",\"chain\":\"pem\""));
	struct verdict v;

	ask(&s);
	cr_expect_eq(s.q.count, 0);
	v = s.step->tell(&s.job, s.a);
	cr_expect_str_eq(v.next, "pending_deployment");
	arena_free(s.arena);
}

Test(certificate, only_an_edge_that_serves_it_makes_it_active)
{
	struct scene s = scene_of("pending_deployment", "http",
	    ORDER("\"valid\"", WITH_KEY ",\"chain\":\"pem\",\"private_key\":\"a2V5\""), NULL);
	const struct edge_question *edge;
	struct verdict v;

	ask(&s);
	cr_assert_eq(s.q.list[0].kind, QUESTION_EDGE);
	edge = s.q.list[0].detail;
	cr_expect_str_eq(edge->ecdsa.chain, "pem");
	cr_expect_str_eq(edge->ecdsa.key_identity, "issuance/pack/p256/key");
	cr_expect_null(edge->rsa.chain);
	answer_error(&s, 0, "edge_probe", BLAME_NETWORK);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, RETRY);
	s.a[0] = (struct answer){ 0 };
	v = s.step->tell(&s.job, s.a);
	cr_expect_str_eq(v.next, "active");
	arena_free(s.arena);
}

Test(certificate, an_order_that_the_ca_forgot_is_placed_again)
{
	struct scene s = scene_of("pending_validation", "http", ORDER("null", ""), "{}");
	struct verdict v;

	ask(&s);
	answer_error(&s, 0, "acme_not_found", BLAME_CA);
	v = s.step->tell(&s.job, s.a);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_str_eq(changed(&v, "p256", "order_url"), "(cleared)");
	arena_free(s.arena);
}

Test(certificate, every_state_it_may_go_to_has_a_step)
{
	cr_expect_null(flow_check(&certificate_flow));
}

Test(certificate, only_phases_of_issuance_share_a_schedule)
{
	cr_expect(flow_step(&certificate_flow, "initializing")->goes_on);
	cr_expect(flow_step(&certificate_flow, "pending_issuance")->goes_on);
	cr_expect_not(flow_step(&certificate_flow, "pending_deployment")->goes_on);
}
