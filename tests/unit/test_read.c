/* What a CA sends, read: the good of RFC 8555 §7.1 and much that is not. */
#include <criterion/criterion.h>
#include <string.h>
#include "acme/read.h"

#define CA "https://ca.test:443"
#define TOKEN "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"

static struct reader
reader_in(struct arena *a)
{
	return (struct reader){ a, "lets_encrypt", CA, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U" };
}

Test(read, an_origin_is_scheme_host_and_port)
{
	static const struct { const char *url, *origin; } table[] = {
		{ "https://ca.test/dir", CA },
		{ "https://CA.test:443", CA },
		{ "HTTPS://ca.test?x", CA },
		{ "https://ca.test:14000/dir", "https://ca.test:14000" },
		{ "https://127.0.0.1:1/", "https://127.0.0.1:1" },
		{ "https://[::1]:14000/dir", "https://[::1]:14000" },
		{ "http://ca.test/dir", NULL },
		{ "https:/ca.test/", NULL },
		{ "https:///dir", NULL },
		{ "https://", NULL },
		{ "https://user@ca.test/", NULL },
		{ "https://ca.test:443@evil.test/", NULL },
		{ "https://ca.test\\@evil.test/", NULL },
		{ "https://ca.test#@evil.test/", NULL },
		{ "https://ca.test/#x", NULL },
		{ "https://ca.test/a b", NULL },
		{ "https://ca.test/\r\nX: y", NULL },
		{ "https://ca.test/\xc3\xa9", NULL },
		{ "https://c%61.test/", NULL },
		{ "https://ca.test:/", NULL },
		{ "https://ca.test:123456/", NULL },
		{ "https://ca.test:4x/", NULL },
		{ "https://[::1/", NULL },
		{ "https://[::1]x/", NULL },
		{ "file:///etc/passwd", NULL },
		{ "", NULL },
	};
	auto_arena *a = arena_new(1 << 16);
	char *long_url = arena_alloc(a, URL_MOST + 2);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *origin = read_origin(a, table[i].url);

		if (table[i].origin == NULL)
			cr_assert_null(origin, "%s gives %s", table[i].url, origin);
		else
			cr_assert(origin != NULL && strcmp(origin, table[i].origin) == 0, "%s", table[i].url);
	}
	memset(long_url, 'a', URL_MOST + 1);
	memcpy(long_url, "https://ca.test/", 16);
	cr_assert_null(read_origin(a, long_url));
	long_url[URL_MOST] = '\0';
	cr_assert_not_null(read_origin(a, long_url));
}

Test(read, a_url_of_somebody_else_is_told_from_the_cas_own)
{
	static const char *const bad[] = { "https://evil.test/", "https://ca.test:8443/", "http://ca.test/",
		"https://ca.test.evil.test/", "https://evil.test/ca.test", "/order/1", "" };
	auto_arena *a = arena_new(1 << 16);
	const struct reader r = reader_in(a);

	cr_assert(read_check_url(&r, "finalize", "https://ca.test/finalize/1", NULL));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err err = { 0 };

		cr_assert_not(read_check_url(&r, "finalize", bad[i], &err), "%s", bad[i]);
		cr_assert_str_eq(err.code, "acme_foreign_url");
		cr_assert_eq(err.blame, BLAME_CA);
		cr_assert_eq(strncmp(err.detail, "lets_encrypt: finalize is ", 26), 0);
	}
}

