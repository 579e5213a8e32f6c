/*
 * The certificate flow and its CAs: which one is asked, when its turn is, what
 * a failure leads to, and when a successor is due.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "acme/authority.h"
#include "acme/certificate.h"
#include "acme/pack.h"
#include "scheduler/caa_question.h"
#include "scheduler/token_question.h"

enum { NOW = 1800000000, DAY = 86400 };

#define CA(name, rest) "{\"id\":\"" name "\",\"name\":\"" name "\",\"directory\":\"https://" name "/dir\"," \
	"\"account_key\":\"a2V5\",\"identities\":[\"" name ".org\"]" rest "}"
#define TWO "[" CA("google", "") "," CA("lets_encrypt", "") "]"
#define MAY_ORDER "{\"slot\":1800000000,\"caa_at\":1800000000}"
#define PENDING "{\"order_url\":\"https://ca/o\",\"order_status\":\"processing\",\"has_key\":true,\"csr\":\"Y3Ny\"}"

struct scene {
	const char *state, *method, *wanted, *authority, *candidates, *alternatives, *p256, *points_here, *tried_at,
	    *taken, *delegated;
	int64_t since;
	struct arena *arena;
	struct job job;
	const struct step *step;
	struct questions q;
	struct answer a[MAX_QUESTIONS];
};

static void
set(struct scene *s)
{
	const char *values[25] = { "shop.customer.com", "false", s->method != NULL ? s->method : "http", "1", NULL, "80", s->wanted != NULL ? s->wanted : "",
	    s->authority, s->candidates, s->alternatives != NULL ? s->alternatives : "0",
	    s->p256 != NULL ? s->p256 : "{}", NULL, s->points_here != NULL ? s->points_here : "true",
	    s->tried_at, NULL, "true", NULL, NULL, NULL, s->taken, NULL,
	    "id.dcv.test", s->delegated };

	s->arena = arena_new(1 << 20);
	s->step = flow_step(&certificate_flow, s->state);
	s->job = (struct job){ .id = "pack", .now = NOW, .since = s->since != 0 ? s->since : NOW, .retries = 75,
	    .state = s->state, .arena = s->arena };
	s->job.row = pack_load(s->arena, values);
	if (s->step->ask != NULL)
		s->step->ask(&s->job, &s->q);
}

static struct verdict
tell(struct scene *s)
{
	return s->step->tell(&s->job, s->a);
}

static const char *
changed(const struct verdict *v, const char *of, const char *name)
{
	for (size_t i = 0; i < v->change_count; i++)
		if (strcmp(v->changes[i].name, name) == 0 &&
		    strcmp(v->changes[i].of != NULL ? v->changes[i].of : "", of) == 0)
			return v->changes[i].value != NULL ? v->changes[i].value : "(cleared)";
	return "";
}

#define SAYS(name) { .outcome = CAA_FORBIDDEN, .err = { .code = "caa_excludes", \
	.detail = "customer.com has CAA 0 issue \"x\"; add customer.com. CAA 0 issue \"" name ".org\"", \
	.blame = BLAME_CUSTOMER } }
static const struct caa_said both_may[] = { { .outcome = CAA_PERMITTED }, { .outcome = CAA_PERMITTED } };
static const struct caa_said second_may[] = { SAYS("google"), { .outcome = CAA_PERMITTED } };
static const struct caa_said nobody_may[] = { SAYS("google"), SAYS("lets_encrypt") };
static const struct caa_said not_known[] = {
	{ .outcome = CAA_UNKNOWN, .err = { .code = "caa_unknown", .blame = BLAME_NETWORK } },
	{ .outcome = CAA_UNKNOWN, .err = { .code = "caa_unknown", .blame = BLAME_NETWORK } } };

/* ---- the choice ------------------------------------------------------------- */

Test(authority_choice, caa_is_looked_up_for_all_before_any_is_asked)
{
	struct scene s = { .state = "initializing", .candidates = TWO };
	const struct caa_ask *ask;

	set(&s);
	cr_assert_eq(s.q.count, 1);
	cr_assert_eq(s.q.list[0].kind, QUESTION_CAA);
	ask = s.q.list[0].detail;
	cr_expect_str_eq(ask->names[0], "shop.customer.com");
	cr_expect_null(ask->names[1]);
	cr_expect_eq(ask->count, 2);
	cr_expect_str_eq(ask->candidates[1].identities[0], "lets_encrypt.org");
	cr_expect_str_eq(ask->methods[0], "http-01");
	arena_free(s.arena);
}

