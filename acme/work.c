/* What a pack's orders need next, and what the answers mean; acme/work_ask.c
 * says how it is asked. */
#include "acme/work.h"

#include <assert.h>
#include <string.h>

#include "acme/chain.h"
#include "acme/pack.h"

enum { POLL = 1, UNDECIDED_FOR = 3600 };	/* seconds, where the CA does not say */

static void
add(struct work_list *list, struct work work)
{
	if (list->count < MAX_QUESTIONS)
		list->works[list->count++] = work;
}

/* ---- what is next? --------------------------------------------------------- */

static bool
wants_order(const struct part *p)
{
	return part_is_wanted(p) && !part_has_order(p);
}

static bool
all_orders_are_ready(const struct certificate *c)
{
	for (size_t i = 0; i < PARTS; i++)
		if (part_has_order(&c->parts[i]) && !part_order_is_ready(&c->parts[i]))
			return false;
	return true;
}

static bool
some_token_is(const struct part *p, const char *status)
{
	for (size_t i = 0; i < p->token_count; i++)
		if (token_is(&p->tokens[i], status))
			return true;
	return false;
}

static void
validate_part(struct work_list *list, const struct part *p, size_t n, int64_t now)
{
	if (p->expires != 0 && p->expires <= now)
		add(list, (struct work){ EXPIRED, n, 0 });
	else if (p->order_status == NULL || some_token_is(p, "processing"))
		add(list, (struct work){ READ_TOKENS, n, 0 });
	else
		for (size_t i = 0; i < p->token_count; i++)
			add(list, (struct work){
			    token_is(&p->tokens[i], "seen") ? VALIDATE : LOOK, n, i });
}

struct work_list
work_validation(const struct certificate *c, int64_t now)
{
	struct work_list list = { .count = 0 };

	for (size_t i = 0; i < PARTS; i++)
		if (part_has_order(&c->parts[i]) && !part_order_is_ready(&c->parts[i]))
			validate_part(&list, &c->parts[i], i, now);
	if (all_orders_are_ready(c) &&
	    (wants_order(&c->parts[0]) || wants_order(&c->parts[1])))
		add(&list, work_new_order(c));
	return list;
}

struct work
work_new_order(const struct certificate *c)
{
	return (struct work){ PLACE_ORDER, wants_order(&c->parts[0]) ? 0 : 1, 0 };
}

static enum act
issue_part(const struct part *p)
{
	if (!p->has_key)
		return MAKE_KEY;
	if (part_order_is(p, "ready"))
		return FINALIZE;
	if (part_order_is(p, "valid") && p->certificate_url != NULL)
		return DOWNLOAD;
	return READ_ORDER;
}

struct work_list
work_issuance(const struct certificate *c)
{
	struct work_list list = { .count = 0 };

	for (size_t i = 0; i < PARTS; i++)
		if (part_is_wanted(&c->parts[i]) && c->parts[i].chain == NULL)
			add(&list, (struct work){ issue_part(&c->parts[i]), i, 0 });
	return list;
}

/* ---- what the answers mean --------------------------------------------------- */

struct result
work_start_result(const struct certificate *c)
{
	struct result r = { .wait = POLL };

	for (size_t i = 0; i < PARTS; i++)
		r.parts[i] = c->parts[i];
	return r;
}

static void
set(struct result *r, const char *of, const char *name, const char *value)
{
	assert(r->change_count < MAX_CHANGES);
	r->changes[r->change_count++] = (struct change){ of, name, value };
}

static void
set_seconds(const struct job *job, struct result *r, const char *of, const char *name, int64_t at)
{
	set(r, of, name, arena_printf(job->arena, "%lld", (long long)at));
}

static void
note_error(struct result *r, struct err err)
{
	if (r->err.code == NULL)
		r->err = err;
}

/* The order is no use: what hangs on it goes, the key too, since the CA may
 * have seen its CSR. */
static void
drop_order(struct result *r, size_t n, struct err why)
{
	struct part *p = &r->parts[n];

	set(r, p->key_type, "order_url", NULL);
	set(r, p->key_type, "private_key", NULL);
	set(r, p->key_type, "csr", NULL);
	p->order_url = NULL;
	r->lost = true;
	r->err = why;
}

static struct err
why_invalid(const struct acme_order *order)
{
	for (size_t i = 0; i < order->count; i++) {
		const struct acme_authorization *a = &order->authorizations[i];

		if (a->http01.err.code != NULL)
			return a->http01.err;
		if (a->dns01.err.code != NULL)
			return a->dns01.err;
	}
	if (order->err.code != NULL)
		return order->err;
	return err_new(ERR_acme_order_invalid, NULL);
}

