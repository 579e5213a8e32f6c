/* The command line of the real program on a real database: good and bad input,
 * what it prints, and its exit codes. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/cli.h"

TestSuite(cli_empty, .init = take_empty, .fini = give_back, .timeout = 120);
TestSuite(cli, .init = take_migrated, .fini = give_back, .timeout = 120);

/* ---- the schema -------------------------------------------------------------------- */

Test(cli_empty, migrating_twice_does_nothing_the_second_time)
{
	auto_ran first = run_certwright(db, "migrate", NULL);
	auto_ran second = run_certwright(db, "migrate", NULL);

	assert_says(&first, "applied 0001_tables.sql\n");
	assert_says(&first, "public suffix rules");
	cr_assert_str_eq(second.out, "nothing to do: the database is up to date\n");
	cr_assert_eq(second.code, 0);
}

Test(cli_empty, an_empty_database_is_too_old_for_every_command)
{
	auto_ran status = run_certwright(db, "status", NULL);
	auto_ran run = run_certwright(db, "run", "--once", "--key-encryption-key-file", key, NULL);
	auto_ran zones = run_certwright(db, "zone", "list", NULL);

	assert_error(&status, 5, "run certwright migrate");
	assert_error(&run, 5, "run certwright migrate");
	assert_error(&zones, 5, "run certwright migrate");
}

Test(cli, a_database_of_a_newer_program_is_refused)
{
	command_sql(db, "insert into certwright.schema_migration (name, hash) values ('9999_future.sql', 'x')");
	auto_ran run = run_certwright(db, "run", "--once", "--key-encryption-key-file", key, NULL);
	auto_ran migrate = run_certwright(db, "migrate", NULL);

	assert_error(&run, 5, "9999_future.sql");
	assert_error(&migrate, 5, "install the newer program");
}

/* ---- options and files ---------------------------------------------------------------- */

Test(cli, wrong_options_are_named)
{
	auto_ran unknown = run_certwright(db, "status", "--frobnicate", NULL);
	auto_ran value = run_certwright(db, "status", "--http-port", "99999", NULL);
	auto_ran file = run_certwright(db, "status", "--config", "/nonexistent.conf", NULL);
	auto_ran none = run_certwright(NULL, NULL);

	assert_error(&unknown, 2, "there is no option --frobnicate");
	assert_error(&value, 2, "http_port must be a whole number from 1 to 65535");
	assert_error(&file, 2, "/nonexistent.conf: no such file or directory");
	assert_error(&none, 2, "no command was given");
}

Test(cli, an_unreachable_database_is_exit_code_4)
{
	auto_ran status = run_certwright("host=/nonexistent dbname=x", "status", NULL);
	auto_ran run = run_certwright("host=/nonexistent dbname=x password=geheim", "run",
	    "--key-encryption-key-file", key, NULL);

	assert_error(&status, 4, "could not connect");
	assert_error(&run, 4, "could not connect");
	cr_assert_null(strstr(run.err, "geheim"));
}

Test(cli, a_wrong_key_file_is_told_apart)
{
	auto_ran none = run_certwright(db, "run", NULL);
	auto_ran missing = run_certwright(db, "run", "--key-encryption-key-file", "/nonexistent", NULL);

	assert_error(&none, 2, "key_encryption_key_file is not set");
	assert_error(&missing, 2, "key_encryption_key_file: ");
	write_key(31);
	auto_ran small = run_certwright(db, "run", "--key-encryption-key-file", key, NULL);
	assert_error(&small, 2, "key_encryption_key_file: ");
	write_key(33);
	auto_ran large = run_certwright(db, "run", "--key-encryption-key-file", key, NULL);
	assert_error(&large, 2, "key_encryption_key_file: ");
	write_key(32);
	cr_assert_eq(chmod(key, 0644), 0);
	auto_ran open_to_all = run_certwright(db, "ca", "add", "google", "--key-encryption-key-file", key, NULL);
	assert_error(&open_to_all, 2, "");
}

/* ---- zones, hostnames, webhooks ------------------------------------------------------------ */