Test(read, tokens_and_nonces_are_base64url_of_a_sane_length)
{
	char long_token[TOKEN_MOST + 2] = { 0 };

	cr_assert(read_is_token(TOKEN));
	cr_assert(read_is_token("abcdefghijklmnopqrstuv"));
	cr_assert_not(read_is_token("abcdefghijklmnopqrstu"));
	cr_assert_not(read_is_token(""));
	cr_assert_not(read_is_token("../../../../../../etc/passwd"));
	cr_assert_not(read_is_token("abcdefghijklmnopqrstuv="));
	cr_assert_not(read_is_token("abcdefghijklmnopqrstuv\n"));
	cr_assert_not(read_is_token("$(reboot)abcdefghijklmnopqrstuv"));
	cr_assert_not(read_is_token("abcdefghijklmnopqrstuv\xc3\xa9"));
	memset(long_token, 'a', TOKEN_MOST);
	cr_assert(read_is_token(long_token));
	cr_assert(read_is_nonce(long_token));
	long_token[TOKEN_MOST] = 'a';
	cr_assert_not(read_is_token(long_token));
	cr_assert_not(read_is_nonce(long_token));
	cr_assert(read_is_nonce("a"));
	cr_assert_not(read_is_nonce(""));
	cr_assert_not(read_is_nonce("a b"));
	cr_assert_not(read_is_nonce("a\"b"));
}

Test(read, times_are_those_of_rfc_3339)
{
	static const struct { const char *text; int64_t seconds; } good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2016-01-05T14:09:07.99Z", 1452002947 },
		{ "2016-01-05t15:09:07+01:00", 1452002947 },
		{ "2016-01-05T13:39:07-00:30", 1452002947 },
		{ "2024-02-29T23:59:60Z", 1709251200 },
		{ "9999-12-31T23:59:59Z", 253402300799 },
	};
	static const char *const bad[] = { "", "2016", "2016-01-05", "2016-01-05T14:09:07", "2016-13-05T14:09:07Z",
		"2016-01-32T14:09:07Z", "2016-01-05T24:09:07Z", "2016-01-05T14:60:07Z", "2016-01-05T14:09:61Z",
		"2016-01-05T14:09:07.Z", "2016-01-05T14:09:07Zx", "2016-01-05T14:09:07+0100", "2016-01-05T14:09:07+24:00",
		"1969-12-31T23:59:59Z", "-016-01-05T14:09:07Z", "2016-1-05T14:09:07Z", "+2016-01-05T14:09:07Z",
		"99999-01-05T14:09:07Z", "2016-01-05T14:09:-7Z", "now" };
	int64_t t = 77;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_not(read_time(bad[i], &t), "%s", bad[i]);
	cr_assert_eq(t, 77);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		cr_assert(read_time(good[i].text, &t), "%s", good[i].text);
		cr_assert_eq(t, good[i].seconds, "%s is not %lld", good[i].text, (long long)t);
	}
}

Test(read, a_directory_needs_its_three_urls)
{
	auto_arena *a = arena_new(1 << 16);
	const struct reader r = reader_in(a);
	auto_json *good = json_loads("{\"newNonce\":\"https://ca.test/n\",\"newAccount\":\"https://ca.test/a\","
	    "\"newOrder\":\"https://ca.test/o\",\"keyChange\":7,\"meta\":{\"x\":[]},\"Xy\":null}", 0, NULL);
	auto_json *bad = json_loads("{\"newNonce\":\"https://ca.test/n\",\"newAccount\":\"https://ca.test/a\",\"newOrder\":7}", 0, NULL);
	auto_json *foreign = json_loads("{\"newNonce\":\"https://ca.test/n\",\"newAccount\":\"https://evil.test/a\","
	    "\"newOrder\":\"https://ca.test/o\"}", 0, NULL);
	struct acme_directory d;
	struct err err;

	cr_assert(read_directory(&r, good, &d, NULL));
	cr_assert_str_eq(d.new_nonce, "https://ca.test/n");
	cr_assert_str_eq(d.new_account, "https://ca.test/a");
	cr_assert_str_eq(d.new_order, "https://ca.test/o");
	cr_assert_not(read_directory(&r, bad, &d, &err));
	cr_assert_str_eq(err.code, "acme_protocol");
	cr_assert_str_eq(err.detail, "lets_encrypt: newOrder is missing or not what it should be");
	cr_assert_not(read_directory(&r, foreign, &d, &err));
	cr_assert_str_eq(err.code, "acme_foreign_url");
}

