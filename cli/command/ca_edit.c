/* certwright ca add, edit. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "acme/key.h"
#include "base/b64.h"
#include "cli/body.h"
#include "cli/command/ca.h"
#include "cli/file.h"
#include "cli/out.h"
#include "cli/sql.h"
#include "io/seal.h"

enum { MOST_HMAC = 4096, DAY = 86400 };

/* What is known about the authorities that the product names. */
static const struct known {
	const char *name, *directory, *directory_rsa, *caa;
	int64_t preference, token_days;
} known[] = {
	{ "google", "https://dv.acme-v02.api.pki.goog/directory", NULL, "pki.goog", 1, 14 },
	{ "lets_encrypt", "https://acme-v02.api.letsencrypt.org/directory", NULL, "letsencrypt.org", 2, 7 },
	{ "ssl_com", "https://acme.ssl.com/sslcom-dv-ecc", "https://acme.ssl.com/sslcom-dv-rsa", "ssl.com", 3, 14 },
	{ 0 }
};

static const struct known *
facts_of(const char *name)
{
	for (const struct known *k = known; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

/* A random UUID (RFC 9562 §5.4): the secrets are sealed for it before the row
 * exists. */
static const char *
make_uuid(struct arena *a)
{
	unsigned char b[16];

	random_bytes(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return arena_printf(a, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
	    b[14], b[15]);
}

/* ---- options into settings --------------------------------------------------- */

/* Digits with at most one unit of s, m, h, d; false: something else. */
static bool
read_span(const char *text, int64_t *ret_seconds)
{
	static const char units[] = "smhd";
	static const int64_t factors[] = { 1, 60, 3600, DAY };
	char *end;
	long long n = strtoll(text, &end, 10);
	const char *unit;

	if (!isdigit((unsigned char)*text) || n < 1 || n > 1000000000)
		return false;
	*ret_seconds = n;
	if (*end == '\0')
		return true;
	unit = strchr(units, *end);
	if (unit == NULL || end[1] != '\0')
		return false;
	*ret_seconds = n * factors[unit - units];
	return true;
}

static bool
put_span(const struct call *call, json_t *settings, struct err *err)
{
	const char *value = call_flag(call, "token-validity");
	int64_t seconds;

	if (value == NULL)
		return true;
	if (strcmp(value, "none") == 0)
		return json_object_set_new(settings, "token_validity", json_null()) == 0;
	if (!read_span(value, &seconds))
		return err_set(err, ERR_usage, "--token-validity must be a span such as 12h or 7d");
	return json_object_set_new(settings, "token_validity", json_integer(seconds)) == 0;
}

/* https, a host, no userinfo, no blanks; more the database says. */
static bool
is_https_url(const char *url)
{
	static const char scheme[] = "https://";
	const char *host = url + sizeof scheme - 1;

	if (strncmp(url, scheme, sizeof scheme - 1) != 0 || *host == '\0' || *host == '/')
		return false;
	for (const char *p = host; *p != '\0'; p++)
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f || *p == '@')
			return false;
	return true;
}

static bool
put_directories(const struct call *call, json_t *settings, struct err *err)
{
	const char *directory = call_flag(call, "directory"), *rsa = call_flag(call, "directory-rsa");

	if (directory != NULL && !is_https_url(directory))
		return err_set(err, ERR_usage, "--directory must be an https:// URL");
	if (rsa != NULL && strcmp(rsa, "none") != 0 && !is_https_url(rsa))
		return err_set(err, ERR_usage, "--directory-rsa must be an https:// URL, or none: the same as --directory");
	body_text(call, settings, "directory", "directory");
	body_text(call, settings, "directory-rsa", "directory_rsa");
	return true;
}

/* The daemon has another working directory. */
static bool
put_trust(const struct call *call, json_t *settings, struct err *err)
{
	const char *trust = call_flag(call, "trust");
	char *whole;

	if (trust == NULL || strcmp(trust, "none") == 0) {
		body_text(call, settings, "trust", "trust_file");
		return true;
	}
	whole = realpath(trust, NULL);
	if (whole == NULL)
		return err_set(err, ERR_usage, arena_printf(call->arena, "--trust: %s cannot be read", trust));
	json_object_set_new(settings, "trust_file", json_string(whole));
	free(whole);
	return true;
}

/* Here "none" is a value, not the lack of one. */
static bool
put_rate_limits(const struct call *call, json_t *settings, struct err *err)
{
	const char *value = call_flag(call, "rate-limits");

	if (value == NULL)
		return true;
	if (strcmp(value, "published") != 0 && strcmp(value, "none") != 0)
		return err_set(err, ERR_usage, "--rate-limits must be published or none");
	return json_object_set_new(settings, "rate_limits", json_string(value)) == 0;
}

static bool
is_none(const char *value)
{
	return value != NULL && strcmp(value, "none") == 0;
}

static bool
put_binding(const struct call *call, json_t *settings, struct err *err)
{
	const char *kid = call_flag(call, "eab-kid");

	if ((kid == NULL || is_none(kid)) != (call_flag(call, "eab-hmac-file") == NULL))
		return err_set(err, ERR_usage, "--eab-kid and --eab-hmac-file go together");
	body_text(call, settings, "eab-kid", "eab_kid");
	return true;
}

/* What add and edit have in common; NULL: usage. */
static json_t *
settings_of(const struct call *call, struct err *err)
{
	json_t *settings = json_object();

	body_list(call, settings, "caa", "caa_identities");
	body_text(call, settings, "contact", "contact");
	body_text(call, settings, "profile", "profile");
	body_text(call, settings, "preferred-chain", "preferred_chain");
	if (put_directories(call, settings, err) && put_trust(call, settings, err) &&
	    put_rate_limits(call, settings, err) && put_binding(call, settings, err) &&
	    body_number(call, settings, "preference", "preference", err) && put_span(call, settings, err) &&
	    body_number(call, settings, "orders-per-hour", "orders_per_hour", err))
		return settings;
	json_decref(settings);
	return NULL;
}

static void
put_default(json_t *settings, const char *member, json_t *value)
{
	if (json_object_get(settings, member) == NULL)
		json_object_set(settings, member, value);
	json_decref(value);
}

/* The facts of a known name, where nothing else is said; at a directory of
 * one's own there is no second one. */
static void
put_facts(json_t *settings, const struct known *k)
{
	if (k == NULL)
		return;
	if (k->directory_rsa != NULL && json_object_get(settings, "directory") == NULL)
		put_default(settings, "directory_rsa", json_string(k->directory_rsa));
	put_default(settings, "directory", json_string(k->directory));
	put_default(settings, "caa_identities", json_pack("[s]", k->caa));
	put_default(settings, "preference", json_integer(k->preference));
	put_default(settings, "token_validity", json_integer(k->token_days * DAY));
}

static json_t *
new_settings(const struct call *call, struct err *err)
{
	const char *name = call->args[0];
	auto_json *settings = settings_of(call, err);

	if (settings == NULL)
		return NULL;
	if (call_flag(call, "disabled") != NULL)
		json_object_set_new(settings, "enabled", json_false());
	put_facts(settings, facts_of(name));
	if (json_object_get(settings, "directory") == NULL) {
		err_set(err, ERR_usage, arena_printf(call->arena,
		    "ca add %s needs --directory URL; only google, lets_encrypt and ssl_com are known", name));
		return NULL;
	}
	if (strcmp(name, "ssl_com") == 0 && json_str(settings, "contact") == NULL) {
		err_set(err, ERR_usage, "ca add ssl_com needs --contact MAIL: "
		    "SSL.com issues nothing to an account without a mail address");
		return NULL;
	}
	return json_incref(settings);
}

/* ---- secrets --------------------------------------------------------------------- */

struct seal *
ca_open_seal(const struct call *call, struct err *err)
{
	if (call->conf->key_encryption_key_file[0] != '\0')
		return seal_open_file(call->conf->key_encryption_key_file, err);
	err_set(err, ERR_key_file, "key_encryption_key_file is not set: a secret could not be stored");
	return NULL;
}

const char *
ca_key_identity(struct arena *a, const char *id)
{
	return arena_printf(a, "certificate_authority/%s/account_key", id);
}

/* The HMAC key as the authority shows it: base64url, often with padding.  In
 * base64, sealed; NULL: error. */
static const char *
seal_hmac(const struct call *call, const struct seal *seal, const char *id, struct err *err)
{
	const char *path = call_flag(call, "eab-hmac-file");
	auto_secret text = { 0 };
	unsigned char *bytes, *sealed;
	size_t len, sealed_len;
	auto_arena *a = arena_new(8 * MOST_HMAC);

	if (!file_read_secret(path, MOST_HMAC, call->arena, &text, err))
		return NULL;
	while (text.len > 0 && (isspace(text.bytes[text.len - 1]) || text.bytes[text.len - 1] == '='))
		text.bytes[--text.len] = '\0';
	if (text.len == 0 || !b64url_decode(a, (const char *)text.bytes, &bytes, &len)) {
		err_set(err, ERR_usage, arena_printf(call->arena, "%s: this is not an HMAC key in base64url", path));
		return NULL;
	}
	seal_lock(seal, call->arena, arena_printf(call->arena, "certificate_authority/%s/eab_hmac", id),
	    bytes, len, &sealed, &sealed_len);
	explicit_bzero(bytes, len);
	return b64_encode(call->arena, sealed, sealed_len);
}

static json_t *
add(struct call *call, struct db *db, const json_t *settings, struct err *err)
{
	struct seal *seal = ca_open_seal(call, err);
	const char *id = make_uuid(call->arena), *hmac = NULL;
	json_t *added = NULL;
	char *key;

	if (seal == NULL)
		return NULL;
	key_make_account(call->arena, seal, ca_key_identity(call->arena, id), &key);
	if (call_flag(call, "eab-hmac-file") == NULL || (hmac = seal_hmac(call, seal, id, err)) != NULL)
		if (db_open(call, db, err))
			added = sql_add_authority(db, id, call->args[0], settings, key, hmac, err);
	seal_close(seal);
	return added;
}

enum exit_code
command_ca_add(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *settings = new_settings(call, &err);
	auto_json *added = NULL;

	if (settings == NULL || (added = add(call, &db, settings, &err)) == NULL)
		return call_failed(&err);
	ca_print(call, added);
	return EXIT_DONE;
}

/* The binding's key is sealed for the row that it is to stand in. */
static bool
edit_hmac(const struct call *call, struct db *db, const char **ret, struct err *err)
{
	auto_json *now = NULL;
	struct seal *seal;

	if (call_flag(call, "eab-hmac-file") == NULL)
		return true;
	if ((now = sql_get_authority(db, call->args[0], err)) == NULL || (seal = ca_open_seal(call, err)) == NULL)
		return false;
	*ret = seal_hmac(call, seal, json_str(now, "id"), err);
	seal_close(seal);
	return *ret != NULL;
}

enum exit_code
command_ca_edit(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *settings = settings_of(call, &err);
	auto_json *edited = NULL;
	const char *hmac = NULL;

	if (settings == NULL || !body_switch(call, settings, "enabled", "disabled", "enabled", &err) ||
	    !body_is_given(call, settings, &err) || !db_open(call, &db, &err) ||
	    !edit_hmac(call, &db, &hmac, &err) ||
	    (edited = sql_edit_authority(&db, call->args[0], settings, hmac, &err)) == NULL)
		return call_failed(&err);
	ca_print(call, edited);
	return EXIT_DONE;
}
