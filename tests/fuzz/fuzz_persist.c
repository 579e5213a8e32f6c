/*
 * The value of a dns-persist-01 record against a second reader that cuts and
 * copies.  The first byte says whether it is for a wildcard.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include "base/persist.h"
#include "tests/fuzz/fuzz.h"

#define ACCOUNT "https://ca.example/a/1"

enum { NOW = 1800000000, MOST_VALUE = 4096 };

struct read {
	bool ok;
	const char *account, *policy, *until;
};

static char *
trimmed(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr(" \t", end[-1]) != NULL)
		*--end = '\0';
	return text + strspn(text, " \t");
}

/* False: it is there already. */
static bool
keep(const char **place, const char *value)
{
	bool is_first = *place == NULL;

	*place = value;
	return is_first;
}

static bool
read_one(char *one, struct read *r)
{
	char *value = strchr(one, '='), *tag;

	if (value == NULL)
		return false;
	*value = '\0';
	tag = trimmed(one);
	value = trimmed(value + 1);
	for (const char *p = value; *p != '\0'; p++)
		if (!isascii((unsigned char)*p) || !isgraph((unsigned char)*p))
			return false;
	if (strcasecmp(tag, "accounturi") == 0)
		return keep(&r->account, value) && value[0] != '\0';
	if (strcasecmp(tag, "policy") == 0)
		return keep(&r->policy, value);
	if (strcasecmp(tag, "persistUntil") == 0)
		return keep(&r->until, value);
	return tag[0] != '\0';
}

static bool
is_past(const char *until)
{
	const char *digits = until + (until[0] == '+' || until[0] == '-');
	long long at;

	errno = 0;
	at = strtoll(until, NULL, 10);
	return digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0' || errno != 0 || at < NOW;
}

static bool
reference(struct arena *a, const char *value, bool wildcard)
{
	char *rest = arena_strdup(a, value), *issuer = trimmed(strsep(&rest, ";"));
	struct read r = { .ok = true };

	for (char *one; r.ok && (one = strsep(&rest, ";")) != NULL;)
		r.ok = read_one(one, &r);
	if (!r.ok || (strcmp(issuer, "ca.example") != 0 && strcmp(issuer, "ca.test") != 0))
		return false;
	if (r.account == NULL || strcmp(r.account, ACCOUNT) != 0 || (r.until != NULL && is_past(r.until)))
		return false;
	return !wildcard || (r.policy != NULL && strcasecmp(r.policy, "wildcard") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const issuers[] = { "ca.example", "ca.test", NULL };
	auto_arena *a = arena_new(8 * MOST_VALUE);
	struct persist p = { .issuers = issuers, .account_url = ACCOUNT, .now = NOW,
		.wildcard = size != 0 && (data[0] & 1) != 0 };
	const char *value = fuzz_text(a, size != 0 ? data + 1 : data, size != 0 ? size - 1 : 0);

	if (strlen(value) > MOST_VALUE)
		return 0;
	assert(persist_is_satisfied(&p, value) == reference(a, value, p.wildcard));
	assert(persist_is_satisfied(&p, persist_record(a, &p)));
	if (p.wildcard && persist_is_satisfied(&p, value)) {
		p.wildcard = false;
		assert(persist_is_satisfied(&p, value));
	}
	return 0;
}
