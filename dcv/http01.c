/*
 * Answers the CA's question "does whoever controls this hostname know this
 * token?" from memory.  What is asked is foreign: it is compared, and never
 * more than that.
 */
#include "dcv/http01.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/name.h"
#include "io/serve.h"

static const char prefix[] = "/.well-known/acme-challenge/";
enum { LEAST_TOKEN = 22, MOST_TOKEN = 512, MOST_NAME = 253, NAME_MEMORY = 4096 };
enum { FOUND = 200, BAD = 400, MISSING = 404, NOT_YET = 503 };

struct http01 {
	const struct board *board;
	struct serve	   *serve;
};

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
	auto_arena *arena = arena_new(NAME_MEMORY);
	const char *name = strnlen(host, MOST_NAME + 1) <= MOST_NAME
	    ? name_canonical(arena, host, (struct name_rules){ .wildcard = false }, NULL) : NULL;

	return name != NULL && strcmp(name, host) == 0;
}

struct http01_answer
http01_find(const struct board *board, const char *host, const char *path)
{
	const char *token = path + sizeof prefix - 1, *found;

	if (strncmp(path, prefix, sizeof prefix - 1) != 0 || !http01_is_token(token))
		return (struct http01_answer){ MISSING, "not found\n" };
	found = board_find_http(board, host, token);
	if (found != NULL)
		return (struct http01_answer){ FOUND, found };
	if (!is_hostname(host))
		return (struct http01_answer){ BAD, "the Host header is not a hostname\n" };
	if (!board_is_ready(board))
		return (struct http01_answer){ NOT_YET, "the tokens have not been read yet\n" };
	return (struct http01_answer){ MISSING, "no such challenge\n" };
}

static void
on_request(void *arg, struct serve_request *r, const char *host, const char *path)
{
	const struct http01 *h = arg;
	struct http01_answer answer = http01_find(h->board, host, path);

	serve_answer(r, answer.status, "text/plain", answer.body);
}

struct http01 *
http01_open(struct loop *loop, const struct board *board, const char *address_port, struct err *err)
{
	struct http01 *h = xcalloc(1, sizeof *h);

	h->board = board;
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
	serve_close(h->serve);
	free(h);
}

unsigned
http01_port(const struct http01 *h)
{
	return serve_port(h->serve);
}
