-- Custom hostnames, as the provider sees them: the JSON of the
-- custom-hostnames API in and out.

-- ---- what is shown ---------------------------------------------------------

create or replace function certwright.validation_records(p_pack uuid) returns jsonb
    language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
    select coalesce(jsonb_agg(r.record || jsonb_build_object('status', h.status) order by r.record::text), '[]')
    from certwright.certificate c
    cross join lateral certwright.shown_challenges(c.id) h
    cross join lateral (
        select case h.method
                   when 'txt' then jsonb_build_object('txt_name', '_acme-challenge.' || h.identifier,
                                                      'txt_value', h.txt_value)
                   else jsonb_build_object('http_url', certwright.token_url(h.identifier, h.token, '80'),
                                           'http_body', h.key_authorization) end) r (record)
    where c.id = p_pack and h.method = c.method
$$;
comment on function certwright.validation_records is 'ssl.validation_records: what has to be published for the CA now';

-- A pack that is served says what its successor, if one is under way, waits for.
create or replace function certwright.ssl_object(p_pack uuid) returns jsonb
    language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
    select jsonb_build_object('id', c.id, 'type', c.type, 'method', c.method, 'status', c.status,
            'certificate_authority', coalesce(a.name, c.wanted_authority), 'bundle_method', c.bundle_method,
            'wildcard', c.wildcard, 'settings', c.settings)
        || case when w.id is not null
               then jsonb_build_object('validation_records', certwright.validation_records(w.id)) else '{}' end
        || case when c.method = 'txt' and t.target is not null
               then jsonb_build_object('dcv_delegation_records', jsonb_build_array(
                   jsonb_build_object('cname', '_acme-challenge.' || c.hostname, 'cname_target', t.target,
                       'status', case when coalesce(s.is_delegated, c.is_delegated) then 'valid' else 'pending' end)))
               else '{}' end
        || case when c.error is not null or s.error is not null
               then jsonb_build_object('validation_errors', (
                   select jsonb_agg(jsonb_build_object('message', e.message)) from (values (c.error), (s.error)) e (message)
                   where e.message is not null)) else '{}' end
        || case when i.chain is not null
               then jsonb_build_object('hosts', certwright.certificate_hosts(c.hostname, c.wildcard),
                   'issuer', i.issuer, 'serial_number', i.serial_number, 'signature', i.signature,
                   'uploaded_on', certwright.iso_time(i.uploaded_at), 'expires_on', certwright.iso_time(i.not_after))
               else '{}' end
    from certwright.certificate c
    join certwright.zone z on z.id = c.zone_id
    cross join lateral (select certwright.delegation_target(c.hostname, z.dcv_delegation_id)) t (target)
    left join certwright.certificate_authority a on a.id = c.authority_id
    left join certwright.certificate s on s.successor_of = c.id
    left join lateral (select p.id from (values (1, c.id, c.status), (2, s.id, s.status)) p (nth, id, status)
                       where p.status in ('initializing', 'pending_validation') order by p.nth limit 1) w on true
    left join lateral (select n.* from certwright.issuance n
                       where n.certificate_id = c.id and n.chain is not null
                       order by n.key_type limit 1) i on true
    where c.id = p_pack
$$;
comment on function certwright.ssl_object is 'the member ssl of a custom hostname; dates are those of the primary certificate';

-- The documented words for what keeps a hostname from being active; a fallback
-- origin that does not resolve yet is told beside the hostname's own error.
create or replace function certwright.verification_errors(p certwright.custom_hostname) returns text[]
    language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
    select case when p.status in ('active', 'active_redeploying') then '{}' else array_remove(array[p.error,
               (select format('Fallback origin is in a status of `%s`.', z.fallback_status)
                from certwright.zone z
                where z.id = p.zone_id and z.fallback_status <> 'active' and p.status in ('pending', 'moved'))],
               null) end
$$;
comment on function certwright.verification_errors is 'what is wrong with a hostname, in the documented words';

