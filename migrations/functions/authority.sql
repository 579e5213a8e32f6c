-- Certificate authorities, as the command line adds, changes and removes them.
-- Their secrets come sealed; they are made in C.  C twin: cli/sql_authority.c.
--
-- Locks are taken in the order of a verdict about a pack: hostnames, packs,
-- lock_authorities(), the CA's row.

-- ---- what is shown ---------------------------------------------------------

create or replace function certwright.authority_json(p certwright.certificate_authority)
    returns json language sql stable as $$
    select json_build_object(
        'id', p.id, 'name', p.name, 'directory', p.directory, 'directory_rsa', p.directory_rsa,
        'trust_file', p.trust_file, 'caa_identities', p.caa_identities, 'contact', p.contact,
        'profile', p.profile, 'preferred_chain', p.preferred_chain, 'preference', p.preference,
        'token_validity', extract(epoch from p.token_validity)::bigint,
        'orders_per_hour', p.orders_per_hour,
        'rate_limits', case when exists (select from certwright.rate_limit l where l.authority_id = p.id)
                            then 'published' else 'none' end,
        'enabled', p.enabled, 'eab_kid', p.eab_kid,
        'account_url', p.account_url, 'account_url_rsa', p.account_url_rsa,
        'rollover_begun', p.new_account_key is not null,
        'meta', p.meta, 'meta_at', p.meta_at,
        'healthy', o.healthy, 'broken_since', o.broken_since, 'next_probe_at', (
            select j.run_at from certwright.job j
            where j.flow = 'authority' and j.subject = p.id and p.broken_since is not null),
        'failures_1h', o.failures_1h, 'last_error', p.last_error, 'last_error_code', p.last_error_code,
        'last_error_at', p.last_error_at, 'orders_1h', o.orders_1h, 'orders_7d', o.orders_7d,
        'budget_left', o.budget_left, 'next_order_at', o.next_order_at,
        'packs', (select count(*) from certwright.certificate c
                  where c.authority_id = p.id and c.status not in ('deleted', 'deletion_timed_out')),
        'created_at', p.created_at)
    from certwright.ca_overview o where o.name = p.name
$$;
comment on function certwright.authority_json is 'a certificate authority without its secrets, with its health and its budget';

create or replace function certwright.require_authority(p_name text) returns certwright.certificate_authority
    language plpgsql stable as $$
declare
    v certwright.certificate_authority;
begin
    select * into v from certwright.certificate_authority a where a.name = p_name;
    if not found then
        raise exception using errcode = 'no_data_found',
            message = format('there is no certificate authority named "%s"', p_name);
    end if;
    return v;
end $$;
comment on function certwright.require_authority is 'a certificate authority by name, or the sentence that there is none';

create or replace function certwright.get_certificate_authority(p_name text)
    returns json language sql stable as $$
    select certwright.authority_json(certwright.require_authority(p_name))
$$;
comment on function certwright.get_certificate_authority is 'one certificate authority without its secrets';

-- ---- what it may be --------------------------------------------------------

create or replace function certwright.check_authority(v certwright.certificate_authority) returns void
    language plpgsql immutable as $$
declare
    v_url constant text := '^https://[^/@[:space:]]+(/[^[:space:]]*)?$';
begin
    if v.name is null or v.name !~ '^[a-z][a-z0-9_]{0,62}$' then
        raise exception 'the name of a certificate authority has lower-case letters, digits and underscores, and begins with a letter';
    end if;
    if v.directory is null or v.directory !~ v_url or v.directory_rsa !~ v_url then
        raise exception 'the directory of a certificate authority is an https:// URL';
    end if;
    if v.preference < 1 or v.token_validity < interval '1 second' or v.orders_per_hour < 1 then
        raise exception 'preference, token validity and orders per hour of a certificate authority are numbers from 1';
    end if;
    if v.contact !~ '^[^@,<>[:space:]]+@[^@,<>[:space:]]+$' then
        raise exception 'the contact of a certificate authority is one mail address, such as ops@example.com';
    end if;
    if '' in (v.trust_file, v.profile, v.preferred_chain, v.eab_kid) then
        raise exception 'a setting of a certificate authority is not empty; none takes it away';
    end if;
