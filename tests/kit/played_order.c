/* What a CA does when all is well: orders, validation, certificates. */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acme/ari.h"
#include "acme/cause.h"
#include "acme/openssl.h"
#include "base/b64.h"
#include "tests/kit/played_inside.h"
#include "tests/kit/played_sign.h"
#include "tests/kit/world.h"

enum { HOUR = 3600, DAY = 24 * HOUR, REMEMBERS_FOR = 30 * DAY };

struct answer
played_refusal(enum err_code code, const char *detail, int64_t retry_after)
{
	struct answer a = { .err = err_new(code, detail) };

	a.err.retry_after = retry_after;
	return a;
}

static struct answer
say(struct arena *arena, const struct ca *ca, struct acme_answer said)
{
	said.account_url = arena_printf(arena, "https://%s.test/account/1", ca->name);
	return (struct answer){ .detail = arena_memdup(arena, &said, sizeof said) };
}

/* The number at the end of one of our URLs; 0: it is not one of ours. */
static size_t
number_of(const char *url)
{
	const char *at = url != NULL ? strrchr(url, '/') : NULL;

	return at != NULL ? strtoul(at + 1, NULL, 10) : 0;
}

/* ---- authorizations --------------------------------------------------------- */

static const char *
status_of(const struct authorization *z, int64_t now)
{
	if (z->decided_at != 0 && z->decided_at <= now)
		return z->err.code != NULL ? "invalid" : now < z->expires ? "valid" : "expired";
	return now < z->expires ? "pending" : "expired";
}

/* One that is valid is used again, as Let's Encrypt does. */
static size_t
authorization_for(struct ca *ca, const char *identifier, int64_t now)
{
	struct named *last = played_entry(&ca->known, identifier);
	bool wildcard = strncmp(identifier, "*.", 2) == 0;
	struct authorization *z;

	if (last->number != 0 && strcmp(status_of(&ca->authorizations[last->number - 1], now), "valid") == 0)
		return (size_t)last->number - 1;
	if ((ca->authorization_count & (ca->authorization_count - 1)) == 0)
		ca->authorizations = xrealloc(ca->authorizations,
		    2 * (ca->authorization_count + 1) * sizeof *ca->authorizations);
	z = &ca->authorizations[ca->authorization_count++];
	*z = (struct authorization){ .name = last->key + (wildcard ? 2 : 0), .wildcard = wildcard,
	    .token = arena_printf(played_memory, "%s-%024zu", ca->name, ca->authorization_count),
	    .expires = now + ca->lasts * DAY };
	last->number = (int64_t)ca->authorization_count;
	return ca->authorization_count - 1;
}

static struct acme_challenge
challenge_of(struct arena *arena, const struct ca *ca, size_t n, const char *type)
{
	const struct authorization *z = &ca->authorizations[n];
	char *key_authorization = arena_printf(arena, "%s.thumbprint-of-the-account", z->token);
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256((unsigned char *)key_authorization, strlen(key_authorization), hash);
	return (struct acme_challenge){
		.url = arena_printf(arena, "https://%s.test/challenge/%s/%zu", ca->name, type, n + 1),
		.status = "pending", .token = arena_strdup(arena, z->token),
		.key_authorization = key_authorization, .txt_value = b64url_encode(arena, hash, sizeof hash),
	};
}

static struct acme_authorization
show_authorization(struct arena *arena, const struct ca *ca, size_t n, int64_t now)
{
	const struct authorization *z = &ca->authorizations[n];
	struct acme_authorization shown = {
		.url = arena_printf(arena, "https://%s.test/authorization/%zu", ca->name, n + 1),
		.name = arena_strdup(arena, z->name), .wildcard = z->wildcard,
		.status = status_of(z, now), .expires = z->expires,
		.dns01 = challenge_of(arena, ca, n, "dns"),
	};
	bool is_decided = z->decided_at != 0 && z->decided_at <= now;

	if (!z->wildcard)
		shown.http01 = challenge_of(arena, ca, n, "http");
	if (is_decided && z->err.code != NULL)
		shown.err = shown.dns01.err = shown.http01.err = z->err;
	return shown;
}

