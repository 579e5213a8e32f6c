-- The member `ssl` of a custom hostname: what a provider may ask for, and the
-- pack that comes of it.

-- An option of the daemon, as it was when a daemon started last.
create or replace function certwright.option_value(p_name text, p_default text) returns text
    language sql stable as $$
    select coalesce((select nullif(s.value, '') from certwright.setting s where s.name = p_name), p_default)
$$;
comment on function certwright.option_value is 'value of an option of the daemon';

create or replace function certwright.certificate_hosts(p_hostname text, p_wildcard boolean) returns jsonb
    language sql immutable as $$
    select case when p_wildcard then jsonb_build_array(p_hostname, '*.' || p_hostname)
                else jsonb_build_array(p_hostname) end
$$;
comment on function certwright.certificate_hosts is 'names that a pack covers';

-- BoringSSL's names of the suites that TLS 1.2 and older can negotiate.
create or replace function certwright.cipher_suites() returns text[]
    language sql immutable parallel safe as $$
    select '{ECDHE-ECDSA-AES128-GCM-SHA256,ECDHE-ECDSA-CHACHA20-POLY1305,ECDHE-RSA-AES128-GCM-SHA256,
        ECDHE-RSA-CHACHA20-POLY1305,ECDHE-ECDSA-AES128-SHA256,ECDHE-ECDSA-AES128-SHA,ECDHE-RSA-AES128-SHA256,
        ECDHE-RSA-AES128-SHA,AES128-GCM-SHA256,AES128-SHA256,AES128-SHA,ECDHE-ECDSA-AES256-GCM-SHA384,
        ECDHE-ECDSA-AES256-SHA384,ECDHE-RSA-AES256-GCM-SHA384,ECDHE-RSA-AES256-SHA384,ECDHE-RSA-AES256-SHA,
        AES256-GCM-SHA384,AES256-SHA256,AES256-SHA,DES-CBC3-SHA}'::text[]
$$;
comment on function certwright.cipher_suites is 'names that ssl.settings.ciphers may hold';

create or replace function certwright.check_switch(p_settings jsonb, p_member text, p_code integer)
    returns void language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if p_settings ? p_member and p_settings -> p_member not in ('"on"', '"off"') then
        perform certwright.refuse_member('ssl.settings.' || p_member, 'must be "on" or "off"', p_code);
    end if;
end $$;
comment on function certwright.check_switch is 'refuse what is neither on nor off';

-- Settings with changes applied: null takes a setting back to its default.
create or replace function certwright.wanted_settings(p_changes jsonb, p_old jsonb) returns jsonb
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_settings jsonb;
    v_ciphers text[];
begin
    perform certwright.refuse_unknown_members(p_changes,
        '{ciphers,early_hints,http2,min_tls_version,tls_1_2_only,tls_1_3}', 1434);
    v_settings := '{"http2":"on","min_tls_version":"1.0"}' || jsonb_strip_nulls(p_old || p_changes);
    perform certwright.check_switch(v_settings, 'http2', 1422);
    perform certwright.check_switch(v_settings, 'tls_1_2_only', 1423);
    perform certwright.check_switch(v_settings, 'tls_1_3', 1424);
    perform certwright.check_switch(v_settings, 'early_hints', 1434);
    if v_settings -> 'min_tls_version' not in ('"1.0"', '"1.1"', '"1.2"', '"1.3"') then
        perform certwright.refuse_member('ssl.settings.min_tls_version', 'must be "1.0", "1.1", "1.2" or "1.3"', 1425);
    end if;
    v_ciphers := certwright.member_texts(v_settings, 'ciphers', 1442);
    if not v_ciphers <@ certwright.cipher_suites()
            or cardinality(v_ciphers) <> (select count(distinct c) from unnest(v_ciphers) c) then
        perform certwright.refuse_member('ssl.settings.ciphers',
            'must name each suite once, of: ' || array_to_string(certwright.cipher_suites(), ', '), 1442);
    end if;
    if cardinality(v_ciphers) > 0 and v_settings ->> 'min_tls_version' = '1.3' then
        perform certwright.raise_error(1443);
    end if;
    return v_settings;
