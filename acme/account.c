/*
 * Accounts at CAs.  Before anything can be asked there must be
 *
 *	a directory ──> our key, unsealed ──> the account's URL
 *
 * and whoever comes while one of them is being fetched waits for it in line;
 * a CA that is down is thus asked once, not once for each certificate.
 * newAccount with the same key always gives the same account (RFC 8555 §7.3.1),
 * so that one key never has two.
 */
#include <stdlib.h>
#include <string.h>
#include "acme/account.h"
#include "acme/exchange.h"
#include "acme/jws.h"
#include "acme/problem.h"
#include "base/b64.h"

enum { ACCOUNT_BYTES = 256 * 1024, DIRECTORY_BYTES = 64 * 1024 };

struct waiting {
	TAILQ_ENTRY(waiting) link;
	enum account_need need;
	account_ready *ready;
	void	      *arg;
};

static void prepare_next(struct account *);

/* ---- which account belongs to a row? --------------------------------------- */

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* All but the account's URL: that one changes by what we do ourselves. */
static bool
is_same_ca(const struct acme_ca *a, const struct acme_ca *b)
{
	return same(a->id, b->id) && same(a->name, b->name) && same(a->directory, b->directory) &&
	    same(a->trust_file, b->trust_file) && same(a->contact, b->contact) &&
	    same(a->account_key, b->account_key) && same(a->eab_kid, b->eab_kid) &&
	    same(a->eab_hmac, b->eab_hmac);
}

static struct acme_ca
copy_ca(struct arena *a, const struct acme_ca *ca)
{
	return (struct acme_ca){
		.id = arena_strdup(a, ca->id),
		.name = arena_strdup(a, ca->name),
		.directory = arena_strdup(a, ca->directory),
		.trust_file = arena_strdup(a, ca->trust_file),
		.contact = arena_strdup(a, ca->contact),
		.account_key = arena_strdup(a, ca->account_key),
		.eab_kid = arena_strdup(a, ca->eab_kid),
		.eab_hmac = arena_strdup(a, ca->eab_hmac),
	};
}

static struct account *
account_new(struct acme_client *client, const struct acme_ca *ca, struct err *ret_err)
{
	auto_arena *scratch = arena_new(2 * URL_MOST + 64);
	const char *origin = read_origin(scratch, ca->directory);
	struct account *acc;

	if (origin == NULL) {
		err_set(ret_err, ERR_bad_option, "the CA's directory is not an https URL");
		return NULL;
	}
	acc = xcalloc(1, sizeof *acc);
	acc->client = client;
	acc->arena = arena_new(ACCOUNT_BYTES);
	acc->ca = copy_ca(acc->arena, ca);
	acc->origin = arena_strdup(acc->arena, origin);
	TAILQ_INIT(&acc->waiting);
	TAILQ_INIT(&acc->queue);
	TAILQ_INSERT_HEAD(&client->accounts, acc, link);
	return acc;
}

static void
account_free(struct account *acc)
{
	struct waiting *w;
	struct exchange *e;

	while ((w = TAILQ_FIRST(&acc->waiting)) != NULL) {
		TAILQ_REMOVE(&acc->waiting, w, link);
		free(w);
	}
	while ((e = TAILQ_FIRST(&acc->queue)) != NULL)
		exchange_free(e);
	account_drop_nonces(acc);
	EVP_PKEY_free(acc->key);	/* cleanses */
	arena_free(acc->directory_arena);
	arena_free(acc->arena);
	free(acc->url);
	free(acc->lost_url);
	TAILQ_REMOVE(&acc->client->accounts, acc, link);
	free(acc);
}

void
account_free_all(struct acme_client *client)
{
	struct account *acc;

	TAILQ_FOREACH(acc, &client->accounts, link) {
		EVP_PKEY_free(acc->key);
		acc->key = NULL;
	}
	if (client->in_flight != 0)
		return;
	while ((acc = TAILQ_FIRST(&client->accounts)) != NULL)
		account_free(acc);
	free(client);
}

static void
free_if_retired(struct account *acc)
{
	if (acc->is_retired && acc->users == 0)
		account_free(acc);
}

/* The row knows an account from an earlier run. */
static void
adopt_url(struct account *acc, const char *url)
{
	const struct reader r = { .origin = acc->origin };

	if (url == NULL || acc->url != NULL || same(url, acc->lost_url) ||
	    !read_check_url(&r, "account", url, NULL))
		return;
	acc->url = xstrdup(url);
	acc->changes++;
}

/* A row has one account for each of its directories.  One that it had when it
 * was other than now is over, one that it does not name any more is after a
 * day. */
static bool
is_over(const struct account *acc, const struct acme_ca *ca, int64_t now)
{
	return acc->is_retired || now - acc->used_at > ACCOUNT_IDLE_MOST ||
	    (same(acc->ca.directory, ca->directory) && !is_same_ca(&acc->ca, ca));
}