/* The CA said what an order is; stores what is new. */
static void
take_order_status(struct result *r, size_t n, const struct acme_order *order)
{
	struct part *p = &r->parts[n];

	if (order->retry_after > r->wait)
		r->wait = order->retry_after;
	if (strcmp(order->status, "invalid") == 0) {
		drop_order(r, n, why_invalid(order));
		return;
	}
	if (!part_order_is(p, order->status)) {
		set(r, p->key_type, "order_status", order->status);
		p->order_status = order->status;
		r->progress = true;
	}
	if (order->certificate != NULL && p->certificate_url == NULL) {
		set(r, p->key_type, "certificate_url", order->certificate);
		p->certificate_url = order->certificate;
		r->progress = true;
	}
}

static void
told_new_order(const struct job *job, const struct acme_answer *answer, struct result *r, size_t n)
{
	const struct certificate *c = job->row;
	const struct acme_order *order = answer->order;
	struct part *p = &r->parts[n];

	set(r, p->key_type, "order_url", order->url);
	set(r, p->key_type, "finalize_url", order->finalize);
	if (order->expires != 0)
		set_seconds(job, r, p->key_type, "order_expires", order->expires);
	set(r, "ca", "id", c->ca.id);
	set(r, "ca", "account_url", answer->account_url);
	p->order_url = order->url;
	p->order_status = NULL;
	r->progress = true;
}

/* Some challenge that the CA was told to look at failed and may be tried
 * again; most CAs end the order instead. */
static bool
has_failed_look(const struct acme_order *order, struct err *ret)
{
	for (size_t i = 0; i < order->count; i++) {
		const struct acme_authorization *a = &order->authorizations[i];

		if (strcmp(a->status, "pending") != 0)
			continue;
		if (a->http01.err.code != NULL || a->dns01.err.code != NULL) {
			*ret = a->http01.err.code != NULL ? a->http01.err : a->dns01.err;
			return true;
		}
	}
	return false;
}

/* The CA is still looking.  Ask again soon at first; one that does not decide
 * within an hour has lost our request. */
static void
wait_for_ca(const struct job *job, struct result *r, size_t n)
{
	const struct part *p = &r->parts[n];
	int64_t told = job->now;

	for (size_t i = 0; i < p->token_count; i++)
		if (token_is(&p->tokens[i], "processing") && p->tokens[i].told < told)
			told = p->tokens[i].told;
	if (job->now - told > UNDECIDED_FOR)
		drop_order(r, n, err_new(ERR_acme_undecided, NULL));
	else if ((job->now - told) / 4 > r->wait)
		r->wait = (job->now - told) / 4;
}

static void
told_tokens(const struct job *job, const struct acme_order *order, struct result *r, size_t n)
{
	const struct certificate *c = job->row;
	struct part *p = &r->parts[n];
	bool is_first = p->order_status == NULL;
	struct err failed;

	take_order_status(r, n, order);
	if (r->lost || part_order_is_ready(p))
		return;
	if (has_failed_look(order, &failed)) {
		is_first = true;
		note_error(r, failed);
	}
	if (!is_first) {
		wait_for_ca(job, r, n);
		return;
	}
	if (!pack_take_tokens(c, order, p)) {
		note_error(r, err_new(ERR_acme_no_challenge, arena_printf(job->arena,
		    "%s offers no challenge that method %s could answer", c->ca.name, c->method)));
		return;
	}
	r->dirty[n] = true;
	r->progress = r->err.code == NULL;
}

static bool
is_published(const struct token *t, const struct answer *a)
{
	if (token_is_for_http(t))
		return a->status == 200 && a->count == 1 &&
		    strncmp(a->values[0], t->key_authorization, strlen(t->key_authorization)) == 0 &&
		    strspn(a->values[0] + strlen(t->key_authorization), " \t\r\n") ==
		    strlen(a->values[0]) - strlen(t->key_authorization);
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->values[i], t->txt_value) == 0)
			return true;
	return false;
}

static void
told_look(const struct job *job, const struct answer *a, struct result *r, struct work w)
{
	struct token *t = &r->parts[w.part].tokens[w.token];
	const char *place = token_place(job->arena, job->row, t);

	if (a->err.code != NULL) {
		note_error(r, a->err);
	} else if (is_published(t, a)) {
		t->status = "seen";
		r->dirty[w.part] = true;
		r->progress = true;
	} else {
		note_error(r, err_new(ERR_token_missing, arena_printf(job->arena,
		    "the token for %s was not found at %s", t->identifier, place)));
	}
}

/* One challenge of a name is enough; the others of that name wait no longer. */
static void
told_validate(const struct job *job, struct result *r, struct work w)
{
	struct part *p = &r->parts[w.part];
	const struct token *told = &p->tokens[w.token];

	for (size_t i = 0; i < p->token_count; i++)
		if (strcmp(p->tokens[i].identifier, told->identifier) == 0 &&
		    p->tokens[i].wildcard == told->wildcard)
			p->tokens[i].status = "processing", p->tokens[i].told = job->now;
	r->dirty[w.part] = true;
	r->progress = true;
}

