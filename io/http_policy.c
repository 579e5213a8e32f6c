/*
 * What io/http may be asked for.  A URL is read by the parser of the library
 * that will fetch it, and by our own eyes: where the two could differ about
 * the host, it is refused.
 */
#include "io/http_policy.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/name.h"

enum { URL_MAX = 2048, HEADER_MAX = 8192 };

static void
curlu_cleanup(CURLU **u)
{
	curl_url_cleanup(*u);
}
static void
curl_text_cleanup(char **text)
{
	curl_free(*text);
}
#define auto_curlu __attribute__((cleanup(curlu_cleanup))) CURLU
#define auto_curl_text __attribute__((cleanup(curl_text_cleanup))) char

static bool
is_bad(struct err *err, const char *why)
{
	return err_set(err, ERR_http_bad_url, why);
}

/* Host and port as they are written; the port is "" when there is none. */
struct authority {
	const char *host;
	size_t	    host_len;
	const char *port;
	size_t	    port_len;
};

static bool
split_authority(const char *text, struct authority *ret, struct err *err)
{
	size_t len = strcspn(text, "/?#");
	const char *end = text + len, *colon;
	struct authority a = { .host = text };

	if (memchr(text, '@', len) != NULL)
		return is_bad(err, "the URL holds a user name");
	if (memchr(text, '%', len) != NULL)
		return is_bad(err, "the host is percent-encoded or has a zone");
	if (*text == '[') {
		const char *bracket = memchr(text, ']', len);

		if (bracket == NULL)
			return is_bad(err, "the host is not a name or an address");
		a.host_len = (size_t)(bracket + 1 - text);
		colon = bracket + 1;
	} else {
		colon = memchr(text, ':', len);
		if (colon == NULL)
			colon = end;
		a.host_len = (size_t)(colon - text);
	}
	a.port = colon;
	if (colon < end) {
		a.port = colon + 1;
		a.port_len = (size_t)(end - a.port);
		if (*colon != ':' || a.port_len == 0)
			return is_bad(err, "the port is not a number from 1 to 65535");
	}
	if (a.host_len == 0)
		return is_bad(err, "the URL has no host");
	*ret = a;
	return true;
}

static bool
read_port(const struct authority *a, bool is_https, unsigned *ret, struct err *err)
{
	unsigned port = 0;

	if (a->port_len == 0) {
		*ret = is_https ? 443 : 80;
		return true;
	}
	for (size_t i = 0; i < a->port_len && port <= 65535; i++) {
		unsigned digit = (unsigned char)a->port[i] - (unsigned)'0';

		/* No leading zero either: it would be rewritten. */
		if (digit > 9 || (i == 0 && digit == 0))
			return is_bad(err, "the port is not a number from 1 to 65535");
		port = port * 10 + digit;
	}
	if (port == 0 || port > 65535)
		return is_bad(err, "the port is not a number from 1 to 65535");
	*ret = port;
	return true;
}

static bool
read_host(struct arena *arena, const char *host, struct http_url *ret, struct err *err)
{
	size_t len = strlen(host);
	struct sockaddr_storage address;

	if (*host == '[' || addr_parse(host, &address)) {
		const char *literal = *host == '[' ? arena_strndup(arena, host + 1, len - 2) : host;

		if (!addr_parse(literal, &address) || (*host == '[') != (address.ss_family == AF_INET6))
			return is_bad(err, "the host is not a name or an address");
		addr_set_port((struct sockaddr *)&address, ret->port);
		ret->host = literal;
		ret->is_literal = true;
		ret->address = address;
		return true;
	}
	/* base/name refuses names that some parser takes for a number (127.1). */
	if (host[len - 1] == '.')
		return is_bad(err, "the host is not a name or an address in its usual form");
	ret->host = name_canonical(arena, host, (struct name_rules){ .service = true }, NULL);
	if (ret->host == NULL)
		return is_bad(err, "the host is not a valid DNS name");
	return true;
}

/* The library must see the very host that is written. */
static bool
library_agrees(const char *url, const struct authority *a, const struct http_url *u)
{
	auto_curlu *parsed = curl_url();
	auto_curl_text *host = NULL, *scheme = NULL, *port = NULL;
	char number[16];

	if (parsed == NULL)
		abort();
	snprintf(number, sizeof(number), "%u", u->port);
	return curl_url_set(parsed, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_PATH_AS_IS) == CURLUE_OK &&
	    curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	    strlen(host) == a->host_len && strncasecmp(host, a->host, a->host_len) == 0 &&
	    strcmp(scheme, u->is_https ? "https" : "http") == 0 && strcmp(port, number) == 0;
}

bool
http_url_read(struct arena *arena, const char *url, bool https_only, struct http_url *ret, struct err *err)
{
	struct http_url u = { 0 };
	struct authority a = { 0 };
	const char *rest;

	if (strnlen(url, URL_MAX + 1) > URL_MAX)
		return is_bad(err, "the URL is longer than 2,048 octets");
	for (const char *c = url; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || *c == '\\')
			return is_bad(err, "the URL holds a character that must be encoded");
	u.is_https = strncasecmp(url, "https://", 8) == 0;
	if (!u.is_https && strncasecmp(url, "http://", 7) != 0)
		return is_bad(err, "the URL does not begin with https:// or http://");
	if (!u.is_https && https_only)
		return is_bad(err, "the URL does not begin with https://");
	rest = url + (u.is_https ? 8 : 7);
	if (!split_authority(rest, &a, err) || !read_port(&a, u.is_https, &u.port, err) ||
	    !read_host(arena, arena_strndup(arena, a.host, a.host_len), &u, err))
		return false;
	if (!library_agrees(url, &a, &u))
		return is_bad(err, "the host is not a name or an address in its usual form");
	*ret = u;
	return true;
}

char *
http_url_join(struct arena *arena, const char *url, const char *location)
{
	auto_curlu *u = curl_url();
	auto_curl_text *text = NULL;

	if (u == NULL)
		abort();
	/* What is no ASCII is encoded, as those who follow redirects do. */
	if (strnlen(location, URL_MAX + 1) > URL_MAX || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_URL, location, CURLU_DISALLOW_USER | CURLU_URLENCODE) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_URL, &text, 0) != CURLUE_OK)
		return NULL;
	return arena_strdup(arena, text);
}

bool
http_header_is_sendable(const char *line)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t name = strspn(line, token);	/* RFC 9110 §5.6.2 */

	if (name == 0 || strnlen(line, HEADER_MAX + 1) > HEADER_MAX || strncmp(line + name, ": ", 2) != 0 ||
	    line[name + 2] == '\0')
		return false;
	for (const char *value = line + name + 2; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	return true;
}

bool
http_address_is_allowed(const struct sockaddr *address, bool allow_private)
{
	switch (addr_class(address)) {
	case ADDR_PUBLIC:
		return true;
	case ADDR_PRIVATE:
		return allow_private;
	case ADDR_SPECIAL:
		break;
	}
	return false;
}

char *
http_pin(struct arena *arena, const struct http_url *url, const struct sockaddr_storage *addresses, size_t count)
{
	auto_buf out;
	char text[64];

	buf_init(&out, 4096);
	buf_printf(&out, "%s:%u:", url->host, url->port);
	for (size_t i = 0; i < count; i++) {
		bool is_v6 = addresses[i].ss_family == AF_INET6;

		addr_text((const struct sockaddr *)&addresses[i], text, sizeof(text));
		buf_printf(&out, is_v6 ? "%s[%s]" : "%s%s", i == 0 ? "" : ",", text);
	}
	return arena_strdup(arena, out.data);
}