static void
add_zone(const char *name)
{
	auto_ran ran = run_certwright(db, "zone", "add", name, "--cname-target", "customers.provider.test",
	    "--allow-reserved-names", NULL);

	assert_says(&ran, "customers.provider.test");
}

Test(cli, a_hostname_is_added_shown_refreshed_and_removed)
{
	add_zone("shop");
	auto_ran add = run_certwright(db, "hostname", "add", "WWW.customer.test.", NULL);
	auto_ran list = run_certwright(db, "hostname", "list", NULL);
	auto_ran one = run_certwright(db, "status", "www.customer.test", NULL);
	auto_ran all = run_certwright(db, "status", NULL);
	auto_ran refresh = run_certwright(db, "refresh", "www.customer.test", NULL);
	auto_ran renew = run_certwright(db, "renew", "www.customer.test", NULL);
	auto_ran events = run_certwright(db, "events", NULL);
	auto_ran remove = run_certwright(db, "hostname", "remove", "www.customer.test", NULL);

	assert_says(&add, "www.customer.test");
	assert_says(&add, "_cf-custom-hostname.www.customer.test");
	assert_says(&add, "customers.provider.test");
	assert_says(&list, "initializing");
	assert_says(&one, "rsa2048");
	assert_says(&all, "hostnames     1 pending");
	assert_says(&refresh, "its schedule begins anew");
	assert_says(&renew, "www.customer.test has no certificates that are served yet");
	assert_says(&events, "custom_hostname.refreshed");
	assert_says(&remove, "www.customer.test is deleted");
}

static const struct { const char *name, *part; } refused[] = {
	{ "192.0.2.1", "(code 1407)" },
	{ "a b.test", "(code 1407)" },
	{ "b\xc3\xbc" "cher.test", "(code 1408)" },
	{ "com", "(code 14" },
};

Test(cli, refused_hostnames_show_the_documented_message_and_code)
{
	add_zone("shop");
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		auto_ran ran = run_certwright(db, "hostname", "add", refused[i].name, NULL);

		assert_error(&ran, 1, refused[i].part);
	}
	auto_ran first = run_certwright(db, "hostname", "add", "www.customer.test", NULL);
	auto_ran second = run_certwright(db, "hostname", "add", "www.customer.test", NULL);
	cr_assert_eq(first.code, 0, "%s", first.err);
	assert_error(&second, 1, "Duplicate custom hostname found. (code 1406)");
}

Test(cli, what_does_not_exist_is_exit_code_3)
{
	auto_ran zone = run_certwright(db, "zone", "show", "nope", NULL);
	auto_ran add = run_certwright(db, "hostname", "add", "www.customer.test", NULL);
	auto_ran show = run_certwright(db, "hostname", "show", "www.customer.test", NULL);
	auto_ran status = run_certwright(db, "status", "www.customer.test", NULL);
	auto_ran webhook = run_certwright(db, "webhook", "show", "nope", NULL);

	assert_error(&zone, 3, "there is no zone \"nope\"");
	assert_error(&add, 3, "there is no zone yet");
	assert_error(&show, 3, "there is no custom hostname \"www.customer.test\"");
	assert_error(&status, 3, "there is no custom hostname");
	assert_error(&webhook, 3, "there is no webhook \"nope\"");
}

Test(cli, with_several_zones_one_has_to_be_named)
{
	add_zone("one");
	add_zone("two");
	auto_ran which = run_certwright(db, "hostname", "add", "www.customer.test", NULL);
	auto_ran named = run_certwright(db, "hostname", "add", "www.customer.test", "--zone", "two", "--no-ssl", NULL);

	assert_error(&which, 1, "say which with --zone");
	cr_assert_eq(named.code, 0, "%s", named.err);
}

Test(cli, a_webhook_s_secret_is_shown_once_and_stored_sealed)
{
	add_zone("shop");
	auto_ran add = run_certwright(db, "webhook", "add", "https://hooks.provider.test/in", "--name", "main",
	    "--key-encryption-key-file", key, NULL);
	auto_ran show = run_certwright(db, "webhook", "show", "main", NULL);
	auto_ran bad = run_certwright(db, "webhook", "add", "http://hooks.provider.test/in", NULL);

	assert_says(&add, "whsec_");
	assert_says(&show, "https://hooks.provider.test/in");
	cr_assert_null(strstr(show.out, "whsec_"));
	assert_error(&bad, 1, "https");
	command_sql(db, "do $$ begin assert (select count(*) = 1 and bool_and(secret_clear is null and"
	    " octet_length(secret) > 30) from certwright.webhook); end $$");
}

