-- The views: what is, for people and monitoring.  No view shows a secret.

create or replace function certwright.option_label() returns text
    language sql stable as $$ select certwright.option_value('ownership_txt_label', '_cf-custom-hostname') $$;
comment on function certwright.option_label is 'label of the TXT record that proves ownership';

drop view if exists certwright.zone_overview;
create view certwright.zone_overview as
    select z.id, z.name, z.account_id, z.cname_targets, z.fallback_origin, z.fallback_status, z.dcv_delegation_id,
           (select count(*) from certwright.custom_hostname h where h.zone_id = z.id and h.removed_at is null) as hostnames,
           (select count(*) from certwright.webhook w where w.zone_id = z.id) as webhooks,
           z.created_at
    from certwright.zone z;
comment on view certwright.zone_overview is 'every zone';
comment on column certwright.zone_overview.hostnames is 'custom hostnames that were not deleted';
comment on column certwright.zone_overview.webhooks is 'endpoints that hear its events';

drop view if exists certwright.hostname_overview;
create view certwright.hostname_overview as
    select h.id, h.zone_id, h.hostname, h.status, c.status as ssl_status,
           h.status = 'active' and c.status is not distinct from 'active' and coalesce(h.points_here, false) as ready,
           coalesce(j.attempts, 0) as attempts,
           coalesce(j.ran_at, (select max(t.at) from certwright.attempt t
                               where t.flow = 'hostname' and t.subject = h.id)) as last_checked_at,
           nullif(j.run_at, 'infinity') as next_check_at,
           coalesce(h.error, c.error) as last_error,
           coalesce(a.name, c.wanted_authority) as certificate_authority,
           (select min(i.not_after) from certwright.issuance i
            where i.certificate_id = c.id and i.chain is not null) as expires_at,
           h.created_at, h.points_here, h.since, h.code, c.id as pack_id
    from certwright.custom_hostname h
    left join certwright.certificate c on c.custom_hostname_id = h.id
    left join certwright.certificate_authority a on a.id = c.authority_id
    left join certwright.job j on j.flow = 'hostname' and j.subject = h.id
    where h.removed_at is null;
comment on view certwright.hostname_overview is 'every custom hostname with where it stands';
comment on column certwright.hostname_overview.ready is 'status and ssl_status are active and its DNS was seen pointing at us';
comment on column certwright.hostname_overview.attempts is 'retries of the present schedule that are used up';
comment on column certwright.hostname_overview.next_check_at is 'null: it rests, or is parked';
comment on column certwright.hostname_overview.last_error is 'what is wrong with the hostname, else with its certificate';
comment on column certwright.hostname_overview.certificate_authority is 'the CA that was chosen, else that was asked for; empty: the default';
comment on column certwright.hostname_overview.expires_at is 'first end of its certificates';

drop view if exists certwright.certificate_overview;
create view certwright.certificate_overview as
    select c.id as pack_id, c.custom_hostname_id, c.hostname, c.status,
           coalesce(a.name, c.wanted_authority) as certificate_authority, k.key_type,
           i.serial_number, i.not_before, i.not_after,
           coalesce(c.renew_at, i.not_after - (i.not_after - i.not_before) / 3) as renew_at,
           coalesce(j.attempts, 0) as attempts, c.error as last_error,
           c.wildcard, c.method, i.issuer, i.fingerprint, i.order_url, c.version, c.since
    from certwright.certificate c
    cross join lateral unnest(c.key_types) k (key_type)
    left join certwright.issuance i on i.certificate_id = c.id and i.key_type = k.key_type
    left join certwright.certificate_authority a on a.id = c.authority_id
    left join certwright.job j on j.flow = 'certificate' and j.subject = c.id;
comment on view certwright.certificate_overview is 'every certificate pack, one row per key type';
comment on column certwright.certificate_overview.renew_at is 'a third of its lifetime before its end, unless the CA says otherwise';
comment on column certwright.certificate_overview.attempts is 'retries of the present schedule that are used up';

