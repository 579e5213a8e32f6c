/*
 * Tokens on web servers.  A CA may come over either family, so the page has to
 * be there over both of those that the host has.
 */
#include <string.h>

#include "dcv/finding_text.h"
#include "dcv/finding_token.h"
#include "dcv/record_text.h"

enum { MAX_URL = 200 };

struct pages {
	struct arena *a;
	struct findings fs;
	struct finding *f;
	const struct token_ask *ask;
	const char *value;
	const char *lost;	/* the sentence about a redirect to where nothing answers; or NULL */
};

static bool
has_code(const struct token_page *page, const char *code)
{
	return page->answer.err.code != NULL && strcmp(page->answer.err.code, code) == 0;
}

static const char *
body_of(const struct token_page *page)
{
	return page->answer.count > 0 ? page->answer.values[0] : "";
}

static bool
is_good(const struct token_page *page, const char *value)
{
	return page->answer.err.code == NULL && page->answer.status == 200 && page->refused == ERR_none &&
	    finding_body_is(body_of(page), value);
}

/* Has the host addresses of this family, which this machine could reach? */
static bool
is_relevant(const struct token_page *page)
{
	return !has_code(page, "http_no_route") && !(has_code(page, "http_no_address") && page->redirects == 0);
}

/* It is unknown whether the host has addresses of this family: no CA minds, as
 * long as it has some of the other. */
static bool
is_unknown(const struct token_page *page)
{
	return page->answer.err.code != NULL && strncmp(page->answer.err.code, "dns_", 4) == 0;
}

/* ---- one page that is not as it should be ------------------------------------------------- */

static enum err_code
fault(const struct pages *p, const struct token_page *page)
{
	const char *const *old = p->ask->old_values;

	if (page->refused != ERR_none)
		return page->refused;
	if (page->answer.status == 404 || page->answer.status == 410)
		return ERR_token_missing;
	if (page->answer.status != 200)
		return finding_page_code(&page->answer);
	for (; old != NULL && *old != NULL; old++)
		if (finding_body_is(body_of(page), *old))
			return ERR_token_old;
	return finding_is_wrapped(body_of(page), p->value) ? ERR_token_quoted : ERR_http_wrong_body;
}

static const char *
fix(const struct pages *p, enum err_code code)
{
	const struct token_ask *ask = p->ask;

	switch ((int)code) {
	case ERR_http_too_many_redirects:
		return arena_printf(p->a, "Let the web server answer %s with %s itself, or after at most %d redirects.", ask->place,
		    p->value, TOKEN_MAX_REDIRECTS);
	case ERR_http_redirect_refused:
		return arena_printf(p->a, "Let the web server answer %s with %s itself, or redirect only with status 301, 302, 307 or "
		    "308 to port 80 of http:// or port 443 of https:// of a hostname.", ask->place, p->value);
	case ERR_http_blocked:
		return arena_printf(p->a, "Let the firewall or bot protection in front of %s pass requests for %s.", ask->hostname,
		    ask->place);
	case ERR_http_no_address:
	case ERR_http_address_forbidden:
		return arena_printf(p->a, "Let %s point to the provider by a CNAME record, whose target stands in the routing "
		    "record, or to a web server with a public address that answers %s with %s.", ask->hostname, ask->place,
		    p->value);
	case ERR_token_old:
		return arena_printf(p->a, "Let the web server answer %s with %s and nothing else; its answer is of an earlier order.",
		    ask->place, p->value);
	case ERR_token_quoted:
		return arena_printf(p->a, "Let the web server answer %s with %s, without quotation marks or blanks around it.",
		    ask->place, p->value);
	default:
		return arena_printf(p->a, "Let the web server answer %s with %s and nothing else.", ask->place, p->value);
	}
}

