-- Certificate authorities, as the command line adds and removes them.  Their
-- secrets come sealed; they are made in C.  C twin: cli/sql.c.

create or replace function certwright.authority_json(p certwright.certificate_authority)
    returns json language sql stable as $$
    select json_build_object(
        'id', p.id, 'name', p.name, 'directory', p.directory, 'trust_file', p.trust_file,
        'caa_identities', p.caa_identities, 'contact', p.contact, 'profile', p.profile,
        'preference', p.preference, 'token_validity', extract(epoch from p.token_validity)::bigint,
        'orders_per_hour', p.orders_per_hour, 'enabled', p.enabled,
        'account_url', p.account_url, 'eab_kid', p.eab_kid,
        'broken_since', p.broken_since, 'last_error', p.last_error, 'created_at', p.created_at)
$$;
comment on function certwright.authority_json is 'a certificate authority without its secrets';

create or replace function certwright.add_certificate_authority(p_id uuid, p_name text, p_directory text,
        p_trust_file text, p_caa_identities text[], p_contact text, p_profile text, p_preference bigint,
        p_token_validity bigint, p_orders_per_hour bigint, p_account_key bytea, p_eab_kid text, p_eab_hmac bytea)
    returns json language plpgsql as $$
declare
    v certwright.certificate_authority;
begin
    if p_name is null or p_name !~ '^[a-z][a-z0-9_]{0,62}$' then
        raise exception 'the name of a certificate authority has lower-case letters, digits and underscores, and begins with a letter';
    end if;
    if p_directory is null or p_directory !~ '^https://[^/@[:space:]]+(/[^[:space:]]*)?$' then
        raise exception 'the directory of a certificate authority is an https:// URL';
    end if;
    insert into certwright.certificate_authority (id, name, directory, trust_file, caa_identities, contact,
            profile, preference, token_validity, orders_per_hour, account_key, eab_kid, eab_hmac)
        values (p_id, p_name, p_directory, p_trust_file, p_caa_identities, p_contact, p_profile,
            coalesce(p_preference, 100), coalesce(p_token_validity, 604800) * interval '1 second',
            p_orders_per_hour, p_account_key, p_eab_kid, p_eab_hmac)
        on conflict (name) do nothing
        returning * into v;
    if v.id is null then
        raise exception 'there is a certificate authority named % already', p_name;
    end if;
    perform certwright.set_rate_limits(p_id, certwright.default_rate_limits(p_name, p_directory));
    return certwright.authority_json(v);
end $$;
comment on function certwright.add_certificate_authority is 'add a certificate authority with its sealed account key';

create or replace function certwright.get_certificate_authority(p_name text)
    returns json language plpgsql stable as $$
declare
    v certwright.certificate_authority;
begin
    select * into v from certwright.certificate_authority where name = p_name;
    if not found then
        raise exception using errcode = 'no_data_found',
            message = format('there is no certificate authority named "%s"', p_name);
    end if;
    return certwright.authority_json(v);
end $$;
comment on function certwright.get_certificate_authority is 'one certificate authority without its secrets';

create or replace function certwright.remove_certificate_authority(p_name text)
    returns json language plpgsql as $$
declare
    v certwright.certificate_authority;
begin
    delete from certwright.certificate_authority where name = p_name returning * into v;
    if not found then
        raise exception using errcode = 'no_data_found',
            message = format('there is no certificate authority named "%s"', p_name);
    end if;
    return certwright.authority_json(v);
exception when foreign_key_violation then
    raise exception 'certificates depend on the certificate authority %; it stays', p_name;
end $$;
comment on function certwright.remove_certificate_authority is 'remove a certificate authority that no certificate came from';
