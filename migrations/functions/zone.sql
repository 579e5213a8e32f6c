-- Zones: their settings and their fallback origin.

create or replace function certwright.require_zone(p_zone uuid) returns certwright.zone
    language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.zone;
begin
    select * into v from certwright.zone z where z.id = p_zone;
    if not found then
        perform certwright.raise_error(1402, p_hint => format('there is no zone %s', p_zone));
    end if;
    return v;
end $$;
comment on function certwright.require_zone is 'a zone, 1402 if there is none';

create or replace function certwright.zone_object(p_zone uuid) returns jsonb
    language sql stable as $$
    select jsonb_build_object('id', z.id, 'name', z.name, 'account_id', z.account_id,
        'cname_targets', z.cname_targets, 'apex_prefixes', z.apex_prefixes,
        'fallback_origin', z.fallback_origin, 'allow_reserved_names', z.allow_reserved_names,
        'certificate_authorities', z.certificate_authorities, 'key_types', z.key_types,
        'creations_per_minute', z.creations_per_minute, 'metadata_on_wildcards', z.metadata_on_wildcards,
        'revoke_on_delete', z.revoke_on_delete, 'dcv_delegation_id', z.dcv_delegation_id,
        'created_at', certwright.iso_time(z.created_at))
    from certwright.zone z where z.id = p_zone
$$;
comment on function certwright.zone_object is 'a zone as jsonb';

-- ---- settings, one by one: null is the default -----------------------------

create or replace function certwright.setting_names(p_settings jsonb) returns text[]
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_name text;
    v_names text[] := '{}';
begin
    foreach v_name in array coalesce(certwright.member_texts(p_settings, 'cname_targets'), '{}') loop
        v_name := regexp_replace(lower(v_name collate "C"), '\.$', '');
        if not certwright.is_ldh_name(regexp_replace(v_name, '^\*\.', '')) then
            perform certwright.refuse_member('cname_targets', format('must hold hostnames; "%s" is none', v_name));
        end if;
        v_names := v_names || v_name;
    end loop;
    return v_names;
end $$;
comment on function certwright.setting_names is 'zone setting cname_targets, checked';

create or replace function certwright.setting_prefixes(p_settings jsonb) returns cidr[]
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_prefix text;
    v_prefixes cidr[] := '{}';
begin
    foreach v_prefix in array coalesce(certwright.member_texts(p_settings, 'apex_prefixes'), '{}') loop
        v_prefixes := v_prefixes || v_prefix::cidr;
    end loop;
    return v_prefixes;
exception when invalid_text_representation then
    perform certwright.refuse_member('apex_prefixes',
        format('must hold prefixes such as 192.0.2.0/24 or 2001:db8::/32; "%s" is none', v_prefix));
end $$;
comment on function certwright.setting_prefixes is 'zone setting apex_prefixes, checked';

create or replace function certwright.setting_authorities(p_settings jsonb) returns text[]
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_names constant text[] := coalesce(certwright.member_texts(p_settings, 'certificate_authorities'),
                                        '{google,lets_encrypt,ssl_com}');
begin
    -- A CA may be configured later: any name of the right form will do.
    if exists (select from unnest(v_names) n where n !~ '^[a-z][a-z0-9_]{0,62}$')
            or cardinality(v_names) <> (select count(distinct n) from unnest(v_names) n) then
        perform certwright.refuse_member('certificate_authorities', 'must name each certificate authority once');
    end if;
    return v_names;
end $$;
comment on function certwright.setting_authorities is 'zone setting certificate_authorities, checked';

create or replace function certwright.setting_key_types(p_settings jsonb) returns certwright.key_type[]
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_types constant text[] := coalesce(certwright.member_texts(p_settings, 'key_types'), '{p256,rsa2048}');
begin
    if not v_types <@ '{p256,rsa2048}' or cardinality(v_types) = 0
            or cardinality(v_types) <> (select count(distinct t) from unnest(v_types) t) then
        perform certwright.refuse_member('key_types', 'must hold "p256", "rsa2048" or both');
    end if;
    return v_types::certwright.key_type[];
end $$;
comment on function certwright.setting_key_types is 'zone setting key_types, checked';

create or replace function certwright.setting_rate(p_settings jsonb) returns integer
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_rate constant jsonb := nullif(p_settings -> 'creations_per_minute', 'null');
begin
    if v_rate is not null and (jsonb_typeof(v_rate) <> 'number' or v_rate::text !~ '^[1-9][0-9]{0,8}$') then
        perform certwright.refuse_member('creations_per_minute', 'must be a whole number above zero, or null');
    end if;
    return v_rate::integer;