struct account *
account_take(struct acme_client *client, const struct acme_ca *ca, struct err *ret_err)
{
	struct account *acc, *next, *found = NULL;
	int64_t now = loop_now_ms(client->loop);

	for (acc = TAILQ_FIRST(&client->accounts); acc != NULL; acc = next) {
		next = TAILQ_NEXT(acc, link);
		if (!same(acc->ca.id, ca->id))
			continue;
		if (!acc->is_retired && is_same_ca(&acc->ca, ca)) {
			found = acc;
		} else if (is_over(acc, ca, now)) {
			acc->is_retired = true;
			free_if_retired(acc);
		}
	}
	if (found == NULL)
		found = account_new(client, ca, ret_err);
	if (found == NULL)
		return NULL;
	adopt_url(found, ca->account_url);
	found->used_at = now;
	found->users++;
	return found;
}

void
account_leave(struct account *acc)
{
	acc->users--;
	free_if_retired(acc);
}

void
account_lost(struct account *acc, unsigned changes)
{
	if (acc->changes != changes)
		return;
	free(acc->lost_url);
	acc->lost_url = acc->url;
	acc->url = NULL;
	acc->changes++;
}

/* ---- nonces ---------------------------------------------------------------- */

void
account_keep_nonce(struct account *acc, const char *nonce)
{
	if (nonce != NULL && read_is_nonce(nonce) && acc->nonce_count < ACCOUNT_MAX_NONCES)
		acc->nonces[acc->nonce_count++] = xstrdup(nonce);
}

char *
account_take_nonce(struct account *acc)
{
	/* the newest: the CA is the least likely to have forgotten it */
	return acc->nonce_count != 0 ? acc->nonces[--acc->nonce_count] : NULL;
}

void
account_drop_nonces(struct account *acc)
{
	while (acc->nonce_count != 0)
		free(acc->nonces[--acc->nonce_count]);
}

/* ---- directory, key, account ----------------------------------------------- */

static bool
has(const struct account *acc, enum account_need need)
{
	return acc->directory_arena != NULL && loop_now_ms(acc->client->loop) < acc->directory_until &&
	    (need < NEED_KEY || acc->key != NULL) &&
	    (need < NEED_ACCOUNT || acc->url != NULL);
}

/* Whoever waited and has what it needs goes on; with an error, everybody fails:
 * those whom it does not concern went on before. */
static void
release(struct account *acc, const struct err *err)
{
	struct waiting_list list = TAILQ_HEAD_INITIALIZER(list);
	struct waiting *w, *next;

	for (w = TAILQ_FIRST(&acc->waiting); w != NULL; w = next) {
		next = TAILQ_NEXT(w, link);
		if (err == NULL && !has(acc, w->need))
			continue;
		TAILQ_REMOVE(&acc->waiting, w, link);
		TAILQ_INSERT_TAIL(&list, w, link);
	}
	while ((w = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, w, link);
		w->ready(w->arg, err);
		free(w);
	}
}

static void
fail_all(struct account *acc, const struct err *err)
{
	acc->users++;
	release(acc, err);
	account_leave(acc);
}

static struct reader
reader_of(const struct account *acc, struct arena *a)
{
	return (struct reader){ a, acc->ca.name, acc->origin, acc->thumbprint };
}

static void
directory_came(void *arg, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	struct account *acc = arg;
	struct arena *a = arena_new(DIRECTORY_BYTES);
	const struct reader r = reader_of(acc, a);
	struct err trouble = { 0 };

	(void)reply;
	acc->is_preparing = false;
	if (err == NULL && !read_directory(&r, json, &acc->directory, &trouble))
		err = &trouble;
	if (err == NULL) {
		arena_free(acc->directory_arena);
		acc->directory_arena = a;
		acc->directory_until = loop_now_ms(acc->client->loop) + ACCOUNT_DIRECTORY_FOR;
		prepare_next(acc);
		return;
	}
	fail_all(acc, err);
	arena_free(a);
}

bool
account_unseal(const struct account *acc, const char *identity, const char *base64, struct secret *ret,
    struct err *ret_err)
{
	auto_arena *scratch = arena_new(ACCOUNT_BYTES);
	unsigned char *sealed;
	size_t len;

	if (base64 == NULL || !b64_decode(scratch, base64, &sealed, &len))
		return err_set(ret_err, ERR_acme_account_key, "it is missing or not base64");
	return seal_unlock(acc->client->seal, identity, sealed, len, ret, ret_err);
}

/* One of the CA row's own secrets. */
static bool
unseal(const struct account *acc, const char *what, const char *base64, struct secret *ret, struct err *ret_err)
{
	auto_arena *scratch = arena_new(ACCOUNT_BYTES);

	return account_unseal(acc, arena_printf(scratch, "certificate_authority/%s/%s", acc->ca.id, what), base64,
	    ret, ret_err);
}