Test(authority_choice, the_first_permitted_one_is_taken_and_a_turn_asked_for)
{
	struct scene s = { .state = "initializing", .candidates = TWO };
	struct verdict v;

	set(&s);
	s.a[0].detail = both_may;
	v = tell(&s);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_str_eq(changed(&v, "ca", "id"), "google");
	cr_expect_str_eq(changed(&v, "p256", "slot"), "wanted");
	s.a[0].detail = second_may;
	v = tell(&s);
	cr_expect_str_eq(changed(&v, "ca", "id"), "lets_encrypt");
	arena_free(s.arena);
}

Test(authority_choice, where_caa_forbids_all_the_customer_is_told_what_to_add)
{
	struct scene s = { .state = "initializing", .candidates = TWO };
	struct verdict v;

	set(&s);
	s.a[0].detail = nobody_may;
	v = tell(&s);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_str_eq(v.err.code, "caa_forbids");
	cr_expect_not_null(strstr(v.err.detail, "add customer.com. CAA 0 issue \"google.org\""), "%s", v.err.detail);
	cr_expect_str_eq(changed(&v, "ca", "id"), "");
	arena_free(s.arena);
}

Test(authority_choice, what_could_not_be_looked_up_is_no_permission)
{
	struct scene s = { .state = "initializing", .candidates = TWO };
	struct verdict v;

	set(&s);
	s.a[0].detail = not_known;
	v = tell(&s);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_str_eq(v.err.code, "caa_unknown");
	cr_expect_str_eq(changed(&v, "ca", "id"), "");
	arena_free(s.arena);
}

Test(authority_choice, one_that_was_named_is_never_replaced)
{
	struct scene s = { .state = "initializing", .wanted = "google", .candidates = "[" CA("google", "") "]" };
	struct verdict v;

	set(&s);
	s.a[0].detail = second_may;
	v = tell(&s);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_str_eq(v.err.code, "caa_excludes");
	arena_free(s.arena);
}

Test(authority_choice, a_broken_one_is_passed_over_and_when_all_are_waited_for)
{
	struct scene s = { .state = "initializing",
		.candidates = "[" CA("google", ",\"broken\":true,\"ask_at\":1800000500") "," CA("lets_encrypt", "") "]" };
	struct scene t = { .state = "initializing",
		.candidates = "[" CA("google", ",\"broken\":true,\"ask_at\":1800000500") "]" };
	struct verdict v;

	set(&s);
	s.a[0].detail = both_may;
	v = tell(&s);
	cr_expect_str_eq(changed(&v, "ca", "id"), "lets_encrypt");
	set(&t);
	t.a[0].detail = both_may;
	v = tell(&t);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 500);
	arena_free(s.arena);
	arena_free(t.arena);
}

Test(authority_choice, without_any_the_pack_waits_on_its_schedule)
{
	struct scene s = { .state = "initializing" };
	struct verdict v;

	set(&s);
	cr_expect_eq(s.q.count, 0);
	v = tell(&s);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_str_eq(v.err.code, "acme_no_authority");
	arena_free(s.arena);
}

/* ---- its turn ----------------------------------------------------------------- */

Test(authority_choice, an_order_waits_for_its_turn)
{
	struct scene s = { .state = "initializing", .authority = CA("google", ""),
		.p256 = "{\"slot\":1800000090,\"caa_at\":1800000000}" };
	struct verdict v;

	set(&s);
	cr_expect_eq(s.q.count, 0);
	v = tell(&s);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 90);
	arena_free(s.arena);
}

Test(authority_choice, caa_older_than_five_minutes_is_looked_up_again)
{
	struct scene s = { .state = "initializing", .authority = CA("google", ""),
		.p256 = "{\"slot\":1799999000,\"caa_at\":1799999700}" };
	struct scene t = { .state = "initializing", .authority = CA("google", ""),
		.p256 = "{\"slot\":1799999000,\"caa_at\":1799999701}" };
	struct verdict v;

	set(&s);
	cr_assert_eq(s.q.list[0].kind, QUESTION_CAA);
	s.a[0].detail = both_may;
	v = tell(&s);
	cr_expect_str_neq(changed(&v, "p256", "caa_at"), "");
	cr_expect_str_eq(changed(&v, "p256", "slot"), "", "it keeps its turn");
	set(&t);
	cr_assert_eq(t.q.list[0].kind, QUESTION_ACME);
	arena_free(s.arena);
	arena_free(t.arena);
}