/* ---- edits and holds ------------------------------------------------------------------------ */

Test(cli, every_setting_of_a_zone_is_given_changed_and_taken_back)
{
	auto_ran add = run_certwright(db, "zone", "add", "shop", "--json", "--cname-target", "a.test,b.test",
	    "--apex-prefixes", "192.0.2.0/24,2001:db8::/32", "--key-types", "p256", "--creations-per-minute", "7",
	    "--authorities", "lets_encrypt", "--account", "acc-1", "--allow-reserved-names",
	    "--metadata-on-wildcards", "--revoke-on-delete", "--fallback-origin", "origin.test", NULL);
	auto_json *zone = json_of(&add);
	auto_json *want = json_pack("{s:[ss],s:[ss],s:[s],s:i,s:[s],s:s,s:b,s:b,s:b,s:s,s:s}",
	    "cname_targets", "a.test", "b.test", "apex_prefixes", "192.0.2.0/24", "2001:db8::/32", "key_types", "p256",
	    "creations_per_minute", 7, "certificate_authorities", "lets_encrypt", "account_id", "acc-1",
	    "allow_reserved_names", 1, "metadata_on_wildcards", 1, "revoke_on_delete", 1,
	    "fallback_origin", "origin.test", "fallback_status", "initializing");
	const char *member;
	json_t *value;

	json_object_foreach(want, member, value)
		cr_assert(json_equal(json_object_get(zone, member), value), "%s: %s", member, add.out);
	auto_ran edit = run_certwright(db, "zone", "edit", "shop", "--json", "--cname-target", "c.test",
	    "--apex-prefixes", "none", "--creations-per-minute", "none", "--key-types", "none", "--account", "none",
	    "--fallback-origin", "none", "--no-reserved-names", "--no-metadata-on-wildcards", "--no-revoke-on-delete", NULL);
	auto_json *after = json_of(&edit);
	auto_json *now = json_pack("{s:[s],s:[],s:[ss],s:n,s:[s],s:n,s:b,s:b,s:b,s:n,s:n}", "cname_targets", "c.test",
	    "apex_prefixes", "key_types", "p256", "rsa2048", "creations_per_minute", "certificate_authorities",
	    "lets_encrypt", "account_id", "allow_reserved_names", 0, "metadata_on_wildcards", 0, "revoke_on_delete", 0,
	    "fallback_origin", "fallback_status");
	json_object_foreach(now, member, value)
		cr_assert(json_equal(json_object_get(after, member), value), "%s: %s", member, edit.out);
}

