/*
 * The value of a CAA record, from the wire to the decision, against a second
 * reader of the grammar that works by cutting and trimming.  The first byte
 * says what is asked.
 */
#include <stdlib.h>
#include <strings.h>
#include "dcv/caa.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/packet.h"

#define IDENTITY "ca.example"
#define ACCOUNT "https://ca.example/a/1"

enum { IS_WILD = 1, FOR_WILDCARD = 2, NO_ACCOUNT = 4, BY_DNS = 8, IS_CRITICAL = 16 };
enum { MOST_VALUE = 4096 };

/* ---------------------------------------------------------- the second reader */

struct piece {
	const uint8_t *at;
	size_t len;
};

static struct piece
trim(struct piece p)
{
	while (p.len > 0 && (p.at[0] == ' ' || p.at[0] == '\t'))
		p.at++, p.len--;
	while (p.len > 0 && (p.at[p.len - 1] == ' ' || p.at[p.len - 1] == '\t'))
		p.len--;
	return p;
}

/* Cuts at the first `mark`; false: there is none, and all is before it. */
static bool
cut(struct piece p, char mark, struct piece *before, struct piece *after)
{
	const uint8_t *found = p.len != 0 ? memchr(p.at, mark, p.len) : NULL;

	*before = found != NULL ? (struct piece){ p.at, (size_t)(found - p.at) } : p;
	*after = found != NULL ? (struct piece){ found + 1, p.len - before->len - 1 } : (struct piece){ p.at, 0 };
	return found != NULL;
}

