/* The commands about certificate authorities, with the real program. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/cli.h"

TestSuite(cli_ca, .init = take_migrated, .fini = give_back, .timeout = 120);

Test(cli_ca, known_authorities_come_with_their_facts)
{
	auto_ran google = run_certwright(db, "ca", "add", "google", "--json", "--key-encryption-key-file", key, NULL);
	auto_json *ca = json_of(&google);

	cr_assert_str_eq(json_str(ca, "directory"), "https://dv.acme-v02.api.pki.goog/directory");
	cr_assert_str_eq(json_string_value(json_array_get(json_object_get(ca, "caa_identities"), 0)), "pki.goog");
	cr_assert_eq(json_int(ca, "token_validity", 0), 14 * 86400);
	cr_assert_eq(json_int(ca, "preference", 0), 1);
	cr_assert_null(strstr(google.out, "account_key"));
}

Test(cli_ca, an_authority_is_refused_before_anything_is_stored)
{
	auto_ran plain = run_certwright(db, "ca", "add", "x", "--directory", "http://ca.example/dir",
	    "--key-encryption-key-file", key, NULL);
	auto_ran none = run_certwright(db, "ca", "add", "x", "--key-encryption-key-file", key, NULL);
	auto_ran half = run_certwright(db, "ca", "add", "google", "--eab-kid", "k",
	    "--key-encryption-key-file", key, NULL);
	auto_ran name = run_certwright(db, "ca", "add", "X", "--directory", "https://ca.example/dir",
	    "--key-encryption-key-file", key, NULL);
	auto_ran list = run_certwright(db, "ca", "list", NULL);

	assert_error(&plain, 2, "--directory must be an https:// URL");
	assert_error(&none, 2, "ca add x needs --directory URL");
	assert_error(&half, 2, "--eab-kid and --eab-hmac-file go together");
	assert_error(&name, 1, "lower-case letters");
	cr_assert_str_eq(list.out, "there is no certificate authority yet\n");
}

Test(cli_ca, ssl_com_has_two_directories_and_needs_a_contact)
{
	auto_ran none = run_certwright(db, "ca", "add", "ssl_com", "--key-encryption-key-file", key, NULL);
	auto_ran add = run_certwright(db, "ca", "add", "ssl_com", "--contact", "ops@provider.test", "--json",
	    "--key-encryption-key-file", key, NULL);
	auto_json *ca = json_of(&add);
	auto_ran away = run_certwright(db, "ca", "edit", "ssl_com", "--contact", "none", NULL);
	auto_ran remove = run_certwright(db, "ca", "remove", "ssl_com", NULL);
	auto_ran own = run_certwright(db, "ca", "add", "ssl_com", "--contact", "ops@provider.test", "--json",
	    "--directory", "https://ca.example/dir", "--key-encryption-key-file", key, NULL);
	auto_json *single = json_of(&own);

	assert_error(&none, 2, "ca add ssl_com needs --contact MAIL: SSL.com issues nothing to an account without a mail address");
	cr_assert_str_eq(json_str(ca, "directory"), "https://acme.ssl.com/sslcom-dv-ecc");
	cr_assert_str_eq(json_str(ca, "directory_rsa"), "https://acme.ssl.com/sslcom-dv-rsa");
	cr_assert_str_eq(json_str(ca, "rate_limits"), "published");
	assert_error(&away, 1, "ssl_com needs a contact");
	assert_says(&remove, "ssl_com is removed");
	cr_assert(json_is_null(json_object_get(single, "directory_rsa")), "%s", own.out);
	cr_assert_str_eq(json_str(single, "rate_limits"), "none");
}

/* What looks like a key in what was printed. */
static void
assert_no_secret(const struct ran *ran)
{
	static const char hmac[] = "c2VjcmV0LWhtYWMta2V5";

	cr_assert_null(strstr(ran->out, hmac), "%s", ran->out);
	cr_assert_null(strstr(ran->err, hmac), "%s", ran->err);
	cr_assert_null(strstr(ran->out, "account_key"), "%s", ran->out);
	cr_assert_null(strstr(ran->out, "eab_hmac"), "%s", ran->out);
}