Test(cli, a_wrong_edit_says_why_and_changes_nothing)
{
	add_zone("shop");
	auto_ran nothing = run_certwright(db, "zone", "edit", "shop", NULL);
	auto_ran number = run_certwright(db, "zone", "edit", "shop", "--creations-per-minute", "many", NULL);
	auto_ran zero = run_certwright(db, "zone", "edit", "shop", "--creations-per-minute", "0", NULL);
	auto_ran prefix = run_certwright(db, "zone", "edit", "shop", "--account", "new", "--apex-prefixes", "x", NULL);
	auto_ran origin = run_certwright(db, "zone", "edit", "shop", "--account", "new", "--fallback-origin", "*.x.test",
	    NULL);
	auto_ran both = run_certwright(db, "zone", "edit", "shop", "--revoke-on-delete", "--no-revoke-on-delete", NULL);
	auto_ran zone = run_certwright(db, "zone", "edit", "nope", "--account", "x", NULL);
	auto_ran json = run_certwright(db, "hostname", "add", "www.customer.test", "--metadata", "{plan", NULL);
	auto_ran array = run_certwright(db, "hostname", "add", "www.customer.test", "--metadata", "[1]", NULL);
	auto_ran sni = run_certwright(db, "hostname", "add", "www.customer.test", "--origin-sni", "a.test", NULL);
	auto_ran ssl = run_certwright(db, "hostname", "add", "www.customer.test", "--no-ssl", "--branding", NULL);
	auto_ran show = run_certwright(db, "zone", "show", "shop", "--json", NULL);
	auto_json *after = json_of(&show);

	assert_error(&nothing, 2, "zone edit needs an option that says what to change");
	assert_error(&number, 2, "--creations-per-minute must be a whole number from 1, or none");
	assert_error(&zero, 2, "--creations-per-minute must be a whole number from 1, or none");
	assert_error(&prefix, 1, "\"x\" is none");
	assert_error(&origin, 1, "(code 1420)");
	assert_error(&both, 2, "--revoke-on-delete and --no-revoke-on-delete exclude each other");
	assert_error(&zone, 3, "there is no zone \"nope\"");
	assert_error(&json, 2, "--metadata is not JSON");
	assert_error(&array, 2, "--metadata must be a JSON object");
	assert_error(&sni, 1, "custom_origin_sni needs a custom_origin_server");
	assert_error(&ssl, 2, "--no-ssl goes with no option of the certificate");
	cr_assert(json_is_null(json_object_get(after, "account_id")), "%s", show.out);
}

Test(cli, a_zone_is_removed_once_its_hostnames_are)
{
	add_zone("shop");
	auto_ran hook = run_certwright(db, "webhook", "add", "https://hooks.provider.test/in", NULL);
	auto_ran add = run_certwright(db, "hostname", "add", "www.customer.test", "--no-ssl", NULL);
	auto_ran early = run_certwright(db, "zone", "remove", "shop", NULL);
	auto_ran gone = run_certwright(db, "hostname", "remove", "www.customer.test", NULL);
	auto_ran remove = run_certwright(db, "zone", "remove", "shop", NULL);
	auto_ran again = run_certwright(db, "zone", "remove", "shop", NULL);

	cr_assert_eq(hook.code + add.code + gone.code, 0, "%s%s%s", hook.err, add.err, gone.err);
	assert_error(&early, 1, "(code 1400): the zone \"shop\" still has 1 custom hostname; remove them first");
	assert_says(&remove, "shop is removed");
	assert_error(&again, 3, "there is no zone \"shop\"");
}

Test(cli, a_hostname_is_edited_member_by_member)
{
	add_zone("shop");
	auto_ran add = run_certwright(db, "hostname", "add", "www.customer.test", "--json", "--metadata",
	    "{\"plan\":\"gold\"}", "--origin", "app.provider.test", "--origin-sni", "sni.provider.test",
	    "--tls-settings", "{\"min_tls_version\":\"1.2\"}", NULL);
	auto_json *first = json_of(&add);
	auto_ran edit = run_certwright(db, "hostname", "edit", "www.customer.test", "--json", "--metadata", "none",
	    "--origin-sni", "none", "--wildcard", "--authority", "ssl_com", NULL);
	auto_json *second = json_of(&edit);
	auto_ran back = run_certwright(db, "hostname", "edit", "www.customer.test", "--json", "--no-wildcard",
	    "--authority", "default", "--origin", "none", NULL);
	auto_json *third = json_of(&back);
	auto_ran take = run_certwright(db, "hostname", "edit", "www.customer.test", "--authority", "ssl_com", NULL);
	auto_ran away = run_certwright(db, "hostname", "edit", "www.customer.test", "--json", "--authority", "none", NULL);
	auto_json *fourth = json_of(&away);
	auto_ran nothing = run_certwright(db, "hostname", "edit", "www.customer.test", NULL);
	auto_ran method = run_certwright(db, "hostname", "edit", "www.customer.test", "--method", "mail", NULL);
	auto_ran none = run_certwright(db, "hostname", "edit", "x.customer.test", "--wildcard", NULL);
	const json_t *ssl = json_object_get(second, "ssl");

	cr_assert_str_eq(json_str(json_object_get(first, "custom_metadata"), "plan"), "gold");
	cr_assert_str_eq(json_str(first, "custom_origin_server"), "app.provider.test");
	cr_assert_str_eq(json_str(first, "custom_origin_sni"), "sni.provider.test");
	cr_assert_str_eq(json_str(json_object_get(json_object_get(first, "ssl"), "settings"), "min_tls_version"), "1.2");
	cr_assert_null(json_object_get(second, "custom_metadata"));
	cr_assert_null(json_object_get(second, "custom_origin_sni"));
	cr_assert_str_eq(json_str(second, "custom_origin_server"), "app.provider.test", "what is not named stays");
	cr_assert_str_eq(json_str(ssl, "method"), "txt", "a wildcard is not proven by HTTP");
	cr_assert_str_eq(json_str(ssl, "certificate_authority"), "ssl_com");
	cr_assert(json_bool(ssl, "wildcard", false));
	cr_assert_str_eq(json_str(json_object_get(ssl, "settings"), "min_tls_version"), "1.2");
	ssl = json_object_get(third, "ssl");
	cr_assert_not(json_bool(ssl, "wildcard", true));
	cr_assert_str_eq(json_str(ssl, "method"), "txt", "the method stays what it was");
	cr_assert_str_eq(json_str(ssl, "certificate_authority"), "");
	cr_assert_null(json_object_get(third, "custom_origin_server"));
	cr_assert_eq(take.code, 0, "%s", take.err);
	cr_assert_str_eq(json_str(json_object_get(fourth, "ssl"), "certificate_authority"), "");
	assert_error(&nothing, 2, "hostname edit needs an option");
	assert_error(&method, 2, "--method must be http or txt");
	assert_error(&none, 3, "there is no custom hostname \"x.customer.test\"");
}

