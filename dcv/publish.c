/*
 * The life of one question:
 *
 *	update ── taken ──> look ── it has what it should ──> answered
 *	   │                ^ │
 *	   │ refused …      └─┴── not yet: 50, 100, 200 … ms, 2 s in all
 *	   v
 *	answered
 *
 * The look is what makes a server that takes updates and serves them later no
 * surprise for a CA.
 */
#include "dcv/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/addr.h"
#include "base/dns.h"
#include "base/name.h"
#include "dcv/publish_wire.h"
#include "io/dns_send.h"
#include "io/seal.h"
#include "io/secret_file.h"

enum {
	UPDATE_MS = 5000,
	LOOK_MS = 2000,
	FIRST_PAUSE_MS = 50,
	LOOKS_MS = 2000,	/* no look begins later */
	MOST_KEY_FILE = 4096,
	REPLY_ARENA = 4 << 20,
};

struct push {
	LIST_ENTRY(push) link;
	struct publisher *publisher;
	struct asked *asked;
	const struct publish_ask *ask;
	struct update update;
	struct dns_send *sending;	/* NULL: we pause */
	struct timer *timer;
	uint16_t id;		/* of the look */
	int64_t  began_ms, looks_began_ms, pause_ms;
};

LIST_HEAD(push_list, push);
struct publisher {
	struct loop *loop;
	char	    *domain;
	struct sockaddr_storage server;
	char	     server_text[80];
	struct tsig_key key;
	struct push_list pushes;
};

static void look(struct push *);

/* ---- the end --------------------------------------------------------------- */

static void
end_push(struct push *p, const struct err *err)
{
	struct asked *asked = p->asked;

	if (p->sending != NULL)
		dns_send_cancel(p->sending);
	timer_free(p->timer);
	LIST_REMOVE(p, link);
	free(p);
	if (err == NULL)
		asked->answered(asked, (struct answer){ 0 });
	else
		asked_fail(asked, err);
}

static void
fail_push(struct push *p, enum err_code code, const char *why)
{
	struct arena *a = p->asked->arena;
	struct err err = err_new(code, NULL);

	err.detail = arena_printf(a, "%s: %s (%s, %s)", err_sentence(err.code), why,
	    p->publisher->server_text, p->ask->name);
	end_push(p, &err);
}

/* ---- is it there? ------------------------------------------------------------ */

static bool
has_value(const struct dns_reply *reply, const char *name, const char *value)
{
	for (size_t i = 0; i < reply->count; i++) {
		const struct dns_record *r = &reply->records[i];

		if (r->type == DNS_TXT && name_equal(r->owner, name) && strcmp(r->value, value) == 0)
			return true;
	}
	return false;
}

/* What the reply lacks, or has too much; NULL: all is as it should be. */
static const char *
fault_of_reply(const struct push *p, const struct dns_reply *reply)
{
	const struct publish_ask *ask = p->ask;
	struct arena *a = p->asked->arena;

	if (reply->rcode != 0 && reply->rcode != 3)
		return arena_printf(a, "asked for them it answers with code %d", reply->rcode);
	for (const char *const *v = ask->add; *v != NULL; v++)
		if (!has_value(reply, ask->name, *v))
			return arena_printf(a, "it does not have \"%s\"", *v);
	for (const char *const *v = ask->remove; *v != NULL; v++)
		if (has_value(reply, ask->name, *v))
			return arena_printf(a, "it still has \"%s\"", *v);
	return NULL;
}

static void
look_again(struct push *p, const char *why)
{
	if (loop_now_ms(p->publisher->loop) - p->looks_began_ms + p->pause_ms > LOOKS_MS) {
		fail_push(p, ERR_publish_missing, why);
		return;
	}
	timer_start(p->timer, p->pause_ms, 0);
	p->pause_ms *= 2;
}

static void
on_look(void *arg, const unsigned char *wire, size_t len, const struct err *err)
{
	struct push *p = arg;
	auto_arena *arena = arena_new(REPLY_ARENA);
	struct dns_reply reply;
	struct err bad = { 0 };
	const char *fault;

	p->sending = NULL;
	if (err != NULL) {
		look_again(p, err->detail);
		return;
	}
	if (!dns_parse_reply(arena, wire, len, p->ask->name, DNS_TXT, p->id, &reply, &bad)) {
		look_again(p, "asked for them it sends what is no answer");
		return;
	}
	fault = fault_of_reply(p, &reply);
	if (fault != NULL)
		look_again(p, fault);
	else
		end_push(p, NULL);
}

static void
look(struct push *p)
{
	unsigned char *wire;
	size_t len;

	random_bytes(&p->id, sizeof p->id);
	if (!dns_build_query(p->asked->arena, p->ask->name, DNS_TXT, DNS_DIRECT, p->id, &wire, &len, NULL)) {
		fail_push(p, ERR_publish_missing, "its name cannot be asked for");
		return;
	}
	p->sending = dns_send(p->publisher->loop, (struct sockaddr *)&p->publisher->server, wire, len, LOOK_MS, on_look, p);
}