#define NEEDED "\"newNonce\":\"https://ca.test/n\",\"newAccount\":\"https://ca.test/a\",\"newOrder\":\"https://ca.test/o\""

static struct acme_directory
directory_of(struct arena *a, const char *text)
{
	auto_json *json = json_loads(text, 0, NULL);
	const struct reader r = reader_in(a);
	struct acme_directory d;
	struct err err = { 0 };

	cr_assert_not_null(json, "%s", text);
	cr_assert(read_directory(&r, json, &d, &err), "%s", err.detail);
	return d;
}

Test(read, a_directory_says_what_else_the_ca_can_do)
{
	auto_arena *a = arena_new(1 << 16), *other = arena_new(1 << 16);
	const struct acme_directory d = directory_of(a, "{" NEEDED ",\"revokeCert\":\"https://ca.test/r\",\"keyChange\":\"https://ca.test/k\","
	    "\"renewalInfo\":\"https://ca.test/i\",\"meta\":{\"termsOfService\":\"http://www.ca.example/terms\",\"externalAccountRequired\":true,"
	    "\"caaIdentities\":[\"LetsEncrypt.org\",\"pki.goog\"],\"profiles\":{\"classic\":\"ninety\\ndays\",\"shortlived\":7}}}");
	const struct acme_directory *copy = directory_copy(other, &d);

	cr_assert_str_eq(copy->new_nonce, "https://ca.test/n");
	cr_assert_str_eq(copy->revoke_cert, "https://ca.test/r");
	cr_assert_str_eq(copy->key_change, "https://ca.test/k");
	cr_assert_str_eq(copy->renewal_info, "https://ca.test/i");
	cr_assert_str_eq(copy->terms_of_service, "http://www.ca.example/terms");
	cr_assert(copy->external_account_required);
	cr_assert_str_eq(copy->caa_identities[0], "letsencrypt.org");
	cr_assert_str_eq(copy->caa_identities[1], "pki.goog");
	cr_assert_null(copy->caa_identities[2]);
	cr_assert_eq(copy->profile_count, 2);
	cr_assert_str_eq(copy->profiles[0].name, "classic");
	cr_assert_str_eq(copy->profiles[0].text, "ninety days");
	cr_assert_str_eq(copy->profiles[1].text, "");
	cr_assert_neq(copy->profiles[0].name, d.profiles[0].name);
	cr_assert_neq(copy->new_nonce, d.new_nonce);
}

Test(read, what_a_directory_need_not_have_is_absent_when_it_is_odd)
{
	static const char *const odd[] = {
		"\"meta\":7", "\"meta\":[]", "\"meta\":{\"caaIdentities\":\"x\",\"profiles\":[],\"termsOfService\":{}}",
		"\"revokeCert\":7,\"keyChange\":[],\"renewalInfo\":{}",
		"\"meta\":{\"caaIdentities\":[7,\"\",\"a b\",\"x;y\"],\"externalAccountRequired\":\"yes\"}",
		"\"meta\":{\"profiles\":{\"\":\"x\",\"a b\":\"x\",\"a\\nb\":\"x\",\"\u00e9\":\"x\"},\"termsOfService\":\"javascript:x\"}",
		"\"meta\":{\"termsOfService\":\"https://ca.test/a\\nb\"}",
	};
	auto_arena *a = arena_new(1 << 17);

	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		const struct acme_directory d = directory_of(a, arena_printf(a, "{" NEEDED ",%s}", odd[i]));

		cr_assert_null(d.revoke_cert);
		cr_assert_null(d.key_change);
		cr_assert_null(d.renewal_info);
		cr_assert_null(d.terms_of_service, "%zu", i);
		cr_assert_not(d.external_account_required);
		cr_assert_null(d.caa_identities[0], "%zu", i);
		cr_assert_eq(d.profile_count, 0, "%zu", i);
	}
}