end $$;
comment on function certwright.check_authority is 'refuse what no certificate authority can be';

-- SSL.com takes an account without one, and then refuses each certificate.
create or replace function certwright.check_contact(v certwright.certificate_authority) returns void
    language plpgsql immutable as $$
begin
    if v.name = 'ssl_com' and v.contact is null then
        raise exception 'ssl_com needs a contact: SSL.com issues nothing to an account without a mail address';
    end if;
end $$;
comment on function certwright.check_contact is 'refuse a certificate authority without the contact that it needs';

-- A row with changes; null takes a setting back to its default.
create or replace function certwright.authority_with(p certwright.certificate_authority, p_settings jsonb, p_eab_hmac bytea)
    returns certwright.certificate_authority language plpgsql stable as $$
declare
    v certwright.certificate_authority;
    v_unknown text;
begin
    select k into v_unknown from jsonb_object_keys(p_settings) k
        where k not in ('directory', 'directory_rsa', 'trust_file', 'caa_identities', 'contact', 'profile',
            'preferred_chain', 'preference', 'token_validity', 'orders_per_hour', 'rate_limits', 'enabled', 'eab_kid');
    if found then
        raise exception 'a certificate authority has no setting "%"', v_unknown;
    end if;
    v := jsonb_populate_record(p, p_settings - 'rate_limits');
    v.caa_identities := coalesce(v.caa_identities, '{}');
    v.preference := coalesce(v.preference, 100);
    v.token_validity := coalesce(v.token_validity, '7 days');
    v.enabled := coalesce(v.enabled, true);
    if p_settings ? 'eab_kid' then
        v.eab_hmac := p_eab_hmac;
    end if;
    perform certwright.check_authority(v);
    if p_settings ? 'contact' or p.created_at is null then
        perform certwright.check_contact(v);
    end if;
    return v;
end $$;
comment on function certwright.authority_with is 'a certificate authority with settings applied and checked';

-- ---- adding and changing ---------------------------------------------------

drop function if exists certwright.add_certificate_authority;
create function certwright.add_certificate_authority(p_id uuid, p_name text, p_settings jsonb, p_account_key bytea,
        p_eab_hmac bytea)
    returns json language plpgsql as $$
declare
    v certwright.certificate_authority;
begin
    v.id := p_id;
    v.name := p_name;
    v := certwright.authority_with(v, p_settings, p_eab_hmac);
    insert into certwright.certificate_authority (id, name, directory, directory_rsa, trust_file, caa_identities,
            contact, profile, preferred_chain, preference, token_validity, orders_per_hour, enabled, account_key,
            eab_kid, eab_hmac)
        values (p_id, p_name, v.directory, v.directory_rsa, v.trust_file, v.caa_identities,
            v.contact, v.profile, v.preferred_chain, v.preference, v.token_validity, v.orders_per_hour, v.enabled,
            p_account_key, v.eab_kid, v.eab_hmac)
        on conflict (name) do nothing
        returning * into v;
    if not found then
        raise exception 'there is a certificate authority named % already', p_name;
    end if;
    perform certwright.set_rate_limits(p_id, coalesce(p_settings ->> 'rate_limits',
        certwright.default_rate_limits(p_name, v.directory)));
    return certwright.authority_json(v);
end $$;
comment on function certwright.add_certificate_authority is 'add a certificate authority with its sealed account key';

-- All that verdicts about packs of a CA lock before they lock the CA.
create or replace function certwright.lock_packs_of(p_authority uuid) returns void
    language plpgsql as $$
begin
    perform from certwright.custom_hostname h
        where h.id in (select certwright.hostname_of_pack(c) from certwright.certificate c
                       where c.authority_id = p_authority
                         and c.status in ('initializing', 'pending_validation', 'pending_issuance'))
        order by h.id for no key update;
    perform from certwright.certificate c
        where c.authority_id = p_authority
          and c.status in ('initializing', 'pending_validation', 'pending_issuance')
        order by c.id for no key update;
    perform certwright.lock_authorities();
