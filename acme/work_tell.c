/* What the answers to a pack's work mean, and what of them is to be stored. */
#include <string.h>

#include "acme/chain.h"
#include "acme/pack.h"
#include "acme/problem.h"
#include "acme/work.h"
#include "scheduler/caa_question.h"

enum { UNDECIDED_FOR = 3600 };	/* seconds */

static void
set_seconds(const struct job *job, struct result *r, const char *of, const char *name, int64_t at)
{
	work_set(r, of, name, arena_printf(job->arena, "%lld", (long long)at));
}

/* An error that the CA made, or told us of. */
static void
blame_authority(struct result *r, struct err err)
{
	if (r->cause == CAUSE_NONE && r->err.code == NULL)
		r->cause = cause_of(err.code);
	work_note_error(r, err);
}

/* The order is no use: what hangs on it goes, the key too, since the CA may
 * have seen its CSR. */
static void
drop_order(struct result *r, size_t n, struct err why)
{
	struct part *p = &r->parts[n];

	work_set(r, p->key_type, "order_url", NULL);
	work_set(r, p->key_type, "private_key", NULL);
	work_set(r, p->key_type, "csr", NULL);
	p->order_url = NULL;
	p->slot = p->caa_at = 0;
	r->lost = true;
	r->err = why;
	r->cause = cause_of(why.code);
}

/* What the CA says of its looks at a name. */
static struct err
error_of(const struct acme_authorization *a)
{
	if (a->http01.err.code != NULL)
		return a->http01.err;
	return a->dns01.err.code != NULL ? a->dns01.err : a->persist01.err;
}

static struct err
why_invalid(const struct acme_order *order)
{
	for (size_t i = 0; i < order->count; i++) {
		const struct acme_authorization *a = &order->authorizations[i];

		if (error_of(a).code != NULL)
			return error_of(a);
	}
	if (order->err.code != NULL)
		return order->err;
	return err_new(ERR_acme_order_invalid, NULL);
}

/* RFC 8555 §7.1.6: an order only goes on; 0 is also "unknown", which is ours. */
static int
progress_of(const char *status)
{
	static const char *const order[] = { "ready", "processing", "valid" };

	for (size_t i = 0; status != NULL && i < sizeof order / sizeof order[0]; i++)
		if (strcmp(status, order[i]) == 0)
			return (int)i + 1;
	return 0;
}

/* The CA said what an order is; stores what is new. */
static void
take_order_status(const struct job *job, struct result *r, size_t n, const struct acme_order *order)
{
	const struct certificate *c = job->row;
	struct part *p = &r->parts[n];

	if (order->retry_after > r->wait)
		r->wait = order->retry_after;
	if (strcmp(order->status, "invalid") == 0) {
		drop_order(r, n, why_invalid(order));
		return;
	}
	if (progress_of(order->status) < progress_of(p->order_status)) {
		drop_order(r, n, err_new(ERR_acme_protocol, arena_printf(job->arena,
		    "%s: the order went back from %s to %s", c->authority->ca.name, p->order_status, order->status)));
		return;
	}
	if (!part_order_is(p, order->status)) {
		work_set(r, p->key_type, "order_status", order->status);
		p->order_status = order->status;
		r->progress = true;
	}
	if (order->certificate != NULL && p->certificate_url == NULL) {
		work_set(r, p->key_type, "certificate_url", order->certificate);
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

	work_set(r, p->key_type, "order_url", order->url);
	work_set(r, p->key_type, "finalize_url", order->finalize);
	if (order->expires != 0)
		set_seconds(job, r, p->key_type, "order_expires", order->expires);
	work_set(r, "ca", c->authority->directory_rsa != NULL && n == 1 ? "account_url_rsa" : "account_url",
	    answer->account_url);
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
		if (error_of(a).code != NULL) {
			*ret = error_of(a);
			return true;
		}
	}
	return false;
}

/* Since when the CA has been looking, or, when it is content with all names,
 * since the last one that it was told of; 0: it was told of none. */