end $$;
comment on function certwright.wanted_settings is 'ssl.settings, checked';

create or replace function certwright.check_method(p_ssl jsonb) returns void
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if p_ssl -> 'method' not in ('"http"', '"txt"', '"email"') then
        perform certwright.raise_error(1432);
    end if;
    if p_ssl -> 'type' <> '"dv"' then
        perform certwright.raise_error(1433);
    end if;
    if p_ssl ->> 'method' = 'email' then
        perform certwright.raise_error(1434, p_hint =>
            'no ACME certificate authority offers validation by email; set ssl.method to txt or http');
    end if;
end $$;
comment on function certwright.check_method is 'ssl.method and ssl.type, which come together';

-- The CA that was asked for: one of the well-known names or a configured one;
-- empty is the default CA.
create or replace function certwright.wanted_authority(p_ssl jsonb) returns text
    language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_name constant text := coalesce(certwright.member_text(p_ssl, 'certificate_authority', 1434), '');
begin
    if v_name not in ('', 'google', 'lets_encrypt', 'ssl_com')
            and not exists (select from certwright.certificate_authority a where a.name = v_name) then
        perform certwright.refuse_member('ssl.certificate_authority',
            'must be google, lets_encrypt, ssl_com, a configured name, or empty for the default', 1434);
    end if;
    return v_name;
end $$;
comment on function certwright.wanted_authority is 'ssl.certificate_authority, checked';

-- A pack with the changes of `ssl` applied and checked; p_pack is the present
-- one or, with a null method, a new one.
create or replace function certwright.wanted_pack(p_ssl jsonb, p_pack certwright.certificate)
    returns certwright.certificate language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.certificate := p_pack;
begin
    perform certwright.refuse_unknown_members(p_ssl,
        '{method,type,certificate_authority,bundle_method,wildcard,cloudflare_branding,settings}', 1434);
    if (p_ssl ? 'method') <> (p_ssl ? 'type') or (v.method is null and not p_ssl ? 'method') then
        perform certwright.raise_error(1440);
    end if;
    if p_ssl ? 'method' then
        perform certwright.check_method(p_ssl);
        v.method := p_ssl ->> 'method';
    end if;
    if p_ssl ? 'certificate_authority' then
        v.wanted_authority := certwright.wanted_authority(p_ssl);
    end if;
    if p_ssl ? 'bundle_method' then
        v.bundle_method := coalesce(certwright.member_text(p_ssl, 'bundle_method', 1449), 'ubiquitous');
        if v.bundle_method not in ('ubiquitous', 'optimal', 'force') then
            perform certwright.raise_error(1449);
        end if;
    end if;
    if p_ssl ? 'wildcard' then
        v.wildcard := coalesce(certwright.member_boolean(p_ssl, 'wildcard', 1434), false);
    end if;
    if p_ssl ? 'cloudflare_branding' then
        v.branding := coalesce(certwright.member_boolean(p_ssl, 'cloudflare_branding', 1434), false);
    end if;
    v.settings := certwright.wanted_settings(
        case when jsonb_typeof(p_ssl -> 'settings') = 'null' then '{}' else coalesce(p_ssl -> 'settings', '{}') end,
        v.settings);
    if v.wildcard and v.method = 'http' then
        -- A CA accepts HTTP for the very name only (BR 3.2.2.4.19).
        perform certwright.raise_error(1448, p_hint => 'a wildcard is validated by TXT: set ssl.method to txt');
    end if;
    if v.method = 'txt' and octet_length(v.hostname) > 253 - length('_acme-challenge.') then
        perform certwright.refuse_member('ssl.method', 'must be http: _acme-challenge. before this hostname is too long'
            ' for a name', 1434);
    end if;
    -- A name of over 64 characters is no common name; branding would be one,
    -- if a name for it were configured.
    if v.branding and octet_length(v.hostname) > 64
            and octet_length(certwright.option_value('branding_name', '')) not between 1 and 64 then
        perform certwright.raise_error(1469,
            p_hint => 'set the option branding_name, or leave the common name empty: cloudflare_branding false');
    end if;
    return v;
