/* Options: defaults, values, the file, the environment, and what goes wrong. */
#include <criterion/criterion.h>
#include <string.h>
#include "base/conf.h"

static void
assert_bad(const struct err *e, const char *detail)
{
	cr_assert_str_eq(e->code, "bad_option");
	cr_assert_str_eq(e->detail, detail);
}

Test(conf, defaults_are_those_of_the_table)
{
	struct conf c;

	conf_defaults(&c);
	cr_assert_str_eq(c.database, "dbname=certwright");
	cr_assert_str_eq(c.resolvers, "");
	cr_assert_str_eq(c.dns_listen, "");
	cr_assert_str_eq(c.dcv_domain, "");
	cr_assert_str_eq(c.dcv_update_server, "");
	cr_assert_eq(c.dns_responses_per_second, 100);
	cr_assert_str_eq(c.admin_listen, "127.0.0.1:9470");
	cr_assert_eq(c.http_port, 80);
	cr_assert_eq(c.allow_private_addresses, false);
	cr_assert_eq(c.linger, 60);
	cr_assert_eq(c.history_for, 30 * 86400);
	cr_assert_eq(c.jitter_percent, 0);
	cr_assert_str_eq(c.log_level, "info");
	cr_assert_str_eq(c.log_format, "logfmt");
}

Test(conf, every_default_is_what_conf_text_gives)
{
	auto_arena *a = arena_new(1 << 16);
	struct conf c;

	conf_defaults(&c);
	for (const struct conf_option *o = conf_options; o->name != NULL; o++)
		cr_assert_str_eq(conf_text(&c, a, o->name), o->otherwise, "%s", o->name);
}

Test(conf, every_option_is_explained)
{
	for (const struct conf_option *o = conf_options; o->name != NULL; o++) {
		cr_assert_gt(strlen(o->help), 10, "%s", o->name);
		cr_assert_gt(strlen(o->arg), 0, "%s", o->name);
		cr_assert_null(strchr(o->help, '\n'), "%s", o->name);
		for (const struct conf_option *other = o + 1; other->name != NULL; other++)
			cr_assert_str_neq(o->name, other->name);
	}
}

static const struct { const char *name; const char *value; const char *text; } good[] = {
	{ "database", "host=/run/x dbname=y", "host=/run/x dbname=y" },
	{ "resolvers", "", "" },
	{ "dns_listen", "192.0.2.1:53,[2001:db8::1]:53", "192.0.2.1:53,[2001:db8::1]:53" },
	{ "dcv_nameservers", "ns1.dcv.saas.net=192.0.2.1=2001:db8::1,ns.net", "ns1.dcv.saas.net=192.0.2.1=2001:db8::1,ns.net" },
	{ "dns-responses-per-second", "0", "0" },
	{ "dns_responses_per_second", "1000000", "1000000" },
	{ "http_port", "8080", "8080" },
	{ "http-port", "1", "1" },
	{ "http_port", "65535", "65535" },
	{ "jitter_percent", "0", "0" },
	{ "jitter-percent", "050", "50" },
	{ "allow_private_addresses", "on", "on" },
	{ "allow_private_addresses", "yes", "on" },
	{ "allow-private-addresses", "true", "on" },
	{ "allow_private-addresses", "1", "on" },
	{ "allow_private_addresses", "off", "off" },
	{ "allow_private_addresses", "no", "off" },
	{ "allow_private_addresses", "false", "off" },
	{ "allow_private_addresses", "0", "off" },
	{ "linger", "0", "0s" },
	{ "linger", "90", "90s" },
	{ "linger", "90s", "90s" },
	{ "linger", "120s", "2m" },
	{ "linger", "5m", "5m" },
	{ "linger", "60m", "1h" },
	{ "linger", "61m", "61m" },
	{ "linger", "2h", "2h" },
	{ "linger", "24h", "1d" },
	{ "history_for", "7d", "7d" },
	{ "history_for", "365d", "365d" },
	{ "log_level", "debug", "debug" },
	{ "log_level", "warning", "warning" },
	{ "log_level", "error", "error" },
	{ "log-format", "json", "json" },
};

Test(conf, values_are_taken_and_written_back)
{
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct err e = { 0 };
		struct conf c;

		conf_defaults(&c);
		cr_assert(conf_set(&c, a, good[i].name, good[i].value, "--x", &e), "%s", e.detail);
		cr_assert_str_eq(conf_text(&c, a, good[i].name), good[i].text, "%s", good[i].value);
	}
}

#define PORT "--http-port: http_port must be a whole number from 1 to 65535, not "
#define SPAN "--linger: linger must be a span such as 90s, 5m, 2h or 7d, from 0s to 1d, not "
#define BOOL "--allow-plain-webhooks: allow_plain_webhooks must be on or off, not "