/* ---- many names, one of them forbidden ------------------------------------------- */

enum { MANY = 100 };

/* As the database would have it: what the verdict changes of CAA and CA. */
static const struct set_of_names {
	const char *sentence, *authority, *candidates, *wanted, *p256;
	enum verb verb;
	const char *leaves, *authority_then, *candidates_then;
} sets[] = {
	{ "before the choice, of all CAs", NULL, TWO, "", NULL, RETRY, "", NULL, TWO },
	{ "before the order, of the one that was named", CA("google", ""), NULL, "google",
	  "{\"slot\":1799999000,\"caa_at\":1799999000}", RETRY, "", CA("google", ""), NULL },
	{ "before the order, of the one that was chosen", CA("google", ""), NULL, "",
	  "{\"slot\":1799999000,\"caa_at\":1799999000}", WAIT, "caa", NULL, TWO },
};

static void
assert_that_only_the_dns_is_asked(const struct scene *s, const char *const *names, const char *sentence)
{
	const struct caa_ask *ask;

	cr_assert_eq(s->q.count, 1, "%s", sentence);
	cr_assert_eq(s->q.list[0].kind, QUESTION_CAA, "%s", sentence);
	ask = s->q.list[0].detail;
	for (size_t i = 0; i < MANY; i++)
		cr_expect_str_eq(ask->names[i], names[i], "%s", sentence);
	cr_expect_null(ask->names[MANY], "%s", sentence);
}

static void
set_with(struct scene *s, const char *const *names)
{
	struct certificate c;

	set(s);
	c = *(const struct certificate *)s->job.row;
	c.names = names;
	s->job.row = arena_memdup(s->arena, &c, sizeof c);
	s->q = (struct questions){ 0 };
	s->step->ask(&s->job, &s->q);
}

Test(authority_choice, for_a_set_that_caa_forbids_no_ca_is_asked)
{
	static char texts[MANY][32];
	const char *names[MANY + 1] = { 0 };

	for (int i = 0; i < MANY; i++) {
		snprintf(texts[i], sizeof texts[i], "%sn%d.customer.com", i % 2 == 0 ? "" : "*.", i);
		names[i] = texts[i];
	}
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		const struct set_of_names *n = &sets[i];
		struct scene now = { .state = "initializing", .authority = n->authority, .candidates = n->candidates,
			.wanted = n->wanted, .p256 = n->p256, .alternatives = n->wanted[0] == '\0' ? "1" : "0" };
		struct scene then = now;
		struct verdict v;

		set_with(&now, names);
		assert_that_only_the_dns_is_asked(&now, names, n->sentence);
		now.a[0].detail = nobody_may;
		v = tell(&now);
		cr_expect_eq(v.verb, n->verb, "%s: %d", n->sentence, v.verb);
		cr_expect_eq(v.err.blame, BLAME_CUSTOMER, "%s", n->sentence);
		cr_expect_str_eq(changed(&v, "ca", "leave"), n->leaves, "%s", n->sentence);
		cr_expect_str_eq(changed(&v, "ca", "id"), "", "%s", n->sentence);
		cr_expect_str_eq(changed(&v, "p256", "caa_at"), "", "%s", n->sentence);
		then.authority = n->authority_then;
		then.candidates = n->candidates_then;
		set_with(&then, names);
		assert_that_only_the_dns_is_asked(&then, names, n->sentence);
		arena_free(now.arena);
		arena_free(then.arena);
	}
}

/* ---- what a failure leads to ---------------------------------------------------- */

