/*
 * All three forms are words between blanks, quotes and punctuation; so the
 * text is taken apart into words first, and then `algorithm` and `secret` are
 * the words behind those, whatever stands between.
 */
#include "dcv/tsig_key.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/b64.h"
#include "base/name.h"

enum { MOST_WORDS = 16, MOST_WORD = 512, MOST_SECRET = 256 };

static const char *const algorithms[] = {
	"hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512",
};

struct words {
	char   word[MOST_WORDS][MOST_WORD];
	size_t count;
};

static void
words_cleanse(struct words *w)
{
	explicit_bzero(w, sizeof *w);
}
#define auto_words __attribute__((cleanup(words_cleanse))) struct words

/* The end of a comment that begins here, or `at` itself.  Two slashes may be
 * the first digits of a secret; at the beginning of a line they are not. */
static const char *
after_comment(const char *at, const char *end, bool is_first_of_line)
{
	const char *close;
	size_t left = (size_t)(end - at);

	if (*at == '#' || (is_first_of_line && left >= 2 && memcmp(at, "//", 2) == 0)) {
		close = memchr(at, '\n', left);
		return close != NULL ? close : end;
	}
	if (is_first_of_line && left >= 2 && memcmp(at, "/*", 2) == 0) {
		close = memmem(at + 2, left - 2, "*/", 2);
		return close != NULL ? close + 2 : end;
	}
	return at;
}

/* False: more words, or longer ones, than a key has. */
static bool
take_apart(const char *text, size_t len, struct words *w)
{
	const char *end = text + len;
	bool is_first_of_line = true;

	for (const char *at = text; at < end;) {
		const char *begin = at, *next = after_comment(at, end, is_first_of_line);

		if (next != at) {
			at = next;
			continue;
		}
		while (at < end && *at != '\0' && strchr(" \t\r\n\"';{},:", *at) == NULL)
			at++;
		if (at == begin) {
			is_first_of_line = *at == '\n' || (is_first_of_line && (*at == ' ' || *at == '\t'));
			at++;
			continue;
		}
		is_first_of_line = false;
		if (w->count == MOST_WORDS || (size_t)(at - begin) >= MOST_WORD)
			return false;
		memcpy(w->word[w->count], begin, (size_t)(at - begin));
		w->count++;
	}
	return true;
}

static const char *
algorithm_of(const char *word)
{
	size_t len = strlen(word);

	if (len > 0 && word[len - 1] == '.')
		len--;
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
		if (strlen(algorithms[i]) == len && strncasecmp(algorithms[i], word, len) == 0)
			return algorithms[i];
	return NULL;
}

/* The word behind the first of these; NULL if it is not there, or twice. */
static const char *
word_behind(const struct words *w, const char *first)
{
	const char *found = NULL;

	for (size_t i = 0; i + 1 < w->count; i++) {
		if (strcasecmp(w->word[i], first) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = w->word[++i];
	}
	return found;
}

struct parts {
	const char *name, *algorithm, *secret;
};

static bool
find_parts(const struct words *w, struct parts *p)
{
	size_t at = 0;

	if (w->count == 3 && strcasecmp(w->word[0], "key") != 0) {
		*p = (struct parts){ w->word[1], w->word[0], w->word[2] };
		return true;
	}
	if (w->count < 6 || strcasecmp(w->word[at++], "key") != 0)
		return false;
	/* YAML: `key: - id: name`. */
	if (strcmp(w->word[at], "-") == 0 && strcasecmp(w->word[at + 1], "id") == 0)
		at += 2;
	if (w->count != at + 5)
		return false;
	*p = (struct parts){ w->word[at], word_behind(w, "algorithm"), word_behind(w, "secret") };
	return p->algorithm != NULL && p->secret != NULL;
}

static bool
read_secret(const char *text, struct secret *ret)
{
	auto_arena *arena = arena_new(4 * MOST_WORD);
	unsigned char *bytes;
	size_t len;

	if (!b64_decode(arena, text, &bytes, &len))
		return false;
	if (len > 0 && len <= MOST_SECRET)
		*ret = secret_copy(bytes, len);
	explicit_bzero(bytes, len);
	return len > 0 && len <= MOST_SECRET;
}

bool
tsig_key_read(const char *text, size_t len, struct tsig_key *ret, struct err *err)
{
	auto_arena *arena = arena_new(4096);
	auto_words words = { 0 };
	struct tsig_key key = { 0 };
	struct parts parts;
	const char *name;

	if (!take_apart(text, len, &words) || !find_parts(&words, &parts))
		return err_set(err, ERR_bad_option, "the file is not one TSIG key");
	key.algorithm = algorithm_of(parts.algorithm);
	if (key.algorithm == NULL)
		return err_set(err, ERR_bad_option,
		    "the key's algorithm is none of hmac-sha1, -sha224, -sha256, -sha384 and -sha512");
	name = name_canonical(arena, parts.name, (struct name_rules){ .service = true }, NULL);
	if (name == NULL)
		return err_set(err, ERR_bad_option, "the key's name is not a DNS name");
	if (!read_secret(parts.secret, &key.secret))
		return err_set(err, ERR_bad_option, "the key's secret is not base64 of 1 to 256 octets");
	key.name = xstrdup(name);
	*ret = key;
	return true;
}

void
tsig_key_free(struct tsig_key *key)
{
	free(key->name);
	secret_free(&key->secret);
	*key = (struct tsig_key){ 0 };
}