Test(read, ten_thousand_identities_and_profiles_take_a_small_room)
{
	auto_arena *a = arena_new(1 << 15), *scratch = arena_new(1 << 22);
	auto_json *json = json_loads("{" NEEDED ",\"meta\":{\"caaIdentities\":[],\"profiles\":{}}}", 0, NULL);
	const json_t *meta = json_object_get(json, "meta");
	const struct reader r = reader_in(a);
	struct acme_directory d;

	for (int i = 0; i < 10000; i++) {
		json_array_append_new(json_object_get(meta, "caaIdentities"), json_string(arena_printf(scratch, "ca%d.test", i)));
		json_object_set_new(json_object_get(meta, "profiles"), arena_printf(scratch, "p%d", i), json_string("so"));
	}
	cr_assert(read_directory(&r, json, &d, NULL));
	cr_assert_eq(d.profile_count, ACME_MAX_PROFILES);
	cr_assert_not_null(d.caa_identities[ACME_MAX_IDENTITIES - 1]);
	cr_assert_null(d.caa_identities[ACME_MAX_IDENTITIES]);
}

/* ---- orders ---------------------------------------------------------------- */

#define ORDER_REST "\"expires\":\"2016-01-05T14:09:07Z\",\"identifiers\":[{\"type\":\"dns\",\"value\":\"www.example.org\"}," \
	"{\"type\":\"dns\",\"value\":\"*.example.org\"}],\"authorizations\":[\"https://ca.test/authz/1\",\"https://ca.test/authz/2\"]," \
	"\"finalize\":\"https://ca.test/finalize\",\"future\":[[]]"

static bool
order_of(struct arena *a, const char *text, const char *const *names, struct acme_order *ret, struct err *err)
{
	auto_json *json = json_loads(text, 0, NULL);
	const struct reader r = reader_in(a);

	cr_assert_not_null(json, "%s", text);
	return read_order(&r, json, names, ret, err);
}

Test(read, an_order_is_read)
{
	static const char *const names[] = { "*.example.org", "www.example.org", NULL };
	auto_arena *a = arena_new(1 << 16);
	struct acme_order o = { .url = "u", .retry_after = 3 };
	struct err err = { 0 };

	cr_assert(order_of(a, "{\"status\":\"pending\"," ORDER_REST "}", names, &o, &err), "%s", err.detail);
	cr_assert_str_eq(o.url, "u");
	cr_assert_eq(o.retry_after, 3);
	cr_assert_str_eq(o.status, "pending");
	cr_assert_eq(o.expires, 1452002947);
	cr_assert_str_eq(o.finalize, "https://ca.test/finalize");
	cr_assert_null(o.certificate);
	cr_assert_null(o.err.code);
	cr_assert_eq(o.count, 2);
	cr_assert_str_eq(o.authorizations[1].url, "https://ca.test/authz/2");
	cr_assert(order_of(a, "{\"status\":\"valid\",\"certificate\":\"https://ca.test/cert\"," ORDER_REST "}", NULL, &o, NULL));
	cr_assert_str_eq(o.certificate, "https://ca.test/cert");
	cr_assert(order_of(a, "{\"status\":\"invalid\",\"error\":{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"no\"},"
	    "\"authorizations\":[]}", NULL, &o, NULL));
	cr_assert_str_eq(o.err.code, "acme_caa");
}

