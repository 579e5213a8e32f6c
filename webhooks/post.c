/*
 * Sends one delivery: opens the endpoint's secrets, signs, posts, and says
 * which status came back.  Secrets are in clear only in this file and only
 * until the request has been handed over.
 */
#include "webhooks/post.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "webhooks/question.h"
#include "webhooks/sign.h"

enum { TIMEOUT_MS = 15000, MAX_ANSWER = 4096, MAX_HEADERS = 6, MAX_PLAIN = 1024 };

struct post {
	struct http	  *http;
	const struct seal *seal;
	bool		   allow_plain;
	char		  *trust_file;	/* NULL: the system's */
};

struct post *
post_open(struct http *http, const struct seal *seal, const struct post_options *options)
{
	struct post *p = xcalloc(1, sizeof *p);

	*p = (struct post){ .http = http, .seal = seal, .allow_plain = options->allow_plain };
	if (options->trust_file != NULL && options->trust_file[0] != '\0')
		p->trust_file = xstrdup(options->trust_file);
	return p;
}

void
post_close(struct post *p)
{
	if (p == NULL)
		return;
	free(p->trust_file);
	free(p);
}

/* ---- secrets -------------------------------------------------------------- */

/* One of the endpoint's sealed columns in clear; caller frees. */
static bool
open_column(const struct post *p, struct arena *arena, const struct delivery_question *q,
    const char *column, const char *sealed, struct secret *ret, struct err *err)
{
	const char *identity = arena_printf(arena, "webhook/%s/%s", q->webhook_id, column);
	unsigned char *bytes;
	size_t len;

	if (!b64_decode(arena, sealed, &bytes, &len))
		return err_set(err, ERR_seal_broken, "the sealed value is not base64");
	return seal_unlock(p->seal, identity, bytes, len, ret, err);
}

/* One value of webhook-signature. */
static bool
sign_with(const struct post *p, struct arena *arena, const struct delivery_question *q,
    const char *column, const char *sealed, const char **ret, struct err *err)
{
	auto_secret text = { 0 }, key = { 0 };

	if (!open_column(p, arena, q, column, sealed, &text, err) || !sign_read_secret(&text, &key, err))
		return false;
	*ret = sign_webhook(arena, &key, q->message_id, q->now, q->body);
	return true;
}

/* Both signatures while a secret rotates, so that a receiver may know either. */
static bool
signature_header(const struct post *p, struct arena *arena, const struct delivery_question *q,
    const char **ret, struct err *err)
{
	const char *now = NULL, *before = NULL;

	if (!sign_with(p, arena, q, "secret", q->secret, &now, err))
		return false;
	if (q->old_secret != NULL && !sign_with(p, arena, q, "old_secret", q->old_secret, &before, err))
		return false;
	*ret = arena_printf(arena, "webhook-signature: %s%s%s", now,
	    before != NULL ? " " : "", before != NULL ? before : "");
	return true;
}

static bool
can_be_a_header(const struct secret *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->bytes[i] < 0x20 || s->bytes[i] == 0x7f)
			return false;
	return s->len > 0 && s->len <= MAX_PLAIN;
}

/* "cf-webhook-auth: …" as a secret of its own, because the value is one. */
static bool
plain_header(const struct post *p, struct arena *arena, const struct delivery_question *q,
    struct secret *ret, struct err *err)
{
	static const char name[] = "cf-webhook-auth: ";
	enum { NAME = sizeof name - 1 };
	char line[NAME + MAX_PLAIN];
	auto_secret value = { 0 };

	if (!open_column(p, arena, q, "plain_secret", q->plain_secret, &value, err))
		return false;
	if (!can_be_a_header(&value))
		return err_set(err, ERR_delivery_bad_secret, "the plain secret cannot be a header's value");
	memcpy(line, name, NAME);
	memcpy(line + NAME, value.bytes, value.len);
	*ret = secret_copy(line, NAME + value.len);
	OPENSSL_cleanse(line, sizeof line);
	return true;
}

/* ---- the exchange --------------------------------------------------------- */

static void
on_reply(void *arg, const struct http_reply *reply, const struct err *err)
{
	struct asked *a = arg;
	struct delivery_answer *said;

	if (err != NULL) {
		asked_fail(a, err);
		return;
	}
	said = arena_alloc(a->arena, sizeof *said);
	said->retry_after = http_retry_after(reply);
	a->answered(a, (struct answer){ .status = reply->status, .detail = said });
}

/* The request goes out; http copies all of it. */
static bool
post_send(const struct post *p, struct asked *a, const struct delivery_question *q, struct err *err)
{
	const char *headers[MAX_HEADERS + 1] = { "content-type: application/json" };
	size_t n = 1;
	auto_secret plain = { 0 };

	headers[n++] = arena_printf(a->arena, "webhook-id: %s", q->message_id);
	headers[n++] = arena_printf(a->arena, "webhook-timestamp: %lld", (long long)q->now);
	if (!signature_header(p, a->arena, q, &headers[n++], err))
		return false;
	if (q->plain_secret != NULL) {
		if (!plain_header(p, a->arena, q, &plain, err))
			return false;
		headers[n++] = (const char *)plain.bytes;
	}
	headers[n] = NULL;
	http_send(p->http, &(struct http_request){
		.method = "POST", .url = q->url, .headers = headers,
		.body = q->body, .body_len = strlen(q->body), .trust_file = p->trust_file,
		.https_only = !p->allow_plain, .max_body = MAX_ANSWER, .timeout_ms = TIMEOUT_MS,
	}, on_reply, a);
	return true;
}

void
post_perform(void *context, struct asked *a)
{
	struct err err = { 0 };

	if (!post_send(context, a, a->question->detail, &err))
		asked_fail(a, &err);
}