static const struct { const char *name; const char *value; const char *detail; } bad[] = {
	{ "dns_responses_per_second", "1000001", "--dns_responses_per_second: dns_responses_per_second must be a whole "
	    "number from 0 to 1000000, not \"1000001\"" },
	{ "http-port", "x", PORT "\"x\"" },
	{ "http-port", "", PORT "\"\"" },
	{ "http-port", "0", PORT "\"0\"" },
	{ "http-port", "65536", PORT "\"65536\"" },
	{ "http-port", "-1", PORT "\"-1\"" },
	{ "http-port", "+80", PORT "\"+80\"" },
	{ "http-port", " 80", PORT "\" 80\"" },
	{ "http-port", "80 ", PORT "\"80 \"" },
	{ "http-port", "80s", PORT "\"80s\"" },
	{ "http-port", "8e1", PORT "\"8e1\"" },
	{ "http-port", "0x50", PORT "\"0x50\"" },
	{ "http-port", "18446744073709551696", PORT "\"18446744073709551696\"" },
	{ "linger", "x", SPAN "\"x\"" },
	{ "linger", "", SPAN "\"\"" },
	{ "linger", "s", SPAN "\"s\"" },
	{ "linger", "5 m", SPAN "\"5 m\"" },
	{ "linger", "5min", SPAN "\"5min\"" },
	{ "linger", "5M", SPAN "\"5M\"" },
	{ "linger", "-5m", SPAN "\"-5m\"" },
	{ "linger", "1.5h", SPAN "\"1.5h\"" },
	{ "linger", "86401", SPAN "\"86401\"" },
	{ "linger", "25h", SPAN "\"25h\"" },
	{ "linger", "213503982334602d", SPAN "\"213503982334602d\"" },
	{ "history-for", "1h", "--history-for: history_for must be a span such as 90s, 5m, 2h or 7d, "
	    "from 1d to 365d, not \"1h\"" },
	{ "allow-plain-webhooks", "maybe", BOOL "\"maybe\"" },
	{ "allow-plain-webhooks", "", BOOL "\"\"" },
	{ "allow-plain-webhooks", "ON", BOOL "\"ON\"" },
	{ "allow-plain-webhooks", "2", BOOL "\"2\"" },
	{ "log-level", "loud", "--log-level: log_level must be debug, info, warning or error, not \"loud\"" },
	{ "log-level", "", "--log-level: log_level must be debug, info, warning or error, not \"\"" },
	{ "log-format", "xml", "--log-format: log_format must be logfmt or json, not \"xml\"" },
	{ "http-port", "8\r0\x1b[2J", PORT "\"8 0 [2J\"" },	/* one line, and none for terminals only */
	{ "log-leval", "info", "--log-leval: there is no such option" },
	{ "", "info", "--: there is no such option" },
	{ "log", "info", "--log: there is no such option" },
	{ "log-level-", "info", "--log-level-: there is no such option" },
	{ "LOG_LEVEL", "info", "--LOG_LEVEL: there is no such option" },
};

Test(conf, what_is_wrong_is_said_in_one_sentence)
{
	auto_arena *a = arena_new(1 << 18);

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const char *where = arena_printf(a, "--%s", bad[i].name);
		struct err e = { 0 };
		struct conf c, before;

		conf_defaults(&c);
		before = c;
		cr_assert_not(conf_set(&c, a, bad[i].name, bad[i].value, where, &e), "%s", bad[i].value);
		assert_bad(&e, bad[i].detail);
		for (const struct conf_option *o = conf_options; o->name != NULL; o++)
			cr_assert_str_eq(conf_text(&c, a, o->name), conf_text(&before, a, o->name));
	}
}

Test(conf, a_value_outlives_the_text_it_came_from)
{
	auto_arena *a = arena_new(1 << 16);
	char value[] = "FILE";
	struct conf c;

	conf_defaults(&c);
	cr_assert(conf_set(&c, a, "edge_directory", value, "--x", NULL));
	value[0] = 'x';
	cr_assert_str_eq(c.edge_directory, "FILE");
}

Test(conf, a_file_is_read)
{
	auto_arena *a = arena_new(1 << 16);
	struct err e = { 0 };
	struct conf c;

	conf_defaults(&c);
	cr_assert(conf_read_file(&c, a,
	    "# comment\n"
	    "\n"
	    "   \t\n"
	    "  # comment\n"
	    "database = host=/run/x dbname=y # kept\n"
	    "\thttp_port=8080  \r\n"
	    "challenge_listen =\n"
	    "allow-private-addresses = yes\n"
	    "linger = 2m", "/etc/x", &e), "%s", e.detail);
	cr_assert_str_eq(c.database, "host=/run/x dbname=y # kept");
	cr_assert_eq(c.http_port, 8080);
	cr_assert_str_eq(c.challenge_listen, "");
	cr_assert(c.allow_private_addresses);
	cr_assert_eq(c.linger, 120);
	cr_assert_str_eq(c.log_level, "info");
}

