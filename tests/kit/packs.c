/* Rows for simulations of certificates.  See packs.h. */
#include "tests/kit/packs.h"

#include <stdio.h>
#include <stdlib.h>

#include "acme/authority.h"
#include "acme/certificate.h"
#include "tests/kit/played_ca.h"
#include "tests/kit/played_edge.h"
#include "tests/kit/world.h"

static const struct flow *const flows[] = { &certificate_flow, &authority_flow, NULL };

enum { SQL = 4000 };

/* Whatever ends with two active packs of a hostname is written down. */
static const char watch_doubles[] =
    "create table public.doubled (hostname text);"
    "grant all on public.doubled to public;"
    "create function public.note_doubled() returns trigger language plpgsql as $$ begin "
    "if (select count(*) from certwright.certificate c where c.hostname = new.hostname and c.status = 'active') > 1 then "
    "insert into public.doubled values (new.hostname); end if; return null; end $$;"
    "create constraint trigger doubled after insert or update of status on certwright.certificate "
    "deferrable initially deferred for each row when (new.status = 'active') execute function public.note_doubled();";

struct sim *
packs_open(const char *key_types)
{
	char sql[SQL];
	struct sim *s;

	world_reset();
	ca_reset();
	edge_reset();
	s = sim_open(flows);
	snprintf(sql, sizeof sql, "select certwright.create_zone('shop', '{\"allow_reserved_names\": true}');"
	    "update certwright.zone set key_types = '%s'; %s", key_types, watch_doubles);
	sim_do(s, sql);
	return s;
}

void
packs_ca(struct sim *s, const char *name, const char *identities, int orders_per_hour)
{
	char sql[SQL];

	snprintf(sql, sizeof sql, "insert into certwright.certificate_authority (name, directory, caa_identities, preference, "
	    "orders_per_hour, account_key) select '%s', 'https://%s.test/directory', '%s', count(*), nullif(%d, 0), '\\x00' "
	    "from certwright.certificate_authority",
	    name, name, identities, orders_per_hour);
	sim_do(s, sql);
}

void
packs_ca_is_limited(struct sim *s, const char *name)
{
	char sql[SQL];

	snprintf(sql, sizeof sql, "select certwright.set_rate_limits(id, 'published') "
	    "from certwright.certificate_authority where name = '%s'", name);
	sim_do(s, sql);
	ca_rate_limits(name, true);
}

#define HOSTNAMES "with h as (insert into certwright.custom_hostname (zone_id, hostname, status, ssl, points_here) " \
	"select z.id, %s, 'active', true, true from certwright.zone z, generate_series(1, %d) n " \
	"returning id, zone_id, hostname), "
#define PACKS "insert into certwright.certificate (zone_id, custom_hostname_id, hostname, status, method, " \
	"wanted_authority, authority_id, key_types) "

void
packs_new(struct sim *s, const char *hostname, int count, const char *wanted)
{
	char sql[SQL];

	snprintf(sql, sizeof sql, HOSTNAMES "c as (" PACKS
	    "select h.zone_id, h.id, h.hostname, 'initializing', 'http', '%s', null, z.key_types "
	    "from h join certwright.zone z on z.id = h.zone_id returning id) "
	    "insert into certwright.job (flow, subject, shard, run_at) "
	    "select 'certificate', id, certwright.shard_of(id), certwright.clock_now() from c", hostname, count, wanted);
	sim_do(s, sql);
}

/* What the edge serves from the start. */
static void
tell_edge(struct sim *s)
{
	char *list = sim_value(s, "select string_agg(format('%s %s %s', c.hostname, c.id, "
	    "extract(epoch from i.not_after)::bigint), E'\\n') from certwright.certificate c "
	    "join certwright.issuance i on i.certificate_id = c.id where i.order_url is null and c.status = 'active'");

	for (char *at = list; *at != '\0';) {
		char host[256], pack[37];
		long long until;
		int len = 0;

		if (sscanf(at, "%255s %36s %lld%n", host, pack, &until, &len) != 3)
			break;
		edge_has(host, pack, until);
		at += len;
	}
	free(list);
}

void
packs_served(struct sim *s, const char *hostname, int count, const char *ca, const char *wanted,
    int64_t left, int64_t look_in)
{
	char sql[SQL];

	snprintf(sql, sizeof sql, HOSTNAMES "c as (" PACKS
	    "select h.zone_id, h.id, h.hostname, 'active', 'http', '%s', a.id, z.key_types "
	    "from h join certwright.zone z on z.id = h.zone_id, certwright.certificate_authority a "
	    "where a.name = '%s' returning id, key_types), i as ("
	    "insert into certwright.issuance (certificate_id, key_type, private_key, csr, chain, serial_number, "
	    "uploaded_at, not_before, not_after) "
	    "select c.id, k, '\\x00', 'made by hand', 'made by hand', '1', "
	    "certwright.clock_now(), certwright.clock_now() + interval '1 second' * %lld - interval '90 days', "
	    "certwright.clock_now() + interval '1 second' * %lld from c, unnest(c.key_types) k) "
	    "insert into certwright.job (flow, subject, shard, run_at, priority) "
	    "select 'certificate', id, certwright.shard_of(id), certwright.clock_now() + interval '1 second' * %lld, 1 "
	    "from c", hostname, count, wanted, ca, (long long)left, (long long)left, (long long)look_in);
	sim_do(s, sql);
	tell_edge(s);
}

void
packs_renew(struct sim *s, const char *like)
{
	char sql[SQL];

	snprintf(sql, sizeof sql, "do $$ begin perform certwright.start_renewal(c.id) from certwright.certificate c "
	    "where c.hostname like '%s' and c.custom_hostname_id is not null; end $$", like);
	sim_do(s, sql);
}

int64_t
packs_well(struct sim *s)
{
	return sim_number(s, "select count(*) from certwright.custom_hostname h "
	    "join certwright.certificate c on c.custom_hostname_id = h.id where c.status = 'active' "
	    "and (select min(i.not_after) from certwright.issuance i where i.certificate_id = c.id) > certwright.clock_now()");
}

int64_t
packs_under_way(struct sim *s)
{
	return sim_number(s, "select count(*) from certwright.certificate where successor_of is not null "
	    "and status not in ('pending_deletion', 'deleted')");
}

int64_t
packs_doubled(struct sim *s)
{
	return sim_number(s, "select count(*) from public.doubled");
}

int64_t
packs_now(struct sim *s)
{
	return sim_number(s, "select extract(epoch from certwright.clock_now())::bigint");
}
