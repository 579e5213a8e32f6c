#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H
/*
 * A target is a file fuzz_NAME.c that defines LLVMFuzzerTestOneInput: it gives
 * bytes that somebody else sent us to a parser, and asserts what must hold of
 * the result whatever they are.  `make fuzz` makes a libFuzzer program of it.
 * In every other build REPLAY is NAME, and the file is the test NAME of the
 * suite "fuzz": it replays corpus/NAME.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/err.h"

#ifdef REPLAY
#include <criterion/criterion.h>
#define FUZZ_PASTE_(x, y) x##y
#define FUZZ_PASTE(x, y) FUZZ_PASTE_(x, y)
#define FUZZ_TEXT_(x) #x
#define FUZZ_TEXT(x) FUZZ_TEXT_(x)
#define FUZZ_TEST(name) Test(fuzz, name)
#define LLVMFuzzerTestOneInput FUZZ_PASTE(fuzz_, REPLAY)
#endif

typedef int fuzz_target(const uint8_t *data, size_t size);
fuzz_target LLVMFuzzerTestOneInput;

/* Gives every file of corpus/NAME to the target; fails when there is none. */
void replay_corpus(const char *name, fuzz_target *);

#ifdef REPLAY
FUZZ_TEST(REPLAY)
{
	replay_corpus(FUZZ_TEXT(REPLAY), LLVMFuzzerTestOneInput);
}
#endif

/* The input as text, up to its first NUL. */
static inline const char *
fuzz_text(struct arena *a, const uint8_t *data, size_t size)
{
	return arena_strndup(a, (const char *)data, size);
}

static inline bool
fuzz_is_printable_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* An error of our table; what it says is one line, and nothing in it is for terminals only. */
static inline void
fuzz_check_err(const struct err *err)
{
	assert(err->code != NULL && err_sentence(err->code) != err->code);
	for (const char *p = err->detail; p != NULL && *p != '\0'; p++)
		assert((unsigned char)*p >= ' ' && *p != 0x7f);
}

static inline void
fuzz_check_code(const struct err *err, const char *code)
{
	fuzz_check_err(err);
	assert(strcmp(err->code, code) == 0);
}
#endif