static bool
is_all_of(struct piece p, const char *allowed)
{
	for (size_t i = 0; i < p.len; i++)
		if (p.at[i] == 0 || strchr(allowed, p.at[i]) == NULL)
			return false;
	return p.len != 0;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool
is_label(struct piece p)
{
	return is_all_of(p, LETTERS "-") && p.at[0] != '-' && p.at[p.len - 1] != '-';
}

static bool
is_text(struct piece p, const char *text)
{
	return p.len == strlen(text) && (p.len == 0 || memcmp(p.at, text, p.len) == 0);
}

static bool
is_text_in_any_case(struct piece p, const char *text)
{
	return p.len == strlen(text) && strncasecmp((const char *)p.at, text, p.len) == 0;
}

static bool
is_domain(struct piece p)
{
	struct piece label, rest = p;

	while (cut(rest, '.', &label, &rest))
		if (!is_label(label))
			return false;
	return is_label(label);
}

static bool
lists(struct piece methods, const char *method)
{
	struct piece one, rest = methods;
	bool more, listed = false;

	do {
		more = cut(rest, ',', &one, &rest);
		if (!is_all_of(one, LETTERS "-"))
			return false;
		listed |= is_text(one, method);
	} while (more);
	return listed;
}

struct read {
	bool ok;
	int accounts, lists;
	bool our_account, our_method;
};

static struct read
read_parameters(struct piece rest, const char *account, const char *method)
{
	struct read r = { .ok = true };
	struct piece one, tag, value;
	bool more;

	do {
		more = cut(rest, ';', &one, &rest);
		r.ok = r.ok && cut(one, '=', &tag, &value) && is_label(trim(tag));
		if (!r.ok)
			return r;
		tag = trim(tag);
		value = trim(value);
		for (size_t i = 0; i < value.len; i++)
			r.ok = r.ok && value.at[i] >= 0x21 && value.at[i] <= 0x7e;
		if (is_text_in_any_case(tag, "accounturi")) {
			r.accounts++;
			r.our_account = account != NULL && is_text(value, account);
		} else if (is_text_in_any_case(tag, "validationmethods")) {
			r.lists++;
			r.our_method = lists(value, method);
		}
	} while (more);
	return r;
}

static enum caa_why
reference(struct piece value, const struct caa_question *q)
{
	struct piece issuer, rest;
	bool more = cut(value, ';', &issuer, &rest);
	struct read r = { .ok = true };

	issuer = trim(issuer);
	if (more && trim(rest).len != 0)
		r = read_parameters(rest, q->account_url, q->method);
	if (!r.ok || !is_domain(issuer) || !is_text_in_any_case(issuer, IDENTITY))
		return CAA_NOT_NAMED;
	if (r.accounts > 1 || (r.accounts == 1 && !r.our_account))
		return CAA_OTHER_ACCOUNT;
	if (r.lists > 1 || (r.lists == 1 && !r.our_method))
		return CAA_OTHER_METHOD;
	return CAA_NAMED;
}

/* ------------------------------------------------------------------- the input */

static size_t
make_reply(uint8_t *wire, int options, struct piece value)
{
	static const uint8_t head[] = "\0\0\x81\x80\0\1\0\1\0\0\0\0" "\4test\0\1\1\0\1" "\xc0\x0c\1\1\0\1\0\0\0\x3c";
	const char *tag = (options & IS_WILD) != 0 ? "issuewild" : "issue";
	size_t len = sizeof head - 1, rdlen = 2 + strlen(tag) + value.len;

	memcpy(wire, head, len);
	wire[len++] = (uint8_t)(rdlen >> 8);
	wire[len++] = (uint8_t)rdlen;
	wire[len++] = (options & IS_CRITICAL) != 0 ? 128 : 0;
	wire[len++] = (uint8_t)strlen(tag);
	memcpy(wire + len, tag, strlen(tag));
	len += strlen(tag);
	if (value.len != 0)
		memcpy(wire + len, value.at, value.len);
	return len + value.len;
}

/* Whatever the value is, nobody is named who does not stand in it. */
static bool
holds_identity(struct piece value)
{
	for (size_t i = 0; i + strlen(IDENTITY) <= value.len; i++)
		if (strncasecmp((const char *)value.at + i, IDENTITY, strlen(IDENTITY)) == 0)
			return true;
	return false;
}

/* The record to add, added: `test. CAA 0 issue "ca.example"`. */
static void
check_fix(struct arena *a, struct dns_reply *reply, const struct caa_question *q, const char *fix)
{
	struct dns_record both[2] = { reply->records[0], reply->records[0] };
	struct dns_reply mended = { .records = both, .count = 2 };
	const struct caa_answer answer = { "test", &mended, { 0 } };
	const char *quote = strchr(fix, '"');

	assert(strncmp(fix, "test. CAA 0 issue", 17) == 0 && quote != NULL);
	both[1].value = arena_printf(a, "%.*s%.*s", (int)(quote - fix - 10), fix + 10,
	    (int)strlen(quote) - 2, quote + 1);
	assert(caa_decide(a, &answer, 1, q).why == CAA_NAMED);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const identities[] = { IDENTITY, NULL };
	auto_arena *a = arena_new(PACKET_ARENA);
	int options = size != 0 ? data[0] : 0;
	struct piece value = size > 1 ? (struct piece){ data + 1, size - 1 } : (struct piece){ data, 0 };
	const struct caa_question q = {
		"test", (options & FOR_WILDCARD) != 0, identities,
		(options & NO_ACCOUNT) != 0 ? NULL : ACCOUNT, (options & BY_DNS) != 0 ? "dns-01" : "http-01" };
	struct caa_answer answer = { .name = "test" };
	struct caa_decision d;
	struct dns_reply reply;
	uint8_t *wire;

	if (value.len > MOST_VALUE)
		return 0;
	wire = arena_alloc(a, value.len + 128);
	assert(dns_parse_reply(a, wire, make_reply(wire, options, value), "test", DNS_CAA, 0, &reply, NULL));
	answer.reply = &reply;
	d = caa_decide(a, &answer, 1, &q);
	if ((options & IS_WILD) != 0 && !q.wildcard) {
		assert(d.why == CAA_NO_RULE && d.outcome == CAA_PERMITTED);
		return 0;
	}
	assert(d.why == reference(value, &q));
	assert((d.outcome == CAA_PERMITTED) == (d.why == CAA_NAMED));
	assert(d.outcome != CAA_PERMITTED || holds_identity(value));
	assert(fuzz_is_printable_ascii(d.record));
	if (d.outcome == CAA_PERMITTED)
		return 0;
	assert(d.outcome == CAA_FORBIDDEN);
	fuzz_check_code(&d.err, d.why == CAA_NOT_NAMED ? "caa_excludes" : "caa_restricted");
	check_fix(a, &reply, &q, d.fix[0]);
	assert(d.fix[1] == NULL);
	return 0;
}
