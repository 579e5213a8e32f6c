/*
 * Exchanges with a CA.
 *
 *	queued ──> nonce at hand? ──> signed, sent ──> ended
 *	              │    ^                  │
 *	              v    │                  │ badNonce, at most five times
 *	           newNonce└──────────────────┘
 */
#include <stdlib.h>
#include <string.h>
#include "acme/chain.h"
#include "acme/exchange.h"
#include "acme/jws.h"
#include "acme/problem.h"

enum { EXCHANGE_BYTES = 256 * 1024, SIGNED_BYTES = 2 * 1024 * 1024, NONCE_BODY = 64 * 1024 };

struct exchange {
	TAILQ_ENTRY(exchange) link;	/* in its account's queue */
	struct account	  *account;
	struct arena	  *arena;
	struct exchange_request asked;	/* texts are in the arena */
	char		  *nonce;	/* for the next sending */
	unsigned	   bad_nonces;
	exchange_done	  *done;
	void		  *arg;
};

static void send_on(struct exchange *);

/* ---- places ---------------------------------------------------------------- */

static void
destroy(struct exchange *e)
{
	free(e->nonce);
	arena_free(e->arena);
	free(e);
}

void
exchange_free(struct exchange *e)
{
	TAILQ_REMOVE(&e->account->queue, e, link);
	destroy(e);
}

static void
fill_places(struct account *acc)
{
	struct exchange *e;

	acc->users++;		/* one that fails at once may be the last */
	while (acc->in_flight < ACCOUNT_MAX_IN_FLIGHT && (e = TAILQ_FIRST(&acc->queue)) != NULL) {
		TAILQ_REMOVE(&acc->queue, e, link);
		acc->in_flight++;
		send_on(e);
	}
	account_leave(acc);
}

void
exchange_start(struct account *acc, const struct exchange_request *asked, exchange_done *done, void *arg)
{
	struct exchange *e = xcalloc(1, sizeof *e);

	e->account = acc;
	e->arena = arena_new(EXCHANGE_BYTES);
	e->asked = *asked;
	e->asked.url = arena_strdup(e->arena, asked->url);
	e->asked.payload = arena_strdup(e->arena, asked->payload);
	e->done = done;
	e->arg = arg;
	acc->users++;
	TAILQ_INSERT_TAIL(&acc->queue, e, link);
	fill_places(acc);
}

static void
end(struct exchange *e, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	struct account *acc = e->account;

	acc->in_flight--;
	e->done(e->arg, reply, json, err);
	destroy(e);
	fill_places(acc);
	account_leave(acc);
}

static void
end_badly(struct exchange *e, struct err err)
{
	static const char *const doubts[] = { "acme_unreachable", "acme_protocol", "acme_server_internal" };

	/* A CA in trouble may come back with other URLs. */
	for (size_t i = 0; i < sizeof doubts / sizeof doubts[0]; i++)
		if (strcmp(err.code, doubts[i]) == 0)
			e->account->directory_until = 0;
	end(e, NULL, NULL, &err);
}

/* ---- replies --------------------------------------------------------------- */

/* What io/http or io/dns say, as something about the CA; what is our own
 * fault stays so. */
static struct err
trouble_of(struct exchange *e, const struct err *err)
{
	const char *ca = e->account->ca.name;
	const char *detail = err->detail != NULL ? err->detail : "";
	struct err ret;

	if (err->blame == BLAME_US) {
		ret = problem_new(e->arena, ca, ERR_internal, detail);
		ret.code = err->code;
		return ret;
	}
	return problem_new(e->arena, ca,
	    strcmp(err->code, "http_too_large") == 0 ? ERR_acme_protocol : ERR_acme_unreachable,
	    arena_printf(e->arena, "%s: %s", err->code, detail));
}

/* One request came back: false if the client is closed and `e` is gone. */
static bool
is_wanted(struct exchange *e)
{
	struct acme_client *client = e->account->client;

	client->in_flight--;
	if (!client->closed)
		return true;
	destroy(e);
	account_free_all(client);
	return false;
}

static void
read_body(struct exchange *e, const struct http_reply *reply)
{
	auto_json *json = NULL;
	auto_arena *scratch = arena_new(EXCHANGE_BYTES);
	struct err err = { 0 };

	if (e->asked.body != BODY_PEM) {
		json = json_read(reply->body, reply->body_len, EXCHANGE_MAX_JSON, scratch, &err);
		if (!json_is_object(json) && e->asked.body == BODY_OBJECT) {
			end_badly(e, problem_new(e->arena, e->account->ca.name, ERR_acme_protocol,
			    arena_printf(scratch, "HTTP status %d with a body that is no JSON object%s%s",
			    reply->status, err.detail != NULL ? ": " : "",
			    err.detail != NULL ? err.detail : "")));
			return;
		}
	}
	end(e, reply, json_is_object(json) ? json : NULL, NULL);
}