/* What happened to the last URL, behind its name. */
static const char *
happened(const struct token_page *page)
{
	static const char *const texts[][2] = {
		{ "http_no_address", "whose host has no address" },
		{ "http_address_forbidden", "whose host has an address that we do not connect to" },
		{ "http_no_route", "to which there is no way from here" },
		{ "http_unreachable", "which could not be reached" },
		{ "http_tls", "where the TLS connection failed" },
		{ "http_timeout", "which did not answer in time" },
		{ "http_protocol", "which did not speak HTTP as it should" },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (has_code(page, texts[i][0]))
			return texts[i][1];
	return is_unknown(page) ? "whose host could not be looked up" : "which gave no answer that can be used";
}

/* The place itself has answered: it is well, but not where it leads. */
static void
judge_lost(struct pages *p, const struct token_page *page)
{
	const char *url = arena_printf(p->a, "%.*s%s", MAX_URL, page->url, strlen(page->url) > MAX_URL ? "..." : "");

	p->lost = arena_printf(p->a, "%s redirects to %s, %s", p->ask->place, url, happened(page));
	if (p->f->blame != BLAME_US)
		p->f->fix = arena_printf(p->a, "Let the web server answer %s with %s itself, or mend %s, to which it redirects, so "
		    "that it answers with that.", p->ask->place, p->value, url);
}

static void
judge_silence(struct pages *p, const struct token_page *page)
{
	finding_fail(&p->fs, p->f, &page->answer.err, p->ask->hostname);
	if (page->redirects > 0)
		judge_lost(p, page);
	else if (has_code(page, "http_no_address"))
		p->f->fix = fix(p, ERR_http_no_address);
	else if (has_code(page, "http_address_forbidden"))
		p->f->fix = fix(p, ERR_http_address_forbidden);
	else if (strncmp(page->answer.err.code, "http_", 5) == 0 && !has_code(page, "http_no_route") &&
	    p->f->blame != BLAME_US)
		p->f->fix = fix(p, ERR_none);
}

static void
judge_page(struct pages *p, const struct token_page *page)
{
	enum err_code code;

	if (has_code(page, "http_too_large")) {
		finding_set(p->f, ERR_http_wrong_body);
		finding_put(&p->fs, p->f, "a body that is far longer");
		p->f->fix = fix(p, ERR_http_wrong_body);
	} else if (page->answer.err.code != NULL) {
		judge_silence(p, page);
	} else {
		code = fault(p, page);
		finding_set(p->f, code);
		finding_put_page(&p->fs, p->f, &page->answer, page->refused != ERR_none ? ERR_http_redirect
		    : page->answer.status == 200 ? ERR_http_wrong_body : code);
		p->f->fix = fix(p, code);
	}
	if (page->redirects > 0)
		finding_put(&p->fs, p->f, arena_printf(p->a, "at %s, after %u redirect%s", page->url, page->redirects,
		    page->redirects == 1 ? "" : "s"));
}

/* ---- both ----------------------------------------------------------------------------------- */

static const char *
short_of(const struct pages *p, const struct token_page *page)
{
	if (page->answer.err.code != NULL)
		return err_sentence(page->answer.err.code);
	if (is_good(page, p->value))
		return "the value";
	return arena_printf(p->a, "status %d%s", page->answer.status, page->answer.status == 200 ? " and another text" : "");
}

static void
judge_ipv6(struct pages *p, const struct token_page *v4, const struct token_page *v6)
{
	finding_set(p->f, ERR_http_ipv6_broken);
	finding_put(&p->fs, p->f, arena_printf(p->a, "IPv4: %s", short_of(p, v4)));
	finding_put(&p->fs, p->f, arena_printf(p->a, "IPv6: %s", short_of(p, v6)));
	p->f->fix = arena_printf(p->a, "Let the web server answer over IPv6 as it does over IPv4, or delete the AAAA records of "
	    "%s.", p->ask->hostname);
}

/* Of two that are wrong, the one that the customer can mend. */
static const struct token_page *
worse(const struct pages *p, const struct token_page *v4, const struct token_page *v6)
{
	if (is_good(v4, p->value) || !is_relevant(v4))
		return v6;
	if (is_good(v6, p->value) || !is_relevant(v6))
		return v4;
	return v4->answer.err.code != NULL && v4->answer.err.blame != BLAME_CUSTOMER && !is_unknown(v6) ? v6 : v4;
}

struct token_said
token_judge_http(struct arena *a, const struct token_ask *ask, const struct token_page *v4, const struct token_page *v6)
{
	struct pages *p = arena_alloc(a, sizeof *p);
	struct token_said said = { 0 };
	bool good4, good6, matters4, matters6;

	*p = (struct pages){ .a = a, .fs = { .arena = a }, .ask = ask, .value = ask->values[0] };
	p->f = finding_add(&p->fs, "certificate", ask->place, arena_printf(a, "status 200 with the body %s", p->value));
	good4 = is_good(v4, p->value);
	good6 = is_good(v6, p->value);
	matters4 = is_relevant(v4) && !(is_unknown(v4) && good6);
	matters6 = is_relevant(v6) && !(is_unknown(v6) && good4);
	if (!matters4 && !matters6)	/* no address, or none that could be reached from here */
		judge_page(p, has_code(v6, "http_no_route") ? v6 : v4);
	else if (good4 && matters6 && !good6)
		judge_ipv6(p, v4, v6);
	else if ((good4 || !matters4) && (good6 || !matters6))
		finding_put(&p->fs, p->f, p->value);
	else
		judge_page(p, worse(p, v4, v6));
	said.is_there[0] = p->f->code == NULL;
	token_tell(&p->fs, &said);
	if (p->lost != NULL)
		said.err.detail = p->lost;
	return said;
}
