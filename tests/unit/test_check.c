/* Options that are well formed but cannot be used. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check.h"

static char key_file[] = "/tmp/check-key-XXXXXX", tsig_file[] = "/tmp/check-tsig-XXXXXX";

/* As tsig-keygen writes it. */
static const char tsig[] =
    "key \"certwright\" {\n"
    "\talgorithm hmac-sha256;\n"
    "\tsecret \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\";\n"
    "};\n";

static void
make_file(char *name, const void *bytes, size_t len)
{
	int fd = mkstemp(name);

	cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static void
make_key(void)
{
	unsigned char bytes[32];

	memset(bytes, 7, sizeof bytes);
	make_file(key_file, bytes, sizeof bytes);
	make_file(tsig_file, tsig, sizeof tsig - 1);
}

static void
remove_key(void)
{
	unlink(key_file);
	unlink(tsig_file);
}

TestSuite(check, .init = make_key, .fini = remove_key);

static void
good_options(struct conf *c)
{
	conf_defaults(c);
	c->key_encryption_key_file = key_file;
}

Test(check, the_defaults_with_a_key_are_good)
{
	auto_arena *a = arena_new(1 << 16);
	struct conf c;
	struct err err;

	good_options(&c);
	cr_assert(check_options(&c, a, &err), "%s", err.detail);
	cr_assert(check_surroundings(&c, a, &err), "%s", err.detail);
}

static const struct { const char *name, *value, *detail; } bad[] = {
	{ "key_encryption_key_file", "", "key_encryption_key_file is not set" },
	{ "key_encryption_key_file", "/nonexistent", "key_encryption_key_file: " },
	{ "challenge_listen", "somewhere", "challenge_listen: it must be ADDRESS:PORT" },
	{ "challenge_listen", "127.0.0.1", "challenge_listen: it must be ADDRESS:PORT" },
	{ "admin_listen", "localhost:1", "admin_listen: it must be ADDRESS:PORT" },
	{ "edge_probe", "127.0.0.1:99999", "edge_probe: it must be ADDRESS:PORT" },
	{ "edge_directory", "relative", "edge_directory: it must be an absolute path" },
	{ "edge_reload_command", "/bin/true", "edge_directory: it must be set" },
	{ "webhook_trust_file", "/nonexistent", "webhook_trust_file: the file cannot be read" },
	{ "ownership_txt_label", "a b", "ownership_txt_label: it must be a DNS label" },
	{ "branding_name", "a..b", "branding_name: it must be a DNS name" },
	{ "dns_listen", "127.0.0.1:53", "dns_listen: it needs dcv_domain and dcv_nameservers" },
	{ "dns_listen", "127.0.0.1", "dns_listen: each word must be ADDRESS:PORT" },
	{ "dns_listen", "127.0.0.1:53,", "dns_listen: each word must be ADDRESS:PORT" },
	{ "dns_listen", "127.0.0.1:53,ns:53", "dns_listen: each word must be ADDRESS:PORT" },
	{ "dcv_domain", "net", "dcv_domain: it must be a DNS name" },
	{ "dcv_domain", "DCV.saas.net", "dcv_domain: it must be a DNS name in lower case" },
	{ "dcv_domain", "dcv.saas.net.", "dcv_domain: it must be a DNS name in lower case without a final dot" },
	{ "dcv_domain", "*.saas.net", "dcv_domain: it must be a DNS name" },
	{ "dcv_domain", "a..net", "dcv_domain: it must be a DNS name" },
	{ "dcv_nameservers", "ns.saas.net", "dcv_nameservers: it needs dcv_domain" },
	{ "dcv_update_server", "127.0.0.1:53", "dcv_update_server: it needs dcv_domain and dcv_update_key_file" },
	{ "dcv_update_server", "ns.saas.net:53", "dcv_update_server: it must be ADDRESS:PORT" },
	{ "dcv_update_key_file", "/nonexistent", "dcv_update_key_file: it needs dcv_update_server" },
};

Test(check, what_cannot_be_used_is_named)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		auto_arena *a = arena_new(1 << 16);
		struct conf c;
		struct err err;

		good_options(&c);
		cr_assert(conf_set(&c, a, bad[i].name, bad[i].value, "test", &err));
		cr_assert_not(check_options(&c, a, &err), "%s = %s", bad[i].name, bad[i].value);
		cr_assert_eq(strncmp(err.detail, bad[i].detail, strlen(bad[i].detail)), 0, "%s", err.detail);
	}
}