static void
told_key(const struct key_answer *key, struct result *r, size_t n)
{
	set(r, r->parts[n].key_type, "private_key", key->sealed);
	set(r, r->parts[n].key_type, "csr", key->csr);
	r->parts[n].has_key = true;
	r->progress = true;
}

static void
told_certificate(const struct job *job, const char *chain, struct result *r, size_t n)
{
	const struct certificate *c = job->row;
	struct part *p = &r->parts[n];
	struct chain_facts facts;
	struct err err;

	if (!chain_check(job->arena, chain, p->csr, c->names, job->now, &facts, &err)) {
		drop_order(r, n, err);
		return;
	}
	set(r, p->key_type, "chain", facts.pem);
	set(r, p->key_type, "serial_number", facts.serial_number);
	set(r, p->key_type, "issuer", facts.issuer);
	set(r, p->key_type, "signature", facts.signature);
	set(r, p->key_type, "fingerprint", facts.sha256);
	set_seconds(job, r, p->key_type, "not_before", facts.not_before);
	set_seconds(job, r, p->key_type, "not_after", facts.not_after);
	p->chain = facts.pem;
	r->progress = true;
}

/* An error of the CA: some say what to do at once. */
static void
told_error(struct work w, const struct answer *a, struct result *r)
{
	struct part *p = &r->parts[w.part];

	if (w.act == FINALIZE && strcmp(a->err.code, "acme_order_not_ready") == 0) {
		set(r, p->key_type, "order_status", "unknown");
		p->order_status = "unknown";
		r->progress = true;
	} else if (strcmp(a->err.code, "acme_not_found") == 0 && w.act != PLACE_ORDER) {
		drop_order(r, w.part, a->err);
	} else {
		struct err err = a->err;

		/* A CA that refuses us is not asked again and again: whoever has
		 * to mend it, this uses up a retry and waits as the schedule says. */
		if (strncmp(err.code, "acme_", 5) == 0 && err.blame == BLAME_US)
			err.blame = BLAME_CA;
		note_error(r, err);
	}
}

void
work_tell(const struct job *job, struct work w, const struct answer *a, struct result *r)
{
	const struct acme_answer *acme = a->detail;

	if (w.act == EXPIRED) {
		drop_order(r, w.part, err_new(ERR_token_expired, NULL));
		return;
	}
	if (a->err.code != NULL && w.act != LOOK && w.act != VALIDATE) {
		told_error(w, a, r);
		return;
	}
	switch (w.act) {
	case READ_TOKENS: told_tokens(job, acme->order, r, w.part); break;
	case LOOK: told_look(job, a, r, w); break;
	case VALIDATE:
		/* "malformed": the CA was told already and has decided; reading says what. */
		if (a->err.code != NULL && strcmp(a->err.code, "acme_malformed") != 0)
			note_error(r, a->err);
		else
			told_validate(job, r, w);
		break;
	case PLACE_ORDER: told_new_order(job, acme, r, w.part); break;
	case MAKE_KEY: told_key(a->detail, r, w.part); break;
	case FINALIZE:
	case READ_ORDER: take_order_status(r, w.part, acme->order); break;
	case DOWNLOAD: told_certificate(job, acme->chain, r, w.part); break;
	case EXPIRED: break;
	}
}

bool
work_is_validated(const struct result *r)
{
	for (size_t i = 0; i < PARTS; i++)
		if (part_is_wanted(&r->parts[i]) && !part_order_is_ready(&r->parts[i]))
			return false;
	return true;
}

bool
work_is_issued(const struct result *r)
{
	for (size_t i = 0; i < PARTS; i++)
		if (part_is_wanted(&r->parts[i]) && r->parts[i].chain == NULL)
			return false;
	return true;
}

struct err
work_no_authority(const struct job *job)
{
	const struct certificate *c = job->row;

	if (c->wanted_authority[0] == '\0')
		return err_new(ERR_acme_no_authority, NULL);
	return err_new(ERR_acme_no_authority, arena_printf(job->arena,
	    "there is no enabled certificate authority named %s", c->wanted_authority));
}

struct verdict
work_write(const struct job *job, struct result *r, struct verdict v)
{
	const struct certificate *c = job->row;

	set(r, NULL, "version", c->version);	/* what all this belongs to */
	for (size_t i = 0; i < PARTS; i++)
		if (r->dirty[i] && part_has_order(&r->parts[i]))
			set(r, r->parts[i].key_type, "challenges",
			    pack_tokens_text(job->arena, &r->parts[i]));
	for (size_t i = 0; i < r->change_count; i++)
		v = with(v, r->changes[i].of, r->changes[i].name, r->changes[i].value);
	return v;
}
