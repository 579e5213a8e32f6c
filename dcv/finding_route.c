/*
 * Does the hostname point at us?  Its CNAMEs may reach one of our names, or
 * all of its addresses lie in our ranges.
 *
 * A family of addresses that could not be looked up leaves that open, unless
 * what the other one shows is wrong in any case: then it is said, because a
 * customer who is told "unknown" mends nothing.
 */
#include "dcv/finding.h"

#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/name.h"
#include "dcv/finding_text.h"
#include "dcv/proof.h"
#include "dcv/provider.h"

enum { MAX_ADDRESSES = 256 };	/* base/dns.h: 128 records a reply */

struct route {
	struct findings *fs;
	struct finding *f;
	const struct hostname *h;
	const char *const *told;		/* its targets, as they are told */
	const struct answer *answers[2];	/* A, AAAA */
	const struct dns_reply *replies[2];	/* NULL: unknown */
	const struct dns_reply *aliased;	/* the reply that the alias is of */
	const char *alias;			/* what its own CNAME points to, or NULL */
	bool loops, is_mixed, is_apex;
	const char *provider;			/* whose the target or an address is, or NULL */
	const char *found[MAX_ADDRESSES];	/* "A 192.0.2.1", all of them */
	const char *outside[MAX_ADDRESSES + 1];	/* literals, each once; ends with NULL */
	size_t found_count, outside_count;
};

static bool
has(const char *const *list)
{
	return list != NULL && list[0] != NULL;
}

/* ---- looking ------------------------------------------------------------------------ */

static bool
is_inside(const struct hostname *h, const char *literal)
{
	struct sockaddr_storage address;

	if (!has(h->prefixes) || !addr_parse(literal, &address))
		return false;
	for (const char *const *p = h->prefixes; *p != NULL; p++)
		if (addr_in_prefix((const struct sockaddr *)&address, *p))
			return true;
	return false;
}

static bool
was_found(const struct route *r, const char *text)
{
	for (size_t i = 0; i < r->found_count; i++)
		if (strcmp(r->found[i], text) == 0)
			return true;
	return false;
}

static void
take_address(struct route *r, const struct dns_record *record)
{
	const char *text = arena_printf(r->fs->arena, "%s %s", dns_type_name(record->type), record->value);

	if (r->found_count == MAX_ADDRESSES || was_found(r, text))
		return;
	r->found[r->found_count++] = text;
	if (is_inside(r->h, record->value))
		return;
	r->outside[r->outside_count++] = record->value;
	if (r->alias == NULL && r->provider == NULL)
		r->provider = provider_of_address(record->value);
}

static void
take_addresses(struct route *r, const struct dns_reply *reply)
{
	bool loop;
	const char *end = proof_chain_end(reply, r->h->name, &loop);

	for (size_t i = 0; i < reply->count; i++) {
		const struct dns_record *record = &reply->records[i];

		if ((record->type == DNS_A || record->type == DNS_AAAA) &&
		    (name_equal(record->owner, end) || name_equal(record->owner, r->h->name)))
			take_address(r, record);
	}
}

static void
look_at_chain(struct route *r, const struct dns_reply *reply)
{
	const char *alias = finding_alias(reply, r->h->name);
	bool loop;

	if (alias == NULL)
		return;
	proof_chain_end(reply, r->h->name, &loop);
	r->loops |= loop;
	if (r->aliased == NULL || loop)
		r->aliased = reply;
	r->alias = finding_alias(r->aliased, r->h->name);
	for (size_t i = 0; i < reply->count && r->provider == NULL; i++)
		if (reply->records[i].type == DNS_CNAME)
			r->provider = provider_of_name(reply->records[i].value);
}

/* A CNAME in one family and an address of its own in the other are a mixture
 * as well, though no single answer holds both. */
static bool
has_own_address(const struct route *r, const struct dns_reply *reply)
{
	for (size_t i = 0; reply != NULL && i < reply->count; i++)
		if (reply->records[i].type != DNS_CNAME && name_equal(reply->records[i].owner, r->h->name))
			return true;
	return false;
}

static void
look(struct route *r)
{
	for (int i = 0; i < 2; i++) {
		r->replies[i] = finding_reply(r->answers[i]);
		look_at_chain(r, r->replies[i]);
	}
	for (int i = 0; i < 2; i++) {
		const struct dns_reply *reply = r->replies[i];

		if (reply == NULL)
			continue;
		take_addresses(r, reply);
		r->is_mixed |= r->alias != NULL && has_own_address(r, reply);
		r->is_apex |= r->alias == NULL && reply->soa_owner != NULL &&
		    name_equal(reply->soa_owner, r->h->name);
	}
}

