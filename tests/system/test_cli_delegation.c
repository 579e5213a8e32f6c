/* The delegation domain on the command line of the real program. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/system/cli.h"
#include "tests/system/daemon.h"

TestSuite(cli_delegation, .init = take_migrated, .fini = give_back, .timeout = 120);

#define DAEMON "run", "--once", "--linger", "0s", "--challenge-listen", "", "--admin-listen", "", \
	"--key-encryption-key-file", key

static void
add_hostname(void)
{
	auto_ran zone = run_certwright(db, "zone", "add", "shop", "--cname-target", "customers.provider.test",
	    "--allow-reserved-names", NULL);
	auto_ran hostname = run_certwright(db, "hostname", "add", "www.customer.test", "--method", "txt", NULL);

	assert_says(&zone, "customers.provider.test");
	assert_says(&hostname, "www.customer.test");
}

Test(cli_delegation, a_zone_shows_what_its_customers_may_delegate_to)
{
	add_hostname();
	auto_ran without = run_certwright(db, "zone", "show", "shop", NULL);
	cr_assert_null(strstr(without.out, "_acme-challenge"), "%s", without.out);
	auto_ran run = run_certwright(db, DAEMON, "--dcv-domain", "dcv.provider.test", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	auto_ran show = run_certwright(db, "zone", "show", "shop", "--json", NULL);
	auto_json *zone = json_of(&show);
	auto_arena *a = arena_new(4096);

	cr_expect_str_eq(json_str(zone, "delegation"), arena_printf(a,
	    "_acme-challenge.<hostname> CNAME <hostname>.%s.dcv.provider.test", json_str(zone, "dcv_delegation_id")));
	auto_ran status = run_certwright(db, "status", "www.customer.test", NULL);
	assert_says(&status, "_acme-challenge.www.customer.test");
	assert_says(&status, arena_printf(a, "www.customer.test.%s.dcv.provider.test", json_str(zone, "dcv_delegation_id")));
}

Test(cli_delegation, a_domain_that_holds_other_names_is_refused_until_it_is_in_use)
{
	add_hostname();
	auto_ran customer = run_certwright(db, DAEMON, "--dcv-domain", "customer.test", NULL);
	auto_ran target = run_certwright(db, DAEMON, "--dcv-domain", "provider.test", NULL);

	assert_error(&customer, 2, "dcv_domain: no custom hostname may be at or below it, and there is \"www.customer.test\"");
	assert_error(&target, 2, "\"customers.provider.test\" is a CNAME target");
	command_sql(db, "select certwright.put_setting('dcv_domain', 'customer.test')");
	auto_ran again = run_certwright(db, DAEMON, "--dcv-domain", "customer.test", NULL);
	cr_assert_eq(again.code, 0, "%s", again.err);
}

Test(cli_delegation, options_that_lack_others_are_named)
{
	auto_ran alone = run_certwright(db, "config", "--check", "--key-encryption-key-file", key, "--dns-listen",
	    "127.0.0.1:53", NULL);
	auto_ran glue = run_certwright(db, "config", "--check", "--key-encryption-key-file", key, "--dcv-domain",
	    "dcv.provider.test", "--dcv-nameservers", "ns1.dcv.provider.test", NULL);
	auto_ran update = run_certwright(db, "config", "--check", "--key-encryption-key-file", key, "--dcv-domain",
	    "dcv.provider.test", "--dcv-update-server", "127.0.0.1:53", "--dcv-update-key-file", key, NULL);

	assert_error(&alone, 2, "dns_listen: it needs dcv_domain and dcv_nameservers");
	assert_error(&glue, 2, "dcv_nameservers: ");
	assert_error(&update, 2, "dcv_update_key_file: ");
}

/* ---- certwright check ------------------------------------------------------------------ */

#define TOKEN(method, token, voided) \
	"insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token," \
	" key_authorization, txt_value, status, voided_at)" \
	" select id, 'p256', hostname, false, '', '" method "', '" token "', '" token ".thumb', 'value-" token "', 'pending', " \
	voided " from certwright.certificate;"

/* What is said about the certificate, "CODE WHERE EXPECTED" a line. */
static const char *
checked(struct arena *a)
{
	auto_ran ran = run_certwright(db, "check", "www.customer.test", "--json", "--config", lab("LAB_CONFIG"),
	    "--http-port", "8081", NULL);
	auto_json *list = json_read(ran.out, strlen(ran.out), 1 << 20, a, NULL);
	const char *text = "";
	size_t i;
	json_t *finding;

	cr_assert_not_null(list, "%s%s", ran.out, ran.err);
	json_array_foreach(list, i, finding)
		if (strcmp(json_str(finding, "purpose"), "certificate") == 0)
			text = arena_printf(a, "%s%s %s %s\n", text, json_str(finding, "code"), json_str(finding, "where"),
			    json_str(finding, "expected"));
	return text;
}

Test(cli_delegation, check_expects_only_what_is_asked_for_now)
{
	auto_arena *a = arena_new(1 << 16);

	add_hostname();
	command_sql(db, "update certwright.certificate set status = 'pending_validation';"
	    TOKEN("txt", "old", "now()") TOKEN("txt", "new", "null"));
	cr_expect_str_eq(checked(a), "value_missing _acme-challenge.www.customer.test TXT value-new\n");
}

Test(cli_delegation, check_looks_for_a_delegation_that_was_there_as_long_as_it_is_needed)
{
	auto_arena *a = arena_new(1 << 16);

	add_hostname();
	command_sql(db, "select certwright.put_setting('dcv_domain', 'dcv.provider.test');"
	    "update certwright.certificate set status = 'active'");
	cr_expect_str_eq(checked(a), "", "who never delegated need not");
	command_sql(db, "update certwright.certificate set is_delegated = true");
	cr_expect_eq(strncmp(checked(a), "no_such_name _acme-challenge.www.customer.test CNAME www.customer.test.", 67), 0,
	    "%s", checked(a));
}

Test(cli_delegation, check_asks_the_web_server_for_the_file_of_the_authority)
{
	auto_arena *a = arena_new(1 << 16);
	const char *said;

	add_hostname();
	command_sql(db, "update certwright.certificate set status = 'pending_validation', method = 'http';"
	    TOKEN("http", "DGyRejmCefe7v4NfDGDKfA", "null"));
	said = checked(a);
	cr_expect_not_null(strstr(said, " http://www.customer.test:8081/.well-known/acme-challenge/DGyRejmCefe7v4NfDGDKfA "), "%s", said);
	cr_expect_not_null(strstr(said, "DGyRejmCefe7v4NfDGDKfA.thumb"), "%s", said);
	cr_expect_null(strstr(said, "_acme-challenge."), "%s", said);
	auto_ran status = run_certwright(db, "status", "www.customer.test", NULL);
	assert_says(&status, "or http://www.customer.test/.well-known/acme-challenge/DGyRejmCefe7v4NfDGDKfA (pending)\n"
	    "   answers DGyRejmCefe7v4NfDGDKfA.thumb\n");
}
