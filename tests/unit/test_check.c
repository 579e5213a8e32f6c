/* Options that are well formed but cannot be used. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check.h"

static char key_file[] = "/tmp/check-key-XXXXXX";

static void
make_key(void)
{
	unsigned char bytes[32];
	int fd = mkstemp(key_file);

	memset(bytes, 7, sizeof bytes);
	cr_assert_eq(write(fd, bytes, sizeof bytes), (ssize_t)sizeof bytes);
	close(fd);
}

static void
remove_key(void)
{
	unlink(key_file);
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