Test(read, an_order_that_is_wrong_is_refused_whole)
{
	static const struct { const char *text, *code; } table[] = {
		{ "{" ORDER_REST "}", "acme_protocol" },
		{ "{\"status\":7," ORDER_REST "}", "acme_protocol" },
		{ "{\"status\":\"done\"," ORDER_REST "}", "acme_protocol" },
		{ "{\"status\":\"valid\"," ORDER_REST "}", "acme_protocol" },	/* without a certificate */
		{ "{\"status\":\"valid\",\"certificate\":\"https://evil.test/\"," ORDER_REST "}", "acme_foreign_url" },
		{ "{\"status\":\"valid\",\"certificate\":[]," ORDER_REST "}", "acme_protocol" },
		{ "{\"status\":\"pending\",\"error\":\"x\"," ORDER_REST "}", "acme_protocol" },
		{ "{\"status\":\"pending\",\"finalize\":\"https://ca.test/f\"}", "acme_protocol" },
		{ "{\"status\":\"pending\",\"finalize\":\"https://ca.test/f\",\"authorizations\":[]}", "acme_protocol" },
		{ "{\"status\":\"pending\",\"finalize\":\"https://ca.test/f\",\"authorizations\":[7]}", "acme_protocol" },
		{ "{\"status\":\"pending\",\"finalize\":\"https://ca.test/f\",\"authorizations\":[\"https://ca.test@evil.test/\"]}",
		    "acme_foreign_url" },
		{ "{\"status\":\"pending\",\"finalize\":\"http://ca.test/f\",\"authorizations\":[\"https://ca.test/1\"]}", "acme_foreign_url" },
		{ "{\"status\":\"pending\",\"authorizations\":[\"https://ca.test/1\"]}", "acme_protocol" },
		{ "{\"status\":\"pending\",\"expires\":\"soon\",\"finalize\":\"https://ca.test/f\",\"authorizations\":[\"https://ca.test/1\"]}",
		    "acme_protocol" },
		{ "{\"status\":\"pending\",\"finalize\":\"https://ca.test/f\",\"authorizations\":[\"https://ca.test/1\",\"https://ca.test/2\","
		    "\"https://ca.test/3\",\"https://ca.test/4\",\"https://ca.test/5\",\"https://ca.test/6\",\"https://ca.test/7\","
		    "\"https://ca.test/8\",\"https://ca.test/9\"]}", "acme_protocol" },
	};
	auto_arena *a = arena_new(1 << 18);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct acme_order o = { .count = 77 };
		struct err err = { 0 };

		cr_assert_not(order_of(a, table[i].text, NULL, &o, &err), "%zu", i);
		cr_assert_str_eq(err.code, table[i].code, "%zu: %s", i, err.detail);
		cr_assert_eq(o.count, 77);
	}
}

Test(read, an_order_for_other_names_than_those_that_were_asked_is_refused)
{
	static const char *const names[][4] = {
		{ "www.example.org", NULL },
		{ "www.example.org", "*.example.org", "more.example.org", NULL },
		{ "www.example.org", "example.org", NULL },
		{ NULL },
	};
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct acme_order o = { 0 };
		struct err err = { 0 };

		cr_assert_not(order_of(a, "{\"status\":\"pending\"," ORDER_REST "}", names[i], &o, &err), "%zu", i);
		cr_assert_str_eq(err.code, "acme_protocol");
	}
}

/* ---- authorizations -------------------------------------------------------- */

static bool
authorization_of(struct arena *a, const char *text, struct acme_authorization *ret, struct err *err)
{
	auto_json *json = json_loads(text, 0, NULL);
	const struct reader r = reader_in(a);

	cr_assert_not_null(json, "%s", text);
	return read_authorization(&r, json, ret, err);
}

#define AUTHZ(rest) "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"Example.org\"}," rest "}"
#define CHALLENGE(type, rest) "{\"type\":\"" type "\",\"status\":\"pending\",\"url\":\"https://ca.test/chall/" type "\"," rest "}"

