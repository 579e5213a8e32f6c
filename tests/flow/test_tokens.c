/* Tokens in the certificate flow: what is looked at, and what the CA is told. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "acme/pack.h"
#include "tests/kit/pack_turn.h"

enum { NOW = 1800000000 };

static const struct token_said no_page = { .finding = FOUND("http_status"),
	.err = { .code = "http_status", .detail = "404", .blame = BLAME_CUSTOMER } };

/* ---- looks -------------------------------------------------------------------- */

Test(tokens, both_values_of_a_wildcard_are_one_question)
{
	static const struct token_said second = { .is_there = { false, true }, .finding = FOUND("token_partly"),
		.err = { .code = "token_partly", .blame = BLAME_CUSTOMER } };
	struct pack_row r;
	struct verdict v;
	struct turn t;

	pack_row_open(&r, 1, NOW);
	r.method = "txt";
	r.wildcard = true;
	r.delegation = "id.dcv.test";
	r.old_values = "{\"http\":[],\"txt\":[\"zero\"]}";
	pack_row_order(&r, 0, "pending", TOKEN("txt", "pending") "," TOKEN_OF("txt", "true", "two", "pending", ""));
	t = turn_of(&r);
	cr_assert_eq(t.q.count, 1);
	cr_expect_str_eq(turn_look(&t, 0)->place, "_acme-challenge.a.test");
	cr_expect_str_eq(turn_look(&t, 0)->hostname, "a.test");
	cr_expect_str_eq(turn_look(&t, 0)->delegation, "id.dcv.test");
	cr_expect_str_eq(turn_look(&t, 0)->values[0], "one");
	cr_expect_str_eq(turn_look(&t, 0)->values[1], "two");
	cr_expect_null(turn_look(&t, 0)->values[2]);
	cr_expect_str_eq(turn_look(&t, 0)->old_values[0], "zero");
	t.a[0].detail = &second;
	v = turn_tell(&t);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_not_null(strstr(turn_changed(&v, "p256", "challenges"), "\"two\",\"status\":\"seen\""));
	cr_expect_not_null(strstr(turn_changed(&v, "p256", "challenges"), "\"one\",\"status\":\"pending\""));
	cr_expect_str_eq(turn_changed(&v, "", "findings"), "[" FOUND("token_partly") "]");
	arena_free(t.arena);
	pack_row_close(&r);
}

/* A pack of one name with method txt: what its looks see, and what follows. */
static const struct seen {
	const char *sentence;
	const struct token_said *http, *txt, *persist;
	enum verb verb;
	const char *code, *findings;
} seen[] = {
	{ "the value is there", &no_page, &token_there, &token_missing, WAIT, NULL, "(cleared)" },
	{ "only the file is there, which is enough", &token_there, &token_missing, &token_missing, WAIT, NULL, "(cleared)" },
	{ "only the record that stays is there", &no_page, &token_missing, &token_there, WAIT, NULL, "(cleared)" },
	{ "nothing is: the pack's own method says what is wrong", &no_page, &token_missing, &token_missing, RETRY, "token_missing",
	  "[" FOUND("http_status") "," FOUND("token_missing") "]" },
};

Test(tokens, one_of_the_methods_is_enough)
{
	for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
		struct pack_row r;
		struct verdict v;
		struct turn t;

		pack_row_open(&r, 1, NOW);
		r.method = "txt";
		pack_row_order(&r, 0, "pending", TOKEN("http", "pending") "," PERSIST("false", "pending") "," TOKEN("txt", "pending"));
		t = turn_of(&r);
		cr_assert_eq(t.q.count, 3, "%s", seen[i].sentence);
		t.a[0].detail = seen[i].http;
		t.a[1].detail = seen[i].persist;
		t.a[2].detail = seen[i].txt;
		v = turn_tell(&t);
		cr_expect_eq(v.verb, seen[i].verb, "%s", seen[i].sentence);
		cr_expect_str_eq(v.err.code != NULL ? v.err.code : "", seen[i].code != NULL ? seen[i].code : "", "%s", seen[i].sentence);
		cr_expect_str_eq(turn_changed(&v, "", "findings"), seen[i].findings, "%s", seen[i].sentence);
		pack_row_take(&r, &v);
		arena_free(t.arena);
		t = turn_of(&r);
		if (v.verb == WAIT) {
			cr_assert_eq(t.q.count, 1, "%s", seen[i].sentence);
			cr_expect_eq(turn_acme(&t, 0)->act, ACME_VALIDATE, "%s", seen[i].sentence);
		}
		arena_free(t.arena);
		pack_row_close(&r);
	}
}

Test(tokens, what_could_not_be_looked_up_clears_no_finding)
{
	struct pack_row r;
	struct verdict v;
	struct turn t;

	pack_row_open(&r, 1, NOW);
	pack_row_order(&r, 0, "pending", TOKEN("http", "pending"));
	t = turn_of(&r);
	t.a[0].err = (struct err){ .code = "deadline", .blame = BLAME_US };
	v = turn_tell(&t);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_str_eq(turn_changed(&v, "", "findings"), "");
	arena_free(t.arena);
	pack_row_close(&r);
}

