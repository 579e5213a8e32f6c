/*
 * Answers the CA's question "does whoever controls this hostname know this
 * token?".  What is foreign (path and Host) is checked before the database is
 * troubled with it.
 */
#include "dcv/http01.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/name.h"
#include "io/serve.h"

static const char prefix[] = "/.well-known/acme-challenge/";
static const char find[] = "select key_authorization from certwright.find_challenge($1, $2)";
enum { LEAST_TOKEN = 22, MOST_TOKEN = 512, LOOKUP_MS = 5000, MOST_HOST = 4096 };
enum { FOUND = 200, BAD = 400, MISSING = 404, DOWN = 503 };

struct lookup {			/* one request whose answer the database is asked for */
	struct http01	     *http01;	/* NULL: closed meanwhile, nobody to answer */
	struct serve_request *request;
	struct lookup	     *before, *after;
};

struct http01 {
	struct pg     *pg;
	struct serve  *serve;
	struct lookup *lookups;
};

/* ---- what is asked? ------------------------------------------------------- */

bool
http01_is_token(const char *text)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t len = strspn(text, alphabet);

	return text[len] == '\0' && len >= LEAST_TOKEN && len <= MOST_TOKEN;
}

static bool
is_hostname(const char *host)
{
	auto_arena *arena = arena_new(MOST_HOST);
	const char *name = strlen(host) < MOST_HOST / 4
	    ? name_canonical(arena, host, (struct name_rules){ .wildcard = false }, NULL) : NULL;

	return name != NULL && strcmp(name, host) == 0;
}

/* ---- the answer ----------------------------------------------------------- */

static void
say(struct serve_request *r, int status, const char *body)
{
	serve_answer(r, status, "text/plain", body);
}

static void
lookup_unlink(struct http01 *h, struct lookup *l)
{
	if (l->before != NULL)
		l->before->after = l->after;
	else
		h->lookups = l->after;
	if (l->after != NULL)
		l->after->before = l->before;
}

static void
on_found(void *arg, const PGresult *result, const struct err *err)
{
	struct lookup *l = arg;
	const char *text = err == NULL && PQntuples(result) > 0 ? pg_value(result, 0, "key_authorization") : NULL;

	if (l->http01 != NULL) {
		lookup_unlink(l->http01, l);
		if (err != NULL)
			say(l->request, DOWN, "the answer could not be looked up\n");
		else if (text == NULL)
			say(l->request, MISSING, "no such challenge\n");
		else
			say(l->request, FOUND, text);
	}
	free(l);
}

static void
look_up(struct http01 *h, struct serve_request *r, const char *host, const char *token)
{
	struct lookup *l = xcalloc(1, sizeof *l);
	struct pg_args *args = pg_args_new();

	*l = (struct lookup){ .http01 = h, .request = r, .after = h->lookups };
	if (h->lookups != NULL)
		h->lookups->before = l;
	h->lookups = l;
	pg_add_text(args, host);
	pg_add_text(args, token);
	pg_call(h->pg, find, args, LOOKUP_MS, on_found, l);
}

static void
on_request(void *arg, struct serve_request *r, const char *host, const char *path)
{
	const char *token = path + sizeof prefix - 1;

	if (strncmp(path, prefix, sizeof prefix - 1) != 0 || !http01_is_token(token))
		say(r, MISSING, "not found\n");
	else if (!is_hostname(host))
		say(r, BAD, "the Host header is not a hostname\n");
	else
		look_up(arg, r, host, token);
}

struct http01 *
http01_open(struct loop *loop, struct pg *pg, const char *address_port, struct err *err)
{
	struct http01 *h = xcalloc(1, sizeof *h);

	h->pg = pg;
	h->serve = serve_open(loop, address_port, on_request, h, err);
	if (h->serve == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

void
http01_close(struct http01 *h)
{
	if (h == NULL)
		return;
	while (h->lookups != NULL) {
		struct lookup *l = h->lookups;

		lookup_unlink(h, l);
		l->http01 = NULL;
		say(l->request, DOWN, "stopping\n");
	}
	serve_close(h->serve);
	free(h);
}

unsigned
http01_port(const struct http01 *h)
{
	return serve_port(h->serve);
}
