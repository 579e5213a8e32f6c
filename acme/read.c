/*
 * Reading what a CA sends.  Everything here is judged before it is used:
 * a token ends up in a path and a TXT record, a URL in a signed request.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "acme/jws.h"
#include "acme/problem.h"
#include "acme/read.h"
#include "base/name.h"

enum { PROFILE_MOST = 64, TYPE_MOST = 64, NAME_MOST = 253 };

#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static bool
wrong(const struct reader *r, const char *what, struct err *ret_err)
{
	if (ret_err != NULL)
		*ret_err = problem_new(r->arena, r->ca, ERR_acme_protocol,
		    arena_printf(r->arena, "%s is missing or not what it should be", what));
	return false;
}

/* ---- small values ---------------------------------------------------------- */

static bool
is_base64url(const char *text, size_t least, size_t most)
{
	size_t len = strnlen(text, most + 1);

	return len >= least && len <= most && strspn(text, BASE64URL) == len;
}

bool
read_is_nonce(const char *text)
{
	return is_base64url(text, 1, NONCE_MOST);
}

bool
read_is_token(const char *text)
{
	return is_base64url(text, TOKEN_LEAST, TOKEN_MOST);
}

bool
read_is_profile(const char *name)
{
	size_t len = strnlen(name, PROFILE_MOST + 1);

	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return len > 0 && len <= PROFILE_MOST;
}

/* "host" or "[address]", then perhaps ":port", up to `end`. */
static bool
split_authority(const char *at, const char *end, const char **ret_host_end, const char **ret_port)
{
	const char *p = at;

	if (*p == '[') {
		p += 1 + strspn(p + 1, "0123456789abcdefABCDEF:.");
		if (*p++ != ']')
			return false;
	} else {
		while (p < end && (isalnum((unsigned char)*p) || *p == '-' || *p == '.'))
			p++;
	}
	if (p == at)
		return false;
	*ret_host_end = p;
	*ret_port = "443";
	if (p == end)
		return true;
	if (*p != ':' || end - p < 2 || end - p > 6)
		return false;
	*ret_port = p + 1;
	for (p++; p < end; p++)
		if (!isdigit((unsigned char)*p))
			return false;
	return true;
}

char *
read_origin(struct arena *a, const char *url)
{
	const char *at, *end, *host_end, *port;
	char *origin;

	if (strnlen(url, URL_MOST + 1) > URL_MOST || strncasecmp(url, "https://", 8) != 0)
		return NULL;
	for (const char *p = url; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("#\\\"<>^`{|}", *p) != NULL)
			return NULL;
	at = url + 8;
	end = at + strcspn(at, "/?");
	if (!split_authority(at, end, &host_end, &port))
		return NULL;
	origin = arena_printf(a, "https://%.*s:%d", (int)(host_end - at), at,
	    (int)strtol(port, NULL, 10));
	for (char *p = origin; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return origin;
}

bool
read_check_url(const struct reader *r, const char *what, const char *url, struct err *ret_err)
{
	auto_arena *scratch = arena_new(4 * URL_MOST);
	const char *origin = read_origin(scratch, url);

	if (origin != NULL && strcmp(origin, r->origin) == 0)
		return true;
	if (ret_err != NULL)
		*ret_err = problem_new(r->arena, r->ca, ERR_acme_foreign_url,
		    arena_printf(r->arena, "%s is %.200s, not under %s", what, url, r->origin));
	return false;
}

/* What is none takes no memory: a CA may send a hundred thousand of them. */
const char *
read_name(const struct reader *r, const char *text)
{
	auto_arena *scratch = arena_new(NAME_MOST + 1);

	if (text == NULL || strnlen(text, NAME_MOST + 1) > NAME_MOST)
		return NULL;
	return arena_strdup(r->arena, name_canonical(scratch, text, (struct name_rules){ 0 }, NULL));
}

/* ---- members --------------------------------------------------------------- */

/* A URL of the CA, copied; *ret stays NULL if it is absent and optional. */
static bool
take_url(const struct reader *r, const json_t *obj, const char *member, bool optional, const char **ret,
    struct err *ret_err)
{
	const char *url = json_str(obj, member);

	if (optional && (json_object_get(obj, member) == NULL || json_is_null(json_object_get(obj, member))))
		return true;
	if (url == NULL)
		return wrong(r, member, ret_err);
	if (!read_check_url(r, member, url, ret_err))
		return false;
	*ret = arena_strdup(r->arena, url);
	return true;
}

/* One of the known statuses, as the table's own text. */
static bool
take_status(const struct reader *r, const json_t *obj, const char *const *known, const char **ret, struct err *ret_err)
{
	const char *status = json_str(obj, "status");

	for (; status != NULL && *known != NULL; known++) {
		if (strcmp(status, *known) == 0) {
			*ret = *known;
			return true;
		}
	}
	return wrong(r, "status", ret_err);
}

/* `expires` may be absent (RFC 8555 §7.1.3, §7.1.4). */
static bool
take_expires(const struct reader *r, const json_t *obj, int64_t *ret, struct err *ret_err)
{
	const json_t *expires = json_object_get(obj, "expires");

	if (expires == NULL || json_is_null(expires))
		return true;
	if (!json_is_string(expires) || !read_time(json_string_value(expires), ret))
		return wrong(r, "expires", ret_err);
	return true;
}

static bool
take_error(const struct reader *r, const json_t *obj, struct err *ret, struct err *ret_err)
{
	const json_t *problem = json_object_get(obj, "error");

	if (problem == NULL || json_is_null(problem))
		return true;
	if (!json_is_object(problem))
		return wrong(r, "error", ret_err);
	*ret = problem_of_object(r->arena, r->ca, problem);
	return true;
}

/* ---- orders ---------------------------------------------------------------- */

static bool
has_identifier(const json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *type = json_str(json_array_get(list, i), "type");
		const char *value = json_str(json_array_get(list, i), "value");

		if (type != NULL && strcmp(type, "dns") == 0 && value != NULL && strcasecmp(value, name) == 0)
			return true;
	}
	return false;
}

