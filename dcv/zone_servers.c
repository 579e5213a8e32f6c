/*
 * Climbing from a name to the zone that it is in, and on to the addresses of
 * the zone's name servers; everything is asked of the resolver.
 */
#include "dcv/zone_servers.h"

#include "base/addr.h"
#include "base/name.h"
#include "dcv/look.h"
#include "io/route.h"

enum { MAX_CLIMBS = 6 };

struct lookup {
	struct asked	asked;	/* first: look_perform gets it */
	struct question question;
	struct zone_servers *of;
	struct answer  *into;
};

/* ---- some questions at once ----------------------------------------------------------- */

static void
leave(struct zone_servers *z)
{
	if (--z->open == 0)
		z->next(z);
}

static void
enter(struct zone_servers *z, void (*next)(struct zone_servers *))
{
	z->next = next;
	z->open++;	/* not over before all has been asked */
}

static void
answered(struct asked *asked, struct answer answer)
{
	struct lookup *l = (struct lookup *)asked;

	*l->into = answer;
	leave(l->of);
}

static void
ask(struct zone_servers *z, const char *name, enum dns_type type, struct answer *into)
{
	struct lookup *l = arena_alloc(z->arena, sizeof *l);

	l->question = (struct question){ .kind = QUESTION_DNS, .name = name, .type = dns_type_name(type) };
	l->asked = (struct asked){ .question = &l->question, .arena = z->arena, .answered = answered };
	l->of = z;
	l->into = into;
	into->err = err_new(ERR_dns_timeout, NULL);
	z->open++;
	look_perform(z->dns, &l->asked);
}

/* ---- the zone ---------------------------------------------------------------------- */

static void zone_answered(struct zone_servers *);

/* A zone of one label is a registry's, not the customer's. */
static void
ask_zone(struct zone_servers *z, const char *name)
{
	z->asked_zone = name;
	if (name != NULL && name_parent(name) != NULL && z->climbed++ < MAX_CLIMBS) {
		enter(z, zone_answered);
		ask(z, name, DNS_NS, &z->ns);
		leave(z);
	} else {
		z->done(z->arg);
	}
}

static void
zone_answered(struct zone_servers *z)
{
	const char *zone = zone_of_answer(&z->ns, z->asked_zone);

	if (zone_begins_at(&z->ns, z->asked_zone)) {
		z->zone = z->asked_zone;
		z->done(z->arg);
	} else if (zone != NULL && !name_equal(zone, z->asked_zone)) {
		ask_zone(z, zone);
	} else {
		ask_zone(z, name_parent(z->asked_zone));
	}
}

void
zone_servers_find(struct zone_servers *z, const char *guess, loop_fn *done, void *arg)
{
	z->done = done;
	z->arg = arg;
	ask_zone(z, guess);
}

/* ---- their addresses ------------------------------------------------------------------ */

static void
add_server(struct zone_servers *z, const char *name, const char *literal, struct sockaddr_storage *address)
{
	struct sockaddr *to = (struct sockaddr *)address;
	enum addr_class class = addr_class(to);

	/* what this machine cannot reach says nothing about the server */
	if (z->count == ZONE_MAX_SERVERS || !route_exists(to))
		return;
	addr_set_port(to, z->port);
	z->addresses[z->count] = *address;
	z->servers[z->count++] = (struct server){ .name = name, .address = literal,
		.is_asked = class == ADDR_PUBLIC || (class == ADDR_PRIVATE && z->allow_private) };
}

/* True: the answer has addresses, or could not be had. */
static bool
add_servers(struct zone_servers *z, const char *name, const struct answer *answer)
{
	const struct dns_reply *reply = answer->detail;
	bool found = answer->err.code != NULL;

	for (size_t i = 0; answer->err.code == NULL && i < reply->count; i++) {
		const struct dns_record *r = &reply->records[i];
		struct sockaddr_storage address;

		if ((r->type != DNS_A && r->type != DNS_AAAA) || !addr_parse(r->value, &address))
			continue;
		found = true;
		add_server(z, name, r->value, &address);
	}
	return found;
}

static void
list_servers(struct zone_servers *z)
{
	for (size_t i = 0; i < z->name_count; i++) {
		bool has_v4 = add_servers(z, z->names[i], &z->a[i]);
		bool has_v6 = add_servers(z, z->names[i], &z->aaaa[i]);

		if (!has_v4 && !has_v6 && z->count < ZONE_MAX_SERVERS)
			z->servers[z->count++] = (struct server){ .name = z->names[i] };
	}
	z->done(z->arg);
}

void
zone_servers_resolve(struct zone_servers *z, loop_fn *done, void *arg)
{
	const struct dns_reply *reply = z->ns.detail;

	z->done = done;
	z->arg = arg;
	enter(z, list_servers);
	for (size_t i = 0; z->zone != NULL && i < reply->count && z->name_count < ZONE_MAX_SERVER_NAMES; i++) {
		const struct dns_record *r = &reply->records[i];
		size_t n = z->name_count;

		if (r->type != DNS_NS || !name_equal(r->owner, z->zone))
			continue;
		z->names[n] = r->value;
		ask(z, r->value, DNS_A, &z->a[n]);
		ask(z, r->value, DNS_AAAA, &z->aaaa[n]);
		z->name_count++;
	}
	leave(z);
}
