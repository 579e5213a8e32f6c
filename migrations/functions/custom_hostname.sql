-- Custom hostnames, as the provider sees them: the JSON of the
-- custom-hostnames API in and out.

-- ---- what is shown ---------------------------------------------------------

create or replace function certwright.validation_records(p_pack uuid) returns jsonb
    language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
    select coalesce(jsonb_agg(r.record order by r.record::text), '[]')
    from (select distinct jsonb_build_object('status', h.status)
              || case h.method
                     when 'txt' then jsonb_build_object('txt_name', '_acme-challenge.' || h.identifier,
                                                        'txt_value', h.txt_value)
                     else jsonb_build_object('http_url',
                              'http://' || h.identifier || '/.well-known/acme-challenge/' || h.token,
                              'http_body', h.key_authorization) end as record
          from certwright.challenge h
          join certwright.certificate c on c.id = h.certificate_id and c.method = h.method
          where h.certificate_id = p_pack) r
$$;
comment on function certwright.validation_records is 'ssl.validation_records: what has to be published for the CA now';

create or replace function certwright.ssl_object(p_pack uuid) returns jsonb
    language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
    select jsonb_build_object('id', c.id, 'type', c.type, 'method', c.method, 'status', c.status,
            'certificate_authority', coalesce(a.name, c.wanted_authority), 'bundle_method', c.bundle_method,
            'wildcard', c.wildcard, 'settings', c.settings)
        || case when c.status in ('initializing', 'pending_validation')
               then jsonb_build_object('validation_records', certwright.validation_records(c.id)) else '{}' end
        || case when c.method = 'txt' and t.target is not null
               then jsonb_build_object('dcv_delegation_records', jsonb_build_array(
                   jsonb_build_object('cname', '_acme-challenge.' || c.hostname, 'cname_target', t.target)))
               else '{}' end
        || case when c.error is not null
               then jsonb_build_object('validation_errors', jsonb_build_array(
                   jsonb_build_object('message', c.error))) else '{}' end
        || case when i.chain is not null
               then jsonb_build_object('hosts', certwright.certificate_hosts(c.hostname, c.wildcard),
                   'issuer', i.issuer, 'serial_number', i.serial_number, 'signature', i.signature,
                   'uploaded_on', certwright.iso_time(i.uploaded_at), 'expires_on', certwright.iso_time(i.not_after))
               else '{}' end
    from certwright.certificate c
    join certwright.zone z on z.id = c.zone_id
    cross join lateral (select certwright.delegation_target(c.hostname, z.dcv_delegation_id)) t (target)
    left join certwright.certificate_authority a on a.id = c.authority_id
    left join lateral (select n.* from certwright.issuance n
                       where n.certificate_id = c.id and n.chain is not null
                       order by n.key_type limit 1) i on true
    where c.id = p_pack
$$;
comment on function certwright.ssl_object is 'the member ssl of a custom hostname; dates are those of the primary certificate';

create or replace function certwright.custom_hostname_object(p_id uuid) returns jsonb
    language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
    select jsonb_build_object('id', h.id, 'hostname', h.hostname, 'status', h.status,
            'created_at', certwright.iso_time(h.created_at),
            'verification_errors', case when h.error is null then '[]' else jsonb_build_array(h.error) end,
            'ownership_verification', jsonb_build_object('type', 'txt',
                'name', certwright.option_value('ownership_txt_label', '_cf-custom-hostname') || '.' || h.hostname,
                'value', h.ownership_value),
            'ownership_verification_http', jsonb_build_object(
                'http_url', 'http://' || h.hostname || '/.well-known/cf-custom-hostname-challenge/' || h.id,
                'http_body', h.ownership_value))
        || case when h.custom_metadata is null then '{}'
               else jsonb_build_object('custom_metadata', h.custom_metadata) end
        || jsonb_strip_nulls(jsonb_build_object('custom_origin_server', h.custom_origin_server,
               'custom_origin_sni', h.custom_origin_sni))
        || case when c.id is null then '{}' else jsonb_build_object('ssl', certwright.ssl_object(c.id)) end
    from certwright.custom_hostname h
    left join certwright.certificate c on c.custom_hostname_id = h.id
    where h.id = p_id
