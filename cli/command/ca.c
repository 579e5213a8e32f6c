/* certwright ca add, list, show, remove. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acme/key.h"
#include "base/b64.h"
#include "cli/file.h"
#include "cli/out.h"
#include "cli/sql.h"
#include "io/seal.h"

enum { MOST_HMAC = 4096, DAY = 86400 };

static const struct column rows[] = {
	{ "name", "NAME" }, { "enabled", "ENABLED" }, { "healthy", "HEALTHY" },
	{ "orders_1h", "ORDERS/H" }, { "orders_7d", "ORDERS/7D" }, { "failures_1h", "FAILURES/H" },
	{ "budget_left", "BUDGET LEFT" }, { "last_error", "LAST ERROR" }, { 0 }
};

static const struct column lines[] = {
	{ "name", "name" }, { "id", "id" }, { "directory", "directory" },
	{ "trust_file", "trust file" }, { "caa_identities", "CAA identities" },
	{ "contact", "contact" }, { "profile", "profile" }, { "preference", "preference" },
	{ "token_validity", "token validity (s)" }, { "orders_per_hour", "orders per hour" },
	{ "enabled", "enabled" }, { "account_url", "account" }, { "eab_kid", "EAB key id" },
	{ "last_error", "last error" }, { "created_at", "created" }, { 0 }
};

/* What is known about the authorities that the product names. */
static const struct known {
	const char *name, *directory, *caa;
	int64_t preference, token_days;
} known[] = {
	{ "google", "https://dv.acme-v02.api.pki.goog/directory", "pki.goog", 1, 14 },
	{ "lets_encrypt", "https://acme-v02.api.letsencrypt.org/directory", "letsencrypt.org", 2, 7 },
	{ "ssl_com", "https://acme.ssl.com/sslcom-dv-ecc", "ssl.com", 3, 14 },
	{ "", NULL, "", 100, 7 },	/* any other */
};

