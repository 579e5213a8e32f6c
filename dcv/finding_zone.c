/*
 * Reasons that a customer would not guess, from answers about other names: the
 * same record one domain too far down, a wildcard's record, the other address
 * family.
 */
#include "dcv/finding_zone.h"

#include <ctype.h>
#include <string.h>

#include "base/addr.h"
#include "base/name.h"
#include "dcv/finding_text.h"
#include "dcv/proof.h"
#include "dcv/record_text.h"

/* ---- what should be there ---------------------------------------------------------- */

static bool
is_in_any(const char *address, const char *const *prefixes)
{
	struct sockaddr_storage ss;

	for (; addr_parse(address, &ss) && *prefixes != NULL; prefixes++)
		if (addr_in_prefix((struct sockaddr *)&ss, *prefixes))
			return true;
	return false;
}

static bool
has_only_our_addresses(const struct matter *m, const struct dns_reply *reply)
{
	bool loop;
	const char *end = proof_chain_end(reply, m->name, &loop);
	size_t ours = 0;

	for (size_t i = 0; i < reply->count; i++) {
		const struct dns_record *r = &reply->records[i];

		if ((r->type != DNS_A && r->type != DNS_AAAA) || !name_equal(r->owner, end))
			continue;
		if (!is_in_any(r->value, m->prefixes))
			return false;
		ours++;
	}
	return ours > 0;
}

bool
matter_is_settled(const struct matter *m, const struct dns_reply *reply)
{
	if (m->type == DNS_TXT)
		return proof_has_txt(reply, m->name, m->values[0]);
	return proof_chain_reaches(reply, m->name, m->values) ||
	    (m->prefixes != NULL && has_only_our_addresses(m, reply));
}

bool
matter_is_absent(const struct matter *m, const struct answer *answer)
{
	const struct dns_reply *reply = answer->detail;

	if (answer->err.code != NULL || reply == NULL)
		return false;
	for (size_t i = 0; i < reply->count; i++)
		if (name_equal(reply->records[i].owner, m->name))
			return false;
	return true;
}

/* ---- which zone ---------------------------------------------------------------------- */

const char *
zone_of_answer(const struct answer *answer, const char *name)
{
	const struct dns_reply *reply = answer->detail;

	if (answer->err.code != NULL || reply == NULL || reply->soa_owner == NULL)
		return NULL;
	/* behind a CNAME the SOA is another zone's */
	return name_is_under(name, reply->soa_owner) ? reply->soa_owner : NULL;
}

bool
zone_begins_at(const struct answer *answer, const char *name)
{
	const struct dns_reply *reply = answer->detail;

	for (size_t i = 0; answer->err.code == NULL && reply != NULL && i < reply->count; i++)
		if (reply->records[i].type == DNS_NS && name_equal(reply->records[i].owner, name))
			return true;
	return false;
}

/* ---- certificate ------------------------------------------------------------------------ */

static bool
has_txt(const struct answer *answer, const char *name)
{
	const struct dns_reply *reply = answer->detail;

	for (size_t i = 0; answer->err.code == NULL && reply != NULL && i < reply->count; i++)
		if (reply->records[i].type == DNS_TXT && name_equal(reply->records[i].owner, name))
			return true;
	return false;
}

static void
say_other_data(struct findings *fs, struct finding *f, const struct matter *m, const struct answer *txt)
{
	size_t count;
	const char **texts = record_texts(fs->arena, txt->detail, m->name, &count);

	finding_change(f, ERR_cname_and_other_data);
	finding_put_all(fs, f, texts, count);
	f->fix = arena_printf(fs->arena, "At the DNS provider of %s, delete the TXT records of %s and add a CNAME "
	    "record to %s there: beside a CNAME there can be no other record.",
	    finding_zone(m->name, txt->detail), m->name, m->values[0]);
}

const struct finding *
finding_certificate(struct findings *fs, const struct matter *m, const struct answer *answer,
    const struct answer *other)
{
	const char *const none[] = { NULL };
	const struct hostname like = { .name = m->name, .targets = m->values, .prefixes = none,
		.proof_name = m->name, .proof = m->values[0] };
	struct finding *f = m->type == DNS_TXT ? finding_txt(fs, "certificate", &like, answer)
	    : finding_route(fs, "certificate", &like, answer, answer);

	if (m->type == DNS_CNAME && matter_is_absent(m, answer) && has_txt(other, m->name))
		say_other_data(fs, f, m, other);
	return f;
}

/* ---- the record stands elsewhere ---------------------------------------------------------- */

bool
finding_doubled(struct findings *fs, struct finding *f, const struct matter *m, const char *doubled,
    const struct answer *there)
{
	struct matter moved = *m;

	moved.name = doubled;
	if (there->err.code != NULL || there->detail == NULL || !matter_is_settled(&moved, there->detail))
		return false;
	finding_change(f, ERR_name_doubled);
	finding_put(fs, f, arena_printf(fs->arena, "%s at %s", record_seen(fs->arena, there->detail, doubled), doubled));
	f->fix = arena_printf(fs->arena, "Move the record from %s to %s; a DNS provider that adds the domain to each "
	    "name by itself wants the name without it.", doubled, m->name);
	return true;
}

