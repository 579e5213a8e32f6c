/* The fallback origin's flow. */
#include <criterion/criterion.h>

#include "dcv/origin.h"

static struct dns_record v4[] = { { "origin.provider.test", DNS_A, 60, "192.0.2.1" } };
static struct dns_record v6[] = { { "x.provider.test", DNS_AAAA, 60, "2001:db8::1" } };
static struct dns_record alias[] = { { "origin.provider.test", DNS_CNAME, 60, "x.provider.test" } };
static const struct dns_reply has_v4 = { .records = v4, .count = 1 }, has_v6 = { .records = v6, .count = 1 },
    has_alias = { .records = alias, .count = 1 }, has_nothing = { .rcode = 3 };

#define DNS(reply) { .detail = &(reply) }
#define BROKEN { .err = { .code = "dns_servfail", .blame = BLAME_NETWORK } }

static const struct row {
	const char *sentence;
	struct answer answers[2];
	enum verb verb;
	const char *code;
} rows[] = {
	{ "an IPv4 address is enough", { DNS(has_v4), BROKEN }, GO, NULL },
	{ "an IPv6 address is enough", { DNS(has_nothing), DNS(has_v6) }, GO, NULL },
	{ "an alias without address is not", { DNS(has_alias), DNS(has_alias) }, RETRY, "origin_unresolved" },
	{ "no name is not", { DNS(has_nothing), DNS(has_nothing) }, RETRY, "origin_unresolved" },
	{ "broken servers are told as what they are", { DNS(has_nothing), BROKEN }, RETRY, "dns_servfail" },
};

Test(origin, each_row_of_the_table)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		struct verdict v = flow_step(&origin_flow, "initializing")->tell(NULL, r->answers);

		cr_expect_eq(v.verb, r->verb, "%s", r->sentence);
		cr_expect_str_eq(v.err.code != NULL ? v.err.code : "", r->code != NULL ? r->code : "", "%s", r->sentence);
	}
}

Test(origin, every_state_it_may_go_to_has_a_step)
{
	cr_expect_null(flow_check(&origin_flow));
	cr_expect_null(flow_step(&origin_flow, "active")->tell);
}
