/* What is not about orders: the directory, renewal information, revocation,
 * and the key of the account. */
#include <string.h>
#include "acme/ari.h"
#include "acme/errand.h"
#include "acme/jws.h"
#include "acme/pem.h"
#include "base/b64.h"

enum { PEM_BYTES = 1 << 20 };

void
errand_read_directory(struct errand *d)
{
	d->answer->directory = directory_copy(d->arena, &d->account->directory);
	errand_succeed(d);
}

/* ---- when should it be renewed? --------------------------------------------- */

static void
window_came(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	const struct acme_question *q = d->question;
	const struct reader r = errand_reader(d);
	struct acme_window *window = arena_alloc(d->arena, sizeof *window);
	struct err trouble = { 0 };

	if (err == NULL && !ari_read(&r, json, q->not_before, q->not_after, http_retry_after(reply), window, &trouble))
		err = &trouble;
	if (err != NULL) {
		errand_fail(d, err);
		return;
	}
	d->answer->window = window;
	errand_succeed(d);
}

void
errand_renewal_info(struct errand *d)
{
	const char *base = d->account->directory.renewal_info, *id = d->question->cert_id;

	if (base == NULL) {
		errand_fail_new(d, ERR_acme_no_renewal_info, "the directory has no renewalInfo");
		return;
	}
	if (id == NULL || !ari_is_id(id)) {
		errand_fail_new(d, ERR_internal, "the id of the certificate is none");
		return;
	}
	errand_send(d, &(struct exchange_request){ .kind = EXCHANGE_GET, .url = arena_printf(d->arena, "%s%s%s", base,
	    base[strlen(base) - 1] == '/' ? "" : "/", id) }, window_came);
}

/* ---- revoking ---------------------------------------------------------------- */

static bool
revocation_payload(struct errand *d, const char **ret)
{
	auto_arena *scratch = arena_new(PEM_BYTES);
	struct pem_block blocks[CHAIN_MAX_CERTIFICATES] = { 0 };
	size_t count;

	if (d->question->chain == NULL || !pem_split(scratch, d->question->chain, blocks, &count, NULL))
		return false;
	*ret = arena_printf(d->arena, "{\"certificate\":\"%s\",\"reason\":%d}",
	    b64url_encode(scratch, blocks[0].der, blocks[0].len), d->question->reason);
	return true;
}

static void
revoked(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	(void)reply;
	(void)json;
	/* Perhaps by ourselves, and the answer was lost. */
	if (err != NULL && strcmp(err->code, "acme_already_revoked") != 0)
		errand_fail(d, err);
	else
		errand_succeed(d);
}

/* RFC 8555 §7.6 */
void
errand_revoke(struct errand *d)
{
	const char *url = d->account->directory.revoke_cert, *payload;
	bool by_key = d->question->key.sealed != NULL;
	struct err err;

	if (url == NULL)
		errand_fail_new(d, ERR_acme_no_revocation, "the directory has no revokeCert");
	else if (!revocation_payload(d, &payload))
		errand_fail_new(d, ERR_internal, "the chain to be revoked cannot be read");
	else if (by_key && !errand_open_key(d, false, &err))
		errand_fail(d, &err);
	else
		errand_send(d, &(struct exchange_request){ .kind = by_key ? EXCHANGE_KEY : EXCHANGE_ACCOUNT,
		    .body = BODY_ANY, .url = url, .payload = payload, .key = d->key }, revoked);
}

/* ---- which account has this key? -------------------------------------------- */

/* An account's URL, or NULL and *ret_err. */
static const char *
found_url(struct errand *d, const struct http_reply *reply, const json_t *json, struct err *ret_err)
{
	const struct reader r = errand_reader(d);

	return arena_strdup(d->arena, account_read_url(&r, reply, json, ret_err));
}

/* RFC 8555 §7.3.1: finds, and never makes one. */
static void
find(struct errand *d, errand_then *then)
{
	errand_send(d, &(struct exchange_request){ .kind = EXCHANGE_KEY, .body = BODY_ANY,
	    .url = d->account->directory.new_account, .payload = "{\"onlyReturnExisting\":true}", .key = d->key }, then);
}

static void
account_found(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	struct err trouble;
	const char *url = err == NULL ? found_url(d, reply, json, &trouble) : NULL;

	if (url == NULL) {
		errand_fail(d, err != NULL ? err : &trouble);
		return;
	}
	d->answer->account_url = url;
	errand_succeed(d);
}

void
errand_find_account(struct errand *d)
{
	struct err err;

	if (d->question->key.sealed != NULL && !errand_open_key(d, true, &err))
		errand_fail(d, &err);
	else
		find(d, account_found);
}

/* ---- a new key for the account ----------------------------------------------- *
 *
 *	has the CA the new key already? ──yes──> done
 *	     │ no
 *	     v
 *	keyChange: signed by the old one, about the new one ──> done
 *
 * so that the question may be asked again when an answer was lost, with either
 * key in the row. */

static void
key_changed(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	(void)reply;
	(void)json;
	if (err != NULL) {
		errand_fail(d, err);
		return;
	}
	account_change_key(d->account, d->key, d->account->url);
	errand_succeed(d);
}

static void
change_key(void *arg, const struct err *err)
{
	struct errand *d = arg;
	struct account *acc = d->account;
	const char *url = acc->directory.key_change;

	if (err != NULL) {
		errand_fail(d, err);
		return;
	}
	errand_send(d, &(struct exchange_request){ .kind = EXCHANGE_ACCOUNT, .body = BODY_ANY, .url = url,
	    .payload = jws_change(d->arena, acc->key, d->key, acc->url, url), .once = true }, key_changed);
}

static void
new_key_looked_for(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	struct account *acc = d->account;
	struct err trouble;
	const char *url = err == NULL ? found_url(d, reply, json, &trouble) : NULL;

	if (err != NULL && strcmp(err->code, "acme_account_missing") == 0) {
		account_prepare(acc, NEED_ACCOUNT, change_key, d);
	} else if (url == NULL) {
		errand_fail(d, err != NULL ? err : &trouble);
	} else if (acc->url != NULL && strcmp(acc->url, url) != 0) {
		errand_fail_new(d, ERR_acme_key_in_use, arena_printf(d->arena, "%s has it, not %s", url, acc->url));
	} else {
		account_change_key(acc, d->key, url);
		errand_succeed(d);
	}
}

void
errand_rollover(struct errand *d)
{
	struct err err;

	if (d->account->directory.key_change == NULL)
		errand_fail_new(d, ERR_acme_no_rollover, "the directory has no keyChange");
	else if (!errand_open_key(d, true, &err))
		errand_fail(d, &err);
	else
		find(d, new_key_looked_for);
}