static void
reply_came(void *arg, const struct http_reply *reply, const struct err *http_err)
{
	struct exchange *e = arg;
	struct account *acc = e->account;
	struct err err;

	if (!is_wanted(e))
		return;
	if (http_err != NULL) {
		end_badly(e, trouble_of(e, http_err));
		return;
	}
	if (reply->status >= 200 && reply->status < 300) {
		account_keep_nonce(acc, http_header(reply, "replay-nonce"));
		read_body(e, reply);
		return;
	}
	err = problem_of_reply(e->arena, acc->ca.name, reply->status, reply->body, reply->body_len,
	    http_retry_after(reply));
	if (strcmp(err.code, "acme_bad_nonce") == 0) {
		/* The others came before the one that was refused. */
		account_drop_nonces(acc);
		account_keep_nonce(acc, http_header(reply, "replay-nonce"));
		if (e->bad_nonces++ < EXCHANGE_MAX_BAD_NONCES) {
			send_on(e);
			return;
		}
	} else {
		account_keep_nonce(acc, http_header(reply, "replay-nonce"));
	}
	end_badly(e, err);
}

/* ---- requests -------------------------------------------------------------- */

static void
nonce_came(void *arg, const struct http_reply *reply, const struct err *http_err)
{
	struct exchange *e = arg;
	const char *nonce;

	if (!is_wanted(e))
		return;
	if (http_err != NULL) {
		end_badly(e, trouble_of(e, http_err));
		return;
	}
	if (reply->status < 200 || reply->status >= 300) {
		end_badly(e, problem_of_reply(e->arena, e->account->ca.name, reply->status, reply->body,
		    reply->body_len, http_retry_after(reply)));
		return;
	}
	nonce = http_header(reply, "replay-nonce");
	if (nonce == NULL || !read_is_nonce(nonce)) {
		end_badly(e, problem_new(e->arena, e->account->ca.name, ERR_acme_protocol,
		    "newNonce: no Replay-Nonce that can be used"));
		return;
	}
	e->nonce = xstrdup(nonce);
	send_on(e);
}

static void
send_request(struct exchange *e, const struct http_request *base, http_done *done)
{
	struct http_request request = *base;

	request.trust_file = e->account->ca.trust_file;
	request.https_only = true;
	request.timeout_ms = EXCHANGE_TIMEOUT_MS;
	e->account->client->in_flight++;
	http_send(e->account->client->http, &request, done, e);
}

static void
send_signed(struct exchange *e)
{
	static const char *const wants_json[] = { "Content-Type: application/jose+json",
		"Accept: application/json, application/problem+json", "Accept-Language: en", NULL };
	static const char *const wants_chain[] = { "Content-Type: application/jose+json",
		"Accept: application/pem-certificate-chain", "Accept-Language: en", NULL };
	bool is_text = e->asked.body == BODY_PEM;
	struct account *acc = e->account;
	auto_arena *scratch = arena_new(SIGNED_BYTES);
	const struct jws_header header = {
		.url = e->asked.url,
		.nonce = e->nonce,
		.kid = e->asked.kind == EXCHANGE_KEY ? NULL : acc->url,
	};
	const char *body = jws_sign(scratch, e->asked.key != NULL ? e->asked.key : acc->key, &header, e->asked.payload);

	send_request(e, &(struct http_request){
		.method = "POST",
		.url = e->asked.url,
		.headers = is_text ? wants_chain : wants_json,
		.body = body,
		.body_len = strlen(body),
		.max_body = is_text ? CHAIN_MAX_BYTES : EXCHANGE_MAX_JSON,
		.once = e->asked.once,
	}, reply_came);
	free(e->nonce);
	e->nonce = NULL;
}

static void
send_on(struct exchange *e)
{
	struct account *acc = e->account;

	if (e->asked.kind == EXCHANGE_GET) {
		send_request(e, &(struct http_request){ .method = "GET", .url = e->asked.url,
		    .max_body = EXCHANGE_MAX_JSON }, reply_came);
		return;
	}
	/* Somebody before us in the queue was told that the account is gone. */
	if (e->asked.kind == EXCHANGE_ACCOUNT && acc->url == NULL) {
		end_badly(e, problem_new(e->arena, acc->ca.name, ERR_acme_account_missing, "the account is not known"));
		return;
	}
	if (e->nonce == NULL)
		e->nonce = account_take_nonce(acc);
	if (e->nonce == NULL)
		send_request(e, &(struct http_request){ .method = "HEAD", .url = acc->directory.new_nonce,
		    .max_body = NONCE_BODY }, nonce_came);
	else
		send_signed(e);
}