Test(cli, a_hold_blocks_until_it_is_removed)
{
	add_zone("shop");
	auto_ran add = run_certwright(db, "hold", "add", "Customer.TEST", "--subdomains", "--reason", "asked by its owner",
	    NULL);
	auto_ran host = run_certwright(db, "hostname", "add", "www.customer.test", "--no-ssl", "--json", NULL);
	auto_json *held = json_of(&host);
	auto_ran list = run_certwright(db, "hold", "list", "--json", NULL);
	auto_json *holds = json_of(&list);
	const json_t *hold = json_array_get(holds, 0);
	auto_ran remove = run_certwright(db, "hold", "remove", "customer.test", NULL);
	auto_ran again = run_certwright(db, "hold", "remove", "customer.test", NULL);
	auto_ran bad = run_certwright(db, "hold", "add", "192.0.2.1", NULL);
	auto_ran empty = run_certwright(db, "hold", "list", NULL);

	assert_says(&add, "customer.test");
	cr_assert_str_eq(json_str(held, "status"), "blocked");
	cr_assert_str_eq(json_str(hold, "name"), "customer.test");
	cr_assert_str_eq(json_str(hold, "reason"), "asked by its owner");
	cr_assert(json_bool(hold, "include_subdomains", false));
	cr_assert_eq(json_int(hold, "blocked", 0), 1);
	assert_says(&remove, "customer.test is not held any more");
	assert_error(&again, 3, "there is no hold on \"customer.test\"");
	assert_error(&bad, 1, "(code 1407)");
	assert_says(&empty, "no name is held");
}

