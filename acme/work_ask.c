/* How each piece of a pack's work is asked. */
#include <string.h>

#include "acme/ari.h"
#include "acme/pack.h"
#include "acme/work.h"
#include "scheduler/caa_question.h"
#include "scheduler/edge_question.h"

enum { REVOKED_CESSATION = 5 };	/* cessationOfOperation, RFC 5280 §5.3.1 */

static const char *
key_identity(const struct job *job, const struct part *p)
{
	return arena_printf(job->arena, "issuance/%s/%s/key", job->id, p->key_type);
}

static void
ask_acme(const struct job *job, struct questions *q, const struct acme_question *what, const struct part *p)
{
	const struct certificate *c = job->row;
	struct acme_question *ask = arena_memdup(job->arena, what, sizeof *what);

	ask->ca = authority_for_key(c->authority, p->key_type);
	ask->names = c->names;
	ask_detail(q, QUESTION_ACME, ask);
}

/* Said to the CA, so that it counts the order as a renewal (RFC 9773 §5). */
static void
ask_new_order(const struct job *job, struct questions *q, size_t n)
{
	const struct certificate *c = job->row;
	struct acme_question ask = { .act = ACME_NEW_ORDER };

	if (c->authority->has_renewal_info && c->replaces[n] != NULL)
		(void)ari_cert_id(job->arena, c->replaces[n], &ask.cert_id);
	ask_acme(job, q, &ask, &c->parts[n]);
}

/* The validation methods that this pack may use, first choice first. */
static const char *const *
methods_of(const struct certificate *c)
{
	static const char *const dns[] = { "dns-01", NULL }, *const http[] = { "http-01", NULL },
	    *const both[] = { "dns-01", "http-01", NULL };

	if (c->wildcard)
		return dns;
	return strcmp(c->method, "txt") == 0 ? both : http;
}

void
work_ask_caa(const struct job *job, struct questions *q, const struct authority *list, size_t count)
{
	const struct certificate *c = job->row;
	struct caa_candidate *candidates = arena_alloc(job->arena, count * sizeof *candidates);
	struct caa_ask *ask = arena_alloc(job->arena, sizeof *ask);

	for (size_t i = 0; i < count; i++)
		candidates[i] = (struct caa_candidate){ list[i].identities, list[i].ca.account_url };
	*ask = (struct caa_ask){ .names = c->names, .methods = methods_of(c),
	    .candidates = candidates, .count = count };
	ask_detail(q, QUESTION_CAA, ask);
}

static void
ask_key(const struct job *job, struct questions *q, const struct part *p)
{
	const struct certificate *c = job->row;
	struct key_question *ask = arena_alloc(job->arena, sizeof *ask);

	*ask = (struct key_question){ .type = p->key_type, .identity = key_identity(job, p),
	    .names = c->names, .common_name = c->common_name };
	ask_detail(q, QUESTION_KEY, ask);
}

void
work_ask(const struct job *job, struct questions *q, struct work w)
{
	const struct certificate *c = job->row;
	const struct part *p = &c->parts[w.part];

	switch (w.act) {
	case READ_TOKENS:
	case READ_ORDER:
		ask_acme(job, q, &(struct acme_question){ .act = ACME_READ_ORDER, .url = p->order_url }, p);
		break;
	case LOOK:
		work_ask_look(job, q, w);
		break;
	case EXPIRED:
		break;
	case VALIDATE:
		ask_acme(job, q, &(struct acme_question){ .act = ACME_VALIDATE,
		    .url = p->tokens[w.token].url }, p);
		break;
	case CHECK_CAA:
		work_ask_caa(job, q, c->authority, 1);
		break;
	case PLACE_ORDER:
		ask_new_order(job, q, w.part);
		break;
	case MAKE_KEY:
		ask_key(job, q, p);
		break;
	case FINALIZE:
		ask_acme(job, q, &(struct acme_question){ .act = ACME_FINALIZE, .url = p->finalize_url,
		    .csr = p->csr }, p);
		break;
	case DOWNLOAD:
		ask_acme(job, q, &(struct acme_question){ .act = ACME_DOWNLOAD, .url = p->certificate_url,
		    .preferred_chain = c->authority->preferred_chain }, p);
		break;
	}
}

void
work_ask_renewal_info(const struct job *job, struct questions *q)
{
	const struct certificate *c = job->row;

	for (size_t i = 0; i < PARTS; i++) {
		const struct part *p = &c->parts[i];
		struct acme_question ask = { .act = ACME_RENEWAL_INFO, .not_before = p->not_before,
		    .not_after = p->not_after };

		if (p->chain != NULL && ari_cert_id(job->arena, p->chain, &ask.cert_id))
			ask_acme(job, q, &ask, p);
	}
}

/* By the account: the certificate's key may be gone. */
void
work_ask_revocation(const struct job *job, struct questions *q)
{
	const struct certificate *c = job->row;

	for (size_t i = 0; i < PARTS; i++)
		if (c->parts[i].chain != NULL)
			ask_acme(job, q, &(struct acme_question){ .act = ACME_REVOKE,
			    .chain = c->parts[i].chain, .reason = REVOKED_CESSATION }, &c->parts[i]);
}

void
work_ask_all(const struct job *job, struct questions *q, const struct work_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		work_ask(job, q, list->works[i]);
}

static struct edge_pair
pair_of(const struct job *job, const struct part *p)
{
	if (!part_is_wanted(p) || p->chain == NULL)
		return (struct edge_pair){ 0 };
	return (struct edge_pair){ .chain = p->chain, .key = p->private_key,
	    .key_identity = key_identity(job, p) };
}

void
work_ask_edge(const struct job *job, struct questions *q, bool take_off)
{
	const struct certificate *c = job->row;
	struct edge_question *ask = arena_alloc(job->arena, sizeof *ask);

	*ask = (struct edge_question){ .certificate_id = job->id, .version = c->version,
	    .hostname = c->hostname, .wildcard = c->wildcard, .remove = take_off,
	    .ecdsa = pair_of(job, &c->parts[0]), .rsa = pair_of(job, &c->parts[1]) };
	ask_detail(q, QUESTION_EDGE, ask);
}
