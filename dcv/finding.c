/*
 * What the proofs of ownership lack, and what to say of all findings together.
 * Whether the hostname points at us is in finding_route.c.
 */
#include "dcv/finding.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/name.h"
#include "dcv/finding_text.h"
#include "dcv/proof.h"

enum { BODY_SHOWN = 80, MAX_SEEN = 1024 };

/* ---- the TXT record --------------------------------------------------------------- */

/* The values of the TXT records at the end of the chain, and of those that
 * must not stand at its beginning. */
static size_t
collect_values(const struct hostname *h, const struct dns_reply *reply, const char **ret)
{
	bool loop;
	const char *end = proof_chain_end(reply, h->proof_name, &loop);
	size_t count = 0;

	for (size_t i = 0; !loop && i < reply->count; i++)
		if (reply->records[i].type == DNS_TXT && (name_equal(reply->records[i].owner, end) ||
		    name_equal(reply->records[i].owner, h->proof_name)))
			ret[count++] = reply->records[i].value;
	return count;
}

static enum err_code
fault_of_values(const struct hostname *h, const char *const *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (finding_is_quoted(values[i], h->proof))
			return ERR_value_quoted;
	return count > 0 ? ERR_value_wrong : ERR_value_missing;
}

static bool
loops(const struct dns_reply *reply, const char *name)
{
	bool loop;

	proof_chain_end(reply, name, &loop);
	return loop;
}

static const char *
fix_of_txt(struct arena *a, const struct hostname *h, const struct dns_reply *reply,
    enum err_code code)
{
	const char *zone = finding_zone(h->proof_name, reply);
	const char *alias = finding_alias(reply, h->proof_name);

	if (zone == h->proof_name)
		zone = h->name;
	if (code == ERR_cname_and_other_data)
		return arena_printf(a, "At the DNS provider of %s, delete the CNAME record of %s and let it have "
		    "a TXT record with the value %s.", zone, h->proof_name, h->proof);
	if (alias != NULL)
		return arena_printf(a, "At the DNS provider of %s, replace the CNAME record of %s by a TXT record "
		    "with the value %s; it points to %s now.", zone, h->proof_name, h->proof, alias);
	if (code == ERR_value_quoted)
		return arena_printf(a, "At the DNS provider of %s, change the TXT record of %s to %s, without "
		    "quotation marks.", zone, h->proof_name, h->proof);
	if (code == ERR_value_wrong)
		return arena_printf(a, "At the DNS provider of %s, change the TXT record of %s to %s.", zone,
		    h->proof_name, h->proof);
	return arena_printf(a, "At the DNS provider of %s, add a TXT record at %s with the value %s.", zone,
	    h->proof_name, h->proof);
}

static void
put_txt(struct findings *fs, struct finding *f, const struct hostname *h,
    const struct dns_reply *reply, const char **values, size_t count)
{
	const char *alias = finding_alias(reply, h->proof_name);

	if (alias != NULL)
		finding_put(fs, f, arena_printf(fs->arena, "CNAME %s", alias));
	for (size_t i = 0; i < count; i++)
		values[i] = arena_printf(fs->arena, "TXT %s", values[i]);
	finding_put_all(fs, f, values, count);
}

struct finding *
finding_txt(struct findings *fs, const char *purpose, const struct hostname *h, const struct answer *txt)
{
	const struct dns_reply *reply = finding_reply(txt);
	struct finding *f = finding_add(fs, purpose, h->proof_name,
	    arena_printf(fs->arena, "TXT %s", h->proof));
	enum err_code code;
	const char **values;
	size_t count;

	if (reply == NULL) {
		finding_fail(fs, f, &txt->err, h->proof_name);
		return f;
	}
	values = arena_alloc(fs->arena, (reply->count + 1) * sizeof *values);
	count = collect_values(h, reply, values);
	if (proof_has_txt(reply, h->proof_name, h->proof)) {
		put_txt(fs, f, h, reply, values, count);
		return f;
	}
	if (txt->err.code != NULL || loops(reply, h->proof_name)) {
		code = ERR_cname_loop;
		finding_put_chain(fs, f, reply, h->proof_name);
	} else {
		code = finding_is_mixed(reply, h->proof_name) ? ERR_cname_and_other_data
		    : fault_of_values(h, values, count);
		put_txt(fs, f, h, reply, values, count);
	}
	finding_set(f, code);
	f->fix = fix_of_txt(fs->arena, h, reply, code);
	return f;
}