/* Looks at what the whole world sees. */
static bool
is_published(const struct acme_authorization *z, bool by_http)
{
	char where[600], *body;
	bool found;

	if (!by_http) {
		snprintf(where, sizeof where, "_acme-challenge.%s", z->name);
		return world_has_txt(where, z->dns01.txt_value);
	}
	snprintf(where, sizeof where, "http://%s/.well-known/acme-challenge/%s", z->name, z->http01.token);
	body = world_get(where);
	found = body != NULL && strcmp(body, z->http01.key_authorization) == 0;
	free(body);
	return found;
}

/* What a CA finds only when it looks. */
static bool
is_found_by_looking(const char *code)
{
	return code != NULL && (cause_of(code) == CAUSE_CUSTOMER || cause_of(code) == CAUSE_CAA);
}

static struct err
error_of(const char *code, const char *detail)
{
	for (int i = 1; i < ERR_count; i++) {
		struct err err = err_new((enum err_code)i, detail);

		if (strcmp(err.code, code) == 0)
			return err;
	}
	abort();	/* the test names a code that there is not */
}

static struct answer
validate(struct ca *ca, struct arena *arena, const struct acme_question *q, int64_t now)
{
	size_t n = number_of(q->url);
	struct acme_challenge *said = arena_alloc(arena, sizeof *said);
	struct authorization *z;
	const char *refused;

	if (n == 0 || n > ca->authorization_count)
		return played_refusal(ERR_acme_not_found, "no such challenge", 0);
	z = &ca->authorizations[n - 1];
	if (z->decided_at != 0 || now >= z->expires)
		return played_refusal(ERR_acme_malformed, "it is not pending", 0);
	z->decided_at = now + ca->slow;
	z->expires = now + REMEMBERS_FOR;
	refused = played_entry(&ca->refusals, z->name)->text;
	if (is_found_by_looking(refused)) {
		z->err = error_of(refused, arena_printf(played_memory, "%s: %s", ca->name, z->name));
	} else {
		struct acme_authorization shown = show_authorization(arena, ca, n - 1, now);

		if (!is_published(&shown, strstr(q->url, "/http/") != NULL))
			z->err = err_new(ERR_acme_unauthorized, "nothing was found");
	}
	if (z->err.code != NULL)
		bucket_counts_failure(ca, z->name, now);
	said->status = "processing";
	return say(arena, ca, (struct acme_answer){ .challenge = said });
}

/* ---- orders ------------------------------------------------------------------ */

static const char *
order_status(const struct ca *ca, const struct order *o, int64_t now)
{
	bool all_valid = true;

	if (o->chain != NULL)
		return now < o->issued_at ? "processing" : "valid";
	for (size_t i = 0; i < o->count; i++) {
		const char *status = status_of(&ca->authorizations[o->authorizations[i]], now);

		if (strcmp(status, "invalid") == 0 || strcmp(status, "expired") == 0)
			return "invalid";
		all_valid = all_valid && strcmp(status, "valid") == 0;
	}
	return now >= o->expires ? "invalid" : all_valid ? "ready" : "pending";
}

static struct answer
show_order(const struct ca *ca, struct arena *arena, size_t n, bool whole, int64_t now)
{
	const struct order *o = &ca->orders[n];
	struct acme_order *shown = arena_alloc(arena, sizeof *shown);

	*shown = (struct acme_order){
		.url = arena_printf(arena, "https://%s.test/order/%zu", ca->name, n + 1),
		.status = order_status(ca, o, now), .expires = o->expires,
		.finalize = arena_printf(arena, "https://%s.test/finalize/%zu", ca->name, n + 1),
	};
	if (strcmp(shown->status, "valid") == 0)
		shown->certificate = arena_printf(arena, "https://%s.test/certificate/%zu", ca->name, n + 1);
	for (size_t i = 0; whole && i < o->count; i++)
		shown->authorizations[shown->count++] = show_authorization(arena, ca, o->authorizations[i], now);
	return say(arena, ca, (struct acme_answer){ .order = shown });
}