/* Whatever one of two orders may need fits beside the other. */
Test(tokens, no_question_is_left_out)
{
	static const char *const states[] = { "pending", "seen", "processing", "valid" };

	for (int n = 0; n < 4 * 4 * 4 * 4; n++) {
		auto_arena *a = arena_new(1 << 16);
		struct pack_row r;
		struct turn t;

		pack_row_open(&r, 1, NOW);
		r.method = "txt";
		r.wildcard = true;
		pack_row_order(&r, 0, "pending", arena_printf(a, TOKEN_OF("txt", "false", "one", "%s", "") ","
		    TOKEN_OF("persist", "false", RECORD, "%s", "") "," TOKEN_OF("txt", "true", "two", "%s", "") ","
		    TOKEN_OF("persist", "true", RECORD, "%s", ""), states[n & 3], states[n >> 2 & 3], states[n >> 4 & 3], states[n >> 6]));
		t = turn_of(&r);
		cr_expect_leq(t.q.count, MAX_QUESTIONS / PARTS, "%d: %zu", n, t.q.count);
		arena_free(t.arena);
		pack_row_close(&r);
	}
}

/* ---- where we publish ------------------------------------------------------------ */

static const struct {
	const char *sentence, *method, *was, *is;
	enum blame blame;
	const char *written;
} delegations[] = {
	{ "it is delegated now", "txt", "false", "true", BLAME_CUSTOMER, "true" },
	{ "it is no more", "txt", "true", "false", BLAME_CUSTOMER, "false" },
	{ "it still is", "txt", "true", "true", BLAME_CUSTOMER, "" },
	{ "that is not known", "txt", "true", "false", BLAME_NETWORK, "" },
	{ "nor whether it is, but it was seen", "txt", "false", "true", BLAME_NETWORK, "true" },
	{ "files say nothing about it", "http", "true", "false", BLAME_CUSTOMER, "" },
};

Test(tokens, the_delegation_is_written_when_it_changes)
{
	for (size_t i = 0; i < sizeof delegations / sizeof delegations[0]; i++) {
		struct token_said said = token_missing;
		struct pack_row r;
		struct verdict v;
		struct turn t;

		said.err.blame = delegations[i].blame;
		said.is_delegated = strcmp(delegations[i].is, "true") == 0;
		pack_row_open(&r, 1, NOW);
		r.method = delegations[i].method;
		r.delegation = "id.dcv.test";
		r.delegated = strcmp(delegations[i].was, "true") == 0;
		pack_row_order(&r, 0, "pending", strcmp(r.method, "txt") == 0 ? TOKEN("txt", "pending") : TOKEN("http", "pending"));
		t = turn_of(&r);
		t.a[0].detail = &said;
		v = turn_tell(&t);
		cr_expect_str_eq(turn_changed(&v, "", "delegated"), delegations[i].written, "%s", delegations[i].sentence);
		arena_free(t.arena);
		pack_row_close(&r);
	}
}

#define GIVEN(method, at) TOKEN_OF(method, "false", "one", "pending", ",\"given\":" at)

static const struct {
	const char *sentence, *method, *token;
	bool points_here, delegated;
	enum verb verb;
} fresh[] = {
	{ "our file is seen in a moment", "http", GIVEN("http", "1799999991"), true, false, WAIT },
	{ "after ten seconds it counts", "http", GIVEN("http", "1799999990"), true, false, RETRY },
	{ "the customer's file is not ours", "http", GIVEN("http", "1799999999"), false, true, RETRY },
	{ "our record is seen in a moment", "txt", GIVEN("txt", "1799999991"), false, true, WAIT },
	{ "and after ten seconds it counts", "txt", GIVEN("txt", "1799999990"), false, true, RETRY },
	{ "the customer's record is not ours", "txt", GIVEN("txt", "1799999999"), true, false, RETRY },
};

Test(tokens, what_we_published_just_now_uses_up_no_retry)
{
	for (size_t i = 0; i < sizeof fresh / sizeof fresh[0]; i++) {
		struct token_said said = token_missing;
		struct pack_row r;
		struct verdict v;
		struct turn t;

		pack_row_open(&r, 1, NOW);
		r.method = fresh[i].method;
		r.delegation = "id.dcv.test";
		r.points_here = fresh[i].points_here;
		r.delegated = said.is_delegated = fresh[i].delegated;
		pack_row_order(&r, 0, "pending", fresh[i].token);
		t = turn_of(&r);
		t.a[0].detail = &said;
		v = turn_tell(&t);
		cr_expect_eq(v.verb, fresh[i].verb, "%s", fresh[i].sentence);
		if (v.verb == WAIT)
			cr_expect_eq(v.wait, 1, "%s", fresh[i].sentence);
		cr_expect_str_eq(v.err.code, "token_missing", "%s", fresh[i].sentence);
		arena_free(t.arena);
		pack_row_close(&r);
	}
}

