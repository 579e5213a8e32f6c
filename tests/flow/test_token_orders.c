/* Tokens in the certificate flow: when they are replaced, and what that costs. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "acme/pack.h"
#include "tests/kit/pack_turn.h"

enum { NOW = 1800000000, DAY = 86400 };

/* ---- setbacks --------------------------------------------------------------------------- */

static const struct {
	const char *sentence;
	struct small_ca ca;
	const char *end;
	int orders;
} failing[] = {
	{ "a CA that fails although we see the token", { .fails = true }, "validation_timed_out", 76 },
	{ "a CA that forgets its orders", { .forgets = true }, "validation_timed_out", 77 },
	{ "a CA that remembers the names but loses the order later", { .remembers = true }, "issuance_timed_out", 76 },
};

Test(token_orders, a_ca_that_always_fails_costs_one_order_a_retry)
{
	for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
		struct small_ca ca = failing[i].ca;
		struct pack_row r;
		struct verdict v = { .verb = WAIT };
		int steps = 0;

		pack_row_open(&r, 1, NOW);
		while (v.verb != FAIL) {
			v = small_ca_play(&ca, &r, true);
			cr_assert_leq(++steps, 2000, "%s", failing[i].sentence);
			/* The first one, and the next after each setback. */
			cr_assert_leq(ca.orders, r.attempts + 2, "%s: %d orders, %d retries", failing[i].sentence, ca.orders, r.attempts);
		}
		cr_expect_str_eq(r.state, failing[i].end, "%s", failing[i].sentence);
		cr_expect_eq(ca.orders, failing[i].orders, "%s: %d orders", failing[i].sentence, ca.orders);
		cr_expect_null(r.setback, "%s", failing[i].sentence);
		cr_expect_geq(r.now - NOW, 610263, "%s", failing[i].sentence);
		pack_row_close(&r);
	}
}

Test(token_orders, the_next_tokens_are_shown_before_the_schedule_goes_on)
{
	struct small_ca ca = { .fails = true };
	struct pack_row r;
	struct verdict v = { .verb = WAIT };

	pack_row_open(&r, 1, NOW);
	while (r.setback == NULL)
		v = small_ca_play(&ca, &r, true);
	cr_expect_str_eq(v.err.code, "acme_unauthorized", "the customer is told at once");
	while (v.verb == WAIT)
		v = small_ca_play(&ca, &r, true);
	cr_expect_eq(v.verb, RETRY);
	cr_expect_str_eq(v.err.code, "acme_unauthorized");
	cr_expect_null(r.setback);
	cr_expect_eq(ca.orders, 2);
	cr_expect_str_eq(json_str(json_array_get(json_object_get(r.parts[0], "challenges"), 0), "token"), "token-2");
	cr_expect_leq(r.now - NOW - 60, 10, "only the retry took its time");
	pack_row_close(&r);
}

Test(token_orders, a_setback_ends_when_the_pack_goes_to_another_ca)
{
	struct pack_row r;
	struct verdict v;
	struct turn t;

	pack_row_open(&r, 1, NOW);
	r.setback = xstrdup("{\"code\":\"token_expired\",\"detail\":null}");
	r.alternatives = "1";
	json_object_set_new(r.parts[0], "slot", json_integer(NOW));
	json_object_set_new(r.parts[0], "caa_at", json_integer(NOW));
	t = turn_of(&r);
	t.a[0].err = (struct err){ .code = "acme_rejected_identifier", .blame = BLAME_CA };
	v = turn_tell(&t);
	cr_expect_str_eq(turn_changed(&v, "ca", "leave"), "policy");
	cr_expect_str_eq(turn_changed(&v, "", "setback"), "(cleared)");
	arena_free(t.arena);
	pack_row_close(&r);
}

Test(token_orders, an_order_lost_by_the_ca_s_doing_leads_to_another_one)
{
	struct pack_row r;
	struct verdict v;
	struct turn t;

	pack_row_open(&r, 1, NOW);
	r.alternatives = "1";
	pack_row_order(&r, 0, "processing", TOKEN("http", "valid"));
	json_object_set_new(r.parts[0], "has_key", json_true());
	json_object_set_new(r.parts[0], "csr", json_string("Y3Ny"));
	snprintf(r.state, sizeof r.state, "pending_issuance");
	r.since = NOW - 3601;
	t = turn_of(&r);
	t.a[0].detail = &(struct acme_answer){ .order = &(struct acme_order){ .url = "https://ca/o", .status = "processing" } };
	v = turn_tell(&t);
	cr_expect_str_eq(v.err.code, "acme_undecided");
	cr_expect_str_eq(v.next, "initializing");
	cr_expect_str_eq(turn_changed(&v, "", "setback"), "");
	arena_free(t.arena);
	pack_row_close(&r);
}