/* ---- judging ------------------------------------------------------------------------ */

static bool
reaches_us(const struct route *r)
{
	if (!has(r->h->targets))
		return false;
	for (int i = 0; i < 2; i++)
		if (r->answers[i]->err.code == NULL &&
		    proof_chain_reaches(r->replies[i], r->h->name, r->h->targets))
			return true;
	return false;
}

static bool
lies_inside(const struct route *r)
{
	return r->answers[0]->err.code == NULL && r->answers[1]->err.code == NULL && !r->loops &&
	    r->found_count > 0 && r->outside_count == 0;
}

static bool
has_scheme(const char *target)
{
	return strncasecmp(target, "http://", 7) == 0 || strncasecmp(target, "https://", 8) == 0;
}

static bool
is_wrong_anyhow(const struct route *r)
{
	if (r->loops || r->is_mixed || r->outside_count > 0)
		return true;
	return r->alias != NULL && (has_scheme(r->alias) || !has(r->h->prefixes));
}

/* The error that leaves it open; ours first, which uses up no retry. */
static const struct err *
trouble(const struct route *r)
{
	const struct err *a = &r->answers[0]->err, *aaaa = &r->answers[1]->err;

	if (a->code == NULL || (aaaa->code != NULL && aaaa->blame == BLAME_US))
		return aaaa->code != NULL ? aaaa : NULL;
	return a;
}

static enum err_code
fault(const struct route *r)
{
	if (!has(r->h->targets) && !has(r->h->prefixes))
		return ERR_fallback_missing;
	if (r->loops)
		return ERR_cname_loop;
	if (r->is_mixed)
		return ERR_cname_and_other_data;
	if (r->alias != NULL)
		return has_scheme(r->alias) ? ERR_target_has_scheme : ERR_wrong_target;
	if (r->found_count == 0)	/* some servers say NXDOMAIN to AAAA alone (RFC 4074 §4.2) */
		return r->answers[0]->status == 3 && r->answers[1]->status == 3
		    ? ERR_no_such_name : ERR_no_address;
	if (r->outside_count < r->found_count)
		return ERR_some_addresses_not_ours;
	return r->provider != NULL ? ERR_address_elsewhere : ERR_address_not_ours;
}

/* Of several targets those that a record can have and that lead somewhere, each
 * once; all count. */
static const char *const *
told(struct arena *a, const struct hostname *h)
{
	size_t count = 0, kept = 0;
	const char **list;

	while (h->targets != NULL && h->targets[count] != NULL)
		count++;
	list = arena_alloc(a, (count + 1) * sizeof *list);
	for (size_t i = 0; i < count; i++) {
		const char *target = h->targets[i];
		size_t k = 0;

		while (k < kept && !name_equal(list[k], target))
			k++;
		if (k == kept && strncmp(target, "*.", 2) != 0 &&
		    (h->unresolved == NULL || !name_equal(target, h->unresolved)))
			list[kept++] = target;
	}
	return kept > 0 ? list : h->targets;
}

/* ---- telling ------------------------------------------------------------------------- */

static const char *
expected(const struct route *r)
{
	struct arena *a = r->fs->arena;
	const struct hostname *h = r->h;
	const char *targets = finding_list(a, r->told, " or ");
	const char *prefixes = finding_list(a, h->prefixes, " or ");

	if (!has(h->targets))
		return has(h->prefixes) ? arena_printf(a, "A and AAAA in %s", prefixes) : NULL;
	if (!has(h->prefixes))
		return arena_printf(a, "CNAME %s", targets);
	return arena_printf(a, "CNAME %s, or A and AAAA in %s", targets, prefixes);
}

static void
put_found(struct route *r)
{
	if (r->loops)
		finding_put_chain(r->fs, r->f, r->aliased, r->h->name);
	else if (r->alias != NULL)
		finding_put(r->fs, r->f, arena_printf(r->fs->arena, "CNAME %s", r->alias));
	/* Behind a CNAME they are the target's, and not the customer's to change. */
	if (r->alias == NULL || r->is_mixed || lies_inside(r))
		finding_put_all(r->fs, r->f, r->found, r->found_count);
}

/* "a CNAME record to T", "A and AAAA records in P", or both: what the name can
 * have, now that we know or do not know whether it is the top of its domain. */