Test(tokens, while_a_name_server_is_given_them_nobody_looks_for_them)
{
	struct pack_row r;
	struct verdict v;
	struct turn t;

	pack_row_open(&r, 1, NOW);
	r.method = "txt";
	r.publishing = true;
	pack_row_order(&r, 0, "pending", TOKEN("txt", "pending"));
	t = turn_of(&r);
	cr_expect_eq(t.q.count, 0);
	v = turn_tell(&t);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 5);
	arena_free(t.arena);
	pack_row_order(&r, 0, "pending", TOKEN("http", "pending") "," TOKEN("txt", "pending"));
	t = turn_of(&r);
	cr_assert_eq(t.q.count, 1, "but the file may be there");
	cr_expect_eq(turn_look(&t, 0)->method, TOKEN_HTTP);
	t.a[0].detail = &no_page;
	v = turn_tell(&t);
	cr_expect_eq(v.verb, WAIT);
	cr_expect_eq(v.wait, 5);
	arena_free(t.arena);
	pack_row_close(&r);
}

/* ---- records that stay ------------------------------------------------------------------------ */

Test(tokens, a_record_that_stays_is_shown_and_asked_for)
{
	struct small_ca ca = { .offers_persist = true };
	struct pack_row r;
	struct turn t;

	pack_row_open(&r, 1, NOW);
	r.method = "txt";
	r.wildcard = true;
	for (int i = 0; i < 3; i++)
		(void)small_ca_play(&ca, &r, false);
	t = turn_of(&r);
	cr_assert_eq(t.q.count, 2, "both names have one place");
	cr_expect_eq(turn_look(&t, 1)->method, TOKEN_PERSIST);
	cr_expect_str_eq(turn_look(&t, 1)->place, "_validation-persist.a.test");
	cr_expect_str_eq(turn_look(&t, 1)->values[0], RECORD "; policy=wildcard");
	cr_expect_str_eq(turn_look(&t, 1)->persist.issuers[0], "ca.test");
	cr_expect_str_eq(turn_look(&t, 1)->persist.account_url, "https://ca/acct/1");
	cr_expect(turn_look(&t, 1)->persist.wildcard);
	cr_expect(persist_is_satisfied(&turn_look(&t, 1)->persist, turn_look(&t, 1)->values[1]));
	arena_free(t.arena);
	pack_row_close(&r);
}

Test(tokens, a_record_that_stays_is_what_the_ca_is_told_of)
{
	struct pack_row r;
	struct turn t;

	pack_row_open(&r, 1, NOW);
	r.method = "txt";
	pack_row_order(&r, 0, "pending", TOKEN("http", "seen") "," PERSIST("false", "seen") "," TOKEN("txt", "seen"));
	t = turn_of(&r);
	cr_assert_eq(t.q.count, 1);
	cr_expect_eq(turn_acme(&t, 0)->act, ACME_VALIDATE);
	cr_expect_str_eq(turn_acme(&t, 0)->url, "https://ca/persist/" RECORD);
	arena_free(t.arena);
	pack_row_close(&r);
}

static const struct {
	const char *sentence, *method;
	bool dns, persist, taken;
	const char *code;		/* of a look that finds nothing */
} offers[] = {
	{ "a record that stays is enough for method txt", "txt", false, true, true, "token_missing" },
	{ "but of no use for method http", "http", true, true, false, NULL },
	{ "nothing is nothing", "txt", false, false, false, NULL },
};

Test(tokens, an_authorization_must_offer_something_of_use)
{
	for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
		auto_arena *a = arena_new(1 << 16);
		struct small_ca ca = { .orders = 1, .offers_persist = offers[i].persist };
		const struct acme_question q = { .names = (const char *const[]){ "a.test", NULL } };
		struct acme_order *o = small_ca_order(&ca, a, &q, NOW);
		struct acme_answer answer = { .order = o };
		struct pack_row r;
		struct verdict v;
		struct turn t;

		o->authorizations[0].http01.url = NULL;
		if (!offers[i].dns)
			o->authorizations[0].dns01.url = NULL;
		pack_row_open(&r, 1, NOW);
		r.method = offers[i].method;
		for (int k = 0; k < 2; k++)
			(void)small_ca_play(&ca, &r, false);
		t = turn_of(&r);
		t.a[0].detail = &answer;
		v = turn_tell(&t);
		pack_row_take(&r, &v);
		arena_free(t.arena);
		t = turn_of(&r);
		cr_assert_eq(t.q.count, 1, "%s", offers[i].sentence);
		cr_expect_eq(t.q.list[0].kind == QUESTION_TOKEN, offers[i].taken, "%s", offers[i].sentence);
		t.a[0].detail = offers[i].taken ? (const void *)&token_missing : &answer;
		v = turn_tell(&t);
		cr_expect_eq(v.verb, RETRY, "%s", offers[i].sentence);
		cr_expect_str_eq(v.err.code, offers[i].taken ? offers[i].code : "acme_no_challenge", "%s", offers[i].sentence);
		arena_free(t.arena);
		pack_row_close(&r);
	}
}
