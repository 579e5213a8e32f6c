/*
 * Rounds of questions, each made of what the one before has brought:
 *
 *	basics ──> the zone (climbing, one question at a time) ──> more: other names,
 *	address families, addresses of name servers ──> the name servers ──> judgement
 *
 * When time is up the judgement is made of what is known.
 */
#include "dcv/diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/name.h"
#include "dcv/diagnose_inside.h"
#include "dcv/look.h"
#include "io/route.h"

enum {
	MOST_MS = 10 * 1000,
	HTTP_MS = 5 * 1000,
	CAA_MS = 8 * 1000,
	MAX_BODY = 65536,
	MOST_MEMORY = 256 << 20,	/* answers are hostile, each is capped by base/dns */
};

/* Nobody has a record of this name on purpose. */
#define SIBLING "_certwright-probe"

struct ask {
	struct asked	asked;		/* first: look_perform gets it */
	struct question question;
	struct diagnosis *d;
	struct answer  *into;
};

/* ---- a round ------------------------------------------------------------------------ */

static void
free_diagnosis(struct diagnosis *d)
{
	arena_free(d->arena);
	free(d);
}

static void
left(void *arg)
{
	struct diagnosis *d = arg;

	if (--d->open > 0)
		return;
	if (d->is_over)
		free_diagnosis(d);
	else
		d->next(d);
}

loop_fn *
round_enter(struct diagnosis *d)
{
	d->open++;
	return left;
}

static void
answered(struct asked *asked, struct answer answer)
{
	struct ask *ask = (struct ask *)asked;

	if (!ask->d->is_over)
		*ask->into = answer;
	left(ask->d);
}

void
round_begin(struct diagnosis *d, void (*next)(struct diagnosis *))
{
	d->next = next;
	d->open++;	/* not over before all has been asked */
}

void
round_end(struct diagnosis *d)
{
	left(d);
}

static struct ask *
new_ask(struct diagnosis *d, enum question_kind kind, const char *name, const char *type, struct answer *into)
{
	struct ask *ask = arena_alloc(d->arena, sizeof *ask);

	ask->question = (struct question){ .kind = kind, .name = name, .type = type };
	ask->asked = (struct asked){ .question = &ask->question, .arena = d->arena, .answered = answered };
	ask->d = d;
	ask->into = into;
	into->err = err_new(ERR_dns_timeout, NULL);
	d->open++;
	return ask;
}

static void
round_ask_dns(struct diagnosis *d, const char *name, enum dns_type type, struct answer *into)
{
	look_perform(d->dns, &new_ask(d, QUESTION_DNS, name, dns_type_name(type), into)->asked);
}

static void
ask_caa(struct diagnosis *d)
{
	struct ask *ask = new_ask(d, QUESTION_CAA, d->hostname->name, NULL, &d->caa);

	ask->question.detail = &d->options->caa;
	d->caa_look = (struct caa_look){ .loop = d->loop, .dns = d->dns, .most_ms = CAA_MS };
	caa_look_perform(&d->caa_look, &ask->asked);
}

static void
server_replied(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct ask *ask = arg;

	if (err != NULL)
		asked_fail(&ask->asked, err);
	else
		answered(&ask->asked, (struct answer){ .status = reply->rcode,
		    .detail = look_copy(ask->asked.arena, reply) });
}

void
round_ask_server(struct diagnosis *d, size_t server, const char *name, enum dns_type type, struct answer *into)
{
	struct ask *ask = new_ask(d, QUESTION_DNS, name, dns_type_name(type), into);

	dns_ask_server(d->dns, (const struct sockaddr *)&d->at.addresses[server], name, type, server_replied, ask);
}

/* It is judged as a text: a NUL must not end it early. */
static const char *
text_of(struct arena *a, const char *body, size_t len)
{
	char *text = arena_memdup(a, body, len + 1);

	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '\1';
	return text;
}

static void
web_replied(void *arg, const struct http_reply *reply, const struct err *err)
{
	struct ask *ask = arg;
	const char **values;

	if (err != NULL) {
		asked_fail(&ask->asked, err);
		return;
	}
	values = arena_alloc(ask->asked.arena, 2 * sizeof *values);
	values[0] = text_of(ask->asked.arena, reply->body, reply->body_len);
	values[1] = arena_strdup(ask->asked.arena, http_header(reply, "location"));
	answered(&ask->asked, (struct answer){ .status = reply->status, .values = values,
	    .count = values[1] != NULL ? 2 : 1 });
}

static void
round_ask_http(struct diagnosis *d, int family, struct answer *into)
{
	const struct hostname *h = d->hostname;
	const struct http_request request = { .method = "GET", .url = h->proof_url, .user_agent = h->user_agent,
		.family = family, .max_body = MAX_BODY, .timeout_ms = HTTP_MS };
	struct ask *ask = new_ask(d, QUESTION_HTTP, h->proof_url, h->user_agent, into);

	into->err = err_new(ERR_http_timeout, NULL);
	http_send(d->http, &request, web_replied, ask);
}

/* ---- judgement ----------------------------------------------------------------------- */

static void
find_basics(struct diagnosis *d)
{
	struct findings *fs = &d->findings;

	finding_status(fs, d->hostname->name, &d->options->standing);
	for (size_t i = 0; i < d->about_count; i++) {
		struct about *a = &d->about[i];

		a->finding = fs->count;
		if (i == 0)
			finding_ownership(fs, d->hostname, &a->here);
		else if (i == 1)
			finding_routing(fs, d->hostname, &a->here, &d->aaaa);
		else
			finding_certificate(fs, &a->matter, &a->here, &a->other);
	}
	finding_ownership_http(fs, d->hostname, &d->http_any);
}