drop view if exists certwright.job_overview;
create view certwright.job_overview as
    select j.flow, j.subject as subject_id, coalesce(h.hostname, c.hostname, g.hostname, z.fallback_origin, y.name,
                                                            p.hostname) as hostname,
           coalesce(h.status::text, c.status::text, d.state::text, z.fallback_status::text, p.status::text,
                    case when y.id is null then null when y.broken_since is null then 'healthy' else 'broken' end) as state,
           j.run_at, j.attempts, j.shard, m.name as owner, s.lease_until, j.ran_at,
           j.run_at = 'infinity' as parked
    from certwright.job j
    join certwright.shard s on s.id = j.shard
    left join certwright.daemon m on m.id = s.owner
    left join certwright.custom_hostname h on j.flow = 'hostname' and h.id = j.subject
    left join certwright.certificate c on j.flow = 'certificate' and c.id = j.subject
    left join certwright.delivery d on j.flow = 'delivery' and d.id = j.subject
    left join certwright.custom_hostname g on g.id = d.custom_hostname_id
    left join certwright.zone z on j.flow = 'origin' and z.id = j.subject
    left join certwright.certificate_authority y on j.flow = 'authority' and y.id = j.subject
    left join certwright.publication p on j.flow = 'publication' and p.id = j.subject;
comment on view certwright.job_overview is 'what is looked at next, and by whom';
comment on column certwright.job_overview.owner is 'daemon that holds the shard: host and process id';
comment on column certwright.job_overview.parked is 'it stopped ten daemons and waits for a refresh';

drop view if exists certwright.attempt_history;
create view certwright.attempt_history as
    select t.flow, t.subject as subject_id, h.hostname, t.attempt, t.at, t.state, t.outcome, t.code, t.detail,
           t.found, t.took_ms * interval '1 millisecond' as took
    from certwright.attempt t left join certwright.custom_hostname h on h.id = t.subject
    where t.flow = 'hostname'
    union all
    select t.flow, t.subject, c.hostname, t.attempt, t.at, t.state, t.outcome, t.code, t.detail,
           t.found, t.took_ms * interval '1 millisecond'
    from certwright.attempt t left join certwright.certificate c on c.id = t.subject
    where t.flow = 'certificate'
    union all
    select t.flow, t.subject, h.hostname, t.attempt, t.at, t.state, t.outcome, t.code, t.detail,
           t.found, t.took_ms * interval '1 millisecond'
    from certwright.attempt t left join certwright.delivery d on d.id = t.subject
    left join certwright.custom_hostname h on h.id = d.custom_hostname_id
    where t.flow = 'delivery'
    union all
    select t.flow, t.subject, z.fallback_origin, t.attempt, t.at, t.state, t.outcome, t.code, t.detail,
           t.found, t.took_ms * interval '1 millisecond'
    from certwright.attempt t left join certwright.zone z on z.id = t.subject
    where t.flow = 'origin'
    union all
    select t.flow, t.subject, y.name, t.attempt, t.at, t.state, t.outcome, t.code, t.detail,
           t.found, t.took_ms * interval '1 millisecond'
    from certwright.attempt t left join certwright.certificate_authority y on y.id = t.subject
    where t.flow = 'authority';
comment on view certwright.attempt_history is 'what each look found';
comment on column certwright.attempt_history.took is 'from reading the row to the verdict';

drop view if exists certwright.event_log;
create view certwright.event_log as
    select e.seq, e.id, e.type, e.created_at, e.zone_id, e.custom_hostname_id, e.body, e.reason
    from certwright.event e;
comment on view certwright.event_log is 'every event, in the order of seq';

drop view if exists certwright.delivery_overview;
create view certwright.delivery_overview as
    select d.id, d.webhook_id, e.id as event_id, e.type, d.custom_hostname_id, d.state,
           (select count(*) from certwright.attempt t where t.flow = 'delivery' and t.subject = d.id) as attempts,
           d.last_status, d.error as last_error, nullif(j.run_at, 'infinity') as next_attempt_at,
           case when d.state = 'delivered' then d.since end as delivered_at,
           e.created_at, e.seq
    from certwright.delivery d
    join certwright.event e on e.seq = d.event_seq
    left join certwright.job j on j.flow = 'delivery' and j.subject = d.id;
