/* Renewal information: what a certificate is called, and windows that are good,
 * late, inverted or plain lies. */
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <string.h>

#include "acme/ari.h"
#include "acme/openssl.h"

#define CA "https://ca.test:443"

/* ---- the name of a certificate ---------------------------------------------- */

static const unsigned char rfc_key_id[] = { 0x69, 0x88, 0x5b, 0x6b, 0x87, 0x46, 0x40, 0x41, 0xe1, 0xb3, 0x7b, 0x84, 0x7b, 0xa0,
	0xae, 0x2c, 0xde, 0x01, 0xc8, 0xd4 };

/* A certificate with this serial number (hex) and, unless it is empty, key
 * identifier. */
static const char *
certificate_of(struct arena *a, const char *serial, const unsigned char *key_id, size_t len)
{
	auto_pkey *key = EVP_EC_gen("P-256");
	auto_x509 *x = X509_new();
	AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
	BIGNUM *n = NULL;
	auto_bio *out = BIO_new(BIO_s_mem());
	char *text;
	long text_len;

	X509_set_version(x, X509_VERSION_3);
	BN_hex2bn(&n, serial);
	BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	if (key_id != NULL) {
		authority->keyid = ASN1_OCTET_STRING_new();
		ASN1_OCTET_STRING_set(authority->keyid, key_id, (int)len);
	}
	X509_add1_ext_i2d(x, NID_authority_key_identifier, authority, 0, 0);
	AUTHORITY_KEYID_free(authority);
	X509_sign(x, key, EVP_sha256());
	PEM_write_bio_X509(out, x);
	text_len = BIO_get_mem_data(out, &text);
	return arena_strndup(a, text, (size_t)text_len);
}

Test(ari, the_certificate_of_the_rfc_has_the_name_of_the_rfc)
{
	auto_arena *a = arena_new(1 << 18);
	const char *id = NULL;

	cr_assert(ari_cert_id(a, certificate_of(a, "0087654321", rfc_key_id, sizeof rfc_key_id), &id));
	cr_assert_str_eq(id, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
	cr_assert(ari_is_id(id));
}

Test(ari, a_serial_number_keeps_its_sign_octet_and_no_other)
{
	static const struct { const char *serial, *text; } table[] = {
		{ "01", "AQ" },
		{ "7F", "fw" },
		{ "80", "AIA" },
		{ "00", "AA" },
		{ "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "f_________________________8" },
	};
	auto_arena *a = arena_new(1 << 18);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *id = NULL;

		cr_assert(ari_cert_id(a, certificate_of(a, table[i].serial, (const unsigned char *)"\x01", 1), &id));
		cr_assert_str_eq(id, arena_printf(a, "AQ.%s", table[i].text));
	}
}

Test(ari, what_has_no_key_identifier_or_is_no_certificate_has_no_name)
{
	auto_arena *a = arena_new(1 << 18);
	const char *id = "untouched";
	unsigned char huge[65] = { 0 };

	cr_assert_not(ari_cert_id(a, certificate_of(a, "01", NULL, 0), &id));
	cr_assert_not(ari_cert_id(a, certificate_of(a, "01", huge, sizeof huge), &id));
	cr_assert_not(ari_cert_id(a, "", &id));
	cr_assert_not(ari_cert_id(a, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &id));
	cr_assert_str_eq(id, "untouched");
}

Test(ari, an_id_is_two_words_of_base64url)
{
	static const char *const bad[] = { "", ".", "a.", ".a", "a", "a.b.c", "a/b.c", "a.b/../c", "a.b?x", "a .b", "a=.b", "\xc3.b" };
	char long_id[ARI_ID_MOST + 2];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_not(ari_is_id(bad[i]), "%s", bad[i]);
	cr_assert(ari_is_id("a-_.B9"));
	memset(long_id, 'a', sizeof long_id);
	long_id[1] = '.';
	long_id[ARI_ID_MOST + 1] = '\0';
	cr_assert_not(ari_is_id(long_id));
	long_id[ARI_ID_MOST] = '\0';
	cr_assert(ari_is_id(long_id));
}

/* ---- the window ------------------------------------------------------------- */

/* A certificate from 2026-01-01 to 2026-04-11: a hundred days, the last tenth
 * of which begins on 2026-04-01. */
enum { FROM = 1767225600, LAST = FROM + 90 * 86400, UNTIL = FROM + 100 * 86400 };

static bool
window_of(struct arena *a, const char *text, int64_t retry_after, struct acme_window *ret, struct err *err)
{
	auto_json *json = json_loads(text, 0, NULL);
	const struct reader r = { a, "lets_encrypt", CA, NULL };

	cr_assert_not_null(json, "%s", text);
	return ari_read(&r, json, FROM, UNTIL, retry_after, ret, err);
}

#define WINDOW(start, end) "{\"suggestedWindow\":{\"start\":\"" start "\",\"end\":\"" end "\"}}"

Test(ari, a_window_is_read_and_kept_within_the_life_of_the_certificate)
{
	static const struct { const char *text; int64_t start, end; } table[] = {
		{ WINDOW("2026-03-01T00:00:00Z", "2026-03-03T01:00:00+01:00"), FROM + 59 * 86400, FROM + 61 * 86400 },
		{ WINDOW("2026-03-01T00:00:00.5Z", "2027-03-03T00:00:00Z"), FROM + 59 * 86400, LAST },
		{ WINDOW("2025-06-01T00:00:00Z", "2026-01-02T00:00:00Z"), FROM, FROM + 86400 },
		{ WINDOW("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"), FROM, FROM },	/* now */
		{ WINDOW("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"), FROM, LAST },
		{ WINDOW("2026-03-31T23:59:59Z", "2026-04-05T00:00:00Z"), LAST - 1, LAST },
	};
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct acme_window w = { 0 };
		struct err err = { 0 };

		cr_assert(window_of(a, table[i].text, 0, &w, &err), "%zu: %s", i, err.detail);
		cr_assert_eq(w.start, table[i].start, "%zu: %lld", i, (long long)w.start);
		cr_assert_eq(w.end, table[i].end, "%zu: %lld", i, (long long)w.end);
		cr_assert_eq(w.retry_after, 6 * 3600);
		cr_assert_null(w.explanation);
	}
}

