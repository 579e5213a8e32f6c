/*
 * Problem documents.  The table is RFC 8555 §6.7 with the later registrations
 * of RFC 9773 and the profiles draft; blame stands in base/errors.def.
 */
#include <string.h>
#include "acme/problem.h"
#include "base/buf.h"

#define URN "urn:ietf:params:acme:error:"
#define BODY_MOST ((size_t)1 << 20)

enum { CHARACTER = 4, LINE_BYTES = CHARACTER * PROBLEM_MAX_DETAIL, SUBPROBLEM_TEXT = 100 };

static const struct type {
	const char   *name;	/* after URN */
	enum err_code code;
} types[] = {
	{ "accountDoesNotExist", ERR_acme_account_missing },
	{ "alreadyReplaced", ERR_acme_already_replaced },
	{ "alreadyRevoked", ERR_acme_already_revoked },
	{ "badCSR", ERR_acme_bad_csr },
	{ "badNonce", ERR_acme_bad_nonce },
	{ "badPublicKey", ERR_acme_bad_public_key },
	{ "badRevocationReason", ERR_acme_bad_reason },
	{ "badSignatureAlgorithm", ERR_acme_bad_signature_algorithm },
	{ "caa", ERR_acme_caa },
	{ "connection", ERR_acme_connection },
	{ "dns", ERR_acme_dns },
	{ "externalAccountRequired", ERR_acme_external_account },
	{ "incorrectResponse", ERR_acme_incorrect_response },
	{ "invalidContact", ERR_acme_bad_contact },
	{ "invalidProfile", ERR_acme_invalid_profile },
	{ "malformed", ERR_acme_malformed },
	{ "orderNotReady", ERR_acme_order_not_ready },
	{ "rateLimited", ERR_acme_rate_limited },
	{ "rejectedIdentifier", ERR_acme_rejected_identifier },
	{ "serverInternal", ERR_acme_server_internal },
	{ "tls", ERR_acme_tls },
	{ "unauthorized", ERR_acme_unauthorized },
	{ "unsupportedContact", ERR_acme_bad_contact },
	{ "unsupportedIdentifier", ERR_acme_unsupported_identifier },
	{ "userActionRequired", ERR_acme_user_action },
};

/* ERR_none: not a type of the table. */
static enum err_code
code_of_type(const char *type)
{
	if (type == NULL || strncmp(type, URN, strlen(URN)) != 0)
		return ERR_none;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].name, type + strlen(URN)) == 0)
			return types[i].code;
	return ERR_none;
}

/* ---- foreign text ---------------------------------------------------------- */

/* Octets of the UTF-8 sequence that begins here, by its first octet; 0: none. */
static size_t
sequence_length(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

static size_t
next_character(const char *text, uint32_t *ret)
{
	size_t len = sequence_length((unsigned char)*text);
	uint32_t c = (unsigned char)*text;

	if (len > 1)
		c &= 0x7fU >> len;
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			len = 0;
		else
			c = c << 6 | ((unsigned char)text[i] & 0x3f);
	}
	/* Longer than need be, half of a pair, beyond the last: PostgreSQL takes none of them. */
	if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c < 0xe000))
		len = 0;
	*ret = len != 0 ? c : 0;
	return len != 0 ? len : 1;
}

/* Control characters, line and paragraph separators, those that turn the
 * direction of what follows, and those that nobody sees (a log line must read
 * as it was written). */
static bool
is_unfit(uint32_t c)
{
	static const struct { uint32_t from, to; } unfit[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad },
		{ 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff } };

	for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++)
		if (c >= unfit[i].from && c <= unfit[i].to)
			return true;
	return false;
}

char *
problem_clean(struct arena *a, const char *text, size_t most)
{
	auto_buf line = { 0 };
	uint32_t c;

	buf_init(&line, CHARACTER * most + 1);
	for (size_t n = 0; *text != '\0' && n < most; n++) {
		size_t len = next_character(text, &c);

		if (is_unfit(c))
			buf_puts(&line, " ");
		else
			buf_add(&line, text, len);
		text += len;
	}
	return arena_strndup(a, line.data, line.len);
}

struct err
problem_new(struct arena *a, const char *ca, enum err_code code, const char *detail)
{
	auto_buf line = { 0 };

	buf_init(&line, BODY_MOST);
	buf_printf(&line, "%s: %.*s", ca, LINE_BYTES, detail != NULL ? detail : "");
	return err_new(code, problem_clean(a, line.data, PROBLEM_MAX_DETAIL));
}

/* ---- problems -------------------------------------------------------------- */