static const struct failure {
	const char *sentence, *state, *p256, *wanted, *alternatives, *code;
	enum blame blame;
	int64_t retry_after;
	enum verb verb;
	const char *next, *leaves;
	int64_t wait;
} failures[] = {
	{ "a CA that refuses the name is left for the next", "initializing", MAY_ORDER, "", "1",
	  "acme_rejected_identifier", BLAME_CA, 0, WAIT, NULL, "policy", 0 },
	{ "without another it is asked again on the schedule", "initializing", MAY_ORDER, "", "0",
	  "acme_rejected_identifier", BLAME_CA, 0, RETRY, NULL, "", 0 },
	{ "one that was named is asked again on the schedule", "initializing", MAY_ORDER, "google", "0",
	  "acme_rejected_identifier", BLAME_CA, 0, RETRY, NULL, "", 0 },
	{ "a CAA record that only the CA sees sends us to the next", "initializing", MAY_ORDER, "", "1",
	  "acme_caa", BLAME_CUSTOMER, 0, WAIT, NULL, "caa", 0 },
	{ "a short limit is waited for", "initializing", MAY_ORDER, "", "1",
	  "acme_rate_limited", BLAME_CA, 600, WAIT, NULL, "", 600 },
	{ "a long one sends us to the next", "initializing", MAY_ORDER, "", "1",
	  "acme_rate_limited", BLAME_CA, 36000, WAIT, NULL, "rate", 0 },
	{ "or is waited for if there is none", "initializing", MAY_ORDER, "", "0",
	  "acme_rate_limited", BLAME_CA, 36000, WAIT, NULL, "", 36000 },
	{ "a failure of the CA is told and tried again soon", "initializing", MAY_ORDER, "", "1",
	  "acme_server_internal", BLAME_CA, 0, WAIT, NULL, "", 2 },
	{ "in the middle as well", "pending_issuance", PENDING, "", "1",
	  "acme_unreachable", BLAME_CA, 0, WAIT, NULL, "", 2 },
	{ "a refusal in the middle goes back to the choice", "pending_issuance", PENDING, "", "1",
	  "acme_user_action", BLAME_US, 0, GO, "initializing", "policy", 0 },
	{ "our own mistakes change no CA", "initializing", MAY_ORDER, "", "1",
	  "acme_malformed", BLAME_US, 0, RETRY, NULL, "", 0 },
};

Test(authority_choice, the_reason_decides_what_follows)
{
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		const struct failure *f = &failures[i];
		struct scene s = { .state = f->state, .p256 = f->p256, .wanted = f->wanted,
			.alternatives = f->alternatives, .authority = CA("google", "") };
		struct verdict v;

		set(&s);
		s.a[0].err = (struct err){ .code = f->code, .detail = f->code, .blame = f->blame,
		    .retry_after = f->retry_after };
		v = tell(&s);
		cr_expect_eq(v.verb, f->verb, "%s: %d", f->sentence, v.verb);
		cr_expect_str_eq(v.next != NULL ? v.next : "", f->next != NULL ? f->next : "", "%s", f->sentence);
		cr_expect_str_eq(changed(&v, "ca", "leave"), f->leaves, "%s", f->sentence);
		if (f->verb == WAIT)
			cr_expect_eq(v.wait, f->wait, "%s: %ld", f->sentence, (long)v.wait);
		cr_expect_str_eq(v.err.code, f->code, "%s", f->sentence);
		arena_free(s.arena);
	}
}

static const struct {
	const char *sentence, *state, *wanted, *alternatives, *next;
	int64_t wait;
} shut[] = {
	{ "a broken CA is left in the middle of an order", "pending_validation", "", "1", "initializing", 0 },
	{ "and of issuance", "pending_issuance", "", "1", "initializing", 0 },
	{ "one that was named is waited for", "pending_validation", "google", "0", NULL, 700 },
	{ "and one without another", "pending_issuance", "", "0", NULL, 700 },
};

Test(authority_choice, while_the_breaker_is_open_nobody_asks)
{
	for (size_t i = 0; i < sizeof shut / sizeof shut[0]; i++) {
		struct scene s = { .state = shut[i].state, .wanted = shut[i].wanted, .alternatives = shut[i].alternatives,
			.authority = CA("google", ",\"broken\":true,\"ask_at\":1800000700"),
			.p256 = "{\"order_url\":\"https://ca/o\",\"order_status\":\"pending\"}" };
		struct verdict v;

		set(&s);
		cr_expect_eq(s.q.count, 0, "%s", shut[i].sentence);
		v = tell(&s);
		cr_expect_str_eq(v.next != NULL ? v.next : "", shut[i].next != NULL ? shut[i].next : "", "%s", shut[i].sentence);
		if (shut[i].next == NULL)
			cr_expect_eq(v.wait, shut[i].wait, "%s", shut[i].sentence);
		else
			cr_expect_str_eq(changed(&v, "ca", "leave"), "infrastructure");
		arena_free(s.arena);
	}
}