$$;
comment on function certwright.custom_hostname_object is 'a custom hostname as the API shows it';

-- ---- one hostname and its schedule -----------------------------------------

-- The row, locked against all other changes; or the documented refusal.
create or replace function certwright.lock_custom_hostname(p_zone uuid, p_id uuid)
    returns certwright.custom_hostname language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.custom_hostname;
begin
    select * into v from certwright.custom_hostname h
        where h.zone_id = p_zone and h.id = p_id and h.removed_at is null for no key update;
    if not found then
        perform certwright.raise_error(1436);
    end if;
    return v;
end $$;
comment on function certwright.lock_custom_hostname is 'lock a hostname of a zone, 1436 if there is none';

create or replace function certwright.block_hostname(p_id uuid) returns void
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_error constant text := 'The hostname is associated with a held zone. Please contact the owner of this domain to have the hold removed.';
begin
    update certwright.custom_hostname h
        set status = 'blocked', since = certwright.clock_now(), modified_at = certwright.clock_now(),
            code = 'held', error = v_error
        where h.id = p_id and h.status <> 'blocked';
    if found then
        perform certwright.emit_event(p_id, null, 'custom_hostname.blocked', 'held', v_error);
    end if;
    delete from certwright.job j where j.flow = 'hostname' and j.subject = p_id;
    delete from certwright.job j using certwright.certificate c
        where j.flow = 'certificate' and j.subject = c.id and c.custom_hostname_id = p_id
          and c.status in ('initializing', 'pending_validation');
end $$;
comment on function certwright.block_hostname is 'a name under a hold is not tried until it is refreshed after the hold';

-- Check now and begin the schedule anew; who was moved, deleted or blocked is
-- pending again.  False if a hold forbids it.
create or replace function certwright.refresh_hostname(p_id uuid) returns boolean
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.custom_hostname;
begin
    select * into strict v from certwright.custom_hostname h where h.id = p_id for no key update;
    if v.status not in ('active', 'active_redeploying') and certwright.is_held(v.hostname) then
        perform certwright.block_hostname(p_id);
        return false;
    end if;
    if v.status in ('moved', 'deleted', 'blocked') then
        update certwright.custom_hostname h
            set status = 'pending', since = certwright.clock_now(), modified_at = certwright.clock_now(),
                code = null, error = null
            where h.id = p_id;
    end if;
    if v.status not in ('active', 'active_redeploying')
            or exists (select from certwright.job j where j.flow = 'hostname' and j.subject = p_id) then
        perform certwright.restart('hostname', p_id);
    end if;
    perform certwright.emit_event(p_id, null, 'custom_hostname.refreshed', null, null);
    return true;
end $$;
comment on function certwright.refresh_hostname is 'check a hostname now and begin its schedule anew';

-- ---- what is asked for -----------------------------------------------------

-- A hostname with the changes of a body applied and checked.
create or replace function certwright.wanted_hostname(p_body jsonb, p_row certwright.custom_hostname,
        p_zone certwright.zone)
    returns certwright.custom_hostname language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.custom_hostname := p_row;
begin
    if p_body ? 'custom_metadata' then
        v.custom_metadata := nullif(p_body -> 'custom_metadata', 'null');
        if jsonb_typeof(v.custom_metadata) <> 'object' or octet_length(v.custom_metadata::text) > 4096 then
            perform certwright.refuse_member('custom_metadata', 'must be an object of at most 4096 bytes', 1401);
        end if;
    end if;
    if p_body ? 'custom_origin_server' then
        v.custom_origin_server := certwright.member_text(p_body, 'custom_origin_server', 1415);
        if v.custom_origin_server is not null then
            v.custom_origin_server := certwright.canonical_origin(v.custom_origin_server, p_zone.allow_reserved_names);
        end if;
    end if;
    if p_body ? 'custom_origin_sni' then
        v.custom_origin_sni := lower(certwright.member_text(p_body, 'custom_origin_sni'));
        if v.custom_origin_sni <> ':request_host_header:' and not certwright.is_ldh_name(v.custom_origin_sni) then
            perform certwright.refuse_member('custom_origin_sni', 'must be a hostname or ":request_host_header:"');
        end if;
    end if;
    if v.custom_origin_sni is not null and v.custom_origin_server is null then
        perform certwright.refuse_member('custom_origin_sni', 'needs a custom_origin_server');
    end if;
    return v;