/* The CA must repeat what was ordered, in any order (§7.1.3). */
static bool
check_identifiers(const struct reader *r, const json_t *obj, const char *const *names, struct err *ret_err)
{
	const json_t *list = json_list(obj, "identifiers");
	size_t count = 0;

	for (; names[count] != NULL; count++)
		if (!has_identifier(list, names[count]))
			return wrong(r, "identifiers", ret_err);
	return json_array_size(list) == count || wrong(r, "identifiers", ret_err);
}

static bool
take_authorizations(const struct reader *r, const json_t *obj, struct acme_order *ret, struct err *ret_err)
{
	const json_t *list = json_list(obj, "authorizations");
	size_t count = json_array_size(list);

	if (list == NULL || count > ACME_MAX_AUTHORIZATIONS ||
	    (count == 0 && strcmp(ret->status, "pending") == 0))
		return wrong(r, "authorizations", ret_err);
	for (size_t i = 0; i < count; i++) {
		const char *url = json_string_value(json_array_get(list, i));

		if (url == NULL)
			return wrong(r, "authorizations", ret_err);
		if (!read_check_url(r, "authorization", url, ret_err))
			return false;
		ret->authorizations[i].url = arena_strdup(r->arena, url);
	}
	ret->count = count;
	return true;
}

/* Of the profiles draft; null is none. */
static bool
take_profile(const struct reader *r, const json_t *obj, const char **ret, struct err *ret_err)
{
	const json_t *profile = json_object_get(obj, "profile");
	const char *name = json_string_value(profile);

	if (profile == NULL || json_is_null(profile))
		return true;
	if (name == NULL || !read_is_profile(name))
		return wrong(r, "profile", ret_err);
	*ret = arena_strdup(r->arena, name);
	return true;
}

bool
read_order(const struct reader *r, const json_t *obj, const char *const *names, struct acme_order *ret,
    struct err *ret_err)
{
	static const char *const known[] = { "pending", "ready", "processing", "valid", "invalid", NULL };
	struct acme_order o = { .url = ret->url, .retry_after = ret->retry_after };

	if (!take_status(r, obj, known, &o.status, ret_err) ||
	    !take_expires(r, obj, &o.expires, ret_err) ||
	    !take_error(r, obj, &o.err, ret_err) ||
	    !take_url(r, obj, "finalize", strcmp(o.status, "invalid") == 0, &o.finalize, ret_err) ||
	    !take_url(r, obj, "certificate", strcmp(o.status, "valid") != 0, &o.certificate, ret_err) ||
	    !take_authorizations(r, obj, &o, ret_err) ||
	    !take_profile(r, obj, &o.profile, ret_err))
		return false;
	if (names != NULL && !check_identifiers(r, obj, names, ret_err))
		return false;
	*ret = o;
	return true;
}

/* ---- authorizations -------------------------------------------------------- */

static bool
take_identifier(const struct reader *r, const json_t *obj, struct acme_authorization *ret, struct err *ret_err)
{
	const json_t *identifier = json_object_get(obj, "identifier");
	const char *type = json_str(identifier, "type");
	const char *name = read_name(r, json_str(identifier, "value"));
	const json_t *wildcard = json_object_get(obj, "wildcard");

	if (type == NULL || strcmp(type, "dns") != 0 || name == NULL)
		return wrong(r, "identifier", ret_err);
	if (wildcard != NULL && !json_is_null(wildcard) && !json_is_boolean(wildcard))
		return wrong(r, "wildcard", ret_err);
	ret->name = name;
	ret->wildcard = json_is_true(wildcard);
	return true;
}