Test(read, an_authorization_is_read_with_what_answers_its_challenges)
{
	auto_arena *a = arena_new(1 << 16);
	struct acme_authorization z = { .url = "u" };
	struct err err = { 0 };

	cr_assert(authorization_of(a, AUTHZ("\"wildcard\":true,\"expires\":\"2016-01-05T14:09:07Z\",\"challenges\":["
	    CHALLENGE("tls-alpn-01", "\"token\":7") "," CHALLENGE("http-01", "\"token\":\"" TOKEN "\"") ","
	    CHALLENGE("dns-01", "\"token\":\"" TOKEN "\",\"error\":{\"type\":\"urn:ietf:params:acme:error:dns\",\"detail\":\"not yet\"}")
	    "]"), &z, &err), "%s", err.detail);
	cr_assert_str_eq(z.url, "u");
	cr_assert_str_eq(z.name, "example.org");
	cr_assert(z.wildcard);
	cr_assert_eq(z.expires, 1452002947);
	cr_assert_str_eq(z.http01.url, "https://ca.test/chall/http-01");
	cr_assert_str_eq(z.http01.token, TOKEN);
	cr_assert_str_eq(z.http01.key_authorization, TOKEN ".oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
	cr_assert_null(z.http01.err.code);
	cr_assert_str_eq(z.dns01.status, "pending");
	cr_assert_str_eq(z.dns01.err.code, "acme_dns");
	/* sha256 of the key authorization above, by another program */
	cr_assert_str_eq(z.dns01.txt_value, "ZaJgFtIV4WA0t2MzN7kbSk0sfRd2GZjaxRqaSTAK6lI");
}

#define DNS_ERROR "\"error\":{\"type\":\"urn:ietf:params:acme:error:dns\",\"detail\":\"not yet\"}"

Test(read, an_error_counts_while_its_challenge_is_pending)
{
	auto_arena *a = arena_new(1 << 16);
	struct acme_authorization z = { 0 };

	cr_assert(authorization_of(a, AUTHZ("\"challenges\":[" CHALLENGE("dns-01", "\"token\":\"" TOKEN "\"") ","
	    CHALLENGE("http-01", "\"token\":\"" TOKEN "\"," DNS_ERROR) "]"), &z, NULL));
	cr_assert_str_eq(z.status, "pending");
	cr_assert_str_eq(z.err.code, "acme_dns");
	cr_assert_str_eq(z.http01.err.code, "acme_dns");
	cr_assert_null(z.dns01.err.code);
	z = (struct acme_authorization){ 0 };
	cr_assert(authorization_of(a, AUTHZ("\"challenges\":[{\"type\":\"tls-alpn-01\"," DNS_ERROR "}]"), &z, NULL));
	cr_assert_str_eq(z.err.code, "acme_dns");
}

Test(read, challenges_that_we_do_not_answer_are_kept_by_name)
{
	auto_arena *a = arena_new(1 << 17);
	struct acme_authorization z = { 0 };
	const char *many = "";

	cr_assert(authorization_of(a, AUTHZ("\"challenges\":[{\"type\":\"tls-alpn-01\"},{\"type\":\"dns-account-01\",\"token\":7},"
	    "{\"type\":\"tls-alpn-01\"},{\"type\":\"a b\"},{\"type\":\"\"},{\"type\":\"dns-persist-01\",\"issuer-domain-names\":"
	    "[\"CA.test\",\"other.test\"]}]"), &z, NULL));
	cr_assert_str_eq(z.others[0], "tls-alpn-01");
	cr_assert_str_eq(z.others[1], "dns-account-01");
	cr_assert_str_eq(z.others[2], "dns-persist-01");
	cr_assert_null(z.others[3]);
	cr_assert_str_eq(z.issuer_domain_names[0], "ca.test");
	cr_assert_str_eq(z.issuer_domain_names[1], "other.test");
	cr_assert_null(z.issuer_domain_names[2]);
	for (int i = 0; i < 20; i++)
		many = arena_printf(a, "%s,{\"type\":\"x%d\"}", many, i);
	cr_assert(authorization_of(a, arena_printf(a, AUTHZ("\"challenges\":[{\"type\":\"x\"}%s]"), many), &z, NULL));
	cr_assert_str_eq(z.others[ACME_MAX_OTHERS - 1], "x6");
	cr_assert_null(z.others[ACME_MAX_OTHERS]);
}

Test(read, issuer_names_for_persistent_records_are_read_as_both_drafts_write_them)
{
	static const struct { const char *member; bool good; } table[] = {
		{ "\"issuerDomainNames\":[\"ca.test\"]", true },
		{ "\"issuer-domain-names\":[\"1.test\",\"2.test\",\"3.test\",\"4.test\",\"5.test\",\"6.test\",\"7.test\",\"8.test\",\"9.test\","
		    "\"10.test\"]", true },
		{ "\"issuer-domain-names\":[\"1.test\",\"2.test\",\"3.test\",\"4.test\",\"5.test\",\"6.test\",\"7.test\",\"8.test\",\"9.test\","
		    "\"10.test\",\"11.test\"]", false },
		{ "\"issuer-domain-names\":[]", false },
		{ "\"issuer-domain-names\":[\"ca.test\",7]", false },
		{ "\"issuer-domain-names\":[\"ca.test\",\"; accounturi=x\"]", false },
		{ "\"issuer-domain-names\":\"ca.test\"", false },
	};
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct acme_authorization z = { 0 };

		cr_assert(authorization_of(a, arena_printf(a, AUTHZ("\"challenges\":[{\"type\":\"dns-persist-01\",%s}]"), table[i].member), &z,
		    NULL));
		cr_assert_eq(z.issuer_domain_names[0] != NULL, table[i].good, "%zu", i);
		cr_assert_str_eq(z.others[0], "dns-persist-01");
	}
}