Test(cli, a_webhook_is_edited_and_its_secret_rotates_sealed)
{
	add_zone("shop");
	auto_ran add = run_certwright(db, "webhook", "add", "https://hooks.provider.test/in", "--name", "main",
	    "--key-encryption-key-file", key, NULL);
	auto_ran edit = run_certwright(db, "webhook", "edit", "main", "--json", "--url", "https://other.provider.test/in",
	    "--events", "custom_hostname.moved", "--failures", "on_change", "--disable", NULL);
	auto_json *webhook = json_of(&edit);
	auto_ran rotate = run_certwright(db, "webhook", "edit", "main", "--new-secret", "--events", "all", "--enable",
	    "--key-encryption-key-file", key, NULL);
	auto_ran nothing = run_certwright(db, "webhook", "edit", "main", NULL);
	auto_ran both = run_certwright(db, "webhook", "edit", "main", "--new-secret", "--no-plain-secret", NULL);
	auto_ran type = run_certwright(db, "webhook", "edit", "main", "--events", "nonsense", NULL);
	auto_ran none = run_certwright(db, "webhook", "edit", "nope", "--disable", NULL);

	assert_says(&add, "whsec_");
	cr_assert_str_eq(json_str(webhook, "url"), "https://other.provider.test/in");
	cr_assert_str_eq(json_str(webhook, "name"), "main");
	cr_assert_str_eq(json_str(webhook, "failures"), "on_change");
	cr_assert_eq(json_array_size(json_object_get(webhook, "event_types")), 1);
	cr_assert_not(json_bool(webhook, "enabled", true));
	cr_assert_null(strstr(edit.out, "whsec_"));
	assert_says(&rotate, "whsec_");
	assert_error(&nothing, 2, "webhook edit needs an option");
	assert_error(&both, 2, "exclude each other");
	assert_error(&type, 1, "event_types must be null for all");
	assert_error(&none, 3, "there is no webhook \"nope\"");
	command_sql(db, "do $$ begin assert (select count(*) = 1 and bool_and(secret_clear is null and secret <> old_secret"
	    " and octet_length(old_secret) > 30 and old_secret_until > certwright.clock_now() and event_types is null"
	    " and enabled) from certwright.webhook); end $$");
}

/* ---- check ------------------------------------------------------------------------------------ */

Test(cli, a_check_that_cannot_look_is_no_finding_and_an_unknown_hostname_an_error)
{
	add_zone("shop");
	auto_ran add = run_certwright(db, "hostname", "add", "www.customer.test", "--no-ssl", NULL);
	auto_ran none = run_certwright(db, "check", "x.customer.test", NULL);
	auto_ran zone = run_certwright(db, "check", "www.customer.test", "--zone", "nope", NULL);
	auto_ran bad = run_certwright(db, "check", "www.customer.test", "--resolvers", "nonsense", NULL);
	auto_ran deaf = run_certwright(db, "check", "www.customer.test", "--resolvers", "127.0.0.1:9", NULL);
	auto_ran json = run_certwright(db, "check", "www.customer.test", "--resolvers", "127.0.0.1:9", "--json", NULL);

	cr_assert_eq(add.code, 0, "%s", add.err);
	assert_error(&none, 3, "there is no custom hostname \"x.customer.test\"");
	assert_error(&zone, 3, "there is no zone \"nope\"");
	assert_error(&bad, 2, "resolvers is not a list");
	cr_assert_eq(deaf.code, 1, "%d: %s", deaf.code, deaf.err);
	cr_assert_not_null(strstr(deaf.out, "routing: our resolver does not answer"), "%s", deaf.out);
	cr_assert_eq(json.code, 1);
	cr_assert_eq(json.out[0], '[', "%s", json.out);
	cr_assert_not_null(strstr(json.out, "\"code\": \"dns_resolver_down\""), "%s", json.out);
}

Test(cli, a_check_in_the_lab_ends_with_6_until_the_hostname_points_at_us)
{
	const char *resolver = getenv("LAB_RESOLVER"), *knot = getenv("LAB_KNOT"), *port = getenv("LAB_HTTP_PORT");

	cr_assert(resolver != NULL && knot != NULL && port != NULL);
	add_zone("shop");
	auto_ran add = run_certwright(db, "hostname", "add", "unwell.customer.test", "--no-ssl", NULL);
	auto_ran wrong = run_certwright(db, "check", "unwell.customer.test", "--resolvers", resolver, "--dns-port",
	    strchr(knot, ':') + 1, "--http-port", port, "--allow-private-addresses", "on", NULL);
	auto_ran edit = run_certwright(db, "zone", "edit", "shop", "--cname-target", "edge.provider.test", NULL);
	auto_ran add_well = run_certwright(db, "hostname", "add", "customers.provider.test", "--no-ssl", NULL);
	auto_ran well = run_certwright(db, "check", "customers.provider.test", "--resolvers", resolver, "--dns-port",
	    strchr(knot, ':') + 1, "--http-port", port, "--allow-private-addresses", "on", NULL);

	cr_assert_eq(add.code + add_well.code + edit.code, 0, "%s%s%s", add.err, add_well.err, edit.err);
	cr_assert_eq(wrong.code, 6, "%d: %s", wrong.code, wrong.err);
	cr_assert_not_null(strstr(wrong.out, "routing: the name does not exist in the DNS"), "%s", wrong.out);
	cr_assert_not_null(strstr(wrong.out, "  expected  CNAME customers.provider.test\n"), "%s", wrong.out);
	cr_assert_not_null(strstr(wrong.out, "add a TXT record at _cf-custom-hostname.unwell.customer.test"), "%s", wrong.out);
	assert_says(&well, "all is well\n");
	assert_says(&well, "routing  ok      customers.provider.test");
}