const struct finding *
finding_ownership(struct findings *fs, const struct hostname *h, const struct answer *txt)
{
	return finding_txt(fs, "ownership", h, txt);
}

/* ---- the body of a page ------------------------------------------------------------- */

bool
finding_body_is(const char *body, const char *value)
{
	size_t len = strlen(body);

	while (len > 0 && strchr(" \t\r\n\v\f", body[len - 1]) != NULL)
		len--;
	return len == strlen(value) && memcmp(body, value, len) == 0;
}

/* The first printable characters, blanks of any kind as one. */
static const char *
beginning_of(struct arena *a, const char *body)
{
	char text[BODY_SHOWN + 1];
	size_t n = 0;

	for (; *body != '\0' && n < BODY_SHOWN; body++) {
		unsigned char c = (unsigned char)*body;

		if (isgraph(c))
			text[n++] = (char)c;
		else if (isspace(c) && n > 0 && text[n - 1] != ' ')
			text[n++] = ' ';
	}
	text[n] = '\0';
	return n > 0 ? arena_strdup(a, text) : "an empty body";
}

enum err_code
finding_page_code(const struct answer *http)
{
	if (http->status >= 300 && http->status < 400)
		return ERR_http_redirect;
	if (http->status == 401 || http->status == 403 || http->status == 429)
		return ERR_http_blocked;
	if (http->status < 200 || http->status >= 300)
		return ERR_http_status;
	return ERR_http_wrong_body;
}

static const char *
body_of(const struct answer *http)
{
	return http->count > 0 ? http->values[0] : "";
}

void
finding_put_page(struct findings *fs, struct finding *f, const struct answer *http, enum err_code code)
{
	const char *location = http->count > 1 ? http->values[1] : NULL;

	if (code == ERR_http_wrong_body && http->status == 200)
		finding_put(fs, f, beginning_of(fs->arena, body_of(http)));
	else if (code == ERR_http_redirect && location != NULL)
		finding_put(fs, f, arena_printf(fs->arena, "status %d to %s", http->status, location));
	else
		finding_put(fs, f, arena_printf(fs->arena, "status %d", http->status));
}

static const char *
fix_of_page(struct arena *a, const struct hostname *h, enum err_code code)
{
	if (code == ERR_http_no_address || code == ERR_http_address_forbidden)
		return arena_printf(a, "Let %s point to a web server with a public address that answers %s with "
		    "%s, or prove ownership otherwise.", h->name, h->proof_url, h->proof);
	if (code == ERR_http_redirect)
		return arena_printf(a, "Let the web server answer %s itself, without a redirect, with %s and "
		    "nothing else.", h->proof_url, h->proof);
	if (code == ERR_http_blocked)
		return arena_printf(a, "Let the firewall or bot protection in front of %s pass requests for %s%s%s.",
		    h->name, h->proof_url, h->user_agent != NULL ? " with the User-Agent " : "",
		    h->user_agent != NULL ? h->user_agent : "");
	return arena_printf(a, "Let the web server answer %s with %s and nothing else.", h->proof_url,
	    h->proof);
}