/* ---- the delegation domain ---------------------------------------------------- */

static void
delegating(struct conf *c)
{
	good_options(c);
	c->dcv_domain = "dcv.saas.net";
	c->dcv_nameservers = "ns1.dcv.saas.net=192.0.2.1=2001:db8::1,ns.elsewhere.net";
	c->dns_listen = "192.0.2.1:53,[2001:db8::1]:53";
	c->dcv_update_server = "192.0.2.2:53";
	c->dcv_update_key_file = tsig_file;
}

/* While the domain moves from one to the other, both may answer for it. */
Test(check, a_name_server_of_our_own_and_updates_of_another_are_good)
{
	auto_arena *a = arena_new(1 << 16);
	struct conf c;
	struct err err;

	delegating(&c);
	cr_assert(check_options(&c, a, &err), "%s", err.detail);
	c.dns_listen = "";
	cr_assert(check_options(&c, a, &err), "%s", err.detail);
	c.dcv_nameservers = "";
	cr_assert(check_options(&c, a, &err), "%s", err.detail);
	c.dcv_update_server = c.dcv_update_key_file = "";
	cr_assert(check_options(&c, a, &err), "%s", err.detail);
}

static const struct { const char *name, *value, *detail; } bad_delegations[] = {
	{ "dcv_domain", "", "dns_listen: it needs dcv_domain and dcv_nameservers" },
	{ "dcv_nameservers", "", "dns_listen: it needs dcv_domain and dcv_nameservers" },
	{ "dcv_nameservers", "ns1.dcv.saas.net", "dcv_nameservers: " },
	{ "dcv_nameservers", "ns.elsewhere.net=192.0.2.1", "dcv_nameservers: " },
	{ "dcv_nameservers", "ns1.dcv.saas.net=somewhere", "dcv_nameservers: " },
	{ "dcv_nameservers", "a..b", "dcv_nameservers: " },
	{ "dcv_update_key_file", "", "dcv_update_server: it needs dcv_domain and dcv_update_key_file" },
	{ "dcv_update_key_file", "/nonexistent", "dcv_update_key_file: " },
	{ "dcv_update_key_file", "/tmp", "dcv_update_key_file: " },
	{ "dcv_update_key_file", key_file, "dcv_update_key_file: " },
};

Test(check, what_the_delegation_domain_lacks_is_named)
{
	for (size_t i = 0; i < sizeof bad_delegations / sizeof bad_delegations[0]; i++) {
		auto_arena *a = arena_new(1 << 16);
		const char *detail = bad_delegations[i].detail;
		struct conf c;
		struct err err;

		delegating(&c);
		cr_assert(conf_set(&c, a, bad_delegations[i].name, bad_delegations[i].value, "test", &err));
		cr_assert_not(check_options(&c, a, &err), "%s = %s", bad_delegations[i].name, bad_delegations[i].value);
		cr_expect_str_eq(err.code, "bad_option");
		cr_expect_eq(strncmp(err.detail, detail, strlen(detail)), 0, "%s", err.detail);
	}
}

Test(check, a_tsig_key_that_others_may_read_is_refused)
{
	auto_arena *a = arena_new(1 << 16);
	struct conf c;
	struct err err;

	delegating(&c);
	cr_assert_eq(chmod(tsig_file, 0640), 0);
	cr_assert_not(check_options(&c, a, &err));
	cr_assert_not_null(strstr(err.detail, "dcv_update_key_file: "), "%s", err.detail);
	cr_assert_not_null(strstr(err.detail, "chmod 600"), "%s", err.detail);
}

Test(check, a_key_that_others_may_read_is_refused)
{
	auto_arena *a = arena_new(1 << 16);
	struct conf c;
	struct err err;

	good_options(&c);
	cr_assert_eq(chmod(key_file, 0644), 0);
	cr_assert_not(check_options(&c, a, &err));
	cr_assert_str_eq(err.code, "key_file");
}

Test(check, a_missing_edge_directory_is_only_in_the_surroundings)
{
	auto_arena *a = arena_new(1 << 16);
	struct conf c;
	struct err err;

	good_options(&c);
	c.edge_directory = "/nonexistent";
	cr_assert(check_options(&c, a, &err), "%s", err.detail);
	cr_assert_not(check_surroundings(&c, a, &err));
	cr_assert_str_eq(err.detail, "edge_directory: there is no such directory");
}