end $$;
comment on function certwright.lock_packs_of is 'lock the orders that are under way at a CA, then all CAs';

-- Another directory is another CA: nothing that was said or done there counts
-- any more.  Certificates stay; orders that were under way begin anew.  (A new
-- account key that was begun with stays: the other directory may have it.)
create or replace function certwright.forget_directory(p_authority uuid) returns void
    language plpgsql as $$
begin
    update certwright.certificate_authority
        set meta = null, meta_at = null, failures = 0, failing_since = null, broken_since = null, probe_at = null, probe_wait = null,
            last_error = null, last_error_code = null, last_error_at = null,
            directory_at = certwright.clock_now()
        where id = p_authority;
    delete from certwright.rate_bucket b where b.authority_id = p_authority;
    delete from certwright.rate_booking b where b.authority_id = p_authority;
    perform certwright.reissue_pack(c.id) from certwright.certificate c
        where c.authority_id = p_authority
          and c.status in ('initializing', 'pending_validation', 'pending_issuance');
end $$;
comment on function certwright.forget_directory is 'begin anew with a CA whose directory was changed';

-- Limits follow the directory to where they are published; they are never
-- loosened without being told to.
create or replace function certwright.edit_rate_limits(p certwright.certificate_authority, p_wanted text, p_is_new boolean)
    returns void language plpgsql as $$
begin
    if p_wanted is not null then
        perform certwright.set_rate_limits(p.id, p_wanted);
    elsif p_is_new and certwright.default_rate_limits(p.name, p.directory) = 'published' then
        perform certwright.set_rate_limits(p.id, 'published');
    end if;
end $$;
comment on function certwright.edit_rate_limits is 'limits of a CA after an edit; p_is_new: at another directory';

create or replace function certwright.edit_certificate_authority(p_name text, p_settings jsonb, p_eab_hmac bytea)
    returns json language plpgsql as $$
declare
    v_old certwright.certificate_authority := certwright.require_authority(p_name);
    v certwright.certificate_authority;
    v_is_new boolean;
begin
    if p_settings ?| '{directory,directory_rsa}' then
        perform certwright.lock_packs_of(v_old.id);
    else
        perform certwright.lock_authorities();
    end if;
    v_old := certwright.require_authority(p_name);
    v := certwright.authority_with(v_old, p_settings, p_eab_hmac);
    v_is_new := (v.directory, v.directory_rsa) is distinct from (v_old.directory, v_old.directory_rsa);
    update certwright.certificate_authority a
        set directory = v.directory, directory_rsa = v.directory_rsa, trust_file = v.trust_file,
            caa_identities = v.caa_identities, contact = v.contact, profile = v.profile,
            preferred_chain = v.preferred_chain, preference = v.preference, token_validity = v.token_validity,
            orders_per_hour = v.orders_per_hour, enabled = v.enabled, eab_kid = v.eab_kid, eab_hmac = v.eab_hmac,
            account_url = case when a.directory = v.directory then a.account_url end,
            account_url_rsa = case when a.directory_rsa = v.directory_rsa then a.account_url_rsa end
        where a.id = v_old.id;
    if v_is_new then
        perform certwright.forget_directory(v_old.id);
    end if;
    perform certwright.edit_rate_limits(v, p_settings ->> 'rate_limits', v_is_new);
    -- Is it there, as it is now?
    if v_is_new or v.trust_file is distinct from v_old.trust_file then
        perform certwright.restart('authority', v_old.id);
    end if;
    return certwright.get_certificate_authority(p_name);
end $$;
comment on function certwright.edit_certificate_authority is 'change a certificate authority; what is not named stays';

create or replace function certwright.remove_certificate_authority(p_name text)
    returns json language plpgsql as $$