static const char *
what_to_have(const struct route *r)
{
	struct arena *a = r->fs->arena;
	const char *prefixes = finding_list(a, r->h->prefixes, " or ");
	const char *addresses = arena_printf(a, "A and AAAA records in %s", prefixes);
	const char *cname;

	if (!has(r->told) || (r->is_apex && has(r->h->prefixes)))
		return addresses;
	cname = arena_printf(a, "a CNAME record to %s", r->told[0]);
	if (!has(r->h->prefixes) || r->alias != NULL)
		return cname;
	return arena_printf(a, "%s (or %s, if %s is the top of its domain)", cname, addresses, r->h->name);
}

static const char *
zone(const struct route *r)
{
	const char *found = finding_zone(r->h->name, r->replies[0]);

	return found != r->h->name ? found : finding_zone(r->h->name, r->replies[1]);
}

static const char *
whose(const struct route *r)
{
	return r->provider != NULL ? arena_printf(r->fs->arena, " at %s", r->provider) : "";
}

static const char *
outside_list(struct route *r)
{
	const char *some[FINDING_MAX_FOUND + 1] = { 0 };
	struct finding sorted = { 0 };

	finding_put_all(r->fs, &sorted, r->outside, r->outside_count);
	memcpy(some, sorted.found, sizeof some);
	return finding_list(r->fs->arena, some, ", ");
}

static const char *
fix_of_cname(struct route *r, enum err_code code)
{
	struct arena *a = r->fs->arena;
	const char *name = r->h->name, *have = what_to_have(r);

	if (code == ERR_cname_and_other_data)
		return arena_printf(a, "At the DNS provider of %s, delete all records of %s and let it have "
		    "only %s.", zone(r), name, have);
	if (!has(r->h->targets))
		return arena_printf(a, "At the DNS provider of %s, replace the CNAME record of %s by %s; it "
		    "points to %s%s now.", zone(r), name, have, r->alias, whose(r));
	if (code == ERR_target_has_scheme)
		return arena_printf(a, "At the DNS provider of %s, change the CNAME record of %s to %s, without "
		    "http:// or https:// before it.", zone(r), name, r->told[0]);
	return arena_printf(a, "At the DNS provider of %s, change the CNAME record of %s to %s; it points to "
	    "%s%s now.", zone(r), name, r->told[0], r->alias, whose(r));
}

static const char *
fix_of_addresses(struct route *r, enum err_code code)
{
	struct arena *a = r->fs->arena;
	const char *name = r->h->name, *have = what_to_have(r);

	if (r->is_apex && !has(r->h->prefixes))
		return arena_printf(a, "Use a name below %s, such as www.%s, with a CNAME record to %s: at the top "
		    "of a domain there can be none.", name, name, r->told[0]);
	if (code == ERR_no_such_name || code == ERR_no_address)
		return arena_printf(a, "At the DNS provider of %s, give %s %s.", zone(r), name, have);
	if (code == ERR_some_addresses_not_ours)
		return arena_printf(a, "At the DNS provider of %s, delete those A and AAAA records of %s that are "
		    "not in %s: %s.", zone(r), name, finding_list(a, r->h->prefixes, " or "), outside_list(r));
	if (code == ERR_address_elsewhere)
		return arena_printf(a, "At the DNS provider of %s, replace the A and AAAA records of %s by %s, and "
		    "switch off its proxy if there is one; %s belongs to %s.", zone(r), name, have,
		    outside_list(r), r->provider);
	return arena_printf(a, "At the DNS provider of %s, replace the A and AAAA records of %s by %s; it "
	    "points to %s now.", zone(r), name, have, outside_list(r));
}

static const char *
fix_of(struct route *r, enum err_code code)
{
	if (code == ERR_fallback_missing)
		return "Nothing has to be changed in the DNS: the provider has not said yet where hostnames "
		    "have to point.";
	return r->alias != NULL ? fix_of_cname(r, code) : fix_of_addresses(r, code);
}

struct finding *
finding_route(struct findings *fs, const char *purpose, const struct hostname *h, const struct answer *a,
    const struct answer *aaaa)
{
	struct route r = { .fs = fs, .h = h, .answers = { a, aaaa }, .told = told(fs->arena, h) };
	enum err_code code;

	r.f = finding_add(fs, purpose, h->name, expected(&r));
	look(&r);
	put_found(&r);
	if (reaches_us(&r) || lies_inside(&r))
		return r.f;
	if (trouble(&r) != NULL && !is_wrong_anyhow(&r)) {
		finding_fail(fs, r.f, trouble(&r), h->name);
		return r.f;
	}
	code = fault(&r);
	finding_set(r.f, code);
	r.f->fix = fix_of(&r, code);
	return r.f;
}

const struct finding *
finding_routing(struct findings *fs, const struct hostname *h, const struct answer *a,
    const struct answer *aaaa)
{
	return finding_route(fs, "routing", h, a, aaaa);
}