static void
on_pause_over(void *arg)
{
	look(arg);
}

/* ---- the update --------------------------------------------------------------- */

static int64_t
now_of(const struct push *p)
{
	return p->asked->job->now + (loop_now_ms(p->publisher->loop) - p->began_ms) / 1000;
}

static void
on_update(void *arg, const unsigned char *wire, size_t len, const struct err *err)
{
	struct push *p = arg;
	struct publisher *publisher = p->publisher;
	struct err bad = { 0 };

	p->sending = NULL;
	if (err != NULL) {
		fail_push(p, ERR_publish_unreachable, err->detail);
		return;
	}
	if (!update_check_reply(p->asked->arena, &p->update, &publisher->key, wire, len, now_of(p), &bad)) {
		fail_push(p, strcmp(bad.code, "publish_refused") == 0 ? ERR_publish_refused : ERR_publish_signature, bad.detail);
		return;
	}
	p->looks_began_ms = loop_now_ms(publisher->loop);
	p->pause_ms = FIRST_PAUSE_MS;
	look(p);
}

void
publish_perform(void *context, struct asked *asked)
{
	struct publisher *publisher = context;
	const struct publish_ask *ask = asked->question->detail;
	struct err err = err_new(ERR_publish_off, NULL);
	struct push *p;

	if (publisher == NULL) {
		asked_fail(asked, &err);
		return;
	}
	/* It was published when dcv_domain was another one. */
	if (!name_is_under(ask->name, publisher->domain)) {
		err.detail = arena_printf(asked->arena, "no name server is configured that takes updates of %s", ask->name);
		asked_fail(asked, &err);
		return;
	}
	p = xcalloc(1, sizeof *p);
	*p = (struct push){ .publisher = publisher, .asked = asked, .ask = ask,
	    .began_ms = loop_now_ms(publisher->loop), .timer = timer_new(publisher->loop, on_pause_over, p) };
	LIST_INSERT_HEAD(&publisher->pushes, p, link);
	random_bytes(&p->id, sizeof p->id);
	if (!update_build(asked->arena, publisher->domain, ask, &publisher->key, p->id, asked->job->now, &p->update, &err)) {
		fail_push(p, ERR_publish_refused, err.detail);
		return;
	}
	p->sending = dns_send(publisher->loop, (struct sockaddr *)&publisher->server, p->update.wire, p->update.len,
	    UPDATE_MS, on_update, p);
}

/* ---- open and close ------------------------------------------------------------- */

/* The detail outlives us, as publish.h says; there is one configuration. */
static struct publisher *
refuse(struct publisher *p, const char *option, const char *why, struct err *err)
{
	static char detail[256];

	publisher_close(p);
	snprintf(detail, sizeof detail, "%s: %s", option, why);
	err_set(err, ERR_bad_option, detail);
	return NULL;
}

struct publisher *
publisher_open(struct loop *loop, const struct publish_options *options, struct err *err)
{
	auto_arena *arena = arena_new(4096);
	auto_secret text = { 0 };
	struct publisher *p = xcalloc(1, sizeof *p);
	const char *domain, *problem;
	struct err bad = { 0 };
	char address[64];

	p->loop = loop;
	LIST_INIT(&p->pushes);
	domain = name_canonical(arena, options->domain, (struct name_rules){ .service = true }, &bad);
	if (domain == NULL)
		return refuse(p, "dcv_domain", bad.detail != NULL ? bad.detail : "it is not a DNS name", err);
	p->domain = xstrdup(domain);
	if (!addr_parse_port(options->server, 53, &p->server))
		return refuse(p, "dcv_update_server", "it is not ADDRESS:PORT", err);
	addr_text((struct sockaddr *)&p->server, address, sizeof address);
	snprintf(p->server_text, sizeof p->server_text, "%s port %u", address, addr_port((struct sockaddr *)&p->server));
	if (options->key_file == NULL || options->key_file[0] == '\0')
		return refuse(p, "dcv_update_key_file", "dcv_update_server needs one", err);
	problem = secret_file_read(options->key_file, MOST_KEY_FILE, &text);
	if (problem == NULL && !tsig_key_read((const char *)text.bytes, text.len, &p->key, &bad))
		problem = bad.detail;
	if (problem != NULL)
		return refuse(p, "dcv_update_key_file", problem, err);
	return p;
}

void
publisher_close(struct publisher *p)
{
	struct err err = err_new(ERR_publish_off, NULL);
	struct push *push;

	if (p == NULL)
		return;
	while ((push = LIST_FIRST(&p->pushes)) != NULL)
		end_push(push, &err);
	tsig_key_free(&p->key);
	free(p->domain);
	free(p);
}