declare
    v constant certwright.certificate_authority := certwright.require_authority(p_name);
    v_json constant json := certwright.authority_json(v);
    v_packs constant bigint := v_json ->> 'packs';
begin
    if v_packs > 0 then
        raise exception '% is the certificate authority of % certificate pack%; it stays until they are renewed elsewhere or removed (certwright ca edit % --disabled keeps new orders away)',
            p_name, v_packs, case when v_packs > 1 then 's' else '' end, p_name;
    end if;
    -- What is left of packs is their history.
    update certwright.certificate c set authority_id = null
        where c.authority_id = v.id and c.status in ('deleted', 'deletion_timed_out');
    delete from certwright.certificate_authority a where a.id = v.id;
    return v_json;
exception when foreign_key_violation then
    raise exception 'certificates depend on the certificate authority %; it stays', p_name;
end $$;
comment on function certwright.remove_certificate_authority is 'remove a certificate authority that no certificate in use came from';

-- ---- a new account key -----------------------------------------------------
--
--	stored beside the old one ──> told to the CA ──> in its place
--
-- Whoever stops in between begins again with the key that is stored.

-- One at a time: until the session ends nobody else may.
create or replace function certwright.rollover_question(p_name text) returns jsonb
    language plpgsql as $$
declare
    v constant certwright.certificate_authority := certwright.require_authority(p_name);
begin
    if not pg_try_advisory_lock(1667592820, hashtext(v.id::text)) then
        raise exception 'the account key of % is being changed by somebody else', p_name;
    end if;
    return certwright.authority_fields(v) || jsonb_build_object(
        'new_account_key', translate(encode(v.new_account_key, 'base64'), E'\n', ''));
end $$;
comment on function certwright.rollover_question is 'a CA with its sealed secrets, for whoever changes its account key';

create or replace function certwright.begin_rollover(p_id uuid, p_new_key bytea) returns void
    language plpgsql as $$
begin
    perform certwright.lock_authorities();
    update certwright.certificate_authority set new_account_key = p_new_key
        where id = p_id and new_account_key is null;
    if not found then
        raise exception 'the certificate authority was changed or removed meanwhile';
    end if;
end $$;
comment on function certwright.begin_rollover is 'store a sealed new account key beside the one in use';

-- What is to be published for the CA depends on the key: it is read again, and
-- what daemons are just finding out with the old key is not heard (version).
create or replace function certwright.finish_rollover(p_id uuid, p_new_key bytea, p_account_url text,
        p_account_url_rsa text) returns jsonb
    language plpgsql as $$
declare
    v_packs uuid[];
begin
    perform certwright.lock_packs_of(p_id);
    update certwright.certificate_authority a
        set account_key = a.new_account_key, new_account_key = null,
            account_url = coalesce(p_account_url, a.account_url),
            account_url_rsa = coalesce(p_account_url_rsa, a.account_url_rsa)
        where a.id = p_id and a.new_account_key = p_new_key;
    if not found then
        raise exception 'the certificate authority was changed or removed meanwhile';
    end if;
    with unproven as (
        update certwright.issuance i set order_status = null
            from certwright.certificate c
            where c.id = i.certificate_id and c.authority_id = p_id and c.status = 'pending_validation'
              and i.order_url is not null and coalesce(i.order_status, 'pending') not in ('ready', 'processing', 'valid')
            returning i.certificate_id, i.key_type
    ), given_up as (
        update certwright.challenge h set voided_at = certwright.clock_now() from unproven u
            where h.certificate_id = u.certificate_id and h.key_type = u.key_type and h.voided_at is null
    )
    select coalesce(array_agg(distinct u.certificate_id), '{}') into v_packs from unproven u;
    update certwright.certificate c set version = c.version + 1 where c.id = any (v_packs);
    perform certwright.prune_challenges(x), certwright.restart('certificate', x) from unnest(v_packs) x;
    return jsonb_build_object('packs', cardinality(v_packs));
end $$;
comment on function certwright.finish_rollover is 'the CA has the new account key: it takes the place of the old one';
