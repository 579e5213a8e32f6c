/* A certificate pack as its flow sees it. */
#include "acme/pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/persist.h"

enum column {
	HOSTNAME, WILDCARD, METHOD, VERSION, COMMON_NAME, HTTP_PORT, WANTED_AUTHORITY, AUTHORITY,
	CANDIDATES, ALTERNATIVES, P256, RSA2048, POINTS_HERE, TRIED_AT, RENEW_AT, IS_WANTED,
	SUCCESSOR, REPLACES, REVOKE, TAKEN, SETBACK, DELEGATION, DELEGATED, PUBLISHING, OLD_VALUES, COLUMNS
};

const char *const pack_columns[COLUMNS + 1] = {
	[HOSTNAME] = "hostname", [WILDCARD] = "wildcard", [METHOD] = "method", [VERSION] = "version",
	[COMMON_NAME] = "common_name", [HTTP_PORT] = "http_port", [WANTED_AUTHORITY] = "wanted_authority",
	[AUTHORITY] = "authority", [CANDIDATES] = "candidates", [ALTERNATIVES] = "alternatives",
	[P256] = "p256", [RSA2048] = "rsa2048", [POINTS_HERE] = "points_here", [TRIED_AT] = "tried_at",
	[RENEW_AT] = "renew_at", [IS_WANTED] = "is_wanted", [SUCCESSOR] = "successor",
	[REPLACES] = "replaces", [REVOKE] = "revoke", [TAKEN] = "taken", [SETBACK] = "setback",
	[DELEGATION] = "delegation", [DELEGATED] = "delegated", [PUBLISHING] = "publishing",
	[OLD_VALUES] = "old_values", [COLUMNS] = NULL
};

enum { ROW_MOST = 1 << 20 };

static const char *
text(struct arena *arena, const json_t *object, const char *member)
{
	return arena_strdup(arena, json_str(object, member));
}

static struct token
read_token(struct arena *arena, const json_t *c)
{
	return (struct token){
		.identifier = text(arena, c, "identifier"),
		.wildcard = json_bool(c, "wildcard", false),
		.url = text(arena, c, "url"),
		.method = text(arena, c, "method"),
		.token = text(arena, c, "token"),
		.key_authorization = text(arena, c, "key_authorization"),
		.txt_value = text(arena, c, "txt_value"),
		.status = text(arena, c, "status"),
		.expires = json_int(c, "expires", 0),
		.given = json_int(c, "given", 0),
		.told = json_int(c, "told", 0),
	};
}

/* NULL: the pack has none of this key type; "{}": nothing was done yet. */
static struct part
read_part(struct arena *arena, const char *key_type, const char *value)
{
	struct part part = { .key_type = key_type };
	struct err err;
	auto_json *row = NULL;
	const json_t *tokens;

	if (value == NULL)
		return (struct part){ 0 };
	row = json_read(value, strlen(value), ROW_MOST, arena, &err);
	assert(row != NULL);	/* the database made it */
	part.order_url = text(arena, row, "order_url");
	part.order_status = text(arena, row, "order_status");
	part.finalize_url = text(arena, row, "finalize_url");
	part.certificate_url = text(arena, row, "certificate_url");
	part.expires = json_int(row, "expires", 0);
	part.slot = json_int(row, "slot", 0);
	part.caa_at = json_int(row, "caa_at", 0);
	part.not_before = json_int(row, "not_before", 0);
	part.not_after = json_int(row, "not_after", 0);
	part.has_key = json_bool(row, "has_key", false);
	part.csr = text(arena, row, "csr");
	part.chain = text(arena, row, "chain");
	part.private_key = text(arena, row, "private_key");
	tokens = json_list(row, "challenges");
	for (size_t i = 0; i < json_array_size(tokens) && i < MAX_TOKENS; i++)
		part.tokens[part.token_count++] = read_token(arena, json_array_get(tokens, i));
	return part;
}

static const char *const *
covered_names(struct arena *arena, const char *hostname, bool wildcard)
{
	const char **names = arena_alloc(arena, 3 * sizeof *names);

	names[0] = hostname;
	if (wildcard)
		names[1] = arena_printf(arena, "*.%s", hostname);
	return names;
}

/* JSON that the database made; NULL for null. */
static json_t *
read_json(struct arena *arena, const char *value)
{
	struct err err;
	json_t *json;

	if (value == NULL)
		return NULL;
	json = json_read(value, strlen(value), ROW_MOST, arena, &err);
	assert(json != NULL);
	return json;
}