static const struct { const char *text; const char *detail; } bad_files[] = {
	{ "\n\nhttp_port = x\n", "/etc/x line 3: http_port must be a whole number from 1 to 65535, not \"x\"" },
	{ "http_port 80\n", "/etc/x line 1: a line reads name = value" },
	{ "[section]\n", "/etc/x line 1: a line reads name = value" },
	{ "# x\nlog_leval = info", "/etc/x line 2: log_leval: there is no such option" },
	{ "= info", "/etc/x line 1: : there is no such option" },
	{ "log\x1b[2J = info", "/etc/x line 1: log [2J: there is no such option" },
	{ "log_level = info\n\nlog-level = debug\n", "/etc/x line 3: log_level was set in line 1 already" },
	{ "log_level = \"info\"", "/etc/x line 1: log_level must be debug, info, warning or error, not \"\"info\"\"" },
	{ "linger = 1m\nlog_level = info # x", "/etc/x line 2: log_level must be debug, info, warning or error, not \"info # x\"" },
};

Test(conf, a_bad_line_is_named_and_the_file_changes_nothing)
{
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
		const char *text = arena_printf(a, "%s", bad_files[i].text);
		struct err e = { 0 };
		struct conf c;

		conf_defaults(&c);
		c.linger = 77;
		cr_assert_not(conf_read_file(&c, a, text, "/etc/x", &e));
		assert_bad(&e, bad_files[i].detail);
		cr_assert_eq(c.linger, 77);
	}
}

Test(conf, the_environment_is_read)
{
	static const char *const environment[] = {
		"PATH=/bin", "CERTWRIGHT_LOG_LEVEL=debug", "HTTP_PORT=1", "CERTWRIGHTX=1", "=", "x",
		"CERTWRIGHT_HTTP_PORT=8080", "CERTWRIGHT_DATABASE=a=b=c", "certwright_linger=x", NULL,
	};
	auto_arena *a = arena_new(1 << 16);
	struct err e = { 0 };
	struct conf c;

	conf_defaults(&c);
	cr_assert(conf_read_environment(&c, a, environment, &e), "%s", e.detail);
	cr_assert_str_eq(c.log_level, "debug");
	cr_assert_eq(c.http_port, 8080);
	cr_assert_str_eq(c.database, "a=b=c");
	cr_assert_eq(c.linger, 60);
}

static const struct { const char *entry; const char *detail; } bad_variables[] = {
	{ "CERTWRIGHT_LOG_LEVAL=info", "CERTWRIGHT_LOG_LEVAL: there is no such option" },
	{ "CERTWRIGHT_=info", "CERTWRIGHT_: there is no such option" },
	{ "CERTWRIGHT_log_level=info", "CERTWRIGHT_log_level: there is no such option" },
	{ "CERTWRIGHT_LOG-LEVEL=info", "CERTWRIGHT_LOG-LEVEL: there is no such option" },
	{ "CERTWRIGHT_LOG_LEVEL=loud", "CERTWRIGHT_LOG_LEVEL: log_level must be debug, info, warning or error, not \"loud\"" },
	{ "CERTWRIGHT_HTTP_PORT=", "CERTWRIGHT_HTTP_PORT: http_port must be a whole number from 1 to 65535, not \"\"" },
};

Test(conf, a_bad_variable_is_named_and_the_environment_changes_nothing)
{
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof bad_variables / sizeof bad_variables[0]; i++) {
		const char *const environment[] = { "CERTWRIGHT_LINGER=5m", bad_variables[i].entry, NULL };
		struct err e = { 0 };
		struct conf c;

		conf_defaults(&c);
		cr_assert_not(conf_read_environment(&c, a, environment, &e));
		assert_bad(&e, bad_variables[i].detail);
		cr_assert_eq(c.linger, 60);
	}
}

Test(conf, the_sample_is_a_file_that_changes_nothing)
{
	auto_arena *a = arena_new(1 << 18);
	const char *sample = conf_sample(a);
	struct err e = { 0 };
	struct conf c, defaults;

	conf_defaults(&c);
	conf_defaults(&defaults);
	cr_assert(conf_read_file(&c, a, sample, "sample", &e), "%s", e.detail);
	for (const struct conf_option *o = conf_options; o->name != NULL; o++)
		cr_assert_str_eq(conf_text(&c, a, o->name), conf_text(&defaults, a, o->name));
}

Test(conf, the_sample_without_its_marks_sets_every_default)
{
	auto_arena *a = arena_new(1 << 18);
	char *sample = conf_sample(a);
	struct err e = { 0 };
	struct conf c, defaults;

	/* "#name = value" becomes " name = value"; "# text" stays */
	for (char *line = sample; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
		if (line[0] == '#' && line[1] != ' ')
			line[0] = ' ';
	conf_defaults(&defaults);
	c = defaults;
	c.http_port = 1;
	c.log_level = "debug";
	c.linger = 1;
	c.allow_plain_webhooks = true;
	c.database = c.resolvers = c.edge_probe = "x";
	cr_assert(conf_read_file(&c, a, sample, "sample", &e), "%s", e.detail);
	for (const struct conf_option *o = conf_options; o->name != NULL; o++) {
		cr_assert_not_null(strstr(sample, o->help), "%s", o->name);
		cr_assert_str_eq(conf_text(&c, a, o->name), o->otherwise, "%s", o->name);
	}
}
