/*
 * The grammar of one CAA record.  Its octets are anybody's: a value may hold
 * NULs, blanks, quotes, and characters that look like others.
 */
#include "dcv/caa_record.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Not isalnum(), which asks the locale. */
static bool
is_alphanumeric(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
equals(struct caa_slice slice, const char *text, size_t len)
{
	return slice.len == len && memcmp(slice.at, text, len) == 0;
}

static bool
equals_without_case(struct caa_slice slice, const char *text, size_t len)
{
	return slice.len == len && strncasecmp(slice.at, text, len) == 0;
}

/* ------------------------------------------------------------ property */

/* The octet at *p, which may be written \DDD; *p is moved past it. */
static char
next_octet(const char **p)
{
	const char *s = *p;

	if (s[0] == '\\' && is_digit(s[1]) && is_digit(s[2]) && is_digit(s[3])) {
		*p += 4;
		return (char)(unsigned char)((s[1] - '0') * 100 + (s[2] - '0') * 10 + (s[3] - '0'));
	}
	*p += 1;
	return s[0];
}

/* Splits `flags tag value`: the value begins at the second blank. */
static const char *
split(const char *text, unsigned *ret_flags, struct caa_slice *ret_tag)
{
	char *rest;

	*ret_flags = (unsigned)strtoul(text, &rest, 10);
	rest += *rest == ' ';
	*ret_tag = (struct caa_slice){ rest, strcspn(rest, " ") };
	rest += ret_tag->len;
	return rest + (*rest == ' ');
}

void
caa_read_property(const char *text, struct caa_property *ret)
{
	const char *rest = split(text, &ret->flags, &ret->tag);

	ret->len = 0;
	while (*rest != '\0' && ret->len < sizeof ret->value)
		ret->value[ret->len++] = next_octet(&rest);
	ret->too_long = *rest != '\0';
}

bool
caa_property_is(const struct caa_property *p, const char *tag)
{
	return equals_without_case(p->tag, tag, strlen(tag));
}

const char *
caa_show(struct arena *a, const char *owner, const char *text)
{
	unsigned flags;
	struct caa_slice tag;
	const char *value = split(text, &flags, &tag);
	const char *dot = strcmp(owner, ".") == 0 ? "" : ".";
	char *quoted = arena_alloc(a, 2 * strlen(value) + 1), *to = quoted;

	for (; *value != '\0'; value++) {
		if (*value == '"')
			*to++ = '\\';
		*to++ = *value;
	}
	return arena_printf(a, "%s%s CAA %u %.*s \"%s\"", owner, dot, flags, (int)tag.len, tag.at, quoted);
}

/* --------------------------------------------------------------- issue */

struct cursor {
	const char *at;
	const char *end;
};

static void
skip_blanks(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

static bool
take(struct cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT)); empty: there is none. */
static struct caa_slice
take_label(struct cursor *c)
{
	const char *from = c->at, *to = from;

	for (const char *p = from; p < c->end && (is_alphanumeric(*p) || (*p == '-' && p > from)); p++) {
		if (*p != '-')
			to = p + 1;
	}
	c->at = to;
	return (struct caa_slice){ from, (size_t)(to - from) };
}

static bool
is_of_a_value(char c)
{
	return c > ' ' && c <= '~' && c != ';';	/* %x21-3A / %x3C-7E */
}

static struct caa_slice
take_value(struct cursor *c)
{
	const char *from = c->at;

	while (c->at < c->end && is_of_a_value(*c->at))
		c->at++;
	return (struct caa_slice){ from, (size_t)(c->at - from) };
}

/* label *("." label), or nothing. */
static bool
read_issuer(struct cursor *c, struct caa_slice *ret)
{
	const char *from = c->at;

	if (take_label(c).len == 0)
		return true;
	while (take(c, '.')) {
		if (take_label(c).len == 0)
			return false;
	}
	*ret = (struct caa_slice){ from, (size_t)(c->at - from) };
	return true;
}

/* Nothing says whether case counts in a parameter's name; that it does not
 * permits less. */
static void
note_parameter(struct caa_issue *issue, struct caa_slice tag, struct caa_slice value)
{
	if (equals_without_case(tag, "accounturi", strlen("accounturi"))) {
		issue->account = value;
		issue->accounts++;
	} else if (equals_without_case(tag, "validationmethods", strlen("validationmethods"))) {
		issue->methods = value;
		issue->method_lists++;
	}
}

/* At least one; a semicolon behind the last is against the grammar. */
static bool
read_parameters(struct cursor *c, struct caa_issue *issue)
{
	do {
		struct caa_slice tag;

		skip_blanks(c);
		tag = take_label(c);
		skip_blanks(c);
		if (tag.len == 0 || !take(c, '='))
			return false;
		skip_blanks(c);
		note_parameter(issue, tag, take_value(c));
		skip_blanks(c);
	} while (take(c, ';'));
	return c->at == c->end;
}

struct caa_issue
caa_read_issue(const struct caa_property *p)
{
	struct cursor c = { p->value, p->value + p->len };
	struct caa_issue nobody = { .issuer = { p->value, 0 } }, issue = nobody;

	skip_blanks(&c);
	if (p->too_long || !read_issuer(&c, &issue.issuer))
		return nobody;
	skip_blanks(&c);
	if (c.at == c.end)
		return issue;
	if (!take(&c, ';'))
		return nobody;
	skip_blanks(&c);
	if (c.at == c.end || read_parameters(&c, &issue))
		return issue;
	return nobody;
}

/* ------------------------------------------------------ does it mean us? */

bool
caa_issue_names(const struct caa_issue *issue, const char *identity)
{
	size_t len = strlen(identity);

	if (len > 0 && identity[len - 1] == '.')
		len--;
	return len > 0 && equals_without_case(issue->issuer, identity, len);
}

/* RFC 8657 §3: a property with several is unsatisfiable. */
bool
caa_issue_allows_account(const struct caa_issue *issue, const char *url)
{
	if (issue->accounts == 0)
		return true;
	return issue->accounts == 1 && url != NULL && equals(issue->account, url, strlen(url));
}

/* RFC 8657 §4: [*(label ",") label], label = 1*(ALPHA / DIGIT / "-").  What is
 * not of this form allows no method; several lists, of which the RFC says
 * nothing, likewise. */
bool
caa_issue_allows_method(const struct caa_issue *issue, const char *method)
{
	struct cursor c;
	bool listed = false;

	if (issue->method_lists == 0)
		return true;
	if (issue->method_lists > 1 || method == NULL)
		return false;
	c = (struct cursor){ issue->methods.at, issue->methods.at + issue->methods.len };
	do {
		struct caa_slice label = { c.at, 0 };

		while (c.at < c.end && (is_alphanumeric(*c.at) || *c.at == '-'))
			c.at++;
		label.len = (size_t)(c.at - label.at);
		if (label.len == 0)
			return false;
		listed = listed || equals(label, method, strlen(method));
	} while (take(&c, ','));
	return listed && c.at == c.end;
}

bool
caa_fits_in_a_parameter(const char *text)
{
	for (; *text != '\0'; text++) {
		if (!is_of_a_value(*text) || *text == '"' || *text == '\\')
			return false;
	}
	return true;
}