end $$;
comment on function certwright.setting_rate is 'zone setting creations_per_minute, checked';

-- A zone with changes applied and checked.
create or replace function certwright.wanted_zone(p_settings jsonb, p_zone certwright.zone)
    returns certwright.zone language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.zone := p_zone;
begin
    perform certwright.refuse_unknown_members(p_settings, '{account_id,cname_targets,apex_prefixes,
        allow_reserved_names,certificate_authorities,key_types,creations_per_minute,metadata_on_wildcards,
        revoke_on_delete}');
    if p_settings ? 'account_id' then
        v.account_id := certwright.member_text(p_settings, 'account_id');
    end if;
    if p_settings ? 'cname_targets' then
        v.cname_targets := certwright.setting_names(p_settings);
    end if;
    if p_settings ? 'apex_prefixes' then
        v.apex_prefixes := certwright.setting_prefixes(p_settings);
    end if;
    if p_settings ? 'allow_reserved_names' then
        v.allow_reserved_names := coalesce(certwright.member_boolean(p_settings, 'allow_reserved_names'), false);
    end if;
    if p_settings ? 'certificate_authorities' then
        v.certificate_authorities := certwright.setting_authorities(p_settings);
    end if;
    if p_settings ? 'key_types' then
        v.key_types := certwright.setting_key_types(p_settings);
    end if;
    if p_settings ? 'creations_per_minute' then
        v.creations_per_minute := certwright.setting_rate(p_settings);
    end if;
    if p_settings ? 'metadata_on_wildcards' then
        v.metadata_on_wildcards := coalesce(certwright.member_boolean(p_settings, 'metadata_on_wildcards'), false);
    end if;
    if p_settings ? 'revoke_on_delete' then
        v.revoke_on_delete := coalesce(certwright.member_boolean(p_settings, 'revoke_on_delete'), false);
    end if;
    return v;
end $$;
comment on function certwright.wanted_zone is 'a zone as settings ask for it, or a refusal that names the setting';

-- One of the names that is a custom hostname, or for "*.name" one that is it or
-- below it; null: none is.  Who has it would have a name of the provider's own.
create or replace function certwright.customers_name(p_names text[]) returns text
    language sql stable as $$
    (select h.hostname from certwright.custom_hostname h
     where h.hostname = any (p_names) and h.removed_at is null order by 1 limit 1)
    union all
    (select h.hostname from unnest(p_names) n
     join certwright.custom_hostname h on certwright.is_under(h.hostname, substr(n, 3)) and h.removed_at is null
     where n like '*.%' order by 1 limit 1)
    limit 1
$$;
comment on function certwright.customers_name is 'one of the names that is a customer''s, null if none is';

create or replace function certwright.edit_zone(zone uuid, settings jsonb) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.zone := certwright.require_zone($1);
    v_before text[];
    v_taken text;
begin
    select * into strict v from certwright.zone z where z.id = $1 for no key update;
    v_before := v.cname_targets;
    v := certwright.wanted_zone($2, v);
    v_taken := certwright.customers_name(array(select n from unnest(v.cname_targets) n where n <> all (v_before)));
    if v_taken is not null then
        perform certwright.refuse_member('cname_targets',
            format('must not hold names of customers; "%s" is a custom hostname', v_taken));
    end if;
    update certwright.zone z
        set account_id = v.account_id, cname_targets = v.cname_targets, apex_prefixes = v.apex_prefixes,
            allow_reserved_names = v.allow_reserved_names, certificate_authorities = v.certificate_authorities,
            key_types = v.key_types, creations_per_minute = v.creations_per_minute,
            metadata_on_wildcards = v.metadata_on_wildcards, revoke_on_delete = v.revoke_on_delete
        where z.id = $1;
    return certwright.zone_object($1);
end $$;
comment on function certwright.edit_zone is 'change settings of a zone; those not named stay';

create or replace function certwright.create_zone(name text, settings jsonb) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_id uuid;
begin
    if $1 is null or $1 !~ '^[^[:cntrl:]]{1,255}$' then
        perform certwright.refuse_member('name', 'must be 1 to 255 characters');
    end if;
    insert into certwright.zone as z (name) values ($1) on conflict on constraint zone_name_key do nothing
        returning z.id into v_id;
    if not found then
        perform certwright.refuse_member('name', 'is the name of another zone');
    end if;
    return certwright.edit_zone(v_id, coalesce($2, '{}'));
