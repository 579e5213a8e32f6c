/*
 * Errands: one question to a CA, from asking to answering.
 *
 *	asked ──> prepared ──> the request ──> answered
 *	             ^              │  │ READ_ORDER
 *	             │ account lost,│  v
 *	             └── once ──────┘ every authorization ──> answered
 *
 * A CA that does not know our account any more (it was restored, or is a test
 * CA that was started anew) is asked for it again, once an errand.
 */
#include <stdlib.h>
#include <string.h>
#include "acme/account.h"
#include "acme/client.h"
#include "acme/exchange.h"
#include "acme/problem.h"

enum { PAYLOAD_BYTES = 256 * 1024 };

struct part {			/* one authorization of READ_ORDER */
	struct errand *errand;
	size_t	       index;
};

struct errand {
	TAILQ_ENTRY(errand) link;
	struct account	  *account;
	struct asked	  *asked;
	struct arena	  *arena;	/* the job's */
	const struct acme_question *question;
	unsigned	   changes;	/* of the account's URL, when it was used */
	bool		   was_lost;	/* the account, once already */
	struct acme_order *order;
	struct part	   parts[ACME_MAX_AUTHORIZATIONS];
	size_t		   pending;	/* parts not read yet */
	struct err	   trouble;	/* the first of them */
};

static void errand_ready(void *, const struct err *);

/* ---- the ends of an errand -------------------------------------------------- */

static void
errand_answer(struct errand *d, struct answer answer)
{
	struct asked *asked = d->asked;
	struct account *acc = d->account;

	TAILQ_REMOVE(&acc->client->errands, d, link);
	free(d);
	account_leave(acc);
	asked->answered(asked, answer);
}

static void
errand_fail(struct errand *d, const struct err *err)
{
	struct err copy = *err;

	if (strcmp(err->code, "acme_account_missing") == 0 && !d->was_lost) {
		d->was_lost = true;
		account_lost(d->account, d->changes);
		account_prepare(d->account, errand_ready, d);
		return;
	}
	copy.detail = arena_strdup(d->arena, err->detail);
	errand_answer(d, (struct answer){ .err = copy });
}

static void
errand_succeed(struct errand *d, const char *chain)
{
	struct acme_answer *answer = arena_alloc(d->arena, sizeof *answer);

	answer->order = d->order;
	answer->chain = chain;
	answer->account_url = arena_strdup(d->arena, d->account->url);
	errand_answer(d, (struct answer){ .detail = answer });
}

static struct reader
reader_of(const struct errand *d)
{
	const struct account *acc = d->account;

	return (struct reader){ d->arena, acc->ca.name, acc->origin, acc->thumbprint };
}

/* ---- what came -------------------------------------------------------------- */

static void
part_came(void *arg, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	struct part *part = arg;
	struct errand *d = part->errand;
	const struct reader r = reader_of(d);
	struct err trouble = { 0 };

	(void)reply;
	if (err == NULL && !read_authorization(&r, json, &d->order->authorizations[part->index], &trouble))
		err = &trouble;
	if (err != NULL && d->trouble.code == NULL) {
		d->trouble = *err;
		d->trouble.detail = arena_strdup(d->arena, err->detail);
	}
	if (--d->pending != 0)
		return;
	if (d->trouble.code != NULL)
		errand_fail(d, &d->trouble);
	else
		errand_succeed(d, NULL);
}

/* Nobody needs the authorizations of an order that is done, and a CA may have
 * thrown them away. */
static void
read_parts(struct errand *d)
{
	size_t count = strcmp(d->order->status, "valid") == 0 ? 0 : d->order->count;

	if (count == 0) {
		d->order->count = 0;
		errand_succeed(d, NULL);
		return;
	}
	d->trouble = (struct err){ 0 };
	d->pending = count;
	/* The last may fail at once and end the errand: touch nothing after it. */
	for (size_t i = 0; i < count; i++) {
		d->parts[i] = (struct part){ d, i };
		exchange_start(d->account, EXCHANGE_POST, d->order->authorizations[i].url, "", part_came, &d->parts[i]);
	}
}