static const struct known *
facts_of(const char *name)
{
	const struct known *k = known;

	while (k->name[0] != '\0' && strcmp(k->name, name) != 0)
		k++;
	return k;
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

/* Digits with at most one unit of `units`; false: something else. */
static bool
read_whole(const char *text, const char *units, const int64_t *factors, int64_t *ret)
{
	char *end;
	long long n = strtoll(text, &end, 10);
	const char *unit;

	if (!isdigit((unsigned char)*text) || n < 1 || n > 1000000000)
		return false;
	*ret = n;
	if (*end == '\0')
		return true;
	unit = strchr(units, *end);
	if (unit == NULL || end[1] != '\0')
		return false;
	*ret = n * factors[unit - units];
	return true;
}

static bool
read_numbers(struct call *call, struct new_authority *ca, struct err *err)
{
	static const int64_t spans[] = { 1, 60, 3600, DAY };
	const char *preference = call_flag(call, "preference");
	const char *validity = call_flag(call, "token-validity");
	const char *orders = call_flag(call, "orders-per-hour");

	if (preference != NULL && !read_whole(preference, "", NULL, &ca->preference))
		return err_set(err, ERR_usage, "--preference must be a whole number from 1");
	if (validity != NULL && !read_whole(validity, "smhd", spans, &ca->token_validity))
		return err_set(err, ERR_usage, "--token-validity must be a span such as 12h or 7d");
	if (orders != NULL && !read_whole(orders, "", NULL, &ca->orders_per_hour))
		return err_set(err, ERR_usage, "--orders-per-hour must be a whole number from 1");
	return true;
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
read_flags(struct call *call, struct new_authority *ca, struct err *err)
{
	const struct known *facts = facts_of(call->args[0]);
	const char *caa = call_flag(call, "caa");
	const char *trust = call_flag(call, "trust");

	ca->name = call->args[0];
	ca->preference = facts->preference;
	ca->token_validity = facts->token_days * DAY;
	ca->directory = call_flag(call, "directory") != NULL ? call_flag(call, "directory") : facts->directory;
	ca->caa = call_list(call->arena, caa != NULL ? caa : facts->caa, &ca->caa_count);
	ca->contact = call_flag(call, "contact");
	ca->profile = call_flag(call, "profile");
	ca->eab_kid = call_flag(call, "eab-kid");
	if (ca->directory == NULL)
		return err_set(err, ERR_usage, arena_printf(call->arena,
		    "ca add %s needs --directory URL; only google, lets_encrypt and ssl_com are known", ca->name));
	if (!is_https_url(ca->directory))
		return err_set(err, ERR_usage, "--directory must be an https:// URL");
	if ((ca->eab_kid == NULL) != (call_flag(call, "eab-hmac-file") == NULL))
		return err_set(err, ERR_usage, "--eab-kid and --eab-hmac-file go together");
	if (trust != NULL) {
		/* the daemon has another working directory */
		char *whole = realpath(trust, NULL);

		if (whole == NULL)
			return err_set(err, ERR_usage, arena_printf(call->arena, "--trust: %s cannot be read", trust));
		ca->trust_file = arena_strdup(call->arena, whole);
		free(whole);
	}
	return read_numbers(call, ca, err);
}

/* The HMAC key as the authority shows it: base64url, often with padding. */
static bool
seal_hmac(struct call *call, const struct seal *seal, struct new_authority *ca, struct err *err)
{
	const char *path = call_flag(call, "eab-hmac-file");
	auto_secret text = { 0 };
	unsigned char *bytes, *sealed;
	size_t len;
	auto_arena *a = arena_new(8 * MOST_HMAC);
	bool ok;

	if (!file_read_secret(path, MOST_HMAC, call->arena, &text, err))
		return false;
	while (text.len > 0 && (isspace(text.bytes[text.len - 1]) || text.bytes[text.len - 1] == '='))
		text.bytes[--text.len] = '\0';
	ok = text.len > 0 && b64url_decode(a, (const char *)text.bytes, &bytes, &len);
	if (!ok)
		return err_set(err, ERR_usage, arena_printf(call->arena,
		    "%s: this is not an HMAC key in base64url", path));
	seal_lock(seal, call->arena, arena_printf(call->arena, "certificate_authority/%s/eab_hmac", ca->id),
	    bytes, len, &sealed, &ca->eab_hmac_len);
	explicit_bzero(bytes, len);
	ca->eab_hmac = sealed;
	return true;
}

static bool
make_secrets(struct call *call, struct new_authority *ca, struct err *err)
{
	struct seal *seal;
	unsigned char *sealed;
	char *key;
	bool ok = true;

	if (call->conf->key_encryption_key_file[0] == '\0')
		return err_set(err, ERR_key_file,
		    "key_encryption_key_file is not set: the account key could not be stored");
	seal = seal_open_file(call->conf->key_encryption_key_file, err);
	if (seal == NULL)
		return false;
	ca->id = make_uuid(call->arena);
	key_make_account(call->arena, seal,
	    arena_printf(call->arena, "certificate_authority/%s/account_key", ca->id), &key);
	if (!b64_decode(call->arena, key, &sealed, &ca->account_key_len))
		abort();
	ca->account_key = sealed;
	if (ca->eab_kid != NULL)
		ok = seal_hmac(call, seal, ca, err);
	seal_close(seal);
	return ok;
}

enum exit_code
command_ca_add(struct call *call)
{
	struct new_authority ca = { 0 };
	struct err err;
	auto_db db = { 0 };
	auto_json *added = NULL;

	if (!read_flags(call, &ca, &err) || !make_secrets(call, &ca, &err) ||
	    !db_open(call, &db, &err) || (added = sql_add_authority(&db, &ca, &err)) == NULL)
		return call_failed(&err);
	out_object(call, added, lines);
	return EXIT_DONE;
}

enum exit_code
command_ca_list(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *list = NULL;

	if (!db_open(call, &db, &err) || (list = sql_ca_overview(&db, &err)) == NULL)
		return call_failed(&err);
	out_rows(call, list, rows, "there is no certificate authority yet");
	return EXIT_DONE;
}

enum exit_code
command_ca_show(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *ca = NULL;

	if (!db_open(call, &db, &err) || (ca = sql_get_authority(&db, call->args[0], &err)) == NULL)
		return call_failed(&err);
	out_object(call, ca, lines);
	return EXIT_DONE;
}

enum exit_code
command_ca_remove(struct call *call)
{
	struct err err;
	auto_db db = { 0 };
	auto_json *ca = NULL;

	if (!db_open(call, &db, &err) || (ca = sql_remove_authority(&db, call->args[0], &err)) == NULL)
		return call_failed(&err);
	if (call->json)
		out_json(ca);
	out_line(call, "%s is removed", call->args[0]);
	return EXIT_DONE;
}
