/*
 * The name servers of the zone that holds the hostname: which zone that is,
 * who serves it, and what each of them says.
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/name.h"
#include "dcv/diagnose_inside.h"
#include "io/route.h"

enum { MAX_CLIMBS = 6 };

/* ---- the zone ---------------------------------------------------------------------- */

/* Where to begin: an answer that was negative has named the zone already.  A
 * name with a CNAME is no zone, and a question for it would be answered from
 * the target's. */
static const char *
first_guess(const struct diagnosis *d)
{
	const struct dns_reply *reply = d->about[1].here.detail;

	for (size_t i = 0; i < d->about_count; i++) {
		const char *zone = zone_of_answer(&d->about[i].here, d->about[i].matter.name);

		if (zone != NULL && name_is_under(d->hostname->name, zone))
			return zone;
	}
	for (size_t i = 0; reply != NULL && i < reply->count; i++)
		if (reply->records[i].type == DNS_CNAME && name_equal(reply->records[i].owner, d->hostname->name))
			return name_parent(d->hostname->name);
	return d->hostname->name;
}

static void zone_answered(struct diagnosis *);

/* A zone of one label is a registry's, not the customer's. */
static void
ask_zone(struct diagnosis *d, const char *name)
{
	d->asked_zone = name;
	if (name != NULL && name_parent(name) != NULL && d->climbed++ < MAX_CLIMBS) {
		round_begin(d, zone_answered);
		round_ask_dns(d, name, DNS_NS, &d->ns);
		round_end(d);
	} else {
		d->then(d);
	}
}

static void
zone_answered(struct diagnosis *d)
{
	const char *zone = zone_of_answer(&d->ns, d->asked_zone);

	if (zone_begins_at(&d->ns, d->asked_zone)) {
		d->zone = d->asked_zone;
		d->then(d);
	} else if (zone != NULL && !name_equal(zone, d->asked_zone)) {
		ask_zone(d, zone);
	} else {
		ask_zone(d, name_parent(d->asked_zone));
	}
}

void
servers_find_zone(struct diagnosis *d, void (*then)(struct diagnosis *))
{
	d->then = then;
	ask_zone(d, first_guess(d));
}

/* ---- their addresses ------------------------------------------------------------------ */

void
servers_ask_addresses(struct diagnosis *d)
{
	const struct dns_reply *reply = d->ns.detail;

	for (size_t i = 0; d->zone != NULL && i < reply->count && d->server_name_count < MAX_SERVER_NAMES; i++) {
		const struct dns_record *r = &reply->records[i];
		size_t n = d->server_name_count;

		if (r->type != DNS_NS || !name_equal(r->owner, d->zone))
			continue;
		d->server_names[n] = r->value;
		round_ask_dns(d, r->value, DNS_A, &d->server_a[n]);
		round_ask_dns(d, r->value, DNS_AAAA, &d->server_aaaa[n]);
		d->server_name_count++;
	}
}

static void
open_server(struct diagnosis *d, struct server *s, const struct sockaddr_storage *address, struct dns **ret)
{
	const struct sockaddr *to = (const struct sockaddr *)address;
	enum addr_class class = addr_class(to);
	char text[80];

	if (class != ADDR_PUBLIC && !(class == ADDR_PRIVATE && d->options->allow_private))
		return;
	s->is_asked = true;
	snprintf(text, sizeof text, to->sa_family == AF_INET6 ? "[%s]:%u" : "%s:%u", s->address, d->options->dns_port);
	*ret = dns_open(d->loop, text, NULL);
}

/* True: the answer has addresses, or could not be had. */
static bool
add_servers(struct diagnosis *d, const char *name, const struct answer *answer)
{
	const struct dns_reply *reply = answer->detail;
	bool found = answer->err.code != NULL;

	for (size_t i = 0; answer->err.code == NULL && i < reply->count; i++) {
		struct sockaddr_storage address;

		if ((reply->records[i].type != DNS_A && reply->records[i].type != DNS_AAAA) ||
		    !addr_parse(reply->records[i].value, &address))
			continue;
		found = true;
		/* what this machine cannot reach says nothing about the server */
		if (d->server_count == MAX_SERVERS || !route_exists((struct sockaddr *)&address))
			continue;
		d->servers[d->server_count] = (struct server){ .name = name, .address = reply->records[i].value };
		open_server(d, &d->servers[d->server_count], &address, &d->server_dns[d->server_count]);
		d->server_count++;
	}
	return found;
}

/* At most eight addresses; a server that has none is one too. */
static void
list_servers(struct diagnosis *d)
{
	for (size_t i = 0; i < d->server_name_count; i++) {
		bool has_v4 = add_servers(d, d->server_names[i], &d->server_a[i]);
		bool has_v6 = add_servers(d, d->server_names[i], &d->server_aaaa[i]);

		if (!has_v4 && !has_v6 && d->server_count < MAX_SERVERS)
			d->servers[d->server_count++] = (struct server){ .name = d->server_names[i] };
	}
}

/* ---- what they say ----------------------------------------------------------------------- */

void
servers_ask(struct diagnosis *d, void (*then)(struct diagnosis *))
{
	list_servers(d);
	round_begin(d, then);
	for (size_t s = 0; s < d->server_count; s++) {
		if (d->server_dns[s] == NULL)
			continue;
		round_ask_server(d, d->server_dns[s], d->zone, DNS_SOA, &d->servers[s].soa);
		for (size_t i = 0; i < d->about_count; i++)
			round_ask_server(d, d->server_dns[s], d->about[i].matter.name, d->about[i].matter.type,
			    &d->about[i].said[s]);
	}
	round_end(d);
}

void
servers_close(struct diagnosis *d)
{
	for (size_t s = 0; s < d->server_count; s++)
		dns_close(d->server_dns[s]);
}