Test(cli_ca, every_setting_of_an_authority_is_given_changed_and_taken_back)
{
	char hmac[] = "/tmp/cli-hmac-XXXXXX";
	int fd = mkstemp(hmac);

	cr_assert_eq(write(fd, "c2VjcmV0LWhtYWMta2V5==\n", 23), 23);
	close(fd);
	auto_ran add = run_certwright(db, "ca", "add", "own", "--directory", "https://ca.example/dir", "--disabled",
	    "--directory-rsa", "https://ca.example/rsa", "--preferred-chain", "Root X", "--rate-limits", "published",
	    "--preference", "4", "--json", "--key-encryption-key-file", key, NULL);
	auto_json *first = json_of(&add);
	auto_ran edit = run_certwright(db, "ca", "edit", "own", "--enabled", "--eab-kid", "kid-1", "--eab-hmac-file", hmac,
	    "--contact", "ops@provider.test", "--preference", "5", "--caa", "ca.example,ca2.example", "--profile", "short",
	    "--token-validity", "12h", "--orders-per-hour", "7", "--rate-limits", "none", "--trust", "/etc/../etc/hostname",
	    "--json", "--key-encryption-key-file", key, NULL);
	auto_json *second = json_of(&edit);
	command_sql(db, "do $$ begin assert (select eab_hmac is not null and position('secret-hmac-key'::bytea in eab_hmac) = 0"
	    " and octet_length(eab_hmac) > 30 from certwright.certificate_authority); end $$");
	auto_ran back = run_certwright(db, "ca", "edit", "own", "--eab-kid", "none", "--contact", "none", "--preference", "none",
	    "--caa", "none", "--profile", "none", "--token-validity", "none", "--orders-per-hour", "none", "--trust", "none",
	    "--directory-rsa", "none", "--preferred-chain", "none", "--json", NULL);
	auto_json *third = json_of(&back);
	auto_json *given = json_pack("{s:s,s:s,s:s,s:i,s:b}", "directory_rsa", "https://ca.example/rsa",
	    "preferred_chain", "Root X", "rate_limits", "published", "preference", 4, "enabled", 0);
	auto_json *now = json_pack("{s:s,s:s,s:i,s:[ss],s:s,s:i,s:i,s:s,s:s,s:b,s:s}", "eab_kid", "kid-1", "contact",
	    "ops@provider.test", "preference", 5, "caa_identities", "ca.example", "ca2.example", "profile", "short",
	    "token_validity", 43200, "orders_per_hour", 7, "rate_limits", "none", "trust_file", "/etc/hostname",
	    "enabled", 1, "preferred_chain", "Root X");
	auto_json *none = json_pack("{s:n,s:n,s:i,s:[],s:n,s:i,s:n,s:n,s:n,s:n,s:b}", "eab_kid", "contact", "preference", 100,
	    "caa_identities", "profile", "token_validity", 604800, "orders_per_hour", "trust_file", "directory_rsa",
	    "preferred_chain", "enabled", 1);
	const char *member;
	json_t *value;

	unlink(hmac);
	json_object_foreach(given, member, value)
		cr_assert(json_equal(json_object_get(first, member), value), "%s: %s", member, add.out);
	json_object_foreach(now, member, value)
		cr_assert(json_equal(json_object_get(second, member), value), "%s: %s", member, edit.out);
	json_object_foreach(none, member, value)
		cr_assert(json_equal(json_object_get(third, member), value), "%s: %s", member, back.out);
	assert_no_secret(&add);
	assert_no_secret(&edit);
}

Test(cli_ca, a_wrong_edit_of_an_authority_says_why)
{
	auto_ran add = run_certwright(db, "ca", "add", "own", "--directory", "https://ca.example/dir",
	    "--key-encryption-key-file", key, NULL);
	auto_ran nothing = run_certwright(db, "ca", "edit", "own", NULL);
	auto_ran unknown = run_certwright(db, "ca", "edit", "nope", "--disabled", NULL);
	auto_ran both = run_certwright(db, "ca", "edit", "own", "--disabled", "--enabled", NULL);
	auto_ran plain = run_certwright(db, "ca", "edit", "own", "--directory", "none", NULL);
	auto_ran rsa = run_certwright(db, "ca", "edit", "own", "--directory-rsa", "http://ca.example", NULL);
	auto_ran limits = run_certwright(db, "ca", "edit", "own", "--rate-limits", "some", NULL);
	auto_ran half = run_certwright(db, "ca", "edit", "own", "--eab-kid", "k", NULL);
	auto_ran no_key = run_certwright(db, "ca", "edit", "own", "--eab-kid", "k", "--eab-hmac-file", key, NULL);
	auto_ran contact = run_certwright(db, "ca", "edit", "own", "--contact", "nobody", NULL);

	cr_assert_eq(add.code, 0, "%s", add.err);
	assert_error(&nothing, 2, "ca edit needs an option that says what to change");
	assert_error(&unknown, 3, "there is no certificate authority named \"nope\"");
	assert_error(&both, 2, "--enabled and --disabled exclude each other");
	assert_error(&plain, 2, "--directory must be an https:// URL");
	assert_error(&rsa, 2, "--directory-rsa must be an https:// URL, or none");
	assert_error(&limits, 2, "--rate-limits must be published or none");
	assert_error(&half, 2, "--eab-kid and --eab-hmac-file go together");
	assert_error(&no_key, 2, "key_encryption_key_file is not set");
	assert_error(&contact, 1, "the contact of a certificate authority is one mail address");
}

