/*
 * The name servers of the zone that holds the hostname, in rounds: which zone
 * that is, where they are (dcv/zone_servers.c), and what each of them says.
 */
#include "base/name.h"
#include "dcv/diagnose_inside.h"

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

void
servers_find_zone(struct diagnosis *d, void (*then)(struct diagnosis *))
{
	d->at = (struct zone_servers){ .dns = d->dns, .arena = d->arena,
		.allow_private = d->options->allow_private, .port = d->options->dns_port };
	round_begin(d, then);
	zone_servers_find(&d->at, first_guess(d), round_enter(d), d);
	round_end(d);
}

void
servers_ask_addresses(struct diagnosis *d)
{
	zone_servers_resolve(&d->at, round_enter(d), d);
}

void
servers_ask(struct diagnosis *d, void (*then)(struct diagnosis *))
{
	round_begin(d, then);
	for (size_t s = 0; s < d->at.count; s++) {
		if (!d->at.servers[s].is_asked)
			continue;
		round_ask_server(d, s, d->at.zone, DNS_SOA, &d->at.servers[s].soa);
		for (size_t i = 0; i < d->about_count; i++)
			round_ask_server(d, s, d->about[i].matter.name, d->about[i].matter.type, &d->about[i].said[s]);
	}
	round_end(d);
}
