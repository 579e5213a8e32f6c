/*
 * May the CA issue?  One row, one sentence.  The answers are written as
 * records with bars between: `flags tag value` at the name that was asked,
 * `CNAME target`, or `@owner flags tag value`; or a word for what went wrong.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/dns.h"
#include "dcv/caa.h"

#define US "https://ca.test/acct/7"
#define S "shop.customer.com"
#define C "customer.com"
#define ADD_C C ". CAA 0 issue \"letsencrypt.org\""
#define ADD_C_WILD C ". CAA 0 issuewild \"letsencrypt.org\""
#define ADD_S S ". CAA 0 issue \"letsencrypt.org\""

static const char *const lets_encrypt[] = { "letsencrypt.org", NULL };
static const char *const google[] = { "PKI.goog.", "google.com", NULL };
static const char *const nobody[] = { NULL };
static const char *const nameless[] = { "", ".", NULL };
static const char *const hostile[] = { "ca.test\"; evil", NULL };

enum { NAME, WILD, NEW_ACCOUNT, BY_DNS, GOOGLE, NO_IDENTITY, NO_NAME, ODD_IDENTITY, ODD_URL };
static const struct caa_question questions[] = {
	[NAME] = { S, false, lets_encrypt, US, "http-01" },
	[WILD] = { "*." S, false, lets_encrypt, US, "dns-01" },
	[NEW_ACCOUNT] = { S, false, lets_encrypt, NULL, "http-01" },
	[BY_DNS] = { S, false, lets_encrypt, US, "dns-01" },
	[GOOGLE] = { S, false, google, US, "http-01" },
	[NO_IDENTITY] = { S, false, nobody, US, "http-01" },
	[NO_NAME] = { S, false, nameless, US, "http-01" },
	[ODD_IDENTITY] = { S, false, hostile, US, "http-01" },
	[ODD_URL] = { S, false, lets_encrypt, "https://ca.test/a;b", "http-01" },
};

static const struct row {
	const char   *sentence;
	int	      question;
	const char   *levels[3];	/* S, C, com; NULL: no records */
	enum caa_why  why;
	const char   *where;
	const char   *record;
	const char   *fix[2];
} rows[] = {
	/* -- which records count */
	{ "without records anybody may issue", NAME, { NULL }, CAA_NO_RECORDS, NULL, NULL, { NULL } },
	{ "names that do not exist forbid nothing", NAME, { "NXDOMAIN", "NXDOMAIN", "NXDOMAIN" }, CAA_NO_RECORDS, NULL, NULL, { NULL } },
	{ "records at the name itself name us", NAME, { "0 issue letsencrypt.org" }, CAA_NAMED, S, S ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "records of the parent count where the name has none", NAME, { NULL, "0 issue letsencrypt.org" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "records of the parent count where the name does not exist", NAME, { "NXDOMAIN", "0 issue letsencrypt.org" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "the top domain is asked last", NAME, { NULL, NULL, "0 issue letsencrypt.org" }, CAA_NAMED, "com", "com. CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "a parent that forbids does not matter when the name has records", NAME, { "0 issue letsencrypt.org", "0 issue ;" }, CAA_NAMED, S, S ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "a parent that permits does not matter when the name has records", NAME, { "0 issue ca.test", "0 issue letsencrypt.org" }, CAA_NOT_NAMED, S, S ". CAA 0 issue \"ca.test\"", { ADD_S } },
	{ "records that are about something else stop the climb too", NAME, { "0 iodef mailto:a@b.test", "0 issue ;" }, CAA_NO_RULE, S, NULL, { NULL } },
	{ "the top domain forbids, and its customer can overrule it below", NAME, { NULL, NULL, "0 issue ca.test" }, CAA_NOT_NAMED, "com", "com. CAA 0 issue \"ca.test\"", { ADD_C } },

	/* -- could not look up */
	{ "SERVFAIL at the name is unknown, even if the parent permits", NAME, { "SERVFAIL", "0 issue letsencrypt.org" }, CAA_LOOKUP_FAILED, S, NULL, { NULL } },
	{ "SERVFAIL at the name is unknown, even if the parent forbids", NAME, { "SERVFAIL", "0 issue ;" }, CAA_LOOKUP_FAILED, S, NULL, { NULL } },
	{ "a timeout at the name is unknown", NAME, { "timeout", "0 issue letsencrypt.org" }, CAA_LOOKUP_FAILED, S, NULL, { NULL } },
	{ "SERVFAIL at the parent is unknown when the name has no records", NAME, { NULL, "SERVFAIL" }, CAA_LOOKUP_FAILED, C, NULL, { NULL } },
	{ "SERVFAIL at the parent does not matter when the name has records", NAME, { "0 issue letsencrypt.org", "SERVFAIL" }, CAA_NAMED, S, S ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "SERVFAIL at the top domain is unknown when nobody below has records", NAME, { NULL, "NXDOMAIN", "SERVFAIL" }, CAA_LOOKUP_FAILED, "com", NULL, { NULL } },
	{ "SERVFAIL at the top domain does not matter when the parent has records", NAME, { NULL, "0 issue letsencrypt.org", "SERVFAIL" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "REFUSED is unknown", NAME, { "REFUSED" }, CAA_LOOKUP_FAILED, S, NULL, { NULL } },
	{ "an answer that was cut off is unknown, whatever it says", NAME, { "TC" }, CAA_LOOKUP_FAILED, S, NULL, { NULL } },
	{ "no answer and no error is unknown", NAME, { "nothing" }, CAA_LOOKUP_FAILED, S, NULL, { NULL } },
	{ "a lookup that failed is unknown for wildcards too", WILD, { "timeout", "0 issuewild letsencrypt.org" }, CAA_LOOKUP_FAILED, S, NULL, { NULL } },

	/* -- aliases */
	{ "records at the target of a CNAME count", NAME, { "CNAME shop.provider.test|@shop.provider.test 0 issue letsencrypt.org" }, CAA_NAMED, "shop.provider.test", "shop.provider.test. CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "records at the target of a CNAME forbid, and are mended there", NAME, { "CNAME shop.provider.test|@shop.provider.test 0 issue ca.test", "0 issue letsencrypt.org" }, CAA_NOT_NAMED, "shop.provider.test", "shop.provider.test. CAA 0 issue \"ca.test\"", { "shop.provider.test. CAA 0 issue \"letsencrypt.org\"" } },
	{ "after an alias the climb goes on at the parent of the name, not of the target", NAME, { "CNAME shop.provider.test", "0 issue letsencrypt.org" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "records of the target's parent do not count", NAME, { "CNAME shop.provider.test|@provider.test 0 issue ;" }, CAA_NO_RECORDS, NULL, NULL, { NULL } },
	{ "of a chain in any order the end counts", NAME, { "@b.test 0 issue letsencrypt.org|@a.test CNAME b.test|CNAME a.test" }, CAA_NAMED, "b.test", "b.test. CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "records in the middle of a chain do not count", NAME, { "CNAME a.test|@a.test CNAME b.test|@a.test 0 issue ;" }, CAA_NO_RECORDS, NULL, NULL, { NULL } },
	{ "records of a name that nobody asked for do not count", NAME, { "@other.test 0 issue ;" }, CAA_NO_RECORDS, NULL, NULL, { NULL } },
	{ "records of a name that nobody asked for do not permit", NAME, { "@other.test 0 issue letsencrypt.org|0 issue ;" }, CAA_NOT_NAMED, S, S ". CAA 0 issue \";\"", { ADD_S } },
	{ "an alias to a name that does not exist forbids nothing", NAME, { "NXDOMAIN|CNAME gone.test" }, CAA_NO_RECORDS, NULL, NULL, { NULL } },
	{ "the parent may be an alias", NAME, { NULL, "CNAME x.test|@x.test 0 issue ca.test" }, CAA_NOT_NAMED, "x.test", "x.test. CAA 0 issue \"ca.test\"", { "x.test. CAA 0 issue \"letsencrypt.org\"" } },
	{ "aliases in a circle are unknown", NAME, { "CNAME a.test|@a.test CNAME " S, "0 issue letsencrypt.org" }, CAA_LOOKUP_FAILED, S, NULL, { NULL } },
	{ "eight aliases are followed", NAME, { "CNAME 1.t|@1.t CNAME 2.t|@2.t CNAME 3.t|@3.t CNAME 4.t|@4.t CNAME 5.t|@5.t CNAME 6.t|@6.t CNAME 7.t|@7.t CNAME 8.t|@8.t 0 issue letsencrypt.org" }, CAA_NAMED, "8.t", "8.t. CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "nine aliases are unknown", NAME, { "CNAME 1.t|@1.t CNAME 2.t|@2.t CNAME 3.t|@3.t CNAME 4.t|@4.t CNAME 5.t|@5.t CNAME 6.t|@6.t CNAME 7.t|@7.t CNAME 8.t|@8.t CNAME 9.t" }, CAA_LOOKUP_FAILED, S, NULL, { NULL } },
	{ "an owner in another case is the same name", NAME, { "@SHOP.Customer.com 0 issue ca.test" }, CAA_NOT_NAMED, S, S ". CAA 0 issue \"ca.test\"", { ADD_S } },
	{ "an owner of the root has one dot", NAME, { "CNAME .|@. 0 issue ca.test" }, CAA_NOT_NAMED, ".", ". CAA 0 issue \"ca.test\"", { ". CAA 0 issue \"letsencrypt.org\"" } },

	/* -- issue and issuewild */
	{ "one of several issuers is enough", NAME, { NULL, "0 issue ca.test|0 issue letsencrypt.org|0 issue ssl.com" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "nobody beside us is still us", NAME, { NULL, "0 issue ;|0 issue letsencrypt.org" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "the first in byte order of those that forbid is shown", NAME, { NULL, "0 issue ssl.com|0 issue ca.test" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"ca.test\"", { ADD_C } },
	{ "issuewild does not count for a name", NAME, { NULL, "0 issuewild ;" }, CAA_NO_RULE, C, NULL, { NULL } },
	{ "issuewild does not permit a name", NAME, { NULL, "0 issue ca.test|0 issuewild letsencrypt.org" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"ca.test\"", { ADD_C } },
	{ "a name that is forbidden is not given issuewild", NAME, { NULL, "0 issue ;|0 issuewild ;" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \";\"", { ADD_C } },
	{ "issue counts for a wildcard when there is no issuewild", WILD, { NULL, "0 issue letsencrypt.org" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "a wildcard that issue forbids needs an issue, which shuts out nobody", WILD, { NULL, "0 issue ca.test" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"ca.test\"", { ADD_C } },
	{ "issuewild alone counts for a wildcard", WILD, { NULL, "0 issue ca.test|0 issuewild letsencrypt.org" }, CAA_NAMED, C, C ". CAA 0 issuewild \"letsencrypt.org\"", { NULL } },
	{ "a wildcard that issuewild forbids is forbidden whatever issue says", WILD, { NULL, "0 issue letsencrypt.org|0 issuewild ;" }, CAA_NOT_NAMED, C, C ". CAA 0 issuewild \";\"", { ADD_C_WILD } },
	{ "a wildcard that both forbid needs both", WILD, { NULL, "0 issue ca.test|0 issuewild ca.test" }, CAA_NOT_NAMED, C, C ". CAA 0 issuewild \"ca.test\"", { ADD_C, ADD_C_WILD } },
	{ "a wildcard without issue records needs issuewild only", WILD, { NULL, "0 issuewild ca.test" }, CAA_NOT_NAMED, C, C ". CAA 0 issuewild \"ca.test\"", { ADD_C_WILD } },
	{ "an empty issuewild is an issuewild", WILD, { NULL, "0 issue letsencrypt.org|0 issuewild " }, CAA_NOT_NAMED, C, C ". CAA 0 issuewild \"\"", { ADD_C_WILD } },
	{ "a wildcard is asked for at the name without its star", WILD, { "0 issue letsencrypt.org", "0 issuewild ;" }, CAA_NAMED, S, S ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "a wildcard is permitted where nothing is about certificates", WILD, { NULL, "0 iodef mailto:a@b.test" }, CAA_NO_RULE, C, NULL, { NULL } },

	/* -- nobody */
	{ "a semicolon permits nobody", NAME, { NULL, "0 issue ;" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \";\"", { ADD_C } },
	{ "an empty value permits nobody", NAME, { NULL, "0 issue " }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"\"", { ADD_C } },
	{ "a value that is not there permits nobody", NAME, { NULL, "0 issue" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"\"", { ADD_C } },
	{ "blanks permit nobody", NAME, { NULL, "0 issue  \\009 " }, CAA_NOT_NAMED, C, C ". CAA 0 issue \" \\009 \"", { ADD_C } },
	{ "a semicolon among blanks permits nobody", NAME, { NULL, "0 issue  ; " }, CAA_NOT_NAMED, C, C ". CAA 0 issue \" ; \"", { ADD_C } },
	{ "parameters without issuer permit nobody", NAME, { NULL, "0 issue ; accounturi=" US }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"; accounturi=" US "\"", { ADD_C } },
	{ "percent signs permit nobody", NAME, { NULL, "0 issue %%%%" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"%%%%\"", { ADD_C } },
	{ "quotes of its own spoil a value", NAME, { NULL, "0 issue \"letsencrypt.org\"" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"\\\"letsencrypt.org\\\"\"", { ADD_C } },
	{ "two quotes are not an empty value, and permit nobody either", NAME, { NULL, "0 issue \"\"" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"\\\"\\\"\"", { ADD_C } },
	{ "two issuers in one value permit nobody", NAME, { NULL, "0 issue letsencrypt.org ssl.com" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org ssl.com\"", { ADD_C } },
	{ "a comma between issuers permits nobody", NAME, { NULL, "0 issue letsencrypt.org,ssl.com" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org,ssl.com\"", { ADD_C } },
	{ "a URL is not an issuer", NAME, { NULL, "0 issue https://letsencrypt.org" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"https://letsencrypt.org\"", { ADD_C } },
	{ "a semicolon behind the last parameter spoils a value", NAME, { NULL, "0 issue letsencrypt.org; a=b;" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; a=b;\"", { ADD_C } },
	{ "a parameter without equals sign spoils a value", NAME, { NULL, "0 issue letsencrypt.org; validate" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; validate\"", { ADD_C } },
	{ "a parameter without semicolon spoils a value", NAME, { NULL, "0 issue letsencrypt.org a=b" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org a=b\"", { ADD_C } },
	{ "a parameter without name spoils a value", NAME, { NULL, "0 issue letsencrypt.org; =b" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; =b\"", { ADD_C } },
	{ "a parameter's name that begins with a hyphen spoils a value", NAME, { NULL, "0 issue letsencrypt.org; -a=b" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; -a=b\"", { ADD_C } },
	{ "a parameter's name that ends with a hyphen spoils a value", NAME, { NULL, "0 issue letsencrypt.org; a-=b" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; a-=b\"", { ADD_C } },
	{ "a parameter's name with an underscore spoils a value", NAME, { NULL, "0 issue letsencrypt.org; a_b=c" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; a_b=c\"", { ADD_C } },
	{ "two semicolons between parameters spoil a value", NAME, { NULL, "0 issue letsencrypt.org; a=b;; c=d" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; a=b;; c=d\"", { ADD_C } },
	{ "a delete character spoils a value", NAME, { NULL, "0 issue letsencrypt.org; a=b\\127" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; a=b\\127\"", { ADD_C } },
	{ "two dots in an issuer spoil a value", NAME, { NULL, "0 issue letsencrypt..org" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt..org\"", { ADD_C } },
	{ "the methods of another CA are not ours", NAME, { NULL, "0 issue ca.test; validationmethods=dns-01" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"ca.test; validationmethods=dns-01\"", { ADD_C } },

	/* -- who is named */
	{ "case does not count in an issuer", NAME, { NULL, "0 issue LetsEncrypt.ORG" }, CAA_NAMED, C, C ". CAA 0 issue \"LetsEncrypt.ORG\"", { NULL } },
	{ "blanks around an issuer do not count", NAME, { NULL, "0 issue \\009 letsencrypt.org \\009" }, CAA_NAMED, C, C ". CAA 0 issue \"\\009 letsencrypt.org \\009\"", { NULL } },
	{ "a semicolon behind an issuer does not count", NAME, { NULL, "0 issue letsencrypt.org ; " }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org ; \"", { NULL } },
	{ "a final dot is against the grammar, so it permits nobody", NAME, { NULL, "0 issue letsencrypt.org." }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org.\"", { ADD_C } },
	{ "a name below an issuer is another issuer", NAME, { NULL, "0 issue www.letsencrypt.org" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"www.letsencrypt.org\"", { ADD_C } },
	{ "a name that begins like an issuer is another issuer", NAME, { NULL, "0 issue letsencrypt.org.evil.test" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org.evil.test\"", { ADD_C } },
	{ "a part of an issuer is another issuer", NAME, { NULL, "0 issue letsencrypt" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt\"", { ADD_C } },
	{ "any identity of a CA will do", GOOGLE, { NULL, "0 issue google.com" }, CAA_NAMED, C, C ". CAA 0 issue \"google.com\"", { NULL } },
	{ "the first identity of a CA is advised, as the grammar wants it", GOOGLE, { NULL, "0 issue letsencrypt.org" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { C ". CAA 0 issue \"pki.goog\"" } },
	{ "a parameter of signed exchanges does not count", GOOGLE, { NULL, "0 issue pki.goog; cansignhttpexchanges=yes" }, CAA_NAMED, C, C ". CAA 0 issue \"pki.goog; cansignhttpexchanges=yes\"", { NULL } },
	{ "a CA without identities is not named by anything", NO_IDENTITY, { NULL, "0 issue letsencrypt.org" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "a CA without identities is not named by nothing", NO_IDENTITY, { NULL, "0 issue ;" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \";\"", { NULL } },
	{ "a CA without identities may issue where there are no records", NO_IDENTITY, { NULL }, CAA_NO_RECORDS, NULL, NULL, { NULL } },
	{ "an identity that is empty is not nobody", NO_NAME, { NULL, "0 issue ;" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \";\"", { NULL } },
	{ "an identity that would break a record is not advised", ODD_IDENTITY, { NULL, "0 issue ;" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \";\"", { NULL } },

	/* -- for which account */
	{ "our account may", NAME, { NULL, "0 issue letsencrypt.org; accounturi=" US }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"", { NULL } },
	{ "blanks around the parts of a parameter do not count", NAME, { NULL, "0 issue letsencrypt.org;\\009 accounturi = " US " " }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org;\\009 accounturi = " US " \"", { NULL } },
	{ "another account is not ours, and ours is advised", NAME, { NULL, "0 issue letsencrypt.org; accounturi=https://ca.test/acct/8" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=https://ca.test/acct/8\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"" } },
	{ "an account that begins like ours is another", NAME, { NULL, "0 issue letsencrypt.org; accounturi=" US "7" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "7\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"" } },
	{ "case counts in an account", NAME, { NULL, "0 issue letsencrypt.org; accounturi=https://CA.test/acct/7" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=https://CA.test/acct/7\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"" } },
	{ "an empty account is nobody's", NAME, { NULL, "0 issue letsencrypt.org; accounturi=" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"" } },
	{ "two accounts in one record are nobody's, even if one is ours", NAME, { NULL, "0 issue letsencrypt.org; accounturi=" US "; accounturi=https://ca.test/acct/8" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "; accounturi=https://ca.test/acct/8\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"" } },
	{ "our account twice in one record is nobody's", NAME, { NULL, "0 issue letsencrypt.org; accounturi=" US "; accounturi=" US }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "; accounturi=" US "\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"" } },
	{ "one record an account is how several are named", NAME, { NULL, "0 issue letsencrypt.org; accounturi=https://ca.test/acct/6|0 issue letsencrypt.org; accounturi=" US }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"", { NULL } },
	{ "a parameter's name in capitals restricts too", NAME, { NULL, "0 issue letsencrypt.org; AccountURI=x" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; AccountURI=x\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"" } },
	{ "whoever has no account yet is no account", NEW_ACCOUNT, { NULL, "0 issue letsencrypt.org; accounturi=" US }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"", { ADD_C } },
	{ "whoever has no account yet needs none elsewhere", NEW_ACCOUNT, { NULL, "0 issue letsencrypt.org" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "an account that does not fit into a record is not advised", ODD_URL, { NULL, "0 issue letsencrypt.org; accounturi=x" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=x\"", { ADD_C } },
	{ "our account at another CA does not help", NAME, { NULL, "0 issue ca.test; accounturi=" US }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"ca.test; accounturi=" US "\"", { ADD_C } },
	{ "of a CA that is not named and one for another account the nearer is shown", NAME, { NULL, "0 issue ca.test|0 issue letsencrypt.org; accounturi=x" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=x\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "\"" } },
	{ "another account for wildcards only", WILD, { NULL, "0 issue letsencrypt.org|0 issuewild letsencrypt.org; accounturi=x" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issuewild \"letsencrypt.org; accounturi=x\"", { C ". CAA 0 issuewild \"letsencrypt.org; accounturi=" US "\"" } },

	/* -- after which validation */
	{ "our method may", NAME, { NULL, "0 issue letsencrypt.org; validationmethods=http-01" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"", { NULL } },
	{ "our method may be one of several", BY_DNS, { NULL, "0 issue letsencrypt.org; validationmethods=http-01,dns-01,ca-x" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01,dns-01,ca-x\"", { NULL } },
	{ "another method is not ours, and ours is advised", NAME, { NULL, "0 issue letsencrypt.org; validationmethods=dns-01" }, CAA_OTHER_METHOD, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\"", { C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"" } },
	{ "a method that begins like ours is another", BY_DNS, { NULL, "0 issue letsencrypt.org; validationmethods=dns-01x,xdns-01,dns-0" }, CAA_OTHER_METHOD, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=dns-01x,xdns-01,dns-0\"", { C ". CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\"" } },
	{ "case counts in a method", BY_DNS, { NULL, "0 issue letsencrypt.org; validationmethods=DNS-01" }, CAA_OTHER_METHOD, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=DNS-01\"", { C ". CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\"" } },
	{ "an empty list has no method", NAME, { NULL, "0 issue letsencrypt.org; validationmethods=" }, CAA_OTHER_METHOD, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=\"", { C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"" } },
	{ "a list that ends with a comma is no list", NAME, { NULL, "0 issue letsencrypt.org; validationmethods=http-01," }, CAA_OTHER_METHOD, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01,\"", { C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"" } },
	{ "a list with a strange character is no list", NAME, { NULL, "0 issue letsencrypt.org; validationmethods=http-01,dns_01" }, CAA_OTHER_METHOD, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01,dns_01\"", { C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"" } },
	{ "a blank in a list spoils the whole value", NAME, { NULL, "0 issue letsencrypt.org; validationmethods=http-01, dns-01" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01, dns-01\"", { ADD_C } },
	{ "two lists have no method", NAME, { NULL, "0 issue letsencrypt.org; validationmethods=http-01; validationmethods=http-01" }, CAA_OTHER_METHOD, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01; validationmethods=http-01\"", { C ". CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"" } },
	{ "our account by another method is advised with both", NAME, { NULL, "0 issue letsencrypt.org; accounturi=" US "; validationmethods=dns-01" }, CAA_OTHER_METHOD, C, C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "; validationmethods=dns-01\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "; validationmethods=http-01\"" } },
	{ "another account by another method is another account", NAME, { NULL, "0 issue letsencrypt.org; validationmethods=dns-01; accounturi=x" }, CAA_OTHER_ACCOUNT, C, C ". CAA 0 issue \"letsencrypt.org; validationmethods=dns-01; accounturi=x\"", { C ". CAA 0 issue \"letsencrypt.org; accounturi=" US "; validationmethods=http-01\"" } },
	{ "a parameter that nobody knows does not count", NAME, { NULL, "0 issue letsencrypt.org; policy=ev; x-1=;y=a=b" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org; policy=ev; x-1=;y=a=b\"", { NULL } },

	/* -- tags and flags */
	{ "case does not count in a tag", NAME, { NULL, "0 ISSUE ca.test" }, CAA_NOT_NAMED, C, C ". CAA 0 ISSUE \"ca.test\"", { ADD_C } },
	{ "a tag that begins like issue is another", NAME, { NULL, "0 issuemail ;|0 issuevmc ;|0 issu ;" }, CAA_NO_RULE, C, NULL, { NULL } },
	{ "a tag that nobody knows does not count", NAME, { NULL, "0 tbs x|0 issue letsencrypt.org" }, CAA_NAMED, C, C ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "a critical tag that nobody knows forbids, even beside us", NAME, { NULL, "128 tbs x|0 issue letsencrypt.org" }, CAA_CRITICAL, C, C ". CAA 128 tbs \"x\"", { NULL } },
	{ "a critical tag that nobody knows forbids alone", NAME, { NULL, "128 tbs x" }, CAA_CRITICAL, C, C ". CAA 128 tbs \"x\"", { NULL } },
	{ "a critical tag that nobody knows forbids wildcards", WILD, { NULL, "128 tbs x|0 issuewild letsencrypt.org" }, CAA_CRITICAL, C, C ". CAA 128 tbs \"x\"", { NULL } },
	{ "the bit that many take for the critical one counts as critical", NAME, { NULL, "1 tbs x" }, CAA_CRITICAL, C, C ". CAA 1 tbs \"x\"", { NULL } },
	{ "other bits do not count", NAME, { NULL, "126 tbs x" }, CAA_NO_RULE, C, NULL, { NULL } },
	{ "all bits are critical", NAME, { NULL, "255 tbs x" }, CAA_CRITICAL, C, C ". CAA 255 tbs \"x\"", { NULL } },
	{ "issuemail is not ours to know when it is critical", NAME, { NULL, "128 issuemail ;" }, CAA_CRITICAL, C, C ". CAA 128 issuemail \";\"", { NULL } },
	{ "a critical issue is an issue", NAME, { NULL, "128 issue letsencrypt.org" }, CAA_NAMED, C, C ". CAA 128 issue \"letsencrypt.org\"", { NULL } },
	{ "a critical issuewild is an issuewild, and does not count for a name", NAME, { NULL, "128 issuewild ;" }, CAA_NO_RULE, C, NULL, { NULL } },
	{ "a critical iodef does not count", NAME, { NULL, "128 iodef mailto:a@b.test" }, CAA_NO_RULE, C, NULL, { NULL } },
	{ "a critical tag above records does not count", NAME, { "0 issue letsencrypt.org", "128 tbs x" }, CAA_NAMED, S, S ". CAA 0 issue \"letsencrypt.org\"", { NULL } },
	{ "a critical tag has to go, and an issue to come", NAME, { NULL, "0 issue ca.test|128 tbs x" }, CAA_CRITICAL, C, C ". CAA 128 tbs \"x\"", { ADD_C } },
	{ "a tag with a blank is no issue, and critical", NAME, { NULL, "128 issue\\032 letsencrypt.org" }, CAA_CRITICAL, C, C ". CAA 128 issue\\032 \"letsencrypt.org\"", { NULL } },
	{ "the same record twice is one", NAME, { NULL, "0 issue ca.test|0 issue ca.test" }, CAA_NOT_NAMED, C, C ". CAA 0 issue \"ca.test\"", { ADD_C } },
};

/* ----------------------------------------------- a row becomes answers */

static void
read_record(struct arena *a, const char *asked, const char *text, struct dns_reply *reply)
{
	struct dns_record *r = &reply->records[reply->count];

	r->type = DNS_CAA;
	r->owner = asked;
	if (*text == '@') {
		size_t len = strcspn(text, " ");

		r->owner = arena_strndup(a, text + 1, len - 1);
		text += len + 1;
	}
	if (strncmp(text, "CNAME ", 6) == 0) {
		r->type = DNS_CNAME;
		text += 6;
	}
	r->value = text;
	reply->count++;
}

static struct caa_answer
read_level(struct arena *a, const char *asked, const char *text)
{
	struct caa_answer answer = { .name = asked };
	struct dns_reply *reply = arena_alloc(a, sizeof *reply);
	char *rest = arena_strdup(a, text != NULL ? text : ""), *one;

	reply->records = arena_alloc(a, 32 * sizeof *reply->records);
	if (strcmp(rest, "timeout") == 0) {
		answer.err = (struct err){ "dns_timeout", NULL, BLAME_US, 30 };
		return answer;
	}
	if (strcmp(rest, "nothing") == 0)
		return answer;
	answer.reply = reply;
	while ((one = strsep(&rest, "|")) != NULL && *one != '\0') {
		if (strcmp(one, "NXDOMAIN") == 0)
			reply->rcode = 3;
		else if (strcmp(one, "SERVFAIL") == 0)
			reply->rcode = 2;
		else if (strcmp(one, "REFUSED") == 0)
			reply->rcode = 5;
		else if (strcmp(one, "TC") == 0)
			reply->truncated = true;
		else
			read_record(a, asked, one, reply);
	}
	return answer;
}

static void
read_levels(struct arena *a, const struct row *row, struct caa_answer answers[3])
{
	static const char *const names[] = { S, C, "com" };

	for (size_t i = 0; i < 3; i++)
		answers[i] = read_level(a, names[i], row->levels[i]);
}

static enum caa_outcome
outcome_of(enum caa_why why)
{
	return why <= CAA_NOT_ASKED ? CAA_UNKNOWN : why <= CAA_OTHER_METHOD ? CAA_FORBIDDEN : CAA_PERMITTED;
}

static void
expect_text(const char *got, const char *wanted, const struct row *row)
{
	bool same = got == wanted || (got != NULL && wanted != NULL && strcmp(got, wanted) == 0);

	cr_expect(same, "%s: %s", row->sentence, got != NULL ? got : "NULL");
}

static void
expect_row(const struct row *row, const struct caa_decision *d)
{
	static const char *const codes[] = { "caa_unknown", "caa_excludes", NULL };
	const char *code = codes[outcome_of(row->why)];

	if (row->why == CAA_OTHER_ACCOUNT || row->why == CAA_OTHER_METHOD)
		code = "caa_restricted";
	cr_expect_eq(d->why, row->why, "%s: %d", row->sentence, d->why);
	cr_expect_eq(d->outcome, outcome_of(row->why), "%s", row->sentence);
	expect_text(d->where, row->where, row);
	expect_text(d->record, row->record, row);
	expect_text(d->err.code, code, row);
	expect_text(d->fix[0], row->fix[0], row);
	expect_text(d->fix[1], row->fix[1], row);
	cr_expect_null(d->fix[2]);
}

#define EACH_ROW(row) const struct row *row = rows; row < rows + sizeof rows / sizeof rows[0]; row++

Test(caa, each_row_holds)
{
	cr_assert_geq(sizeof rows / sizeof rows[0], 80);
	for (EACH_ROW(row)) {
		auto_arena *a = arena_new(1 << 20);
		struct caa_answer answers[3];
		struct caa_decision d;

		read_levels(a, row, answers);
		d = caa_decide(a, answers, 3, &questions[row->question]);
		expect_row(row, &d);
	}
}

Test(caa, the_order_of_records_changes_nothing)
{
	for (EACH_ROW(row)) {
		auto_arena *a = arena_new(1 << 20);
		struct caa_answer answers[3];
		struct caa_decision d;

		read_levels(a, row, answers);
		for (size_t i = 0; i < 3; i++) {
			const struct dns_reply *reply = answers[i].reply;

			for (size_t k = 0; reply != NULL && k < reply->count / 2; k++) {
				struct dns_record first = reply->records[k];

				reply->records[k] = reply->records[reply->count - 1 - k];
				reply->records[reply->count - 1 - k] = first;
			}
		}
		d = caa_decide(a, answers, 3, &questions[row->question]);
		expect_row(row, &d);
	}
}

/* ------------------------------------------- what is advised does help */

/* `owner. CAA flags tag "value"`, as added to the zone: to the answer that
 * holds the owner's records, or to the one for the owner itself. */
static void
add_to_zone(struct arena *a, struct caa_answer answers[3], const struct caa_decision *d, const char *line)
{
	const char *caa = strstr(line, " CAA "), *quote = strchr(line, '"');
	const char *owner = arena_strndup(a, line, (size_t)(caa - line) - (caa - line > 1));
	const char *value = arena_printf(a, "%.*s%.*s", (int)(quote - caa - 5), caa + 5,
	    (int)strlen(quote) - 2, quote + 1);

	for (size_t i = 0; i < 3; i++) {
		if (strcmp(answers[i].name, strcmp(owner, d->where) == 0 ? d->asked : owner) == 0)
			read_record(a, owner, value, (struct dns_reply *)answers[i].reply);
	}
}

static void
remove_critical(struct caa_answer answers[3])
{
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < answers[i].reply->count; k++) {
			struct dns_record *r = &answers[i].reply->records[k];

			if (strncmp(r->value, "0 ", 2) != 0)
				*r = (struct dns_record){ r->owner, DNS_TXT, 60, "" };
		}
	}
}

Test(caa, who_does_what_is_advised_is_permitted)
{
	for (EACH_ROW(row)) {
		auto_arena *a = arena_new(1 << 20);
		struct caa_question q = questions[row->question];
		struct caa_answer answers[3];
		struct caa_decision d;

		if (outcome_of(row->why) != CAA_FORBIDDEN || (row->fix[0] == NULL && row->why != CAA_CRITICAL))
			continue;
		read_levels(a, row, answers);
		d = caa_decide(a, answers, 3, &q);
		if (d.why == CAA_CRITICAL)
			remove_critical(answers);
		for (const char *const *fix = d.fix; *fix != NULL; fix++)
			add_to_zone(a, answers, &d, *fix);
		d = caa_decide(a, answers, 3, &q);
		cr_expect_eq(d.outcome, CAA_PERMITTED, "%s", row->sentence);
		/* and so is the name itself, which a wildcard certificate has too */
		q.name = S;
		d = caa_decide(a, answers, 3, &q);
		cr_expect_eq(d.outcome, CAA_PERMITTED, "%s, for the name", row->sentence);
	}
}

/* ---------------------------------------------------- which names to ask */

static const struct { const char *name; const char *asked[5]; } climbs[] = {
	{ "shop.customer.com", { "shop.customer.com", "customer.com", "com" } },
	{ "*.shop.customer.com", { "shop.customer.com", "customer.com", "com" } },
	{ "Shop.Customer.COM.", { "shop.customer.com", "customer.com", "com" } },
	{ "_acme-challenge.customer.com", { "_acme-challenge.customer.com", "customer.com", "com" } },
	{ "com", { "com" } },
	{ "*.com", { "com" } },
	{ "*", { NULL } },
	{ "", { NULL } },
	{ ".", { NULL } },
	{ "a..b", { NULL } },
	{ "*.*.customer.com", { NULL } },
	{ "192.0.2.1", { NULL } },
};

Test(caa, the_climb_goes_from_the_name_to_the_top_domain)
{
	for (size_t i = 0; i < sizeof climbs / sizeof climbs[0]; i++) {
		auto_arena *a = arena_new(1 << 16);
		const char *names[CAA_MAX_NAMES];
		size_t count = caa_names(a, climbs[i].name, names);

		for (size_t k = 0; k < count; k++)
			cr_assert_str_eq(names[k], climbs[i].asked[k]);
		cr_expect_null(climbs[i].asked[count], "%s", climbs[i].name);
	}
}

Test(caa, a_name_of_127_labels_is_asked_at_all_of_them)
{
	auto_arena *a = arena_new(1 << 20);
	const char *names[CAA_MAX_NAMES];
	struct caa_answer answers[CAA_MAX_NAMES];
	struct caa_question q = questions[NAME];
	char name[254] = "";

	for (int i = 0; i < 253; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	cr_assert_eq(caa_names(a, name, names), CAA_MAX_NAMES);
	q.name = name;
	for (size_t i = 0; i < CAA_MAX_NAMES; i++)
		answers[i] = read_level(a, names[i], i + 1 == CAA_MAX_NAMES ? "0 issue ;" : NULL);
	cr_expect_eq(caa_decide(a, answers, CAA_MAX_NAMES, &q).why, CAA_NOT_NAMED);
	cr_expect_eq(caa_decide(a, answers, CAA_MAX_NAMES - 1, &q).why, CAA_NOT_ASKED);
}

/* ------------------------------------------------- what the caller owes */

Test(caa, answers_that_end_too_early_are_unknown_and_say_where_to_go_on)
{
	auto_arena *a = arena_new(1 << 16);
	struct caa_answer answers[3] = { read_level(a, S, NULL), read_level(a, C, "0 issue letsencrypt.org") };
	struct caa_decision d = caa_decide(a, answers, 1, &questions[NAME]);

	cr_expect_eq(d.outcome, CAA_UNKNOWN);
	cr_expect_eq(d.why, CAA_NOT_ASKED);
	cr_expect_str_eq(d.where, C);
	cr_expect_eq(caa_decide(a, answers, 0, &questions[NAME]).why, CAA_NOT_ASKED);
	cr_expect_eq(caa_decide(a, answers, 2, &questions[NAME]).why, CAA_NAMED);
}

/* The same name asked again and again once let certificates through. */
Test(caa, answers_of_another_name_are_unknown)
{
	auto_arena *a = arena_new(1 << 16);
	struct caa_answer answers[3] = { read_level(a, S, NULL), read_level(a, S, NULL), read_level(a, S, NULL) };

	cr_expect_eq(caa_decide(a, answers, 3, &questions[NAME]).why, CAA_NOT_ASKED);
	answers[0] = read_level(a, "other.test", "0 issue letsencrypt.org");
	cr_expect_eq(caa_decide(a, answers, 3, &questions[NAME]).why, CAA_NOT_ASKED);
}

Test(caa, what_is_not_a_name_is_unknown)
{
	auto_arena *a = arena_new(1 << 16);
	struct caa_question q = questions[NAME];

	q.name = "a..b";
	cr_expect_eq(caa_decide(a, NULL, 0, &q).outcome, CAA_UNKNOWN);
}

Test(caa, the_flag_makes_a_wildcard_of_a_name)
{
	auto_arena *a = arena_new(1 << 16);
	struct caa_answer answers[3] = { read_level(a, S, "0 issuewild ;|0 issue letsencrypt.org") };
	struct caa_question q = questions[NAME];

	cr_expect_eq(caa_decide(a, answers, 1, &q).why, CAA_NAMED);
	q.wildcard = true;
	cr_expect_eq(caa_decide(a, answers, 1, &q).why, CAA_NOT_NAMED);
}

Test(caa, a_zeroed_decision_is_no_permission)
{
	struct caa_decision d = { 0 };

	cr_expect_eq(d.outcome, CAA_UNKNOWN);
}

/* ------------------------------------------------------------ sentences */

Test(caa, a_failed_lookup_keeps_the_blame_and_the_time_of_its_error)
{
	auto_arena *a = arena_new(1 << 16);
	struct caa_answer answers[3] = { read_level(a, S, "timeout") };
	struct caa_decision d = caa_decide(a, answers, 1, &questions[NAME]);

	cr_expect_eq(d.err.blame, BLAME_US);
	cr_expect_eq(d.err.retry_after, 30);
	cr_expect_str_eq(d.err.detail, "CAA of " S ": our resolver did not answer in time");
	answers[0].err.detail = "2 s";
	d = caa_decide(a, answers, 1, &questions[NAME]);
	cr_expect_str_eq(d.err.detail, "CAA of " S ": our resolver did not answer in time (2 s)");
}

static const char *
detail_of(struct arena *a, int question, const char *records)
{
	struct caa_answer answers[3] = { read_level(a, S, records) };

	return caa_decide(a, answers, 1, &questions[question]).err.detail;
}

Test(caa, the_sentence_says_which_record_decides_and_what_to_add)
{
	auto_arena *a = arena_new(1 << 16);

	cr_expect_str_eq(detail_of(a, NAME, "0 issue ;"),
	    S ". CAA 0 issue \";\" decides for " S "; add " ADD_S);
	cr_expect_str_eq(detail_of(a, WILD, "0 issue ;|0 issuewild ;"),
	    S ". CAA 0 issuewild \";\" decides for " S "; add " ADD_S " and " S ". CAA 0 issuewild \"letsencrypt.org\"");
	cr_expect_str_eq(detail_of(a, NAME, "128 tbs x"),
	    S ". CAA 128 tbs \"x\" decides for " S ", is critical and not understood; remove it");
	cr_expect_str_eq(detail_of(a, NAME, "128 tbs x|0 issue ;"),
	    S ". CAA 128 tbs \"x\" decides for " S ", is critical and not understood; remove it and add " ADD_S);
	cr_expect_str_eq(detail_of(a, NO_IDENTITY, "0 issue ;"),
	    S ". CAA 0 issue \";\" decides for " S);
	cr_expect_null(detail_of(a, NAME, "0 issue letsencrypt.org"));
}

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

Test(caa, the_sentence_shows_the_beginning_of_a_long_record)
{
	auto_arena *a = arena_new(1 << 16);

	cr_expect_str_eq(detail_of(a, NAME, "0 issue " HUNDRED HUNDRED),
	    S ". CAA 0 issue \"" HUNDRED TEN TEN "01234567... decides for " S "; add " ADD_S);
}

/* base/dns.h lets no such value through; who makes one gains nothing. */
Test(caa, a_value_that_is_longer_than_any_permits_nobody)
{
	auto_arena *a = arena_new(1 << 20);
	char value[16 + 5000] = "0 issue ";
	struct caa_answer answers[3];

	strncat(value, "letsencrypt.org;a=", 32);
	memset(value + strlen(value), 'x', 4096 + 8 - strlen(value));
	answers[0] = read_level(a, S, value);
	cr_expect_eq(caa_decide(a, answers, 1, &questions[NAME]).why, CAA_NAMED);
	strncat(value, "x", 2);
	answers[0] = read_level(a, S, value);
	cr_expect_eq(caa_decide(a, answers, 1, &questions[NAME]).why, CAA_NOT_NAMED);
}
