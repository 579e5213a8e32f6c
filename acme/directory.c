/*
 * A CA's directory (RFC 8555 §7.1.1): what every order needs is judged here,
 * what only some need when it is needed.
 */
#include <string.h>
#include "acme/problem.h"
#include "acme/read.h"

enum { PROFILE_TEXT_MOST = 200 };

/* ---- what every order needs ------------------------------------------------- */

static bool
take_needed(const struct reader *r, const json_t *obj, const char *member, const char **ret, struct err *ret_err)
{
	const char *url = json_str(obj, member);

	if (url == NULL) {
		if (ret_err != NULL)
			*ret_err = problem_new(r->arena, r->ca, ERR_acme_protocol,
			    arena_printf(r->arena, "%s is missing or not what it should be", member));
		return false;
	}
	if (!read_check_url(r, member, url, ret_err))
		return false;
	*ret = arena_strdup(r->arena, url);
	return true;
}

/* ---- what it offers beside them --------------------------------------------- */

static const char *
offered(const struct reader *r, const json_t *obj, const char *member)
{
	const char *url = json_str(obj, member);

	return url != NULL && *url != '\0' && strlen(url) <= URL_MOST ? arena_strdup(r->arena, url) : NULL;
}

/* A page for people, on whatever site. */
static const char *
page(const struct reader *r, const json_t *obj, const char *member)
{
	const char *url = offered(r, obj, member);

	if (url == NULL || (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0))
		return NULL;
	for (const char *p = url; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return NULL;
	return url;
}

static void
take_identities(const struct reader *r, const json_t *list, struct acme_directory *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(list) && count < ACME_MAX_IDENTITIES; i++) {
		const char *name = read_name(r, json_string_value(json_array_get(list, i)));

		if (name != NULL)
			ret->caa_identities[count++] = name;
	}
}

static void
take_profiles(const struct reader *r, const json_t *profiles, struct acme_directory *ret)
{
	const char *name;
	json_t *text;

	json_object_foreach((json_t *)profiles, name, text) {
		if (ret->profile_count == ACME_MAX_PROFILES)
			return;
		if (!read_is_profile(name))
			continue;
		ret->profiles[ret->profile_count++] = (struct acme_profile){
			.name = arena_strdup(r->arena, name),
			.text = problem_clean(r->arena, json_is_string(text) ? json_string_value(text) : "",
			    PROFILE_TEXT_MOST),
		};
	}
}

bool
read_directory(const struct reader *r, const json_t *obj, struct acme_directory *ret, struct err *ret_err)
{
	const json_t *meta = json_object_get(obj, "meta");
	struct acme_directory d = { 0 };

	if (!take_needed(r, obj, "newNonce", &d.new_nonce, ret_err) ||
	    !take_needed(r, obj, "newAccount", &d.new_account, ret_err) ||
	    !take_needed(r, obj, "newOrder", &d.new_order, ret_err))
		return false;
	d.revoke_cert = offered(r, obj, "revokeCert");
	d.key_change = offered(r, obj, "keyChange");
	d.renewal_info = offered(r, obj, "renewalInfo");
	d.terms_of_service = page(r, meta, "termsOfService");
	d.external_account_required = json_bool(meta, "externalAccountRequired", false);
	take_identities(r, json_list(meta, "caaIdentities"), &d);
	take_profiles(r, json_object_get(meta, "profiles"), &d);
	*ret = d;
	return true;
}

struct acme_directory *
directory_copy(struct arena *a, const struct acme_directory *d)
{
	struct acme_directory *copy = arena_memdup(a, d, sizeof *d);
	const char **urls[] = { &copy->new_nonce, &copy->new_account, &copy->new_order, &copy->revoke_cert,
		&copy->key_change, &copy->renewal_info, &copy->terms_of_service };

	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
		*urls[i] = arena_strdup(a, *urls[i]);
	for (const char **name = copy->caa_identities; *name != NULL; name++)
		*name = arena_strdup(a, *name);
	for (size_t i = 0; i < copy->profile_count; i++)
		copy->profiles[i] = (struct acme_profile){ arena_strdup(a, copy->profiles[i].name),
			arena_strdup(a, copy->profiles[i].text) };
	return copy;
}
