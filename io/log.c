/*
 * One event, one line, one write(2).  Values may come from strangers: what
 * could end the line, steer a terminal or turn the reading order around is
 * escaped as \uXXXX, in both formats, and what is no UTF-8 becomes \ufffd.
 */
#include "io/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_VALUE = 1024,	/* octets of a value as written */
	MOST_LINE = 16384,
	LINE_END = 8,		/* room kept for what closes the line */
};

/* Set once in main, before there are threads. */
static enum log_level least_level = LOG_INFO;
static bool is_json;

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error",
};

struct line {
	size_t len;
	bool   is_full;
	char   text[MOST_LINE];
};

bool
log_setup(const char *level, const char *format)
{
	size_t count = sizeof(level_names) / sizeof(level_names[0]), i;
	bool wants_json = strcmp(format, "json") == 0;

	for (i = 0; i < count && strcmp(level, level_names[i]) != 0; i++)
		;
	if (i == count || (!wants_json && strcmp(format, "logfmt") != 0))
		return false;
	least_level = (enum log_level)i;
	is_json = wants_json;
	return true;
}

static void
line_add(struct line *l, const char *bytes, size_t len)
{
	if (len > MOST_LINE - LINE_END - l->len) {
		l->is_full = true;
		return;
	}
	memcpy(l->text + l->len, bytes, len);
	l->len += len;
}

static void
line_puts(struct line *l, const char *text)
{
	line_add(l, text, strlen(text));
}

/* Length of the UTF-8 character at `s` (RFC 3629 §4) and its code point; 0 if
 * it is none.  A NUL ends every sequence, so nothing is read beyond it. */
static size_t
utf8_read(const unsigned char *s, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 :
	    s[0] < 0xf5 ? 4 : 0;
	uint32_t c = len < 2 ? s[0] : s[0] & (0x7fu >> len);

	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (len > 1 && (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)))
		return 0;
	*ret = c;
	return len;
}

/* Controls, line and paragraph separators, direction marks, characters that
 * are not seen at all. */
static bool
must_be_escaped(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

/* Writes one character as it stands between quotes; `out` holds 13 octets. */
static size_t
escape(char out[13], const unsigned char *at, size_t len, uint32_t c)
{
	static const char short_form[] = "\"\\\n\r\t", letter[] = "\"\\nrt";
	const char *found = c < 0x80 && c != 0 ? strchr(short_form, (int)c) : NULL;

	if (found != NULL) {
		out[0] = '\\';
		out[1] = letter[found - short_form];
		return 2;
	}
	if (!must_be_escaped(c)) {
		memcpy(out, at, len);
		return len;
	}
	if (c > 0xffff)
		return (size_t)snprintf(out, 13, "\\u%04x\\u%04x", 0xd7c0u + (c >> 10), 0xdc00u + (c & 0x3ff));
	return (size_t)snprintf(out, 13, "\\u%04x", c);
}

static void
line_add_quoted(struct line *l, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	size_t written = 0;

	line_add(l, "\"", 1);
	while (*s != '\0') {
		uint32_t c = 0xfffd;
		size_t len = utf8_read(s, &c), size;
		char out[13];

		if (len > 0) {
			size = escape(out, s, len, c);
		} else {
			size = 6;
			memcpy(out, "\\ufffd", size);
			len = 1;
		}
		if (written + size > MOST_VALUE - 3) {
			line_add(l, "...", 3);
			break;
		}
		line_add(l, out, size);
		written += size;
		s += len;
	}
	line_add(l, "\"", 1);
}

static bool
needs_quotes(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return true;
	}
	return len > MOST_VALUE;
}

/* A pair is there as a whole or not at all. */
static void
line_add_pair(struct line *l, const char *key, const char *value)
{
	size_t before = l->len;

	if (value == NULL || value[0] == '\0')
		return;
	if (is_json) {
		line_puts(l, before > 0 ? ",\"" : "{\"");
		line_puts(l, key);
		line_puts(l, "\":");
		line_add_quoted(l, value);
	} else {
		line_puts(l, before > 0 ? " " : "");
		line_puts(l, key);
		line_puts(l, "=");
		if (needs_quotes(value))
			line_add_quoted(l, value);
		else
			line_puts(l, value);
	}
	if (l->is_full)
		l->len = before;
	l->is_full = false;
}

/* RFC 3339, UTC, with milliseconds. */
static void
time_text(char out[32])
{
	struct timespec now;
	struct tm utc;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	len = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + len, 32 - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

void
log_event(enum log_level level, const char *message, ...)
{
	struct line l;
	char when[32];
	const char *key;
	ssize_t ignored;
	va_list ap;

	if (level < least_level)
		return;
	l.len = 0;
	l.is_full = false;
	time_text(when);
	line_add_pair(&l, "time", when);
	line_add_pair(&l, "level", level_names[level]);
	line_add_pair(&l, "message", message);
	va_start(ap, message);
	while ((key = va_arg(ap, const char *)) != NULL)
		line_add_pair(&l, key, va_arg(ap, const char *));
	va_end(ap);
	memcpy(l.text + l.len, is_json ? "}\n" : "\n", is_json ? 2 : 1);
	/* One write, so that lines of several threads do not mix.  There is
	 * nobody to tell when it fails. */
	ignored = write(STDERR_FILENO, l.text, l.len + (is_json ? 2 : 1));
	(void)ignored;
}

const char *
log_int(struct log_number *n, long long value)
{
	snprintf(n->text, sizeof(n->text), "%lld", value);
	return n->text;
}