static int64_t
told_since(const struct part *p)
{
	int64_t first = 0, last = 0;

	for (size_t i = 0; i < p->token_count; i++) {
		const struct token *t = &p->tokens[i];

		if (token_is(t, "processing") && (first == 0 || t->told < first))
			first = t->told;
		if (t->told > last)
			last = t->told;
	}
	return first != 0 ? first : last;
}

/* The CA is still looking.  Ask again soon at first; one that does not decide
 * within an hour has lost our request. */
static void
wait_for_ca(const struct job *job, struct result *r, size_t n)
{
	const struct certificate *c = job->row;
	int64_t told = told_since(&r->parts[n]);

	if (told == 0)		/* it may say so for ever */
		work_note_error(r, err_new(ERR_acme_protocol, arena_printf(job->arena,
		    "%s: the order stays pending, but all of its names are valid", c->authority->ca.name)));
	else if (job->now - told > UNDECIDED_FOR)
		drop_order(r, n, err_new(ERR_acme_undecided, NULL));
	else if ((job->now - told) / 4 > r->wait)
		r->wait = (job->now - told) / 4;
}

/* The CA is done with a name while another one of the order is still to be
 * shown: its token is not waited for any more. */
static void
note_valid_names(const struct acme_order *order, struct result *r, size_t n)
{
	struct part *p = &r->parts[n];

	for (size_t i = 0; i < order->count; i++)
		for (size_t k = 0; k < p->token_count; k++)
			if (strcmp(order->authorizations[i].status, "valid") == 0 &&
			    strcmp(order->authorizations[i].name, p->tokens[k].identifier) == 0 &&
			    order->authorizations[i].wildcard == p->tokens[k].wildcard &&
			    !token_is(&p->tokens[k], "valid")) {
				p->tokens[k].status = "valid";
				r->dirty[n] = true;
			}
}

static void
told_tokens(const struct job *job, const struct acme_order *order, struct result *r, size_t n)
{
	const struct certificate *c = job->row;
	struct part *p = &r->parts[n];
	bool is_new = p->order_status == NULL, is_read = p->token_count > 0, progress = r->progress;
	struct err failed;

	take_order_status(job, r, n, order);
	if (!part_has_order(p) || part_order_is_ready(p))
		return;
	if (has_failed_look(order, &failed)) {
		is_read = false;
		blame_authority(r, failed);
	}
	if (is_read && !is_new) {
		note_valid_names(order, r, n);
		wait_for_ca(job, r, n);
		return;
	}
	r->progress = progress;		/* it is the tokens that one builds on */
	if (!pack_take_tokens(job, order, p)) {
		work_note_error(r, err_new(ERR_acme_no_challenge, arena_printf(job->arena,
		    "%s offers no challenge that method %s could answer", c->authority->ca.name, c->method)));
		return;
	}
	r->dirty[n] = true;
	if (!is_new && p->token_count == 0 && r->err.code == NULL)
		wait_for_ca(job, r, n);
	r->progress |= r->err.code == NULL && (is_new || p->token_count > 0);
}

/* A finalized order: asked for more and more seldom, and not for ever. */
static void
told_finalized(const struct job *job, const struct acme_order *order, struct result *r, size_t n)
{
	const struct certificate *c = job->row;
	int64_t since = job->now - job->since;
	bool progress = r->progress;

	take_order_status(job, r, n, order);
	if (!part_has_order(&r->parts[n]) || part_order_is(&r->parts[n], "valid"))
		return;
	r->progress = progress;		/* what a CA may say again and again is none */
	if (since > UNDECIDED_FOR)
		drop_order(r, n, err_new(ERR_acme_undecided, arena_printf(job->arena, "%s: the order is still %s",
		    c->authority->ca.name, order->status)));
	else if (since / 4 > r->wait)
		r->wait = since / 4;
}

/* One challenge of a name is enough; the others of that name wait no longer. */
static void
told_validate(const struct job *job, struct result *r, struct work w)
{
	const struct certificate *c = job->row;
	const struct token *told = &c->parts[w.part].tokens[w.token];
	struct part *p = &r->parts[w.part];

	for (size_t i = 0; i < p->token_count; i++)
		if (token_is_of(&p->tokens[i], told))
			p->tokens[i].status = "processing", p->tokens[i].told = job->now;
	r->dirty[w.part] = true;
	r->progress = true;
}