/* ---- output --------------------------------------------------------------------------------- */

Test(cli, everything_can_be_had_as_json)
{
	static const char *const words[][2] = {
		{ "status", NULL }, { "zone", "list" }, { "hostname", "list" }, { "ca", "list" },
		{ "webhook", "list" }, { "hold", "list" }, { "events", NULL }, { "flows", NULL }, { "config", NULL },
		{ "version", NULL }, { "migrate", NULL }, { "zone", "show" },
	};

	add_zone("shop");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		bool is_show = words[i][1] != NULL && strcmp(words[i][1], "show") == 0;
		auto_ran ran = run_certwright(db, "--json", words[i][0],
		    words[i][1] != NULL ? words[i][1] : "--json", is_show ? "shop" : "--json", NULL);
		auto_json *json = json_of(&ran);

		cr_assert(json_is_object(json) || json_is_array(json), "%s", words[i][0]);
	}
}

Test(cli, tables_have_no_colour_in_a_pipe)
{
	add_zone("shop");
	auto_ran add = run_certwright(db, "hostname", "add", "www.customer.test", NULL);
	auto_ran list = run_certwright(db, "hostname", "list", NULL);

	cr_assert_eq(add.code, 0);
	assert_says(&list, "HOSTNAME           STATUS   CERTIFICATE");
	cr_assert_null(strchr(list.out, '\033'));
}

Test(cli_empty, the_three_flows_are_drawn)
{
	auto_ran ran = run_certwright(NULL, "flows", "--mermaid", NULL);

	assert_says(&ran, "title: hostname\n");
	assert_says(&ran, "title: certificate\n");
	assert_says(&ran, "title: delivery\n");
	assert_says(&ran, "    pending_validation --> pending_issuance\n");
}

Test(cli_empty, every_command_explains_itself)
{
	auto_ran all = run_certwright(NULL, "help", NULL);
	auto_ran one = run_certwright(NULL, "ca", "add", "--help", NULL);
	auto_ran group = run_certwright(NULL, "zone", NULL);

	assert_says(&all, "hostname add");
	assert_says(&all, "--challenge-listen");
	assert_says(&one, "usage: certwright ca add NAME [OPTIONS]");
	assert_says(&group, "zone list");
}

/* ---- the daemon -------------------------------------------------------------------------------- */

Test(cli, run_once_ends_when_nothing_is_due)
{
	auto_ran ran = run_certwright(db, "run", "--once", "--linger", "0s", "--key-encryption-key-file", key,
	    "--challenge-listen", "", "--admin-listen", "", "--resolvers", "127.0.0.1:9", NULL);

	cr_assert_eq(ran.code, 0, "%s", ran.err);
	cr_assert_not_null(strstr(ran.err, "message=stopped"), "%s", ran.err);
	command_sql(db, "do $$ begin assert not exists (select from certwright.shard where owner is not null);"
	    " assert not exists (select from certwright.daemon); end $$");
}

Test(cli, an_address_in_use_is_a_clear_error)
{
	auto_ran ran = run_certwright(db, "run", "--once", "--key-encryption-key-file", key,
	    "--challenge-listen", "192.0.2.1:80", "--admin-listen", "", NULL);

	cr_assert_eq(ran.code, 2, "%d: %s", ran.code, ran.err);
	cr_assert_not_null(strstr(ran.err, "certwright: "), "%s", ran.err);
	cr_assert_not_null(strstr(ran.err, "192.0.2.1:80"), "%s", ran.err);
}