static void
order_came(struct errand *d, const struct http_reply *reply, const json_t *json)
{
	const struct acme_question *q = d->question;
	const struct reader r = reader_of(d);
	const char *url = q->act == ACME_READ_ORDER ? q->url : http_header(reply, "location");
	struct acme_order *order = arena_alloc(d->arena, sizeof *order);
	struct err err = { 0 };

	if (url == NULL && q->act == ACME_NEW_ORDER)
		err = problem_new(d->arena, r.ca, ERR_acme_protocol, "newOrder: no Location");
	else if (url != NULL && read_check_url(&r, "the order's Location", url, &err))
		order->url = arena_strdup(d->arena, url);
	order->retry_after = problem_retry_after(http_retry_after(reply), RETRY_AFTER_MOST);
	if (err.code == NULL)
		read_order(&r, json, q->act == ACME_NEW_ORDER ? q->names : NULL, order, &err);
	if (err.code != NULL) {
		errand_fail(d, &err);
		return;
	}
	d->order = order;
	if (q->act == ACME_READ_ORDER)
		read_parts(d);
	else
		errand_succeed(d, NULL);
}

static void
chain_came(struct errand *d, const struct http_reply *reply)
{
	const char *text = reply->body + strspn(reply->body, " \t\r\n");
	struct err err;

	/* CAs differ in the Content-Type; what matters is what it is. */
	if (strlen(reply->body) == reply->body_len && strncmp(text, "-----BEGIN ", 11) == 0) {
		errand_succeed(d, arena_strndup(d->arena, reply->body, reply->body_len));
		return;
	}
	err = problem_new(d->arena, d->account->ca.name, ERR_acme_protocol, "the certificate is not in PEM");
	errand_fail(d, &err);
}

static void
reply_came(void *arg, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	struct errand *d = arg;

	if (err != NULL) {
		errand_fail(d, err);
		return;
	}
	switch (d->question->act) {
	case ACME_NEW_ORDER:
	case ACME_READ_ORDER:
	case ACME_FINALIZE:
		order_came(d, reply, json);
		return;
	case ACME_DOWNLOAD:
		chain_came(d, reply);
		return;
	case ACME_VALIDATE:
		errand_succeed(d, NULL);
		return;
	}
	abort();
}

/* ---- what is asked ---------------------------------------------------------- */

static const char *
order_payload(struct arena *a, const struct acme_question *q)
{
	auto_json *payload = json_object();
	json_t *list = json_array();

	for (size_t i = 0; q->names[i] != NULL; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "type", "dns", "value", q->names[i]));
	json_object_set_new(payload, "identifiers", list);
	if (q->ca.profile != NULL)
		json_object_set_new(payload, "profile", json_string(q->ca.profile));
	return json_write(a, payload);
}

static const char *
payload_of(struct arena *a, const struct acme_question *q)
{
	switch (q->act) {
	case ACME_NEW_ORDER:
		return order_payload(a, q);
	case ACME_VALIDATE:
		return "{}";			/* RFC 8555 §7.5.1 */
	case ACME_FINALIZE:
		return arena_printf(a, "{\"csr\":\"%s\"}", q->csr);
	case ACME_READ_ORDER:
	case ACME_DOWNLOAD:
		return "";			/* POST-as-GET, §6.3 */
	}
	abort();
}

/* Directory, key and account are there. */
static void
errand_ready(void *arg, const struct err *err)
{
	struct errand *d = arg;
	const struct acme_question *q = d->question;
	const struct reader r = reader_of(d);
	auto_arena *scratch = arena_new(PAYLOAD_BYTES);
	const char *url = q->act == ACME_NEW_ORDER ? d->account->directory.new_order : q->url;
	struct err foreign;

	if (err != NULL) {
		errand_fail(d, err);
		return;
	}
	/* Our row may hold what a CA said long ago: nothing is signed for others. */
	if (!read_check_url(&r, "the URL to be asked", url, &foreign)) {
		errand_fail(d, &foreign);
		return;
	}
	d->changes = d->account->changes;
	exchange_start(d->account, q->act == ACME_DOWNLOAD ? EXCHANGE_TEXT : EXCHANGE_POST, url,
	    payload_of(scratch, q), reply_came, d);
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
	TAILQ_INSERT_TAIL(&client->errands, d, link);
	account_prepare(acc, errand_ready, d);
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
		free(d);
	}
	account_free_all(client);
}
