/*
 * A CA's reply that is an error: two octets of HTTP status, one of how long to
 * wait, then the body.  Whatever it is, it becomes one line that reads as it
 * was written, and a wait within its bounds.
 */
#include <string.h>
#include "acme/problem.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 1 << 20, HEAD = 3, MOST = 1 << 16 };

/* Characters of a line of valid UTF-8 in which none is for terminals only. */
static size_t
check_line(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t count = 0;

	for (; *p != '\0'; count++) {
		int more = *p < 0x80 ? 0
		    : *p < 0xc2	     ? -1
		    : *p < 0xe0	     ? 1
		    : *p < 0xf0	     ? 2
		    : *p < 0xf5	     ? 3
				     : -1;
		uint32_t c = more > 0 ? *p & (0x3fU >> more) : *p;

		assert(more >= 0);
		for (p++; more > 0; more--, p++) {
			assert((*p & 0xc0) == 0x80);
			c = c << 6 | (*p & 0x3f);
		}
		assert(c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0));
		assert(c != 0x200e && c != 0x200f && !(c >= 0x2028 && c <= 0x202e) &&
		    !(c >= 0x2066 && c <= 0x2069));
		assert(c <= 0x10ffff && !(c >= 0xd800 && c < 0xe000));
	}
	return count;
}

static void
check_problem(const struct err *err, size_t most)
{
	fuzz_check_err(err);
	assert(strncmp(err->code, "acme_", 5) == 0);
	assert(err->detail != NULL && strncmp(err->detail, "lets_encrypt: ", 14) == 0);
	assert(check_line(err->detail) <= most);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA);
	auto_json *json = NULL;
	struct err err, again;
	int64_t wait;
	int status;

	if (size < HEAD || size > MOST)
		return 0;
	status = 100 + (data[0] << 8 | data[1]) % 900;
	wait = (int64_t)data[2] * 1000 - 1000;
	err = problem_of_reply(
	    a, "lets_encrypt", status, (const char *)data + HEAD, size - HEAD, wait);
	check_problem(&err, PROBLEM_MAX_LINE);
	assert(wait == 0 ? err.retry_after == 0
			 : err.retry_after >= 1 && err.retry_after <= RETRY_AFTER_MOST_LIMITED);
	assert(err.retry_after <= RETRY_AFTER_MOST || strcmp(err.code, "acme_rate_limited") == 0);
	again = problem_of_reply(
	    a, "lets_encrypt", status, (const char *)data + HEAD, size - HEAD, wait);
	assert(again.code == err.code && strcmp(again.detail, err.detail) == 0);
	json = json_read((const char *)data + HEAD, size - HEAD, MOST, a, NULL);
	err = problem_of_object(a, "lets_encrypt", json);
	check_problem(&err, PROBLEM_MAX_LINE);
	err = problem_new(a, "lets_encrypt", ERR_acme_protocol, fuzz_text(a, data, size));
	check_problem(&err, PROBLEM_MAX_DETAIL);
	return 0;
}
