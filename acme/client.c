/*
 * Errands: one question to a CA, from asking to answering.
 *
 *	asked ──> prepared ──> its requests ──> answered
 *	             ^             │
 *	             │ account lost│
 *	             └── once ─────┘
 *
 * A CA that does not know our account any more (it was restored, or is a test
 * CA that was started anew) is asked for it again, once an errand.
 */
#include <stdlib.h>
#include <string.h>
#include "acme/client.h"
#include "acme/errand.h"
#include "acme/jws.h"

static const struct {
	enum account_need need;
	errand_start	 *start;
} acts[] = {
	[ACME_NEW_ORDER] = { NEED_ACCOUNT, errand_new_order },
	[ACME_READ_ORDER] = { NEED_ACCOUNT, errand_read_order },
	[ACME_VALIDATE] = { NEED_ACCOUNT, errand_validate },
	[ACME_FINALIZE] = { NEED_ACCOUNT, errand_finalize },
	[ACME_DOWNLOAD] = { NEED_ACCOUNT, errand_download },
	[ACME_READ_DIRECTORY] = { NEED_DIRECTORY, errand_read_directory },
	[ACME_RENEWAL_INFO] = { NEED_DIRECTORY, errand_renewal_info },
	[ACME_REVOKE] = { NEED_ACCOUNT, errand_revoke },
	[ACME_ROLLOVER] = { NEED_KEY, errand_rollover },	/* an account last of all */
	[ACME_FIND_ACCOUNT] = { NEED_KEY, errand_find_account },
};

/* A key in the question stands for the row's own, and for the account. */
static enum account_need
need_of(const struct acme_question *q)
{
	bool has_key = q->key.sealed != NULL && (q->act == ACME_REVOKE || q->act == ACME_FIND_ACCOUNT);

	return has_key ? NEED_DIRECTORY : acts[q->act].need;
}

/* ---- the ends of an errand -------------------------------------------------- */

static void errand_ready(void *, const struct err *);

static void
errand_free(struct errand *d)
{
	EVP_PKEY_free(d->key);		/* cleanses */
	free(d);
}

static void
errand_answer(struct errand *d, struct answer answer)
{
	struct asked *asked = d->asked;
	struct account *acc = d->account;

	TAILQ_REMOVE(&acc->client->errands, d, link);
	errand_free(d);
	account_leave(acc);
	asked->answered(asked, answer);
}

void
errand_fail(struct errand *d, const struct err *err)
{
	struct err copy = *err;

	if (strcmp(err->code, "acme_account_missing") == 0 && !d->was_lost && need_of(d->question) == NEED_ACCOUNT) {
		d->was_lost = true;
		account_lost(d->account, d->changes);
		account_prepare(d->account, NEED_ACCOUNT, errand_ready, d);
		return;
	}
	copy.detail = arena_strdup(d->arena, err->detail);
	errand_answer(d, (struct answer){ .err = copy });
}

void
errand_fail_new(struct errand *d, enum err_code code, const char *detail)
{
	struct err err = problem_new(d->arena, d->account->ca.name, code, detail);

	errand_fail(d, &err);
}

void
errand_succeed(struct errand *d)
{
	if (d->answer->account_url == NULL)
		d->answer->account_url = arena_strdup(d->arena, d->account->url);
	errand_answer(d, (struct answer){ .detail = d->answer });
}

/* ---- on the way ------------------------------------------------------------- */

struct reader
errand_reader(const struct errand *d)
{
	const struct account *acc = d->account;

	return (struct reader){ d->arena, acc->ca.name, acc->origin, acc->thumbprint };
}

static void
reply_came(void *arg, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	struct errand *d = arg;

	d->then(d, reply, json, err);
}

void
errand_send(struct errand *d, const struct exchange_request *request, errand_then *then)
{
	const struct reader r = errand_reader(d);
	struct err foreign;

	/* Our row may hold what a CA said long ago: nothing is signed for others. */
	if (!read_check_url(&r, "the URL to be asked", request->url, &foreign)) {
		errand_fail(d, &foreign);
		return;
	}
	d->changes = d->account->changes;
	d->then = then;
	exchange_start(d->account, request, reply_came, d);
}

bool
errand_open_key(struct errand *d, bool is_account_key, struct err *ret_err)
{
	const struct acme_key *key = &d->question->key;
	auto_secret pkcs8 = { 0 };

	if (key->identity == NULL)
		return err_set(ret_err, ERR_acme_account_key, "it is sealed for nobody");
	if (!account_unseal(d->account, key->identity, key->sealed, &pkcs8, ret_err))
		return false;
	EVP_PKEY_free(d->key);		/* of the first try, before the account was lost */
	d->key = is_account_key ? jws_key_read(&pkcs8, ret_err) : jws_certificate_key_read(&pkcs8, ret_err);
	return d->key != NULL;
}

/* What the act needs is there, or not to be had. */
static void
errand_ready(void *arg, const struct err *err)
{
	struct errand *d = arg;

	if (err != NULL) {
		errand_fail(d, err);
		return;
	}
	d->answer = arena_alloc(d->arena, sizeof *d->answer);
	acts[d->question->act].start(d);
}

void
acme_client_perform(void *context, struct asked *asked)
{
	const struct acme_question *q = asked->question->detail;
	struct acme_client *client = context;
	struct err err;
	struct account *acc = account_take(client, &q->ca, &err);
	struct errand *d;

	if (acc == NULL) {
		asked_fail(asked, &err);
		return;
	}
	d = xcalloc(1, sizeof *d);
	d->account = acc;
	d->asked = asked;
	d->arena = asked->arena;
	d->question = q;
	d->began = loop_now_ms(client->loop);
	TAILQ_INSERT_TAIL(&client->errands, d, link);
	if (q->is_fresh)
		acc->directory_until = 0;
	account_prepare(acc, need_of(q), errand_ready, d);
}

/* ---- opening and closing ---------------------------------------------------- */

struct acme_client *
acme_client_open(struct loop *loop, struct http *http, const struct seal *seal)
{
	struct acme_client *client = xcalloc(1, sizeof *client);

	client->loop = loop;
	client->http = http;
	client->seal = seal;
	TAILQ_INIT(&client->accounts);
	TAILQ_INIT(&client->errands);
	return client;
}

void
acme_client_close(struct acme_client *client)
{
	struct errand *d;

	if (client == NULL)
		return;
	client->closed = true;
	while ((d = TAILQ_FIRST(&client->errands)) != NULL) {
		TAILQ_REMOVE(&client->errands, d, link);
		errand_free(d);
	}
	account_free_all(client);
}
