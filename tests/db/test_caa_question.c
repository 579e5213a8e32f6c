/* For which CAs certwright check looks up CAA. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/db/sql.h"

TestSuite(caa_question, .init = sql_up, .fini = sql_down, .timeout = 60);

#define NONE "{\"methods\": [], \"wildcard\": false, \"authorities\": []}"

static void
authority(const char *name, const char *identities)
{
	sql_do("insert into certwright.certificate_authority (name, directory, caa_identities, account_key, account_url)"
	    " values ($1, 'https://ca.test/' || $1, $2::text[], 'x', 'https://ca.test/acct/' || $1)", name, identities);
}

static const char *
question(const char *hostname)
{
	return sql_value("select certwright.caa_question($1::uuid)::jsonb", hostname);
}

static const char *
names(const char *hostname)
{
	return sql_value("select string_agg(a ->> 'name', ' ') from"
	    " jsonb_array_elements(certwright.caa_question($1::uuid)::jsonb -> 'authorities') a", hostname);
}

Test(caa_question, a_hostname_without_certificate_asks_for_nobody)
{
	authority("google", "{pki.goog}");
	cr_expect_str_eq(question(sql_hostname(sql_zone("{}"), "{\"hostname\":\"shop.customer.com\"}")), NONE);
}

Test(caa_question, the_enabled_ones_are_asked_for_in_the_zones_order)
{
	const char *zone = sql_zone("{\"certificate_authorities\":[\"lets_encrypt\",\"google\"]}");
	const char *hostname = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\"}}");

	authority("google", "{pki.goog,google.com}");
	authority("lets_encrypt", "{letsencrypt.org}");
	authority("ssl_com", "{ssl.com}");
	sql_do("update certwright.certificate_authority set enabled = false where name = 'ssl_com'");
	cr_expect_str_eq(names(hostname), "lets_encrypt google");
	cr_expect_str_eq(question(hostname), "{\"methods\": [\"http-01\"], \"wildcard\": false, \"authorities\": ["
	    "{\"name\": \"lets_encrypt\", \"identities\": [\"letsencrypt.org\"], \"account_url\": \"https://ca.test/acct/lets_encrypt\"}, "
	    "{\"name\": \"google\", \"identities\": [\"pki.goog\", \"google.com\"], \"account_url\": \"https://ca.test/acct/google\"}]}");
}

Test(caa_question, a_ca_that_was_named_is_the_only_one)
{
	const char *hostname;

	authority("google", "{pki.goog}");
	authority("lets_encrypt", "{letsencrypt.org}");
	hostname = sql_hostname(sql_zone("{}"), "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\","
	    "\"certificate_authority\":\"lets_encrypt\"}}");
	cr_expect_str_eq(names(hostname), "lets_encrypt");
}

Test(caa_question, wildcards_and_txt_have_their_methods)
{
	const char *zone = sql_zone("{}");
	const char *txt = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}");
	const char *wild = sql_hostname(zone,
	    "{\"hostname\":\"wild.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\",\"wildcard\":true}}");

	cr_expect_str_eq(question(txt), "{\"methods\": [\"dns-01\", \"http-01\"], \"wildcard\": false, \"authorities\": []}");
	cr_expect_str_eq(question(wild), "{\"methods\": [\"dns-01\"], \"wildcard\": true, \"authorities\": []}");
}
