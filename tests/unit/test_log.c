/* Lines as they stand on standard error. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/log.h"

TestSuite(log, .timeout = 20);

static char out[65536];
static int kept, ends[2];

static void
listen_to_stderr(void)
{
	cr_assert_eq(pipe(ends), 0);
	kept = dup(2);
	dup2(ends[1], 2);
	close(ends[1]);
}

/* What was written, without the time, which *ret_time gets when wanted. */
static const char *
heard(char ret_time[25])
{
	static const char begin[] = "time=";
	ssize_t len;

	dup2(kept, 2);
	close(kept);
	len = read(ends[0], out, sizeof(out) - 1);
	close(ends[0]);
	cr_assert_geq(len, 0);
	out[len] = '\0';
	if (strncmp(out, begin, 5) != 0)
		return out;
	if (ret_time != NULL)
		snprintf(ret_time, 25, "%.24s", out + 5);
	return out + 5 + 24 + 1;
}

static const char *
heard_value(const char *value)
{
	static const char begin[] = "level=info message=m ";
	const char *text;

	listen_to_stderr();
	log_event(LOG_INFO, "m", "v", value, NULL);
	text = heard(NULL);
	cr_assert_eq(strncmp(text, begin, strlen(begin)), 0, "%s", text);
	return text + strlen(begin);
}

Test(log, a_line_has_time_level_message_and_pairs)
{
	static const char shape[] = "0000-00-00T00:00:00.000Z";
	struct log_number n;
	char time[25];
	const char *text;

	cr_assert(log_setup("info", "logfmt"));
	listen_to_stderr();
	log_event(LOG_WARNING, "it began", "pid", log_int(&n, -9223372036854775807LL - 1), "none", NULL,
	    "empty", "", "name", "shop.example.com", NULL);
	text = heard(time);
	cr_assert_str_eq(text,
	    "level=warning message=\"it began\" pid=-9223372036854775808 name=shop.example.com\n");
	for (size_t i = 0; i < strlen(shape); i++)
		cr_assert(shape[i] == '0' ? time[i] >= '0' && time[i] <= '9' : time[i] == shape[i], "%s", time);
}

Test(log, values_of_strangers_cannot_leave_their_place)
{
	static const struct {
		const char *value, *want;
	} table[] = {
		{ "plain-1.2:3/4", "v=plain-1.2:3/4\n" },
		{ "two words", "v=\"two words\"\n" },
		{ "a=b", "v=\"a=b\"\n" },
		{ "say \"hi\"", "v=\"say \\\"hi\\\"\"\n" },
		{ "back\\slash", "v=\"back\\\\slash\"\n" },
		{ "x\nlevel=error", "v=\"x\\nlevel=error\"\n" },
		{ "\r\t", "v=\"\\r\\t\"\n" },
		{ "\x1b[31m\x07\x7f", "v=\"\\u001b[31m\\u0007\\u007f\"\n" },
		{ "gr\xc3\xbc\xc3\x9f", "v=\"gr\xc3\xbc\xc3\x9f\"\n" },
		{ "\xf0\x9f\x94\x92", "v=\"\xf0\x9f\x94\x92\"\n" },
		{ "\xc2\x85", "v=\"\\u0085\"\n" },			/* next line */
		{ "a\xe2\x80\xa8z", "v=\"a\\u2028z\"\n" },		/* line separator */
		{ "a\xe2\x80\xaez", "v=\"a\\u202ez\"\n" },		/* right-to-left override */
		{ "a\xe2\x81\xa6z", "v=\"a\\u2066z\"\n" },		/* left-to-right isolate */
		{ "a\xe2\x80\x8bz", "v=\"a\\u200bz\"\n" },		/* zero width space */
		{ "\xef\xbb\xbf", "v=\"\\ufeff\"\n" },
		{ "\xf3\xa0\x81\x81", "v=\"\\udb40\\udc41\"\n" },	/* tag letter */
		{ "\xff", "v=\"\\ufffd\"\n" },
		{ "\xc0\xaf", "v=\"\\ufffd\\ufffd\"\n" },		/* overlong */
		{ "\xe0\x80\xaf", "v=\"\\ufffd\\ufffd\\ufffd\"\n" },
		{ "\xf0\x80\x80\xaf", "v=\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n" },
		{ "\xed\xa0\x80", "v=\"\\ufffd\\ufffd\\ufffd\"\n" },	/* surrogate */
		{ "\xf4\x90\x80\x80", "v=\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n" },
		{ "\xe2\x82", "v=\"\\ufffd\\ufffd\"\n" },		/* cut */
	};

	cr_assert(log_setup("info", "logfmt"));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		cr_assert_str_eq(heard_value(table[i].value), table[i].want, "row %zu: %s", i, out);
}

