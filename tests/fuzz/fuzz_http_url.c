/*
 * URLs and header lines that we are asked to send.  A host is what is written:
 * the same by our eyes, by libcurl's, and when the URL is put together anew.
 */
#include <ctype.h>
#include <curl/curl.h>
#include <string.h>
#include "base/addr.h"
#include "base/name.h"
#include "io/http_policy.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 1 << 20, MOST_URL = 2048, MOST_HEADER = 8192 };

static void
check_curl_agrees(const char *url, const struct http_url *u)
{
	CURLU *parsed = curl_url();
	char *host = NULL, *user = NULL;
	size_t len;

	assert(curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK);
	assert(curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK);
	assert(curl_url_get(parsed, CURLUPART_USER, &user, 0) == CURLUE_NO_USER);
	len = strlen(host);
	if (host[0] == '[') {
		assert(host[len - 1] == ']' && len - 2 == strlen(u->host));
		assert(strncasecmp(host + 1, u->host, len - 2) == 0);
	} else {
		assert(strcasecmp(host, u->host) == 0);
	}
	curl_free(host);
	curl_url_cleanup(parsed);
}

static void
check_host(struct arena *a, const struct http_url *u)
{
	struct sockaddr_storage address;

	if (!u->is_literal) {
		assert(!addr_parse(u->host, &address));
		assert(
		    strcmp(name_canonical(a, u->host, (struct name_rules){ .service = true }, NULL),
			u->host) == 0);
		return;
	}
	assert(addr_parse(u->host, &address) && address.ss_family == u->address.ss_family);
	assert(addr_port((const struct sockaddr *)&u->address) == u->port);
}

static void
check_anew(struct arena *a, const struct http_url *u)
{
	bool is_v6 = u->is_literal && u->address.ss_family == AF_INET6;
	const char *url = arena_printf(a, "%s://%s%s%s:%u/", u->is_https ? "https" : "http",
	    is_v6 ? "[" : "", u->host, is_v6 ? "]" : "", u->port);
	struct http_url again;

	assert(http_url_read(a, url, u->is_https, &again, NULL));
	assert(strcmp(again.host, u->host) == 0 && again.port == u->port &&
	    again.is_literal == u->is_literal);
}

/* What libcurl is told about the host: nothing of the URL gets beyond its field. */
static void
check_pin(struct arena *a, const struct http_url *u)
{
	struct sockaddr_storage addresses[2];
	const char *pin;

	assert(addr_parse("192.0.2.1", &addresses[0]) && addr_parse("2001:db8::1", &addresses[1]));
	pin = http_pin(a, u, addresses, 2);
	assert(strpbrk(u->host, ",[] ") == NULL && (u->is_literal || strchr(u->host, ':') == NULL));
	assert(
	    strcmp(pin, arena_printf(a, "%s:%u:192.0.2.1,[2001:db8::1]", u->host, u->port)) == 0);
	if (u->is_literal && http_address_is_allowed((const struct sockaddr *)&u->address, false))
		assert(addr_class((const struct sockaddr *)&u->address) == ADDR_PUBLIC);
}

static void
check_url(struct arena *a, const char *url)
{
	struct http_url u = { .port = 77777 }, secure;
	struct err err = { 0 };

	if (!http_url_read(a, url, false, &u, &err)) {
		fuzz_check_code(&err, "http_bad_url");
		assert(err.detail != NULL && u.port == 77777);
		assert(!http_url_read(a, url, true, &secure, NULL));
		return;
	}
	assert(
	    strlen(url) <= MOST_URL && fuzz_is_printable_ascii(url) && strpbrk(url, " \\") == NULL);
	assert(u.port >= 1 && u.port <= 65535);
	assert(http_url_read(a, url, true, &secure, NULL) == u.is_https);
	check_host(a, &u);
	check_curl_agrees(url, &u);
	check_anew(a, &u);
	check_pin(a, &u);
}

static void
check_header(const char *line)
{
	const char *colon = strchr(line, ':');

	if (!http_header_is_sendable(line))
		return;
	assert(strlen(line) <= MOST_HEADER && strpbrk(line, "\r\n\t") == NULL);
	assert(colon != NULL && colon != line && colon[1] == ' ' && colon[2] != '\0' &&
	    memchr(line, ' ', (size_t)(colon - line)) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA + 4 * size);
	const char *text = fuzz_text(a, data, size);

	check_url(a, text);
	check_header(text);
	return 0;
}