bool
finding_wildcard(struct findings *fs, struct finding *f, const struct matter *m, const struct answer *here,
    const char *sibling, const struct answer *there)
{
	const char *seen, *also;

	if (here->err.code != NULL || there->err.code != NULL || here->detail == NULL || there->detail == NULL ||
	    matter_is_settled(m, here->detail))
		return false;
	seen = record_seen(fs->arena, here->detail, m->name);
	also = record_seen(fs->arena, there->detail, sibling);
	if (seen == NULL || also == NULL || strcmp(seen, also) != 0)
		return false;
	finding_change(f, ERR_wildcard_answers);
	finding_put(fs, f, arena_printf(fs->arena, "%s, as for any name under %s", seen, name_parent(m->name)));
	f->fix = arena_printf(fs->arena, "Give %s a record of its own, %s; the wildcard record that answers in its "
	    "place may stay.", m->name, f->expected != NULL ? f->expected : m->values[0]);
	return true;
}

/* ---- IPv6 ----------------------------------------------------------------------------------- */

/* The proof itself; white space at its end does not count. */
static bool
serves(const struct hostname *h, const struct answer *answer)
{
	size_t len = strlen(h->proof);
	const char *body;

	if (answer->err.code != NULL || answer->status != 200 || answer->count == 0)
		return false;
	body = answer->values[0];
	if (strncmp(body, h->proof, len) != 0)
		return false;
	for (body += len; isspace((unsigned char)*body); body++)
		;
	return *body == '\0';
}

static const char *
web_text(struct arena *a, const char *family, const struct hostname *h, const struct answer *answer)
{
	if (answer->err.code != NULL)
		return arena_printf(a, "%s: %s", family, err_sentence(answer->err.code));
	return arena_printf(a, "%s: status %d%s", family, answer->status,
	    serves(h, answer) ? " and the value" : answer->status == 200 ? " and another text" : "");
}

const struct finding *
finding_ipv6(struct findings *fs, const struct hostname *h, const struct answer *v4, const struct answer *v6)
{
	bool is_deaf = v4->err.code == NULL && v6->err.code != NULL;
	bool is_other = serves(h, v4) && !serves(h, v6);
	struct finding *f;

	if (!is_deaf && !is_other)
		return NULL;
	f = finding_add(fs, "ownership_http", h->proof_url, "the same answer over IPv6 as over IPv4");
	finding_change(f, ERR_http_ipv6_broken);
	finding_put(fs, f, web_text(fs->arena, "IPv4", h, v4));
	finding_put(fs, f, web_text(fs->arena, "IPv6", h, v6));
	f->fix = arena_printf(fs->arena, "Let the web server answer over IPv6 as it does over IPv4, or delete the AAAA "
	    "records of %s.", h->name);
	return f;
}

/* ---- what is not needed ---------------------------------------------------------------------- */

/* `is_delegation` counts for the purpose "certificate" only. */
static bool
is_about(const struct finding *f, const char *purpose, bool is_delegation)
{
	if (strcmp(f->purpose, purpose) != 0)
		return false;
	return strcmp(purpose, "certificate") != 0 ||
	    is_delegation == (f->expected != NULL && strncmp(f->expected, "CNAME ", 6) == 0);
}

/* Are there such findings, and all of them good? */
static bool
is_well(const struct findings *fs, const char *purpose, bool is_delegation)
{
	size_t count = 0;

	for (size_t i = 0; i < fs->count; i++) {
		if (!is_about(&fs->list[i], purpose, is_delegation))
			continue;
		if (fs->list[i].code != NULL)
			return false;
		count++;
	}
	return count > 0;
}

static void
drop(struct findings *fs, const char *purpose, bool is_delegation)
{
	size_t kept = 0;

	for (size_t i = 0; i < fs->count; i++) {
		const struct finding *f = &fs->list[i];
		/* an authority asks over IPv6 as well, whatever is proven */
		bool stays = f->code == NULL || !is_about(f, purpose, is_delegation) ||
		    strcmp(f->code, "http_ipv6_broken") == 0;

		if (stays)
			fs->list[kept++] = *f;
	}
	fs->count = kept;
}

void
finding_drop_needless(struct findings *fs, bool owned)
{
	bool is_proven = owned || is_well(fs, "routing", false);

	if (is_proven || is_well(fs, "ownership", false))
		drop(fs, "ownership_http", false);
	if (is_proven || is_well(fs, "ownership_http", false))
		drop(fs, "ownership", false);
	if (is_well(fs, "certificate", true))
		drop(fs, "certificate", false);
	else if (is_well(fs, "certificate", false))
		drop(fs, "certificate", true);
}
