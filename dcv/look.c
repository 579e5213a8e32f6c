/*
 * Questions of DNS to io, their answers into the job's arena, and a second
 * look at a SERVFAIL:
 *
 *	asked ── SERVFAIL ──> unchecked ── an answer ──> asked again ── SERVFAIL ──> dns_bogus
 *	                          │                           │
 *	                          │ SERVFAIL                  └── an answer: the trouble has passed
 *	                          v
 *	               one CNAME after the other ── a circle, or too many ──> cname_loop
 *	                          │
 *	                          └── anything else ──> dns_servfail
 */
#include "dcv/look.h"

#include <string.h>

#include "base/buf.h"
#include "base/name.h"
#include "dcv/proof.h"
#include "io/dns.h"

enum {
	/* proof_chain_end() calls a chain too long when it sees one link more
	 * than it follows. */
	MAX_LINKS = PROOF_MAX_CHAIN + 1,
	MAX_CHAIN_TEXT = 512,
};

struct look {			/* lives in the arena of the job */
	struct asked *asked;
	struct dns   *dns;
	enum dns_type type;
	struct err    err;	/* the SERVFAIL of the beginning */
	struct dns_record links[MAX_LINKS];
	size_t	      link_count;
};

struct dns_reply *
look_copy(struct arena *a, const struct dns_reply *reply)
{
	struct dns_reply *copy = arena_memdup(a, reply, sizeof *reply);

	copy->records = arena_alloc(a, reply->count * sizeof *copy->records);
	copy->soa_owner = arena_strdup(a, reply->soa_owner);
	for (size_t i = 0; i < reply->count; i++) {
		struct dns_record *r = &copy->records[i];

		*r = reply->records[i];
		r->owner = arena_strdup(a, r->owner);
		r->value = arena_strdup(a, r->value);
	}
	return copy;
}

static void
give(struct asked *asked, const struct dns_reply *reply, struct err err)
{
	struct dns_reply *copy = look_copy(asked->arena, reply);
	const char **values = arena_alloc(asked->arena, reply->count * sizeof *values);

	for (size_t i = 0; i < copy->count; i++)
		values[i] = copy->records[i].value;
	asked->answered(asked, (struct answer){ .err = err, .status = copy->rcode, .values = values,
	    .count = copy->count, .detail = copy });
}

static void
give_up(struct look *l)
{
	asked_fail(l->asked, &l->err);
}

/* ---- the links of a chain, one by one ------------------------------------------- */

static void
give_loop(struct look *l)
{
	const struct dns_reply reply = { .records = l->links, .count = l->link_count };
	auto_buf text = { 0 };

	buf_init(&text, MAX_CHAIN_TEXT);
	buf_puts(&text, l->asked->question->name);
	for (size_t i = 0; i < l->link_count; i++)
		if (!buf_printf(&text, " -> %s", l->links[i].value))
			break;
	give(l->asked, &reply, err_new(ERR_cname_loop, arena_strdup(l->asked->arena, text.data)));
}

static bool
closes_a_circle(const struct look *l)
{
	for (size_t i = 0; i < l->link_count; i++)
		if (name_equal(l->links[i].owner, l->links[l->link_count - 1].value))
			return true;
	return false;
}

static const struct dns_record *
link_from(const struct dns_reply *reply, const char *name)
{
	for (size_t i = 0; reply != NULL && i < reply->count; i++)
		if (reply->records[i].type == DNS_CNAME && name_equal(reply->records[i].owner, name))
			return &reply->records[i];
	return NULL;
}

static const char *
last_name(const struct look *l)
{
	return l->link_count == 0 ? l->asked->question->name : l->links[l->link_count - 1].value;
}

static void
link_replied(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct look *l = arg;
	const struct dns_record *link = link_from(reply, last_name(l));
	struct arena *a = l->asked->arena;

	(void)err;
	if (link == NULL) {	/* the chain ends, and there the trouble is */
		give_up(l);
		return;
	}
	l->links[l->link_count++] = (struct dns_record){ arena_strdup(a, link->owner), DNS_CNAME,
	    link->ttl, arena_strdup(a, link->value) };
	if (closes_a_circle(l) || l->link_count == MAX_LINKS)
		give_loop(l);
	else
		dns_ask(l->dns, last_name(l), DNS_CNAME, link_replied, l);
}

/* ---- forged, or so it seems ------------------------------------------------------ */

static bool
is_servfail(const struct err *err)
{
	return err != NULL && strcmp(err->code, "dns_servfail") == 0;
}

/* A server that has only just come back must not look like broken signatures. */
static void
again_replied(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct look *l = arg;
	struct err bogus = err_new(ERR_dns_bogus, l->err.detail);

	if (reply != NULL)
		give(l->asked, reply, (struct err){ 0 });
	else if (is_servfail(err))
		asked_fail(l->asked, &bogus);
	else
		give_up(l);
}

static bool
may_be_aliased(enum dns_type type)
{
	return type == DNS_A || type == DNS_AAAA || type == DNS_TXT;
}

static void
unchecked_replied(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct look *l = arg;
	const char *name = l->asked->question->name;

	if (reply != NULL)
		dns_ask(l->dns, name, l->type, again_replied, l);
	else if (is_servfail(err) && may_be_aliased(l->type))
		dns_ask(l->dns, name, DNS_CNAME, link_replied, l);
	else
		give_up(l);
}

/* ---------------------------------------------------------------------------------- */

static void
replied(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct look *l = arg;

	if (reply != NULL) {
		give(l->asked, reply, (struct err){ 0 });
		return;
	}
	l->err = *err;
	l->err.detail = arena_strdup(l->asked->arena, err->detail);
	if (is_servfail(err))
		dns_ask_how(l->dns, l->asked->question->name, l->type, DNS_UNCHECKED, unchecked_replied, l);
	else
		give_up(l);
}

void
look_perform(void *context, struct asked *asked)
{
	struct look *l = arena_alloc(asked->arena, sizeof *l);

	l->asked = asked;
	l->dns = context;
	if (!dns_type_of(asked->question->type, &l->type)) {
		l->err = err_new(ERR_internal, "a question of a DNS type that is not known");
		give_up(l);
		return;
	}
	dns_ask(l->dns, asked->question->name, l->type, replied, l);
}