comment on view certwright.delivery_overview is 'every event for every endpoint that hears it';
comment on column certwright.delivery_overview.attempts is 'how often it was sent, as far as history reaches';
comment on column certwright.delivery_overview.next_attempt_at is 'null while an earlier one of the hostname has to go first';

drop view if exists certwright.publication_overview;
create view certwright.publication_overview as
    select p.name, p.zone_id, p.hostname, p.status, p.since,
           (select count(*) from certwright.publication_value v where v.publication_id = p.id and v.wanted) as values,
           p.code, p.error as last_error, nullif(j.run_at, 'infinity') as next_attempt_at
    from certwright.publication p
    left join certwright.job j on j.flow = 'publication' and j.subject = p.id;
comment on view certwright.publication_overview is 'every name that is pushed to the name server of dcv_update_server';
comment on column certwright.publication_overview.status is 'publishing: the name server is not known to have what is wanted';
comment on column certwright.publication_overview.values is 'TXT values that are wanted there; 0: all are to be taken away';
comment on column certwright.publication_overview.last_error is 'why the last push failed, until one succeeds';
comment on column certwright.publication_overview.next_attempt_at is 'null: it rests, or is parked';

drop view if exists certwright.webhook_overview;
create view certwright.webhook_overview as
    select w.id, w.zone_id, w.name, w.url, w.event_types, w.failures, w.enabled,
           w.secret_clear is null and w.plain_secret_clear is null as sealed,
           (select count(*) from certwright.delivery d where d.webhook_id = w.id and d.state = 'pending') as pending,
           w.created_at
    from certwright.webhook w;
comment on view certwright.webhook_overview is 'every endpoint';
comment on column certwright.webhook_overview.sealed is 'no clear text is left to be sealed by a daemon';
comment on column certwright.webhook_overview.pending is 'deliveries that are to be made';

-- For whoever makes an order: call it with the verdict's changes once the
-- pack knows its CA.
create or replace function certwright.count_orders(p_pack uuid, p_changes jsonb) returns void
    language sql set search_path = certwright, pg_catalog, pg_temp as $$
    insert into certwright.ca_order (authority_id, certificate_id, key_type)
        select c.authority_id, c.id, k
        from certwright.certificate c cross join unnest(enum_range(null::certwright.key_type)) k
        where c.id = p_pack and c.authority_id is not null and p_changes -> k::text ->> 'order_url' is not null;
    delete from certwright.ca_order o where o.ordered_at < certwright.clock_now() - interval '8 days'
$$;
comment on function certwright.count_orders is 'remember the orders that a verdict tells of, for budgets';

-- (Functions in a view are called with the rights of whoever reads it.)
drop view if exists certwright.ca_overview;
create view certwright.ca_overview as
    select a.name, a.enabled, a.broken_since is null as healthy, a.broken_since,
           o.orders_1h, o.orders_7d,
           (select count(*) from certwright.ca_failure f
            where f.authority_id = a.id and f.at > certwright.clock_now() - interval '1 hour') as failures_1h,
           b.budget_left, case when a.enabled then b.next_order_at end as next_order_at,
           a.last_error, a.directory, a.preference, a.account_url,
           a.last_error_at, a.probe_at as next_probe_at
    from certwright.certificate_authority a
    cross join lateral (
        select count(*) filter (where n.ordered_at > certwright.clock_now() - interval '1 hour') as orders_1h,
               count(*) as orders_7d
        from certwright.ca_order n
        where n.authority_id = a.id and n.ordered_at > certwright.clock_now() - interval '7 days') o
    cross join lateral (
        select min(case when u.closed_until > certwright.clock_now() then 0
                        when l.burst is not null then greatest(l.burst - ceil(extract(epoch from t.full_at
                            - certwright.clock_now()) / extract(epoch from l.refill)), 0) end)::bigint as budget_left,
               greatest(max(u.closed_until), max(t.full_at - (l.burst - 1) * l.refill + l.spare),
                        certwright.clock_now()) as next_order_at
        from (select 'order'::certwright.rate_kind as kind, r.burst, r.refill, certwright.slot_lasts() as spare
              from (select a.id) i left join certwright.rate_limit r on r.authority_id = i.id and r.kind = 'order'
              union all
              select 'own', w.burst, w.refill, '0' from certwright.own_limit(a.orders_per_hour) w) l
        left join certwright.rate_bucket u on u.authority_id = a.id and u.kind = l.kind and u.key = ''
        cross join lateral (
            select count(*) as due, max(n.at) as latest from certwright.rate_booking n
            where n.authority_id = a.id and n.kind = l.kind and n.key = '' and n.at <= certwright.clock_now()) k
        cross join lateral (
            select greatest(u.full_at, k.latest, certwright.clock_now()) + k.due * l.refill as full_at) t) b;