end $$;
comment on function certwright.wanted_hostname is 'a hostname as a body asks for it, or the documented refusal';

create or replace function certwright.check_wildcard_metadata(p_id uuid) returns void
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if exists (select from certwright.custom_hostname h
               join certwright.zone z on z.id = h.zone_id and not z.metadata_on_wildcards
               join certwright.certificate c on c.custom_hostname_id = h.id and c.wildcard
               where h.id = p_id and h.custom_metadata is not null) then
        perform certwright.raise_error(1412);
    end if;
end $$;
comment on function certwright.check_wildcard_metadata is 'no metadata on wildcards unless the zone admits it';

-- Only creations that succeed count, deleted ones too.
create or replace function certwright.check_creation_rate(p_zone certwright.zone) returns void
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_room_at timestamptz;
begin
    if p_zone.creations_per_minute is null then
        return;
    end if;
    perform from certwright.zone z where z.id = p_zone.id for no key update;
    select h.created_at + interval '1 minute' into v_room_at from certwright.custom_hostname h
        where h.zone_id = p_zone.id order by h.created_at desc offset p_zone.creations_per_minute - 1 limit 1;
    if v_room_at > certwright.clock_now() then
        perform certwright.raise_error(1405,
            p_hint => format('the zone admits %s creations a minute; try again at %s',
                             p_zone.creations_per_minute, certwright.iso_time(v_room_at)),
            p_more => jsonb_build_object('retry_after',
                ceil(extract(epoch from v_room_at - certwright.clock_now()))));
    end if;
end $$;
comment on function certwright.check_creation_rate is 'limit of creations per minute';

-- ---- the interface ---------------------------------------------------------

create or replace function certwright.create_custom_hostname(zone uuid, body jsonb) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_zone constant certwright.zone := certwright.require_zone($1);
    v certwright.custom_hostname;
    v_pack uuid;
begin
    perform certwright.refuse_unknown_members($2,
        '{hostname,ssl,custom_metadata,custom_origin_server,custom_origin_sni}');
    v.hostname := certwright.canonical_hostname(certwright.member_text($2, 'hostname', 1407),
                                                v_zone.allow_reserved_names);
    if certwright.is_under(v.hostname, certwright.option_value('dcv_domain', null)) then
        perform certwright.raise_error(1407, p_hint => 'names under the delegation domain are ours');
    end if;
    v := certwright.wanted_hostname($2, v, v_zone);
    perform certwright.check_creation_rate(v_zone);
    insert into certwright.custom_hostname as h (zone_id, hostname, custom_metadata, custom_origin_server,
            custom_origin_sni, ssl)
        values (v_zone.id, v.hostname, v.custom_metadata, v.custom_origin_server,
            v.custom_origin_sni, coalesce(jsonb_typeof($2 -> 'ssl'), 'null') <> 'null')
        on conflict (zone_id, hostname) where removed_at is null do nothing
        returning h.* into v;
    if not found then
        perform certwright.raise_error(1406);
    end if;
    if v.ssl then
        v_pack := certwright.create_pack(v.id, $2 -> 'ssl');
        perform certwright.check_wildcard_metadata(v.id);
    end if;
    if certwright.is_held(v.hostname) then
        perform certwright.block_hostname(v.id);
    else
        perform certwright.schedule('hostname', v.id, certwright.clock_now());
        if v.ssl then
            perform certwright.schedule('certificate', v_pack, certwright.clock_now());
        end if;
    end if;
    return certwright.custom_hostname_object(v.id);