/* The reason behind a finding, the surest first. */
static void
find_reason(struct diagnosis *d, const struct about *a)
{
	struct findings *fs = &d->findings;
	struct finding *f = &fs->list[a->finding];

	if (finding_disagree(fs, f, &a->matter, d->at.zone, d->at.servers, a->said, d->at.count) || f->code == NULL)
		return;
	if (finding_cached(fs, f, &a->matter, &a->here, d->at.servers, a->said, d->at.count))
		return;
	if (a->doubled != NULL && finding_doubled(fs, f, &a->matter, a->doubled, &a->at_doubled))
		return;
	if (a->sibling != NULL)
		finding_wildcard(fs, f, &a->matter, &a->here, a->sibling, &a->at_sibling);
}

static void
judge(struct diagnosis *d)
{
	bool owned;

	timer_stop(d->timer);
	find_basics(d);
	/* before a name server that lags behind makes it look otherwise */
	owned = d->options->owned || d->findings.list[d->about[1].finding].code == NULL;
	for (size_t i = 0; i < d->about_count; i++)
		find_reason(d, &d->about[i]);
	if (d->options->caa.count > 0)
		finding_caa(&d->findings, d->hostname->name, &d->caa, d->options->authorities);
	if (d->http_v4.count > 0)
		finding_ipv6(&d->findings, d->hostname, &d->http_v4, &d->http_v6);
	finding_drop_needless(&d->findings, owned);
	if (d->at.zone != NULL)
		finding_lame(&d->findings, d->at.zone, d->at.servers, d->at.count);
	d->is_over = true;
	d->open++;	/* the last words of others must not free it in between */
	timer_free(d->timer);
	d->done(d->arg, &d->findings);
	left(d);
}

static void
time_is_up(void *arg)
{
	judge(arg);
}

/* ---- the rounds ------------------------------------------------------------------------ */

static void
ask_servers(struct diagnosis *d)
{
	servers_ask(d, judge);
}

/* The label in front may be the mistake of who typed the name, or a zone of its
 * own: the parent is only a guess. */
static void
ask_other_names(struct diagnosis *d, struct about *a)
{
	const char *zone = d->at.zone != NULL ? d->at.zone : name_parent(d->hostname->name);
	const char *parent = name_parent(a->matter.name);
	const struct dns_reply *reply = a->here.detail;

	if (a->here.err.code != NULL || reply == NULL || matter_is_settled(&a->matter, reply))
		return;
	if (zone != NULL && matter_is_absent(&a->matter, &a->here)) {
		a->doubled = arena_printf(d->arena, "%s.%s", a->matter.name, zone);
		round_ask_dns(d, a->doubled, a->matter.type, &a->at_doubled);
	} else if (parent != NULL) {
		a->sibling = arena_printf(d->arena, SIBLING ".%s", parent);
		round_ask_dns(d, a->sibling, a->matter.type, &a->at_sibling);
	}
}

static bool
has_addresses(const struct answer *answer, enum dns_type type, struct sockaddr_storage *ret_first)
{
	const struct dns_reply *reply = answer->detail;

	for (size_t i = 0; answer->err.code == NULL && reply != NULL && i < reply->count; i++)
		if (reply->records[i].type == type && addr_parse(reply->records[i].value, ret_first))
			return true;
	return false;
}

static void
ask_more(struct diagnosis *d)
{
	struct sockaddr_storage v4, v6;

	round_begin(d, ask_servers);
	for (size_t i = 0; i < d->about_count; i++)
		ask_other_names(d, &d->about[i]);
	if (has_addresses(&d->about[1].here, DNS_A, &v4) && has_addresses(&d->aaaa, DNS_AAAA, &v6) &&
	    route_exists((struct sockaddr *)&v6)) {
		round_ask_http(d, 4, &d->http_v4);
		round_ask_http(d, 6, &d->http_v6);
	}
	servers_ask_addresses(d);
	round_end(d);
}

static void
find_zone(struct diagnosis *d)
{
	servers_find_zone(d, ask_more);
}

static void
ask_basics(struct diagnosis *d)
{
	round_begin(d, find_zone);
	for (size_t i = 0; i < d->about_count; i++) {
		struct about *a = &d->about[i];

		round_ask_dns(d, a->matter.name, a->matter.type, &a->here);
		if (i >= 2)
			round_ask_dns(d, a->matter.name, a->matter.type == DNS_TXT ? DNS_CNAME : DNS_TXT, &a->other);
	}
	round_ask_dns(d, d->hostname->name, DNS_AAAA, &d->aaaa);
	round_ask_http(d, 0, &d->http_any);
	if (d->options->caa.count > 0)
		ask_caa(d);
	round_end(d);
}

void
diagnose_start(struct loop *loop, struct dns *dns, struct http *http, const struct diagnose_options *options,
    const struct hostname *h, diagnose_done *done, void *arg)
{
	struct diagnosis *d = xcalloc(1, sizeof *d);
	const char **proof;

	d->loop = loop;
	d->dns = dns;
	d->http = http;
	d->options = options;
	d->hostname = h;
	d->done = done;
	d->arg = arg;
	d->findings.arena = d->arena = arena_new(MOST_MEMORY);
	proof = arena_alloc(d->arena, 2 * sizeof *proof);
	proof[0] = h->proof;
	d->about[0].matter = (struct matter){ h->proof_name, DNS_TXT, proof, NULL };
	d->about[1].matter = (struct matter){ h->name, DNS_A, h->targets, h->prefixes };
	d->about_count = 2;
	for (size_t i = 0; i < options->certificate_count; i++)
		d->about[d->about_count++].matter = options->certificate[i];
	d->timer = timer_new(loop, time_is_up, d);
	timer_start(d->timer, MOST_MS, 0);
	ask_basics(d);
}