/* No page at all: of those errors that the owner can do something about. */
static const char *
fix_of_silence(struct arena *a, const struct hostname *h, const struct err *err)
{
	if (strcmp(err->code, "http_no_address") == 0)
		return fix_of_page(a, h, ERR_http_no_address);
	if (strcmp(err->code, "http_address_forbidden") == 0)
		return fix_of_page(a, h, ERR_http_address_forbidden);
	if (strncmp(err->code, "http_", 5) == 0 && err->blame != BLAME_US)
		return fix_of_page(a, h, ERR_none);
	return NULL;
}

const struct finding *
finding_ownership_http(struct findings *fs, const struct hostname *h, const struct answer *http)
{
	struct finding *f = finding_add(fs, "ownership_http", h->proof_url,
	    arena_printf(fs->arena, "status 200 with the body %s", h->proof));
	enum err_code code;
	const char *fix;

	if (http->err.code != NULL) {
		finding_fail(fs, f, &http->err, h->name);
		if ((fix = fix_of_silence(fs->arena, h, &http->err)) != NULL)
			f->fix = fix;
		return f;
	}
	if (http->status == 200 && finding_body_is(body_of(http), h->proof)) {
		finding_put(fs, f, h->proof);
		return f;
	}
	code = finding_page_code(http);
	finding_set(f, code);
	finding_put_page(fs, f, http, code);
	f->fix = fix_of_page(fs->arena, h, code);
	return f;
}

/* ---- all together --------------------------------------------------------------------- */

/* Nothing was done there yet, or not for us: any web server answers. */
static bool
is_missing(const struct finding *f)
{
	return strcmp(f->code, "value_missing") == 0 || strcmp(f->code, "no_such_name") == 0 ||
	    strcmp(f->code, "no_address") == 0 || strcmp(f->purpose, "ownership_http") == 0;
}

static int
weight(const struct finding *f)
{
	static const char *const purposes[] = { "ownership_http", "ownership", "caa", "certificate", "routing" };
	int kind = f->blame != BLAME_CUSTOMER ? 2 : is_missing(f) ? 1 : 3;

	for (int i = 0; i < (int)(sizeof purposes / sizeof purposes[0]); i++)
		if (strcmp(f->purpose, purposes[i]) == 0)
			return 10 * kind + i;
	return 10 * kind;
}

const struct finding *
finding_worst(const struct findings *fs)
{
	const struct finding *worst = NULL;

	for (size_t i = 0; i < fs->count; i++)
		if (fs->list[i].code != NULL && (worst == NULL || weight(&fs->list[i]) > weight(worst)))
			worst = &fs->list[i];
	return worst;
}

const char *
finding_seen(const struct finding *f, struct arena *a)
{
	auto_buf b = { 0 };

	if (f->found[0] == NULL)
		return f->code != NULL ? err_sentence(f->code) : NULL;
	buf_init(&b, MAX_SEEN);
	for (size_t i = 0; f->found[i] != NULL; i++)
		if (!buf_printf(&b, "%s%s", i == 0 ? "" : "; ", f->found[i]))
			break;
	return arena_strdup(a, b.data);
}

static json_t *
text_or_null(const char *text)
{
	json_t *string = text != NULL ? json_string(text) : NULL;	/* NULL also for what is no UTF-8 */

	return string != NULL ? string : json_null();
}

const char *
finding_json(const struct findings *fs)
{
	auto_json *list = json_array();

	for (size_t i = 0; i < fs->count; i++) {
		const struct finding *f = &fs->list[i];
		json_t *one = json_object(), *found = json_array();

		for (size_t k = 0; f->found[k] != NULL; k++)
			json_array_append_new(found, text_or_null(f->found[k]));
		json_object_set_new(one, "purpose", text_or_null(f->purpose));
		json_object_set_new(one, "code", text_or_null(f->code));
		json_object_set_new(one, "where", text_or_null(f->where));
		json_object_set_new(one, "expected", text_or_null(f->expected));
		json_object_set_new(one, "found", found);
		json_object_set_new(one, "fix", text_or_null(f->fix));
		json_array_append_new(list, one);
	}
	return json_write(fs->arena, list);
}