/* "; shop.example.com: caa: text" for the first few: each has its own room, so
 * that the first does not silence the others. */
static const char *
with_subproblems(struct arena *a, const char *said, const json_t *problem)
{
	const json_t *list = json_list(problem, "subproblems");
	auto_arena *scratch = arena_new((size_t)64 << 10);
	auto_buf line = { 0 };

	if (json_array_size(list) == 0)
		return said;
	buf_init(&line, BODY_MOST);
	buf_puts(&line, said);
	for (size_t i = 0; i < json_array_size(list) && i < PROBLEM_MAX_SUBPROBLEMS; i++) {
		const json_t *one = json_array_get(list, i);
		const char *type = json_str(one, "type");
		const char *detail = json_str(one, "detail");
		const char *name = json_str(json_object_get(one, "identifier"), "value");

		if (type != NULL && strncmp(type, URN, strlen(URN)) == 0)
			type += strlen(URN);
		buf_printf(&line, "; %.253s: %.60s: %s", name != NULL ? name : "?", type != NULL ? type : "?",
		    problem_clean(scratch, detail != NULL ? detail : "", SUBPROBLEM_TEXT));
	}
	return problem_clean(a, line.data, PROBLEM_MAX_LINE);
}

/* The problem's own code, or, where it only collects others (compound) or
 * says nothing that we know, that of its first subproblem. */
static enum err_code
code_of_problem(const json_t *problem)
{
	enum err_code code = code_of_type(json_str(problem, "type"));
	const json_t *first = json_array_get(json_list(problem, "subproblems"), 0);

	return code != ERR_none ? code : code_of_type(json_str(first, "type"));
}

static struct err
problem_line(struct arena *a, const char *ca, enum err_code code, const json_t *problem, const char *otherwise)
{
	auto_buf line = { 0 };
	auto_arena *scratch = arena_new((size_t)64 << 10);
	const char *type = json_str(problem, "type");
	const char *detail = json_str(problem, "detail");
	struct err err;

	buf_init(&line, BODY_MOST);
	buf_printf(&line, "%.100s: %.*s", type != NULL ? type : otherwise, LINE_BYTES,
	    detail != NULL ? detail : "no detail");
	err = problem_new(scratch, ca, code, line.data);
	err.detail = arena_strdup(a, with_subproblems(scratch, err.detail, problem));
	return err;
}

struct err
problem_of_object(struct arena *a, const char *ca, const json_t *problem)
{
	enum err_code code = code_of_problem(problem);

	return problem_line(a, ca, code != ERR_none ? code : ERR_acme_refused, problem, "an error without a type");
}

int64_t
problem_retry_after(int64_t seconds, int64_t most)
{
	if (seconds == 0)
		return 0;
	return seconds < 1 ? 1 : seconds > most ? most : seconds;
}

/* What the status says where the type does not. */
static enum err_code
code_of_reply(int status, enum err_code code)
{
	if (status < 400)
		return ERR_acme_protocol;	/* no redirect is followed (RFC 8555 §6.1: POST) */
	if (status == 429)
		return ERR_acme_rate_limited;
	if (status == 404 && (code == ERR_none || code == ERR_acme_malformed))
		return ERR_acme_not_found;
	/* RFC 8555 §7.3.5: only a change of keys has conflicts */
	if (status == 409 && (code == ERR_none || code == ERR_acme_malformed))
		return ERR_acme_key_in_use;
	/* Of a request it means our account; of a challenge, the customer's server. */
	if (code == ERR_acme_unauthorized || (code == ERR_none && (status == 401 || status == 403)))
		return ERR_acme_account_refused;
	if (code == ERR_none)
		return status >= 500 ? ERR_acme_server_internal : ERR_acme_refused;
	return code;
}

struct err
problem_of_reply(struct arena *a, const char *ca, int status, const char *body, size_t len, int64_t retry_after)
{
	auto_arena *scratch = arena_new(64 * 1024);
	auto_json *problem = json_read(body, len, BODY_MOST, scratch, NULL);
	enum err_code code = code_of_reply(status, code_of_problem(problem));
	struct err err;

	if (json_is_object(problem))
		err = problem_line(a, ca, code, problem, arena_printf(scratch, "HTTP status %d", status));
	else
		err = problem_new(a, ca, code, arena_printf(scratch, "HTTP status %d without a problem document", status));
	err.retry_after = problem_retry_after(retry_after,
	    code == ERR_acme_rate_limited ? RETRY_AFTER_MOST_LIMITED : RETRY_AFTER_MOST);
	return err;
}