comment on view certwright.ca_overview is 'every certificate authority: health and budget';
comment on column certwright.ca_overview.healthy is 'false: only probes are made';
comment on column certwright.ca_overview.broken_since is 'first of the failures in a row, once there were three';
comment on column certwright.ca_overview.failures_1h is 'its errors of the last hour';
comment on column certwright.ca_overview.budget_left is 'orders that our account may make at once, null: no limit';
comment on column certwright.ca_overview.next_order_at is 'when the limits of our account admit the next order, null: never, it is disabled';
comment on column certwright.ca_overview.last_error is 'what it said or failed with last, also once it works again';
comment on column certwright.ca_overview.next_probe_at is 'when one job asks whether it is back, null while it works';

drop view if exists certwright.hold_overview;
create view certwright.hold_overview as
    select d.name, d.include_subdomains, d.abuse, d.reason, d.created_at,
           (select count(*) from certwright.custom_hostname h
            where h.status = 'blocked' and h.removed_at is null
              and (h.hostname = d.name or (d.include_subdomains
                   and right(h.hostname, length(d.name) + 1) = '.' || d.name))) as blocked
    from certwright.hold d;
comment on view certwright.hold_overview is 'every name that its owner forbids to claim';
comment on column certwright.hold_overview.blocked is 'custom hostnames that are blocked under the name';

drop view if exists certwright.expiring_certificates;
create view certwright.expiring_certificates as
    select c.hostname, c.custom_hostname_id, coalesce(a.name, c.wanted_authority) as certificate_authority,
           i.key_type, i.not_after,
           floor(extract(epoch from i.not_after - certwright.clock_now()) / 86400)::integer as days_left
    from certwright.issuance i
    join certwright.certificate c on c.id = i.certificate_id and c.status not in ('pending_deletion', 'deleted')
    left join certwright.certificate_authority a on a.id = c.authority_id
    where i.not_after is not null
    order by i.not_after;
comment on view certwright.expiring_certificates is 'certificates in use, soonest end first';
comment on column certwright.expiring_certificates.days_left is 'whole days; negative once it has expired';

-- ---- DNS instructions ------------------------------------------------------

drop function if exists certwright.last_found(certwright.flow_name, uuid);
create or replace function certwright.instruction_fix(p_type text, p_name text, p_value text, p_state text)
    returns text language sql stable as $$
    select case
        when p_type = 'HTTP' and p_state = 'required' then format('let the web server answer %s with the body %s and nothing'
            ' else, or let the hostname point here, where it is answered', p_name, p_value)
        when p_state = 'required' then format('at the DNS provider of %s, add a record of type %s with the name %s and the value %s',
            coalesce(certwright.registered_domain(regexp_replace(p_name, '^(_[^.]+\.)+', '')), p_name),
            p_type, p_name, p_value)
        when p_type = 'HTTP' then 'nothing to do; it is answered as it should be'
        when p_state = 'satisfied' then 'nothing to do; keep the record'
        else 'this record is not needed any more and may be removed' end
