/* Why an order failed at a CA: every code has a cause. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "acme/cause.h"
#include "base/err.h"

static const char *const codes[] = {
#define ERR(code, blame, status, sentence) #code,
#include "base/errors.def"
#undef ERR
};

static bool
begins_with(const char *code, const char *prefix)
{
	return strncmp(code, prefix, strlen(prefix)) == 0;
}

Test(cause, every_error_that_a_ca_can_be_blamed_for_has_a_cause)
{
	static const char *const prefixes[] = { "acme_", "chain_", "token_", "dns_", "caa_" };
	size_t seen = 0;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++)
			if (begins_with(codes[i], prefixes[p])) {
				cr_expect(cause_is_known(codes[i]), "%s has no cause in acme/cause.c", codes[i]);
				seen++;
			}
	cr_assert_gt(seen, 60);
}

Test(cause, a_broken_chain_is_a_broken_ca)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (begins_with(codes[i], "chain_"))
			cr_expect_eq(cause_of(codes[i]), CAUSE_INFRASTRUCTURE, "%s", codes[i]);
}

/* Nothing that the customer can mend moves a pack to another CA, or counts
 * against a CA. */
Test(cause, whom_the_table_of_errors_blames_is_not_somebody_else_here)
{
#define ERR(code, blame, status, sentence) { #code, blame },
	static const struct { const char *code; enum blame blame; } all[] = {
#include "base/errors.def"
	};
#undef ERR

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		enum cause cause = cause_of(all[i].code);

		if (all[i].blame == BLAME_CUSTOMER && cause_is_known(all[i].code))
			cr_expect(cause == CAUSE_CUSTOMER || cause == CAUSE_CAA, "%s: %s", all[i].code, cause_name(cause));
		if (cause == CAUSE_INFRASTRUCTURE)
			cr_expect_eq(all[i].blame, BLAME_CA, "%s", all[i].code);
		if (cause == CAUSE_OURS)
			cr_expect_eq(all[i].blame, BLAME_US, "%s", all[i].code);
	}
}

Test(cause, each_cause_has_its_codes)
{
	static const struct { const char *code; enum cause cause; } cases[] = {
		{ NULL, CAUSE_NONE }, { "", CAUSE_NONE }, { "not_a_code", CAUSE_NONE }, { "database_down", CAUSE_NONE },
		{ "dns_timeout", CAUSE_NONE }, { "dns_resolver_down", CAUSE_NONE }, { "acme_not_found", CAUSE_NONE },
		{ "token_expired", CAUSE_NONE }, { "caa_unknown", CAUSE_NONE }, { "acme_paused", CAUSE_NONE },
		{ "acme_connection", CAUSE_CUSTOMER }, { "acme_dns", CAUSE_CUSTOMER }, { "acme_unauthorized", CAUSE_CUSTOMER },
		{ "token_missing", CAUSE_CUSTOMER }, { "dns_servfail", CAUSE_CUSTOMER }, { "dns_bogus", CAUSE_CUSTOMER },
		{ "acme_caa", CAUSE_CAA }, { "caa_excludes", CAUSE_CAA }, { "caa_restricted", CAUSE_CAA },
		{ "acme_rate_limited", CAUSE_RATE },
		{ "acme_unreachable", CAUSE_INFRASTRUCTURE }, { "acme_server_internal", CAUSE_INFRASTRUCTURE },
		{ "acme_bad_nonce", CAUSE_INFRASTRUCTURE }, { "acme_foreign_url", CAUSE_INFRASTRUCTURE },
		{ "acme_undecided", CAUSE_INFRASTRUCTURE },
		{ "acme_rejected_identifier", CAUSE_POLICY }, { "acme_unsupported_identifier", CAUSE_POLICY },
		{ "acme_external_account", CAUSE_POLICY }, { "acme_account_refused", CAUSE_POLICY },
		{ "acme_user_action", CAUSE_POLICY }, { "acme_invalid_profile", CAUSE_POLICY },
		{ "acme_malformed", CAUSE_OURS }, { "acme_bad_csr", CAUSE_OURS }, { "acme_account_key", CAUSE_OURS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(cause_of(cases[i].code), cases[i].cause, "%s: %s", cases[i].code, cause_name(cause_of(cases[i].code)));
}

Test(cause, a_name_finds_its_cause_again)
{
	for (enum cause c = CAUSE_NONE; c <= CAUSE_OURS; c++)
		cr_expect_eq(cause_named(cause_name(c)), c);
	cr_expect_eq(cause_named(NULL), CAUSE_NONE);
	cr_expect_eq(cause_named("nonsense"), CAUSE_NONE);
}