static const struct {
	const char *sentence, *authority, *code;
	enum verb verb;
} again[] = {
	{ "the first time it is tried again at once", CA("google", ""), NULL, WAIT },
	{ "after another kind of trouble as well", CA("google", ""), "token_missing", WAIT },
	{ "while it fails for all, until its breaker opens", CA("google", ",\"failures\":2"), "acme_unreachable", WAIT },
	{ "one that fails only for us uses up a retry", CA("google", ""), "acme_server_internal", RETRY },
	{ "also after its breaker has closed", CA("google", ""), "acme_unreachable", RETRY },
};

Test(authority_choice, a_ca_that_fails_for_one_order_only_is_not_hammered)
{
	for (size_t i = 0; i < sizeof again / sizeof again[0]; i++) {
		struct scene s = { .state = "pending_issuance", .p256 = PENDING, .authority = again[i].authority };
		struct verdict v;

		set(&s);
		s.job.code = again[i].code;
		s.a[0].err = (struct err){ .code = "acme_server_internal", .blame = BLAME_CA };
		v = tell(&s);
		cr_expect_eq(v.verb, again[i].verb, "%s", again[i].sentence);
		arena_free(s.arena);
	}
}

Test(authority_choice, success_is_told_only_after_failures)
{
	struct scene s = { .state = "pending_issuance", .p256 = PENDING, .authority = CA("google", ",\"failures\":2") };
	struct scene t = { .state = "pending_issuance", .p256 = PENDING, .authority = CA("google", "") };
	static struct acme_order order = { .url = "https://ca/o", .status = "processing" };
	static const struct acme_answer answer = { .order = &order };
	struct verdict v;

	set(&s);
	s.a[0].detail = &answer;
	v = tell(&s);
	cr_expect_str_eq(changed(&v, "ca", "worked"), "true");
	set(&t);
	t.a[0].detail = &answer;
	v = tell(&t);
	cr_expect_str_eq(changed(&v, "ca", "worked"), "");
	arena_free(s.arena);
	arena_free(t.arena);
}

/* ---- without our own look ------------------------------------------------------- */

#define UNSEEN_BY(method) "{\"order_url\":\"https://ca/o\",\"order_status\":\"pending\",\"challenges\":[" \
	"{\"identifier\":\"shop.customer.com\",\"url\":\"https://ca/ch\",\"method\":\"" method "\",\"token\":\"t\"," \
	"\"key_authorization\":\"t.k\",\"txt_value\":\"x\",\"status\":\"pending\"}]}"

static const struct {
	const char *sentence, *method, *points_here, *delegated, *tried_at;
	int64_t since;
	bool tries;
} blind[] = {
	{ "not on the first day", "http", "true", NULL, NULL, NOW - DAY + 1, false },
	{ "after a day without success the CA is told nevertheless", "http", "true", NULL, NULL, NOW - DAY, true },
	{ "and not again within a day", "http", "true", NULL, "1799990000", NOW - 3 * DAY, false },
	{ "but after it", "http", "true", NULL, "1799913600", NOW - 3 * DAY, true },
	{ "never where somebody would have to publish a new token", "http", "false", NULL, NULL, NOW - 3 * DAY, false },
	{ "by DNS too, where it is delegated to us", "txt", "false", "true", NULL, NOW - DAY, true },
	{ "but not on the first day", "txt", "false", "true", NULL, NOW - DAY + 1, false },
	{ "and not where it is not", "txt", "true", "false", NULL, NOW - 3 * DAY, false },
};

Test(authority_choice, the_ca_is_told_without_our_look_at_most_once_a_day)
{
	static const struct token_said said = { .err = { .code = "token_missing", .blame = BLAME_CUSTOMER },
		.finding = "{}" };

	for (size_t i = 0; i < sizeof blind / sizeof blind[0]; i++) {
		struct scene s = { .state = "pending_validation", .authority = CA("google", ""),
			.p256 = strcmp(blind[i].method, "http") == 0 ? UNSEEN_BY("http") : UNSEEN_BY("txt"),
			.method = blind[i].method, .delegated = blind[i].delegated,
			.points_here = blind[i].points_here, .tried_at = blind[i].tried_at, .since = blind[i].since };
		struct verdict v;

		set(&s);
		s.a[0].detail = &said;
		v = tell(&s);
		cr_expect_str_eq(changed(&v, "", "tried"), blind[i].tries ? "now" : "", "%s", blind[i].sentence);
		cr_expect_eq(v.verb, blind[i].tries ? WAIT : RETRY, "%s", blind[i].sentence);
		arena_free(s.arena);
	}
}