static void
read_authorities(struct arena *arena, struct certificate *c, const char *const *v)
{
	auto_json *chosen = read_json(arena, v[AUTHORITY]);
	auto_json *candidates = read_json(arena, v[CANDIDATES]);
	struct authority *authority = NULL;

	if (chosen != NULL) {
		authority = arena_alloc(arena, sizeof *authority);
		*authority = authority_read(arena, chosen);
	}
	c->authority = authority;
	for (size_t i = 0; i < json_array_size(candidates) && i < MAX_AUTHORITIES; i++)
		c->candidates[c->candidate_count++] = authority_read(arena, json_array_get(candidates, i));
}

static const char *const *
read_texts(struct arena *arena, const json_t *list)
{
	size_t count = json_array_size(list);
	const char **texts = arena_alloc(arena, (count + 1) * sizeof *texts);

	for (size_t i = 0; i < count; i++)
		texts[i] = arena_strdup(arena, json_string_value(json_array_get(list, i)));
	return texts;
}

/* Whoever is to blame, its next order waits as the schedule says. */
static struct err
read_setback(struct arena *arena, const char *value)
{
	auto_json *setback = read_json(arena, value);
	const char *code = json_str(setback, "code");
	const char *detail = text(arena, setback, "detail");

	for (int i = 1; code != NULL && i < ERR_count; i++) {
		struct err err = err_new((enum err_code)i, detail);

		if (strcmp(err.code, code) == 0) {
			err.blame = err.blame == BLAME_US ? BLAME_CA : err.blame;
			return err;
		}
	}
	return code != NULL ? err_new(ERR_acme_order_invalid, NULL) : (struct err){ 0 };
}

static bool
is_true(const char *value)
{
	return value != NULL && strcmp(value, "true") == 0;
}

static int64_t
seconds(const char *value)
{
	return value != NULL ? strtoll(value, NULL, 10) : 0;
}

const void *
pack_load(struct arena *arena, const char *const *v)
{
	struct certificate *c = arena_alloc(arena, sizeof *c);
	auto_json *replaces = read_json(arena, v[REPLACES]);
	auto_json *old_values = read_json(arena, v[OLD_VALUES]);

	*c = (struct certificate){
		.hostname = v[HOSTNAME],
		.wildcard = is_true(v[WILDCARD]),
		.method = v[METHOD],
		.version = v[VERSION],
		.common_name = v[COMMON_NAME],
		.http_port = v[HTTP_PORT],
		.wanted_authority = v[WANTED_AUTHORITY],
		.alternatives = seconds(v[ALTERNATIVES]),
		.parts = { read_part(arena, "p256", v[P256]),
		    read_part(arena, "rsa2048", v[RSA2048]) },
		.setback = read_setback(arena, v[SETBACK]),
		.points_here = is_true(v[POINTS_HERE]),
		.delegation = v[DELEGATION],
		.is_delegated = is_true(v[DELEGATED]),
		.is_publishing = is_true(v[PUBLISHING]),
		.old_http = read_texts(arena, json_list(old_values, "http")),
		.old_txt = read_texts(arena, json_list(old_values, "txt")),
		.tried_at = seconds(v[TRIED_AT]),
		.renew_at = seconds(v[RENEW_AT]),
		.is_wanted = is_true(v[IS_WANTED]),
		.has_successor = v[SUCCESSOR] != NULL,
		.replaces = { text(arena, replaces, "p256"), text(arena, replaces, "rsa2048") },
		.revoke = is_true(v[REVOKE]),
		.is_taken = is_true(v[TAKEN]),
	};
	read_authorities(arena, c, v);
	c->names = covered_names(arena, c->hostname, c->wildcard);
	return c;
}

/* ---- tokens ---------------------------------------------------------------- */

static bool
is_same(const struct token *a, const struct token *b)
{
	return token_is_of(a, b) && token_is_by(a, b->method) && strcmp(a->token, b->token) == 0 &&
	    strcmp(a->txt_value, b->txt_value) == 0;
}

/* A CA may say no date, or a later one than it is allowed to keep. */
static int64_t
expiry(const struct certificate *c, const struct acme_authorization *a, int64_t now)
{
	int64_t most = c->authority->token_validity > 0 ? now + c->authority->token_validity : 0;

	return most != 0 && (a->expires == 0 || a->expires > most) ? most : a->expires;
}

static bool
take_token(const struct job *job, struct part *part, const struct part *before,
    const struct acme_authorization *a, const struct acme_challenge *challenge, const char *method)
{
	struct token t = {
		.identifier = a->name, .wildcard = a->wildcard, .url = challenge->url,
		.method = method, .token = challenge->token,
		.key_authorization = challenge->key_authorization,
		.txt_value = challenge->txt_value, .status = "pending",
		.expires = expiry(job->row, a, job->now), .given = job->now,
	};

	if (challenge->url == NULL || part->token_count == MAX_TOKENS)
		return false;
	for (size_t i = 0; i < before->token_count; i++)
		if (is_same(&before->tokens[i], &t)) {
			t.expires = before->tokens[i].expires;
			t.given = before->tokens[i].given;
		}
	part->tokens[part->token_count++] = t;
	return true;
}