end $$;
comment on function certwright.wanted_pack is 'a pack as ssl asks for it, or the documented refusal';

create or replace function certwright.create_pack(p_hostname uuid, p_ssl jsonb) returns uuid
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.certificate;
begin
    select h.hostname, '', 'ubiquitous', false, false, '{}'::jsonb
        into strict v.hostname, v.wanted_authority, v.bundle_method, v.wildcard, v.branding, v.settings
        from certwright.custom_hostname h where h.id = p_hostname;
    v := certwright.wanted_pack(p_ssl, v);
    insert into certwright.certificate (zone_id, custom_hostname_id, hostname, wildcard, method,
            wanted_authority, bundle_method, branding, key_types, settings)
        select h.zone_id, h.id, h.hostname, v.wildcard, v.method,
               v.wanted_authority, v.bundle_method, v.branding, z.key_types, v.settings
        from certwright.custom_hostname h join certwright.zone z on z.id = h.zone_id
        where h.id = p_hostname
        returning id into v.id;
    return v.id;
end $$;
comment on function certwright.create_pack is 'the pack of a hostname that had none; the caller schedules it';

-- Begin anew with new orders, keys and certificates, at whichever CA.
create or replace function certwright.reissue_pack(p_pack uuid) returns void
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    perform certwright.forget_orders(p_pack);
    delete from certwright.authority_refusal r where r.certificate_id = p_pack;
    update certwright.certificate c
        set status = 'initializing', since = certwright.clock_now(), code = null, error = null,
            authority_id = null, setback = null, findings = null, version = c.version + 1
        where c.id = p_pack;
    perform certwright.restart('certificate', p_pack);
end $$;
comment on function certwright.reissue_pack is 'new orders, keys and certificates for a pack';

-- Look now, and begin the schedule anew; what had ended comes back.  Of a pack
-- that is served it is its successor that is looked at.
create or replace function certwright.refresh_pack(p_pack uuid) returns void
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_status certwright.ssl_status;
begin
    select c.status into strict v_status from certwright.certificate c where c.id = p_pack for no key update;
    -- CAs that refused may be asked again; tokens need not wait for the schedule.
    delete from certwright.authority_refusal r where r.certificate_id = p_pack;
    update certwright.certificate c set setback = null where c.id = p_pack and c.setback is not null;
    if v_status = 'deployment_timed_out' then
        update certwright.certificate c
            set status = 'pending_deployment', since = certwright.clock_now(), code = null, error = null
            where c.id = p_pack;
        perform certwright.restart('certificate', p_pack);
    elsif v_status in ('initializing', 'pending_validation', 'pending_issuance', 'pending_deployment') then
        perform certwright.restart('certificate', p_pack);
    elsif v_status in ('initializing_timed_out', 'validation_timed_out', 'issuance_timed_out',
                       'pending_deletion', 'deletion_timed_out', 'deleted') then
        perform certwright.reissue_pack(p_pack);
    elsif v_status = 'active' then
        perform certwright.refresh_pack(s.id) from certwright.certificate s where s.successor_of = p_pack;
    end if;
end $$;
comment on function certwright.refresh_pack is 'check a pack now; one that had ended begins anew';

-- A CA's authorization has tokens of all methods, and those of the pack's own
-- were kept: the same orders are read again.  What daemons are just finding out
-- is not heard (version), and what the CA has seen already counts.
create or replace function certwright.read_tokens_again(p_pack uuid) returns void
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    update certwright.issuance i set order_status = null
        from certwright.certificate c
        where c.id = i.certificate_id and c.id = p_pack and c.status = 'pending_validation'
          and i.order_url is not null and coalesce(i.order_status, 'pending') not in ('ready', 'processing', 'valid');
    if found then
        update certwright.certificate c set version = c.version + 1, findings = null where c.id = p_pack;
    end if;
