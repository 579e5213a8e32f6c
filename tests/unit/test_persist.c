/* Records of dns-persist-01: which ones satisfy a CA. */
#include <criterion/criterion.h>

#include "base/persist.h"

enum { NOW = 1800000000 };

#define US "accounturi=https://ca.test/acct/1"
#define FOR_US "ca.test; " US

static const char *const issuers[] = { "ca.test", "other-name.test", NULL };

static const struct {
	const char *sentence, *value;
	bool plain, wildcard;		/* does it satisfy? */
} table[] = {
	{ "what we advise", FOR_US, true, false },
	{ "for wildcards a policy is needed", FOR_US "; policy=wildcard", true, true },
	{ "any name of the CA will do", "other-name.test;" US, true, false },
	{ "no blanks are needed", "ca.test;" US ";policy=wildcard", true, true },
	{ "blanks and tabs are nothing", " \tca.test\t ; \taccounturi \t= https://ca.test/acct/1 ;\tpolicy = wildcard ", true, true },
	{ "tags are read in any case", "ca.test; AccountURI=https://ca.test/acct/1; POLICY=wildcard", true, true },
	{ "and so is the policy", FOR_US "; policy=WildCard", true, true },
	{ "another policy is none", FOR_US "; policy=exact", true, false },
	{ "an empty policy is none", FOR_US "; policy=", true, false },
	{ "unknown tags are passed over, twice too", FOR_US "; foo=bar; foo=baz", true, false },
	{ "the order is free", "ca.test; policy=wildcard; " US, true, true },
	{ "it holds up to its last second", FOR_US "; persistUntil=1800000000", true, false },
	{ "and not a second longer", FOR_US "; persistUntil=1799999999", false, false },
	{ "a date may be far away", FOR_US "; persistuntil=9223372036854775807", true, false },
	{ "but not too far", FOR_US "; persistUntil=9223372036854775808", false, false },
	{ "zeros in front are no harm", FOR_US "; persistUntil=0000000000000000000000000000009999999999", true, false },
	{ "nor is a sign", FOR_US "; persistUntil=+1800000001", true, false },
	{ "nor both", FOR_US "; persistUntil=+0000000000000000000000000000009999999999", true, false },
	{ "it may have been over before 1970", FOR_US "; persistUntil=-1", false, false },
	{ "a date that is none", FOR_US "; persistUntil=tomorrow", false, false },
	{ "a date with something behind it", FOR_US "; persistUntil=1800000001s", false, false },
	{ "an empty date", FOR_US "; persistUntil=", false, false },
	{ "a lonely sign", FOR_US "; persistUntil=+", false, false },
	{ "two signs", FOR_US "; persistUntil=+-1800000001", false, false },
	{ "another CA's", "elsewhere.test; " US, false, false },
	{ "a CA's name is in lower case", "CA.test; " US, false, false },
	{ "and has no dot behind it", "ca.test.; " US, false, false },
	{ "a part of the name", "ca; " US, false, false },
	{ "without a CA", "; " US, false, false },
	{ "another account", "ca.test; accounturi=https://ca.test/acct/11", false, false },
	{ "the account in capitals", "ca.test; accounturi=HTTPS://ca.test/acct/1", false, false },
	{ "without an account", "ca.test; policy=wildcard", false, false },
	{ "an empty account", "ca.test; accounturi=", false, false },
	{ "the CA alone", "ca.test", false, false },
	{ "a semicolon behind all", FOR_US ";", false, false },
	{ "two semicolons", "ca.test;; " US, false, false },
	{ "blanks as a parameter", FOR_US "; \t ; policy=wildcard", false, false },
	{ "an account twice", FOR_US "; " US, false, false },
	{ "a policy twice, in two cases", FOR_US "; policy=wildcard; POLICY=wildcard", false, false },
	{ "a date twice", FOR_US "; persistUntil=1900000000; persistUntil=1900000000", false, false },
	{ "a tag without a value", FOR_US "; wildcard", false, false },
	{ "a value without a tag", FOR_US "; =wildcard", false, false },
	{ "a blank within a value", FOR_US "; policy=wild card", false, false },
	{ "in an unknown one too", FOR_US "; note=for the shop", false, false },
	{ "an octet beyond ASCII", FOR_US "; note=\xc3\xa4", false, false },
	{ "with quotes around it", "\"" FOR_US "\"", false, false },
	{ "a second sign belongs to the value", FOR_US "; note=a=b", true, false },
	{ "nothing", "", false, false },
};

Test(persist, a_record_satisfies_as_the_ca_reads_it)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct persist p = { .issuers = issuers, .account_url = "https://ca.test/acct/1", .now = NOW };

		cr_expect_eq(persist_is_satisfied(&p, table[i].value), table[i].plain, "%s", table[i].sentence);
		p.wildcard = true;
		cr_expect_eq(persist_is_satisfied(&p, table[i].value), table[i].wildcard, "%s (wildcard)", table[i].sentence);
	}
}

Test(persist, what_we_advise_satisfies)
{
	auto_arena *a = arena_new(1 << 12);
	struct persist p = { .issuers = issuers, .account_url = "https://ca.test/acct/1", .now = NOW };

	cr_expect_str_eq(persist_record(a, &p), FOR_US);
	cr_expect(persist_is_satisfied(&p, persist_record(a, &p)));
	p.wildcard = true;
	cr_expect_str_eq(persist_record(a, &p), FOR_US "; policy=wildcard");
	cr_expect(persist_is_satisfied(&p, persist_record(a, &p)));
}

Test(persist, without_a_ca_s_name_or_account_nothing_satisfies)
{
	static const char *const nobody[] = { NULL };
	auto_arena *a = arena_new(1 << 12);
	struct persist p = { .issuers = nobody, .account_url = "https://ca.test/acct/1", .now = NOW };

	cr_expect_str_eq(persist_record(a, &p), "");
	cr_expect_not(persist_is_satisfied(&p, FOR_US));
	p.issuers = NULL;
	cr_expect_str_eq(persist_record(a, &p), "");
	cr_expect_not(persist_is_satisfied(&p, "; " US));
	p = (struct persist){ .issuers = issuers, .now = NOW };
	cr_expect_not(persist_is_satisfied(&p, FOR_US));
}