static void
use_key(struct account *acc, EVP_PKEY *key)
{
	auto_arena *scratch = arena_new(4096);

	acc->key = key;
	acc->thumbprint = jws_digest(acc->arena, jws_jwk(scratch, key));
}

static bool
open_key(struct account *acc, struct err *ret_err)
{
	auto_secret pkcs8 = { 0 };
	EVP_PKEY *key;

	if (!unseal(acc, "account_key", acc->ca.account_key, &pkcs8, ret_err))
		return false;
	key = jws_key_read(&pkcs8, ret_err);
	if (key == NULL)
		return false;
	use_key(acc, key);
	return true;
}

static void
use_url(struct account *acc, const char *url)
{
	free(acc->url);
	acc->url = xstrdup(url);
	acc->changes++;
}

void
account_change_key(struct account *acc, EVP_PKEY *key, const char *url)
{
	EVP_PKEY *old = acc->key;

	EVP_PKEY_up_ref(key);
	use_key(acc, key);
	EVP_PKEY_free(old);
	if (!same(acc->url, url))
		use_url(acc, url);
}

/* RFC 8555 §7.3: what newAccount is asked. */
static bool
new_account_payload(const struct account *acc, struct arena *a, const char **ret, struct err *ret_err)
{
	auto_json *payload = json_pack("{s:b}", "termsOfServiceAgreed", 1);
	auto_secret hmac = { 0 };

	if (acc->ca.contact != NULL)
		json_object_set_new(payload, "contact",
		    json_pack("[s]", arena_printf(a, "mailto:%s", acc->ca.contact)));
	if (acc->ca.eab_kid != NULL) {
		if (!unseal(acc, "eab_hmac", acc->ca.eab_hmac, &hmac, ret_err))
			return false;
		json_object_set_new(payload, "externalAccountBinding", json_loads(jws_bind(a, acc->key,
		    acc->ca.eab_kid, &hmac, acc->directory.new_account), 0, NULL));
	}
	*ret = json_write(a, payload);
	return true;
}

const char *
account_read_url(const struct reader *r, const struct http_reply *reply, const json_t *json, struct err *ret_err)
{
	const json_t *status = json_object_get(json, "status");
	const char *url = http_header(reply, "location");

	if (status != NULL && !json_is_string(status))
		*ret_err = problem_new(r->arena, r->ca, ERR_acme_protocol, "newAccount: status is not what it should be");
	else if (status != NULL && strcmp(json_string_value(status), "valid") != 0)
		*ret_err = problem_new(r->arena, r->ca, ERR_acme_account_refused, "the account is not valid any more");
	else if (url == NULL)
		*ret_err = problem_new(r->arena, r->ca, ERR_acme_protocol, "newAccount: no Location");
	else if (read_check_url(r, "the account's Location", url, ret_err))
		return url;
	return NULL;
}

static void
account_came(void *arg, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	struct account *acc = arg;
	auto_arena *scratch = arena_new(64 * 1024);
	const struct reader r = reader_of(acc, scratch);
	struct err trouble = { 0 };
	const char *url = err == NULL ? account_read_url(&r, reply, json, &trouble) : NULL;

	acc->is_preparing = false;
	if (url == NULL) {
		fail_all(acc, err != NULL ? err : &trouble);
		return;
	}
	use_url(acc, url);
	prepare_next(acc);
}

static void
ask_directory(struct account *acc)
{
	acc->is_preparing = true;
	exchange_start(acc, &(struct exchange_request){ .kind = EXCHANGE_GET, .url = acc->ca.directory },
	    directory_came, acc);
}

static bool
ask_account(struct account *acc, struct err *ret_err)
{
	auto_arena *scratch = arena_new(ACCOUNT_BYTES);
	const char *payload;

	if (!new_account_payload(acc, scratch, &payload, ret_err))
		return false;
	acc->is_preparing = true;
	exchange_start(acc, &(struct exchange_request){ .kind = EXCHANGE_KEY, .url = acc->directory.new_account,
	    .payload = payload }, account_came, acc);
	return true;
}

/* Whose turn it is now; then the next thing that is missing. */
static void
prepare_next(struct account *acc)
{
	struct err err = { 0 };

	acc->users++;
	for (;;) {
		release(acc, NULL);
		if (acc->is_preparing || TAILQ_EMPTY(&acc->waiting))
			break;
		if (!has(acc, NEED_DIRECTORY))
			ask_directory(acc);
		else if (acc->key == NULL)
			open_key(acc, &err);
		else
			ask_account(acc, &err);
		if (err.code != NULL) {
			release(acc, &err);
			break;
		}
	}
	account_leave(acc);
}

void
account_prepare(struct account *acc, enum account_need need, account_ready *ready, void *arg)
{
	struct waiting *w = xcalloc(1, sizeof *w);

	w->need = need;
	w->ready = ready;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&acc->waiting, w, link);
	prepare_next(acc);
}
