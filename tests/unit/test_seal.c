/* Sealed secrets open under the same key and identity only. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/seal.h"

enum { HEAD = 1 + 12 + 16 };
static const char who[] = "issuance/6f9619ff-8b86-d011-b42d-00c04fc964ff/p256/key";

static char dir[64], path[96];

static void
up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/certwright-seal.XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/kek", dir);
}

static void
down(void)
{
	unlink(path);
	rmdir(dir);
}

TestSuite(seal, .init = up, .fini = down, .timeout = 20);

static void
write_key(size_t len, unsigned char fill, mode_t mode)
{
	unsigned char bytes[64];
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	memset(bytes, fill, sizeof(bytes));
	cr_assert(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && fchmod(fd, mode) == 0);
	close(fd);
}

static struct seal *
seal_of(unsigned char fill)
{
	struct err err = { 0 };
	struct seal *s;

	write_key(32, fill, 0600);
	s = seal_open_file(path, &err);
	cr_assert_not_null(s, "%s", err.detail);
	return s;
}

Test(seal, what_is_locked_opens_again)
{
	static const char text[] = "-----BEGIN PRIVATE KEY-----\0and after a NUL";
	struct seal *s = seal_of(1);
	auto_arena *arena = arena_new(1 << 20);

	for (size_t len = 0; len <= sizeof(text); len++) {
		unsigned char *sealed = NULL;
		size_t sealed_len = 0;
		auto_secret secret = { 0 };
		struct err err = { 0 };

		seal_lock(s, arena, who, text, len, &sealed, &sealed_len);
		cr_assert_eq(sealed_len, HEAD + len);
		cr_assert_eq(sealed[0], 1);
		if (len > 4)
			cr_assert_null(memmem(sealed, sealed_len, text, len));
		cr_assert(seal_unlock(s, who, sealed, sealed_len, &secret, &err));
		cr_assert_eq(secret.len, len);
		if (len > 0)
			cr_assert_eq(memcmp(secret.bytes, text, len), 0);
	}
	seal_close(s);
}

Test(seal, the_same_secret_is_never_sealed_alike)
{
	struct seal *s = seal_of(1);
	auto_arena *arena = arena_new(1 << 16);
	unsigned char *a, *b;
	size_t len;

	seal_lock(s, arena, who, "x", 1, &a, &len);
	seal_lock(s, arena, who, "x", 1, &b, &len);
	cr_assert_neq(memcmp(a + 1, b + 1, 12), 0);
	cr_assert_neq(memcmp(a, b, len), 0);
	seal_close(s);
}

static void
must_not_open(const struct seal *s, const char *identity, const unsigned char *sealed, size_t len)
{
	struct secret secret = { .len = 77 };
	struct err err = { 0 };

	cr_assert(!seal_unlock(s, identity, sealed, len, &secret, &err));
	cr_assert_str_eq(err.code, "seal_broken");
	cr_assert_null(secret.bytes);
	cr_assert_eq(secret.len, 77, "an output is untouched on failure");
	cr_assert_eq(ERR_peek_error(), 0, "nothing is left in OpenSSL's queue");
}

Test(seal, any_changed_bit_and_any_cut_is_seen)
{
	struct seal *s = seal_of(1);
	auto_arena *arena = arena_new(1 << 16);
	unsigned char *sealed;
	size_t len;

	seal_lock(s, arena, who, "secret", 6, &sealed, &len);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		sealed[bit / 8] ^= (unsigned char)(1u << bit % 8);
		must_not_open(s, who, sealed, len);
		sealed[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	for (size_t cut = 0; cut < len; cut++) {
		/* A copy of the exact size, so that ASan sees a read beyond. */
		unsigned char *part = malloc(cut + 1);

		part = realloc(part, cut ? cut : 1);
		memcpy(part, sealed, cut);
		must_not_open(s, who, part, cut);
		free(part);
	}
	seal_close(s);
}

Test(seal, another_row_or_another_key_does_not_open_it)
{
	struct seal *s = seal_of(1), *other = seal_of(2);
	auto_arena *arena = arena_new(1 << 16);
	unsigned char *sealed;
	size_t len;

	seal_lock(s, arena, who, "secret", 6, &sealed, &len);
	must_not_open(s, "issuance/6f9619ff-8b86-d011-b42d-00c04fc964fe/p256/key", sealed, len);
	must_not_open(s, "", sealed, len);
	must_not_open(other, who, sealed, len);
	seal_close(s);
	seal_close(other);
}

Test(seal, a_key_file_keeps_its_rules)
{
	static const struct {
		size_t	    len;
		mode_t	    mode;
		const char *detail;	/* NULL: it is taken */
	} table[] = {
		{ 32, 0600, NULL },
		{ 32, 0400, NULL },
		{ 31, 0600, "the key file does not hold exactly 32 bytes" },
		{ 33, 0600, "the key file does not hold exactly 32 bytes" },
		{ 64, 0600, "the key file does not hold exactly 32 bytes" },
		{ 0, 0600, "the key file does not hold exactly 32 bytes" },
		{ 32, 0640, "the key file is open to its group or to others; use chmod 600" },
		{ 32, 0604, "the key file is open to its group or to others; use chmod 600" },
		{ 32, 0610, "the key file is open to its group or to others; use chmod 600" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct err err = { 0 };
		struct seal *s;

		write_key(table[i].len, 9, table[i].mode);
		s = seal_open_file(path, &err);
		cr_assert_eq(s != NULL, table[i].detail == NULL, "row %zu", i);
		if (s == NULL) {
			cr_assert_str_eq(err.code, "key_file");
			cr_assert_str_eq(err.detail, table[i].detail);
		}
		seal_close(s);
	}
}

Test(seal, what_is_no_file_is_no_key_file)
{
	struct err err = { 0 };

	cr_assert_null(seal_open_file(path, &err));
	cr_assert_str_eq(err.detail, "the key file does not exist");
	cr_assert_null(seal_open_file(dir, &err));
	cr_assert_str_eq(err.detail, "the key file is not a regular file");
	/* Nobody writes: opening it must not wait. */
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_null(seal_open_file(path, &err));
	cr_assert_str_eq(err.detail, "the key file is not a regular file");
}

Test(seal, random_bytes_fill_all_that_was_asked_for)
{
	enum { SIZE = 1000 };
	unsigned char bytes[SIZE + 1] = { 0 };
	size_t zeros = 0;

	random_bytes(bytes, SIZE);
	for (size_t i = 0; i < SIZE; i++)
		zeros += bytes[i] == 0;
	cr_assert_lt(zeros, 100);
	cr_assert_eq(bytes[SIZE], 0);
}
