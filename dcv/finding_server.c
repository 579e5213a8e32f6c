/*
 * What the domain's own name servers say, each for itself: who does not serve
 * the zone, who says something else, and what resolvers only remember.
 */
#include <string.h>

#include "base/name.h"
#include "dcv/finding_text.h"
#include "dcv/finding_zone.h"
#include "dcv/record_text.h"

static const char *
server_text(struct arena *a, const struct server *s)
{
	return s->address != NULL ? arena_printf(a, "%s (%s)", s->name, s->address) : s->name;
}

/* ---- lame ---------------------------------------------------------------------------- */

/* NULL: the server serves the zone. */
static const char *
why_lame(const struct server *s)
{
	const struct dns_reply *reply = s->soa.detail;

	if (s->address == NULL)
		return "the name has no address";
	if (!s->is_asked)
		return "an address that the Internet does not reach";
	if (s->soa.err.code == NULL)
		return reply != NULL && reply->authoritative ? NULL : "answers, but not as a server of the zone";
	if (strcmp(s->soa.err.code, "dns_refused") == 0)
		return "refuses the question";
	if (strcmp(s->soa.err.code, "dns_servfail") == 0)
		return "cannot answer (SERVFAIL)";
	if (strcmp(s->soa.err.code, "dns_malformed") == 0)
		return "answers with what cannot be read";
	return "does not answer";
}

static bool
has_answered(const struct server *s)
{
	return s->is_asked && (s->soa.err.code == NULL || (strcmp(s->soa.err.code, "dns_timeout") != 0 &&
	    strcmp(s->soa.err.code, "dns_resolver_down") != 0));
}

const struct finding *
finding_lame(struct findings *fs, const char *zone, const struct server *servers, size_t count)
{
	struct arena *a = fs->arena;
	struct finding *f;
	size_t lame = 0, answered = 0;

	for (size_t i = 0; i < count; i++) {
		lame += why_lame(&servers[i]) != NULL;
		answered += has_answered(&servers[i]);
	}
	if (lame == 0 || answered == 0)
		return NULL;
	f = finding_add(fs, "name_servers", zone,
	    arena_printf(a, "an answer with authority for %s from each of its name servers", zone));
	finding_change(f, ERR_server_lame);
	for (size_t i = 0; i < count; i++)
		if (why_lame(&servers[i]) != NULL)
			finding_put(fs, f, arena_printf(a, "%s: %s", server_text(a, &servers[i]), why_lame(&servers[i])));
	f->fix = arena_printf(a, "Make each of these name servers serve %s, or take them out of its NS records, both at "
	    "the registrar and in the zone.", zone);
	return f;
}

/* ---- different answers ------------------------------------------------------------------ */

/* Only what a server says with authority counts: a referral (the name is in a
 * zone below) is no answer. */
static bool
counts(const struct server *s, const struct answer *said)
{
	const struct dns_reply *reply = said->detail;

	return s->is_asked && said->err.code == NULL && reply != NULL && reply->authoritative;
}

/* Where addresses may differ by where one asks from, only whether they are
 * ours is compared. */
static const char *
gist(struct arena *a, const struct matter *m, const struct dns_reply *reply)
{
	const char *seen = record_seen(a, reply, m->name);

	if (seen == NULL)
		return "nothing";
	if (m->type != DNS_A || strncmp(seen, "CNAME ", 6) == 0)
		return seen;
	return matter_is_settled(m, reply) ? "addresses of ours" : "other addresses";
}

static bool
they_differ(struct arena *a, const struct matter *m, const struct server *servers, const struct answer *said,
    size_t count)
{
	const char *first = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *one;

		if (!counts(&servers[i], &said[i]))
			continue;
		one = gist(a, m, said[i].detail);
		if (first != NULL && strcmp(first, one) != 0)
			return true;
		first = one;
	}
	return false;
}

bool
finding_disagree(struct findings *fs, struct finding *f, const struct matter *m, const char *zone,
    const struct server *servers, const struct answer *said, size_t count)
{
	struct arena *a = fs->arena;

	if (!they_differ(a, m, servers, said, count))
		return false;
	finding_change(f, ERR_servers_disagree);
	for (size_t i = 0; i < count; i++) {
		const char *seen;

		if (!counts(&servers[i], &said[i]))
			continue;
		seen = record_seen(a, said[i].detail, m->name);
		finding_put(fs, f, arena_printf(a, "%s: %s", server_text(a, &servers[i]),
		    seen != NULL ? seen : "no such record"));
	}
	f->fix = arena_printf(a, "Bring all name servers of %s to the same version of the zone; until then it is chance "
	    "which answer a resolver gets.", zone);
	return true;
}

/* ---- remembered ---------------------------------------------------------------------------- */

/* Seconds for which the resolver may go on saying so. */
static uint32_t
time_left(const struct matter *m, const struct dns_reply *reply)
{
	uint32_t left = reply->negative_ttl;

	for (size_t i = 0; i < reply->count; i++)
		if (name_equal(reply->records[i].owner, m->name) && reply->records[i].ttl > left)
			left = reply->records[i].ttl;
	return left;
}

static bool
all_are_settled(const struct matter *m, const struct server *servers, const struct answer *said, size_t count)
{
	size_t settled = 0;

	for (size_t i = 0; i < count; i++) {
		if (!counts(&servers[i], &said[i]))
			continue;
		if (!matter_is_settled(m, said[i].detail))
			return false;
		settled++;
	}
	return settled > 0;
}

bool
finding_cached(struct findings *fs, struct finding *f, const struct matter *m, const struct answer *resolver,
    const struct server *servers, const struct answer *said, size_t count)
{
	const char *seen;
	bool is_absent = matter_is_absent(m, resolver);

	if (resolver->err.code != NULL || resolver->detail == NULL || matter_is_settled(m, resolver->detail) ||
	    !all_are_settled(m, servers, said, count))
		return false;
	seen = record_seen(fs->arena, resolver->detail, m->name);
	finding_change(f, is_absent ? ERR_negative_cached : ERR_answer_cached);
	finding_put(fs, f, seen != NULL ? seen : "no such record, says the resolver");
	f->fix = arena_printf(fs->arena, "Wait: the name servers of the domain have the record already, but resolvers may "
	    "remember for another %u seconds %s.", (unsigned)time_left(m, resolver->detail),
	    is_absent ? "that it was not there" : "what was there before");
	return true;
}
