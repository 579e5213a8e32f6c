/* Chains of CNAMEs, long and wrong ones. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "dcv/proof.h"

static const char *const target[] = { "end.test", NULL };

/* n0 -> n1 -> … -> end.test, of so many hops */
static struct dns_reply
chain_of(int hops, struct dns_record *records, char names[][16])
{
	struct dns_reply reply = { .records = records, .count = (size_t)hops };

	for (int i = 0; i <= hops; i++)
		snprintf(names[i], 16, i == hops ? "end.test" : "n%d.test", i);
	for (int i = 0; i < hops; i++)
		records[hops - 1 - i] = (struct dns_record){ names[i], DNS_CNAME, 60, names[i + 1] };
	return reply;
}

Test(proof, a_chain_of_eight_is_followed_and_one_of_nine_is_not)
{
	struct dns_record records[16];
	char names[17][16];
	struct dns_reply eight = chain_of(8, records, names);
	bool loop;

	cr_expect(proof_chain_reaches(&eight, "n0.test", target));
	cr_expect_str_eq(proof_chain_end(&eight, "n0.test", &loop), "end.test");
	cr_expect_not(loop);
	struct dns_reply nine = chain_of(9, records, names);
	cr_expect_not(proof_chain_reaches(&nine, "n0.test", target));
	proof_chain_end(&nine, "n0.test", &loop);
	cr_expect(loop);
}

Test(proof, the_target_itself_as_hostname_proves_nothing)
{
	struct dns_record records[] = { { "end.test", DNS_A, 60, "192.0.2.1" } };
	struct dns_reply reply = { .records = records, .count = 1 };

	cr_expect_not(proof_chain_reaches(&reply, "end.test", target));
}

Test(proof, a_loop_has_no_txt)
{
	struct dns_record records[] = {
		{ "a.test", DNS_CNAME, 60, "b.test" }, { "b.test", DNS_CNAME, 60, "a.test" },
		{ "a.test", DNS_TXT, 60, "value" },
	};
	struct dns_reply reply = { .records = records, .count = 3 };

	cr_expect_not(proof_has_txt(&reply, "a.test", "value"));
}

Test(proof, a_wildcard_target_stands_for_every_name_below_it_and_not_for_itself)
{
	static const char *const targets[] = { "*.customers.provider.test", NULL };
	static const struct { const char *value; bool reaches; } rows[] = {
		{ "shop.customers.provider.test", true }, { "a.b.Customers.provider.test", true },
		{ "customers.provider.test", false }, { "shopcustomers.provider.test", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dns_record record = { "shop.example.com", DNS_CNAME, 60, rows[i].value };
		struct dns_reply reply = { .records = &record, .count = 1 };

		cr_expect_eq(proof_chain_reaches(&reply, "shop.example.com", targets), rows[i].reaches, "%s", rows[i].value);
	}
}
