/*
 * What a CA sends: a letter that says what it is, then JSON or text.  d, o, z:
 * directory, order, authorization; c: a challenge set off; u: URL; t: time; k: token or nonce.  No URL
 * that is taken leads to somebody else, however it is written.
 */
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "acme/read.h"
#include "base/name.h"
#include "tests/fuzz/fuzz.h"

#define ORIGIN "https://ca.test:443"
#define THUMBPRINT "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"
enum { MOST = 1 << 16, ARENA = 4 << 20 };

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Does libcurl, which will fetch it, see host and port of the origin? */
static void
check_curl_sees(const char *url, const char *origin)
{
	CURLU *u = curl_url(), *o = curl_url();
	char *host[2] = { NULL }, *port[2] = { NULL };

	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_set(o, CURLUPART_URL, origin, 0) == CURLUE_OK) {
		assert(curl_url_get(u, CURLUPART_HOST, &host[0], 0) == CURLUE_OK);
		assert(curl_url_get(o, CURLUPART_HOST, &host[1], 0) == CURLUE_OK);
		assert(curl_url_get(u, CURLUPART_PORT, &port[0], CURLU_DEFAULT_PORT) == CURLUE_OK);
		assert(curl_url_get(o, CURLUPART_PORT, &port[1], CURLU_DEFAULT_PORT) == CURLUE_OK);
		assert(strcasecmp(host[0], host[1]) == 0 && strcmp(port[0], port[1]) == 0);
	}
	for (int i = 0; i < 2; i++) {
		curl_free(host[i]);
		curl_free(port[i]);
	}
	curl_url_cleanup(u);
	curl_url_cleanup(o);
}

static void
check_url(const char *url)
{
	assert(strlen(url) <= URL_MOST && fuzz_is_printable_ascii(url) &&
	    strpbrk(url, " \\#") == NULL);
	check_curl_sees(url, ORIGIN);
}

static void
check_error(const struct err *err)
{
	if (err->code != NULL)
		assert(strncmp(err->detail, "lets_encrypt: ", 14) == 0);
}

static void
check_refusal(const struct err *err)
{
	fuzz_check_err(err);
	assert(strcmp(err->code, "acme_protocol") == 0 ||
	    strcmp(err->code, "acme_foreign_url") == 0 || strcmp(err->code, "acme_bad_token") == 0);
	check_error(err);
}

static void
check_name(const struct reader *r, const char *name)
{
	assert(strcmp(name_canonical(r->arena, name, (struct name_rules){ 0 }, NULL), name) == 0);
}

static void
check_directory(const struct reader *r, const json_t *json)
{
	struct acme_directory d = { 0 }, *copy;
	struct err err = { 0 };

	if (!read_directory(r, json, &d, &err)) {
		check_refusal(&err);
		assert(d.new_order == NULL);
		return;
	}
	check_url(d.new_nonce);
	check_url(d.new_account);
	check_url(d.new_order);
	assert(d.terms_of_service == NULL || fuzz_is_printable_ascii(d.terms_of_service));
	for (const char *const *name = d.caa_identities; *name != NULL; name++)
		check_name(r, *name);
	assert(d.profile_count <= ACME_MAX_PROFILES);
	for (size_t i = 0; i < d.profile_count; i++)
		assert(fuzz_is_printable_ascii(d.profiles[i].name) &&
		    strpbrk(d.profiles[i].text, "\r\n\x1b") == NULL);
	copy = directory_copy(r->arena, &d);
	assert(strcmp(copy->new_order, d.new_order) == 0 && copy->profile_count == d.profile_count);
}