end $$;
comment on function certwright.read_tokens_again is 'let the next look read the tokens of the orders of a pack once more';

-- An edit of `ssl`: what the certificates depend on needs new ones.  A pack
-- that is served goes on serving until a successor has them.
create or replace function certwright.edit_pack(p_pack uuid, p_ssl jsonb) returns void
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_live certwright.certificate;
    v_old certwright.certificate;
    v_new certwright.certificate;
    v_needs_new boolean;
begin
    select * into strict v_live from certwright.certificate c where c.id = p_pack for no key update;
    select * into v_old from certwright.certificate c where c.successor_of = p_pack for no key update;
    if not found then
        v_old := v_live;
    end if;
    v_new := certwright.wanted_pack(p_ssl, v_old);
    v_needs_new := (v_new.wanted_authority, v_new.wildcard, v_new.branding)
        is distinct from (v_old.wanted_authority, v_old.wildcard, v_old.branding);
    if v_needs_new and v_old.id = p_pack and v_live.status = 'active' then
        v_old.id := certwright.start_renewal(p_pack);
    end if;
    update certwright.certificate c
        set method = v_new.method, wanted_authority = v_new.wanted_authority, wildcard = v_new.wildcard,
            bundle_method = v_new.bundle_method, branding = v_new.branding, settings = v_new.settings
        where c.id = v_old.id;
    update certwright.certificate c
        set method = v_new.method, bundle_method = v_new.bundle_method, settings = v_new.settings
        where c.id = p_pack and c.id <> v_old.id;
    if v_needs_new then
        perform certwright.reissue_pack(v_old.id);
    elsif v_new.method <> v_old.method then
        perform certwright.read_tokens_again(v_old.id);
    end if;
end $$;
comment on function certwright.edit_pack is 'apply an edit of ssl to a pack; the caller refreshes it';

create or replace function certwright.renew_custom_hostname(zone uuid, id uuid) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_pack uuid;
begin
    if (certwright.lock_custom_hostname($1, $2)).status not in ('pending', 'active', 'active_redeploying') then
        perform certwright.raise_error(1434,
            p_hint => 'the hostname is moved, deleted or blocked; refresh it first, its certificates follow');
    end if;
    select c.id into v_pack from certwright.certificate c where c.custom_hostname_id = $2 for no key update;
    if not found then
        perform certwright.raise_error(1434, p_hint => 'the hostname has no certificate');
    end if;
    if exists (select from certwright.certificate c where c.id = v_pack and c.status = 'active') then
        v_pack := certwright.start_renewal(v_pack);
        perform certwright.restart('certificate', v_pack);
    else
        perform certwright.refresh_pack(v_pack);
    end if;
    return certwright.custom_hostname_object($2);
end $$;
comment on function certwright.renew_custom_hostname is 'order the successor of a hostname''s certificates now';

-- Null: none is under way.  C twin: cli/sql_hostname.c.
create or replace function certwright.renewal_of(p_hostname uuid) returns json
    language sql stable as $$
    select json_build_object('pack_id', s.id, 'status', s.status, 'since', s.since,
        'certificate_authority', coalesce(a.name, s.wanted_authority), 'attempts', coalesce(j.attempts, 0),
        'next_look_at', nullif(j.run_at, 'infinity'), 'last_error', s.error)
    from certwright.certificate l
    join certwright.certificate s on s.successor_of = l.id
    left join certwright.certificate_authority a on a.id = s.authority_id
    left join certwright.job j on j.flow = 'certificate' and j.subject = s.id
    where l.custom_hostname_id = p_hostname
$$;
comment on function certwright.renewal_of is 'how the renewal of a hostname''s certificates goes';
