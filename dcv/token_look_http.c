/*
 * A token's page over IPv4 and over IPv6, each from redirect to redirect, as
 * CAs follow them.  io/http judges every address anew, of each redirect too.
 */
#include <stdlib.h>
#include <string.h>

#include "dcv/token_look_inside.h"
#include "io/http_policy.h"

enum { MAX_BODY = 64 << 10 };

static void ask(struct token_walk *);

static void
end(struct token_walk *w)
{
	struct token_looking *t = w->of;

	if (t->round-- == 1)
		token_conclude(t);
}

/* It is judged as a text: a NUL must not end it early. */
static const char *
text_of(struct arena *a, const char *body, size_t len)
{
	char *text = arena_memdup(a, body, len + 1);

	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '\1';
	return text;
}

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 307 || status == 308;
}

/* Ports 80 and 443, and names only: Baseline Requirements §3.2.2.4.19 and what
 * CAs do.  Another port of customers' web servers is a trial's, with either
 * scheme. */
static bool
is_followed(const struct token_ask *ask, const char *url)
{
	auto_arena *scratch = arena_new(16 << 10);
	unsigned long trial = ask->http_port != NULL ? strtoul(ask->http_port, NULL, 10) : 80;
	struct http_url u = { 0 };

	if (!http_url_read(scratch, url, false, &u, NULL) || u.is_literal)
		return false;
	return u.port == (u.is_https ? 443 : 80) || (trial != 80 && u.port == trial);
}

/* False: the answer is the last one. */
static bool
follow(struct token_walk *w, const char *location)
{
	struct token_looking *t = w->of;
	const char *url = http_url_join(t->arena, w->page.url, location);

	if (!is_redirect(w->page.answer.status) || url == NULL || !is_followed(t->ask, url)) {
		w->page.refused = ERR_http_redirect_refused;
		return false;
	}
	if (w->page.redirects == TOKEN_MAX_REDIRECTS) {
		w->page.refused = ERR_http_too_many_redirects;
		return false;
	}
	w->page.redirects++;
	w->page.url = url;
	w->page.answer = (struct answer){ .err = err_new(ERR_http_timeout, NULL) };	/* until it answers */
	w->is_other_tried = false;
	ask(w);
	return true;
}

/* The place itself is asked over both families anyway. */
static bool
may_try_other(const struct token_walk *w, const struct err *err)
{
	return w->page.redirects > 0 && !w->is_other_tried && strcmp(err->code, "http_no_address") == 0;
}

static void
replied(void *arg, const struct http_reply *reply, const struct err *err)
{
	struct token_walk *w = arg;
	struct token_looking *t = w->of;
	const char **values;

	if (!token_waited(t))
		return;
	if (err != NULL && may_try_other(w, err)) {
		w->is_other_tried = true;
		ask(w);
		return;
	}
	if (err != NULL) {
		w->page.answer = (struct answer){ .err = *err };
		w->page.answer.err.detail = arena_strdup(t->arena, err->detail);
		end(w);
		return;
	}
	values = arena_alloc(t->arena, 2 * sizeof *values);
	values[0] = text_of(t->arena, reply->body, reply->body_len);
	values[1] = arena_strdup(t->arena, http_header(reply, "location"));
	w->page.answer = (struct answer){ .status = reply->status, .values = values, .count = values[1] != NULL ? 2 : 1 };
	if (reply->status >= 300 && reply->status < 400 && values[1] != NULL && follow(w, values[1]))
		return;
	end(w);
}

static void
ask(struct token_walk *w)
{
	struct token_looking *t = w->of;
	int64_t left = token_ms_left(t);
	const struct http_request request = { .method = "GET", .url = w->page.url,
		.family = w->is_other_tried ? 10 - w->family : w->family, .max_body = MAX_BODY,
		.timeout_ms = left < TOKEN_PAGE_MS ? left : TOKEN_PAGE_MS, .any_certificate = w->page.redirects > 0 };

	token_wait(t);
	http_send(t->look->http, &request, replied, w);
}

void
token_look_http(struct token_looking *t)
{
	t->round = 2;
	ask(&t->walks[0]);
	ask(&t->walks[1]);
}
