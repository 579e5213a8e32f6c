-- The delegation domain: _acme-challenge of a hostname is, once and for all, a
-- CNAME to <hostname>.<delegation id of its zone>.<dcv_domain>, where we answer.

create or replace function certwright.delegation_domain() returns text
    language sql stable as $$ select rtrim(lower(certwright.option_value('dcv_domain', null) collate "C"), '.') $$;
comment on function certwright.delegation_domain is 'the option dcv_domain, null without one';

-- A CNAME cannot name what is too long for a name (RFC 1035 §2.3.4): such a
-- hostname is validated by its own records.
create or replace function certwright.delegation_target(p_hostname text, p_delegation text) returns text
    language sql stable as $$
    select t.name from (select p_hostname || '.' || p_delegation || '.' || certwright.delegation_domain()) t (name)
    where octet_length(t.name) <= 253
$$;
comment on function certwright.delegation_target is 'what _acme-challenge of a hostname is delegated to, null without a delegation domain';

-- For people, of a whole zone.
create or replace function certwright.delegation_pattern(zone uuid) returns text
    language sql stable security definer set search_path = certwright, pg_catalog, pg_temp as $$
    select '_acme-challenge.<hostname> CNAME <hostname>.' || z.dcv_delegation_id || '.' || certwright.delegation_domain()
    from certwright.zone z where z.id = $1
$$;
comment on function certwright.delegation_pattern is 'the record that delegates, for any hostname of a zone; null without a delegation domain';

-- A domain that is taken up must not hold names that are something else: our
-- name server would deny them.  What was taken up stays, so that a daemon
-- starts again however the names have changed.
create or replace function certwright.delegation_domain_fault(p_domain text) returns text
    language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_name text;
begin
    if p_domain is null or p_domain = certwright.delegation_domain() then
        return null;
    end if;
    if certwright.public_suffix_of(p_domain) = p_domain then
        return 'it must be a name of your own, and this is a public suffix';
    end if;
    v_name := certwright.customers_name(array['*.' || p_domain]);
    if v_name is not null then
        return format('no custom hostname may be at or below it, and there is "%s"', v_name);
    end if;
    select n into v_name
        from certwright.zone z cross join unnest(z.cname_targets || z.fallback_origin) n
        where certwright.is_under(regexp_replace(n, '^\*\.', ''), p_domain) order by n limit 1;
    if v_name is not null then
        return format('only delegations are answered below it, and "%s" is a CNAME target or fallback origin', v_name);
    end if;
    return null;
end $$;
comment on function certwright.delegation_domain_fault is 'why a name cannot become the delegation domain, null if it can';

-- ---- the label of a zone -----------------------------------------------------

-- An id that was ever given leads, at some customer's DNS, to the zone that it
-- was given to: another one is made.
create or replace function certwright.give_delegation() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    loop
        insert into certwright.delegation as d (id, zone_id) values (new.dcv_delegation_id, new.id)
            on conflict on constraint delegation_pkey do nothing;
        exit when found;
        new.dcv_delegation_id := substr(encode(uuid_send(gen_random_uuid()), 'hex'), 1, 16);
    end loop;
    return new;
end $$;
comment on function certwright.give_delegation is 'gives a new zone a delegation id that no zone ever had';
create or replace trigger zone_give_delegation before insert on certwright.zone
    for each row execute function certwright.give_delegation();

create or replace function certwright.keep_delegation() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    raise exception 'the delegation id of a zone never changes: customers point at it';
end $$;
comment on function certwright.keep_delegation is 'refuses another delegation id for a zone, and that one is forgotten';
create or replace trigger zone_keep_delegation before update of dcv_delegation_id on certwright.zone
    for each row when (old.dcv_delegation_id is distinct from new.dcv_delegation_id)
    execute function certwright.keep_delegation();
create or replace trigger delegation_keep before update or delete on certwright.delegation
    for each row execute function certwright.keep_delegation();

-- ---- when the options change -------------------------------------------------------

-- The next hostnames that have tokens follow dcv_domain and dcv_update_server
-- as they are now, each batch in a transaction of its own, since it locks them:
-- hostnames first, in one statement, as whoever writes tokens does.  C twin:
-- cli/upkeep.c.
create or replace function certwright.follow_settings(p_limit bigint) returns boolean
    language plpgsql as $$
declare
    v_settings constant text := coalesce(certwright.option_value('dcv_domain', null), '') || ' '
        || coalesce(certwright.option_value('dcv_update_server', null), '');
    v certwright.delegation_followed;
    v_names text[];
begin
    if not pg_try_advisory_xact_lock(1667592820, 3) then
        return false;           -- another daemon does it
    end if;
    select * into strict v from certwright.delegation_followed;
    if v.settings <> v_settings then
        v.after := '';
    elsif v.after is null then
        return false;
    end if;
    v_names := array(
        select n.name from (
            (select distinct h.identifier as name from certwright.challenge h
             where h.voided_at is null and h.identifier > v.after order by 1 limit p_limit)
            union
            (select distinct p.hostname from certwright.publication p
             where p.hostname > v.after order by 1 limit p_limit)) n
        order by 1 limit p_limit);
    perform from certwright.custom_hostname h where h.hostname = any (v_names) order by h.id for no key update;
    perform certwright.name_tokens(v_names);
    perform certwright.publish_again(v_names);
    v.after := case when cardinality(v_names) = p_limit then v_names[p_limit] end;
    update certwright.delegation_followed set settings = v_settings, after = v.after;
    return v.after is not null;
end $$;
comment on function certwright.follow_settings is 'let some of the tokens follow a change of the options about delegation; true: there are more';