create or replace function certwright.custom_hostname_object(p_id uuid) returns jsonb
    language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
    select jsonb_build_object('id', h.id, 'hostname', h.hostname, 'status', h.status,
            'created_at', certwright.iso_time(h.created_at),
            'verification_errors', certwright.verification_errors(h),
            'ownership_verification', jsonb_build_object('type', 'txt',
                'name', certwright.option_value('ownership_txt_label', '_cf-custom-hostname') || '.' || h.hostname,
                'value', h.ownership_value),
            'ownership_verification_http', jsonb_build_object(
                'http_url', certwright.ownership_url(h.hostname, h.id, '80'),
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
    v_code text;
    v_error text;
begin
    select case when d.abuse then 'flagged' else 'held' end, certwright.hold_error(d.abuse)
        into v_code, v_error
        from certwright.custom_hostname h join certwright.hold d on d.name = certwright.hold_of(h.hostname)
        where h.id = p_id;
    update certwright.custom_hostname h
        set status = 'blocked', since = certwright.clock_now(), modified_at = certwright.clock_now(),
            code = v_code, error = v_error
        where h.id = p_id and h.status <> 'blocked';
    if found then
        perform certwright.emit_event(p_id, null, 'custom_hostname.blocked', v_code, v_error);
    end if;
    -- What waits for its tokens is not gone on with, and they are not published.
    perform certwright.void_challenges(c.id), certwright.read_tokens_again(c.id)
        from certwright.certificate c
        where c.hostname = (select h.hostname from certwright.custom_hostname h where h.id = p_id)
          and certwright.hostname_of_pack(c) = p_id and c.status = 'pending_validation';
    delete from certwright.job j where j.flow = 'hostname' and j.subject = p_id;
    delete from certwright.job j using certwright.certificate c
        where j.flow = 'certificate' and j.subject = c.id and certwright.hostname_of_pack(c) = p_id
          and c.hostname = (select h.hostname from certwright.custom_hostname h where h.id = p_id)
          and c.status in ('initializing', 'pending_validation');
end $$;
comment on function certwright.block_hostname is 'a name under a hold is not tried until it is refreshed after the hold';

-- Every change of status there is; those without a cause of ours are the
-- flow's (flow_edges()).  Deleting is possible from everywhere.
create or replace function certwright.hostname_transitions()
    returns table (status certwright.hostname_status, next certwright.hostname_status, cause text)
    language sql immutable as $$
    select e.state::certwright.hostname_status, e.next::certwright.hostname_status, 'look'
        from certwright.flow_edges() e where e.flow = 'hostname'
    union all values
        ('pending'::certwright.hostname_status, 'blocked'::certwright.hostname_status, 'hold'),
        ('active', 'blocked', 'hold for abuse'),
        ('active_redeploying', 'blocked', 'hold for abuse'),
        ('moved', 'blocked', 'refresh under a hold'),
        ('deleted', 'blocked', 'refresh under a hold'),
        ('blocked', 'pending', 'refresh'),
        ('moved', 'pending', 'refresh'),
        ('deleted', 'pending', 'refresh'),
        ('active', 'active_redeploying', 'edit'),
        ('active', 'moved', 'another zone validated it'),
        ('active_redeploying', 'moved', 'another zone validated it')
$$;
comment on function certwright.hostname_transitions is 'every change of status that a custom hostname may make, and by what';

create or replace function certwright.check_hostname_transition() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if new.removed_at is null and not exists (
            select from certwright.hostname_transitions() t where t.status = old.status and t.next = new.status) then
        raise exception 'a custom hostname may not go from % to %', old.status, new.status;
    end if;
    return new;
end $$;
comment on function certwright.check_hostname_transition is 'refuses a change of status that there is not';
create or replace trigger custom_hostname_transition before update of status on certwright.custom_hostname
    for each row when (old.status is distinct from new.status)
    execute function certwright.check_hostname_transition();

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
    perform certwright.restart('hostname', p_id);
    perform certwright.emit_event(p_id, null, 'custom_hostname.refreshed', null, null);
    return true;
end $$;
comment on function certwright.refresh_hostname is 'check a hostname now and begin its schedule anew';

-- ---- what is asked for -----------------------------------------------------

-- Names of the provider's own, of whichever zone, are no customer's: service
-- depends on them, and they would prove themselves.
drop function if exists certwright.refuse_own_name(text, certwright.zone);
create or replace function certwright.refuse_own_name(p_name text) returns void
    language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_wild constant text[] := array(select '*.' || a from unnest(certwright.name_and_parents(p_name)) a);
    v_why text;
begin
    if certwright.is_under(p_name, rtrim(lower(certwright.option_value('dcv_domain', null)), '.')) then
        v_why := 'names under the delegation domain are ours';
    else
        select case when p_name = any (z.cname_targets) then 'it is a CNAME target'
                    when z.cname_targets && v_wild then 'it belongs to a CNAME target that stands for many names'
                    when p_name = z.fallback_origin then 'it is a fallback origin'
                    else 'it is the name of a zone' end
            into v_why from certwright.zone z
            where z.cname_targets && (v_wild || p_name) or z.fallback_origin = p_name
               or rtrim(lower(z.name), '.') = p_name
            limit 1;
    end if;
    if v_why is not null then
        perform certwright.raise_error(1407, p_hint => v_why);
    end if;
end $$;
comment on function certwright.refuse_own_name is 'refuse the provider''s own names as custom hostnames';

-- jsonb does not keep how a value was laid out, so that the 4 KB of metadata
-- are those of the value without spaces, as it would be sent on.
create or replace function certwright.compact_length(p_value jsonb) returns integer
    language sql immutable strict parallel safe as $$
    select octet_length(regexp_replace(p_value::text, '("(?:[^"\\]|\\.)*")|([,:]) ', '\1\2', 'g'))
$$;
comment on function certwright.compact_length is 'octets of a JSON value without needless spaces';

-- Any JSON inside: flat is advice (page custom-metadata), not a rule.
create or replace function certwright.wanted_metadata(p_body jsonb) returns jsonb
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_metadata constant jsonb := nullif(p_body -> 'custom_metadata', 'null');
begin
    if jsonb_typeof(v_metadata) <> 'object' then
        perform certwright.refuse_member('custom_metadata', 'must be an object', 1401);
    end if;
    -- Spaces are at most half of the text.
    if octet_length(v_metadata::text) > 2 * 4096 or certwright.compact_length(v_metadata) > 4096 then
        perform certwright.refuse_member('custom_metadata', 'must not exceed 4096 bytes', 1401);
    end if;
    return v_metadata;
end $$;
comment on function certwright.wanted_metadata is 'custom_metadata, checked; null takes it away';

-- What an origin may be asked for by name: the customer's name, or a name of
-- the domain that the origin or the zone is in.
create or replace function certwright.check_origin_sni(v certwright.custom_hostname, p_zone certwright.zone)
    returns void language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if v.custom_origin_sni is null then
        return;
    end if;
    if v.custom_origin_server is null then
        perform certwright.refuse_member('custom_origin_sni', 'needs a custom_origin_server; null takes it away');
    end if;
    if v.custom_origin_sni = ':request_host_header:' then
        return;
    end if;
    if not certwright.is_ldh_name(v.custom_origin_sni) then
        perform certwright.refuse_member('custom_origin_sni', 'must be a hostname or ":request_host_header:"');
    end if;
    if not exists (select from unnest(array[v.hostname, certwright.registered_domain(v.custom_origin_server),
                       rtrim(lower(p_zone.name), '.')]) d where certwright.is_under(v.custom_origin_sni, d)) then
        perform certwright.refuse_member('custom_origin_sni',
            'must be the hostname, a name below it, or a name in the domain of the custom origin or of the zone');
    end if;
end $$;
comment on function certwright.check_origin_sni is 'refuse a name that the origin cannot be asked for';

-- A hostname with the changes of a body applied and checked.
create or replace function certwright.wanted_hostname(p_body jsonb, p_row certwright.custom_hostname,
        p_zone certwright.zone)
    returns certwright.custom_hostname language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.custom_hostname := p_row;
begin
    if v.id is null then
        perform certwright.refuse_own_name(v.hostname);
    end if;
    if p_body ? 'custom_metadata' then
        v.custom_metadata := certwright.wanted_metadata(p_body);
    end if;
    if p_body ? 'custom_origin_server' then
        v.custom_origin_server := certwright.member_text(p_body, 'custom_origin_server', 1415);
        if v.custom_origin_server is not null then
            v.custom_origin_server := certwright.canonical_origin(v.custom_origin_server, p_zone.allow_reserved_names);
        end if;
        -- The zone's DNS is not ours to see, but this name is the customer's.
        if v.custom_origin_server = v.hostname then
            perform certwright.raise_error(1421, p_zone.id::text,
                p_hint => 'the hostname leads to the edge: the origin needs a name of your own');
        end if;
    end if;
    if p_body ? 'custom_origin_sni' then
        v.custom_origin_sni := regexp_replace(lower(certwright.member_text(p_body, 'custom_origin_sni') collate "C"), '\.$', '');
    end if;
    if p_body ?| '{custom_origin_server,custom_origin_sni}' then
        perform certwright.check_origin_sni(v, p_zone);
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
               where h.id = p_id and h.custom_metadata <> '{}') then
        perform certwright.raise_error(1412,
            p_hint => 'take either away, or let the zone admit it: metadata_on_wildcards');
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

-- An edit that changes something of an active hostname puts it out again.
create or replace function certwright.redeploy_hostname(p_id uuid) returns void
    language sql set search_path = certwright, pg_catalog, pg_temp as $$
    update certwright.custom_hostname h
        set status = 'active_redeploying', since = certwright.clock_now(), modified_at = certwright.clock_now(),
            code = null, error = null
        where h.id = p_id and h.status = 'active'
$$;
comment on function certwright.redeploy_hostname is 'an active hostname was changed and is put out again';

-- An edit of `ssl`, an empty edit, and any edit of a hostname that was moved,
-- deleted or blocked, check now and begin the schedules anew.
create or replace function certwright.edit_custom_hostname(zone uuid, id uuid, body jsonb) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_old certwright.custom_hostname := certwright.lock_custom_hostname($1, $2);
    v_new certwright.custom_hostname;
    v_ssl jsonb := nullif($3 -> 'ssl', 'null');
    v_settings jsonb;
    v_changed boolean;
    v_pack uuid;
begin
    perform certwright.refuse_unknown_members($3,
        '{hostname,ssl,custom_metadata,custom_origin_server,custom_origin_sni}');
    if $3 ? 'hostname'
            and regexp_replace(lower(($3 ->> 'hostname') collate "C"), '\.$', '') is distinct from v_old.hostname then
        perform certwright.raise_error(1439);
    end if;
    v_new := certwright.wanted_hostname($3, v_old, certwright.require_zone($1));
    update certwright.custom_hostname h
        set custom_metadata = v_new.custom_metadata, custom_origin_server = v_new.custom_origin_server,
            custom_origin_sni = v_new.custom_origin_sni, ssl = h.ssl or v_ssl is not null,
            modified_at = certwright.clock_now()
        where h.id = $2;
    select c.id, c.settings into v_pack, v_settings from certwright.certificate c where c.custom_hostname_id = $2;
    if v_ssl is not null and v_pack is null then
        v_pack := certwright.create_pack($2, v_ssl);
    elsif v_ssl is not null then
        perform certwright.edit_pack(v_pack, v_ssl);
    end if;
    if $3 ?| '{custom_metadata,ssl}' then
        perform certwright.check_wildcard_metadata($2);
    end if;
    v_changed := v_old.status = 'active' and ((v_new.custom_metadata, v_new.custom_origin_server, v_new.custom_origin_sni)
        is distinct from (v_old.custom_metadata, v_old.custom_origin_server, v_old.custom_origin_sni)
        or exists (select from certwright.certificate c where c.id = v_pack and c.settings <> v_settings));
    if v_changed then
        perform certwright.redeploy_hostname($2);
    end if;
    if v_ssl is not null or $3 = '{}' or v_old.status in ('moved', 'deleted', 'blocked') then
        if certwright.refresh_hostname($2) and v_pack is not null then
            perform certwright.refresh_pack(v_pack);
        end if;
    elsif v_changed then
        perform certwright.refresh_hostname($2);
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