static void
check_order(const struct reader *r, const json_t *json)
{
	static const char *const names[] = { "shop.example.com", "*.shop.example.com", NULL };
	struct acme_order o = { .url = ORIGIN "/order/1" }, strict = o;
	struct err err = { 0 };
	bool ok = read_order(r, json, NULL, &o, &err);

	if (read_order(r, json, names, &strict, NULL))
		assert(ok);
	if (!ok) {
		check_refusal(&err);
		assert(o.status == NULL);
		return;
	}
	assert(strcmp(o.url, ORIGIN "/order/1") == 0 && o.count <= ACME_MAX_AUTHORIZATIONS);
	check_error(&o.err);
	if (o.finalize != NULL)
		check_url(o.finalize);
	assert(o.finalize != NULL || strcmp(o.status, "invalid") == 0);
	if (o.certificate != NULL)
		check_url(o.certificate);
	assert(o.certificate != NULL || strcmp(o.status, "valid") != 0);
	for (size_t i = 0; i < o.count; i++)
		check_url(o.authorizations[i].url);
}

static void
check_challenge(const struct acme_challenge *c)
{
	size_t len;

	if (c->url == NULL)
		return;
	check_url(c->url);
	check_error(&c->err);
	len = strlen(c->token);
	assert(len >= TOKEN_LEAST && len <= TOKEN_MOST && strspn(c->token, base64url) == len);
	assert(strncmp(c->key_authorization, c->token, len) == 0 &&
	    strcmp(c->key_authorization + len, "." THUMBPRINT) == 0);
	assert(strlen(c->txt_value) == 43 && strspn(c->txt_value, base64url) == 43);
}

static void
check_authorization(const struct reader *r, const json_t *json)
{
	struct acme_authorization z = { .url = ORIGIN "/authz/1" };
	struct err err = { 0 };

	if (!read_authorization(r, json, &z, &err)) {
		check_refusal(&err);
		assert(z.name == NULL);
		return;
	}
	check_name(r, z.name);
	check_challenge(&z.http01);
	check_challenge(&z.dns01);
	check_error(&z.err);
	for (const char *const *type = z.others; *type != NULL; type++)
		assert(fuzz_is_printable_ascii(*type));
	for (const char *const *name = z.issuer_domain_names; *name != NULL; name++)
		check_name(r, *name);
}

static void
check_origin(const struct reader *r, const char *url)
{
	const char *origin = read_origin(r->arena, url);

	if (origin != NULL) {
		assert(strcmp(read_origin(r->arena, origin), origin) == 0);
		check_curl_sees(url, origin);
	}
	if (read_check_url(r, "url", url, NULL)) {
		assert(origin != NULL && strcmp(origin, ORIGIN) == 0);
		check_url(url);
	}
}

/* Between 1970 and 9999, give or take a zone; and written out it reads the same. */
static void
check_time(const char *text)
{
	int64_t t = 77, again;
	char out[64];
	struct tm tm;
	time_t seconds;

	if (!read_time(text, &t)) {
		assert(t == 77);
		return;
	}
	assert(t >= -86400 && t <= INT64_C(253402300800) + 86400);
	if (t < 0 || t > INT64_C(253402300799))
		return;
	seconds = (time_t)t;
	assert(gmtime_r(&seconds, &tm) != NULL &&
	    strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%SZ", &tm) == 20);
	assert(read_time(out, &again) && again == t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA);
	auto_json *json = NULL;
	const struct reader r = { a, "lets_encrypt", ORIGIN, THUMBPRINT };
	const char *text;

	if (size < 1 || size > MOST)
		return 0;
	text = fuzz_text(a, data + 1, size - 1);
	json = json_read((const char *)data + 1, size - 1, MOST, a, NULL);
	switch (data[0]) {
	case 'd':
		check_directory(&r, json);
		break;
	case 'o':
		check_order(&r, json);
		break;
	case 'z':
		check_authorization(&r, json);
		break;
	case 'c':
		check_error(&read_validated(&r, json)->err);
		break;
	case 'u':
		check_origin(&r, text);
		break;
	case 't':
		check_time(text);
		break;
	case 'k':
		assert(!read_is_token(text) ||
		    (read_is_nonce(text) && strspn(text, base64url) == strlen(text)));
		break;
	}
	return 0;
}
