/* RFC 4648, its vectors (§10) and what it lets a strict reader refuse. */
#include <criterion/criterion.h>
#include <string.h>
#include "base/b64.h"
#include "base/secret.h"

static const struct { const char *bytes; size_t len; const char *plain; const char *url; } vectors[] = {
	{ "", 0, "", "" },
	{ "f", 1, "Zg==", "Zg" },
	{ "fo", 2, "Zm8=", "Zm8" },
	{ "foo", 3, "Zm9v", "Zm9v" },
	{ "foob", 4, "Zm9vYg==", "Zm9vYg" },
	{ "fooba", 5, "Zm9vYmE=", "Zm9vYmE" },
	{ "foobar", 6, "Zm9vYmFy", "Zm9vYmFy" },
	{ "\xfb\xff\xfe", 3, "+//+", "-__-" },
	{ "\xff", 1, "/w==", "_w" },
	{ "\0", 1, "AA==", "AA" },
	{ "\0\0\0\0", 4, "AAAAAA==", "AAAAAA" },
	{ "a\0b", 3, "YQBi", "YQBi" },
};

Test(b64, vectors_go_both_ways)
{
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		unsigned char *bytes = NULL;
		size_t len = 99;

		cr_assert_str_eq(b64_encode(a, vectors[i].bytes, vectors[i].len), vectors[i].plain);
		cr_assert_str_eq(b64url_encode(a, vectors[i].bytes, vectors[i].len), vectors[i].url);
		cr_assert(b64_decode(a, vectors[i].plain, &bytes, &len));
		cr_assert_eq(len, vectors[i].len);
		cr_assert_arr_eq(bytes, vectors[i].bytes, len);
		cr_assert_eq(bytes[len], 0);
		bytes = NULL;
		cr_assert(b64url_decode(a, vectors[i].url, &bytes, &len));
		cr_assert_eq(len, vectors[i].len);
		cr_assert_arr_eq(bytes, vectors[i].bytes, len);
		cr_assert_eq(bytes[len], 0);
	}
}

Test(b64, every_length_and_byte_goes_both_ways)
{
	auto_arena *a = arena_new(1 << 20);
	unsigned char in[256];

	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (unsigned char)(i * 37 + 11);
	for (size_t n = 0; n <= sizeof in; n++) {
		unsigned char *out;
		size_t len;

		cr_assert(b64url_decode(a, b64url_encode(a, in, n), &out, &len));
		cr_assert_eq(len, n);
		cr_assert_arr_eq(out, in, n);
		cr_assert(b64_decode(a, b64_encode(a, in, n), &out, &len));
		cr_assert_eq(len, n);
		cr_assert_arr_eq(out, in, n);
	}
}

static const char *const bad_url[] = {
	"A", "AAAAA",			/* a length that no bytes have */
	"Zg=", "Zg==", "Zm8=",		/* padding */
	"Zh", "Zm9", "_x", "AB", "AAB",	/* left-over bits that are not zero */
	"Zm9v ", " Zm9v", "Zm 9v", "Zm9v\n", "Zm9v\r\n", "Zm\t9v",
	"+//+", "Zm9v+A", "Zm9v/A",	/* the other alphabet */
	"Zm9v.Zm9v", "Zm9v,", "Z\x80\x81v", "Zm9\xff",
};

static const char *const bad_plain[] = {
	"Zg", "Zm8", "Zg=", "A", "AAAAA",	/* padding is missing */
	"Zg===", "Zg====", "====", "=", "==", "A===", "Zm9v====", "Zm9vZ===",
	"Z=g=", "=Zg=", "Zg==Zg==", "Zm8=Zm8=",	/* padding is not the end */
	"Zh==", "Zm9=", "/x==",			/* left-over bits that are not zero */
	"Zm9v ", "Zm 9", "Zm9v\n", "Zm9\n",
	"-__-", "Zm-_",
	"Zm9\xc3",
};

Test(b64, url_refuses_what_is_not_canonical)
{
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof bad_url / sizeof bad_url[0]; i++) {
		unsigned char *bytes = (unsigned char *)a;
		size_t len = 99;

		cr_assert_not(b64url_decode(a, bad_url[i], &bytes, &len), "%s", bad_url[i]);
		cr_assert_eq(bytes, (unsigned char *)a);
		cr_assert_eq(len, 99);
	}
}

Test(b64, plain_refuses_what_is_not_canonical)
{
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof bad_plain / sizeof bad_plain[0]; i++) {
		unsigned char *bytes = (unsigned char *)a;
		size_t len = 99;

		cr_assert_not(b64_decode(a, bad_plain[i], &bytes, &len), "%s", bad_plain[i]);
		cr_assert_eq(bytes, (unsigned char *)a);
		cr_assert_eq(len, 99);
	}
}

Test(b64, there_is_one_text_for_each_byte)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=";
	auto_arena *a = arena_new(1 << 18);
	int accepted = 0;

	for (const char *x = alphabet; *x != '\0'; x++) {
		for (const char *y = alphabet; *y != '\0'; y++) {
			const char text[3] = { *x, *y, '\0' };
			unsigned char *bytes;
			size_t len;

			accepted += b64url_decode(a, text, &bytes, &len);
		}
	}
	cr_assert_eq(accepted, 256);
}

Test(secret, is_a_copy_that_ends_with_a_nul)
{
	unsigned char bytes[] = { 1, 0, 2 };
	auto_secret s = secret_copy(bytes, sizeof bytes);

	bytes[0] = 9;
	cr_assert_eq(s.len, 3);
	cr_assert_arr_eq(s.bytes, "\1\0\2", 4);
}

Test(secret, of_nothing_is_empty)
{
	auto_secret s = secret_copy(NULL, 0);

	cr_assert_null(s.bytes);
	cr_assert_eq(s.len, 0);
}

Test(secret, can_be_freed_twice)
{
	struct secret s = secret_copy("x", 1);

	secret_free(&s);
	secret_free(&s);
	cr_assert_null(s.bytes);
	cr_assert_eq(s.len, 0);
}
