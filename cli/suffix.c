/* The public suffix list (publicsuffix.org/list): a rule a line, up to the
 * first white space, in UTF-8; comments begin with two slashes. */
#include "cli/suffix.h"

#include <idn2.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/name.h"
#include "cli/file.h"

enum { MAX_FILE = 4 << 20 };

static const char *
sha256_hex(struct arena *a, const char *text, size_t len)
{
	unsigned char digest[32];
	char *hex = arena_alloc(a, 65);

	if (EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
	for (size_t i = 0; i < sizeof digest; i++) {
		hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	return hex;
}

/* The rule with its name as A-labels, or NULL if that is not a DNS name. */
static const char *
rule_of(struct arena *a, const char *word)
{
	const char *mark = "";
	const char *name;
	char *ascii = NULL;

	if (word[0] == '!')
		mark = "!", word += 1;
	else if (strncmp(word, "*.", 2) == 0)
		mark = "*.", word += 2;
	if (idn2_to_ascii_8z(word, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;
	name = name_canonical(a, ascii, (struct name_rules){ 0 }, NULL);
	idn2_free(ascii);
	return name != NULL ? arena_printf(a, "%s%s", mark, name) : NULL;
}

bool
suffix_parse(const char *text, size_t len, struct arena *a, struct suffix_list *ret)
{
	const char *end = text + len;
	size_t lines = 1, count = 0;
	const char **rules;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	rules = arena_alloc(a, lines * sizeof *rules);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((newline != NULL ? newline : end) - text);
		char *word = arena_strndup(a, text, line);
		const char *rule;

		word[strcspn(word, " \t\r\f\v")] = '\0';
		if (word[0] != '\0' && strncmp(word, "//", 2) != 0 && (rule = rule_of(a, word)) != NULL)
			rules[count++] = rule;
		text += line + 1;
	}
	if (count == 0)
		return false;
	*ret = (struct suffix_list){ rules, count, NULL };
	return true;
}

bool
suffix_read(const char *path, struct arena *a, struct suffix_list *ret, struct err *ret_err)
{
	struct suffix_list list;
	char *text;
	size_t len;

	if (!file_read(path, MAX_FILE, a, &text, &len, ret_err))
		return false;
	if (!suffix_parse(text, len, a, &list))
		return err_set(ret_err, ERR_disk, arena_printf(a, "%s: there is no rule in it", path));
	list.hash = sha256_hex(a, text, len);
	*ret = list;
	return true;
}