$$;
comment on function certwright.instruction_fix is 'what the customer has to do for one record';

-- A target "*.customers.example.com" gives each hostname a name of its own, so
-- that nobody else can take over what one customer still points at.
create or replace function certwright.cname_target(p_target text, p_hostname text) returns text
    language sql immutable as $$
    select case when p_target like '*.%' then left(replace(p_hostname, '.', '-'), 63) || substr(p_target, 2)
                else p_target end
$$;
comment on function certwright.cname_target is 'what a hostname is to CNAME to: a target, a wildcard one with the hostname as label';

-- What counts as pointing at us, each name once, first choice first: the targets,
-- a wildcard one as the hostname's own name and as itself, and the fallback origin.
create or replace function certwright.hostname_targets(z certwright.zone, hostname text) returns text[]
    language sql immutable as $$
    select coalesce(array_agg(d.name order by d.n), '{}')
    from (select u.name, min(u.n) as n
          from (select x.name, 2 * t.n + x.n as n
                from unnest(z.cname_targets) with ordinality t (name, n)
                cross join lateral (values (0, certwright.cname_target(t.name, hostname)), (1, t.name)) x (n, name)
                union all
                select z.fallback_origin, 2 * cardinality(z.cname_targets) + 2) u
          where u.name is not null group by u.name) d
$$;
comment on function certwright.hostname_targets is 'names that a hostname may CNAME to';

create or replace function certwright.routing_records(p_zone certwright.zone, p_hostname text)
    returns table (type text, value text) language sql stable as $$
    -- Beside an apex there are always other records: a CNAME cannot be.
    select case family(p) when 4 then 'A' else 'AAAA' end, 'an address in ' || p
        from unnest(p_zone.apex_prefixes) p
        where certwright.registered_domain(p_hostname) = p_hostname
    union all
    select 'CNAME', certwright.cname_target(coalesce(p_zone.cname_targets[1], p_zone.fallback_origin), p_hostname)
        where (cardinality(p_zone.apex_prefixes) = 0 or certwright.registered_domain(p_hostname) <> p_hostname)
          and coalesce(p_zone.cname_targets[1], p_zone.fallback_origin) is not null
$$;
comment on function certwright.routing_records is 'records that make a hostname point at us';

-- What the last look found for one purpose: {purpose, code, where, expected, found, fix}.
create or replace function certwright.finding_of(p_findings json, p_purpose text) returns json
    language sql immutable as $$
    select f from json_array_elements(coalesce(p_findings, '[]')) f where f ->> 'purpose' = p_purpose limit 1
$$;
comment on function certwright.finding_of is 'the finding about one record of a hostname';

create or replace function certwright.finding_found(p_finding json) returns text[]
    language sql immutable as $$
    select coalesce(array_agg(x order by n), '{}')
    from json_array_elements_text(coalesce(p_finding -> 'found', '[]')) with ordinality as e (x, n)
$$;
comment on function certwright.finding_found is 'what was found, one text a record';

-- What the last look for tokens found at one place; there may be two orders.
create or replace function certwright.token_finding(p_findings json, p_places text[], p_value text) returns json
    language sql immutable as $$
    select f from json_array_elements(coalesce(p_findings, '[]')) with ordinality as a (f, n)
    where f ->> 'where' = any (p_places)
    order by strpos(f ->> 'expected', p_value) > 0 desc nulls last, f ->> 'code' is not null desc, n
    limit 1
$$;
comment on function certwright.token_finding is 'the finding about one token of a pack';

