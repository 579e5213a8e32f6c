/* How each piece of a pack's work is asked. */
#include "acme/pack.h"
#include "acme/work.h"
#include "scheduler/edge_question.h"

static const char *
key_identity(const struct job *job, const struct part *p)
{
	return arena_printf(job->arena, "issuance/%s/%s/key", job->id, p->key_type);
}

static void
ask_acme(const struct job *job, struct questions *q, enum acme_act act, const char *url,
    const char *csr)
{
	const struct certificate *c = job->row;
	struct acme_question *ask = arena_alloc(job->arena, sizeof *ask);

	*ask = (struct acme_question){ .act = act, .ca = c->ca, .url = url,
	    .names = c->names, .csr = csr };
	ask_detail(q, QUESTION_ACME, ask);
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

static void
ask_look(const struct job *job, struct questions *q, const struct token *t)
{
	const char *place = token_place(job->arena, job->row, t);

	if (token_is_for_http(t))
		ask_http(q, place, NULL);
	else
		ask_dns(q, place, DNS_TXT);
}

void
work_ask(const struct job *job, struct questions *q, struct work w)
{
	const struct certificate *c = job->row;
	const struct part *p = &c->parts[w.part];

	switch (w.act) {
	case READ_TOKENS:
	case READ_ORDER:
		ask_acme(job, q, ACME_READ_ORDER, p->order_url, NULL);
		break;
	case LOOK:
		ask_look(job, q, &p->tokens[w.token]);
		break;
	case VALIDATE:
		ask_acme(job, q, ACME_VALIDATE, p->tokens[w.token].url, NULL);
		break;
	case PLACE_ORDER:
		ask_acme(job, q, ACME_NEW_ORDER, NULL, NULL);
		break;
	case MAKE_KEY:
		ask_key(job, q, p);
		break;
	case FINALIZE:
		ask_acme(job, q, ACME_FINALIZE, p->finalize_url, p->csr);
		break;
	case DOWNLOAD:
		ask_acme(job, q, ACME_DOWNLOAD, p->certificate_url, NULL);
		break;
	case EXPIRED:
		/* Nothing to ask, but every work has its answer: what is. */
		ask_acme(job, q, ACME_READ_ORDER, p->order_url, NULL);
		break;
	}
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
