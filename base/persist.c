/*
 * Records of dns-persist-01.  The rules are those by which Boulder reads them;
 * where CAs differ the stricter one holds here, since a record that only we
 * like would cost an order.
 */
#include "base/persist.h"

#include <string.h>
#include <strings.h>

struct piece {			/* of a value */
	const char *at;
	size_t len;
};

enum tag { ACCOUNT, POLICY, UNTIL, TAGS, OTHER = TAGS };

const char *
persist_record(struct arena *arena, const struct persist *p)
{
	if (p->issuers == NULL || p->issuers[0] == NULL)
		return "";
	return arena_printf(arena, "%s; accounturi=%s%s", p->issuers[0], p->account_url,
	    p->wildcard ? "; policy=wildcard" : "");
}

/* ---- reading ---------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct piece
trim(struct piece p)
{
	while (p.len > 0 && is_blank(p.at[0]))
		p.at++, p.len--;
	while (p.len > 0 && is_blank(p.at[p.len - 1]))
		p.len--;
	return p;
}

/* Up to the next `mark`, trimmed; `rest` is what is behind it.  False: there is
 * none, and nothing is left. */
static bool
cut(struct piece *rest, char mark, struct piece *ret)
{
	const char *found = memchr(rest->at, mark, rest->len);
	size_t len = found != NULL ? (size_t)(found - rest->at) : rest->len;

	*ret = trim((struct piece){ rest->at, len });
	if (found == NULL)
		return false;
	*rest = (struct piece){ found + 1, rest->len - len - 1 };
	return true;
}

static bool
is_text(struct piece p, const char *text)
{
	return p.len == strlen(text) && memcmp(p.at, text, p.len) == 0;
}

static bool
is_word(struct piece p, const char *word)
{
	return p.len == strlen(word) && strncasecmp(p.at, word, p.len) == 0;
}

static bool
is_value(struct piece p)
{
	for (size_t i = 0; i < p.len; i++)
		if (p.at[i] < 0x21 || p.at[i] > 0x7e || p.at[i] == ';')
			return false;
	return true;
}

static enum tag
tag_of(struct piece p)
{
	static const char *const known[TAGS] = { "accounturi", "policy", "persistuntil" };

	for (size_t i = 0; i < TAGS; i++)
		if (is_word(p, known[i]))
			return (enum tag)i;
	return OTHER;
}

/* Decimal, 64 bits, a sign may stand before it; what is before 1970 is past
 * anyway. */
static bool
read_number(struct piece p, int64_t *ret)
{
	bool has_sign = p.len > 0 && (p.at[0] == '+' || p.at[0] == '-');
	int64_t n = 0;

	if (p.len == has_sign)
		return false;
	for (size_t i = has_sign; i < p.len; i++) {
		int digit = p.at[i] - '0';

		if (digit < 0 || digit > 9 || n > (INT64_MAX - digit) / 10)
			return false;
		n = 10 * n + digit;
	}
	*ret = has_sign && p.at[0] == '-' ? -n : n;
	return true;
}

/* The parameters behind the issuer; false: one is malformed, or one that we
 * know stands there twice. */
static bool
read_parameters(struct piece rest, struct piece values[TAGS], bool is_there[TAGS])
{
	bool more;

	do {
		struct piece one, tag, value;

		more = cut(&rest, ';', &one);
		value = one;
		if (!cut(&value, '=', &tag) || tag.len == 0)
			return false;
		value = trim(value);
		if (!is_value(value))
			return false;
		if (tag_of(tag) == OTHER)
			continue;
		if (is_there[tag_of(tag)])
			return false;
		is_there[tag_of(tag)] = true;
		values[tag_of(tag)] = value;
	} while (more);
	return true;
}

static bool
is_of(const char *const *issuers, struct piece name)
{
	for (; issuers != NULL && *issuers != NULL; issuers++)
		if (name.len > 0 && is_text(name, *issuers))
			return true;
	return false;
}

bool
persist_is_satisfied(const struct persist *p, const char *value)
{
	struct piece rest = { value, strlen(value) }, issuer, values[TAGS] = { 0 };
	bool is_there[TAGS] = { false };
	int64_t until;

	if (!cut(&rest, ';', &issuer) || !is_of(p->issuers, issuer) ||
	    !read_parameters(rest, values, is_there))
		return false;
	if (is_there[UNTIL] && (!read_number(values[UNTIL], &until) || until < p->now))
		return false;
	if (p->wildcard && !(is_there[POLICY] && is_word(values[POLICY], "wildcard")))
		return false;
	return is_there[ACCOUNT] && values[ACCOUNT].len > 0 && p->account_url != NULL &&
	    is_text(values[ACCOUNT], p->account_url);
}
