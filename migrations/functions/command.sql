-- What only the command line asks: things by the names that people use.
-- C twins: cli/sql_zone.c, cli/sql_hostname.c.

-- A zone by name or id; null: the only one there is.
create or replace function certwright.look_up_zone(p_zone text) returns uuid
    language plpgsql stable as $$
declare
    v uuid[];
begin
    select array_agg(z.id) into v from (
        select id from certwright.zone where p_zone is null or name = p_zone or id::text = p_zone limit 2) z;
    if v is null then
        raise exception using errcode = 'no_data_found', message = case when p_zone is null
            then 'there is no zone yet; certwright zone add makes one'
            else format('there is no zone "%s"', p_zone) end;
    elsif cardinality(v) > 1 then
        raise exception 'there are several zones; say which with --zone';
    end if;
    return v[1];
end $$;
comment on function certwright.look_up_zone is 'id of a zone by name or id, or of the only one';

-- Several zones may have a name; without a zone it must be in one only.
create or replace function certwright.look_up_hostname(p_zone text, p_hostname text,
        out zone_id uuid, out hostname_id uuid)
    language plpgsql stable as $$
declare
    v_zone constant uuid := case when p_zone is not null then certwright.look_up_zone(p_zone) end;
    v_name constant text := lower(rtrim(p_hostname, '.') collate "C");
    v_id constant uuid := case when v_name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then v_name end;
    v_count integer;
begin
    select count(*), min(h.zone_id::text)::uuid, min(h.id::text)::uuid into v_count, zone_id, hostname_id
        from certwright.custom_hostname h
        where (h.hostname = v_name or h.id = v_id) and h.removed_at is null
          and (v_zone is null or h.zone_id = v_zone);
    if v_count = 0 then
        raise exception using errcode = 'no_data_found',
            message = format('there is no custom hostname "%s"', p_hostname);
    elsif v_count > 1 then
        raise exception '% is in several zones; say which with --zone', p_hostname;
    end if;
end $$;
comment on function certwright.look_up_hostname is 'zone and id of a custom hostname by name or id';

-- What certwright check expects: where the hostname stands, and where it may
-- point.  A fallback origin that does not resolve counts, but is not advised.
create or replace function certwright.check_question(p_hostname uuid) returns json
    language sql stable as $$
    select json_build_object('status', h.status, 'code', h.code, 'error', h.error,
        'held', certwright.is_held(h.hostname), 'targets', certwright.hostname_targets(z, h.hostname),
        'unresolved', case when z.fallback_status is distinct from 'active' then z.fallback_origin end,
        'prefixes', z.apex_prefixes)
    from certwright.custom_hostname h join certwright.zone z on z.id = h.zone_id
    where h.id = p_hostname
$$;
comment on function certwright.check_question is 'where a hostname stands, and where it may point';

-- What certwright check looks up CAA for: the CAs that may take the next order
-- of the hostname's pack, and the methods as acme/work_ask.c has them.
create or replace function certwright.caa_question(p_hostname uuid) returns json
    language sql stable as $$
    select coalesce((
        select json_build_object('wildcard', c.wildcard,
            'methods', case when c.wildcard then json_build_array('dns-01')
                            when c.method = 'txt' then json_build_array('dns-01', 'http-01')
                            else json_build_array('http-01') end,
            'authorities', (select coalesce(json_agg(json_build_object('name', a.name,
                    'identities', certwright.authority_fields(a) -> 'identities', 'account_url', a.account_url)), '[]')
                from certwright.authorities_for(c.wanted_authority, z.certificate_authorities) a))
        from certwright.certificate c
        join certwright.zone z on z.id = c.zone_id
        where c.custom_hostname_id = p_hostname and c.status not in ('pending_deletion', 'deleted')
        order by c.created_at desc limit 1), '{"wildcard": false, "methods": [], "authorities": []}')
$$;
comment on function certwright.caa_question is 'for which CAs, methods and names CAA records decide whether a hostname gets a certificate';

-- How many there are of what, for the head of certwright status.
create or replace function certwright.count_all(p_zone text) returns json
    language sql stable as $$
    with z as (select case when p_zone is not null then certwright.look_up_zone(p_zone) end as id)
    select json_build_object(
        'hostnames', (select coalesce(json_object_agg(status, n order by status), '{}') from (
            select h.status, count(*) n from certwright.custom_hostname h, z
            where (z.id is null or h.zone_id = z.id) and h.removed_at is null group by 1) s),
        'certificates', (select coalesce(json_object_agg(status, n order by status), '{}') from (
            select c.status, count(*) n from certwright.certificate c, z
            where c.status <> 'deleted' and (z.id is null or c.zone_id = z.id) group by 1) s),
        'deliveries', (select coalesce(json_object_agg(state, n order by state), '{}') from (
            select d.state, count(*) n from certwright.delivery d
            join certwright.webhook w on w.id = d.webhook_id, z
            where z.id is null or w.zone_id = z.id group by 1) s),
        'daemons', (select count(*) from certwright.daemon
                    where seen_at > certwright.clock_now() - interval '30 seconds'))
$$;
comment on function certwright.count_all is 'hostnames, certificates and deliveries by state, and running daemons';
