/* The head of a reply, line by line as libcurl hands it over, and its dates. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "io/http_policy.h"
#include "tests/fuzz/fuzz.h"

enum {
	ARENA = 2 << 20,
	MOST_HEAD = 64 << 10,
	MOST_WAIT = 86400,
	MOST_BODY = 16
}; /* the arena is io/http's */

static void
check_headers(const struct http_reply *reply)
{
	assert(reply->header_count <= HTTP_MAX_HEADERS);
	for (size_t i = 0; i < reply->header_count; i++) {
		const char *name = reply->headers[i].name, *value = reply->headers[i].value;
		size_t len = strlen(value);

		for (const char *p = name; *p != '\0'; p++)
			assert(*p < 'A' || *p > 'Z');
		assert(len == 0 || (strchr(" \t", value[0]) == NULL));
		assert(http_header(reply, name) != NULL);
	}
	assert(http_header(reply, "Retry-After") == NULL); /* names are in lower case */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA);
	struct http_intake in = { .arena = a };
	const uint8_t *at = data, *end = data + size;

	buf_init(&in.body, MOST_BODY);
	while (at < end) {
		const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = newline != NULL ? (size_t)(newline + 1 - at) : (size_t)(end - at);
		char *line = malloc(len); /* libcurl's line has no NUL after it */
		bool ok;

		memcpy(line, at, len);
		ok = http_intake_header(&in, line, len);
		free(line);
		at += len;
		assert(ok == (at - data <= MOST_HEAD));
		if (!ok)
			break;
	}
	check_headers(&in.reply);
	assert(
	    http_intake_body(&in, data, size) == (size <= MOST_BODY) && in.body.len <= MOST_BODY);
	assert(http_retry_after(&in.reply) >= 0 && http_retry_after(&in.reply) <= MOST_WAIT);
	buf_free(&in.body);
	return 0;
}
