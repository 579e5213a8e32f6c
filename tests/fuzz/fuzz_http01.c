/* What a stranger asks the http-01 responder: Host and path, a newline between.  Only the
 * very pairs that are on the board have an answer. */
#include <stdlib.h>
#include <string.h>
#include "base/name.h"
#include "dcv/http01.h"
#include "tests/fuzz/fuzz.h"

#define PATH "/.well-known/acme-challenge/"
#define TOKEN "DGyRejmCefe7v4NfDGDKfA_-x"
#define OTHER "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
enum { ARENA = 1 << 16, MOST = 4096 };

static const struct pair {
	const char *host, *token, *value;
} pairs[] = {
	{ "shop.example.com", TOKEN, TOKEN ".print" },
	{ "shop.example.com", OTHER, OTHER ".print" },
	{ "blog.example.com", OTHER, OTHER ".other" },
};

static struct board *
make_board(void)
{
	struct board *board = board_new();
	struct board_entry shop[] = { { BOARD_HTTP, TOKEN, pairs[0].value },
		{ BOARD_TXT, "0123456789abcdef0123456789abcdef", "not-for-http" },
		{ BOARD_HTTP, OTHER, pairs[1].value } };
	struct board_entry blog = { BOARD_HTTP, OTHER, pairs[2].value };

	board_put(board, "shop.example.com", shop, 3);
	board_put(board, "blog.example.com", &blog, 1);
	return board;
}

static const char *
expected(const char *host, const char *path)
{
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (strcmp(host, pairs[i].host) == 0 && strncmp(path, PATH, sizeof PATH - 1) == 0 &&
		    strcmp(path + sizeof PATH - 1, pairs[i].token) == 0)
			return pairs[i].value;
	return NULL;
}

static void
check(struct board *board, struct arena *a, const char *host, const char *path)
{
	struct http01_answer answer = http01_find(board, host, path);
	const char *value = expected(host, path);

	if (value != NULL)
		assert(answer.status == 200 && strcmp(answer.body, value) == 0);
	else if (answer.status == 400)
		assert(strlen(host) > 253 ||
		    name_canonical(a, host, (struct name_rules){ .wildcard = false }, NULL) == NULL ||
		    strpbrk(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL || host[strlen(host) - 1] == '.');
	else
		assert(answer.status == (board_is_ready(board) || strncmp(path, PATH, sizeof PATH - 1) != 0 ||
		    !http01_is_token(path + sizeof PATH - 1) ? 404 : 503));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA);
	struct board *board;
	char *host, *path;

	if (size > MOST)
		return 0;
	board = make_board();
	path = arena_strdup(a, fuzz_text(a, data, size));
	host = strsep(&path, "\n");
	if (path == NULL)
		path = host;
	check(board, a, host, path);
	board_set_ready(board);
	check(board, a, host, path);
	board_free(board);
	return 0;
}