static void
told_key(const struct key_answer *key, struct result *r, size_t n)
{
	work_set(r, r->parts[n].key_type, "private_key", key->sealed);
	work_set(r, r->parts[n].key_type, "csr", key->csr);
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
		err.detail = problem_new(job->arena, c->authority->ca.name, ERR_none,
		    err.detail != NULL ? err.detail : err_sentence(err.code)).detail;
		drop_order(r, n, err);
		return;
	}
	work_set(r, p->key_type, "chain", facts.pem);
	work_set(r, p->key_type, "serial_number", facts.serial_number);
	work_set(r, p->key_type, "issuer", facts.issuer);
	work_set(r, p->key_type, "signature", facts.signature);
	work_set(r, p->key_type, "fingerprint", facts.sha256);
	set_seconds(job, r, p->key_type, "not_before", facts.not_before);
	set_seconds(job, r, p->key_type, "not_after", facts.not_after);
	p->chain = facts.pem;
	r->progress = true;
}

/* Permitted: the next order asks for its turn, if it has none yet. */
static void
told_caa(const struct job *job, const struct caa_said *said, struct result *r, size_t n)
{
	struct part *p = &r->parts[n];

	if (said->outcome != CAA_PERMITTED) {
		blame_authority(r, said->err);
		return;
	}
	set_seconds(job, r, p->key_type, "caa_at", job->now);
	if (p->slot == 0)
		work_set(r, p->key_type, "slot", "wanted");
	r->progress = true;
}

/* An error of the CA: some say what to do at once. */
static void
told_error(struct work w, const struct answer *a, struct result *r)
{
	struct part *p = &r->parts[w.part];
	struct err err = a->err;

	if (w.act == FINALIZE && strcmp(err.code, "acme_order_not_ready") == 0) {
		work_set(r, p->key_type, "order_status", "unknown");
		p->order_status = "unknown";
		r->progress = true;
	} else if (strcmp(err.code, "acme_not_found") == 0 && w.act != PLACE_ORDER) {
		drop_order(r, w.part, err);
	} else if (w.act == MAKE_KEY || w.act == CHECK_CAA) {
		work_note_error(r, err);
	} else {
		/* A CA that refuses us is not asked again and again: whoever has
		 * to mend it, this uses up a retry and waits as the schedule says. */
		if (strncmp(err.code, "acme_", 5) == 0 && err.blame == BLAME_US)
			err.blame = BLAME_CA;
		blame_authority(r, err);
	}
}

static bool
is_of_authority(enum act act)
{
	return act != LOOK && act != CHECK_CAA && act != MAKE_KEY && act != EXPIRED;
}

void
work_tell(const struct job *job, struct work w, const struct answer *a, struct result *r)
{
	const struct acme_answer *acme = a->detail;

	if (a->err.code != NULL && w.act != LOOK && w.act != VALIDATE) {
		told_error(w, a, r);
		return;
	}
	r->ca_worked |= is_of_authority(w.act) && a->err.code == NULL;
	switch (w.act) {
	case READ_TOKENS: told_tokens(job, acme->order, r, w.part); break;
	case LOOK: work_tell_look(job, a, r, w); break;
	case VALIDATE:
		/* "malformed": the CA was told already and has decided; reading says what. */
		if (a->err.code != NULL && strcmp(a->err.code, "acme_malformed") != 0)
			blame_authority(r, a->err);
		else
			told_validate(job, r, w);
		break;
	case CHECK_CAA: told_caa(job, a->detail, r, w.part); break;
	case PLACE_ORDER: told_new_order(job, acme, r, w.part); break;
	case MAKE_KEY: told_key(a->detail, r, w.part); break;
	case FINALIZE:
	case READ_ORDER: told_finalized(job, acme->order, r, w.part); break;
	case DOWNLOAD: told_certificate(job, acme->chain, r, w.part); break;
	case EXPIRED: break;
	}
}

void
work_tell_all(const struct job *job, const struct work_list *list, const struct answer *a, struct result *r)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->works[i].act == EXPIRED)
			drop_order(r, list->works[i].part, err_new(ERR_token_expired, NULL));
		else
			work_tell(job, list->works[i], a++, r);
}