-- What a pack waits for.  A delegation, a persistent record and the values stand
-- for each other: where one is seen, the others are not required.
create or replace function certwright.wanted_token_records(p_pack uuid, p_points_here boolean)
    returns table (purpose text, type text, name text, value text, state text, found text[], fix text)
    language sql stable as $$
    with c as (
        select p.* from certwright.certificate p
        where p.id = p_pack
          and p.status in ('initializing', 'pending_validation', 'pending_issuance', 'pending_deployment')
    ), t as (
        select n.*, n.status in ('processing', 'valid') as is_there
        from c cross join lateral certwright.shown_challenges(c.id) n
    ), n as materialized (
        -- A certificate may be for a name of the provider as well: each name is shown by its own records.
        select t.*, c.is_delegated and t.identifier = c.hostname as delegated,
               coalesce(bool_and(t.is_there) filter (where t.method = 'persist') over w, false) as persists,
               coalesce(bool_and(t.is_there) filter (where t.method = c.method) over w, false) as shown
        from c cross join t window w as (partition by t.identifier)
    )
    select 'certificate', case n.method when 'txt' then 'TXT' else 'HTTP' end, r.name, r.value, s.state,
           certwright.finding_found(f.finding),
           case when n.status = 'expired' then 'it has expired, and the certificate authority is asked for the next one; that'
                    ' will stand here'
                -- the last look may have been for the value before
                when s.state = 'required' and (n.method = 'http' or strpos(f.finding ->> 'expected', r.value) > 0
                    or f.finding ->> 'expected' like 'CNAME %') then f.finding ->> 'fix' end
        from c join n on n.method = c.method
        cross join lateral (
            select case n.method when 'txt' then '_acme-challenge.' || n.identifier
                                 else certwright.token_url(n.identifier, n.token, '80') end,
                   case n.method when 'txt' then n.txt_value else n.key_authorization end) r (name, value)
        cross join lateral (
            select certwright.token_finding(c.findings, array[r.name,
                certwright.token_url(n.identifier, n.token, certwright.option_value('http_port', '80'))], r.value)) f (finding)
        cross join lateral (
            select case
                when n.status = 'expired' or n.method = 'txt' and (n.delegated or n.persists) then 'obsolete'
                when n.is_there or n.method = 'http' and p_points_here and f.finding ->> 'code' is null then 'satisfied'
                else 'required' end) s (state)
    union all
    select 'persistent', 'TXT', r.name, n.txt_value, r.state,
           certwright.finding_found(certwright.token_finding(c.findings, array[r.name], n.txt_value)),
           case when not n.is_there then case r.state
               when 'satisfied' then 'not needed for this certificate: ' else 'instead of the other records: ' end
               || certwright.instruction_fix('TXT', r.name, n.txt_value, 'required')
               || '; it stays, and renewals need nothing more' end
        from c join n on n.method = 'persist' and n.status <> 'expired'
        cross join lateral (
            select '_validation-persist.' || n.identifier,
                   case when n.delegated or n.persists or n.shown then 'satisfied' else 'required' end) r (name, state)
        -- What permits a wildcard permits the name itself.
        where not exists (select from n w where w.method = 'persist' and w.identifier = n.identifier
                          and starts_with(w.txt_value, n.txt_value || ';'))
$$;
comment on function certwright.wanted_token_records is 'what is to be published for a pack, and whether it is';

-- The record that makes all others for the CA needless, once and for all.
create or replace function certwright.wanted_delegation(p_pack uuid, p_target text, p_is_needed boolean)
    returns table (purpose text, type text, name text, value text, state text, found text[], fix text)
    language sql stable as $$
    select 'delegation', 'CNAME', r.name, p_target, case when p_is_needed then 'required' else 'satisfied' end,
           certwright.finding_found(f.finding),
           case when c.is_delegated then null
                when not p_is_needed then 'not needed for this certificate: '
                    || certwright.instruction_fix('CNAME', r.name, p_target, 'required')
                    || ', in place of any other record there; it stays, and renewals need nothing more'
                when f.finding ->> 'code' ~ '^(delegation|cname)_' then f.finding ->> 'fix' end
    from certwright.certificate c
    cross join lateral (select '_acme-challenge.' || c.hostname) r (name)
    cross join lateral (select certwright.token_finding(c.findings, array[r.name], p_target)) f (finding)
    where c.id = p_pack
