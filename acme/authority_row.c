/* A CA of the database, read from JSON. */
#include "acme/authority_row.h"

#include <string.h>

static const char *
text(struct arena *arena, const json_t *object, const char *member)
{
	return arena_strdup(arena, json_str(object, member));
}

static void
read_identities(struct arena *arena, const json_t *list, struct authority *a)
{
	for (size_t i = 0; i < json_array_size(list) && i < MAX_IDENTITIES; i++)
		a->identities[i] = arena_strdup(arena, json_string_value(json_array_get(list, i)));
}

struct authority
authority_read(struct arena *arena, const json_t *row)
{
	struct authority a = {
		.ca = {
			.id = text(arena, row, "id"), .name = text(arena, row, "name"),
			.directory = text(arena, row, "directory"),
			.trust_file = text(arena, row, "trust_file"),
			.contact = text(arena, row, "contact"), .profile = text(arena, row, "profile"),
			.account_key = text(arena, row, "account_key"),
			.account_url = text(arena, row, "account_url"),
			.eab_kid = text(arena, row, "eab_kid"), .eab_hmac = text(arena, row, "eab_hmac"),
		},
		.directory_rsa = text(arena, row, "directory_rsa"),
		.account_url_rsa = text(arena, row, "account_url_rsa"),
		.preferred_chain = text(arena, row, "preferred_chain"),
		.token_validity = json_int(row, "token_validity", 0),
		.has_renewal_info = json_bool(row, "renewal_info", false),
		.failures = json_int(row, "failures", 0),
		.is_broken = json_bool(row, "broken", false),
		.ask_at = json_int(row, "ask_at", 0),
		.order_at = json_int(row, "order_at", 0),
		.failed = cause_named(json_str(row, "failed") != NULL ? json_str(row, "failed") : ""),
		.failed_at = json_int(row, "failed_at", 0),
	};

	read_identities(arena, json_list(row, "identities"), &a);
	if (json_str(row, "failed_code") != NULL)
		a.failure = (struct err){ .code = text(arena, row, "failed_code"),
		    .detail = text(arena, row, "failed_error"), .blame = BLAME_CA };
	return a;
}

struct acme_ca
authority_for_key(const struct authority *a, const char *key_type)
{
	struct acme_ca ca = a->ca;

	if (a->directory_rsa != NULL && strcmp(key_type, "rsa2048") == 0) {
		ca.directory = a->directory_rsa;
		ca.account_url = a->account_url_rsa;
	}
	return ca;
}