Test(read, a_challenge_for_a_persistent_record_is_answered_as_the_first_drafts_have_it)
{
#define PERSIST "\"type\":\"dns-persist-01\",\"status\":\"pending\""
	static const struct { const char *members, *url, *code; } table[] = {
		{ PERSIST ",\"url\":\"https://ca.test/1\",\"issuer-domain-names\":[\"ca.test\"]", "https://ca.test/1", NULL },
		{ PERSIST ",\"url\":\"https://ca.test/1\",\"issuer-domain-names\":[\"ca.test\"]," DNS_ERROR, "https://ca.test/1", "acme_dns" },
		{ PERSIST ",\"url\":\"https://ca.test/1\",\"issuerDomainNames\":[\"ca.test\"]", NULL, NULL },
		{ PERSIST ",\"url\":\"https://ca.test/1\",\"issuer-domain-names\":[]", NULL, NULL },
		{ PERSIST ",\"url\":\"https://evil.test/1\",\"issuer-domain-names\":[\"ca.test\"]", NULL, NULL },
		{ PERSIST ",\"issuer-domain-names\":[\"ca.test\"]", NULL, NULL },
		{ "\"type\":\"dns-persist-01\",\"url\":\"https://ca.test/1\",\"issuer-domain-names\":[\"ca.test\"]", NULL, NULL },
	};
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct acme_authorization z = { 0 };

		cr_assert(authorization_of(a, arena_printf(a, AUTHZ("\"challenges\":[{%s}]"), table[i].members), &z, NULL), "%zu", i);
		cr_assert_str_eq(z.persist01.url != NULL ? z.persist01.url : "", table[i].url != NULL ? table[i].url : "", "%zu", i);
		cr_assert_str_eq(z.persist01.err.code != NULL ? z.persist01.err.code : "", table[i].code != NULL ? table[i].code : "", "%zu", i);
		cr_assert_null(z.persist01.token);
	}
}

Test(read, a_challenge_that_was_set_off_may_say_at_once_what_was_seen)
{
	auto_arena *a = arena_new(1 << 16);
	const struct reader r = reader_in(a);
	auto_json *seen = json_loads("{\"status\":\"pending\"," DNS_ERROR "}", 0, NULL);
	auto_json *odd = json_loads("{\"status\":\"dreaming\",\"error\":7,\"url\":7}", 0, NULL);

	cr_assert_str_eq(read_validated(&r, seen)->status, "pending");
	cr_assert_str_eq(read_validated(&r, seen)->err.code, "acme_dns");
	cr_assert_null(read_validated(&r, odd)->status);
	cr_assert_null(read_validated(&r, odd)->err.code);
}