/* Our own tokens of it: none, for its names were valid from the start; or all valid. */
static const struct {
	const char *tokens, *code;
} contents[] = {
	{ "", "acme_protocol" },
	{ TOKEN("http", "valid"), "acme_protocol" },
	{ TOKEN_OF("http", "false", "one", "valid", ",\"told\":1800000000"), "acme_undecided" },
};

Test(token_orders, an_order_that_stays_pending_though_its_names_are_valid_uses_up_a_retry)
{
	for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
		struct acme_order order = { .url = "https://ca/o", .status = "pending", .finalize = "https://ca/f", .count = 1,
			.authorizations = { { .url = "https://ca/authz", .name = "a.test", .status = "valid" } } };
		struct acme_answer said = { .order = &order };
		struct pack_row r;
		struct verdict v = { .verb = WAIT };

		pack_row_open(&r, 1, NOW);
		pack_row_order(&r, 0, "pending", contents[i].tokens);
		for (int steps = 0; v.err.code == NULL; steps++) {
			struct turn t = turn_of(&r);

			cr_assert_leq(steps, 100, "%zu: %lld seconds", i, (long long)(r.now - NOW));
			t.a[0].detail = &said;
			v = turn_tell(&t);
			pack_row_take(&r, &v);
			v.err.detail = NULL;
			arena_free(t.arena);
		}
		cr_expect_str_eq(v.err.code, contents[i].code, "%zu", i);
		cr_expect_eq(r.attempts, strcmp(contents[i].code, "acme_protocol") == 0, "%zu", i);
		pack_row_close(&r);
	}
}

/* ---- expiry ------------------------------------------------------------------------------ */

static const struct validity {
	const char *sentence, *authority;
	int lasts;			/* of the authorization */
	int64_t expires;
} validities[] = {
	{ "as the authorization says", "", 3 * DAY, NOW + 3 * DAY },
	{ "but not longer than the CA permits", ",\"token_validity\":604800", 30 * DAY, NOW + 7 * DAY },
	{ "the authorization may be over sooner", ",\"token_validity\":604800", 3 * DAY, NOW + 3 * DAY },
	{ "the CA need not say a date", ",\"token_validity\":604800", 0, NOW + 7 * DAY },
	{ "without any they are good for ever", "", 0, 0 },
};

Test(token_orders, they_are_good_until_the_sooner_end)
{
	for (size_t i = 0; i < sizeof validities / sizeof validities[0]; i++) {
		auto_arena *a = arena_new(1 << 16);
		struct small_ca ca = { .lasts = validities[i].lasts, .orders = 1 };
		const struct acme_question q = { .names = (const char *const[]){ "a.test", NULL } };
		struct pack_row r;
		struct part part;
		struct job job;

		pack_row_open(&r, 1, NOW);
		r.authority = arena_printf(a, "{\"id\":\"x\",\"name\":\"ca\",\"directory\":\"https://ca/dir\"%s}", validities[i].authority);
		job = pack_row_job(&r, a);
		part = ((const struct certificate *)job.row)->parts[0];
		cr_assert(pack_take_tokens(&job, small_ca_order(&ca, a, &q, NOW), &part));
		cr_expect_eq(part.tokens[0].expires, validities[i].expires, "%s", validities[i].sentence);
		job.now += DAY;
		cr_assert(pack_take_tokens(&job, small_ca_order(&ca, a, &q, NOW), &part));
		cr_expect_eq(part.tokens[0].expires, validities[i].expires, "%s, read again", validities[i].sentence);
		cr_expect_eq(part.tokens[0].given, NOW, "%s", validities[i].sentence);
		ca.orders = 2;
		cr_assert(pack_take_tokens(&job, small_ca_order(&ca, a, &q, NOW + DAY), &part));
		cr_expect_eq(part.tokens[0].given, NOW + DAY, "another one: %s", validities[i].sentence);
		pack_row_close(&r);
	}
}

/* The schedule lasts 610,263 s. */
static const struct {
	const char *sentence;
	int days, orders;
} replaced[] = {
	{ "two days: after the 48th, 61st and 74th wait", 2, 4 },
	{ "seven days: over with the schedule itself", 7, 1 },
	{ "fourteen days: longer than the schedule", 14, 1 },
};