$$;
comment on function certwright.wanted_delegation is 'the delegation of a pack';

-- The records of a hostname; fix is what the last look advises, if it does.
drop function if exists certwright.wanted_records(uuid);
create function certwright.wanted_records(p_id uuid)
    returns table (purpose text, type text, name text, value text, state text, found text[], fix text)
    language sql stable as $$
    with h as (
        select h.*, z as zone, h.status in ('active', 'active_redeploying') as owned,
               certwright.finding_of(h.findings, 'routing') as routing,
               certwright.finding_of(h.findings, 'ownership') as ownership
        from certwright.custom_hostname h join certwright.zone z on z.id = h.zone_id where h.id = p_id
    ), c as (
        -- of a pack that is served it is its successor that waits for records
        select w.id, w.hostname, w.is_delegated or c.status = 'active' and (s.id is null or s.error is null) as is_well,
               case when c.method = 'txt' and c.status not in ('pending_deletion', 'deleted')
                   then certwright.delegation_target(c.hostname, (h.zone).dcv_delegation_id) end as target
        from h
        join certwright.certificate c on c.custom_hostname_id = h.id
        left join certwright.certificate s on s.successor_of = c.id
        join certwright.certificate w on w.id = coalesce(s.id, c.id)
    ), n as materialized (
        select n.* from c cross join h
        cross join lateral certwright.wanted_token_records(c.id, coalesce(h.points_here, false)) n
    )
    select 'routing', r.type, h.hostname, r.value,
           case when h.points_here then 'satisfied' else 'required' end,
           certwright.finding_found(h.routing), h.routing ->> 'fix'
        from h cross join lateral certwright.routing_records(h.zone, h.hostname) r
    union all
    select 'ownership', 'TXT', certwright.option_label() || '.' || h.hostname, h.ownership_value::text,
           case when h.owned then 'obsolete' else 'required' end,
           certwright.finding_found(h.ownership), case when not h.owned then h.ownership ->> 'fix' end
        from h
    union all
    select d.* from c
        cross join lateral certwright.wanted_delegation(c.id, c.target, not c.is_well and not exists (
            select from n where n.name = '_validation-persist.' || c.hostname and n.state = 'satisfied'
            union all
            select from n where n.name = '_acme-challenge.' || c.hostname having every(n.state = 'satisfied'))) d
        where c.target is not null
    union all
    select n.* from n
$$;
comment on function certwright.wanted_records is 'DNS records of a hostname and whether they are needed';

-- Records alone do not help a hostname that is not looked at.
create or replace function certwright.fix_in_status(p certwright.custom_hostname, p_fix text, p_state text)
    returns text language sql stable as $$
    select case
        when p_state <> 'required' or p.status not in ('blocked', 'moved', 'deleted') then p_fix
        when p.status = 'blocked' and certwright.is_held(p.hostname)
            then 'the hold on this name has to end first, then the hostname has to be refreshed; no record helps until then: '
                || coalesce(p.error, certwright.hold_error(p.code = 'flagged'))
        else regexp_replace(p_fix, '(\.?)$', format('; then the hostname has to be refreshed, because it is %s and not '
            'looked at by itself\1', p.status)) end
$$;
comment on function certwright.fix_in_status is 'what the customer has to do for one record, where the hostname is not looked at';

create or replace function certwright.dns_instructions(zone uuid, id uuid)
    returns table (purpose text, type text, name text, value text, state text, found text[], fix text)
    language plpgsql stable security definer set search_path = certwright, pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    perform certwright.get_custom_hostname($1, $2);
    return query select r.purpose, r.type, r.name, r.value, r.state, r.found,
            certwright.fix_in_status(h, coalesce(r.fix, certwright.instruction_fix(r.type, r.name, r.value, r.state)), r.state)
        from certwright.custom_hostname h cross join lateral certwright.wanted_records(h.id) r
        where h.id = $2;
end $$;
comment on function certwright.dns_instructions is 'what to publish for a hostname: expected, found, where and how to mend it';