Test(ari, a_window_that_cannot_be_meant_is_refused)
{
	static const char *const bad[] = {
		"{}",
		"{\"suggestedWindow\":7}",
		"{\"suggestedWindow\":{\"start\":\"2026-03-01T00:00:00Z\"}}",
		"{\"suggestedWindow\":{\"start\":\"2026-03-01T00:00:00Z\",\"end\":7}}",
		WINDOW("2026-03-01", "2026-03-02"),
		WINDOW("now", "2026-03-02T00:00:00Z"),
		WINDOW("2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z"),
		WINDOW("2026-03-03T00:00:00Z", "2026-03-02T00:00:00Z"),
		WINDOW("2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z"),
		WINDOW("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"),
		WINDOW("9999-12-30T00:00:00Z", "9999-12-31T00:00:00Z"),
		WINDOW("10000-01-01T00:00:00Z", "10000-01-02T00:00:00Z"),
	};
	auto_arena *a = arena_new(1 << 17);

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct acme_window w = { .end = 77 };
		struct err err = { 0 };

		cr_assert_not(window_of(a, bad[i], 0, &w, &err), "%zu", i);
		cr_assert_str_eq(err.code, "acme_protocol");
		cr_assert_eq(w.end, 77);
	}
}

Test(ari, without_a_certificate_the_window_is_as_the_ca_says)
{
	auto_arena *a = arena_new(1 << 16);
	auto_json *json = json_loads(WINDOW("2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"), 0, NULL);
	const struct reader r = { a, "lets_encrypt", CA, NULL };
	struct acme_window w;

	cr_assert(ari_read(&r, json, 0, 0, 0, &w, NULL));
	cr_assert_eq(w.start, 1893456000);
	cr_assert_eq(w.end, 1893456000 + 86400);
}

Test(ari, it_is_read_again_after_a_minute_to_a_day)
{
	static const struct { int64_t asked, kept; } table[] = { { 0, 21600 }, { 1, 60 }, { -9, 60 }, { 60, 60 }, { 7200, 7200 },
		{ 86400, 86400 }, { INT64_MAX, 86400 } };
	auto_arena *a = arena_new(1 << 16);
	struct acme_window w;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		cr_assert(window_of(a, WINDOW("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"), table[i].asked, &w, NULL));
		cr_assert_eq(w.retry_after, table[i].kept);
	}
}

Test(ari, an_explanation_is_an_https_url_or_nothing)
{
	static const struct { const char *url; bool kept; } table[] = {
		{ "https://letsencrypt.org/incident?id=7", true }, { "javascript:alert(1)", false }, { "http://ca.test/", false },
		{ "https://ca.test/\\n<script>", false }, { "", false },
	};
	auto_arena *a = arena_new(1 << 16);
	struct acme_window w;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		cr_assert(window_of(a, arena_printf(a, "{\"explanationURL\":\"%s\",\"suggestedWindow\":{\"start\":\"2026-03-01T00:00:00Z\","
		    "\"end\":\"2026-03-02T00:00:00Z\"}}", table[i].url), 0, &w, NULL));
		cr_assert_eq(w.explanation != NULL, table[i].kept, "%s", table[i].url);
	}
}

Test(ari, an_instant_is_picked_from_all_of_the_window)
{
	const struct acme_window w = { .start = 1000, .end = 1009 }, now = { .start = 5, .end = 5 };
	bool seen[10] = { false };

	for (uint64_t random = 0; random < 1000; random++) {
		int64_t at = ari_pick(&w, random * 0x9e3779b97f4a7c15U);

		cr_assert(at >= 1000 && at <= 1009);
		seen[at - 1000] = true;
	}
	for (size_t i = 0; i < 10; i++)
		cr_assert(seen[i], "%zu", i);
	cr_assert_eq(ari_pick(&now, UINT64_MAX), 5);
	cr_assert_eq(ari_pick(&w, 0), 1000);
	cr_assert_eq(ari_pick(&w, 9), 1009);
}