static struct answer
new_order(struct ca *ca, struct arena *arena, const struct acme_question *q, int64_t now)
{
	const char *refused = played_entry(&ca->refusals, q->names[0])->text;
	const char **names = arena_alloc(played_memory, 3 * sizeof *names);
	struct named *ordered = played_entry(&ca->ordered, q->names[0]);
	struct answer limited;
	struct order *o;

	if (refused != NULL && !is_found_by_looking(refused))
		return (struct answer){ .err = error_of(refused, arena_printf(arena, "%s: %s", ca->name, q->names[0])) };
	if (ca->limits && !bucket_admits_order(ca, arena, q->names, now, &limited))
		return limited;
	if ((ca->order_count & (ca->order_count - 1)) == 0)
		ca->orders = xrealloc(ca->orders, 2 * (ca->order_count + 1) * sizeof *ca->orders);
	o = &ca->orders[ca->order_count++];
	*o = (struct order){ .names = names, .expires = now + ca->lasts * DAY };
	for (; q->names[o->count] != NULL && o->count < 2; o->count++) {
		names[o->count] = arena_strdup(played_memory, q->names[o->count]);
		o->authorizations[o->count] = authorization_for(ca, names[o->count], now);
	}
	ca->replaced += q->cert_id != NULL;
	if ((size_t)++ordered->number > ca->most)
		ca->most = (size_t)ordered->number;
	return show_order(ca, arena, ca->order_count - 1, false, now);
}

static struct answer
finalize(struct ca *ca, struct arena *arena, const struct acme_question *q, size_t n, int64_t now)
{
	struct order *o = &ca->orders[n];
	auto_pkey *key = NULL;

	if (strcmp(order_status(ca, o, now), "ready") != 0)
		return played_refusal(ERR_acme_order_not_ready, "it is not ready", 0);
	key = sign_request_key(q->csr, o->names);
	if (key == NULL)
		return played_refusal(ERR_acme_bad_csr, "it is not for the names of the order", 0);
	o->chain = sign_chain(played_memory, key, o->names, now - HOUR, now - HOUR + ca->days * DAY - 1);
	o->issued_at = now + ca->slow;
	return show_order(ca, arena, n, false, now);
}

static struct answer
about_order(struct ca *ca, struct arena *arena, const struct acme_question *q, int64_t now)
{
	size_t n = number_of(q->url);

	if (n == 0 || n > ca->order_count)
		return played_refusal(ERR_acme_not_found, "no such order", 0);
	if (q->act == ACME_FINALIZE)
		return finalize(ca, arena, q, n - 1, now);
	if (q->act == ACME_DOWNLOAD)
		return say(arena, ca, (struct acme_answer){ .chain = arena_strdup(arena, ca->orders[n - 1].chain) });
	return show_order(ca, arena, n - 1, strcmp(order_status(ca, &ca->orders[n - 1], now), "valid") != 0, now);
}

/* ---- the rest ---------------------------------------------------------------- */

static struct answer
directory(const struct ca *ca, struct arena *arena)
{
	struct acme_directory *d = arena_alloc(arena, sizeof *d);

	*d = (struct acme_directory){ .new_nonce = "https://ca.test/nonce", .new_account = "https://ca.test/account",
	    .new_order = "https://ca.test/order", .renewal_info = ca->tells_when ? "https://ca.test/renewal" : NULL };
	return say(arena, ca, (struct acme_answer){ .directory = d });
}

/* As acme/ari leaves it: a window that is past is notBefore. */
static struct answer
renewal_info(const struct ca *ca, struct arena *arena, const struct acme_question *q)
{
	struct acme_window *w = arena_alloc(arena, sizeof *w);
	int64_t due = q->not_before + (q->not_after - q->not_before) * 2 / 3;

	if (!ari_is_id(q->cert_id))
		return played_refusal(ERR_acme_malformed, "that is no certificate", 0);
	*w = (struct acme_window){ .start = due - DAY / 2, .end = due + DAY / 2, .retry_after = 6 * HOUR };
	if (q->not_before < ca->hurry)
		w->start = w->end = q->not_before;
	return say(arena, ca, (struct acme_answer){ .window = w });
}

struct answer
played_do(struct ca *ca, struct arena *arena, const struct acme_question *q, int64_t now)
{
	switch (q->act) {
	case ACME_NEW_ORDER: return new_order(ca, arena, q, now);
	case ACME_READ_ORDER:
	case ACME_FINALIZE:
	case ACME_DOWNLOAD: return about_order(ca, arena, q, now);
	case ACME_VALIDATE: return validate(ca, arena, q, now);
	case ACME_READ_DIRECTORY: return directory(ca, arena);
	case ACME_RENEWAL_INFO: return renewal_info(ca, arena, q);
	case ACME_REVOKE:
	case ACME_ROLLOVER:
	case ACME_FIND_ACCOUNT: break;
	}
	return say(arena, ca, (struct acme_answer){ 0 });
}