end $$;
comment on function certwright.create_custom_hostname is 'create a custom hostname and begin to check it';

create or replace function certwright.get_custom_hostname(zone uuid, id uuid) returns jsonb
    language plpgsql stable security definer set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if not exists (select from certwright.custom_hostname h
                   where h.zone_id = $1 and h.id = $2 and h.removed_at is null) then
        perform certwright.raise_error(1436);
    end if;
    return certwright.custom_hostname_object($2);
end $$;
comment on function certwright.get_custom_hostname is 'a custom hostname';

-- An edit of `ssl`, an empty edit, and any edit of a hostname that was moved,
-- deleted or blocked, check now and begin the schedules anew.
create or replace function certwright.edit_custom_hostname(zone uuid, id uuid, body jsonb) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_old certwright.custom_hostname := certwright.lock_custom_hostname($1, $2);
    v_new certwright.custom_hostname;
    v_ssl jsonb := nullif($3 -> 'ssl', 'null');
    v_pack uuid;
begin
    perform certwright.refuse_unknown_members($3,
        '{hostname,ssl,custom_metadata,custom_origin_server,custom_origin_sni}');
    if $3 ? 'hostname' and lower($3 ->> 'hostname') is distinct from v_old.hostname then
        perform certwright.raise_error(1439);
    end if;
    v_new := certwright.wanted_hostname($3, v_old, certwright.require_zone($1));
    update certwright.custom_hostname h
        set custom_metadata = v_new.custom_metadata, custom_origin_server = v_new.custom_origin_server,
            custom_origin_sni = v_new.custom_origin_sni, ssl = h.ssl or v_ssl is not null,
            modified_at = certwright.clock_now()
        where h.id = $2;
    select c.id into v_pack from certwright.certificate c where c.custom_hostname_id = $2;
    if v_ssl is not null and v_pack is null then
        v_pack := certwright.create_pack($2, v_ssl);
    elsif v_ssl is not null then
        perform certwright.edit_pack(v_pack, v_ssl);
    end if;
    perform certwright.check_wildcard_metadata($2);
    if v_ssl is not null or $3 = '{}' or v_old.status in ('moved', 'deleted', 'blocked') then
        if certwright.refresh_hostname($2) and v_pack is not null then
            perform certwright.refresh_pack(v_pack);
        end if;
    end if;
    return certwright.custom_hostname_object($2);
end $$;
comment on function certwright.edit_custom_hostname is 'edit a custom hostname; repeating ssl checks it now';

create or replace function certwright.refresh_custom_hostname(zone uuid, id uuid) returns jsonb
    language sql security definer set search_path = certwright, pg_catalog, pg_temp
    as $$ select certwright.edit_custom_hostname($1, $2, '{}') $$;
comment on function certwright.refresh_custom_hostname is 'check a custom hostname and its certificate now and begin their schedules anew';

create or replace function certwright.delete_custom_hostname(zone uuid, id uuid) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_old constant certwright.custom_hostname := certwright.lock_custom_hostname($1, $2);
begin
    update certwright.custom_hostname h
        set status = 'deleted', removed_at = certwright.clock_now(), modified_at = certwright.clock_now(),
            since = case when h.status = 'deleted' then h.since else certwright.clock_now() end,
            code = null, error = null
        where h.id = $2;
    delete from certwright.job j where j.flow = 'hostname' and j.subject = $2;
    if v_old.status <> 'deleted' then
        perform certwright.emit_event($2, null, 'custom_hostname.deleted', null, null);
    end if;
    perform certwright.remove_certificate(c.id) from certwright.certificate c where c.custom_hostname_id = $2;
    return jsonb_build_object('id', $2);
end $$;
comment on function certwright.delete_custom_hostname is 'delete a custom hostname with its certificates; its name is free at once';