Test(token_orders, they_are_replaced_within_one_schedule)
{
	for (size_t i = 0; i < sizeof replaced / sizeof replaced[0]; i++) {
		struct small_ca ca = { .lasts = replaced[i].days * DAY };
		struct pack_row r;
		struct verdict v = { .verb = WAIT };

		pack_row_open(&r, 1, NOW);
		for (int steps = 0; v.verb != FAIL && steps < 1000; steps++)
			v = small_ca_play(&ca, &r, false);
		cr_expect_str_eq(r.state, "validation_timed_out", "%s", replaced[i].sentence);
		cr_expect_str_eq(v.err.code, "token_missing", "%s: %s", replaced[i].sentence, v.err.code);
		cr_expect_eq(ca.orders, replaced[i].orders, "%s: %d", replaced[i].sentence, ca.orders);
		cr_expect_eq(r.attempts, 76, "%s: %d", replaced[i].sentence, r.attempts);
		cr_expect_eq(ca.told, 0, "%s", replaced[i].sentence);
		pack_row_close(&r);
	}
}

Test(token_orders, what_the_ca_looks_at_does_not_expire)
{
	struct pack_row r;
	struct turn t;

	pack_row_open(&r, 1, NOW);
	pack_row_order(&r, 0, "pending", TOKEN_OF("http", "false", "one", "processing", ",\"expires\":1799999999,\"told\":1799999990"));
	t = turn_of(&r);
	cr_assert_eq(t.q.count, 1);
	cr_expect_eq(turn_acme(&t, 0)->act, ACME_READ_ORDER);
	arena_free(t.arena);
	pack_row_close(&r);
}

/* ---- both key types ------------------------------------------------------------------------ */

Test(token_orders, both_orders_are_shown_together_where_each_has_its_directory)
{
	struct small_ca ca = { .orders = 0 };
	struct pack_row r;
	struct turn t;

	pack_row_open(&r, 2, NOW);
	r.authority = "{\"id\":\"x\",\"name\":\"ca\",\"directory\":\"https://ca/ecc\",\"directory_rsa\":\"https://ca/rsa\"}";
	for (int i = 0; i < 6; i++)
		(void)small_ca_play(&ca, &r, false);
	cr_expect_eq(ca.orders, 2);
	t = turn_of(&r);
	cr_assert_eq(t.q.count, 2);
	cr_expect_str_eq(turn_look(&t, 0)->values[0], "token-1.k");
	cr_expect_str_eq(turn_look(&t, 1)->values[0], "token-2.k");
	arena_free(t.arena);
	pack_row_close(&r);

	ca = (struct small_ca){ 0 };
	pack_row_open(&r, 2, NOW);
	for (int i = 0; i < 6; i++)
		(void)small_ca_play(&ca, &r, false);
	cr_expect_eq(ca.orders, 1, "else one after the other");
	pack_row_close(&r);
}

Test(token_orders, one_that_is_lost_leaves_the_other_as_it_is)
{
	struct small_ca ca = { .orders = 1 };
	struct pack_row r;
	struct verdict v;
	struct turn t;

	pack_row_open(&r, 2, NOW);
	r.authority = "{\"id\":\"x\",\"name\":\"ca\",\"directory\":\"https://ca/ecc\",\"directory_rsa\":\"https://ca/rsa\"}";
	pack_row_order(&r, 0, "pending", TOKEN_OF("http", "false", "one", "pending", ",\"expires\":1799999999"));
	json_object_set_new(r.parts[1], "order_url", json_string("https://ca/order/1"));
	t = turn_of(&r);
	cr_assert_eq(t.q.count, 1, "nothing is asked about what has expired");
	t.a[0].detail = &(struct acme_answer){ .order = small_ca_order(&ca, t.arena, turn_acme(&t, 0), NOW) };
	v = turn_tell(&t);
	cr_expect_str_eq(v.err.code, "token_expired");
	cr_expect_str_eq(turn_changed(&v, "p256", "order_url"), "(cleared)");
	cr_expect_str_eq(turn_changed(&v, "rsa2048", "order_url"), "");
	cr_expect_not_null(strstr(turn_changed(&v, "rsa2048", "challenges"), "token-1"));
	arena_free(t.arena);
	pack_row_close(&r);
}

Test(token_orders, when_both_orders_expire_both_are_placed_again)
{
	struct small_ca ca = { .lasts = 3600 };
	struct pack_row r;
	struct verdict v = { .verb = WAIT };

	pack_row_open(&r, 2, NOW);
	r.authority = "{\"id\":\"x\",\"name\":\"ca\",\"directory\":\"https://ca/ecc\",\"directory_rsa\":\"https://ca/rsa\"}";
	while (r.setback == NULL)
		v = small_ca_play(&ca, &r, false);
	cr_expect_str_eq(v.err.code, "token_expired");
	cr_expect_eq(ca.orders, 2);
	while (v.verb == WAIT)
		v = small_ca_play(&ca, &r, false);
	cr_expect_eq(ca.orders, 4);
	cr_expect_str_eq(json_str(r.parts[0], "order_status"), "pending");
	cr_expect_str_eq(json_str(r.parts[1], "order_status"), "pending");
	pack_row_close(&r);
}