/* One record of a wildcard pack is for both of its names. */
static bool
take_persist(const struct job *job, struct part *part, const struct part *before, const struct acme_authorization *a)
{
	const struct certificate *c = job->row;
	const struct persist wanted = { .issuers = a->issuer_domain_names, .wildcard = c->wildcard,
		.account_url = authority_for_key(c->authority, part->key_type).account_url };
	struct acme_challenge challenge = a->persist01;

	if (challenge.url == NULL || wanted.account_url == NULL)
		return false;
	challenge.token = challenge.key_authorization = "";
	challenge.txt_value = persist_record(job->arena, &wanted);
	return take_token(job, part, before, a, &challenge, "persist");
}

bool
pack_take_tokens(const struct job *job, const struct acme_order *order, struct part *part)
{
	const struct certificate *c = job->row;
	const struct part before = *part;

	part->token_count = 0;
	for (size_t i = 0; i < order->count; i++) {
		const struct acme_authorization *a = &order->authorizations[i];
		bool taken = false;

		if (strcmp(a->status, "valid") == 0)
			continue;
		if (!c->wildcard)
			taken = take_token(job, part, &before, a, &a->http01, "http");
		if (c->wildcard || strcmp(c->method, "txt") == 0) {
			taken |= take_token(job, part, &before, a, &a->dns01, "txt");
			taken |= take_persist(job, part, &before, a);
		}
		if (!taken)
			return false;
	}
	return true;
}

static json_t *
string(const char *value)
{
	return json_string(value != NULL ? value : "");
}

const char *
pack_tokens_text(struct arena *arena, const struct part *part)
{
	auto_json *all = json_array();

	for (size_t i = 0; i < part->token_count; i++) {
		const struct token *t = &part->tokens[i];
		json_t *one = json_object();

		json_object_set_new(one, "identifier", string(t->identifier));
		json_object_set_new(one, "wildcard", json_boolean(t->wildcard));
		json_object_set_new(one, "url", string(t->url));
		json_object_set_new(one, "method", string(t->method));
		json_object_set_new(one, "token", string(t->token));
		json_object_set_new(one, "key_authorization", string(t->key_authorization));
		json_object_set_new(one, "txt_value", string(t->txt_value));
		json_object_set_new(one, "status", string(t->status));
		json_object_set_new(one, "expires", json_integer(t->expires));
		json_object_set_new(one, "told", json_integer(t->told));
		json_array_append_new(all, one);
	}
	return json_write(arena, all);
}

const char *
pack_setback_text(struct arena *arena, const struct err *err)
{
	auto_json *setback = json_object();

	json_object_set_new(setback, "code", string(err->code));
	json_object_set_new(setback, "detail", err->detail != NULL ? string(err->detail) : json_null());
	return json_write(arena, setback);
}

/* ---- predicates ------------------------------------------------------------ */

bool
part_is_wanted(const struct part *part)
{
	return part->key_type != NULL;
}

bool
part_has_order(const struct part *part)
{
	return part->order_url != NULL;
}

bool
part_order_is(const struct part *part, const char *status)
{
	return part->order_status != NULL && strcmp(part->order_status, status) == 0;
}

bool
part_order_is_ready(const struct part *part)
{
	return part_order_is(part, "ready") || part_order_is(part, "processing") ||
	    part_order_is(part, "valid");
}

bool
token_is(const struct token *token, const char *status)
{
	return strcmp(token->status, status) == 0;
}

bool
token_is_by(const struct token *token, const char *method)
{
	return strcmp(token->method, method) == 0;
}

bool
token_is_of(const struct token *token, const struct token *name)
{
	return strcmp(token->identifier, name->identifier) == 0 && token->wildcard == name->wildcard;
}

const char *
token_place(struct arena *arena, const struct certificate *c, const struct token *token)
{
	if (token_is_by(token, "txt"))
		return arena_printf(arena, "_acme-challenge.%s", token->identifier);
	if (token_is_by(token, "persist"))
		return arena_printf(arena, "_validation-persist.%s", token->identifier);
	if (strcmp(c->http_port, "80") == 0)
		return arena_printf(arena, "http://%s/.well-known/acme-challenge/%s",
		    token->identifier, token->token);
	return arena_printf(arena, "http://%s:%s/.well-known/acme-challenge/%s",
	    token->identifier, c->http_port, token->token);
}