static bool
read_challenge(const struct reader *r, const json_t *obj, struct acme_challenge *ret, struct err *ret_err)
{
	static const char *const known[] = { "pending", "processing", "valid", "invalid", NULL };
	const char *token = json_str(obj, "token");
	struct acme_challenge c = { 0 };

	if (!take_status(r, obj, known, &c.status, ret_err) ||
	    !take_url(r, obj, "url", false, &c.url, ret_err) ||
	    !take_error(r, obj, &c.err, ret_err))
		return false;
	if (token == NULL)
		return wrong(r, "token", ret_err);
	if (!read_is_token(token)) {
		if (ret_err != NULL)
			*ret_err = problem_new(r->arena, r->ca, ERR_acme_bad_token,
			    "a token is not 22 to 512 characters of base64url");
		return false;
	}
	c.token = arena_strdup(r->arena, token);
	c.key_authorization = arena_printf(r->arena, "%s.%s", token, r->thumbprint);
	c.txt_value = jws_digest(r->arena, c.key_authorization);
	*ret = c;
	return true;
}

/* Another type than http-01 and dns-01; a person may want to know that it is offered.
 * True for the first of its type: what is kept must be bounded. */
static bool
keep_other(const struct reader *r, const char *type, struct acme_authorization *ret)
{
	size_t count = 0, len = strlen(type);

	if (len == 0 || len > TYPE_MOST || strspn(type, BASE64URL ".") != len)
		return false;
	for (; ret->others[count] != NULL; count++)
		if (strcmp(ret->others[count], type) == 0)
			return false;
	if (count == ACME_MAX_OTHERS)
		return false;
	ret->others[count] = arena_strdup(r->arena, type);
	return true;
}

/* dns-persist-01: the names that a record may have; no or too many of them
 * make the challenge malformed, as the draft says. */
static void
keep_issuers(const struct reader *r, const json_t *challenge, struct acme_authorization *ret)
{
	const json_t *list = json_list(challenge, "issuer-domain-names");
	size_t count;

	list = list != NULL ? list : json_list(challenge, "issuerDomainNames");	/* since draft 02 */
	count = json_array_size(list);
	if (count > ACME_MAX_ISSUERS)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *name = read_name(r, json_string_value(json_array_get(list, i)));

		if (name == NULL) {
			memset(ret->issuer_domain_names, 0, sizeof ret->issuer_domain_names);
			return;
		}
		ret->issuer_domain_names[i] = name;
	}
}

/* Nobody depends on dns-persist-01: one that cannot be used counts as absent.
 * Since draft 02 the record names a hash of the account, and so do those of
 * the member's other spelling: they are not answered. */
static void
read_persist(const struct reader *r, const json_t *one, struct acme_authorization *ret)
{
	static const char *const known[] = { "pending", "processing", "valid", "invalid", NULL };
	struct acme_challenge c = { 0 };

	keep_issuers(r, one, ret);
	if (ret->issuer_domain_names[0] != NULL && json_list(one, "issuer-domain-names") != NULL &&
	    take_status(r, one, known, &c.status, NULL) && take_url(r, one, "url", false, &c.url, NULL) &&
	    take_error(r, one, &c.err, NULL))
		ret->persist01 = c;
}

static bool
take_challenge(const struct reader *r, const json_t *one, struct acme_authorization *ret, struct err *ret_err)
{
	const char *type = json_str(one, "type");
	const json_t *problem = json_object_get(one, "error");
	struct acme_challenge *place;

	if (type == NULL)
		return wrong(r, "challenge type", ret_err);
	/* Of each type the first counts. */
	place = strcmp(type, "http-01") == 0 ? &ret->http01 : strcmp(type, "dns-01") == 0 ? &ret->dns01 : NULL;
	if (place != NULL && place->url == NULL && !read_challenge(r, one, place, ret_err))
		return false;
	if (place == NULL && keep_other(r, type, ret) && strcmp(type, "dns-persist-01") == 0)
		read_persist(r, one, ret);
	if (ret->err.code == NULL && place != NULL)
		ret->err = place->err;
	else if (ret->err.code == NULL && json_is_object(problem))
		ret->err = problem_of_object(r->arena, r->ca, problem);
	return true;
}

bool
read_authorization(const struct reader *r, const json_t *obj, struct acme_authorization *ret, struct err *ret_err)
{
	static const char *const known[] = { "pending", "valid", "invalid", "deactivated", "expired",
		"revoked", NULL };
	const json_t *list = json_list(obj, "challenges");
	struct acme_authorization z = { .url = ret->url };

	if (!take_identifier(r, obj, &z, ret_err) ||
	    !take_status(r, obj, known, &z.status, ret_err) ||
	    !take_expires(r, obj, &z.expires, ret_err))
		return false;
	if (list == NULL)
		return wrong(r, "challenges", ret_err);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!take_challenge(r, json_array_get(list, i), &z, ret_err))
			return false;
	*ret = z;
	return true;
}

struct acme_challenge *
read_validated(const struct reader *r, const json_t *obj)
{
	static const char *const known[] = { "pending", "processing", "valid", "invalid", NULL };
	struct acme_challenge *c = arena_alloc(r->arena, sizeof *c);

	take_status(r, obj, known, &c->status, NULL);
	take_error(r, obj, &c->err, NULL);
	return c;
}
