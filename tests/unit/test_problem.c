/* Problem documents: codes, blame, and text that means harm. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "acme/problem.h"

#define URN "urn:ietf:params:acme:error:"

static struct err
of_text(struct arena *a, const char *text)
{
	auto_json *problem = json_loads(text, 0, NULL);

	cr_assert_not_null(problem, "%s", text);
	return problem_of_object(a, "lets_encrypt", problem);
}

static struct err
of_reply(struct arena *a, int status, const char *body, int64_t retry_after)
{
	return problem_of_reply(a, "lets_encrypt", status, body, strlen(body), retry_after);
}

Test(problem, every_type_has_its_code_and_its_blame)
{
	static const struct { const char *type, *code; enum blame blame; } table[] = {
		{ "accountDoesNotExist", "acme_account_missing", BLAME_US },
		{ "alreadyReplaced", "acme_already_replaced", BLAME_US },
		{ "alreadyRevoked", "acme_already_revoked", BLAME_US },
		{ "badCSR", "acme_bad_csr", BLAME_US },
		{ "badNonce", "acme_bad_nonce", BLAME_CA },
		{ "badPublicKey", "acme_bad_public_key", BLAME_US },
		{ "badRevocationReason", "acme_bad_reason", BLAME_US },
		{ "badSignatureAlgorithm", "acme_bad_signature_algorithm", BLAME_US },
		{ "caa", "acme_caa", BLAME_CUSTOMER },
		{ "connection", "acme_connection", BLAME_CUSTOMER },
		{ "dns", "acme_dns", BLAME_CUSTOMER },
		{ "externalAccountRequired", "acme_external_account", BLAME_US },
		{ "incorrectResponse", "acme_incorrect_response", BLAME_CUSTOMER },
		{ "invalidContact", "acme_bad_contact", BLAME_US },
		{ "invalidProfile", "acme_invalid_profile", BLAME_US },
		{ "malformed", "acme_malformed", BLAME_US },
		{ "orderNotReady", "acme_order_not_ready", BLAME_CA },
		{ "rateLimited", "acme_rate_limited", BLAME_CA },
		{ "rejectedIdentifier", "acme_rejected_identifier", BLAME_CA },
		{ "serverInternal", "acme_server_internal", BLAME_CA },
		{ "tls", "acme_tls", BLAME_CUSTOMER },
		{ "unauthorized", "acme_unauthorized", BLAME_CUSTOMER },
		{ "unsupportedContact", "acme_bad_contact", BLAME_US },
		{ "unsupportedIdentifier", "acme_unsupported_identifier", BLAME_CA },
		{ "userActionRequired", "acme_user_action", BLAME_US },
		{ "somethingNew", "acme_refused", BLAME_CA },
		{ "", "acme_refused", BLAME_CA },
	};
	auto_arena *a = arena_new(1 << 18);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct err err = of_text(a, arena_printf(a, "{\"type\":\"" URN "%s\",\"detail\":\"so\"}", table[i].type));

		cr_assert_str_eq(err.code, table[i].code, "%s", table[i].type);
		cr_assert_eq(err.blame, table[i].blame, "%s", table[i].type);
		cr_assert_str_eq(err.detail, arena_printf(a, "lets_encrypt: " URN "%s: so", table[i].type));
		cr_assert_str_neq(err_sentence(err.code), err.code);
	}
}

Test(problem, only_types_of_acme_count)
{
	auto_arena *a = arena_new(1 << 16);

	cr_assert_str_eq(of_text(a, "{\"type\":\"caa\"}").code, "acme_refused");
	cr_assert_str_eq(of_text(a, "{\"type\":\"https://evil.test/urn:ietf:params:acme:error:caa\"}").code, "acme_refused");
	cr_assert_str_eq(of_text(a, "{\"type\":7,\"detail\":[]}").code, "acme_refused");
	cr_assert_str_eq(of_text(a, "{}").detail, "lets_encrypt: an error without a type: no detail");
}

Test(problem, subproblems_are_told_and_decide_where_the_type_says_nothing)
{
	auto_arena *a = arena_new(1 << 16);
	struct err err = of_text(a, "{\"type\":\"" URN "compound\",\"detail\":\"two\",\"subproblems\":["
	    "{\"type\":\"" URN "caa\",\"detail\":\"forbidden\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"}},"
	    "{\"type\":\"" URN "dns\",\"detail\":\"gone\"}, 7]}");

	cr_assert_str_eq(err.code, "acme_caa");
	cr_assert_str_eq(err.detail, "lets_encrypt: " URN "compound: two; a.example: caa: forbidden; ?: dns: gone; ?: ?: ");
	err = of_text(a, "{\"type\":\"" URN "rateLimited\",\"subproblems\":[{\"type\":\"" URN "caa\"}]}");
	cr_assert_str_eq(err.code, "acme_rate_limited");
}

Test(problem, every_name_of_the_first_eight_has_its_say)
{
	auto_arena *a = arena_new(1 << 18);
	auto_json *problem = json_pack("{s:s, s:s, s:[]}", "type", URN "rejectedIdentifier", "detail", "some names", "subproblems");
	char *long_text = arena_alloc(a, 5001), *name;
	struct err err;

	memset(long_text, 'x', 5000);
	for (int i = 0; i < 9; i++)
		json_array_append_new(json_object_get(problem, "subproblems"), json_pack("{s:s, s:s, s:{s:s, s:s}}", "type", URN "caa",
		    "detail", long_text, "identifier", "type", "dns", "value", arena_printf(a, "shop%d.example.com", i)));
	err = problem_of_object(a, "lets_encrypt", problem);
	for (int i = 0; i < 9; i++) {
		name = arena_printf(a, "; shop%d.example.com: caa: xxx", i);
		cr_assert_eq(strstr(err.detail, name) != NULL, i < 8, "%d", i);
	}
	cr_assert_leq(strlen(err.detail), PROBLEM_MAX_LINE);
	/* however long the names are */
	memset(long_text, 'y', 200);
	long_text[200] = '\0';
	for (int i = 0; i < 9; i++)
		json_object_set_new(json_object_get(json_array_get(json_object_get(problem, "subproblems"), (size_t)i), "identifier"), "value",
		    json_string(long_text));
	cr_assert_eq(strlen(problem_of_object(a, "lets_encrypt", problem).detail), PROBLEM_MAX_LINE);
}