Test(read, an_authorization_that_is_wrong_is_refused_whole)
{
	static const struct { const char *text, *code; } table[] = {
		{ "{}", "acme_protocol" },
		{ AUTHZ("\"x\":1"), "acme_protocol" },
		{ AUTHZ("\"challenges\":[7]"), "acme_protocol" },
		{ AUTHZ("\"challenges\":[{\"type\":7}]"), "acme_protocol" },
		{ AUTHZ("\"challenges\":[{\"type\":\"http-01\"}]"), "acme_protocol" },
		{ AUTHZ("\"challenges\":[" CHALLENGE("http-01", "\"x\":1") "]"), "acme_protocol" },
		{ AUTHZ("\"challenges\":[" CHALLENGE("http-01", "\"token\":{}") "]"), "acme_protocol" },
		{ AUTHZ("\"challenges\":[" CHALLENGE("http-01", "\"token\":\"short\"") "]"), "acme_bad_token" },
		{ AUTHZ("\"challenges\":[" CHALLENGE("dns-01", "\"token\":\"../../../../../../etc/passwd\"") "]"), "acme_bad_token" },
		{ AUTHZ("\"challenges\":[{\"type\":\"http-01\",\"status\":\"pending\",\"url\":\"https://evil.test/\",\"token\":\"" TOKEN "\"}]"),
		    "acme_foreign_url" },
		{ AUTHZ("\"challenges\":[{\"type\":\"http-01\",\"status\":\"odd\",\"url\":\"https://ca.test/\",\"token\":\"" TOKEN "\"}]"),
		    "acme_protocol" },
		{ "{\"status\":\"odd\",\"identifier\":{\"type\":\"dns\",\"value\":\"example.org\"},\"challenges\":[]}", "acme_protocol" },
		{ "{\"status\":\"valid\",\"identifier\":{\"type\":\"ip\",\"value\":\"192.0.2.1\"},\"challenges\":[]}", "acme_protocol" },
		{ "{\"status\":\"valid\",\"identifier\":{\"type\":\"dns\",\"value\":\"192.0.2.1\"},\"challenges\":[]}", "acme_protocol" },
		{ "{\"status\":\"valid\",\"identifier\":{\"type\":\"dns\",\"value\":\"a b\"},\"challenges\":[]}", "acme_protocol" },
		{ "{\"status\":\"valid\",\"identifier\":\"example.org\",\"challenges\":[]}", "acme_protocol" },
		{ "{\"status\":\"valid\",\"expires\":7,\"identifier\":{\"type\":\"dns\",\"value\":\"example.org\"},\"challenges\":[]}",
		    "acme_protocol" },
	};
	auto_arena *a = arena_new(1 << 18);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct acme_authorization z = { .expires = 77 };
		struct err err = { 0 };

		cr_assert_not(authorization_of(a, table[i].text, &z, &err), "%zu", i);
		cr_assert_str_eq(err.code, table[i].code, "%zu: %s", i, err.detail);
		cr_assert_eq(z.expires, 77);
	}
}

Test(read, ten_thousand_challenges_take_no_more_room_than_one)
{
	auto_arena *a = arena_new(1 << 16);
	auto_json *json = json_loads(AUTHZ("\"challenges\":[]"), 0, NULL);
	const struct reader r = reader_in(a);
	struct acme_authorization z = { 0 };

	for (int i = 0; i < 10000; i++)
		json_array_append_new(json_object_get(json, "challenges"),
		    json_loads(CHALLENGE("http-01", "\"token\":\"" TOKEN "\""), 0, NULL));
	cr_assert(read_authorization(&r, json, &z, NULL));
	cr_assert_not_null(z.http01.url);
}
