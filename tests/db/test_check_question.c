/* What certwright check expects of a hostname, and what its instructions say
 * when records alone do not help. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/db/sql.h"

TestSuite(check_question, .init = sql_up, .fini = sql_down, .timeout = 60);

#define NAME "{\"hostname\":\"shop.customer.com\"}"
#define ASK "select certwright.check_question($1::uuid)"
#define STATE "update certwright.custom_hostname set status = $1::certwright.hostname_status, code = $2"
#define EDIT "select certwright.edit_zone($1::uuid, jsonb_build_object('cname_targets', $2::jsonb))"
#define FALLBACK "select certwright.set_fallback_origin($1::uuid, '{\"origin\":\"o.saas.net\"}')"

static const struct row {
	const char *targets;
	bool	    has_fallback;
	const char *want;
} rows[] = {
	{ "[]", false, "[]" },
	{ "[]", true, "[\"o.saas.net\"]" },
	{ "[\"edge.saas.net\"]", false, "[\"edge.saas.net\"]" },
	{ "[\"edge.saas.net\", \"b.saas.net\", \"edge.saas.net\"]", true,
	  "[\"edge.saas.net\",\"b.saas.net\",\"o.saas.net\"]" },
	{ "[\"o.saas.net\", \"b.saas.net\"]", true, "[\"o.saas.net\",\"b.saas.net\"]" },
	{ "[\"b.saas.net\", \"*.c.saas.net\"]", true,
	  "[\"b.saas.net\",\"shop-customer-com.c.saas.net\",\"*.c.saas.net\",\"o.saas.net\"]" },
};

Test(check_question, targets_are_those_that_count_each_once)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *zone = sql_zone("{}"), *id = sql_hostname(zone, NAME);

		sql_do(EDIT, zone, rows[i].targets);
		if (rows[i].has_fallback)
			sql_do(FALLBACK, zone);
		cr_expect_str_eq(sql_value(ASK " -> 'targets'", id), rows[i].want, "%s", sql_value(ASK, id));
	}
}

Test(check_question, a_fallback_origin_is_unresolved_until_it_is_active)
{
	const char *zone = sql_zone("{\"apex_prefixes\":[\"192.0.2.0/24\"]}"), *id = sql_hostname(zone, NAME);

	cr_expect_str_eq(sql_value(ASK " ->> 'unresolved'", id), "");
	cr_expect_str_eq(sql_value(ASK " -> 'prefixes'", id), "[\"192.0.2.0/24\"]");
	sql_do(FALLBACK, zone);
	cr_expect_str_eq(sql_value(ASK " ->> 'unresolved'", id), "o.saas.net");
	sql_do("update certwright.zone set fallback_status = 'active'");
	cr_expect_str_eq(sql_value(ASK " ->> 'unresolved'", id), "");
}

Test(check_question, it_says_where_the_hostname_stands)
{
	const char *id = sql_hostname(sql_zone("{}"), NAME);
	const char *standing = "select concat_ws(' ', q ->> 'status', q ->> 'code', q ->> 'held', left(q ->> 'error', 12))"
	    " from certwright.check_question($1::uuid) q";

	cr_expect_str_eq(sql_value(standing, id), "pending false");
	sql_do("select certwright.hold_name('customer.com', true, 'abuse')");
	cr_expect_str_eq(sql_value(standing, id), "blocked flagged true Custom hostn");
	sql_do("select certwright.release_name('customer.com')");
	cr_expect_str_eq(sql_value(standing, id), "blocked flagged false Custom hostn");
}

/* ---- dns_instructions ---------------------------------------------------------------- */

#define FIX "select i.fix from certwright.dns_instructions($1::uuid, $2::uuid) i where i.purpose = $3 and i.state = 'required'"
#define FINDINGS "[{\"purpose\":\"routing\",\"code\":\"wrong_target\",\"found\":[],\"fix\":\"Point it here.\"}]"

Test(check_question, instructions_of_a_blocked_hostname_say_that_the_hold_has_to_end)
{
	const char *zone = sql_zone("{\"cname_targets\":[\"edge.saas.net\"]}"), *id;

	sql_do("select certwright.hold_name('customer.com', true, 'its owner')");
	id = sql_hostname(zone, NAME);
	for (int i = 0; i < 2; i++) {
		const char *fix = sql_value(FIX, zone, id, i == 0 ? "routing" : "ownership");

		cr_expect_not_null(strstr(fix, "the hold on this name has to end first"), "%s", fix);
		cr_expect_not_null(strstr(fix, "contact the owner of this domain"), "%s", fix);
		cr_expect_null(strstr(fix, "add a record"), "%s", fix);
	}
	sql_do("select certwright.release_name('customer.com')");
	cr_expect_str_eq(sql_value(FIX, zone, id, "routing"), "at the DNS provider of customer.com, add a record of type CNAME"
	    " with the name shop.customer.com and the value edge.saas.net; then the hostname has to be refreshed, because it is"
	    " blocked and not looked at by itself");
}

Test(check_question, instructions_of_one_that_was_moved_end_with_a_refresh)
{
	const char *zone = sql_zone("{\"cname_targets\":[\"edge.saas.net\"]}"), *id = sql_hostname(zone, NAME);

	sql_do("update certwright.custom_hostname set findings = $1::json", FINDINGS);
	cr_expect_str_eq(sql_value(FIX, zone, id, "routing"), "Point it here.");
	sql_do(STATE, "moved", "schedule_used_up");
	cr_expect_str_eq(sql_value(FIX, zone, id, "routing"),
	    "Point it here; then the hostname has to be refreshed, because it is moved and not looked at by itself.");
	sql_do(STATE, "deleted", "moved_too_long");
	cr_expect_not_null(strstr(sql_value(FIX, zone, id, "ownership"), "because it is deleted and not looked at by itself"));
	sql_do("update certwright.custom_hostname set points_here = true");
	cr_expect_str_eq(sql_value("select fix from certwright.dns_instructions($1::uuid, $2::uuid) where state = 'satisfied'",
	    zone, id), "Point it here.", "what is right stays as it is");
}