Test(problem, hostile_text_cannot_leave_its_line)
{
	auto_arena *a = arena_new(1 << 16);

	cr_assert_str_eq(of_text(a, "{\"type\":\"x\",\"detail\":\"a\\nb\\r\\u001b[31mc\\u0085d\\u202ee\\u2028f\\u200bg\\ufeffh\\u007fi\"}").detail,
	    "lets_encrypt: x: a b  [31mc d e f g h i");
	cr_assert_str_eq(of_text(a, "{\"type\":\"x\\ny\",\"detail\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}").detail,
	    "lets_encrypt: x y: \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

Test(problem, a_detail_ends_after_400_characters_and_not_within_one)
{
	auto_arena *a = arena_new(1 << 20);
	char *many = arena_alloc(a, 30001);
	struct err err;

	for (int i = 0; i < 30000; i += 3)
		memcpy(many + i, "\xe2\x82\xac", 3);
	err = of_text(a, arena_printf(a, "{\"type\":\"x\",\"detail\":\"%s\"}", many));
	cr_assert_eq(strlen(err.detail), strlen("lets_encrypt: x: ") + 3 * (PROBLEM_MAX_DETAIL - strlen("lets_encrypt: x: ")));
	err = problem_new(a, "ca", ERR_acme_protocol, "\xff\xe2\x82" "x\xc0\x80");
	cr_assert_str_eq(err.detail, "ca:    x  ");
	/* a surrogate, overlong forms, beyond the last; then what is next to the surrogates */
	err = problem_new(a, "ca", ERR_acme_protocol,
	    "\xed\xa0\x80" "\xe0\x81\x81" "\xf0\x80\x81\x81" "\xf4\x90\x80\x80" "\xed\x9f\xbf\xee\x80\x80");
	cr_assert_str_eq(err.detail, "ca:               \xed\x9f\xbf\xee\x80\x80");
}

Test(problem, of_a_reply_the_status_speaks_where_the_type_is_silent)
{
	static const struct { int status; const char *body, *code; enum blame blame; } table[] = {
		{ 500, "<html>oops</html>", "acme_server_internal", BLAME_CA },
		{ 503, "", "acme_server_internal", BLAME_CA },
		{ 429, "<html>slow down</html>", "acme_rate_limited", BLAME_CA },
		{ 429, "{\"type\":\"" URN "malformed\"}", "acme_rate_limited", BLAME_CA },
		{ 404, "", "acme_not_found", BLAME_CA },
		{ 404, "{\"type\":\"" URN "malformed\",\"detail\":\"No such order\"}", "acme_not_found", BLAME_CA },
		{ 400, "{\"type\":\"" URN "accountDoesNotExist\"}", "acme_account_missing", BLAME_US },
		{ 403, "{\"type\":\"" URN "unauthorized\"}", "acme_account_refused", BLAME_US },
		{ 403, "no", "acme_account_refused", BLAME_US },
		{ 403, "{\"type\":\"" URN "caa\"}", "acme_caa", BLAME_CUSTOMER },
		{ 400, "[1]", "acme_refused", BLAME_CA },
		{ 400, "{\"type\":\"" URN "caa\"", "acme_refused", BLAME_CA },
		{ 409, "{\"type\":\"" URN "malformed\"}", "acme_key_in_use", BLAME_US },
		{ 409, "", "acme_key_in_use", BLAME_US },
		{ 409, "{\"type\":\"" URN "alreadyReplaced\"}", "acme_already_replaced", BLAME_US },
		{ 302, "", "acme_protocol", BLAME_CA },
	};
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct err err = of_reply(a, table[i].status, table[i].body, 0);

		cr_assert_str_eq(err.code, table[i].code, "%zu", i);
		cr_assert_eq(err.blame, table[i].blame, "%zu", i);
		cr_assert_eq(strncmp(err.detail, "lets_encrypt: ", 14), 0);
	}
	cr_assert_str_eq(of_reply(a, 503, "<html>", 0).detail, "lets_encrypt: HTTP status 503 without a problem document");
}

Test(problem, a_retry_after_is_obeyed_within_reason)
{
	auto_arena *a = arena_new(1 << 16);

	cr_assert_eq(of_reply(a, 503, "", 0).retry_after, 0);
	cr_assert_eq(of_reply(a, 503, "", 7).retry_after, 7);
	cr_assert_eq(of_reply(a, 503, "", 86400).retry_after, 6 * 3600);
	cr_assert_eq(of_reply(a, 429, "", 86400).retry_after, 86400);
	cr_assert_eq(of_reply(a, 429, "", INT64_MAX).retry_after, 86400);
	cr_assert_eq(of_reply(a, 503, "", -5).retry_after, 1);
}
