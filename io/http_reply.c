/*
 * A reply as it comes in, line by line and piece by piece, with limits of our
 * own, and what is read from its headers.  Pure.
 */
#include <curl/curl.h>
#include <string.h>

#include "io/http_policy.h"

enum {
	HEAD_MAX = 64 << 10,	/* octets of all status lines, headers and trailers */
	RETRY_MAX = 86400,
};

static void
keep_header(struct http_intake *in, const char *line, size_t len)
{
	struct http_reply *reply = &in->reply;
	const char *colon = memchr(line, ':', len), *value;
	char *name;

	/* Trailers are no headers; a folded line (RFC 9112 §5.2) has no name. */
	if (colon == NULL || colon == line || *line == ' ' || *line == '\t' || in->body.len > 0 ||
	    reply->header_count == HTTP_MAX_HEADERS)
		return;
	for (value = colon + 1; value < line + len && (*value == ' ' || *value == '\t'); value++)
		;
	while (len > (size_t)(value - line) && strchr(" \t\r\n", line[len - 1]) != NULL)
		len--;
	name = arena_strndup(in->arena, line, (size_t)(colon - line));
	for (char *c = name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	reply->headers[reply->header_count].name = name;
	reply->headers[reply->header_count++].value = arena_strndup(in->arena, value, (size_t)(line + len - value));
}

bool
http_intake_header(struct http_intake *in, const char *line, size_t len)
{
	in->head_bytes += len;
	if (in->head_bytes > HEAD_MAX) {
		in->too_large = "the headers are longer than 64 KiB";
		return false;
	}
	/* Only the last head counts: those before it were 1xx. */
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
		in->reply.header_count = 0;
	else
		keep_header(in, line, len);
	return true;
}

bool
http_intake_body(struct http_intake *in, const void *bytes, size_t len)
{
	if (buf_add(&in->body, bytes, len))
		return true;
	in->too_large = "the body is longer than we take";
	return false;
}

const char *
http_header(const struct http_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return NULL;
}

int64_t
http_retry_after(const struct http_reply *reply)
{
	const char *value = http_header(reply, "retry-after"), *date = http_header(reply, "date");
	int64_t seconds = 0;

	if (value == NULL || *value == '\0')
		return 0;
	if (value[strspn(value, "0123456789")] == '\0') {
		for (; *value != '\0' && seconds < RETRY_MAX; value++)
			seconds = seconds * 10 + (*value - '0');
	} else if (date != NULL) {
		int64_t then = curl_getdate(value, NULL), now = curl_getdate(date, NULL);

		/* Both by the other side's clock, so that ours does not matter. */
		if (then != -1 && now != -1)
			seconds = then - now;
	}
	return seconds < 0 ? 0 : seconds > RETRY_MAX ? RETRY_MAX : seconds;
}