end $$;
comment on function certwright.create_zone is 'create a zone';

create or replace function certwright.get_zone(zone uuid) returns jsonb
    language plpgsql stable security definer set search_path = certwright, pg_catalog, pg_temp as $$
begin
    perform certwright.require_zone($1);
    return certwright.zone_object($1);
end $$;
comment on function certwright.get_zone is 'a zone';

-- What was deleted in it goes with it, and so do its webhooks; events stay.
create or replace function certwright.delete_zone(zone uuid) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v constant certwright.zone := certwright.require_zone($1);
    v_count bigint;
begin
    -- Nobody adds a hostname from here on.
    perform from certwright.zone z where z.id = $1 for update;
    select count(*) into v_count from certwright.custom_hostname h where h.zone_id = $1 and h.removed_at is null;
    if v_count > 0 then
        perform certwright.raise_error(1400, p_hint => format('the zone "%s" still has %s custom hostname%s; remove them first',
            v.name, v_count, case when v_count = 1 then '' else 's' end));
    end if;
    select count(*) into v_count from certwright.certificate c
        where c.zone_id = $1 and c.status not in ('deleted', 'deletion_timed_out');
    if v_count > 0 then
        perform certwright.raise_error(1400,
            p_hint => format('certificates of the zone "%s" are still being taken from the edges; try again later', v.name));
    end if;
    perform certwright.delete_webhook($1, w.id) from certwright.webhook w where w.zone_id = $1;
    delete from certwright.job j using certwright.certificate c
        where c.zone_id = $1 and j.flow = 'certificate' and j.subject = c.id;
    delete from certwright.job j where j.flow = 'origin' and j.subject = $1;
    delete from certwright.certificate c where c.zone_id = $1;
    delete from certwright.custom_hostname h where h.zone_id = $1;
    delete from certwright.zone z where z.id = $1;
    return jsonb_build_object('id', $1);
end $$;
comment on function certwright.delete_zone is 'delete a zone whose custom hostnames were all deleted, with its webhooks';

-- ---- the fallback origin ---------------------------------------------------

create or replace function certwright.get_fallback_origin(zone uuid) returns jsonb
    language plpgsql stable security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v constant certwright.zone := certwright.require_zone($1);
begin
    return jsonb_build_object('origin', v.fallback_origin, 'status', v.fallback_status,
        'errors', v.fallback_errors, 'created_at', certwright.iso_time(v.fallback_created_at),
        'updated_at', certwright.iso_time(v.fallback_updated_at));
end $$;
comment on function certwright.get_fallback_origin is 'the fallback origin of a zone; nulls if there is none';

create or replace function certwright.set_fallback_origin(zone uuid, body jsonb) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_zone certwright.zone;
    v_origin text;
begin
    perform certwright.refuse_unknown_members($2, '{origin}');
    v_zone := certwright.require_zone($1);
    v_origin := certwright.canonical_origin(certwright.member_text($2, 'origin', 1415), v_zone.allow_reserved_names);
    if v_origin is distinct from v_zone.fallback_origin and certwright.customers_name(array[v_origin]) is not null then
        perform certwright.refuse_member('origin',
            format('must be a name of your own; "%s" is a custom hostname', v_origin));
    end if;
    update certwright.zone z
        set fallback_origin = v_origin, fallback_status = 'initializing', fallback_errors = '{}',
            fallback_created_at = coalesce(z.fallback_created_at, certwright.clock_now()),
            fallback_updated_at = certwright.clock_now()
        where z.id = $1;
    perform certwright.restart('origin', $1);
    return certwright.get_fallback_origin($1);
end $$;
comment on function certwright.set_fallback_origin is 'set the fallback origin of a zone: {"origin": name}';

create or replace function certwright.delete_fallback_origin(zone uuid) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
begin
    perform certwright.require_zone($1);
    update certwright.zone z
        set fallback_origin = null, fallback_status = null, fallback_errors = '{}',
            fallback_created_at = null, fallback_updated_at = null
        where z.id = $1;
    delete from certwright.job j where j.flow = 'origin' and j.subject = $1;
    return certwright.get_fallback_origin($1);
end $$;
comment on function certwright.delete_fallback_origin is 'a zone without a fallback origin';
