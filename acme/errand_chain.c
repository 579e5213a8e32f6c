/*
 * Downloading a certificate.  When another chain is preferred than the CA's
 * first one, its alternates are looked through one by one until one fits
 * (RFC 8555 §7.4.2).  A certificate at hand is worth more than a preference:
 * trouble with an alternate leaves the first chain.
 */
#include <string.h>
#include "acme/alternate.h"
#include "acme/errand.h"

enum { ALTERNATES_FOR = 20 * 1000 };	/* ms; the last begun may take another 30 s */

static void next_alternate(struct errand *);

/* A chain's text, CAs differ in the Content-Type; what matters is what it is. */
static bool
is_pem(const struct http_reply *reply)
{
	const char *text = reply->body + strspn(reply->body, " \t\r\n");

	return strlen(reply->body) == reply->body_len && strncmp(text, "-----BEGIN ", 11) == 0;
}

static void
alternate_came(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	(void)json;
	if (err != NULL || !is_pem(reply) || !alternate_has_issuer(reply->body, d->question->preferred_chain)) {
		next_alternate(d);
		return;
	}
	d->answer->chain = arena_strdup(d->arena, reply->body);
	errand_succeed(d);
}

static void
next_alternate(struct errand *d)
{
	bool is_late = loop_now_ms(d->account->client->loop) - d->began > ALTERNATES_FOR;

	if (is_late || d->alternates_seen == d->alternate_count) {
		errand_succeed(d);
		return;
	}
	errand_send(d, &(struct exchange_request){ .kind = EXCHANGE_ACCOUNT, .body = BODY_PEM,
	    .url = d->alternates[d->alternates_seen++], .payload = "" }, alternate_came);
}

/* URLs of others are no alternates: nothing is signed for them. */
static void
take_alternates(struct errand *d, const struct http_reply *reply)
{
	const struct reader r = errand_reader(d);

	for (size_t i = 0; i < reply->header_count; i++) {
		const char *at = reply->headers[i].value, *url;

		if (strcmp(reply->headers[i].name, "link") != 0)
			continue;
		while (d->alternate_count < ERRAND_MAX_ALTERNATES && (url = alternate_next(d->arena, &at)) != NULL)
			if (read_check_url(&r, "alternate", url, NULL))
				d->alternates[d->alternate_count++] = url;
	}
}

static void
chain_came(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	const char *preferred = d->question->preferred_chain;

	(void)json;
	if (err != NULL) {
		errand_fail(d, err);
		return;
	}
	if (!is_pem(reply)) {
		errand_fail_new(d, ERR_acme_protocol, "the certificate is not in PEM");
		return;
	}
	d->answer->chain = arena_strndup(d->arena, reply->body, reply->body_len);
	if (preferred != NULL && !alternate_has_issuer(d->answer->chain, preferred))
		take_alternates(d, reply);
	next_alternate(d);
}

void
errand_download(struct errand *d)
{
	d->alternate_count = d->alternates_seen = 0;
	errand_send(d, &(struct exchange_request){ .kind = EXCHANGE_ACCOUNT, .body = BODY_PEM, .url = d->question->url,
	    .payload = "" }, chain_came);
}