Test(log, a_long_value_is_cut)
{
	char value[4000];

	cr_assert(log_setup("info", "logfmt"));
	memset(value, 'a', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	cr_assert_leq(strlen(heard_value(value)), 1024 + strlen("v=\"\"\n"));
	cr_assert_str_eq(out + strlen(out) - 5, "...\"\n");
	value[1024] = '\0';
	cr_assert_eq(strlen(heard_value(value)), 1024 + strlen("v=\n"), "this one is just not too long");
	/* Escapes count as they are written and are not cut in two. */
	memset(value, 1, sizeof(value) - 1);
	cr_assert_leq(strlen(heard_value(value)), 1024 + strlen("v=\"\"\n"));
	cr_assert_str_eq(out + strlen(out) - 11, "\\u0001...\"\n");
}

Test(log, a_line_has_an_end_however_much_is_said)
{
	static const char end[] = ",\"last\":\"short\"}\n";
	char v[2000];
	size_t len;

	cr_assert(log_setup("info", "json"));
	memset(v, 'a', sizeof(v));
	v[sizeof(v) - 1] = '\0';
	listen_to_stderr();
	log_event(LOG_INFO, "m", "a", v, "b", v, "c", v, "d", v, "e", v, "f", v, "g", v, "h", v, "i", v,
	    "j", v, "k", v, "l", v, "m", v, "n", v, "o", v, "p", v, "q", v, "r", v, "last", "short", NULL);
	heard(NULL);
	len = strlen(out);
	cr_assert_leq(len, 16384);
	/* A pair that has no room is missing, what fits is there. */
	cr_assert_null(strstr(out, "\"r\":"));
	cr_assert_str_eq(out + len - strlen(end), end);
}

Test(log, json_is_json)
{
	json_t *line;

	cr_assert(log_setup("debug", "json"));
	listen_to_stderr();
	log_event(LOG_DEBUG, "odd", "v", "q\" b\\ n\n e\x1b u\xe2\x80\xae l\xf3\xa0\x81\x81 x\xff \xc3\xbc", "none", NULL, NULL);
	line = json_loads(heard(NULL), JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(line, "%s", out);
	cr_assert_eq(json_object_size(line), 4);
	cr_assert_str_eq(json_string_value(json_object_get(line, "level")), "debug");
	cr_assert_str_eq(json_string_value(json_object_get(line, "message")), "odd");
	cr_assert_str_eq(json_string_value(json_object_get(line, "v")),
	    "q\" b\\ n\n e\x1b u\xe2\x80\xae l\xf3\xa0\x81\x81 x\xef\xbf\xbd \xc3\xbc");
	cr_assert_null(strchr(out, 0x1b));
	cr_assert_null(strstr(out, "\xe2\x80\xae"));
	json_decref(line);
}

Test(log, what_is_below_the_level_is_not_said)
{
	static const struct {
		const char *level;
		size_t	    lines;
	} table[] = { { "debug", 4 }, { "info", 3 }, { "warning", 2 }, { "error", 1 } };

	for (size_t i = 0; i < 4; i++) {
		size_t lines = 0;

		cr_assert(log_setup(table[i].level, "logfmt"));
		listen_to_stderr();
		for (int level = LOG_ERROR; level >= LOG_DEBUG; level--)
			log_event((enum log_level)level, "m", NULL);
		heard(NULL);
		for (const char *c = out; *c != '\0'; c++)
			lines += *c == '\n';
		cr_assert_eq(lines, table[i].lines, "%s", table[i].level);
	}
}

Test(log, a_wrong_level_or_format_is_refused)
{
	cr_assert(!log_setup("loud", "logfmt"));
	cr_assert(!log_setup("", "logfmt"));
	cr_assert(!log_setup("info", "xml"));
	cr_assert(!log_setup("info", ""));
}