/* All that is known of it, in lines that begin with what they say. */
Test(cli_ca, an_authority_is_shown_with_what_its_directory_says_its_health_and_its_budget)
{
	auto_ran add = run_certwright(db, "ca", "add", "own", "--directory", "https://ca.example/dir", "--orders-per-hour",
	    "20", "--key-encryption-key-file", key, NULL);
	command_sql(db, "update certwright.certificate_authority set account_url = 'https://ca.example/acct/1',"
	    " new_account_key = 'x', meta_at = certwright.clock_now(), meta = '{\"caa_identities\": [\"ca.example\"],"
	    " \"profiles\": {\"short\": \"for a week\"}, \"renewal_info\": true, \"external_account_required\": false,"
	    " \"key_change\": true, \"revoke_cert\": true}';"
	    "select certwright.note_authority_failure(id, id, 'acme_unreachable', 'no answer', null)"
	    " from certwright.certificate_authority, generate_series(1, 3);");
	auto_ran show = run_certwright(db, "ca", "show", "own", NULL);
	auto_ran list = run_certwright(db, "ca", "list", NULL);

	cr_assert_eq(add.code, 0, "%s", add.err);
	assert_says(&show, "\n  CAA identities      ca.example\n");
	assert_says(&show, "\n  profiles            short\n");
	assert_says(&show, "\n  says when to renew  yes\n");
	assert_says(&show, "\n  demands EAB         no\n");
	assert_says(&show, "\nhealthy               no\n");
	assert_says(&show, "\nlast error            no answer\n");
	assert_says(&show, "\nbudget left           2\n");
	assert_says(&show, "\naccount               https://ca.example/acct/1\n");
	assert_says(&show, "certwright ca rollover own goes on with it\n");
	cr_assert_null(strstr(show.out, "next probe            -"), "%s", show.out);
	cr_assert_null(strstr(show.out, "broken since          -"), "%s", show.out);
	assert_says(&list, "own   yes      no       0         0          3           2            2");
}

Test(cli_ca, an_authority_can_be_added_once_shown_and_removed)
{
	auto_ran add = run_certwright(db, "ca", "add", "own", "--directory", "https://ca.example/dir", "--caa",
	    "ca.example, other.example", "--token-validity", "12h", "--key-encryption-key-file", key, NULL);
	auto_ran again = run_certwright(db, "ca", "add", "own", "--directory", "https://ca.example/dir",
	    "--key-encryption-key-file", key, NULL);
	auto_ran show = run_certwright(db, "ca", "show", "own", NULL);
	auto_ran remove = run_certwright(db, "ca", "remove", "own", NULL);
	auto_ran gone = run_certwright(db, "ca", "show", "own", NULL);

	assert_says(&add, "ca.example, other.example");
	assert_error(&again, 1, "there is a certificate authority named own already");
	assert_says(&show, "43200");
	assert_says(&remove, "own is removed");
	assert_error(&gone, 3, "there is no certificate authority named \"own\"");
}

Test(cli_ca, a_new_account_key_needs_an_authority_that_answers)
{
	auto_ran add = run_certwright(db, "ca", "add", "own", "--directory", "https://127.0.0.1:9/dir",
	    "--key-encryption-key-file", key, NULL);
	auto_ran no_key = run_certwright(db, "ca", "rollover", "own", NULL);
	auto_ran unknown = run_certwright(db, "ca", "rollover", "nope", "--key-encryption-key-file", key, NULL);
	auto_ran deaf = run_certwright(db, "ca", "rollover", "own", "--allow-private-addresses", "on",
	    "--key-encryption-key-file", key, NULL);

	cr_assert_eq(add.code, 0, "%s", add.err);
	assert_error(&no_key, 2, "key_encryption_key_file is not set");
	assert_error(&unknown, 3, "there is no certificate authority named \"nope\"");
	assert_error(&deaf, 1, "own: ");
	command_sql(db, "do $$ begin assert (select new_account_key is null from certwright.certificate_authority); end $$");
}