/* ---- whose name is it? ----------------------------------------------------------- */

Test(authority_choice, the_edge_is_not_touched_while_another_zone_owns_the_name)
{
	struct scene s = { .state = "pending_deployment", .authority = CA("google", ""), .taken = "true" };
	struct scene t = { .state = "pending_deployment", .authority = CA("google", ""), .taken = "false" };
	struct verdict v;

	set(&s);
	cr_expect_eq(s.q.count, 0);
	v = tell(&s);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_str_eq(v.err.code, "name_taken");
	set(&t);
	cr_expect_eq(t.q.count, 1);
	arena_free(s.arena);
	arena_free(t.arena);
}

/* ---- renewal ---------------------------------------------------------------------- */

static const struct {
	const char *sentence, *p256;
	int64_t from, until;	/* of the due instant, against NOW */
} due[] = {
	{ "ninety days: thirty before the end, within a day",
	  "{\"chain\":\"pem\",\"not_before\":1799000000,\"not_after\":1806776000}", 6776000 - 30 * DAY, 6776000 - 29 * DAY },
	{ "thirty days: a third before the end",
	  "{\"chain\":\"pem\",\"not_before\":1799000000,\"not_after\":1801592000}", 1592000 - 10 * DAY, 1592000 - 9 * DAY },
	{ "six days: a third before the end, within hours",
	  "{\"chain\":\"pem\",\"not_before\":1799900000,\"not_after\":1800418400}", 418400 - 2 * DAY, 418400 - 2 * DAY + 5760 },
};

Test(authority_choice, a_successor_is_due_by_the_lifetime)
{
	for (size_t i = 0; i < sizeof due / sizeof due[0]; i++) {
		struct scene s = { .state = "active", .p256 = due[i].p256, .authority = CA("google", "") };
		struct verdict v;

		set(&s);
		v = tell(&s);
		cr_expect(v.well, "%s", due[i].sentence);
		cr_expect_geq(v.wait, due[i].from, "%s: %ld", due[i].sentence, (long)v.wait);
		cr_expect_lt(v.wait, due[i].until, "%s: %ld", due[i].sentence, (long)v.wait);
		cr_expect_str_eq(changed(&v, "", "renew"), "", "%s", due[i].sentence);
		s.job.now = NOW + due[i].until;
		v = tell(&s);
		cr_expect_str_eq(changed(&v, "", "renew"), "true", "%s", due[i].sentence);
		arena_free(s.arena);
	}
}

/* ---- the CA's own flow -------------------------------------------------------------- */

Test(authority_choice, a_directory_that_answers_makes_a_broken_ca_healthy)
{
	static struct acme_directory directory = { .renewal_info = "https://ca/ri", .caa_identities = { "ca.org" } };
	static const struct acme_answer said = { .directory = &directory };
	auto_arena *arena = arena_new(1 << 16);
	struct job job = { .id = "ca", .state = "broken", .arena = arena };
	struct answer ok = { .detail = &said }, down = { .err = { .code = "acme_unreachable", .blame = BLAME_CA, .retry_after = 90 } },
	    ours = { .err = { .code = "disk", .blame = BLAME_US } };
	struct verdict v = flow_step(&authority_flow, "broken")->tell(&job, &ok);

	cr_expect_str_eq(v.next, "healthy");
	cr_expect_not_null(strstr(changed(&v, "", "meta"), "\"caa_identities\":[\"ca.org\"]"));
	cr_expect_not_null(strstr(changed(&v, "", "meta"), "\"renewal_info\":true"));
	v = flow_step(&authority_flow, "broken")->tell(&job, &down);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_str_eq(changed(&v, "", "failed"), "acme_unreachable");
	v = flow_step(&authority_flow, "healthy")->tell(&job, &down);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_str_eq(changed(&v, "", "failed"), "acme_unreachable");
	cr_expect_str_eq(changed(&v, "", "retry_after"), "90");
	v = flow_step(&authority_flow, "broken")->tell(&job, &ours);
	cr_expect_str_eq(changed(&v, "", "failed"), "", "the CA has nothing to do with it");
	cr_expect_null(flow_check(&authority_flow));
}
