-- A database of the released program (9290cc5), which every later one must be
-- able to bring to its own schema.  Made once, never edited: docs/tests.md.

SET check_function_bodies = false;

CREATE SCHEMA certwright;

COMMENT ON SCHEMA certwright IS 'certwright: custom hostnames, their certificates, and what was told about them';

CREATE TYPE certwright.delivery_state AS ENUM (
    'pending',
    'delivered',
    'dead'
);

CREATE TYPE certwright.flow_name AS ENUM (
    'hostname',
    'certificate',
    'delivery'
);

CREATE TYPE certwright.hostname_status AS ENUM (
    'active',
    'pending',
    'active_redeploying',
    'moved',
    'pending_deletion',
    'deleted',
    'pending_blocked',
    'pending_migration',
    'pending_provisioned',
    'test_pending',
    'test_active',
    'test_active_apex',
    'test_blocked',
    'test_failed',
    'provisioned',
    'blocked'
);

CREATE TYPE certwright.key_type AS ENUM (
    'p256',
    'rsa2048'
);

CREATE TYPE certwright.ssl_status AS ENUM (
    'initializing',
    'pending_validation',
    'pending_issuance',
    'pending_deployment',
    'active',
    'pending_deletion',
    'deleted',
    'pending_expiration',
    'expired',
    'initializing_timed_out',
    'validation_timed_out',
    'issuance_timed_out',
    'deployment_timed_out',
    'deletion_timed_out',
    'pending_cleanup',
    'staging_deployment',
    'staging_active',
    'deactivating',
    'inactive',
    'backup_issued',
    'holding_deployment'
);

CREATE FUNCTION certwright.add_attempt_partition(p_day timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
    v_name constant text := certwright.attempt_partition(p_day);
begin
    if to_regclass('certwright.' || v_name) is not null or exists (
            select from certwright.attempt_default where at >= p_day and at < p_day + interval '24 hours') then
        return false;
    end if;
    execute format('create table certwright.%I (like certwright.attempt including all)', v_name);
    execute format('comment on table certwright.%I is %L', v_name, 'attempts of one day');
    execute format('alter table certwright.attempt attach partition certwright.%I for values from (%L) to (%L)',
        v_name, p_day, p_day + interval '24 hours');
    return true;
end $$;

COMMENT ON FUNCTION certwright.add_attempt_partition(p_day timestamp with time zone) IS 'make the partition of a day unless it is there';

CREATE FUNCTION certwright.add_certificate_authority(p_id uuid, p_name text, p_directory text, p_trust_file text, p_caa_identities text[], p_contact text, p_profile text, p_preference bigint, p_token_validity bigint, p_orders_per_hour bigint, p_account_key bytea, p_eab_kid text, p_eab_hmac bytea) RETURNS json
    LANGUAGE plpgsql
    AS $_$
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
    return certwright.authority_json(v);
end $_$;

COMMENT ON FUNCTION certwright.add_certificate_authority(p_id uuid, p_name text, p_directory text, p_trust_file text, p_caa_identities text[], p_contact text, p_profile text, p_preference bigint, p_token_validity bigint, p_orders_per_hour bigint, p_account_key bytea, p_eab_kid text, p_eab_hmac bytea) IS 'add a certificate authority with its sealed account key';

CREATE FUNCTION certwright.apply_verdicts(p_flow certwright.flow_name, p_daemon uuid, p_subjects uuid[], p_shards bigint[], p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[], p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[], p_news boolean[], OUT news integer[], OUT accepted integer, OUT next_ms bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
declare
    v_now constant timestamptz := certwright.clock_now();
begin
    perform certwright.lock_owners(false);
    with v as (
        select * from unnest(p_subjects, p_shards, p_epochs, p_wakes, p_states, p_outcomes, p_waits,
                             p_tried, p_attempts, p_codes, p_details, p_found, p_took, p_news)
            with ordinality as v (subject, shard, epoch, wakes, state, outcome, wait, tried, attempts, code,
                                  detail, found, took, news, nth)
    ), done as (
        update certwright.job j
            set attempts = case when j.wakes = v.wakes then v.attempts else j.attempts end,
                run_at = case when j.wakes = v.wakes then v_now + v.wait * interval '1 second' else v_now end,
                ran_at = v_now
            from v join certwright.shard s on s.id = v.shard and s.epoch = v.epoch and s.owner = p_daemon
            where j.flow = p_flow and j.subject = v.subject
            returning v.*, j.run_at
    ), history as (
        insert into certwright.attempt (flow, subject, attempt, at, state, outcome, code, detail, found, took_ms)
            select p_flow, subject, tried, v_now, state, outcome,
                   code, detail, found, took
            from done
    )
    select coalesce(array_agg(nth::integer order by nth) filter (where done.news), '{}'), count(*),
           greatest(extract(epoch from min(run_at) - v_now) * 1000, 0)::bigint
        into news, accepted, next_ms
        from done;
    delete from certwright.suspect where flow = p_flow and subject = any (p_subjects);
end $$;

COMMENT ON FUNCTION certwright.apply_verdicts(p_flow certwright.flow_name, p_daemon uuid, p_subjects uuid[], p_shards bigint[], p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[], p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[], p_news boolean[], OUT news integer[], OUT accepted integer, OUT next_ms bigint) IS 'fence, reschedule and record a batch of verdicts';

CREATE FUNCTION certwright.attempt_partition(p_day timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    select 'attempt_' || to_char(p_day at time zone 'UTC', 'YYYYMMDD')
$$;

COMMENT ON FUNCTION certwright.attempt_partition(p_day timestamp with time zone) IS 'name of the partition of a day';

CREATE FUNCTION certwright.clock_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$select now()$$;

COMMENT ON FUNCTION certwright.clock_now() IS 'the one clock of everything';

CREATE TABLE certwright.certificate_authority (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    directory text NOT NULL,
    trust_file text,
    caa_identities text[] DEFAULT '{}'::text[] NOT NULL,
    contact text,
    profile text,
    preference integer DEFAULT 100 NOT NULL,
    token_validity interval DEFAULT '7 days'::interval NOT NULL,
    orders_per_hour integer,
    enabled boolean DEFAULT true NOT NULL,
    account_key bytea NOT NULL,
    account_url text,
    eab_kid text,
    eab_hmac bytea,
    broken_since timestamp with time zone,
    last_error text,
    created_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    CONSTRAINT certificate_authority_check CHECK (((eab_kid IS NULL) = (eab_hmac IS NULL))),
    CONSTRAINT certificate_authority_name_check CHECK ((name ~ '^[a-z][a-z0-9_]{0,62}$'::text)),
    CONSTRAINT certificate_authority_orders_per_hour_check CHECK ((orders_per_hour > 0))
);

COMMENT ON TABLE certwright.certificate_authority IS 'a CA is data: where its directory is, what its CAA identities are, which account we have';

COMMENT ON COLUMN certwright.certificate_authority.id IS 'names what its secrets are sealed for';

COMMENT ON COLUMN certwright.certificate_authority.name IS 'google, lets_encrypt, ssl_com or a name of the provider''s own';

COMMENT ON COLUMN certwright.certificate_authority.directory IS 'ACME directory URL, https';

COMMENT ON COLUMN certwright.certificate_authority.trust_file IS 'PEM file that its HTTPS certificate chains to, null: the system''s';

COMMENT ON COLUMN certwright.certificate_authority.caa_identities IS 'issuer domain names in CAA records that mean this CA';

COMMENT ON COLUMN certwright.certificate_authority.contact IS 'mail address of the account';

COMMENT ON COLUMN certwright.certificate_authority.profile IS 'certificate profile to order, null: the CA''s default';

COMMENT ON COLUMN certwright.certificate_authority.preference IS 'lower is tried first for the default CA';

COMMENT ON COLUMN certwright.certificate_authority.token_validity IS 'how long a token stays usable at most';

COMMENT ON COLUMN certwright.certificate_authority.orders_per_hour IS 'own limit, null: none';

COMMENT ON COLUMN certwright.certificate_authority.enabled IS 'whether new orders may go there';

COMMENT ON COLUMN certwright.certificate_authority.account_key IS 'sealed P-256 account key';

COMMENT ON COLUMN certwright.certificate_authority.account_url IS 'the account, once the CA has said it';

COMMENT ON COLUMN certwright.certificate_authority.eab_kid IS 'external account binding: key id';

COMMENT ON COLUMN certwright.certificate_authority.eab_hmac IS 'external account binding: sealed HMAC key';

COMMENT ON COLUMN certwright.certificate_authority.broken_since IS 'first of the failures in a row, null while it works';

COMMENT ON COLUMN certwright.certificate_authority.last_error IS 'what it said or failed with last';

COMMENT ON COLUMN certwright.certificate_authority.created_at IS 'when it was added';

CREATE FUNCTION certwright.authority_for(p_chosen uuid, p_wanted text, p_order text[]) RETURNS certwright.certificate_authority
    LANGUAGE sql STABLE
    AS $$
    select a from certwright.certificate_authority a
    where case when p_chosen is not null then a.id = p_chosen
               when p_wanted <> '' then a.name = p_wanted and a.enabled
               else a.enabled end
    order by array_position(p_order, a.name) nulls last, a.preference, a.name
    limit 1
$$;

COMMENT ON FUNCTION certwright.authority_for(p_chosen uuid, p_wanted text, p_order text[]) IS 'the CA that a pack is ordered from';

CREATE FUNCTION certwright.authority_json(p certwright.certificate_authority) RETURNS json
    LANGUAGE sql STABLE
    AS $$
    select json_build_object(
        'id', p.id, 'name', p.name, 'directory', p.directory, 'trust_file', p.trust_file,
        'caa_identities', p.caa_identities, 'contact', p.contact, 'profile', p.profile,
        'preference', p.preference, 'token_validity', extract(epoch from p.token_validity)::bigint,
        'orders_per_hour', p.orders_per_hour, 'enabled', p.enabled,
        'account_url', p.account_url, 'eab_kid', p.eab_kid,
        'broken_since', p.broken_since, 'last_error', p.last_error, 'created_at', p.created_at)
$$;

COMMENT ON FUNCTION certwright.authority_json(p certwright.certificate_authority) IS 'a certificate authority without its secrets';

CREATE FUNCTION certwright.block_hostname(p_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.block_hostname(p_id uuid) IS 'a name under a hold is not tried until it is refreshed after the hold';

CREATE FUNCTION certwright.canonical_hostname(p_name text, p_reserved boolean) RETURNS text
    LANGUAGE sql STABLE
    AS $$ select certwright.canonical_name(p_name, p_reserved, 1407) $$;

COMMENT ON FUNCTION certwright.canonical_hostname(p_name text, p_reserved boolean) IS 'canonical custom hostname; p_reserved admits the reserved domains';

CREATE FUNCTION certwright.canonical_name(p_name text, p_reserved boolean, p_first integer) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_name constant text := regexp_replace(lower(p_name collate "C"), '\.$', '');
    v_suffix text;
begin
    if p_name ~ '[^\x01-\x7f]' then
        perform certwright.raise_error(p_first + 1);
    end if;
    if v_name is null or not certwright.is_ldh_name(v_name) then
        -- A single number is an address too: both are refused alike.
        perform certwright.raise_error(p_first);
    end if;
    if not p_reserved and v_name ~ '(^|\.)(test|example|invalid|localhost)$' then
        perform certwright.raise_error(p_first + 2);
    end if;
    v_suffix := certwright.public_suffix_of(v_name);
    if v_suffix = v_name then
        perform certwright.raise_error(p_first + 3,
            format('publicsuffix: cannot derive eTLD+1 for domain `%s`', v_name));
    end if;
    if not p_reserved and v_name ~ '(^|\.)example\.(com|net|org)$' then
        perform certwright.raise_error(p_first + 4);
    end if;
    return v_name;
end $_$;

COMMENT ON FUNCTION certwright.canonical_name(p_name text, p_reserved boolean, p_first integer) IS 'lower-case A-labels without final dot, or the documented refusal';

CREATE FUNCTION certwright.canonical_origin(p_name text, p_reserved boolean) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    if p_name like '*%' then
        perform certwright.raise_error(1420);
    end if;
    return certwright.canonical_name(p_name, p_reserved, 1415);
end $$;

COMMENT ON FUNCTION certwright.canonical_origin(p_name text, p_reserved boolean) IS 'canonical custom origin; p_reserved admits the reserved domains';

CREATE FUNCTION certwright.certificate_hosts(p_hostname text, p_wildcard boolean) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    select case when p_wildcard then jsonb_build_array(p_hostname, '*.' || p_hostname)
                else jsonb_build_array(p_hostname) end
$$;

COMMENT ON FUNCTION certwright.certificate_hosts(p_hostname text, p_wildcard boolean) IS 'names that a pack covers';

CREATE FUNCTION certwright.change_certificate(p_id uuid, p_wakes bigint, p_state text, p_outcome text, p_next text, p_rests boolean, p_code text, p_error text, p_changes jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    v certwright.certificate;
    v_event text;
begin
    if p_next is not null then
        perform certwright.check_edge('certificate', p_state, p_next);
    end if;
    select * into v from certwright.certificate where id = p_id for no key update;
    if p_changes ? 'version' and p_changes ->> 'version' <> v.version::text then
        return;         -- of orders that were given up meanwhile
    end if;
    if p_changes ? 'p256' then
        perform certwright.change_issuance(p_id, 'p256', p_changes -> 'p256');
    end if;
    if p_changes ? 'rsa2048' then
        perform certwright.change_issuance(p_id, 'rsa2048', p_changes -> 'rsa2048');
    end if;
    if p_changes #>> '{ca,id}' is not null then
        update certwright.certificate set authority_id = (p_changes #>> '{ca,id}')::uuid
            where id = p_id and authority_id is null;
        update certwright.certificate_authority set account_url = p_changes #>> '{ca,account_url}'
            where id = (p_changes #>> '{ca,id}')::uuid
              and account_url is distinct from p_changes #>> '{ca,account_url}'
              and p_changes #>> '{ca,account_url}' is not null;
    end if;
    if p_changes #>> '{p256,order_url}' is not null or p_changes #>> '{rsa2048,order_url}' is not null then
        perform certwright.count_orders(p_id, p_changes);
    end if;
    if v.status::text <> p_state then
        return;         -- edited meanwhile: schedule() has raised wakes
    end if;
    update certwright.certificate c
        set status = coalesce(p_next, p_state)::certwright.ssl_status,
            since = case when p_next is null then c.since else certwright.clock_now() end,
            code = p_code,
            error = case when p_outcome = 'wait' and p_error is null then c.error else p_error end
        where id = p_id;
    if p_rests then
        perform certwright.rest('certificate', p_id, p_wakes);
    end if;
    v_event := case
        when p_outcome like 'go:%' then case p_next
            when 'pending_issuance' then 'validation.succeeded'
            when 'pending_deployment' then 'issuance.succeeded'
            when 'active' then 'deployment.succeeded'
            when 'deleted' then 'deletion.succeeded' end
        when p_outcome = 'retry' or p_outcome like 'fail:%' then case p_state
            when 'pending_validation' then 'validation.failed'
            when 'pending_issuance' then 'issuance.failed'
            when 'pending_deployment' then 'deployment.failed'
            when 'pending_deletion' then 'deletion.failed' end
        end;
    if v_event is not null then
        perform certwright.emit_event(v.custom_hostname_id, p_id,
            'ssl.custom_hostname_certificate.' || v_event, p_code, p_error);
    end if;
    if p_next = 'active' then
        delete from certwright.challenge where certificate_id = p_id;
    end if;
end $$;

COMMENT ON FUNCTION certwright.change_certificate(p_id uuid, p_wakes bigint, p_state text, p_outcome text, p_next text, p_rests boolean, p_code text, p_error text, p_changes jsonb) IS 'what a verdict changes in a certificate pack';

CREATE FUNCTION certwright.change_delivery(p_id uuid, p_wakes bigint, p_state text, p_next text, p_code text, p_error text, p_changes jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    v_delivery certwright.delivery;
    v_next uuid;
begin
    update certwright.delivery d
        set state = coalesce(p_next, p_state)::certwright.delivery_state,
            since = case when p_next is null then d.since else certwright.clock_now() end,
            last_status = case when p_changes ? 'last_status' then (p_changes ->> 'last_status')::integer end,
            code = p_code, error = p_error
        where d.id = p_id and d.state::text = p_state
        returning * into v_delivery;
    if not found then
        return;
    end if;
    if p_changes #>> '{webhook,enabled}' = 'false' then
        update certwright.webhook set enabled = false where id = v_delivery.webhook_id;
    end if;
    if p_next is null then
        return;
    end if;
    perform certwright.check_edge('delivery', p_state, p_next);
    perform certwright.rest('delivery', p_id, p_wakes);
    -- In order: the next one of this hostname to this endpoint may go now.
    select d.id into v_next from certwright.delivery d
        where d.webhook_id = v_delivery.webhook_id and d.state = 'pending'
          and d.custom_hostname_id is not distinct from v_delivery.custom_hostname_id
        order by d.event_seq limit 1;
    if found then
        perform certwright.schedule('delivery', v_next, certwright.clock_now());
    end if;
end $$;

COMMENT ON FUNCTION certwright.change_delivery(p_id uuid, p_wakes bigint, p_state text, p_next text, p_code text, p_error text, p_changes jsonb) IS 'what a verdict changes in a delivery';

CREATE FUNCTION certwright.change_hostname(p_id uuid, p_wakes bigint, p_state text, p_outcome text, p_next text, p_rests boolean, p_code text, p_error text) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    v_name text;
    v_loser uuid;
begin
    if p_next is null then
        update certwright.custom_hostname set code = p_code, error = p_error
            where id = p_id and status::text = p_state
              and not (p_outcome = 'wait' and p_error is null);
        return;
    end if;
    perform certwright.check_edge('hostname', p_state, p_next);
    select hostname into v_name from certwright.custom_hostname
        where id = p_id and status::text = p_state for no key update;
    if not found then
        return;         -- edited meanwhile: schedule() has raised wakes
    end if;
    if p_next = 'active' then
        -- The last one validated owns the name.
        for v_loser in
            update certwright.custom_hostname
                set status = 'moved', since = certwright.clock_now(), modified_at = certwright.clock_now(),
                    code = 'taken_over', error = 'another zone has validated this hostname'
                where hostname = v_name and status in ('active', 'active_redeploying') and id <> p_id
                returning id
        loop
            perform certwright.restart('hostname', v_loser);
            perform certwright.emit_event(v_loser, null, 'custom_hostname.moved', 'taken_over', null);
        end loop;
    end if;
    update certwright.custom_hostname
        set status = p_next::certwright.hostname_status, since = certwright.clock_now(),
            modified_at = certwright.clock_now(), code = p_code, error = p_error
        where id = p_id;
    if p_rests then
        perform certwright.rest('hostname', p_id, p_wakes);
    end if;
    perform certwright.emit_event(p_id, null, 'custom_hostname.' || case p_next when 'active' then 'activated'
        else p_next end, p_code, p_error);
    if p_next = 'active' then
        -- It may point at us by now: look whether the CA can be asked.
        perform certwright.schedule('certificate', id, certwright.clock_now())
            from certwright.certificate
            where custom_hostname_id = p_id
              and status in ('initializing', 'pending_validation', 'pending_issuance', 'pending_deployment');
    elsif p_next = 'deleted' then
        perform certwright.remove_certificate(id) from certwright.certificate where custom_hostname_id = p_id;
    end if;
end $$;

COMMENT ON FUNCTION certwright.change_hostname(p_id uuid, p_wakes bigint, p_state text, p_outcome text, p_next text, p_rests boolean, p_code text, p_error text) IS 'what a verdict changes in a custom hostname';

CREATE FUNCTION certwright.change_issuance(p_pack uuid, p_key certwright.key_type, p jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    insert into certwright.issuance (certificate_id, key_type) values (p_pack, p_key) on conflict do nothing;
    -- A new order: what was made for the last one and is not in use goes.
    if p ? 'order_url' then
        delete from certwright.challenge where certificate_id = p_pack and key_type = p_key;
        update certwright.issuance set order_status = null, finalize_url = null, certificate_url = null,
                order_expires_at = null
            where certificate_id = p_pack and key_type = p_key;
    end if;
    update certwright.issuance i set
        order_url = certwright.changed(p, 'order_url', i.order_url),
        order_status = certwright.changed(p, 'order_status', i.order_status),
        finalize_url = certwright.changed(p, 'finalize_url', i.finalize_url),
        certificate_url = certwright.changed(p, 'certificate_url', i.certificate_url),
        order_expires_at = case when p ? 'order_expires'
            then to_timestamp((p ->> 'order_expires')::bigint) else i.order_expires_at end,
        private_key = case when p ? 'private_key' then decode(p ->> 'private_key', 'base64') else i.private_key end,
        csr = certwright.changed(p, 'csr', i.csr),
        chain = certwright.changed(p, 'chain', i.chain),
        serial_number = certwright.changed(p, 'serial_number', i.serial_number),
        issuer = certwright.changed(p, 'issuer', i.issuer),
        signature = certwright.changed(p, 'signature', i.signature),
        fingerprint = certwright.changed(p, 'fingerprint', i.fingerprint),
        not_before = case when p ? 'not_before' then to_timestamp((p ->> 'not_before')::bigint) else i.not_before end,
        not_after = case when p ? 'not_after' then to_timestamp((p ->> 'not_after')::bigint) else i.not_after end,
        uploaded_at = case when p ? 'chain' then certwright.clock_now() else i.uploaded_at end
        where i.certificate_id = p_pack and i.key_type = p_key;
    if p ? 'challenges' then
        delete from certwright.challenge where certificate_id = p_pack and key_type = p_key;
        insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,
                key_authorization, txt_value, status, expires_at, told_at)
            select p_pack, p_key, c.identifier, c.wildcard, c.url, c.method, c.token, c.key_authorization,
                   c.txt_value, c.status, to_timestamp(nullif(c.expires, 0)), to_timestamp(nullif(c.told, 0))
            from jsonb_to_recordset((p ->> 'challenges')::jsonb)
                as c (identifier text, wildcard boolean, url text, method text, token text,
                      key_authorization text, txt_value text, status text, expires bigint, told bigint);
    end if;
end $$;

COMMENT ON FUNCTION certwright.change_issuance(p_pack uuid, p_key certwright.key_type, p jsonb) IS 'what a verdict changes in one key type of a pack';

CREATE FUNCTION certwright.changed(p_changes jsonb, p_name text, p_old text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    select case when p_changes ? p_name then p_changes ->> p_name else p_old end
$$;

COMMENT ON FUNCTION certwright.changed(p_changes jsonb, p_name text, p_old text) IS 'new value of a column, or the old one if the change does not name it';

CREATE TABLE certwright.zone (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    account_id text,
    cname_targets text[] DEFAULT '{}'::text[] NOT NULL,
    apex_prefixes cidr[] DEFAULT '{}'::cidr[] NOT NULL,
    fallback_origin text,
    fallback_status text,
    fallback_errors text[] DEFAULT '{}'::text[] NOT NULL,
    fallback_created_at timestamp with time zone,
    fallback_updated_at timestamp with time zone,
    allow_reserved_names boolean DEFAULT false NOT NULL,
    certificate_authorities text[] DEFAULT '{google,lets_encrypt,ssl_com}'::text[] NOT NULL,
    key_types certwright.key_type[] DEFAULT '{p256,rsa2048}'::certwright.key_type[] NOT NULL,
    creations_per_minute integer,
    metadata_on_wildcards boolean DEFAULT false NOT NULL,
    revoke_on_delete boolean DEFAULT false NOT NULL,
    dcv_delegation_id text DEFAULT substr(encode(uuid_send(gen_random_uuid()), 'hex'::text), 1, 16) NOT NULL,
    created_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    CONSTRAINT zone_creations_per_minute_check CHECK ((creations_per_minute > 0)),
    CONSTRAINT zone_key_types_check CHECK ((cardinality(key_types) > 0))
);

COMMENT ON TABLE certwright.zone IS 'one SaaS application of the provider: where its custom hostnames live';

COMMENT ON COLUMN certwright.zone.id IS 'zone id';

COMMENT ON COLUMN certwright.zone.name IS 'name, for people';

COMMENT ON COLUMN certwright.zone.account_id IS 'account that events name';

COMMENT ON COLUMN certwright.zone.cname_targets IS 'names that custom hostnames may CNAME to';

COMMENT ON COLUMN certwright.zone.apex_prefixes IS 'address ranges that apex hostnames may point into';

COMMENT ON COLUMN certwright.zone.fallback_origin IS 'where traffic goes by default; also a CNAME target';

COMMENT ON COLUMN certwright.zone.fallback_status IS 'initializing or active, null without a fallback origin';

COMMENT ON COLUMN certwright.zone.fallback_errors IS 'why the fallback origin is not active';

COMMENT ON COLUMN certwright.zone.fallback_created_at IS 'when it was first set';

COMMENT ON COLUMN certwright.zone.fallback_updated_at IS 'when it was last set or checked';

COMMENT ON COLUMN certwright.zone.allow_reserved_names IS 'admits names under example.com and the reserved top domains, for trials';

COMMENT ON COLUMN certwright.zone.certificate_authorities IS 'preference order of the default CA';

COMMENT ON COLUMN certwright.zone.key_types IS 'key types that a pack has';

COMMENT ON COLUMN certwright.zone.creations_per_minute IS 'limit of creations, null: unlimited';

COMMENT ON COLUMN certwright.zone.metadata_on_wildcards IS 'admits custom metadata on wildcard hostnames';

COMMENT ON COLUMN certwright.zone.revoke_on_delete IS 'revoke certificates of deleted hostnames';

COMMENT ON COLUMN certwright.zone.dcv_delegation_id IS 'label of this zone in the delegation domain';

COMMENT ON COLUMN certwright.zone.created_at IS 'when it was created';

CREATE FUNCTION certwright.check_creation_rate(p_zone certwright.zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.check_creation_rate(p_zone certwright.zone) IS 'limit of creations per minute';

CREATE FUNCTION certwright.check_edge(p_flow certwright.flow_name, p_state text, p_next text) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if not exists (select from certwright.flow_edges() e
                   where e.flow = p_flow and e.state = p_state and e.next = p_next) then
        raise exception 'the % flow may not go from % to %', p_flow, p_state, p_next;
    end if;
end $$;

COMMENT ON FUNCTION certwright.check_edge(p_flow certwright.flow_name, p_state text, p_next text) IS 'refuses a change of state that no flow makes';

CREATE FUNCTION certwright.check_list_query(p_query jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_paging constant text[] := '{page,per_page,order,direction}';
    v_contain constant text := p_query ->> 'hostname.contain';
begin
    perform certwright.refuse_unknown_members(p_query, v_paging || '{id,hostname,hostname.exact,hostname.contain,
        hostname.startsWith,ssl,ssl_status,hostname_status,certificate_authority,wildcard,custom_origin_server}');
    if p_query ? 'id' then
        if p_query ->> 'id' !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
            perform certwright.raise_error(1435);
        end if;
        if (p_query - 'id') - v_paging <> '{}' then
            perform certwright.raise_error(1438);
        end if;
    end if;
    if p_query ?& '{hostname,hostname.exact}' or p_query ?& '{hostname,hostname.contain}'
            or p_query ?& '{hostname,hostname.startsWith}' then
        perform certwright.refuse_member('hostname', 'excludes hostname.exact, hostname.contain and hostname.startsWith');
    end if;
    if v_contain !~* '^[a-z0-9.-]{1,255}$' or v_contain ~ '^[0-9]+(\.[0-9]+){3}$' then
        perform certwright.raise_error(1437);
    end if;
end $_$;

COMMENT ON FUNCTION certwright.check_list_query(p_query jsonb) IS 'refuse what a list query may not hold';

CREATE FUNCTION certwright.check_method(p_ssl jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.check_method(p_ssl jsonb) IS 'ssl.method and ssl.type, which come together';

CREATE FUNCTION certwright.check_secret(p_secret text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
begin
    if p_secret like 'whsec\_%' then
        if substr(p_secret, 7) !~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
                or octet_length(decode(substr(p_secret, 7), 'base64')) not between 24 and 64 then
            perform certwright.refuse_member('secret', 'must be whsec_ and base64 of 24 to 64 bytes');
        end if;
    elsif p_secret !~ '^[!-~]([ -~]*[!-~])?$' or octet_length(p_secret) > 1024 then
        perform certwright.refuse_member('secret', 'must be 1 to 1024 printable ASCII characters');
    end if;
end $_$;

COMMENT ON FUNCTION certwright.check_secret(p_secret text) IS 'refuse what cannot be a secret; never repeats it';

CREATE FUNCTION certwright.check_switch(p_settings jsonb, p_member text, p_code integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    if p_settings ? p_member and p_settings -> p_member not in ('"on"', '"off"') then
        perform certwright.refuse_member('ssl.settings.' || p_member, 'must be "on" or "off"', p_code);
    end if;
end $$;

COMMENT ON FUNCTION certwright.check_switch(p_settings jsonb, p_member text, p_code integer) IS 'refuse what is neither on nor off';

CREATE FUNCTION certwright.check_webhook_url(p_url text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_parts text[] := regexp_match(p_url,
        '^(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(?:[/?][!-~]*)?$');
begin
    if v_parts is null or p_url ~ '[#\\<>"`{|}^]' or octet_length(p_url) > 2048 then
        perform certwright.refuse_member('url',
            'must be an absolute https URL of at most 2048 ASCII characters, without user, password and fragment');
    end if;
    if v_parts[3]::integer not between 1 and 65535 then
        perform certwright.refuse_member('url', 'has a port that does not exist');
    end if;
    if v_parts[1] = 'http' and certwright.option_value('allow_plain_webhooks', 'off') <> 'on' then
        perform certwright.refuse_member('url', 'must be https');
    end if;
end $_$;

COMMENT ON FUNCTION certwright.check_webhook_url(p_url text) IS 'refuse what is no URL for a webhook';

CREATE FUNCTION certwright.check_wildcard_metadata(p_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    if exists (select from certwright.custom_hostname h
               join certwright.zone z on z.id = h.zone_id and not z.metadata_on_wildcards
               join certwright.certificate c on c.custom_hostname_id = h.id and c.wildcard
               where h.id = p_id and h.custom_metadata is not null) then
        perform certwright.raise_error(1412);
    end if;
end $$;

COMMENT ON FUNCTION certwright.check_wildcard_metadata(p_id uuid) IS 'no metadata on wildcards unless the zone admits it';

CREATE FUNCTION certwright.cipher_suites() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select '{ECDHE-ECDSA-AES128-GCM-SHA256,ECDHE-ECDSA-CHACHA20-POLY1305,ECDHE-RSA-AES128-GCM-SHA256,
        ECDHE-RSA-CHACHA20-POLY1305,ECDHE-ECDSA-AES128-SHA256,ECDHE-ECDSA-AES128-SHA,ECDHE-RSA-AES128-SHA256,
        ECDHE-RSA-AES128-SHA,AES128-GCM-SHA256,AES128-SHA256,AES128-SHA,ECDHE-ECDSA-AES256-GCM-SHA384,
        ECDHE-ECDSA-AES256-SHA384,ECDHE-RSA-AES256-GCM-SHA384,ECDHE-RSA-AES256-SHA384,ECDHE-RSA-AES256-SHA,
        AES256-GCM-SHA384,AES256-SHA256,AES256-SHA,DES-CBC3-SHA}'::text[]
$$;

COMMENT ON FUNCTION certwright.cipher_suites() IS 'names that ssl.settings.ciphers may hold';

CREATE FUNCTION certwright.clean_shards(p_daemon uuid) RETURNS void
    LANGUAGE sql
    AS $$
    update certwright.shard h set unclean = false
        where h.owner = p_daemon and h.unclean
          and not exists (select from certwright.job j
                          join certwright.suspect s on s.flow = j.flow and s.subject = j.subject
                          where j.shard = h.id and j.run_at <= certwright.clock_now())
$$;

COMMENT ON FUNCTION certwright.clean_shards(p_daemon uuid) IS 'the first pass after a takeover is over';

CREATE FUNCTION certwright.count_all(p_zone text) RETURNS json
    LANGUAGE sql STABLE
    AS $$
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

COMMENT ON FUNCTION certwright.count_all(p_zone text) IS 'hostnames, certificates and deliveries by state, and running daemons';

CREATE FUNCTION certwright.count_orders(p_pack uuid, p_changes jsonb) RETURNS void
    LANGUAGE sql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
    insert into certwright.ca_order (authority_id, certificate_id, key_type)
        select c.authority_id, c.id, k
        from certwright.certificate c cross join unnest(enum_range(null::certwright.key_type)) k
        where c.id = p_pack and c.authority_id is not null and p_changes -> k::text ->> 'order_url' is not null;
    delete from certwright.ca_order o where o.ordered_at < certwright.clock_now() - interval '8 days'
$$;

COMMENT ON FUNCTION certwright.count_orders(p_pack uuid, p_changes jsonb) IS 'remember the orders that a verdict tells of, for budgets';

CREATE FUNCTION certwright.create_custom_hostname(zone uuid, body jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
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
end $_$;

COMMENT ON FUNCTION certwright.create_custom_hostname(zone uuid, body jsonb) IS 'create a custom hostname and begin to check it';

CREATE FUNCTION certwright.create_pack(p_hostname uuid, p_ssl jsonb) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.create_pack(p_hostname uuid, p_ssl jsonb) IS 'the pack of a hostname that had none; the caller schedules it';

CREATE FUNCTION certwright.create_webhook(zone uuid, body jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_zone constant certwright.zone := certwright.require_zone($1);
    v certwright.webhook;
    v_signing text;
begin
    v.failures := 'all';
    v.enabled := true;
    v := certwright.wanted_webhook($2, v);
    insert into certwright.webhook as w (zone_id, name, url, event_types, failures, enabled)
        values (v_zone.id, v.name, v.url, v.event_types, v.failures, v.enabled) returning w.id into v.id;
    if $2 ->> 'secret' like 'whsec\_%' then
        v_signing := $2 ->> 'secret';
    else
        v_signing := certwright.make_secret();
        if $2 ->> 'secret' is not null then
            perform certwright.keep_secret(v.id, $2 ->> 'secret');
        end if;
    end if;
    perform certwright.keep_secret(v.id, v_signing);
    return certwright.webhook_object(v.id) || jsonb_build_object('secret', v_signing);
end $_$;

COMMENT ON FUNCTION certwright.create_webhook(zone uuid, body jsonb) IS 'create an endpoint; only this answer shows its signing secret';

CREATE FUNCTION certwright.create_zone(name text, settings jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
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
end $_$;

COMMENT ON FUNCTION certwright.create_zone(name text, settings jsonb) IS 'create a zone';

CREATE FUNCTION certwright.custom_hostname_object(p_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.custom_hostname_object(p_id uuid) IS 'a custom hostname as the API shows it';

CREATE FUNCTION certwright.delegation_target(p_hostname text, p_delegation text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    select p_hostname || '.' || p_delegation || '.' || certwright.option_value('dcv_domain', null)
$$;

COMMENT ON FUNCTION certwright.delegation_target(p_hostname text, p_delegation text) IS 'what _acme-challenge of a hostname is delegated to, null without a delegation domain';

CREATE FUNCTION certwright.delete_custom_hostname(zone uuid, id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
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
end $_$;

COMMENT ON FUNCTION certwright.delete_custom_hostname(zone uuid, id uuid) IS 'delete a custom hostname with its certificates; its name is free at once';

CREATE FUNCTION certwright.delete_fallback_origin(zone uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
begin
    perform certwright.require_zone($1);
    update certwright.zone z
        set fallback_origin = null, fallback_status = null, fallback_errors = '{}',
            fallback_created_at = null, fallback_updated_at = null
        where z.id = $1;
    return certwright.get_fallback_origin($1);
end $_$;

COMMENT ON FUNCTION certwright.delete_fallback_origin(zone uuid) IS 'a zone without a fallback origin';

CREATE FUNCTION certwright.delete_webhook(zone uuid, id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
begin
    perform certwright.find_webhook($1, $2);
    delete from certwright.job j using certwright.delivery d
        where d.webhook_id = $2 and d.state = 'pending' and j.flow = 'delivery' and j.subject = d.id;
    delete from certwright.webhook w where w.id = $2;
    return jsonb_build_object('id', $2);
end $_$;

COMMENT ON FUNCTION certwright.delete_webhook(zone uuid, id uuid) IS 'delete an endpoint with its deliveries';

CREATE FUNCTION certwright.deliver_event(p_seq bigint) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_event certwright.event;
    v_delivery record;
    v_count integer := 0;
begin
    select * into strict v_event from certwright.event e where e.seq = p_seq;
    for v_delivery in
        insert into certwright.delivery (webhook_id, event_seq, custom_hostname_id)
            select w.id, p_seq, v_event.custom_hostname_id
            from certwright.webhook w
            where w.zone_id = v_event.zone_id and w.enabled
              and (w.event_types is null or v_event.type = any (w.event_types))
              and (w.failures = 'all' or certwright.is_news(v_event.custom_hostname_id, p_seq,
                                                            v_event.type, v_event.reason))
            returning id, webhook_id
    loop
        v_count := v_count + 1;
        perform certwright.schedule_delivery(v_delivery.id, v_delivery.webhook_id,
            v_event.custom_hostname_id, p_seq);
    end loop;
    return v_count;
end $$;

COMMENT ON FUNCTION certwright.deliver_event(p_seq bigint) IS 'make the deliveries of an event';

CREATE FUNCTION certwright.dns_instructions(zone uuid, id uuid) RETURNS TABLE(purpose text, type text, name text, value text, state text, found text[], fix text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
#variable_conflict use_column
begin
    perform certwright.get_custom_hostname($1, $2);
    return query select r.purpose, r.type, r.name, r.value, r.state, r.found,
            certwright.instruction_fix(r.type, r.name, r.value, r.state)
        from certwright.wanted_records($2) r;
end $_$;

COMMENT ON FUNCTION certwright.dns_instructions(zone uuid, id uuid) IS 'what to publish for a hostname: expected, found, where and how to mend it';

CREATE FUNCTION certwright.documented_errors() RETURNS TABLE(status integer, code integer, message text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    values
        (401, 1000, 'Unable to extract bearer token'),
        (401, 1001, 'Unable to parse JWT token'),
        (401, 1002, 'Bad JWT header'),
        (401, 1003, 'Failed to verify JWT token'),
        (401, 1004, 'Failed to get claims from JWT token'),
        (401, 1005, 'JWT token does not have required claims'),
        (400, 1400, 'Unable to decode the JSON request body. Check your input and try again.'),
        (400, 1401, 'Unable to encode the Custom Metadata as JSON. Check your input and try again.'),
        (400, 1402, 'Zone ID is required. Check your input and try again.'),
        (400, 1403, 'The request has no Authorization header. Check your input and try again.'),
        (403, 1404, 'No quota has been allocated for this zone. If you are already a paid Cloudflare for SaaS customer, contact your Customer Success Manager for additional provisioning. If you are not yet enrolled, fill out this contact form and our sales team will reach out to you.'),
        (403, 1405, 'Quota exceeded. If you are already a paid Cloudflare for SaaS customer, contact your Customer Success Manager for additional provisioning. If you are not yet enrolled, fill out this contact form and our sales team will reach out to you.'),
        (409, 1406, 'Duplicate custom hostname found.'),
        (400, 1407, 'Invalid custom hostname. Custom hostnames have to be smaller than 256 characters in length, cannot be IP addresses, cannot contain any special characters such as ~`!@#$%^&*()=+[]\'),
        (400, 1408, 'Custom hostnames with non-ASCII characters are not supported. Check your input and try again.'),
        (400, 1409, 'Reserved top domain custom hostnames, such as ''test'', ''example'', ''invalid'' or ''localhost'', is not supported. Check your input and try again.'),
        (400, 1410, 'Unable to parse custom hostname - :reason. Check your input and try again.'),
        (400, 1411, 'Custom hostnames ending in example.com, example.net, or example.org are prohibited. Check your input and try again.'),
        (400, 1412, 'Custom metadata for wildcard custom hostnames is not supported. Check your input and try again.'),
        (403, 1413, 'No custom metadata access has been allocated for this zone. If you are already a paid customer, contact your Customer Success Manager for additional provisioning. If you are not yet enrolled, fill out this contact form and our sales team will reach out to you.'),
        (403, 1414, 'Access to setting a custom origin server has not been granted for this zone. If you are already a paid Cloudflare for SaaS customer, contact your Customer Success Manager for additional provisioning. If you are not yet enrolled, fill out this contact form and our sales team will reach out to you.'),
        (400, 1415, 'Invalid custom origin hostname. Custom origin hostnames have to be smaller than 256 characters in length, cannot be IP addresses, cannot contain any special characters such as `!@#$%^&*()=+[]\'),
        (400, 1416, 'Custom origin hostnames with non-ASCII characters are not supported. Check your input and try again.'),
        (400, 1417, 'Reserved top domain custom origin hostnames, such as ''test'', ''example'', ''invalid'' or ''localhost'', is not supported. Check your input and try again.'),
        (400, 1418, 'Unable to parse custom origin hostname - :reason. Check your input and try again.'),
        (400, 1419, 'Custom origin hostnames ending in example.com, example.net, or example.org are prohibited. Check your input and try again.'),
        (400, 1420, 'Wildcard custom origin hostnames are not supported. Check your input and try again.'),
        (400, 1421, 'The custom origin hostname you specified does not exist on Cloudflare as a DNS record (A, AAAA or CNAME) in your zone: :zone_tag. Check your input and try again.'),
        (400, 1422, 'Invalid `http2` setting. Only ''on'' or ''off'' is accepted. Check your input and try again.'),
        (400, 1423, 'Invalid `tls_1_2_only` setting. Only ''on'' or ''off'' is accepted. Check your input and try again.'),
        (400, 1424, 'Invalid `tls_1_3` setting. Only ''on'' or ''off'' is accepted. Check your input and try again.'),
        (400, 1425, 'Invalid `min_tls_version` setting. Only ''1.0'',''1.1'',''1.2'' or ''1.3'' is accepted. Check your input and try again.'),
        (400, 1426, 'The certificate that you uploaded cannot be parsed. Check your input and try again.'),
        (400, 1427, 'The certificate that you uploaded is empty. Check your input and try again.'),
        (400, 1428, 'The private key you uploaded cannot be parsed. Check your input and try again.'),
        (400, 1429, 'The private key you uploaded does not match the certificate. Check your input and try again.'),
        (400, 1430, 'The custom CSR ID is invalid. Check your input and try again.'),
        (404, 1431, 'The custom CSR was not found.'),
        (400, 1432, 'The validation method is not supported. Only `http`, `email`, or `txt` are accepted. Check your input and try again.'),
        (400, 1433, 'The validation type is not supported. Only ''dv'' is accepted. Check your input and try again.'),
        (400, 1434, 'The SSL attribute is invalid. Refer to the API documentation, check your input and try again.'),
        (400, 1435, 'The custom hostname ID is invalid. Check your input and try again.'),
        (404, 1436, 'The custom hostname was not found.'),
        (400, 1437, 'Invalid hostname.contain query parameter. The hostname.contain query parameter has to be smaller than 256 characters in length, cannot be IP addresses, cannot contain any special characters such as ~`!@#$%^&*()=+[]\'),
        (400, 1438, 'Cannot specify other filter parameters in addition to `id`. Only one must be specified. Check your input and try again.'),
        (409, 1439, 'Modifying the custom hostname is not supported. Check your input and try again.'),
        (400, 1440, 'Both validation type and validation method are required. Check your input and try again.'),
        (400, 1441, 'The certificate that you uploaded is having trouble bundling against the public trust store. Check your input and try again.'),
        (400, 1442, 'Invalid `ciphers` setting. Refer to the documentation for the list of accepted cipher suites. Check your input and try again.'),
        (400, 1443, 'Cipher suite selection is not supported for a minimum TLS version of 1.3. Check your input and try again.'),
        (400, 1444, 'The certificate chain that you uploaded has multiple leaf certificates. Check your input and try again.'),
        (400, 1445, 'The certificate chain that you uploaded has no leaf certificates. Check your input and try again.'),
        (400, 1446, 'The certificate that you uploaded does not include the custom hostname - `:custom_hostname`. Review your input and try again.'),
        (400, 1447, 'The certificate that you uploaded does not use a supported signature algorithm. Only SHA-256/ECDSA, SHA-256/RSA, and SHA-1/RSA signature algorithms are supported. Review your input and try again.'),
        (400, 1448, 'Custom hostnames with wildcards are not supported for certificates managed by Cloudflare. Review your input and try again.'),
        (400, 1449, 'The request input `bundle_method` must be one of: ubiquitous, optimal, force.'),
        (400, 1469, 'Since no host is 64 characters or fewer, Cloudflare Branding is required. Please check your input and try again.'),
        (500, 1500, 'Internal Server Error')
$_$;

COMMENT ON FUNCTION certwright.documented_errors() IS 'every documented error: HTTP status, code, message; :name is filled in';

CREATE FUNCTION certwright.drop_attempt_partitions(p_before timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    AS $_$
declare
    v_name text;
    v_count integer := 0;
begin
    for v_name in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'certwright.attempt'::regclass and c.relname ~ '^attempt_[0-9]{8}$'
          and to_date(substr(c.relname, 9), 'YYYYMMDD') + 1 <= (p_before at time zone 'UTC')::date
        order by 1
    loop
        execute format('drop table certwright.%I', v_name);
        v_count := v_count + 1;
    end loop;
    delete from certwright.attempt_default where at < p_before;
    return v_count;
end $_$;

COMMENT ON FUNCTION certwright.drop_attempt_partitions(p_before timestamp with time zone) IS 'drop what is wholly older than a moment';

CREATE FUNCTION certwright.due_certificate(p_shards bigint[], p_marks text[], p_after uuid[], p_limit bigint) RETURNS TABLE(subject uuid, shard smallint, run_at timestamp with time zone, wakes integer, attempts integer, now bigint, late_ms bigint, since bigint, state certwright.ssl_status, code text, hostname text, wildcard text, method text, version text, common_name text, http_port text, wanted_authority text, ca_id text, ca_name text, ca_directory text, ca_trust_file text, ca_contact text, ca_profile text, ca_account_key text, ca_account_url text, ca_eab_kid text, ca_eab_hmac text, p256 text, rsa2048 text)
    LANGUAGE sql STABLE
    AS $$
    select j.subject, j.shard, j.run_at, j.wakes, j.attempts,
           extract(epoch from certwright.clock_now())::bigint,
           (extract(epoch from certwright.clock_now() - j.run_at) * 1000)::bigint,
           floor(extract(epoch from c.since))::bigint, c.status, c.code,
           c.hostname, c.wildcard::text, c.method, c.version::text,
           case when c.branding then (select value from certwright.setting where name = 'branding_name') end,
           coalesce((select value from certwright.setting where name = 'http_port'), '80'),
           c.wanted_authority,
           a.id::text, a.name, a.directory, a.trust_file, a.contact, a.profile,
           translate(encode(a.account_key, 'base64'), E'\n', ''), a.account_url, a.eab_kid,
           translate(encode(a.eab_hmac, 'base64'), E'\n', ''),
           case when 'p256' = any (c.key_types)
               then coalesce(certwright.issuance_json(c.id, 'p256', c.status = 'pending_deployment'), '{}')::text end,
           case when 'rsa2048' = any (c.key_types)
               then coalesce(certwright.issuance_json(c.id, 'rsa2048', c.status = 'pending_deployment'), '{}')::text end
    from certwright.due_jobs('certificate', p_shards, p_marks, p_after, p_limit) j
    join certwright.certificate c on c.id = j.subject
    join certwright.zone z on z.id = c.zone_id
    left join lateral certwright.authority_for(c.authority_id, c.wanted_authority, z.certificate_authorities) a on true
$$;

COMMENT ON FUNCTION certwright.due_certificate(p_shards bigint[], p_marks text[], p_after uuid[], p_limit bigint) IS 'due certificate packs with all that their steps read';

CREATE FUNCTION certwright.due_delivery(p_shards bigint[], p_marks text[], p_after uuid[], p_limit bigint) RETURNS TABLE(subject uuid, shard smallint, run_at timestamp with time zone, wakes integer, attempts integer, now bigint, late_ms bigint, since bigint, state certwright.delivery_state, code text, event_id uuid, url text, body text, webhook_id uuid, secret text, old_secret text, plain_secret text, enabled text)
    LANGUAGE sql STABLE
    AS $$
    select j.subject, j.shard, j.run_at, j.wakes, j.attempts,
           extract(epoch from certwright.clock_now())::bigint,
           (extract(epoch from certwright.clock_now() - j.run_at) * 1000)::bigint,
           floor(extract(epoch from d.since))::bigint, d.state, d.code,
           e.id, w.url, e.body::text, w.id,
           case when w.plain_secret_clear is null then translate(encode(w.secret, 'base64'), E'\n', '') end,
           case when w.old_secret_until > certwright.clock_now()
               then translate(encode(w.old_secret, 'base64'), E'\n', '') end,
           translate(encode(w.plain_secret, 'base64'), E'\n', ''),
           w.enabled::text
    from certwright.due_jobs('delivery', p_shards, p_marks, p_after, p_limit) j
    join certwright.delivery d on d.id = j.subject
    join certwright.event e on e.seq = d.event_seq
    join certwright.webhook w on w.id = d.webhook_id
$$;

COMMENT ON FUNCTION certwright.due_delivery(p_shards bigint[], p_marks text[], p_after uuid[], p_limit bigint) IS 'due deliveries with all that their steps read';

CREATE FUNCTION certwright.due_hostname(p_shards bigint[], p_marks text[], p_after uuid[], p_limit bigint) RETURNS TABLE(subject uuid, shard smallint, run_at timestamp with time zone, wakes integer, attempts integer, now bigint, late_ms bigint, since bigint, state certwright.hostname_status, code text, name text, targets text, proof_name text, proof text)
    LANGUAGE sql STABLE
    AS $$
    select j.subject, j.shard, j.run_at, j.wakes, j.attempts,
           extract(epoch from certwright.clock_now())::bigint,
           (extract(epoch from certwright.clock_now() - j.run_at) * 1000)::bigint,
           floor(extract(epoch from h.since))::bigint, h.status, h.code,
           h.hostname,
           array_to_string(array_append(z.cname_targets, z.fallback_origin), ' '),
           coalesce((select value from certwright.setting where name = 'ownership_txt_label'),
                    '_cf-custom-hostname') || '.' || h.hostname,
           h.ownership_value::text
    from certwright.due_jobs('hostname', p_shards, p_marks, p_after, p_limit) j
    join certwright.custom_hostname h on h.id = j.subject
    join certwright.zone z on z.id = h.zone_id
$$;

COMMENT ON FUNCTION certwright.due_hostname(p_shards bigint[], p_marks text[], p_after uuid[], p_limit bigint) IS 'due hostnames with all that their steps read';

CREATE TABLE certwright.job (
    flow certwright.flow_name NOT NULL,
    subject uuid NOT NULL,
    shard smallint NOT NULL,
    wakes integer DEFAULT 0 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    run_at timestamp with time zone NOT NULL,
    ran_at timestamp with time zone
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0.02');

COMMENT ON TABLE certwright.job IS 'when each row is looked at next; a row at rest has none';

COMMENT ON COLUMN certwright.job.flow IS 'which flow the row belongs to';

COMMENT ON COLUMN certwright.job.subject IS 'id of the custom hostname, certificate pack or delivery';

COMMENT ON COLUMN certwright.job.shard IS '0 to 63, from the subject''s id; leased as a whole to one daemon';

COMMENT ON COLUMN certwright.job.wakes IS 'counts calls of schedule(); a verdict that saw fewer runs the job again';

COMMENT ON COLUMN certwright.job.attempts IS 'retries of the present state''s schedule that are used up';

COMMENT ON COLUMN certwright.job.run_at IS 'the earliest moment of the next look';

COMMENT ON COLUMN certwright.job.ran_at IS 'when the last look was written down';

CREATE FUNCTION certwright.due_jobs(p_flow certwright.flow_name, p_shards bigint[], p_marks text[], p_after uuid[], p_limit bigint) RETURNS SETOF certwright.job
    LANGUAGE sql STABLE ROWS 500
    AS $$
    select j.*
    from unnest(p_shards, p_marks, p_after) as s (shard, mark, after)
    cross join lateral (
        select * from certwright.job
        where flow = p_flow and shard = s.shard::smallint and run_at <= certwright.clock_now()
          and (run_at, subject) > (coalesce(s.mark::timestamptz, '-infinity'),
                                   coalesce(s.after, '00000000-0000-0000-0000-000000000000'))
        order by run_at, subject
        limit p_limit / cardinality(p_shards) + 1) j
$$;

COMMENT ON FUNCTION certwright.due_jobs(p_flow certwright.flow_name, p_shards bigint[], p_marks text[], p_after uuid[], p_limit bigint) IS 'due jobs of some shards from a mark on';

CREATE FUNCTION certwright.edit_custom_hostname(zone uuid, id uuid, body jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
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
end $_$;

COMMENT ON FUNCTION certwright.edit_custom_hostname(zone uuid, id uuid, body jsonb) IS 'edit a custom hostname; repeating ssl checks it now';

CREATE FUNCTION certwright.edit_pack(p_pack uuid, p_ssl jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_old certwright.certificate;
    v_new certwright.certificate;
begin
    select * into strict v_old from certwright.certificate c where c.id = p_pack for no key update;
    v_new := certwright.wanted_pack(p_ssl, v_old);
    update certwright.certificate c
        set method = v_new.method, wanted_authority = v_new.wanted_authority, wildcard = v_new.wildcard,
            bundle_method = v_new.bundle_method, branding = v_new.branding, settings = v_new.settings
        where c.id = p_pack;
    if (v_new.wanted_authority, v_new.wildcard, v_new.branding)
            is distinct from (v_old.wanted_authority, v_old.wildcard, v_old.branding) then
        perform certwright.reissue_pack(p_pack);
    end if;
end $$;

COMMENT ON FUNCTION certwright.edit_pack(p_pack uuid, p_ssl jsonb) IS 'apply an edit of ssl to a pack; the caller refreshes it';

CREATE FUNCTION certwright.edit_webhook(zone uuid, id uuid, body jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v certwright.webhook := certwright.find_webhook($1, $2);
begin
    v := certwright.wanted_webhook($3, v);
    update certwright.webhook w
        set name = v.name, url = v.url, event_types = v.event_types, failures = v.failures, enabled = v.enabled
        where w.id = $2;
    if $3 ->> 'secret' is not null then
        perform certwright.keep_secret($2, $3 ->> 'secret');
    elsif $3 ? 'secret' then
        update certwright.webhook w set plain_secret = null, plain_secret_clear = null where w.id = $2;
    end if;
    return certwright.webhook_object($2);
end $_$;

COMMENT ON FUNCTION certwright.edit_webhook(zone uuid, id uuid, body jsonb) IS 'edit an endpoint; members not named stay';

CREATE FUNCTION certwright.edit_zone(zone uuid, settings jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v certwright.zone := certwright.require_zone($1);
begin
    select * into strict v from certwright.zone z where z.id = $1 for no key update;
    v := certwright.wanted_zone($2, v);
    update certwright.zone z
        set account_id = v.account_id, cname_targets = v.cname_targets, apex_prefixes = v.apex_prefixes,
            allow_reserved_names = v.allow_reserved_names, certificate_authorities = v.certificate_authorities,
            key_types = v.key_types, creations_per_minute = v.creations_per_minute,
            metadata_on_wildcards = v.metadata_on_wildcards, revoke_on_delete = v.revoke_on_delete
        where z.id = $1;
    return certwright.zone_object($1);
end $_$;

COMMENT ON FUNCTION certwright.edit_zone(zone uuid, settings jsonb) IS 'change settings of a zone; those not named stay';

CREATE FUNCTION certwright.emit_event(p_hostname uuid, p_certificate uuid, p_type text, p_reason text, p_message text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_id constant uuid := gen_random_uuid();
    v_zone certwright.zone;
    v_seq bigint;
begin
    -- Order of locks: hostname, pack, alarm.  It also puts the events of one
    -- hostname, and their deliveries, in one row.
    perform from certwright.custom_hostname h where h.id = p_hostname for no key update;
    select z.* into strict v_zone from certwright.zone z
        where z.id = coalesce((select h.zone_id from certwright.custom_hostname h where h.id = p_hostname),
                              (select c.zone_id from certwright.certificate c where c.id = p_certificate));
    if p_hostname is null then
        perform from certwright.webhook w where w.zone_id = v_zone.id order by w.id for no key update;
    end if;
    insert into certwright.event (id, type, zone_id, custom_hostname_id, reason, body)
        values (v_id, p_type, v_zone.id, p_hostname, p_reason, jsonb_build_object(
            'metadata', jsonb_build_object(
                'event', jsonb_build_object('id', v_id, 'type', p_type,
                    'created_at', certwright.iso_time(certwright.clock_now())),
                'account', jsonb_build_object('id', v_zone.account_id),
                'zone', jsonb_build_object('id', v_zone.id)),
            'data', certwright.event_data(p_hostname, p_certificate, p_type, coalesce(p_message, p_reason))))
        returning seq into v_seq;
    perform certwright.deliver_event(v_seq);
end $$;

COMMENT ON FUNCTION certwright.emit_event(p_hostname uuid, p_certificate uuid, p_type text, p_reason text, p_message text) IS 'write an event and its deliveries, in the transaction of the change';

CREATE FUNCTION certwright.ensure_role(p_name text) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
    if exists (select from pg_catalog.pg_roles r where r.rolname = p_name) then
        return true;
    end if;
    execute format('create role %I nologin', p_name);
    return true;
exception
    when duplicate_object or unique_violation then
        return true;            -- another migration was faster
    when insufficient_privilege then
        return false;
end $$;

COMMENT ON FUNCTION certwright.ensure_role(p_name text) IS 'make a role where we may';

CREATE FUNCTION certwright.event_data(p_hostname uuid, p_pack uuid, p_type text, p_message text) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
    select case when h.id is null then '{}' else jsonb_build_object('id', h.id, 'hostname', h.hostname) end
        || case when p_pack is null
               then jsonb_build_object('status', h.status, 'verification_errors',
                   case when p_message is null then '[]' else jsonb_build_array(p_message) end)
               else jsonb_build_object('ssl', certwright.event_ssl(p_pack, p_type, p_message)) end
        || jsonb_build_object('custom_metadata', h.custom_metadata, 'custom_origin_server', h.custom_origin_server)
    from (select) one left join certwright.custom_hostname h on h.id = p_hostname
$$;

COMMENT ON FUNCTION certwright.event_data(p_hostname uuid, p_pack uuid, p_type text, p_message text) IS 'data of an event; without hostname for a pack that was attached earlier';

CREATE FUNCTION certwright.event_ssl(p_pack uuid, p_type text, p_message text) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
    select jsonb_build_object('id', c.id, 'status', c.status)
        || case when p_type like '%.upcoming_certificate_expiration_notification'
               then jsonb_build_object(
                   'hosts', certwright.certificate_hosts(c.hostname, c.wildcard), 'issuer', i.issuer,
                   'serial_number', i.serial_number, 'signature', i.signature,
                   'uploaded_on', certwright.iso_time(i.uploaded_at), 'expires_on', certwright.iso_time(i.not_after),
                   'custom_csr_id', null)
               else jsonb_build_object('type', c.type, 'method', c.method) end
        || case when p_type ~ '\.(validation|issuance|renewal)\.failed$'
               then jsonb_build_object('cname', '_acme-challenge.' || c.hostname,
                   'cname_target', certwright.delegation_target(c.hostname, z.dcv_delegation_id),
                   'validation_errors', jsonb_build_array(jsonb_build_object('message', p_message)))
               else '{}' end
        || case when p_type like '%.deletion.%' then '{}' else jsonb_build_object('settings', c.settings) end
    from certwright.certificate c
    join certwright.zone z on z.id = c.zone_id
    left join certwright.issuance i on i.certificate_id = c.id
        and i.key_type = (select min(n.key_type) from certwright.issuance n
                          where n.certificate_id = c.id and n.chain is not null)
    where c.id = p_pack
$_$;

COMMENT ON FUNCTION certwright.event_ssl(p_pack uuid, p_type text, p_message text) IS 'data.ssl of an event';

CREATE FUNCTION certwright.event_types() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select '{ssl.custom_hostname_certificate.validation.succeeded,ssl.custom_hostname_certificate.validation.failed,
        ssl.custom_hostname_certificate.issuance.succeeded,ssl.custom_hostname_certificate.issuance.failed,
        ssl.custom_hostname_certificate.deployment.succeeded,ssl.custom_hostname_certificate.deployment.failed,
        ssl.custom_hostname_certificate.deletion.succeeded,ssl.custom_hostname_certificate.deletion.failed,
        ssl.custom_hostname_certificate.renewal.succeeded,ssl.custom_hostname_certificate.renewal.failed,
        ssl.custom_hostname_certificate.renewal.upcoming_certificate_expiration_notification,
        custom_hostname.activated,custom_hostname.moved,custom_hostname.blocked,custom_hostname.deleted,
        custom_hostname.refreshed}'::text[]
$$;

COMMENT ON FUNCTION certwright.event_types() IS 'every event type';

CREATE FUNCTION certwright.find_challenge(p_host text, p_token text) RETURNS TABLE(key_authorization text)
    LANGUAGE sql STABLE
    AS $$
    select key_authorization from certwright.challenge
    where token = p_token and method = 'http' and identifier = p_host limit 1
$$;

COMMENT ON FUNCTION certwright.find_challenge(p_host text, p_token text) IS 'http-01: the key authorization for a host and token';

CREATE TABLE certwright.webhook (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    zone_id uuid NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    event_types text[],
    failures text DEFAULT 'all'::text NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    secret_clear text,
    secret bytea,
    old_secret bytea,
    plain_secret_clear text,
    plain_secret bytea,
    old_secret_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    CONSTRAINT webhook_failures_check CHECK ((failures = ANY (ARRAY['all'::text, 'on_change'::text]))),
    CONSTRAINT webhook_url_check CHECK ((octet_length(url) <= 2048))
);

COMMENT ON TABLE certwright.webhook IS 'an endpoint of the provider that hears events of one zone';

COMMENT ON COLUMN certwright.webhook.id IS 'names what its secrets are sealed for';

COMMENT ON COLUMN certwright.webhook.zone_id IS 'zone whose events it hears';

COMMENT ON COLUMN certwright.webhook.name IS 'for people';

COMMENT ON COLUMN certwright.webhook.url IS 'https URL';

COMMENT ON COLUMN certwright.webhook.event_types IS 'types that it hears, null: all';

COMMENT ON COLUMN certwright.webhook.failures IS 'all, or on_change: a failure is sent only when its reason changes';

COMMENT ON COLUMN certwright.webhook.enabled IS 'false after 410 Gone or by the provider';

COMMENT ON COLUMN certwright.webhook.secret_clear IS 'signing secret until a daemon has sealed it, at most a second';

COMMENT ON COLUMN certwright.webhook.secret IS 'sealed signing secret';

COMMENT ON COLUMN certwright.webhook.old_secret IS 'sealed previous signing secret while it rotates';

COMMENT ON COLUMN certwright.webhook.plain_secret_clear IS 'value of cf-webhook-auth until a daemon has sealed it';

COMMENT ON COLUMN certwright.webhook.plain_secret IS 'sealed value of cf-webhook-auth';

COMMENT ON COLUMN certwright.webhook.old_secret_until IS 'until when deliveries carry the signature of the previous secret as well';

COMMENT ON COLUMN certwright.webhook.created_at IS 'when it was created';

CREATE FUNCTION certwright.find_webhook(p_zone uuid, p_id uuid) RETURNS certwright.webhook
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v certwright.webhook;
begin
    select * into v from certwright.webhook w where w.zone_id = p_zone and w.id = p_id for no key update;
    if not found then
        perform certwright.raise_error(1400, p_hint => format('there is no webhook %s in zone %s', p_id, p_zone));
    end if;
    return v;
end $$;

COMMENT ON FUNCTION certwright.find_webhook(p_zone uuid, p_id uuid) IS 'lock an endpoint of a zone';

CREATE FUNCTION certwright.finish_certificate(p_daemon uuid, p_subjects uuid[], p_shards bigint[], p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[], p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[], p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[], OUT accepted integer, OUT next_ms bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
declare
    v record;
    i integer;
begin
    -- The hostnames first, in one order for all: their events are written below.
    perform from certwright.custom_hostname h
        where h.id in (select c.custom_hostname_id from certwright.certificate c where c.id = any (p_subjects))
        order by h.id for no key update;
    select * into v from certwright.apply_verdicts('certificate', p_daemon, p_subjects, p_shards, p_epochs,
        p_wakes, p_states, p_outcomes, p_waits, p_tried, p_attempts, p_codes, p_details, p_found, p_took, p_news);
    foreach i in array v.news loop
        perform certwright.change_certificate(p_subjects[i], p_wakes[i], p_states[i], p_outcomes[i], p_nexts[i],
            p_rests[i], p_codes[i], p_errors[i], coalesce(p_changes[i], '{}')::jsonb);
    end loop;
    accepted := v.accepted;
    next_ms := v.next_ms;
end $$;

COMMENT ON FUNCTION certwright.finish_certificate(p_daemon uuid, p_subjects uuid[], p_shards bigint[], p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[], p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[], p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[], OUT accepted integer, OUT next_ms bigint) IS 'a batch of verdicts about certificate packs, in one transaction';

CREATE FUNCTION certwright.finish_delivery(p_daemon uuid, p_subjects uuid[], p_shards bigint[], p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[], p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[], p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[], OUT accepted integer, OUT next_ms bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
declare
    v record;
    i integer;
begin
    -- Whoever writes an event of a hostname locks the hostname's row, and so
    -- do we, in one order for all: an event is either seen as the next one
    -- here, or sees that nothing is pending before it.
    perform from certwright.custom_hostname h
        where h.id in (select d.custom_hostname_id from certwright.delivery d where d.id = any (p_subjects))
        order by h.id for no key update;
    perform from certwright.webhook w
        where w.id in (select d.webhook_id from certwright.delivery d
                       where d.id = any (p_subjects) and d.custom_hostname_id is null)
        order by w.id for no key update;
    select * into v from certwright.apply_verdicts('delivery', p_daemon, p_subjects, p_shards, p_epochs,
        p_wakes, p_states, p_outcomes, p_waits, p_tried, p_attempts, p_codes, p_details, p_found, p_took, p_news);
    foreach i in array v.news loop
        perform certwright.change_delivery(p_subjects[i], p_wakes[i], p_states[i], p_nexts[i],
            p_codes[i], p_errors[i], coalesce(p_changes[i], '{}')::jsonb);
    end loop;
    accepted := v.accepted;
    next_ms := v.next_ms;
end $$;

COMMENT ON FUNCTION certwright.finish_delivery(p_daemon uuid, p_subjects uuid[], p_shards bigint[], p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[], p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[], p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[], OUT accepted integer, OUT next_ms bigint) IS 'a batch of verdicts about deliveries, in one transaction';

CREATE FUNCTION certwright.finish_hostname(p_daemon uuid, p_subjects uuid[], p_shards bigint[], p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[], p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[], p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[], OUT accepted integer, OUT next_ms bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
declare
    v record;
    i integer;
begin
    -- An edit locks the hostname, then its alarm; so do we.
    perform from certwright.custom_hostname h
        where h.id in (select n.subject from unnest(p_subjects, p_news) as n (subject, news) where n.news)
        order by h.id for no key update;
    select * into v from certwright.apply_verdicts('hostname', p_daemon, p_subjects, p_shards, p_epochs,
        p_wakes, p_states, p_outcomes, p_waits, p_tried, p_attempts, p_codes, p_details, p_found, p_took, p_news);
    foreach i in array v.news loop
        perform certwright.change_hostname(p_subjects[i], p_wakes[i], p_states[i], p_outcomes[i], p_nexts[i],
            p_rests[i], p_codes[i], p_errors[i]);
    end loop;
    accepted := v.accepted;
    next_ms := v.next_ms;
end $$;

COMMENT ON FUNCTION certwright.finish_hostname(p_daemon uuid, p_subjects uuid[], p_shards bigint[], p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[], p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[], p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[], OUT accepted integer, OUT next_ms bigint) IS 'a batch of verdicts about custom hostnames, in one transaction';

CREATE FUNCTION certwright.flow_edges() RETURNS TABLE(flow certwright.flow_name, state text, next text)
    LANGUAGE sql IMMUTABLE
    AS $$
    values
        ('hostname'::certwright.flow_name, 'pending', 'active'),
        ('hostname', 'pending', 'moved'),
        ('hostname', 'moved', 'deleted'),
        ('certificate', 'initializing', 'pending_validation'),
        ('certificate', 'initializing', 'initializing_timed_out'),
        ('certificate', 'pending_validation', 'pending_issuance'),
        ('certificate', 'pending_validation', 'validation_timed_out'),
        ('certificate', 'pending_issuance', 'pending_validation'),
        ('certificate', 'pending_issuance', 'pending_deployment'),
        ('certificate', 'pending_issuance', 'issuance_timed_out'),
        ('certificate', 'pending_deployment', 'active'),
        ('certificate', 'pending_deployment', 'deployment_timed_out'),
        ('certificate', 'pending_deletion', 'deleted'),
        ('certificate', 'pending_deletion', 'deletion_timed_out'),
        ('delivery', 'pending', 'delivered'),
        ('delivery', 'pending', 'dead')
$$;

COMMENT ON FUNCTION certwright.flow_edges() IS 'every change of state that a flow may make';

CREATE FUNCTION certwright.get_certificate_authority(p_name text) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
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

COMMENT ON FUNCTION certwright.get_certificate_authority(p_name text) IS 'one certificate authority without its secrets';

CREATE FUNCTION certwright.get_custom_hostname(zone uuid, id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
begin
    if not exists (select from certwright.custom_hostname h
                   where h.zone_id = $1 and h.id = $2 and h.removed_at is null) then
        perform certwright.raise_error(1436);
    end if;
    return certwright.custom_hostname_object($2);
end $_$;

COMMENT ON FUNCTION certwright.get_custom_hostname(zone uuid, id uuid) IS 'a custom hostname';

CREATE FUNCTION certwright.get_fallback_origin(zone uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v constant certwright.zone := certwright.require_zone($1);
begin
    return jsonb_build_object('origin', v.fallback_origin, 'status', v.fallback_status,
        'errors', v.fallback_errors, 'created_at', certwright.iso_time(v.fallback_created_at),
        'updated_at', certwright.iso_time(v.fallback_updated_at));
end $_$;

COMMENT ON FUNCTION certwright.get_fallback_origin(zone uuid) IS 'the fallback origin of a zone; nulls if there is none';

CREATE FUNCTION certwright.get_webhook(zone uuid, id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
begin
    return certwright.webhook_object((certwright.find_webhook($1, $2)).id);
end $_$;

COMMENT ON FUNCTION certwright.get_webhook(zone uuid, id uuid) IS 'an endpoint';

CREATE FUNCTION certwright.get_zone(zone uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
begin
    perform certwright.require_zone($1);
    return certwright.zone_object($1);
end $_$;

COMMENT ON FUNCTION certwright.get_zone(zone uuid) IS 'a zone';

CREATE FUNCTION certwright.grant_roles() RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    v_function regprocedure;
begin
    revoke all on all functions in schema certwright from public;
    if certwright.ensure_role('certwright_daemon') then
        grant usage on schema certwright to certwright_daemon;
        grant select, insert, update, delete on all tables in schema certwright to certwright_daemon;
        grant execute on all functions in schema certwright to certwright_daemon;
    end if;
    if certwright.ensure_role('certwright_app') then
        perform certwright.grant_views('certwright_app');
        for v_function in select certwright.interface_functions() loop
            execute format('grant execute on function %s to certwright_app', v_function);
        end loop;
    end if;
    if certwright.ensure_role('certwright_reader') then
        perform certwright.grant_views('certwright_reader');
    end if;
end $$;

COMMENT ON FUNCTION certwright.grant_roles() IS 'make the roles and give them their rights; run after every change of functions and views';

CREATE FUNCTION certwright.grant_views(p_role text) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    v_view regclass;
begin
    execute format('grant usage on schema certwright to %I', p_role);
    execute format('grant execute on function certwright.clock_now() to %I', p_role);
    for v_view in select v.oid::regclass from pg_catalog.pg_class v
            where v.relnamespace = 'certwright'::regnamespace and v.relkind = 'v' loop
        execute format('grant select on %s to %I', v_view, p_role);
    end loop;
end $$;

COMMENT ON FUNCTION certwright.grant_views(p_role text) IS 'let a role read the views';

CREATE FUNCTION certwright.hold_name(name text, include_subdomains boolean, reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_name constant text := certwright.canonical_hostname($1, true);
    v_id uuid;
begin
    insert into certwright.hold as h (name, include_subdomains, reason) values (v_name, coalesce($2, false), $3)
        on conflict on constraint hold_pkey do update
        set include_subdomains = excluded.include_subdomains, reason = excluded.reason;
    for v_id in
        select c.id from certwright.custom_hostname c
            where c.status = 'pending' and c.removed_at is null
              and case when $2 then certwright.is_under(c.hostname, v_name) else c.hostname = v_name end
            order by c.id for no key update
    loop
        perform certwright.block_hostname(v_id);
    end loop;
end $_$;

COMMENT ON FUNCTION certwright.hold_name(name text, include_subdomains boolean, reason text) IS 'forbid to claim a name, or everything under it as well';

CREATE FUNCTION certwright.instruction_fix(p_type text, p_name text, p_value text, p_state text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    select case p_state
        when 'required' then format('at the DNS provider of %s, add a record of type %s with the name %s and the value %s',
            coalesce(certwright.registered_domain(regexp_replace(p_name, '^(_[^.]+\.)+', '')), p_name),
            p_type, p_name, p_value)
        when 'satisfied' then 'nothing to do; keep the record'
        else 'this record is not needed any more and may be removed' end
$$;

COMMENT ON FUNCTION certwright.instruction_fix(p_type text, p_name text, p_value text, p_state text) IS 'what the customer has to do for one record';

CREATE FUNCTION certwright.interface_functions() RETURNS SETOF regprocedure
    LANGUAGE sql STABLE
    AS $$
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'certwright'::regnamespace
      and p.proname in ('create_zone', 'edit_zone', 'get_zone', 'set_fallback_origin', 'get_fallback_origin',
          'delete_fallback_origin', 'create_custom_hostname', 'get_custom_hostname', 'edit_custom_hostname',
          'refresh_custom_hostname', 'delete_custom_hostname', 'list_custom_hostnames', 'hold_name',
          'release_name', 'create_webhook', 'edit_webhook', 'get_webhook', 'delete_webhook', 'redeliver',
          'replay_events', 'dns_instructions', 'clock_now')
$$;

COMMENT ON FUNCTION certwright.interface_functions() IS 'what certwright_app may call';

CREATE FUNCTION certwright.is_held(p_name text) RETURNS boolean
    LANGUAGE sql STABLE STRICT
    AS $$
    select exists (select from certwright.hold h
                   where h.name = any (certwright.name_and_parents(p_name))
                     and (h.include_subdomains or h.name = p_name))
$$;

COMMENT ON FUNCTION certwright.is_held(p_name text) IS 'does the owner of the name, or of a name above it, forbid to claim it?';

CREATE FUNCTION certwright.is_ldh_name(p_name text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
    select p_name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$'
       and p_name !~ '(^|\.)([0-9]+|0x[0-9a-f]*)$'
       and octet_length(p_name) <= 253
$_$;

COMMENT ON FUNCTION certwright.is_ldh_name(p_name text) IS 'is it a lower-case DNS name of letters, digits and hyphens?';

CREATE FUNCTION certwright.is_news(p_hostname uuid, p_before bigint, p_type text, p_reason text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
    select p_type not like '%.failed' or not exists (
        select from (
            select e.type, e.reason from certwright.event e
            where e.custom_hostname_id = p_hostname and e.seq < p_before
              and e.type like 'ssl.custom\_hostname\_certificate.%'
            order by e.seq desc limit 1) last
        where last.type = p_type and last.reason is not distinct from p_reason)
$$;

COMMENT ON FUNCTION certwright.is_news(p_hostname uuid, p_before bigint, p_type text, p_reason text) IS 'is a failure another one than before?';

CREATE FUNCTION certwright.is_under(p_name text, p_parent text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ select p_name = p_parent or right(p_name, length(p_parent) + 1) = '.' || p_parent $$;

COMMENT ON FUNCTION certwright.is_under(p_name text, p_parent text) IS 'is the name the parent or below it?';

CREATE FUNCTION certwright.iso_time(p_at timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

COMMENT ON FUNCTION certwright.iso_time(p_at timestamp with time zone) IS 'an instant as RFC 3339 text';

CREATE FUNCTION certwright.issuance_json(p_pack uuid, p_key certwright.key_type, p_secrets boolean) RETURNS json
    LANGUAGE sql STABLE
    AS $$
    select json_build_object(
        'order_url', i.order_url, 'order_status', i.order_status, 'finalize_url', i.finalize_url,
        'certificate_url', i.certificate_url, 'has_key', i.private_key is not null, 'csr', i.csr,
        'chain', i.chain,
        'expires', extract(epoch from least(i.order_expires_at,
            (select min(c.expires_at) from certwright.challenge c
             where c.certificate_id = p_pack and c.key_type = p_key)))::bigint,
        'private_key', case when p_secrets then translate(encode(i.private_key, 'base64'), E'\n', '') end,
        'challenges', (
            select coalesce(json_agg(json_build_object(
                'identifier', c.identifier, 'wildcard', c.wildcard, 'url', c.url, 'method', c.method,
                'token', c.token, 'key_authorization', c.key_authorization, 'txt_value', c.txt_value,
                'status', c.status, 'expires', extract(epoch from c.expires_at)::bigint,
                'told', extract(epoch from c.told_at)::bigint) order by c.identifier, c.wildcard, c.method), '[]')
            from certwright.challenge c where c.certificate_id = p_pack and c.key_type = p_key))
    from certwright.issuance i where i.certificate_id = p_pack and i.key_type = p_key
$$;

COMMENT ON FUNCTION certwright.issuance_json(p_pack uuid, p_key certwright.key_type, p_secrets boolean) IS 'order, key and certificate of one key type of a pack, for its flow';

CREATE FUNCTION certwright.keep_secret(p_webhook uuid, p_secret text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    if p_secret like 'whsec\_%' then
        update certwright.webhook w set secret_clear = p_secret where w.id = p_webhook;
    else
        update certwright.webhook w set plain_secret_clear = p_secret where w.id = p_webhook;
    end if;
    perform pg_notify('certwright', 'secrets');
end $$;

COMMENT ON FUNCTION certwright.keep_secret(p_webhook uuid, p_secret text) IS 'keep a secret for the daemon to seal';

CREATE FUNCTION certwright.last_found(p_flow certwright.flow_name, p_subject uuid) RETURNS text[]
    LANGUAGE sql STABLE
    AS $$
    select coalesce((select array_remove(array[t.found], null) from certwright.attempt t
                     where t.flow = p_flow and t.subject = p_subject order by t.at desc limit 1), '{}')
$$;

COMMENT ON FUNCTION certwright.last_found(p_flow certwright.flow_name, p_subject uuid) IS 'what the last look at a row saw';

CREATE FUNCTION certwright.lease_shards(p_daemon uuid, p_name text) RETURNS TABLE(shard smallint, epoch bigint, give_back boolean, unclean boolean, share integer)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
declare
    v_now constant timestamptz := certwright.clock_now();
    v_span constant interval := '30 seconds';
    v_live integer;
    v_share integer;
    v_held integer;
    v_joined boolean;
begin
    perform certwright.lock_owners(true);
    insert into certwright.daemon (id, name) values (p_daemon, p_name)
        on conflict (id) do update set seen_at = v_now
        returning (xmax = 0) into v_joined;
    delete from certwright.daemon where seen_at < v_now - interval '1 hour';
    select count(*) into v_live from certwright.daemon d
        where d.id = p_daemon or d.seen_at > v_now - v_span;
    v_share := ceil(64.0 / v_live);

    update certwright.shard s set lease_until = v_now + v_span where s.owner = p_daemon;
    get diagnostics v_held = row_count;
    update certwright.shard s
        set owner = p_daemon, epoch = s.epoch + 1, lease_until = v_now + v_span,
            unclean = s.unclean or s.owner is not null
        where s.id in (select f.id from certwright.shard f
                       where f.owner is null or (f.owner <> p_daemon and f.lease_until <= v_now)
                       order by f.id limit greatest(v_share - v_held, 0));
    if v_joined and v_live > 1 then
        perform pg_notify('certwright', 'shards');
    end if;
    return query
        select s.id, s.epoch, row_number() over (order by s.id) > v_share, s.unclean, v_share
        from certwright.shard s where s.owner = p_daemon order by s.id;
end $$;

COMMENT ON FUNCTION certwright.lease_shards(p_daemon uuid, p_name text) IS 'renew and balance the leases of a daemon';

CREATE FUNCTION certwright.like_literal(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ select regexp_replace(lower(p_text), '([\\%_])', '\\\1', 'g') $$;

COMMENT ON FUNCTION certwright.like_literal(p_text text) IS 'a text as a LIKE pattern';

CREATE FUNCTION certwright.list_custom_hostnames(zone uuid, query jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_query constant jsonb := jsonb_strip_nulls($2);
    v_zone constant certwright.zone := certwright.require_zone($1);
    v_page constant integer := certwright.query_number(v_query, 'page', 1, 100000000, 1);
    v_size constant integer := certwright.query_number(v_query, 'per_page', 5, 1000, 20);
    v_direction constant text := coalesce(certwright.query_word(v_query, 'direction', '{asc,desc}'), 'asc');
    v_order constant text := coalesce(certwright.query_word(v_query, 'order', '{ssl,ssl_status}'), 'ssl');
    v_ssl constant text := certwright.query_word(v_query, 'ssl', '{0,1,false,true}');
    v_from constant text := $query$
        from certwright.custom_hostname h
        left join certwright.certificate c on c.custom_hostname_id = h.id
        left join certwright.certificate_authority a on a.id = c.authority_id
        where h.zone_id = $1 and h.removed_at is null
          and ($2 is null or h.id = $2)
          and ($3 is null or h.hostname = $3)
          and ($4 is null or h.hostname like $4)
          and ($5 is null or h.hostname like $5)
          and ($6 is null or h.ssl = $6)
          and ($7 is null or c.status = $7)
          and ($8 is null or h.status = $8)
          and ($9 is null or coalesce(a.name, c.wanted_authority) = $9)
          and ($10 is null or coalesce(c.wildcard, false) = $10)
          and ($11 is null or h.custom_origin_server = $11) $query$;
    v_id uuid;
    v_exact text;
    v_start text;
    v_contain text;
    v_ssl_status certwright.ssl_status;
    v_status certwright.hostname_status;
    v_wildcard boolean;
    v_result jsonb;
    v_total bigint;
begin
    perform certwright.check_list_query(v_query);
    v_id := v_query ->> 'id';
    v_exact := lower(coalesce(v_query ->> 'hostname', v_query ->> 'hostname.exact'));
    v_start := certwright.like_literal(v_query ->> 'hostname.startsWith') || '%';
    v_contain := '%' || certwright.like_literal(v_query ->> 'hostname.contain') || '%';
    v_ssl_status := certwright.query_word(v_query, 'ssl_status', enum_range(null::certwright.ssl_status)::text[]);
    v_status := certwright.query_word(v_query, 'hostname_status',
                                      enum_range(null::certwright.hostname_status)::text[]);
    v_wildcard := certwright.query_word(v_query, 'wildcard', '{true,false}');
    execute format($page$
            select coalesce(jsonb_agg(certwright.custom_hostname_object(p.id) order by p.n), '[]')
            from (select h.id, row_number() over () as n from (
                select h.id %1$s
                order by %2$s, h.created_at %3$s, h.id %3$s limit $12 offset $13) h) p $page$,
            v_from, case v_order when 'ssl' then 'h.ssl' else 'c.status' end || ' ' || v_direction, v_direction)
        into v_result
        using v_zone.id, v_id, v_exact, v_start, v_contain, v_ssl::boolean, v_ssl_status, v_status,
              v_query ->> 'certificate_authority', v_wildcard, lower(v_query ->> 'custom_origin_server'),
              v_size, (v_page - 1)::bigint * v_size;
    execute 'select count(*) ' || v_from into v_total
        using v_zone.id, v_id, v_exact, v_start, v_contain, v_ssl::boolean, v_ssl_status, v_status,
              v_query ->> 'certificate_authority', v_wildcard, lower(v_query ->> 'custom_origin_server');
    return jsonb_build_object('result', v_result, 'result_info', jsonb_build_object(
        'page', v_page, 'per_page', v_size, 'count', jsonb_array_length(v_result),
        'total_count', v_total, 'total_pages', ceil(v_total::numeric / v_size)));
end $_$;

COMMENT ON FUNCTION certwright.list_custom_hostnames(zone uuid, query jsonb) IS 'a page of custom hostnames with filters and order';

CREATE FUNCTION certwright.list_unsealed_secrets() RETURNS TABLE(webhook uuid, name text, clear text, previous bytea)
    LANGUAGE sql STABLE
    AS $$
    select w.id, 'secret', w.secret_clear, w.secret from certwright.webhook w where w.secret_clear is not null
    union all
    select w.id, 'plain_secret', w.plain_secret_clear, null from certwright.webhook w
    where w.plain_secret_clear is not null
$$;

COMMENT ON FUNCTION certwright.list_unsealed_secrets() IS 'secrets of webhooks that a daemon has to seal';

CREATE TABLE certwright.custom_hostname (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    zone_id uuid NOT NULL,
    hostname text NOT NULL,
    status certwright.hostname_status DEFAULT 'pending'::certwright.hostname_status NOT NULL,
    since timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    code text,
    error text,
    ownership_value uuid DEFAULT gen_random_uuid() NOT NULL,
    custom_metadata jsonb,
    custom_origin_server text,
    custom_origin_sni text,
    ssl boolean DEFAULT false NOT NULL,
    points_here boolean,
    created_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    modified_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT custom_hostname_check CHECK (((removed_at IS NULL) OR (status = 'deleted'::certwright.hostname_status))),
    CONSTRAINT custom_hostname_hostname_check CHECK (((hostname = lower(hostname)) AND ((octet_length(hostname) >= 1) AND (octet_length(hostname) <= 255))))
)
WITH (fillfactor='85');

COMMENT ON TABLE certwright.custom_hostname IS 'a customer''s name in a zone; deleted ones stay as tombstones';

COMMENT ON COLUMN certwright.custom_hostname.id IS 'custom hostname id';

COMMENT ON COLUMN certwright.custom_hostname.zone_id IS 'zone that it lives in';

COMMENT ON COLUMN certwright.custom_hostname.hostname IS 'lower-case A-labels, no final dot';

COMMENT ON COLUMN certwright.custom_hostname.status IS 'ownership; the certificate has its own status';

COMMENT ON COLUMN certwright.custom_hostname.since IS 'since when it has this status';

COMMENT ON COLUMN certwright.custom_hostname.code IS 'code of what is wrong at present, null if nothing is';

COMMENT ON COLUMN certwright.custom_hostname.error IS 'what is wrong at present, in the documented words';

COMMENT ON COLUMN certwright.custom_hostname.ownership_value IS 'value of the TXT or HTTP proof; never changes, never used again';

COMMENT ON COLUMN certwright.custom_hostname.custom_metadata IS 'the provider''s own data';

COMMENT ON COLUMN certwright.custom_hostname.custom_origin_server IS 'origin of this hostname instead of the fallback';

COMMENT ON COLUMN certwright.custom_hostname.custom_origin_sni IS 'server name for that origin';

COMMENT ON COLUMN certwright.custom_hostname.ssl IS 'whether a certificate is wanted';

COMMENT ON COLUMN certwright.custom_hostname.points_here IS 'whether its DNS pointed at us when that was seen last; null: not seen yet';

COMMENT ON COLUMN certwright.custom_hostname.created_at IS 'when it was created';

COMMENT ON COLUMN certwright.custom_hostname.modified_at IS 'when it was last edited or changed its status';

COMMENT ON COLUMN certwright.custom_hostname.removed_at IS 'when the provider deleted it: the row stays so that its ownership value is never used again, the name is free';

CREATE FUNCTION certwright.lock_custom_hostname(p_zone uuid, p_id uuid) RETURNS certwright.custom_hostname
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.lock_custom_hostname(p_zone uuid, p_id uuid) IS 'lock a hostname of a zone, 1436 if there is none';

CREATE FUNCTION certwright.lock_owners(alone boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if alone then
        perform pg_advisory_xact_lock(1667592820, 1);
    else
        perform pg_advisory_xact_lock_shared(1667592820, 1);
    end if;
end $$;

COMMENT ON FUNCTION certwright.lock_owners(alone boolean) IS 'keeps verdicts and changes of shard owners apart';

CREATE FUNCTION certwright.look_up_hostname(p_zone text, p_hostname text, OUT zone_id uuid, OUT hostname_id uuid) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $_$
declare
    v_zone constant uuid := case when p_zone is not null then certwright.look_up_zone(p_zone) end;
    v_name constant text := lower(rtrim(p_hostname, '.'));
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
end $_$;

COMMENT ON FUNCTION certwright.look_up_hostname(p_zone text, p_hostname text, OUT zone_id uuid, OUT hostname_id uuid) IS 'zone and id of a custom hostname by name or id';

CREATE FUNCTION certwright.look_up_zone(p_zone text) RETURNS uuid
    LANGUAGE plpgsql STABLE
    AS $$
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

COMMENT ON FUNCTION certwright.look_up_zone(p_zone text) IS 'id of a zone by name or id, or of the only one';

CREATE FUNCTION certwright.maintain(p_history_for bigint, OUT made integer, OUT dropped integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_today constant timestamptz := date_trunc('day', certwright.clock_now(), 'UTC');
begin
    made := 0;
    dropped := 0;
    if not pg_try_advisory_xact_lock(1667592820, 2) then
        return;         -- another daemon does it
    end if;
    for i in 0..3 loop
        made := made + certwright.add_attempt_partition(v_today + i * interval '24 hours')::integer;
    end loop;
    dropped := certwright.drop_attempt_partitions(certwright.clock_now() - p_history_for * interval '1 second');
end $$;

COMMENT ON FUNCTION certwright.maintain(p_history_for bigint, OUT made integer, OUT dropped integer) IS 'make the history''s partitions ahead and drop old ones';

CREATE FUNCTION certwright.make_secret() RETURNS text
    LANGUAGE sql
    AS $$
    -- Two random uuids have 244 random bits; the hash spreads them over 24 bytes.
    select 'whsec_' || encode(substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, 24),
                              'base64')
$$;

COMMENT ON FUNCTION certwright.make_secret() IS 'a new signing secret';

CREATE FUNCTION certwright.mark_suspects(p_flow certwright.flow_name, p_subjects uuid[], p_may_begin_alone boolean) RETURNS TABLE(subject uuid, alone boolean)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
begin
    with parked as (
        update certwright.job j set run_at = 'infinity'
            from certwright.suspect s
            where s.flow = p_flow and s.subject = any (p_subjects) and s.marks >= 10
              and j.flow = p_flow and j.subject = s.subject and j.run_at < 'infinity'
            returning j.subject, j.attempts)
    insert into certwright.attempt (flow, subject, attempt, at, state, outcome, code, detail, took_ms)
        select p_flow, subject, attempts, certwright.clock_now(), 'unknown', 'parked', 'parked',
               'ten daemons stopped while they worked on this; refresh it to try again', 0
        from parked;
    return query
        with one as (
            update certwright.suspect s set marks = s.marks + 1
                where p_may_begin_alone and s.flow = p_flow and s.subject = (
                    select x.subject from certwright.suspect x
                    where x.flow = p_flow and x.subject = any (p_subjects) and x.marks < 10
                    order by x.marks, x.subject limit 1)
                returning s.subject, s.marks
        ), aside as (
            update certwright.job j
                set run_at = certwright.clock_now() + interval '5 seconds' * 2 ^ (one.marks - 3)
                from one where one.marks >= 3 and j.flow = p_flow and j.subject = one.subject
        ), together as (
            insert into certwright.suspect as s (flow, subject, marks)
                select p_flow, x, 0 from unnest(p_subjects) x order by x
                on conflict (flow, subject) do nothing
                returning s.subject)
        select subject, true from one union all select subject, false from together;
end $$;

COMMENT ON FUNCTION certwright.mark_suspects(p_flow certwright.flow_name, p_subjects uuid[], p_may_begin_alone boolean) IS 'note jobs before they are performed; parks one that keeps killing its worker';

CREATE FUNCTION certwright.member_boolean(p_body jsonb, p_member text, p_code integer DEFAULT 1400) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    if coalesce(jsonb_typeof(p_body -> p_member), 'null') not in ('boolean', 'null') then
        perform certwright.refuse_member(p_member, 'must be true or false', p_code);
    end if;
    return (p_body ->> p_member)::boolean;
end $$;

COMMENT ON FUNCTION certwright.member_boolean(p_body jsonb, p_member text, p_code integer) IS 'a boolean member of an argument';

CREATE FUNCTION certwright.member_text(p_body jsonb, p_member text, p_code integer DEFAULT 1400) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    if coalesce(jsonb_typeof(p_body -> p_member), 'null') not in ('string', 'null') then
        perform certwright.refuse_member(p_member, 'must be a string', p_code);
    end if;
    return p_body ->> p_member;
end $$;

COMMENT ON FUNCTION certwright.member_text(p_body jsonb, p_member text, p_code integer) IS 'a string member of an argument';

CREATE FUNCTION certwright.member_texts(p_body jsonb, p_member text, p_code integer DEFAULT 1400) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    if coalesce(jsonb_typeof(p_body -> p_member), 'null') = 'null' then
        return null;
    end if;
    if jsonb_typeof(p_body -> p_member) <> 'array'
            or exists (select from jsonb_array_elements(p_body -> p_member) e where jsonb_typeof(e) <> 'string') then
        perform certwright.refuse_member(p_member, 'must be an array of strings', p_code);
    end if;
    return array(select e from jsonb_array_elements_text(p_body -> p_member) with ordinality as a (e, n) order by n);
end $$;

COMMENT ON FUNCTION certwright.member_texts(p_body jsonb, p_member text, p_code integer) IS 'a member that is an array of strings';

CREATE FUNCTION certwright.name_and_parents(p_name text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    select array_agg(array_to_string(l[i:], '.') order by i)
    from (select string_to_array(p_name, '.') as l) s, generate_subscripts(l, 1) i
$$;

COMMENT ON FUNCTION certwright.name_and_parents(p_name text) IS 'a name and its parents, longest first';

CREATE FUNCTION certwright.next_due(p_shards bigint[]) RETURNS TABLE(flow certwright.flow_name, wait_ms bigint)
    LANGUAGE sql STABLE
    AS $$
    select f.flow, greatest(ceil(extract(epoch from min(j.run_at) - certwright.clock_now()) * 1000), 0)::bigint
    from unnest(enum_range(null::certwright.flow_name)) f (flow)
    cross join unnest(p_shards) s (shard)
    cross join lateral (select run_at from certwright.job
                        where flow = f.flow and shard = s.shard::smallint and run_at < 'infinity'
                        order by run_at limit 1) j
    group by f.flow
$$;

COMMENT ON FUNCTION certwright.next_due(p_shards bigint[]) IS 'milliseconds until the next job of each flow';

CREATE FUNCTION certwright.option_label() RETURNS text
    LANGUAGE sql STABLE
    AS $$ select certwright.option_value('ownership_txt_label', '_cf-custom-hostname') $$;

COMMENT ON FUNCTION certwright.option_label() IS 'label of the TXT record that proves ownership';

CREATE FUNCTION certwright.option_value(p_name text, p_default text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    select coalesce((select nullif(s.value, '') from certwright.setting s where s.name = p_name), p_default)
$$;

COMMENT ON FUNCTION certwright.option_value(p_name text, p_default text) IS 'value of an option of the daemon';

CREATE FUNCTION certwright.public_suffix_of(p_name text) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
    with candidate as (
        select c.name, p.name as parent, c.n
        from unnest(certwright.name_and_parents(p_name)) with ordinality c (name, n)
        left join unnest(certwright.name_and_parents(p_name)) with ordinality p (name, n) on p.n = c.n + 1
    )
    select coalesce(
        (select c.parent from candidate c join certwright.public_suffix s on s.rule = '!' || c.name
         order by c.n limit 1),
        (select c.name from candidate c
         where exists (select from certwright.public_suffix s where s.rule in (c.name, '*.' || c.parent))
         order by c.n limit 1),
        (select c.name from candidate c order by c.n desc limit 1))
$$;

COMMENT ON FUNCTION certwright.public_suffix_of(p_name text) IS 'public suffix of a name';

CREATE FUNCTION certwright.put_setting(p_name text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if p_value is null then
        delete from certwright.setting where name = p_name;
    else
        insert into certwright.setting as s (name, value) values (p_name, p_value)
            on conflict (name) do update set value = excluded.value where s.value <> excluded.value;
    end if;
end $$;

COMMENT ON FUNCTION certwright.put_setting(p_name text, p_value text) IS 'write an option of the daemon where SQL can read it; null: it is not set';

CREATE FUNCTION certwright.query_number(p_query jsonb, p_name text, p_least integer, p_most integer, p_default integer) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_text constant text := coalesce(p_query ->> p_name, p_default::text);
begin
    if v_text !~ '^[0-9]{1,9}$' or v_text::integer not between p_least and p_most then
        perform certwright.refuse_member(p_name, format('must be a number from %s to %s', p_least, p_most));
    end if;
    return v_text::integer;
end $_$;

COMMENT ON FUNCTION certwright.query_number(p_query jsonb, p_name text, p_least integer, p_most integer, p_default integer) IS 'a number of a list query; HTTP gives it as text';

CREATE FUNCTION certwright.query_word(p_query jsonb, p_name text, p_words text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    if p_query ->> p_name <> all (p_words) then
        perform certwright.refuse_member(p_name, 'must be one of: ' || array_to_string(p_words, ', '));
    end if;
    return p_query ->> p_name;
end $$;

COMMENT ON FUNCTION certwright.query_word(p_query jsonb, p_name text, p_words text[]) IS 'a word of a list query';

CREATE FUNCTION certwright.raise_error(p_code integer, p_reason text DEFAULT NULL::text, p_hint text DEFAULT NULL::text, p_more jsonb DEFAULT '{}'::jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_error record;
    v_more text;
    v_message text;
    v_detail text;
begin
    select * into strict v_error from certwright.documented_errors() e where e.code = p_code;
    select coalesce(string_agg(',' || to_json(m.key)::text || ':' || m.value::text, '' order by m.key), '')
        into v_more from jsonb_each(p_more) m;
    v_message := regexp_replace(v_error.message, ':(reason|zone_tag|custom_hostname)',
                                replace(coalesce(p_reason, ''), '\', '\\'));
    v_detail := format('{"status":%s,"code":%s%s}', v_error.status, p_code, v_more);
    if p_hint is null then
        raise exception using errcode = 'X' || p_code, message = v_message, detail = v_detail;
    end if;
    raise exception using errcode = 'X' || p_code, message = v_message, detail = v_detail, hint = p_hint;
end $$;

COMMENT ON FUNCTION certwright.raise_error(p_code integer, p_reason text, p_hint text, p_more jsonb) IS 'refuse with a documented error';

CREATE FUNCTION certwright.redeliver(delivery uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
begin
    perform from certwright.custom_hostname h
        where h.id = (select d.custom_hostname_id from certwright.delivery d where d.id = $1) for no key update;
    perform from certwright.webhook w
        where w.id = (select d.webhook_id from certwright.delivery d where d.id = $1) for no key update;
    return certwright.revive_deliveries(array[$1]);
end $_$;

COMMENT ON FUNCTION certwright.redeliver(delivery uuid) IS 'send a delivery again that was delivered or is dead; number of deliveries scheduled';

CREATE FUNCTION certwright.refresh_custom_hostname(zone uuid, id uuid) RETURNS jsonb
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$ select certwright.edit_custom_hostname($1, $2, '{}') $_$;

COMMENT ON FUNCTION certwright.refresh_custom_hostname(zone uuid, id uuid) IS 'check a custom hostname and its certificate now and begin their schedules anew';

CREATE FUNCTION certwright.refresh_hostname(p_id uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.refresh_hostname(p_id uuid) IS 'check a hostname now and begin its schedule anew';

CREATE FUNCTION certwright.refresh_pack(p_pack uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_status certwright.ssl_status;
begin
    select c.status into strict v_status from certwright.certificate c where c.id = p_pack for no key update;
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
    end if;
end $$;

COMMENT ON FUNCTION certwright.refresh_pack(p_pack uuid) IS 'check a pack now; one that had ended begins anew';

CREATE FUNCTION certwright.refuse_member(p_member text, p_should text, p_code integer DEFAULT 1400) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform certwright.raise_error(p_code, p_hint => p_member || ' ' || p_should,
        p_more => jsonb_build_object('member', p_member));
end $$;

COMMENT ON FUNCTION certwright.refuse_member(p_member text, p_should text, p_code integer) IS 'refuse the value of a member, with a sentence that says what it should be';

CREATE FUNCTION certwright.refuse_unknown_members(p_body jsonb, p_allowed text[], p_code integer DEFAULT 1400) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_member text;
begin
    if p_body is null or jsonb_typeof(p_body) <> 'object' then
        perform certwright.raise_error(p_code, p_hint => 'a JSON object is expected');
    end if;
    select k into v_member from jsonb_object_keys(p_body) k where k <> all (p_allowed) order by k limit 1;
    if found then
        perform certwright.raise_error(p_code,
            p_hint => format('there is no member "%s"; known are %s', v_member, array_to_string(p_allowed, ', ')),
            p_more => jsonb_build_object('member', v_member));
    end if;
end $$;

COMMENT ON FUNCTION certwright.refuse_unknown_members(p_body jsonb, p_allowed text[], p_code integer) IS 'refuse what is no object, or a member that is not known, by its name';

CREATE FUNCTION certwright.registered_domain(p_name text) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
    select p from unnest(certwright.name_and_parents(p_name)) with ordinality a (p, n)
    where length(p) > length(certwright.public_suffix_of(p_name)) order by n desc limit 1
$$;

COMMENT ON FUNCTION certwright.registered_domain(p_name text) IS 'the domain that somebody registered, null for a public suffix';

CREATE FUNCTION certwright.reissue_pack(p_pack uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    delete from certwright.challenge c where c.certificate_id = p_pack;
    delete from certwright.issuance i where i.certificate_id = p_pack;
    update certwright.certificate c
        set status = 'initializing', since = certwright.clock_now(), code = null, error = null,
            authority_id = null, version = c.version + 1
        where c.id = p_pack;
    perform certwright.restart('certificate', p_pack);
end $$;

COMMENT ON FUNCTION certwright.reissue_pack(p_pack uuid) IS 'new orders, keys and certificates for a pack';

CREATE FUNCTION certwright.release_name(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
begin
    delete from certwright.hold h where h.name = certwright.canonical_hostname($1, true);
end $_$;

COMMENT ON FUNCTION certwright.release_name(name text) IS 'end a hold; blocked hostnames are tried again when they are refreshed';

CREATE FUNCTION certwright.release_shards(p_daemon uuid, p_shards bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    perform certwright.lock_owners(true);
    update certwright.shard s set owner = null, lease_until = null, epoch = s.epoch + 1
        where s.owner = p_daemon and (p_shards is null or s.id = any (p_shards));
    if p_shards is null then
        delete from certwright.daemon where id = p_daemon;
    end if;
    perform pg_notify('certwright', 'shards');
end $$;

COMMENT ON FUNCTION certwright.release_shards(p_daemon uuid, p_shards bigint[]) IS 'give back drained shards; null: all, the daemon stops';

CREATE FUNCTION certwright.remove_certificate(p_pack uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    update certwright.certificate
        set status = 'pending_deletion', since = certwright.clock_now(), code = null, error = null
        where id = p_pack and status not in ('pending_deletion', 'deleted');
    if found then
        perform certwright.restart('certificate', p_pack);
    end if;
end $$;

COMMENT ON FUNCTION certwright.remove_certificate(p_pack uuid) IS 'begin the deletion of a pack';

CREATE FUNCTION certwright.remove_certificate_authority(p_name text) RETURNS json
    LANGUAGE plpgsql
    AS $$
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

COMMENT ON FUNCTION certwright.remove_certificate_authority(p_name text) IS 'remove a certificate authority that no certificate came from';

CREATE FUNCTION certwright.replay_events(webhook uuid, since timestamp with time zone, until timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v certwright.webhook;
    v_ids uuid[];
    v_new uuid[];
begin
    perform from certwright.custom_hostname h
        where h.id in (select e.custom_hostname_id
                       from certwright.event e join certwright.webhook w on w.zone_id = e.zone_id
                       where w.id = $1 and e.created_at >= $2 and e.created_at < $3)
        order by h.id for no key update;
    select * into v from certwright.webhook w where w.id = $1 for no key update;
    if not found then
        perform certwright.raise_error(1400, p_hint => format('there is no webhook %s', $1));
    end if;
    select coalesce(array_agg(d.id), '{}') into v_ids
        from certwright.event e join certwright.delivery d on d.event_seq = e.seq and d.webhook_id = v.id
        where e.zone_id = v.zone_id and e.created_at >= $2 and e.created_at < $3 and d.state <> 'pending';
    with made as (
        insert into certwright.delivery as n (webhook_id, event_seq, custom_hostname_id)
            select v.id, e.seq, e.custom_hostname_id from certwright.event e
            where e.zone_id = v.zone_id and e.created_at >= $2 and e.created_at < $3
              and (v.event_types is null or e.type = any (v.event_types))
              and (v.failures = 'all' or certwright.is_news(e.custom_hostname_id, e.seq, e.type, e.reason))
            order by e.seq
            on conflict do nothing returning n.id)
    select coalesce(array_agg(m.id), '{}') into v_new from made m;
    return certwright.revive_deliveries(v_ids || v_new) + cardinality(v_new);
end $_$;

COMMENT ON FUNCTION certwright.replay_events(webhook uuid, since timestamp with time zone, until timestamp with time zone) IS 'send the events of a span again, as the endpoint hears them; number of deliveries scheduled';

CREATE FUNCTION certwright.require_zone(p_zone uuid) RETURNS certwright.zone
    LANGUAGE plpgsql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v certwright.zone;
begin
    select * into v from certwright.zone z where z.id = p_zone;
    if not found then
        perform certwright.raise_error(1402, p_hint => format('there is no zone %s', p_zone));
    end if;
    return v;
end $$;

COMMENT ON FUNCTION certwright.require_zone(p_zone uuid) IS 'a zone, 1402 if there is none';

CREATE FUNCTION certwright.rest(p_flow certwright.flow_name, p_subject uuid, p_wakes bigint) RETURNS void
    LANGUAGE sql
    AS $$
    delete from certwright.job where flow = p_flow and subject = p_subject and wakes = p_wakes
$$;

COMMENT ON FUNCTION certwright.rest(p_flow certwright.flow_name, p_subject uuid, p_wakes bigint) IS 'take a row''s alarm away';

CREATE FUNCTION certwright.restart(p_flow certwright.flow_name, p_subject uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    perform certwright.schedule(p_flow, p_subject, certwright.clock_now());
    update certwright.job set attempts = 0 where flow = p_flow and subject = p_subject;
    delete from certwright.suspect where flow = p_flow and subject = p_subject;
end $$;

COMMENT ON FUNCTION certwright.restart(p_flow certwright.flow_name, p_subject uuid) IS 'look at a row now and begin its schedule anew';

CREATE FUNCTION certwright.revive_deliveries(p_ids uuid[]) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_count bigint;
begin
    update certwright.delivery d
        set state = 'pending', since = certwright.clock_now(), last_status = null, code = null, error = null
        where d.id = any (p_ids) and d.state <> 'pending';
    get diagnostics v_count = row_count;
    perform certwright.schedule_delivery(d.id, d.webhook_id, d.custom_hostname_id, d.event_seq)
        from certwright.delivery d where d.id = any (p_ids) and d.state = 'pending' order by d.id;
    return v_count;
end $$;

COMMENT ON FUNCTION certwright.revive_deliveries(p_ids uuid[]) IS 'deliver again what was delivered or dead';

CREATE FUNCTION certwright.routing_records(p_zone certwright.zone, p_hostname text) RETURNS TABLE(type text, value text)
    LANGUAGE sql STABLE
    AS $$
    -- Beside an apex there are always other records: a CNAME cannot be.
    select case family(p) when 4 then 'A' else 'AAAA' end, 'an address in ' || p
        from unnest(p_zone.apex_prefixes) p
        where certwright.registered_domain(p_hostname) = p_hostname
    union all
    select 'CNAME', coalesce(p_zone.cname_targets[1], p_zone.fallback_origin)
        where (cardinality(p_zone.apex_prefixes) = 0 or certwright.registered_domain(p_hostname) <> p_hostname)
          and coalesce(p_zone.cname_targets[1], p_zone.fallback_origin) is not null
$$;

COMMENT ON FUNCTION certwright.routing_records(p_zone certwright.zone, p_hostname text) IS 'records that make a hostname point at us';

CREATE FUNCTION certwright.schedule(p_flow certwright.flow_name, p_subject uuid, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    insert into certwright.job as j (flow, subject, shard, run_at)
        values (p_flow, p_subject, certwright.shard_of(p_subject), p_at)
    on conflict (flow, subject) do update
        set run_at = least(j.run_at, excluded.run_at), wakes = j.wakes + 1;
    perform pg_notify('certwright', p_flow::text);
end $$;

COMMENT ON FUNCTION certwright.schedule(p_flow certwright.flow_name, p_subject uuid, p_at timestamp with time zone) IS 'look at a row at this moment or earlier';

CREATE FUNCTION certwright.schedule_delivery(p_delivery uuid, p_webhook uuid, p_hostname uuid, p_seq bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_waits boolean;
begin
    if p_hostname is null then
        v_waits := exists (select from certwright.delivery d
            where d.webhook_id = p_webhook and d.custom_hostname_id is null and d.state = 'pending'
              and d.event_seq < p_seq);
    else
        v_waits := exists (select from certwright.delivery d
            where d.webhook_id = p_webhook and d.custom_hostname_id = p_hostname and d.state = 'pending'
              and d.event_seq < p_seq);
    end if;
    if not v_waits then
        perform certwright.schedule('delivery', p_delivery, certwright.clock_now());
    end if;
end $$;

COMMENT ON FUNCTION certwright.schedule_delivery(p_delivery uuid, p_webhook uuid, p_hostname uuid, p_seq bigint) IS 'deliver at once, unless an earlier one has to go first';

CREATE FUNCTION certwright.set_fallback_origin(zone uuid, body jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_origin text;
begin
    perform certwright.refuse_unknown_members($2, '{origin}');
    v_origin := certwright.canonical_origin(certwright.member_text($2, 'origin', 1415),
                                            (certwright.require_zone($1)).allow_reserved_names);
    update certwright.zone z
        set fallback_origin = v_origin, fallback_status = 'initializing', fallback_errors = '{}',
            fallback_created_at = coalesce(z.fallback_created_at, certwright.clock_now()),
            fallback_updated_at = certwright.clock_now()
        where z.id = $1;
    return certwright.get_fallback_origin($1);
end $_$;

COMMENT ON FUNCTION certwright.set_fallback_origin(zone uuid, body jsonb) IS 'set the fallback origin of a zone: {"origin": name}';

CREATE FUNCTION certwright.setting_authorities(p_settings jsonb) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
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
end $_$;

COMMENT ON FUNCTION certwright.setting_authorities(p_settings jsonb) IS 'zone setting certificate_authorities, checked';

CREATE FUNCTION certwright.setting_key_types(p_settings jsonb) RETURNS certwright.key_type[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
declare
    v_types constant text[] := coalesce(certwright.member_texts(p_settings, 'key_types'), '{p256,rsa2048}');
begin
    if not v_types <@ '{p256,rsa2048}' or cardinality(v_types) = 0
            or cardinality(v_types) <> (select count(distinct t) from unnest(v_types) t) then
        perform certwright.refuse_member('key_types', 'must hold "p256", "rsa2048" or both');
    end if;
    return v_types::certwright.key_type[];
end $$;

COMMENT ON FUNCTION certwright.setting_key_types(p_settings jsonb) IS 'zone setting key_types, checked';

CREATE FUNCTION certwright.setting_names(p_settings jsonb) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_name text;
    v_names text[] := '{}';
begin
    foreach v_name in array coalesce(certwright.member_texts(p_settings, 'cname_targets'), '{}') loop
        v_name := regexp_replace(lower(v_name), '\.$', '');
        if not certwright.is_ldh_name(v_name) then
            perform certwright.refuse_member('cname_targets', format('must hold hostnames; "%s" is none', v_name));
        end if;
        v_names := v_names || v_name;
    end loop;
    return v_names;
end $_$;

COMMENT ON FUNCTION certwright.setting_names(p_settings jsonb) IS 'zone setting cname_targets, checked';

CREATE FUNCTION certwright.setting_prefixes(p_settings jsonb) RETURNS cidr[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.setting_prefixes(p_settings jsonb) IS 'zone setting apex_prefixes, checked';

CREATE FUNCTION certwright.setting_rate(p_settings jsonb) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v_rate constant jsonb := nullif(p_settings -> 'creations_per_minute', 'null');
begin
    if v_rate is not null and (jsonb_typeof(v_rate) <> 'number' or v_rate::text !~ '^[1-9][0-9]{0,8}$') then
        perform certwright.refuse_member('creations_per_minute', 'must be a whole number above zero, or null');
    end if;
    return v_rate::integer;
end $_$;

COMMENT ON FUNCTION certwright.setting_rate(p_settings jsonb) IS 'zone setting creations_per_minute, checked';

CREATE FUNCTION certwright.shard_of(subject uuid) RETURNS smallint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ select (get_byte(uuid_send(subject), 15) & 63)::smallint $$;

COMMENT ON FUNCTION certwright.shard_of(subject uuid) IS 'shard of a row, 0 to 63';

CREATE FUNCTION certwright.ssl_object(p_pack uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.ssl_object(p_pack uuid) IS 'the member ssl of a custom hostname; dates are those of the primary certificate';

CREATE FUNCTION certwright.store_sealed_secret(p_webhook uuid, p_name text, p_clear text, p_sealed bytea, p_old bytea DEFAULT NULL::bytea) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
begin
    if p_name = 'secret' then
        update certwright.webhook w
            set secret = p_sealed, secret_clear = null, old_secret = p_old,
                old_secret_until = case when p_old is not null then certwright.clock_now() + interval '1 day' end
            where w.id = p_webhook and w.secret_clear = p_clear;
    else
        update certwright.webhook w set plain_secret = p_sealed, plain_secret_clear = null
            where w.id = p_webhook and w.plain_secret_clear = p_clear;
    end if;
    if not found then
        return false;
    end if;
    -- Deliveries wait for the secret: those whose turn it is go now.
    perform certwright.schedule('delivery', j.subject, certwright.clock_now())
        from certwright.delivery d join certwright.job j on j.flow = 'delivery' and j.subject = d.id
        where d.webhook_id = p_webhook and d.state = 'pending' and j.attempts = 0;
    return true;
end $$;

COMMENT ON FUNCTION certwright.store_sealed_secret(p_webhook uuid, p_name text, p_clear text, p_sealed bytea, p_old bytea) IS 'store a sealed secret and forget the clear one, if it is still the same';

CREATE FUNCTION certwright.validation_records(p_pack uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.validation_records(p_pack uuid) IS 'ssl.validation_records: what has to be published for the CA now';

CREATE FUNCTION certwright.wanted_authority(p_ssl jsonb) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.wanted_authority(p_ssl jsonb) IS 'ssl.certificate_authority, checked';

CREATE FUNCTION certwright.wanted_hostname(p_body jsonb, p_row certwright.custom_hostname, p_zone certwright.zone) RETURNS certwright.custom_hostname
    LANGUAGE plpgsql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.wanted_hostname(p_body jsonb, p_row certwright.custom_hostname, p_zone certwright.zone) IS 'a hostname as a body asks for it, or the documented refusal';

CREATE TABLE certwright.certificate (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    zone_id uuid NOT NULL,
    custom_hostname_id uuid,
    hostname text NOT NULL,
    wildcard boolean DEFAULT false NOT NULL,
    status certwright.ssl_status DEFAULT 'initializing'::certwright.ssl_status NOT NULL,
    since timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    method text NOT NULL,
    type text DEFAULT 'dv'::text NOT NULL,
    wanted_authority text DEFAULT ''::text NOT NULL,
    authority_id uuid,
    bundle_method text DEFAULT 'ubiquitous'::text NOT NULL,
    branding boolean DEFAULT false NOT NULL,
    key_types certwright.key_type[] NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    code text,
    error text,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    CONSTRAINT certificate_bundle_method_check CHECK ((bundle_method = ANY (ARRAY['ubiquitous'::text, 'optimal'::text, 'force'::text]))),
    CONSTRAINT certificate_method_check CHECK ((method = ANY (ARRAY['http'::text, 'txt'::text, 'email'::text]))),
    CONSTRAINT certificate_type_check CHECK ((type = 'dv'::text))
)
WITH (fillfactor='85');

COMMENT ON TABLE certwright.certificate IS 'a certificate pack: what serves one custom hostname';

COMMENT ON COLUMN certwright.certificate.id IS 'pack id (ssl.id)';

COMMENT ON COLUMN certwright.certificate.zone_id IS 'zone of the hostname';

COMMENT ON COLUMN certwright.certificate.custom_hostname_id IS 'hostname that it is attached to; null once another pack took its place';

COMMENT ON COLUMN certwright.certificate.hostname IS 'the name that it covers';

COMMENT ON COLUMN certwright.certificate.wildcard IS 'covers *.hostname as well';

COMMENT ON COLUMN certwright.certificate.status IS 'ssl.status';

COMMENT ON COLUMN certwright.certificate.since IS 'since when it has this status';

COMMENT ON COLUMN certwright.certificate.method IS 'how control is shown to the CA: http or txt';

COMMENT ON COLUMN certwright.certificate.type IS 'always dv';

COMMENT ON COLUMN certwright.certificate.wanted_authority IS 'CA that was asked for, empty: the default CA';

COMMENT ON COLUMN certwright.certificate.authority_id IS 'CA that was chosen';

COMMENT ON COLUMN certwright.certificate.bundle_method IS 'ubiquitous, optimal or force';

COMMENT ON COLUMN certwright.certificate.branding IS 'the configured branding name is the common name';

COMMENT ON COLUMN certwright.certificate.key_types IS 'key types that the pack is to have';

COMMENT ON COLUMN certwright.certificate.settings IS 'ciphers, http2, tls_1_3, min_tls_version, early_hints';

COMMENT ON COLUMN certwright.certificate.code IS 'code of what is wrong at present';

COMMENT ON COLUMN certwright.certificate.error IS 'what is wrong at present';

COMMENT ON COLUMN certwright.certificate.version IS 'grows with each new set of certificates; names the folder on an edge';

COMMENT ON COLUMN certwright.certificate.created_at IS 'when it was created';

CREATE FUNCTION certwright.wanted_pack(p_ssl jsonb, p_pack certwright.certificate) RETURNS certwright.certificate
    LANGUAGE plpgsql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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
    -- A name of over 64 characters is no common name; branding would be one,
    -- if a name for it were configured.
    if v.branding and octet_length(v.hostname) > 64
            and octet_length(certwright.option_value('branding_name', '')) not between 1 and 64 then
        perform certwright.raise_error(1469,
            p_hint => 'set the option branding_name, or leave the common name empty: cloudflare_branding false');
    end if;
    return v;
end $$;

COMMENT ON FUNCTION certwright.wanted_pack(p_ssl jsonb, p_pack certwright.certificate) IS 'a pack as ssl asks for it, or the documented refusal';

CREATE FUNCTION certwright.wanted_records(p_id uuid) RETURNS TABLE(purpose text, type text, name text, value text, state text, found text[])
    LANGUAGE sql STABLE
    AS $$
    with h as (
        select h.*, z as zone, h.status in ('active', 'active_redeploying') as owned
        from certwright.custom_hostname h join certwright.zone z on z.id = h.zone_id where h.id = p_id
    ), c as (
        select c.* from certwright.certificate c where c.custom_hostname_id = p_id
    )
    select 'routing', r.type, h.hostname, r.value,
           case when h.points_here then 'satisfied' else 'required' end, certwright.last_found('hostname', h.id)
        from h cross join lateral certwright.routing_records(h.zone, h.hostname) r
    union all
    select 'ownership', 'TXT', certwright.option_label() || '.' || h.hostname, h.ownership_value::text,
           case when h.owned then 'obsolete' else 'required' end, certwright.last_found('hostname', h.id)
        from h
    union all
    select 'delegation', 'CNAME', '_acme-challenge.' || c.hostname, t.target,
           case when c.status = 'active' then 'satisfied' else 'required' end,
           certwright.last_found('certificate', c.id)
        from c cross join h
        cross join lateral (select certwright.delegation_target(c.hostname, (h.zone).dcv_delegation_id)) t (target)
        where c.method = 'txt' and t.target is not null and c.status not in ('pending_deletion', 'deleted')
    union all
    select distinct 'certificate', 'TXT', '_acme-challenge.' || n.identifier, n.txt_value,
           case when n.status = 'valid' then 'satisfied' else 'required' end,
           certwright.last_found('certificate', c.id)
        from c join certwright.challenge n on n.certificate_id = c.id and n.method = 'txt'
        where c.method = 'txt'
$$;

COMMENT ON FUNCTION certwright.wanted_records(p_id uuid) IS 'DNS records of a hostname and whether they are needed';

CREATE FUNCTION certwright.wanted_settings(p_changes jsonb, p_old jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.wanted_settings(p_changes jsonb, p_old jsonb) IS 'ssl.settings, checked';

CREATE FUNCTION certwright.wanted_webhook(p_body jsonb, p_row certwright.webhook) RETURNS certwright.webhook
    LANGUAGE plpgsql STABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $_$
declare
    v certwright.webhook := p_row;
begin
    perform certwright.refuse_unknown_members(p_body, '{name,url,event_types,failures,enabled,secret}');
    if p_body ? 'url' or v.url is null then
        v.url := certwright.member_text(p_body, 'url');
        perform certwright.check_webhook_url(v.url);
    end if;
    if p_body ? 'name' or v.name is null then
        v.name := coalesce(certwright.member_text(p_body, 'name'), substring(v.url from '^https?://([^/?]+)'));
        if v.name !~ '^[^[:cntrl:]]{1,255}$' then
            perform certwright.refuse_member('name', 'must be 1 to 255 characters');
        end if;
    end if;
    if p_body ? 'event_types' then
        v.event_types := certwright.member_texts(p_body, 'event_types');
        if not v.event_types <@ certwright.event_types() or cardinality(v.event_types) = 0 then
            perform certwright.refuse_member('event_types',
                'must be null for all, or hold some of: ' || array_to_string(certwright.event_types(), ', '));
        end if;
    end if;
    if p_body ? 'failures' then
        v.failures := coalesce(certwright.member_text(p_body, 'failures'), 'all');
        if v.failures not in ('all', 'on_change') then
            perform certwright.refuse_member('failures', 'must be "all" or "on_change"');
        end if;
    end if;
    if p_body ? 'enabled' then
        v.enabled := coalesce(certwright.member_boolean(p_body, 'enabled'), true);
    end if;
    perform certwright.check_secret(certwright.member_text(p_body, 'secret'));
    return v;
end $_$;

COMMENT ON FUNCTION certwright.wanted_webhook(p_body jsonb, p_row certwright.webhook) IS 'an endpoint as a body asks for it, or a refusal that names the member';

CREATE FUNCTION certwright.wanted_zone(p_settings jsonb, p_zone certwright.zone) RETURNS certwright.zone
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'certwright', 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION certwright.wanted_zone(p_settings jsonb, p_zone certwright.zone) IS 'a zone as settings ask for it, or a refusal that names the setting';

CREATE FUNCTION certwright.webhook_object(p_webhook uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    select jsonb_build_object('id', w.id, 'name', w.name, 'url', w.url, 'event_types', w.event_types,
        'failures', w.failures, 'enabled', w.enabled, 'created_at', certwright.iso_time(w.created_at))
    from certwright.webhook w where w.id = p_webhook
$$;

COMMENT ON FUNCTION certwright.webhook_object(p_webhook uuid) IS 'an endpoint, without its secrets';

CREATE FUNCTION certwright.zone_object(p_zone uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    select jsonb_build_object('id', z.id, 'name', z.name, 'account_id', z.account_id,
        'cname_targets', z.cname_targets, 'apex_prefixes', z.apex_prefixes,
        'fallback_origin', z.fallback_origin, 'allow_reserved_names', z.allow_reserved_names,
        'certificate_authorities', z.certificate_authorities, 'key_types', z.key_types,
        'creations_per_minute', z.creations_per_minute, 'metadata_on_wildcards', z.metadata_on_wildcards,
        'revoke_on_delete', z.revoke_on_delete, 'dcv_delegation_id', z.dcv_delegation_id,
        'created_at', certwright.iso_time(z.created_at))
    from certwright.zone z where z.id = p_zone
$$;

COMMENT ON FUNCTION certwright.zone_object(p_zone uuid) IS 'a zone as jsonb';

CREATE TABLE certwright.attempt (
    flow certwright.flow_name NOT NULL,
    subject uuid NOT NULL,
    attempt integer NOT NULL,
    at timestamp with time zone NOT NULL,
    state text NOT NULL,
    outcome text NOT NULL,
    code text,
    detail text,
    found text,
    took_ms integer NOT NULL
)
PARTITION BY RANGE (at);

COMMENT ON TABLE certwright.attempt IS 'what each look found; partitioned by day and dropped by age';

COMMENT ON COLUMN certwright.attempt.flow IS 'flow of the job';

COMMENT ON COLUMN certwright.attempt.subject IS 'id of the row that was looked at';

COMMENT ON COLUMN certwright.attempt.attempt IS 'retries used up before this look';

COMMENT ON COLUMN certwright.attempt.at IS 'when the verdict was written';

COMMENT ON COLUMN certwright.attempt.state IS 'state that the row was in';

COMMENT ON COLUMN certwright.attempt.outcome IS 'go:STATE, wait, retry, postponed (a fault of ours: no retry used up), fail:STATE or parked';

COMMENT ON COLUMN certwright.attempt.code IS 'stable code of the finding, null if all was well';

COMMENT ON COLUMN certwright.attempt.detail IS 'the finding in words';

COMMENT ON COLUMN certwright.attempt.found IS 'what was seen';

COMMENT ON COLUMN certwright.attempt.took_ms IS 'milliseconds from reading the row to the verdict';

CREATE TABLE certwright.attempt_20261121 (
    flow certwright.flow_name NOT NULL,
    subject uuid NOT NULL,
    attempt integer NOT NULL,
    at timestamp with time zone NOT NULL,
    state text NOT NULL,
    outcome text NOT NULL,
    code text,
    detail text,
    found text,
    took_ms integer NOT NULL
);

COMMENT ON TABLE certwright.attempt_20261121 IS 'attempts of one day';

COMMENT ON COLUMN certwright.attempt_20261121.flow IS 'flow of the job';

COMMENT ON COLUMN certwright.attempt_20261121.subject IS 'id of the row that was looked at';

COMMENT ON COLUMN certwright.attempt_20261121.attempt IS 'retries used up before this look';

COMMENT ON COLUMN certwright.attempt_20261121.at IS 'when the verdict was written';

COMMENT ON COLUMN certwright.attempt_20261121.state IS 'state that the row was in';

COMMENT ON COLUMN certwright.attempt_20261121.outcome IS 'go:STATE, wait, retry, postponed (a fault of ours: no retry used up), fail:STATE or parked';

COMMENT ON COLUMN certwright.attempt_20261121.code IS 'stable code of the finding, null if all was well';

COMMENT ON COLUMN certwright.attempt_20261121.detail IS 'the finding in words';

COMMENT ON COLUMN certwright.attempt_20261121.found IS 'what was seen';

COMMENT ON COLUMN certwright.attempt_20261121.took_ms IS 'milliseconds from reading the row to the verdict';

CREATE TABLE certwright.attempt_default (
    flow certwright.flow_name NOT NULL,
    subject uuid NOT NULL,
    attempt integer NOT NULL,
    at timestamp with time zone NOT NULL,
    state text NOT NULL,
    outcome text NOT NULL,
    code text,
    detail text,
    found text,
    took_ms integer NOT NULL
);

CREATE TABLE certwright.delivery (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    webhook_id uuid NOT NULL,
    event_seq bigint NOT NULL,
    custom_hostname_id uuid,
    state certwright.delivery_state DEFAULT 'pending'::certwright.delivery_state NOT NULL,
    since timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    last_status integer,
    code text,
    error text
);

COMMENT ON TABLE certwright.delivery IS 'one event for one endpoint';

COMMENT ON COLUMN certwright.delivery.id IS 'delivery id';

COMMENT ON COLUMN certwright.delivery.webhook_id IS 'endpoint';

COMMENT ON COLUMN certwright.delivery.event_seq IS 'event';

COMMENT ON COLUMN certwright.delivery.custom_hostname_id IS 'hostname; deliveries of one hostname to one endpoint go in order';

COMMENT ON COLUMN certwright.delivery.state IS 'pending, delivered or dead';

COMMENT ON COLUMN certwright.delivery.since IS 'since when';

COMMENT ON COLUMN certwright.delivery.last_status IS 'last HTTP status';

COMMENT ON COLUMN certwright.delivery.code IS 'code of the last failure';

COMMENT ON COLUMN certwright.delivery.error IS 'last failure in words';

CREATE VIEW certwright.attempt_history AS
 SELECT t.flow,
    t.subject AS subject_id,
    h.hostname,
    t.attempt,
    t.at,
    t.state,
    t.outcome,
    t.code,
    t.detail,
    t.found,
    ((t.took_ms)::double precision * '00:00:00.001'::interval) AS took
   FROM (certwright.attempt t
     LEFT JOIN certwright.custom_hostname h ON ((h.id = t.subject)))
  WHERE (t.flow = 'hostname'::certwright.flow_name)
UNION ALL
 SELECT t.flow,
    t.subject AS subject_id,
    c.hostname,
    t.attempt,
    t.at,
    t.state,
    t.outcome,
    t.code,
    t.detail,
    t.found,
    ((t.took_ms)::double precision * '00:00:00.001'::interval) AS took
   FROM (certwright.attempt t
     LEFT JOIN certwright.certificate c ON ((c.id = t.subject)))
  WHERE (t.flow = 'certificate'::certwright.flow_name)
UNION ALL
 SELECT t.flow,
    t.subject AS subject_id,
    h.hostname,
    t.attempt,
    t.at,
    t.state,
    t.outcome,
    t.code,
    t.detail,
    t.found,
    ((t.took_ms)::double precision * '00:00:00.001'::interval) AS took
   FROM ((certwright.attempt t
     LEFT JOIN certwright.delivery d ON ((d.id = t.subject)))
     LEFT JOIN certwright.custom_hostname h ON ((h.id = d.custom_hostname_id)))
  WHERE (t.flow = 'delivery'::certwright.flow_name);

COMMENT ON VIEW certwright.attempt_history IS 'what each look found';

COMMENT ON COLUMN certwright.attempt_history.took IS 'from reading the row to the verdict';

CREATE TABLE certwright.ca_order (
    authority_id uuid NOT NULL,
    ordered_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    certificate_id uuid NOT NULL,
    key_type certwright.key_type NOT NULL
);

COMMENT ON TABLE certwright.ca_order IS 'orders of the last days, for budgets';

COMMENT ON COLUMN certwright.ca_order.authority_id IS 'the CA';

COMMENT ON COLUMN certwright.ca_order.ordered_at IS 'when the order was made';

COMMENT ON COLUMN certwright.ca_order.certificate_id IS 'the pack';

COMMENT ON COLUMN certwright.ca_order.key_type IS 'key type that it was for';

CREATE VIEW certwright.ca_overview AS
 SELECT a.name,
    a.enabled,
    (a.broken_since IS NULL) AS healthy,
    a.broken_since,
    o.orders_1h,
    o.orders_7d,
    ( SELECT count(*) AS count
           FROM (certwright.attempt t
             JOIN certwright.certificate c ON ((c.id = t.subject)))
          WHERE ((t.flow = 'certificate'::certwright.flow_name) AND (t.at > (certwright.clock_now() - '01:00:00'::interval)) AND (t.code ~~ 'acme\_%'::text) AND (c.authority_id = a.id))) AS failures_1h,
        CASE
            WHEN (a.orders_per_hour IS NOT NULL) THEN GREATEST((a.orders_per_hour - o.orders_1h), (0)::bigint)
            ELSE NULL::bigint
        END AS budget_left,
        CASE
            WHEN (NOT a.enabled) THEN NULL::timestamp with time zone
            WHEN ((a.orders_per_hour - o.orders_1h) <= 0) THEN ( SELECT (n.ordered_at + '01:00:00'::interval)
               FROM certwright.ca_order n
              WHERE (n.authority_id = a.id)
              ORDER BY n.ordered_at DESC
             OFFSET (a.orders_per_hour - 1)
             LIMIT 1)
            ELSE certwright.clock_now()
        END AS next_order_at,
    a.last_error,
    a.directory,
    a.preference,
    a.account_url
   FROM (certwright.certificate_authority a
     CROSS JOIN LATERAL ( SELECT count(*) FILTER (WHERE (n.ordered_at > (certwright.clock_now() - '01:00:00'::interval))) AS orders_1h,
            count(*) AS orders_7d
           FROM certwright.ca_order n
          WHERE ((n.authority_id = a.id) AND (n.ordered_at > (certwright.clock_now() - '7 days'::interval)))) o);

COMMENT ON VIEW certwright.ca_overview IS 'every certificate authority: health and budget';

COMMENT ON COLUMN certwright.ca_overview.failures_1h IS 'verdicts of the last hour that blame it';

COMMENT ON COLUMN certwright.ca_overview.budget_left IS 'orders that its own limit still admits this hour, null: no limit';

COMMENT ON COLUMN certwright.ca_overview.next_order_at IS 'when its own limit admits the next order, null: never';

CREATE TABLE certwright.issuance (
    certificate_id uuid NOT NULL,
    key_type certwright.key_type NOT NULL,
    order_url text,
    order_status text,
    finalize_url text,
    certificate_url text,
    order_expires_at timestamp with time zone,
    private_key bytea,
    csr text,
    chain text,
    serial_number text,
    issuer text,
    signature text,
    fingerprint text,
    not_before timestamp with time zone,
    not_after timestamp with time zone,
    uploaded_at timestamp with time zone,
    CONSTRAINT issuance_check CHECK (((private_key IS NULL) = (csr IS NULL))),
    CONSTRAINT issuance_check1 CHECK (((chain IS NULL) = (serial_number IS NULL))),
    CONSTRAINT issuance_check2 CHECK (((chain IS NULL) OR (private_key IS NOT NULL)))
);

COMMENT ON TABLE certwright.issuance IS 'one order, key and certificate of a pack, for one key type';

COMMENT ON COLUMN certwright.issuance.certificate_id IS 'the pack';

COMMENT ON COLUMN certwright.issuance.key_type IS 'p256 or rsa2048';

COMMENT ON COLUMN certwright.issuance.order_url IS 'the order at the CA; null: none was made or it was given up';

COMMENT ON COLUMN certwright.issuance.order_status IS 'as the CA said last: pending, ready, processing, valid; unknown: ask before acting';

COMMENT ON COLUMN certwright.issuance.finalize_url IS 'where the CSR goes';

COMMENT ON COLUMN certwright.issuance.certificate_url IS 'where the certificate is, once there is one';

COMMENT ON COLUMN certwright.issuance.order_expires_at IS 'when the CA drops the order';

COMMENT ON COLUMN certwright.issuance.private_key IS 'sealed private key, stored before finalize';

COMMENT ON COLUMN certwright.issuance.csr IS 'base64url of the CSR that goes with the key';

COMMENT ON COLUMN certwright.issuance.chain IS 'PEM, leaf first, checked before it was stored';

COMMENT ON COLUMN certwright.issuance.serial_number IS 'decimal';

COMMENT ON COLUMN certwright.issuance.issuer IS 'who issued it';

COMMENT ON COLUMN certwright.issuance.signature IS 'signature algorithm';

COMMENT ON COLUMN certwright.issuance.fingerprint IS 'SHA-256 of the leaf, hexadecimal';

COMMENT ON COLUMN certwright.issuance.not_before IS 'start of validity';

COMMENT ON COLUMN certwright.issuance.not_after IS 'end of validity';

COMMENT ON COLUMN certwright.issuance.uploaded_at IS 'when it was stored';

CREATE VIEW certwright.certificate_overview AS
 SELECT c.id AS pack_id,
    c.custom_hostname_id,
    c.hostname,
    c.status,
    COALESCE(a.name, c.wanted_authority) AS certificate_authority,
    k.key_type,
    i.serial_number,
    i.not_before,
    i.not_after,
    (i.not_after - ((i.not_after - i.not_before) / (3)::double precision)) AS renew_at,
    COALESCE(j.attempts, 0) AS attempts,
    c.error AS last_error,
    c.wildcard,
    c.method,
    i.issuer,
    i.fingerprint,
    i.order_url,
    c.version,
    c.since
   FROM ((((certwright.certificate c
     CROSS JOIN LATERAL unnest(c.key_types) k(key_type))
     LEFT JOIN certwright.issuance i ON (((i.certificate_id = c.id) AND (i.key_type = k.key_type))))
     LEFT JOIN certwright.certificate_authority a ON ((a.id = c.authority_id)))
     LEFT JOIN certwright.job j ON (((j.flow = 'certificate'::certwright.flow_name) AND (j.subject = c.id))));

COMMENT ON VIEW certwright.certificate_overview IS 'every certificate pack, one row per key type';

COMMENT ON COLUMN certwright.certificate_overview.renew_at IS 'a third of its lifetime before its end, unless the CA says otherwise';

COMMENT ON COLUMN certwright.certificate_overview.attempts IS 'retries of the present schedule that are used up';

CREATE TABLE certwright.challenge (
    certificate_id uuid NOT NULL,
    key_type certwright.key_type NOT NULL,
    identifier text NOT NULL,
    wildcard boolean DEFAULT false NOT NULL,
    url text NOT NULL,
    method text NOT NULL,
    token text NOT NULL,
    key_authorization text NOT NULL,
    txt_value text NOT NULL,
    status text NOT NULL,
    expires_at timestamp with time zone,
    told_at timestamp with time zone,
    CONSTRAINT challenge_method_check CHECK ((method = ANY (ARRAY['http'::text, 'txt'::text])))
);

COMMENT ON TABLE certwright.challenge IS 'tokens that a CA wants to see now';

COMMENT ON COLUMN certwright.challenge.certificate_id IS 'the pack';

COMMENT ON COLUMN certwright.challenge.key_type IS 'which of its orders';

COMMENT ON COLUMN certwright.challenge.identifier IS 'the name to show control of';

COMMENT ON COLUMN certwright.challenge.wildcard IS 'it is for *.identifier';

COMMENT ON COLUMN certwright.challenge.url IS 'challenge at the CA';

COMMENT ON COLUMN certwright.challenge.method IS 'http or txt';

COMMENT ON COLUMN certwright.challenge.token IS 'the CA''s token';

COMMENT ON COLUMN certwright.challenge.key_authorization IS 'body for http';

COMMENT ON COLUMN certwright.challenge.txt_value IS 'value for txt';

COMMENT ON COLUMN certwright.challenge.status IS 'pending: not published; seen: found by our own look; processing: the CA was told to look';

COMMENT ON COLUMN certwright.challenge.expires_at IS 'when the token stops being usable';

COMMENT ON COLUMN certwright.challenge.told_at IS 'when the CA was told to look';

CREATE TABLE certwright.daemon (
    id uuid NOT NULL,
    name text NOT NULL,
    started_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    seen_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL
);

COMMENT ON TABLE certwright.daemon IS 'running daemons; one not seen for 30 seconds does not count';

COMMENT ON COLUMN certwright.daemon.id IS 'chosen anew at each start';

COMMENT ON COLUMN certwright.daemon.name IS 'host and process id, for people';

COMMENT ON COLUMN certwright.daemon.started_at IS 'start of the daemon';

COMMENT ON COLUMN certwright.daemon.seen_at IS 'last renewal of its leases';

CREATE TABLE certwright.event (
    seq bigint NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    type text NOT NULL,
    created_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL,
    zone_id uuid NOT NULL,
    custom_hostname_id uuid,
    reason text,
    body jsonb NOT NULL
);

COMMENT ON TABLE certwright.event IS 'every change that the provider hears about, written with the change';

COMMENT ON COLUMN certwright.event.seq IS 'order; within a hostname the order of the changes';

COMMENT ON COLUMN certwright.event.id IS 'webhook-id: constant over retries';

COMMENT ON COLUMN certwright.event.type IS 'event type';

COMMENT ON COLUMN certwright.event.created_at IS 'when the change was made';

COMMENT ON COLUMN certwright.event.zone_id IS 'zone';

COMMENT ON COLUMN certwright.event.custom_hostname_id IS 'hostname; null for packs that are not attached any more';

COMMENT ON COLUMN certwright.event.reason IS 'code of a failure, to send it only when it changes';

COMMENT ON COLUMN certwright.event.body IS 'what is sent';

CREATE VIEW certwright.delivery_overview AS
 SELECT d.id,
    d.webhook_id,
    e.id AS event_id,
    e.type,
    d.custom_hostname_id,
    d.state,
    ( SELECT count(*) AS count
           FROM certwright.attempt t
          WHERE ((t.flow = 'delivery'::certwright.flow_name) AND (t.subject = d.id))) AS attempts,
    d.last_status,
    d.error AS last_error,
    NULLIF(j.run_at, 'infinity'::timestamp with time zone) AS next_attempt_at,
        CASE
            WHEN (d.state = 'delivered'::certwright.delivery_state) THEN d.since
            ELSE NULL::timestamp with time zone
        END AS delivered_at,
    e.created_at,
    e.seq
   FROM ((certwright.delivery d
     JOIN certwright.event e ON ((e.seq = d.event_seq)))
     LEFT JOIN certwright.job j ON (((j.flow = 'delivery'::certwright.flow_name) AND (j.subject = d.id))));

COMMENT ON VIEW certwright.delivery_overview IS 'every event for every endpoint that hears it';

COMMENT ON COLUMN certwright.delivery_overview.attempts IS 'how often it was sent, as far as history reaches';

COMMENT ON COLUMN certwright.delivery_overview.next_attempt_at IS 'null while an earlier one of the hostname has to go first';

CREATE VIEW certwright.event_log AS
 SELECT e.seq,
    e.id,
    e.type,
    e.created_at,
    e.zone_id,
    e.custom_hostname_id,
    e.body,
    e.reason
   FROM certwright.event e;

COMMENT ON VIEW certwright.event_log IS 'every event, in the order of seq';

ALTER TABLE certwright.event ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME certwright.event_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW certwright.expiring_certificates AS
 SELECT c.hostname,
    c.custom_hostname_id,
    COALESCE(a.name, c.wanted_authority) AS certificate_authority,
    i.key_type,
    i.not_after,
    (floor((EXTRACT(epoch FROM (i.not_after - certwright.clock_now())) / (86400)::numeric)))::integer AS days_left
   FROM ((certwright.issuance i
     JOIN certwright.certificate c ON (((c.id = i.certificate_id) AND (c.status <> ALL (ARRAY['pending_deletion'::certwright.ssl_status, 'deleted'::certwright.ssl_status])))))
     LEFT JOIN certwright.certificate_authority a ON ((a.id = c.authority_id)))
  WHERE (i.not_after IS NOT NULL)
  ORDER BY i.not_after;

COMMENT ON VIEW certwright.expiring_certificates IS 'certificates in use, soonest end first';

COMMENT ON COLUMN certwright.expiring_certificates.days_left IS 'whole days; negative once it has expired';

CREATE TABLE certwright.hold (
    name text NOT NULL,
    include_subdomains boolean DEFAULT false NOT NULL,
    reason text,
    created_at timestamp with time zone DEFAULT certwright.clock_now() NOT NULL
);

COMMENT ON TABLE certwright.hold IS 'names that their owner, or the provider''s abuse desk, forbids to claim';

COMMENT ON COLUMN certwright.hold.name IS 'lower-case A-labels';

COMMENT ON COLUMN certwright.hold.include_subdomains IS 'holds every name below it as well';

COMMENT ON COLUMN certwright.hold.reason IS 'for people';

COMMENT ON COLUMN certwright.hold.created_at IS 'when it was held';

CREATE VIEW certwright.hostname_overview AS
 SELECT h.id,
    h.zone_id,
    h.hostname,
    h.status,
    c.status AS ssl_status,
    ((h.status = 'active'::certwright.hostname_status) AND (NOT (c.status IS DISTINCT FROM 'active'::certwright.ssl_status)) AND (h.points_here IS NOT FALSE)) AS ready,
    COALESCE(j.attempts, 0) AS attempts,
    COALESCE(j.ran_at, ( SELECT max(t.at) AS max
           FROM certwright.attempt t
          WHERE ((t.flow = 'hostname'::certwright.flow_name) AND (t.subject = h.id)))) AS last_checked_at,
    NULLIF(j.run_at, 'infinity'::timestamp with time zone) AS next_check_at,
    COALESCE(h.error, c.error) AS last_error,
    COALESCE(a.name, c.wanted_authority) AS certificate_authority,
    ( SELECT min(i.not_after) AS min
           FROM certwright.issuance i
          WHERE ((i.certificate_id = c.id) AND (i.chain IS NOT NULL))) AS expires_at,
    h.created_at,
    h.points_here,
    h.since,
    h.code,
    c.id AS pack_id
   FROM (((certwright.custom_hostname h
     LEFT JOIN certwright.certificate c ON ((c.custom_hostname_id = h.id)))
     LEFT JOIN certwright.certificate_authority a ON ((a.id = c.authority_id)))
     LEFT JOIN certwright.job j ON (((j.flow = 'hostname'::certwright.flow_name) AND (j.subject = h.id))))
  WHERE (h.removed_at IS NULL);

COMMENT ON VIEW certwright.hostname_overview IS 'every custom hostname with where it stands';

COMMENT ON COLUMN certwright.hostname_overview.ready IS 'status and ssl_status are active and its DNS was not seen pointing elsewhere';

COMMENT ON COLUMN certwright.hostname_overview.attempts IS 'retries of the present schedule that are used up';

COMMENT ON COLUMN certwright.hostname_overview.next_check_at IS 'null: it rests, or is parked';

COMMENT ON COLUMN certwright.hostname_overview.last_error IS 'what is wrong with the hostname, else with its certificate';

COMMENT ON COLUMN certwright.hostname_overview.certificate_authority IS 'the CA that was chosen, else that was asked for; empty: the default';

COMMENT ON COLUMN certwright.hostname_overview.expires_at IS 'first end of its certificates';

CREATE TABLE certwright.shard (
    id smallint NOT NULL,
    owner uuid,
    epoch bigint DEFAULT 0 NOT NULL,
    lease_until timestamp with time zone,
    unclean boolean DEFAULT false NOT NULL,
    CONSTRAINT shard_id_check CHECK (((id >= 0) AND (id <= 63)))
);

COMMENT ON TABLE certwright.shard IS 'leases: whoever owns a shard performs its jobs';

COMMENT ON COLUMN certwright.shard.id IS '0 to 63';

COMMENT ON COLUMN certwright.shard.owner IS 'daemon that holds it, null if nobody';

COMMENT ON COLUMN certwright.shard.epoch IS 'fencing number: grows with every change of owner; a verdict of an older one changes nothing';

COMMENT ON COLUMN certwright.shard.lease_until IS 'until when the owner holds it';

COMMENT ON COLUMN certwright.shard.unclean IS 'the last owner did not give it back: jobs are marked before they are performed';

CREATE VIEW certwright.job_overview AS
 SELECT j.flow,
    j.subject AS subject_id,
    COALESCE(h.hostname, c.hostname, g.hostname) AS hostname,
    COALESCE((h.status)::text, (c.status)::text, (d.state)::text) AS state,
    j.run_at,
    j.attempts,
    j.shard,
    m.name AS owner,
    s.lease_until,
    j.ran_at,
    (j.run_at = 'infinity'::timestamp with time zone) AS parked
   FROM ((((((certwright.job j
     JOIN certwright.shard s ON ((s.id = j.shard)))
     LEFT JOIN certwright.daemon m ON ((m.id = s.owner)))
     LEFT JOIN certwright.custom_hostname h ON (((j.flow = 'hostname'::certwright.flow_name) AND (h.id = j.subject))))
     LEFT JOIN certwright.certificate c ON (((j.flow = 'certificate'::certwright.flow_name) AND (c.id = j.subject))))
     LEFT JOIN certwright.delivery d ON (((j.flow = 'delivery'::certwright.flow_name) AND (d.id = j.subject))))
     LEFT JOIN certwright.custom_hostname g ON ((g.id = d.custom_hostname_id)));

COMMENT ON VIEW certwright.job_overview IS 'what is looked at next, and by whom';

COMMENT ON COLUMN certwright.job_overview.owner IS 'daemon that holds the shard: host and process id';

COMMENT ON COLUMN certwright.job_overview.parked IS 'it stopped three daemons and waits for a refresh';

CREATE TABLE certwright.public_suffix (
    rule text NOT NULL
);

COMMENT ON TABLE certwright.public_suffix IS 'the public suffix list as A-labels, loaded by certwright migrate';

COMMENT ON COLUMN certwright.public_suffix.rule IS 'a rule: name, *.name or !name';

CREATE TABLE certwright.schema_migration (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    hash text NOT NULL
);

COMMENT ON TABLE certwright.schema_migration IS 'SQL files that were applied, written by certwright migrate';

COMMENT ON COLUMN certwright.schema_migration.name IS 'file, functions/file, or public_suffix_list';

COMMENT ON COLUMN certwright.schema_migration.applied_at IS 'when its present text was applied';

COMMENT ON COLUMN certwright.schema_migration.hash IS 'SHA-256 of that text';

CREATE TABLE certwright.setting (
    name text NOT NULL,
    value text NOT NULL
);

COMMENT ON TABLE certwright.setting IS 'options of the daemon that SQL shows as well, written when a daemon starts';

COMMENT ON COLUMN certwright.setting.name IS 'name of the option';

COMMENT ON COLUMN certwright.setting.value IS 'its value';

CREATE TABLE certwright.suspect (
    flow certwright.flow_name NOT NULL,
    subject uuid NOT NULL,
    marks integer DEFAULT 1 NOT NULL
);

COMMENT ON TABLE certwright.suspect IS 'jobs that were begun after an unclean takeover; from three marks on a job is put aside, ten park it';

COMMENT ON COLUMN certwright.suspect.flow IS 'flow of the job';

COMMENT ON COLUMN certwright.suspect.subject IS 'subject of the job';

COMMENT ON COLUMN certwright.suspect.marks IS 'how often it was begun alone without a verdict';

CREATE VIEW certwright.webhook_overview AS
 SELECT w.id,
    w.zone_id,
    w.name,
    w.url,
    w.event_types,
    w.failures,
    w.enabled,
    ((w.secret_clear IS NULL) AND (w.plain_secret_clear IS NULL)) AS sealed,
    ( SELECT count(*) AS count
           FROM certwright.delivery d
          WHERE ((d.webhook_id = w.id) AND (d.state = 'pending'::certwright.delivery_state))) AS pending,
    w.created_at
   FROM certwright.webhook w;

COMMENT ON VIEW certwright.webhook_overview IS 'every endpoint';

COMMENT ON COLUMN certwright.webhook_overview.sealed IS 'no clear text is left to be sealed by a daemon';

COMMENT ON COLUMN certwright.webhook_overview.pending IS 'deliveries that are to be made';

CREATE VIEW certwright.zone_overview AS
 SELECT z.id,
    z.name,
    z.account_id,
    z.cname_targets,
    z.fallback_origin,
    z.fallback_status,
    z.dcv_delegation_id,
    ( SELECT count(*) AS count
           FROM certwright.custom_hostname h
          WHERE ((h.zone_id = z.id) AND (h.removed_at IS NULL))) AS hostnames,
    ( SELECT count(*) AS count
           FROM certwright.webhook w
          WHERE (w.zone_id = z.id)) AS webhooks,
    z.created_at
   FROM certwright.zone z;

COMMENT ON VIEW certwright.zone_overview IS 'every zone';

COMMENT ON COLUMN certwright.zone_overview.hostnames IS 'custom hostnames that were not deleted';

COMMENT ON COLUMN certwright.zone_overview.webhooks IS 'endpoints that hear its events';

ALTER TABLE ONLY certwright.attempt ATTACH PARTITION certwright.attempt_20261121 FOR VALUES FROM ('2026-11-21 00:00:00+00') TO ('2026-11-22 00:00:00+00');

ALTER TABLE ONLY certwright.attempt ATTACH PARTITION certwright.attempt_default DEFAULT;

INSERT INTO certwright.attempt_20261121 VALUES
	('hostname', 'b8294640-b12b-48ba-979a-492d2c67b599', 0, '2026-11-21 01:47:29.569597+00', 'pending', 'retry', 'not_pointing_here', 'custom hostname does not CNAME to this zone.', NULL, 12),
	('hostname', '01fd96fa-4457-4004-ad02-823912412b17', 1, '2026-11-21 01:47:29.578163+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', '24979d17-ede6-4233-bf50-9b484ee22a00', 1, '2026-11-21 01:47:29.578163+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', 'd40880df-7efd-47d7-be82-6f65526ed7b6', 1, '2026-11-21 01:47:29.578163+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', '39339963-0433-4fc1-aab2-c2e9a5a5bbc7', 1, '2026-11-21 01:47:29.578163+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', 'a8221ac0-a8d6-4c78-b55a-eb8493274728', 1, '2026-11-21 01:47:29.578163+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', 'b8131e15-ea3a-463c-9905-945cd780fbc1', 1, '2026-11-21 01:47:29.578163+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', '0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65', 1, '2026-11-21 01:47:29.578163+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 1, '2026-11-21 01:47:29.578163+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', 'd8564104-1ec9-4536-a711-9301ec73253e', 1, '2026-11-21 01:47:29.578163+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', 'c531466a-0fd1-4e21-80e8-87143ce59771', 1, '2026-11-21 01:47:29.624535+00', 'pending', 'go:active', NULL, NULL, NULL, 12),
	('hostname', '8fa8aaa2-0735-4258-8741-41ff38a0c128', 75, '2026-11-21 01:47:29.629739+00', 'pending', 'go:moved', 'schedule_used_up', NULL, NULL, 12),
	('hostname', '31a33c6e-47f8-4196-9224-cdb7df9f87dd', 75, '2026-11-21 01:47:29.630932+00', 'pending', 'go:moved', 'schedule_used_up', NULL, NULL, 12),
	('hostname', '31a33c6e-47f8-4196-9224-cdb7df9f87dd', 0, '2026-11-21 01:47:29.633546+00', 'moved', 'go:deleted', 'moved_too_long', NULL, NULL, 12),
	('certificate', '0b03b97e-c2fc-498b-bc08-aaddbb1844d9', 0, '2026-11-21 01:47:29.644958+00', 'initializing', 'go:pending_validation', NULL, NULL, NULL, 12),
	('certificate', '0b03b97e-c2fc-498b-bc08-aaddbb1844d9', 3, '2026-11-21 01:47:29.657781+00', 'pending_validation', 'retry', 'txt_missing', 'the TXT record is not there', NULL, 12),
	('certificate', 'fc7840ad-5d44-4304-8891-f3a0c1db1274', 0, '2026-11-21 01:47:29.664077+00', 'initializing', 'go:pending_validation', NULL, NULL, NULL, 12),
	('certificate', 'fc7840ad-5d44-4304-8891-f3a0c1db1274', 1, '2026-11-21 01:47:29.664077+00', 'pending_validation', 'go:pending_issuance', NULL, NULL, NULL, 12),
	('certificate', '8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 0, '2026-11-21 01:47:29.676489+00', 'initializing', 'go:pending_validation', NULL, NULL, NULL, 12),
	('certificate', '8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 1, '2026-11-21 01:47:29.676489+00', 'pending_validation', 'go:pending_issuance', NULL, NULL, NULL, 12),
	('certificate', '8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 0, '2026-11-21 01:47:29.676489+00', 'pending_issuance', 'go:pending_deployment', NULL, NULL, NULL, 12),
	('certificate', '34800145-b384-4a65-a1d9-31cbf0987696', 0, '2026-11-21 01:47:29.688259+00', 'initializing', 'go:pending_validation', NULL, NULL, NULL, 12),
	('certificate', '34800145-b384-4a65-a1d9-31cbf0987696', 1, '2026-11-21 01:47:29.688259+00', 'pending_validation', 'go:pending_issuance', NULL, NULL, NULL, 12),
	('certificate', '34800145-b384-4a65-a1d9-31cbf0987696', 0, '2026-11-21 01:47:29.688259+00', 'pending_issuance', 'go:pending_deployment', NULL, NULL, NULL, 12),
	('certificate', '34800145-b384-4a65-a1d9-31cbf0987696', 0, '2026-11-21 01:47:29.688259+00', 'pending_deployment', 'go:active', NULL, NULL, NULL, 12),
	('certificate', '17f81859-06c4-45a7-b509-bd79a434562e', 0, '2026-11-21 01:47:29.701677+00', 'initializing', 'go:pending_validation', NULL, NULL, NULL, 12),
	('certificate', '17f81859-06c4-45a7-b509-bd79a434562e', 1, '2026-11-21 01:47:29.701677+00', 'pending_validation', 'go:pending_issuance', NULL, NULL, NULL, 12),
	('certificate', '17f81859-06c4-45a7-b509-bd79a434562e', 0, '2026-11-21 01:47:29.701677+00', 'pending_issuance', 'go:pending_deployment', NULL, NULL, NULL, 12),
	('certificate', '17f81859-06c4-45a7-b509-bd79a434562e', 0, '2026-11-21 01:47:29.701677+00', 'pending_deployment', 'go:active', NULL, NULL, NULL, 12),
	('certificate', 'aca1bb83-fe87-49ca-8160-b70c7706e0bf', 0, '2026-11-21 01:47:29.718516+00', 'initializing', 'go:pending_validation', NULL, NULL, NULL, 12),
	('certificate', 'aca1bb83-fe87-49ca-8160-b70c7706e0bf', 1, '2026-11-21 01:47:29.718516+00', 'pending_validation', 'go:pending_issuance', NULL, NULL, NULL, 12),
	('certificate', 'aca1bb83-fe87-49ca-8160-b70c7706e0bf', 0, '2026-11-21 01:47:29.718516+00', 'pending_issuance', 'go:pending_deployment', NULL, NULL, NULL, 12),
	('certificate', 'aca1bb83-fe87-49ca-8160-b70c7706e0bf', 0, '2026-11-21 01:47:29.718516+00', 'pending_deployment', 'go:active', NULL, NULL, NULL, 12),
	('certificate', '021de9bf-8d9b-4dd4-a21b-37fdb1ba7311', 0, '2026-11-21 01:47:29.730613+00', 'initializing', 'go:pending_validation', NULL, NULL, NULL, 12),
	('certificate', '021de9bf-8d9b-4dd4-a21b-37fdb1ba7311', 1, '2026-11-21 01:47:29.730613+00', 'pending_validation', 'go:pending_issuance', NULL, NULL, NULL, 12),
	('certificate', '021de9bf-8d9b-4dd4-a21b-37fdb1ba7311', 0, '2026-11-21 01:47:29.730613+00', 'pending_issuance', 'go:pending_deployment', NULL, NULL, NULL, 12),
	('certificate', '021de9bf-8d9b-4dd4-a21b-37fdb1ba7311', 0, '2026-11-21 01:47:29.730613+00', 'pending_deployment', 'go:active', NULL, NULL, NULL, 12),
	('certificate', 'f192aa67-21f6-4f97-9638-6838308aac89', 0, '2026-11-21 01:47:29.747117+00', 'initializing', 'go:pending_validation', NULL, NULL, NULL, 12),
	('certificate', 'f192aa67-21f6-4f97-9638-6838308aac89', 1, '2026-11-21 01:47:29.747117+00', 'pending_validation', 'go:pending_issuance', NULL, NULL, NULL, 12),
	('certificate', 'f192aa67-21f6-4f97-9638-6838308aac89', 0, '2026-11-21 01:47:29.747117+00', 'pending_issuance', 'go:pending_deployment', NULL, NULL, NULL, 12),
	('certificate', 'f192aa67-21f6-4f97-9638-6838308aac89', 0, '2026-11-21 01:47:29.747117+00', 'pending_deployment', 'go:active', NULL, NULL, NULL, 12),
	('certificate', '2e90ddb9-b595-4503-91fb-8f99e62dac24', 0, '2026-11-21 01:47:29.761495+00', 'initializing', 'go:pending_validation', NULL, NULL, NULL, 12),
	('certificate', '2e90ddb9-b595-4503-91fb-8f99e62dac24', 75, '2026-11-21 01:47:29.763652+00', 'pending_validation', 'fail:validation_timed_out', 'schedule_used_up', 'control was not shown in time', NULL, 12),
	('certificate', 'ca706764-6a1d-46c4-8958-90c6ee7b923e', 0, '2026-11-21 01:47:29.768257+00', 'pending_deletion', 'go:deleted', NULL, NULL, NULL, 12),
	('delivery', '0b679462-ce99-40b5-b771-30001288a1a5', 0, '2026-11-21 01:47:29.784107+00', 'pending', 'fail:dead', 'endpoint_refused', '404', NULL, 12),
	('delivery', '2a086c5a-3fe0-49c3-b54f-e099c420d24d', 0, '2026-11-21 01:47:29.784107+00', 'pending', 'go:delivered', NULL, NULL, NULL, 12),
	('delivery', '470076f4-9a91-48a1-99f0-efca4a6c49d0', 0, '2026-11-21 01:47:29.784107+00', 'pending', 'go:delivered', NULL, NULL, NULL, 12),
	('delivery', 'efc39481-86f4-4a42-b6b1-10a035c782ea', 0, '2026-11-21 01:47:29.784107+00', 'pending', 'go:delivered', NULL, NULL, NULL, 12);

INSERT INTO certwright.ca_order VALUES
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.644958+00', '0b03b97e-c2fc-498b-bc08-aaddbb1844d9', 'p256'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.644958+00', '0b03b97e-c2fc-498b-bc08-aaddbb1844d9', 'rsa2048'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.664077+00', 'fc7840ad-5d44-4304-8891-f3a0c1db1274', 'p256'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.664077+00', 'fc7840ad-5d44-4304-8891-f3a0c1db1274', 'rsa2048'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.676489+00', '8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 'p256'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.676489+00', '8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 'rsa2048'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.688259+00', '34800145-b384-4a65-a1d9-31cbf0987696', 'p256'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.688259+00', '34800145-b384-4a65-a1d9-31cbf0987696', 'rsa2048'),
	('22222222-2222-4222-8222-222222222222', '2026-11-21 01:47:29.701677+00', '17f81859-06c4-45a7-b509-bd79a434562e', 'p256'),
	('22222222-2222-4222-8222-222222222222', '2026-11-21 01:47:29.701677+00', '17f81859-06c4-45a7-b509-bd79a434562e', 'rsa2048'),
	('22222222-2222-4222-8222-222222222222', '2026-11-21 01:47:29.718516+00', 'aca1bb83-fe87-49ca-8160-b70c7706e0bf', 'p256'),
	('22222222-2222-4222-8222-222222222222', '2026-11-21 01:47:29.718516+00', 'aca1bb83-fe87-49ca-8160-b70c7706e0bf', 'rsa2048'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.730613+00', '021de9bf-8d9b-4dd4-a21b-37fdb1ba7311', 'p256'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.730613+00', '021de9bf-8d9b-4dd4-a21b-37fdb1ba7311', 'rsa2048'),
	('22222222-2222-4222-8222-222222222223', '2026-11-21 01:47:29.747117+00', 'f192aa67-21f6-4f97-9638-6838308aac89', 'p256'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.761495+00', '2e90ddb9-b595-4503-91fb-8f99e62dac24', 'p256'),
	('22222222-2222-4222-8222-222222222221', '2026-11-21 01:47:29.761495+00', '2e90ddb9-b595-4503-91fb-8f99e62dac24', 'rsa2048');

INSERT INTO certwright.certificate VALUES
	('9656faf7-d9e2-40c3-8854-3900f60275dd', '9d54d7ad-6998-446c-a18b-7e794967258d', 'b8294640-b12b-48ba-979a-492d2c67b599', 'new.first.com', false, 'initializing', '2026-11-21 01:47:29.473512+00', 'txt', 'dv', '', NULL, 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.473512+00'),
	('36dd87ca-531b-412c-bb3c-01a61f4d2c31', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', '2d0631d3-a518-4cb0-8ad0-0809a5b13345', 'blog.fourth.com', false, 'initializing', '2026-11-21 01:47:29.55444+00', 'http', 'dv', '', NULL, 'ubiquitous', false, '{p256}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.55444+00'),
	('0b03b97e-c2fc-498b-bc08-aaddbb1844d9', '9d54d7ad-6998-446c-a18b-7e794967258d', '39339963-0433-4fc1-aab2-c2e9a5a5bbc7', 'waits.fourth.com', false, 'pending_validation', '2026-11-21 01:47:29.644958+00', 'txt', 'dv', '', '22222222-2222-4222-8222-222222222221', 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', 'txt_missing', 'the TXT record is not there', 1, '2026-11-21 01:47:29.513513+00'),
	('17f81859-06c4-45a7-b509-bd79a434562e', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd40880df-7efd-47d7-be82-6f65526ed7b6', 'third.com', true, 'active', '2026-11-21 01:47:29.701677+00', 'txt', 'dv', 'google', '22222222-2222-4222-8222-222222222222', 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.2"}', NULL, NULL, 1, '2026-11-21 01:47:29.505615+00'),
	('fc7840ad-5d44-4304-8891-f3a0c1db1274', '9d54d7ad-6998-446c-a18b-7e794967258d', 'a8221ac0-a8d6-4c78-b55a-eb8493274728', 'issues.fourth.com', false, 'pending_issuance', '2026-11-21 01:47:29.664077+00', 'txt', 'dv', '', '22222222-2222-4222-8222-222222222221', 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.513513+00'),
	('f192aa67-21f6-4f97-9638-6838308aac89', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'c531466a-0fd1-4e21-80e8-87143ce59771', 'contested.fourth.com', false, 'active', '2026-11-21 01:47:29.747117+00', 'http', 'dv', '', '22222222-2222-4222-8222-222222222223', 'ubiquitous', false, '{p256}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.55444+00'),
	('8473f7f1-45a5-45dc-8b6f-cb14966b8c04', '9d54d7ad-6998-446c-a18b-7e794967258d', 'b8131e15-ea3a-463c-9905-945cd780fbc1', 'deploys.fourth.com', false, 'pending_deployment', '2026-11-21 01:47:29.676489+00', 'txt', 'dv', '', '22222222-2222-4222-8222-222222222221', 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.513513+00'),
	('2e90ddb9-b595-4503-91fb-8f99e62dac24', '9d54d7ad-6998-446c-a18b-7e794967258d', '8fa8aaa2-0735-4258-8741-41ff38a0c128', 'late.fourth.com', false, 'validation_timed_out', '2026-11-21 01:47:29.763652+00', 'txt', 'dv', '', '22222222-2222-4222-8222-222222222221', 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', 'schedule_used_up', 'control was not shown in time', 1, '2026-11-21 01:47:29.513513+00'),
	('aca1bb83-fe87-49ca-8160-b70c7706e0bf', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd8564104-1ec9-4536-a711-9301ec73253e', 'redeploys.fourth.com', false, 'active', '2026-11-21 01:47:29.718516+00', 'txt', 'dv', '', '22222222-2222-4222-8222-222222222222', 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.513513+00'),
	('ca706764-6a1d-46c4-8958-90c6ee7b923e', '9d54d7ad-6998-446c-a18b-7e794967258d', '31a33c6e-47f8-4196-9224-cdb7df9f87dd', 'gone.fourth.com', false, 'deleted', '2026-11-21 01:47:29.768257+00', 'txt', 'dv', '', NULL, 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.513513+00'),
	('2accfacf-23a5-4ddc-bf95-a3ffb422bd6e', '9d54d7ad-6998-446c-a18b-7e794967258d', '0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65', 'tombstone.fourth.com', false, 'pending_deletion', '2026-11-21 01:47:29.773753+00', 'txt', 'dv', '', NULL, 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.513513+00'),
	('34800145-b384-4a65-a1d9-31cbf0987696', '9d54d7ad-6998-446c-a18b-7e794967258d', '24979d17-ede6-4233-bf50-9b484ee22a00', 'www.second.com', false, 'active', '2026-11-21 01:47:29.688259+00', 'http', 'dv', '', '22222222-2222-4222-8222-222222222221', 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.495155+00'),
	('021de9bf-8d9b-4dd4-a21b-37fdb1ba7311', '9d54d7ad-6998-446c-a18b-7e794967258d', 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 'contested.fourth.com', false, 'active', '2026-11-21 01:47:29.730613+00', 'txt', 'dv', '', '22222222-2222-4222-8222-222222222221', 'ubiquitous', false, '{p256,rsa2048}', '{"http2": "on", "min_tls_version": "1.0"}', NULL, NULL, 1, '2026-11-21 01:47:29.513513+00');

INSERT INTO certwright.certificate_authority VALUES
	('22222222-2222-4222-8222-222222222221', 'lets_encrypt', 'https://acme-v02.api.letsencrypt.org/directory', NULL, '{letsencrypt.org}', 'ops@saas.example', NULL, 10, '168:00:00', NULL, true, '\x5ea1ed01', 'https://ca/acct/lets_encrypt', NULL, NULL, NULL, NULL, '2026-11-21 01:47:29.444064+00'),
	('22222222-2222-4222-8222-222222222222', 'google', 'https://dv.acme-v02.api.pki.goog/directory', NULL, '{pki.goog}', 'ops@saas.example', NULL, 20, '168:00:00', 100, true, '\x5ea1ed02', 'https://ca/acct/google', 'kid', '\x5ea1ed03', NULL, NULL, '2026-11-21 01:47:29.448045+00'),
	('22222222-2222-4222-8222-222222222223', 'own_ca', 'https://ca.saas.example/directory', '/etc/ssl/own.pem', '{ca.saas.example}', NULL, 'short', 30, '24:00:00', NULL, true, '\x5ea1ed04', 'https://ca/acct/own_ca', NULL, NULL, '2026-11-21 00:47:29.448469+00', 'could not connect', '2026-11-21 01:47:29.448319+00');

INSERT INTO certwright.challenge VALUES
	('0b03b97e-c2fc-498b-bc08-aaddbb1844d9', 'p256', 'waits.fourth.com', false, 'https://ca/challenge/p256waits.fourth.com', 'txt', 'token-p256waits.fourth.com', 'token.thumb', 'value', 'pending', '2026-11-28 01:47:30+00', NULL),
	('0b03b97e-c2fc-498b-bc08-aaddbb1844d9', 'rsa2048', 'waits.fourth.com', false, 'https://ca/challenge/rsa2048waits.fourth.com', 'txt', 'token-rsa2048waits.fourth.com', 'token.thumb', 'value', 'pending', '2026-11-28 01:47:30+00', NULL),
	('fc7840ad-5d44-4304-8891-f3a0c1db1274', 'p256', 'issues.fourth.com', false, 'https://ca/challenge/p256issues.fourth.com', 'txt', 'token-p256issues.fourth.com', 'token.thumb', 'value', 'pending', '2026-11-28 01:47:30+00', NULL),
	('fc7840ad-5d44-4304-8891-f3a0c1db1274', 'rsa2048', 'issues.fourth.com', false, 'https://ca/challenge/rsa2048issues.fourth.com', 'txt', 'token-rsa2048issues.fourth.com', 'token.thumb', 'value', 'pending', '2026-11-28 01:47:30+00', NULL),
	('8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 'p256', 'deploys.fourth.com', false, 'https://ca/challenge/p256deploys.fourth.com', 'txt', 'token-p256deploys.fourth.com', 'token.thumb', 'value', 'pending', '2026-11-28 01:47:30+00', NULL),
	('8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 'rsa2048', 'deploys.fourth.com', false, 'https://ca/challenge/rsa2048deploys.fourth.com', 'txt', 'token-rsa2048deploys.fourth.com', 'token.thumb', 'value', 'pending', '2026-11-28 01:47:30+00', NULL),
	('2e90ddb9-b595-4503-91fb-8f99e62dac24', 'p256', 'late.fourth.com', false, 'https://ca/challenge/p256late.fourth.com', 'txt', 'token-p256late.fourth.com', 'token.thumb', 'value', 'pending', '2026-11-28 01:47:30+00', NULL),
	('2e90ddb9-b595-4503-91fb-8f99e62dac24', 'rsa2048', 'late.fourth.com', false, 'https://ca/challenge/rsa2048late.fourth.com', 'txt', 'token-rsa2048late.fourth.com', 'token.thumb', 'value', 'pending', '2026-11-28 01:47:30+00', NULL);

INSERT INTO certwright.custom_hostname VALUES
	('2d0631d3-a518-4cb0-8ad0-0809a5b13345', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'blog.fourth.com', 'pending', '2026-11-21 01:47:29.55444+00', NULL, NULL, '616df2ba-beb5-4b54-80dc-bd7737440a88', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.55444+00', '2026-11-21 01:47:29.55444+00', NULL),
	('01fd96fa-4457-4004-ad02-823912412b17', '9d54d7ad-6998-446c-a18b-7e794967258d', 'plain.first.com', 'active', '2026-11-21 01:47:29.578163+00', NULL, NULL, '2e07fc4c-3171-491d-b4fc-a8bc6edac5ef', '{"plan": "free"}', NULL, NULL, false, NULL, '2026-11-21 01:47:29.490412+00', '2026-11-21 01:47:29.578163+00', NULL),
	('d40880df-7efd-47d7-be82-6f65526ed7b6', '9d54d7ad-6998-446c-a18b-7e794967258d', 'third.com', 'active', '2026-11-21 01:47:29.578163+00', NULL, NULL, '40b1dcdd-7336-44cd-a1cb-3d248ac9904f', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.505615+00', '2026-11-21 01:47:29.578163+00', NULL),
	('39339963-0433-4fc1-aab2-c2e9a5a5bbc7', '9d54d7ad-6998-446c-a18b-7e794967258d', 'waits.fourth.com', 'active', '2026-11-21 01:47:29.578163+00', NULL, NULL, '73a900c0-8918-464b-a1c4-22329d9d3b37', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.513513+00', '2026-11-21 01:47:29.578163+00', NULL),
	('a8221ac0-a8d6-4c78-b55a-eb8493274728', '9d54d7ad-6998-446c-a18b-7e794967258d', 'issues.fourth.com', 'active', '2026-11-21 01:47:29.578163+00', NULL, NULL, 'abb6bc6d-9fbb-4a14-a41c-bdc707b4887d', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.513513+00', '2026-11-21 01:47:29.578163+00', NULL),
	('b8131e15-ea3a-463c-9905-945cd780fbc1', '9d54d7ad-6998-446c-a18b-7e794967258d', 'deploys.fourth.com', 'active', '2026-11-21 01:47:29.578163+00', NULL, NULL, '30aa5ff0-54e0-4997-ac51-5011207ac9a2', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.513513+00', '2026-11-21 01:47:29.578163+00', NULL),
	('f80cfd78-35c2-49e6-b67d-7eede3b2bb27', '9d54d7ad-6998-446c-a18b-7e794967258d', 'contested.fourth.com', 'moved', '2026-11-21 01:47:29.624535+00', 'taken_over', 'another zone has validated this hostname', 'e610ca55-f196-4603-a3c1-d5459b8beec9', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.513513+00', '2026-11-21 01:47:29.624535+00', NULL),
	('c531466a-0fd1-4e21-80e8-87143ce59771', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'contested.fourth.com', 'active', '2026-11-21 01:47:29.624535+00', NULL, NULL, '0d1252fb-0c9d-400a-9fe6-19014ff1994b', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.55444+00', '2026-11-21 01:47:29.624535+00', NULL),
	('8fa8aaa2-0735-4258-8741-41ff38a0c128', '9d54d7ad-6998-446c-a18b-7e794967258d', 'late.fourth.com', 'moved', '2026-11-21 01:47:29.629739+00', 'schedule_used_up', NULL, '19371300-b52e-45f2-8b6a-690c8fb27d04', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.513513+00', '2026-11-21 01:47:29.629739+00', NULL),
	('31a33c6e-47f8-4196-9224-cdb7df9f87dd', '9d54d7ad-6998-446c-a18b-7e794967258d', 'gone.fourth.com', 'deleted', '2026-11-21 01:47:29.633546+00', 'moved_too_long', NULL, '69944beb-f5c3-42c1-aa5c-d63b54e759db', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.513513+00', '2026-11-21 01:47:29.633546+00', NULL),
	('d8564104-1ec9-4536-a711-9301ec73253e', '9d54d7ad-6998-446c-a18b-7e794967258d', 'redeploys.fourth.com', 'active_redeploying', '2026-11-21 01:47:29.578163+00', NULL, NULL, 'aa9f7cd4-8db9-44cd-94e3-32f763e45b61', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.513513+00', '2026-11-21 01:47:29.578163+00', NULL),
	('24979d17-ede6-4233-bf50-9b484ee22a00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'www.second.com', 'active', '2026-11-21 01:47:29.578163+00', NULL, NULL, 'd11759d9-967b-4909-a3da-c878e2071a65', '{"n": 3, "plan": "gold"}', 'own.second.com', NULL, true, true, '2026-11-21 01:47:29.495155+00', '2026-11-21 01:47:29.578163+00', NULL),
	('0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65', '9d54d7ad-6998-446c-a18b-7e794967258d', 'tombstone.fourth.com', 'deleted', '2026-11-21 01:47:29.773753+00', NULL, NULL, '5f0c56a8-522d-4d36-8740-9c34d930cbaa', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.513513+00', '2026-11-21 01:47:29.773753+00', '2026-11-21 01:47:29.773753+00'),
	('a5c81f27-7750-4f7c-888a-262572aa617a', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'secret.held.com', 'blocked', '2026-11-21 01:47:29.777504+00', 'held', 'The hostname is associated with a held zone. Please contact the owner of this domain to have the hold removed.', '6707b64d-731a-4e50-8226-200218cbd5c9', NULL, NULL, NULL, false, NULL, '2026-11-21 01:47:29.567026+00', '2026-11-21 01:47:29.777504+00', NULL),
	('b8294640-b12b-48ba-979a-492d2c67b599', '9d54d7ad-6998-446c-a18b-7e794967258d', 'new.first.com', 'pending', '2026-11-21 01:47:29.473512+00', 'not_pointing_here', 'custom hostname does not CNAME to this zone.', 'be54ce23-22ea-47ce-878e-afb699de0b56', NULL, NULL, NULL, true, NULL, '2026-11-21 01:47:29.473512+00', '2026-11-21 01:47:29.79536+00', NULL);

INSERT INTO certwright.daemon VALUES
	('11111111-1111-4111-8111-111111111111', 'old-host 1234', '2026-11-21 01:47:29.433232+00', '2026-11-21 01:47:29.433232+00');

INSERT INTO certwright.delivery VALUES
	('22a5faf2-4a13-444d-9080-95bd8409946d', '144b66d5-f924-4728-9851-05b80d6bbf3e', 3, 'd40880df-7efd-47d7-be82-6f65526ed7b6', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('7d032d76-596f-4777-a824-f8efde5cc69b', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 3, 'd40880df-7efd-47d7-be82-6f65526ed7b6', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('3c95d443-d506-496b-89d4-e3fbe024ab84', '144b66d5-f924-4728-9851-05b80d6bbf3e', 4, '39339963-0433-4fc1-aab2-c2e9a5a5bbc7', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('baebdd0a-d84b-4b35-aca5-85000dbd2303', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 4, '39339963-0433-4fc1-aab2-c2e9a5a5bbc7', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('fbd7d5e0-8fd3-43ce-8937-97a766718654', '144b66d5-f924-4728-9851-05b80d6bbf3e', 5, 'a8221ac0-a8d6-4c78-b55a-eb8493274728', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('b8abd877-a204-4f7d-9ddc-ca4f8651dc5c', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 5, 'a8221ac0-a8d6-4c78-b55a-eb8493274728', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('4862b269-b01d-417a-a708-d0b7ad2aca57', '144b66d5-f924-4728-9851-05b80d6bbf3e', 6, 'b8131e15-ea3a-463c-9905-945cd780fbc1', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('96b791f1-9d42-4518-9365-374c519d8f1d', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 6, 'b8131e15-ea3a-463c-9905-945cd780fbc1', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('d364bcb0-ec47-4c0c-9f3d-aaa95321f65f', '144b66d5-f924-4728-9851-05b80d6bbf3e', 7, '0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('9e14f0d3-e62d-45ed-ac34-c2cb4f716984', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 7, '0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('3805d912-f7db-4e50-a10e-dc7d98bb9808', '144b66d5-f924-4728-9851-05b80d6bbf3e', 8, 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('8e321470-49f7-4f3e-9b5d-1c998495a442', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 8, 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('7c187af1-1784-4b1a-93fd-d0e32a99c505', '144b66d5-f924-4728-9851-05b80d6bbf3e', 9, 'd8564104-1ec9-4536-a711-9301ec73253e', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('b4fa339e-08f0-48f9-b69c-a10edcd1387d', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 9, 'd8564104-1ec9-4536-a711-9301ec73253e', 'pending', '2026-11-21 01:47:29.578163+00', NULL, NULL, NULL),
	('e95b5475-d954-416d-8969-2e5a585dd240', '144b66d5-f924-4728-9851-05b80d6bbf3e', 10, 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 'pending', '2026-11-21 01:47:29.624535+00', NULL, NULL, NULL),
	('4ecd188f-7592-4f91-9332-f4f316ee41e2', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 10, 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 'pending', '2026-11-21 01:47:29.624535+00', NULL, NULL, NULL),
	('6546e376-178c-45d8-9672-4ef93d6dbe49', '144b66d5-f924-4728-9851-05b80d6bbf3e', 12, '8fa8aaa2-0735-4258-8741-41ff38a0c128', 'pending', '2026-11-21 01:47:29.629739+00', NULL, NULL, NULL),
	('47e1b3e9-9a4d-42fe-8cc4-1c98953638ac', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 12, '8fa8aaa2-0735-4258-8741-41ff38a0c128', 'pending', '2026-11-21 01:47:29.629739+00', NULL, NULL, NULL),
	('53c8a46b-2755-40e8-811b-c324c27630a8', '144b66d5-f924-4728-9851-05b80d6bbf3e', 13, '31a33c6e-47f8-4196-9224-cdb7df9f87dd', 'pending', '2026-11-21 01:47:29.630932+00', NULL, NULL, NULL),
	('a950b5a7-143a-44aa-89b9-90443e0b8a64', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 13, '31a33c6e-47f8-4196-9224-cdb7df9f87dd', 'pending', '2026-11-21 01:47:29.630932+00', NULL, NULL, NULL),
	('07b41509-7c33-4efd-9735-c547b47d74fd', '144b66d5-f924-4728-9851-05b80d6bbf3e', 14, '31a33c6e-47f8-4196-9224-cdb7df9f87dd', 'pending', '2026-11-21 01:47:29.633546+00', NULL, NULL, NULL),
	('8cfc211c-48ed-4879-8106-c718e3947410', '144b66d5-f924-4728-9851-05b80d6bbf3e', 15, '39339963-0433-4fc1-aab2-c2e9a5a5bbc7', 'pending', '2026-11-21 01:47:29.657781+00', NULL, NULL, NULL),
	('6cddc445-e6ae-40b5-80ed-f3bc772db2b8', '144b66d5-f924-4728-9851-05b80d6bbf3e', 16, 'a8221ac0-a8d6-4c78-b55a-eb8493274728', 'pending', '2026-11-21 01:47:29.664077+00', NULL, NULL, NULL),
	('c419a320-03d7-4b2e-a698-af830fed8ccf', '144b66d5-f924-4728-9851-05b80d6bbf3e', 17, 'b8131e15-ea3a-463c-9905-945cd780fbc1', 'pending', '2026-11-21 01:47:29.676489+00', NULL, NULL, NULL),
	('945431d5-1198-4402-acd5-18d21bd30cba', '144b66d5-f924-4728-9851-05b80d6bbf3e', 18, 'b8131e15-ea3a-463c-9905-945cd780fbc1', 'pending', '2026-11-21 01:47:29.676489+00', NULL, NULL, NULL),
	('51b40af9-03cb-43f0-8d86-bdda4c1f8d0c', '144b66d5-f924-4728-9851-05b80d6bbf3e', 19, '24979d17-ede6-4233-bf50-9b484ee22a00', 'pending', '2026-11-21 01:47:29.688259+00', NULL, NULL, NULL),
	('0bb2006f-7381-4e71-a6a9-91128e2fef5c', '144b66d5-f924-4728-9851-05b80d6bbf3e', 20, '24979d17-ede6-4233-bf50-9b484ee22a00', 'pending', '2026-11-21 01:47:29.688259+00', NULL, NULL, NULL),
	('d089b423-26ee-47c7-a134-5aceff3e73f5', '144b66d5-f924-4728-9851-05b80d6bbf3e', 21, '24979d17-ede6-4233-bf50-9b484ee22a00', 'pending', '2026-11-21 01:47:29.688259+00', NULL, NULL, NULL),
	('d7cc9d93-ccee-4374-a04e-8d37766ce73c', '144b66d5-f924-4728-9851-05b80d6bbf3e', 22, 'd40880df-7efd-47d7-be82-6f65526ed7b6', 'pending', '2026-11-21 01:47:29.701677+00', NULL, NULL, NULL),
	('bdf82d15-bb60-434e-8489-73563bd4000e', '144b66d5-f924-4728-9851-05b80d6bbf3e', 23, 'd40880df-7efd-47d7-be82-6f65526ed7b6', 'pending', '2026-11-21 01:47:29.701677+00', NULL, NULL, NULL),
	('d44abc46-d554-4d08-8a0c-25d16fc44dcc', '144b66d5-f924-4728-9851-05b80d6bbf3e', 24, 'd40880df-7efd-47d7-be82-6f65526ed7b6', 'pending', '2026-11-21 01:47:29.701677+00', NULL, NULL, NULL),
	('2843a19d-16bf-464f-ad35-f3169cd9cef1', '144b66d5-f924-4728-9851-05b80d6bbf3e', 25, 'd8564104-1ec9-4536-a711-9301ec73253e', 'pending', '2026-11-21 01:47:29.718516+00', NULL, NULL, NULL),
	('3118bfc4-f13d-47f3-9694-5e92cc607ed4', '144b66d5-f924-4728-9851-05b80d6bbf3e', 26, 'd8564104-1ec9-4536-a711-9301ec73253e', 'pending', '2026-11-21 01:47:29.718516+00', NULL, NULL, NULL),
	('2b6fbd81-8738-4c9f-9627-c7678cf11222', '144b66d5-f924-4728-9851-05b80d6bbf3e', 27, 'd8564104-1ec9-4536-a711-9301ec73253e', 'pending', '2026-11-21 01:47:29.718516+00', NULL, NULL, NULL),
	('b30deab2-6341-4627-a1d9-246a24931fb6', '144b66d5-f924-4728-9851-05b80d6bbf3e', 28, 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 'pending', '2026-11-21 01:47:29.730613+00', NULL, NULL, NULL),
	('bb016a04-8196-4b38-82ce-346ff2f66c2d', '144b66d5-f924-4728-9851-05b80d6bbf3e', 29, 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 'pending', '2026-11-21 01:47:29.730613+00', NULL, NULL, NULL),
	('ca309c59-c5a2-4338-a7a9-da3206585923', '144b66d5-f924-4728-9851-05b80d6bbf3e', 30, 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 'pending', '2026-11-21 01:47:29.730613+00', NULL, NULL, NULL),
	('1e615fdd-0ef6-4917-b973-af08d3ec5044', '144b66d5-f924-4728-9851-05b80d6bbf3e', 34, '8fa8aaa2-0735-4258-8741-41ff38a0c128', 'pending', '2026-11-21 01:47:29.763652+00', NULL, NULL, NULL),
	('fbeedacf-bbad-4c57-9227-d28752193ed5', '144b66d5-f924-4728-9851-05b80d6bbf3e', 35, '31a33c6e-47f8-4196-9224-cdb7df9f87dd', 'pending', '2026-11-21 01:47:29.768257+00', NULL, NULL, NULL),
	('0df1fb8e-d1c2-4e69-83cf-fcd74ded0db3', '144b66d5-f924-4728-9851-05b80d6bbf3e', 36, '0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65', 'pending', '2026-11-21 01:47:29.773753+00', NULL, NULL, NULL),
	('0b679462-ce99-40b5-b771-30001288a1a5', '144b66d5-f924-4728-9851-05b80d6bbf3e', 1, '01fd96fa-4457-4004-ad02-823912412b17', 'dead', '2026-11-21 01:47:29.784107+00', 404, 'endpoint_refused', '404'),
	('2a086c5a-3fe0-49c3-b54f-e099c420d24d', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 1, '01fd96fa-4457-4004-ad02-823912412b17', 'delivered', '2026-11-21 01:47:29.784107+00', 200, NULL, NULL),
	('470076f4-9a91-48a1-99f0-efca4a6c49d0', '144b66d5-f924-4728-9851-05b80d6bbf3e', 2, '24979d17-ede6-4233-bf50-9b484ee22a00', 'delivered', '2026-11-21 01:47:29.784107+00', 200, NULL, NULL),
	('efc39481-86f4-4a42-b6b1-10a035c782ea', '8e515e37-8d1d-4854-872c-6ab8c820cf95', 2, '24979d17-ede6-4233-bf50-9b484ee22a00', 'delivered', '2026-11-21 01:47:29.784107+00', 200, NULL, NULL),
	('a2abe24d-b3f3-4a46-bcdc-996436783960', '144b66d5-f924-4728-9851-05b80d6bbf3e', 38, 'b8294640-b12b-48ba-979a-492d2c67b599', 'pending', '2026-11-21 01:47:29.79536+00', NULL, NULL, NULL);

INSERT INTO certwright.event OVERRIDING SYSTEM VALUE VALUES
	(1, '9f8a8bf5-ad87-4a93-9683-00671822453b', 'custom_hostname.activated', '2026-11-21 01:47:29.578163+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '01fd96fa-4457-4004-ad02-823912412b17', NULL, '{"data": {"id": "01fd96fa-4457-4004-ad02-823912412b17", "status": "active", "hostname": "plain.first.com", "custom_metadata": {"plan": "free"}, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "9f8a8bf5-ad87-4a93-9683-00671822453b", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.578163Z"}, "account": {"id": "account-1"}}}'),
	(2, '39fd5138-f0f2-4b6e-b4b2-e35857baa48f', 'custom_hostname.activated', '2026-11-21 01:47:29.578163+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '24979d17-ede6-4233-bf50-9b484ee22a00', NULL, '{"data": {"id": "24979d17-ede6-4233-bf50-9b484ee22a00", "status": "active", "hostname": "www.second.com", "custom_metadata": {"n": 3, "plan": "gold"}, "verification_errors": [], "custom_origin_server": "own.second.com"}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "39fd5138-f0f2-4b6e-b4b2-e35857baa48f", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.578163Z"}, "account": {"id": "account-1"}}}'),
	(3, 'd38f6004-7f11-4248-a85f-d7516d4b1111', 'custom_hostname.activated', '2026-11-21 01:47:29.578163+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd40880df-7efd-47d7-be82-6f65526ed7b6', NULL, '{"data": {"id": "d40880df-7efd-47d7-be82-6f65526ed7b6", "status": "active", "hostname": "third.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "d38f6004-7f11-4248-a85f-d7516d4b1111", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.578163Z"}, "account": {"id": "account-1"}}}'),
	(4, 'a0d91fe9-fe44-460a-9b1d-3fb7ed5208b9', 'custom_hostname.activated', '2026-11-21 01:47:29.578163+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '39339963-0433-4fc1-aab2-c2e9a5a5bbc7', NULL, '{"data": {"id": "39339963-0433-4fc1-aab2-c2e9a5a5bbc7", "status": "active", "hostname": "waits.fourth.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "a0d91fe9-fe44-460a-9b1d-3fb7ed5208b9", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.578163Z"}, "account": {"id": "account-1"}}}'),
	(5, '0b82402f-2022-4c46-8344-1460393a4412', 'custom_hostname.activated', '2026-11-21 01:47:29.578163+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'a8221ac0-a8d6-4c78-b55a-eb8493274728', NULL, '{"data": {"id": "a8221ac0-a8d6-4c78-b55a-eb8493274728", "status": "active", "hostname": "issues.fourth.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "0b82402f-2022-4c46-8344-1460393a4412", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.578163Z"}, "account": {"id": "account-1"}}}'),
	(6, 'ad9185c6-4603-4860-a231-a92dd3324419', 'custom_hostname.activated', '2026-11-21 01:47:29.578163+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'b8131e15-ea3a-463c-9905-945cd780fbc1', NULL, '{"data": {"id": "b8131e15-ea3a-463c-9905-945cd780fbc1", "status": "active", "hostname": "deploys.fourth.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "ad9185c6-4603-4860-a231-a92dd3324419", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.578163Z"}, "account": {"id": "account-1"}}}'),
	(7, 'be4db0f7-79c8-48e1-8333-5c5044df4802', 'custom_hostname.activated', '2026-11-21 01:47:29.578163+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65', NULL, '{"data": {"id": "0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65", "status": "active", "hostname": "tombstone.fourth.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "be4db0f7-79c8-48e1-8333-5c5044df4802", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.578163Z"}, "account": {"id": "account-1"}}}'),
	(8, '3a262df6-20ba-4ebe-bf4c-e5960c35d0b8', 'custom_hostname.activated', '2026-11-21 01:47:29.578163+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', NULL, '{"data": {"id": "f80cfd78-35c2-49e6-b67d-7eede3b2bb27", "status": "active", "hostname": "contested.fourth.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "3a262df6-20ba-4ebe-bf4c-e5960c35d0b8", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.578163Z"}, "account": {"id": "account-1"}}}'),
	(9, 'c5f7db91-092d-4097-ae0e-3fc1d056f42e', 'custom_hostname.activated', '2026-11-21 01:47:29.578163+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd8564104-1ec9-4536-a711-9301ec73253e', NULL, '{"data": {"id": "d8564104-1ec9-4536-a711-9301ec73253e", "status": "active", "hostname": "redeploys.fourth.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "c5f7db91-092d-4097-ae0e-3fc1d056f42e", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.578163Z"}, "account": {"id": "account-1"}}}'),
	(10, 'ca3d5ee1-c675-479a-9704-72a224bcd3bc', 'custom_hostname.moved', '2026-11-21 01:47:29.624535+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 'taken_over', '{"data": {"id": "f80cfd78-35c2-49e6-b67d-7eede3b2bb27", "status": "moved", "hostname": "contested.fourth.com", "custom_metadata": null, "verification_errors": ["taken_over"], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "ca3d5ee1-c675-479a-9704-72a224bcd3bc", "type": "custom_hostname.moved", "created_at": "2026-11-21T01:47:29.624535Z"}, "account": {"id": "account-1"}}}'),
	(11, 'a3bf586d-6f80-42de-bc3e-a3e886fb4dcd', 'custom_hostname.activated', '2026-11-21 01:47:29.624535+00', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'c531466a-0fd1-4e21-80e8-87143ce59771', NULL, '{"data": {"id": "c531466a-0fd1-4e21-80e8-87143ce59771", "status": "active", "hostname": "contested.fourth.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "1bd9789a-5075-44ea-9e45-7971a3cfc50e"}, "event": {"id": "a3bf586d-6f80-42de-bc3e-a3e886fb4dcd", "type": "custom_hostname.activated", "created_at": "2026-11-21T01:47:29.624535Z"}, "account": {"id": null}}}'),
	(12, '86376886-ff8f-4761-b8b8-d2dfbabf3588', 'custom_hostname.moved', '2026-11-21 01:47:29.629739+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '8fa8aaa2-0735-4258-8741-41ff38a0c128', 'schedule_used_up', '{"data": {"id": "8fa8aaa2-0735-4258-8741-41ff38a0c128", "status": "moved", "hostname": "late.fourth.com", "custom_metadata": null, "verification_errors": ["schedule_used_up"], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "86376886-ff8f-4761-b8b8-d2dfbabf3588", "type": "custom_hostname.moved", "created_at": "2026-11-21T01:47:29.629739Z"}, "account": {"id": "account-1"}}}'),
	(13, 'b5b659bb-235d-4715-b7fb-f1a97eb85d29', 'custom_hostname.moved', '2026-11-21 01:47:29.630932+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '31a33c6e-47f8-4196-9224-cdb7df9f87dd', 'schedule_used_up', '{"data": {"id": "31a33c6e-47f8-4196-9224-cdb7df9f87dd", "status": "moved", "hostname": "gone.fourth.com", "custom_metadata": null, "verification_errors": ["schedule_used_up"], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "b5b659bb-235d-4715-b7fb-f1a97eb85d29", "type": "custom_hostname.moved", "created_at": "2026-11-21T01:47:29.630932Z"}, "account": {"id": "account-1"}}}'),
	(14, '3359b8ad-74d6-4079-8998-65abb28dbdd4', 'custom_hostname.deleted', '2026-11-21 01:47:29.633546+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '31a33c6e-47f8-4196-9224-cdb7df9f87dd', 'moved_too_long', '{"data": {"id": "31a33c6e-47f8-4196-9224-cdb7df9f87dd", "status": "deleted", "hostname": "gone.fourth.com", "custom_metadata": null, "verification_errors": ["moved_too_long"], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "3359b8ad-74d6-4079-8998-65abb28dbdd4", "type": "custom_hostname.deleted", "created_at": "2026-11-21T01:47:29.633546Z"}, "account": {"id": "account-1"}}}'),
	(15, 'd29bf56d-fc13-454a-a1b7-ea8d05d33d9a', 'ssl.custom_hostname_certificate.validation.failed', '2026-11-21 01:47:29.657781+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '39339963-0433-4fc1-aab2-c2e9a5a5bbc7', 'txt_missing', '{"data": {"id": "39339963-0433-4fc1-aab2-c2e9a5a5bbc7", "ssl": {"id": "0b03b97e-c2fc-498b-bc08-aaddbb1844d9", "type": "dv", "cname": "_acme-challenge.waits.fourth.com", "method": "txt", "status": "pending_validation", "settings": {"http2": "on", "min_tls_version": "1.0"}, "cname_target": "waits.fourth.com.c26fe188c43545c3.dcv.saas.example", "validation_errors": [{"message": "the TXT record is not there"}]}, "hostname": "waits.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "d29bf56d-fc13-454a-a1b7-ea8d05d33d9a", "type": "ssl.custom_hostname_certificate.validation.failed", "created_at": "2026-11-21T01:47:29.657781Z"}, "account": {"id": "account-1"}}}'),
	(16, '862b266d-9f4e-4639-83a8-5eff6490fcd8', 'ssl.custom_hostname_certificate.validation.succeeded', '2026-11-21 01:47:29.664077+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'a8221ac0-a8d6-4c78-b55a-eb8493274728', NULL, '{"data": {"id": "a8221ac0-a8d6-4c78-b55a-eb8493274728", "ssl": {"id": "fc7840ad-5d44-4304-8891-f3a0c1db1274", "type": "dv", "method": "txt", "status": "pending_issuance", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "issues.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "862b266d-9f4e-4639-83a8-5eff6490fcd8", "type": "ssl.custom_hostname_certificate.validation.succeeded", "created_at": "2026-11-21T01:47:29.664077Z"}, "account": {"id": "account-1"}}}'),
	(17, 'a3df64bd-b64a-4ab1-806c-3be579ae6ac3', 'ssl.custom_hostname_certificate.validation.succeeded', '2026-11-21 01:47:29.676489+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'b8131e15-ea3a-463c-9905-945cd780fbc1', NULL, '{"data": {"id": "b8131e15-ea3a-463c-9905-945cd780fbc1", "ssl": {"id": "8473f7f1-45a5-45dc-8b6f-cb14966b8c04", "type": "dv", "method": "txt", "status": "pending_issuance", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "deploys.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "a3df64bd-b64a-4ab1-806c-3be579ae6ac3", "type": "ssl.custom_hostname_certificate.validation.succeeded", "created_at": "2026-11-21T01:47:29.676489Z"}, "account": {"id": "account-1"}}}'),
	(18, '43b97c25-3e58-431b-b95e-a55af7332375', 'ssl.custom_hostname_certificate.issuance.succeeded', '2026-11-21 01:47:29.676489+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'b8131e15-ea3a-463c-9905-945cd780fbc1', NULL, '{"data": {"id": "b8131e15-ea3a-463c-9905-945cd780fbc1", "ssl": {"id": "8473f7f1-45a5-45dc-8b6f-cb14966b8c04", "type": "dv", "method": "txt", "status": "pending_deployment", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "deploys.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "43b97c25-3e58-431b-b95e-a55af7332375", "type": "ssl.custom_hostname_certificate.issuance.succeeded", "created_at": "2026-11-21T01:47:29.676489Z"}, "account": {"id": "account-1"}}}'),
	(19, 'fc9e6886-e532-46ce-b7ad-83ee8f7cae00', 'ssl.custom_hostname_certificate.validation.succeeded', '2026-11-21 01:47:29.688259+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '24979d17-ede6-4233-bf50-9b484ee22a00', NULL, '{"data": {"id": "24979d17-ede6-4233-bf50-9b484ee22a00", "ssl": {"id": "34800145-b384-4a65-a1d9-31cbf0987696", "type": "dv", "method": "http", "status": "pending_issuance", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "www.second.com", "custom_metadata": {"n": 3, "plan": "gold"}, "custom_origin_server": "own.second.com"}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "fc9e6886-e532-46ce-b7ad-83ee8f7cae00", "type": "ssl.custom_hostname_certificate.validation.succeeded", "created_at": "2026-11-21T01:47:29.688259Z"}, "account": {"id": "account-1"}}}'),
	(20, '1ff08ef2-6b25-4328-bd99-f0418c86c5d9', 'ssl.custom_hostname_certificate.issuance.succeeded', '2026-11-21 01:47:29.688259+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '24979d17-ede6-4233-bf50-9b484ee22a00', NULL, '{"data": {"id": "24979d17-ede6-4233-bf50-9b484ee22a00", "ssl": {"id": "34800145-b384-4a65-a1d9-31cbf0987696", "type": "dv", "method": "http", "status": "pending_deployment", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "www.second.com", "custom_metadata": {"n": 3, "plan": "gold"}, "custom_origin_server": "own.second.com"}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "1ff08ef2-6b25-4328-bd99-f0418c86c5d9", "type": "ssl.custom_hostname_certificate.issuance.succeeded", "created_at": "2026-11-21T01:47:29.688259Z"}, "account": {"id": "account-1"}}}'),
	(21, '895f63ed-0202-407e-b423-b311bfe523c2', 'ssl.custom_hostname_certificate.deployment.succeeded', '2026-11-21 01:47:29.688259+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '24979d17-ede6-4233-bf50-9b484ee22a00', NULL, '{"data": {"id": "24979d17-ede6-4233-bf50-9b484ee22a00", "ssl": {"id": "34800145-b384-4a65-a1d9-31cbf0987696", "type": "dv", "method": "http", "status": "active", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "www.second.com", "custom_metadata": {"n": 3, "plan": "gold"}, "custom_origin_server": "own.second.com"}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "895f63ed-0202-407e-b423-b311bfe523c2", "type": "ssl.custom_hostname_certificate.deployment.succeeded", "created_at": "2026-11-21T01:47:29.688259Z"}, "account": {"id": "account-1"}}}'),
	(22, 'a13de485-4025-4a3c-aedf-a532a4f76ef2', 'ssl.custom_hostname_certificate.validation.succeeded', '2026-11-21 01:47:29.701677+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd40880df-7efd-47d7-be82-6f65526ed7b6', NULL, '{"data": {"id": "d40880df-7efd-47d7-be82-6f65526ed7b6", "ssl": {"id": "17f81859-06c4-45a7-b509-bd79a434562e", "type": "dv", "method": "txt", "status": "pending_issuance", "settings": {"http2": "on", "min_tls_version": "1.2"}}, "hostname": "third.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "a13de485-4025-4a3c-aedf-a532a4f76ef2", "type": "ssl.custom_hostname_certificate.validation.succeeded", "created_at": "2026-11-21T01:47:29.701677Z"}, "account": {"id": "account-1"}}}'),
	(23, '615f49d8-f771-4b57-8fb1-6182b648b392', 'ssl.custom_hostname_certificate.issuance.succeeded', '2026-11-21 01:47:29.701677+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd40880df-7efd-47d7-be82-6f65526ed7b6', NULL, '{"data": {"id": "d40880df-7efd-47d7-be82-6f65526ed7b6", "ssl": {"id": "17f81859-06c4-45a7-b509-bd79a434562e", "type": "dv", "method": "txt", "status": "pending_deployment", "settings": {"http2": "on", "min_tls_version": "1.2"}}, "hostname": "third.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "615f49d8-f771-4b57-8fb1-6182b648b392", "type": "ssl.custom_hostname_certificate.issuance.succeeded", "created_at": "2026-11-21T01:47:29.701677Z"}, "account": {"id": "account-1"}}}'),
	(24, '642e1fdf-62ca-4fac-b8f6-8b4c1b4278cd', 'ssl.custom_hostname_certificate.deployment.succeeded', '2026-11-21 01:47:29.701677+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd40880df-7efd-47d7-be82-6f65526ed7b6', NULL, '{"data": {"id": "d40880df-7efd-47d7-be82-6f65526ed7b6", "ssl": {"id": "17f81859-06c4-45a7-b509-bd79a434562e", "type": "dv", "method": "txt", "status": "active", "settings": {"http2": "on", "min_tls_version": "1.2"}}, "hostname": "third.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "642e1fdf-62ca-4fac-b8f6-8b4c1b4278cd", "type": "ssl.custom_hostname_certificate.deployment.succeeded", "created_at": "2026-11-21T01:47:29.701677Z"}, "account": {"id": "account-1"}}}'),
	(25, '24b02336-5992-417d-9a6b-53052aa36758', 'ssl.custom_hostname_certificate.validation.succeeded', '2026-11-21 01:47:29.718516+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd8564104-1ec9-4536-a711-9301ec73253e', NULL, '{"data": {"id": "d8564104-1ec9-4536-a711-9301ec73253e", "ssl": {"id": "aca1bb83-fe87-49ca-8160-b70c7706e0bf", "type": "dv", "method": "txt", "status": "pending_issuance", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "redeploys.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "24b02336-5992-417d-9a6b-53052aa36758", "type": "ssl.custom_hostname_certificate.validation.succeeded", "created_at": "2026-11-21T01:47:29.718516Z"}, "account": {"id": "account-1"}}}'),
	(26, '100eba5a-f97d-4e4e-8aee-c4230aef0e4f', 'ssl.custom_hostname_certificate.issuance.succeeded', '2026-11-21 01:47:29.718516+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd8564104-1ec9-4536-a711-9301ec73253e', NULL, '{"data": {"id": "d8564104-1ec9-4536-a711-9301ec73253e", "ssl": {"id": "aca1bb83-fe87-49ca-8160-b70c7706e0bf", "type": "dv", "method": "txt", "status": "pending_deployment", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "redeploys.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "100eba5a-f97d-4e4e-8aee-c4230aef0e4f", "type": "ssl.custom_hostname_certificate.issuance.succeeded", "created_at": "2026-11-21T01:47:29.718516Z"}, "account": {"id": "account-1"}}}'),
	(27, 'fd570bf5-ee1e-421d-ba93-8d3c2f53c7cd', 'ssl.custom_hostname_certificate.deployment.succeeded', '2026-11-21 01:47:29.718516+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'd8564104-1ec9-4536-a711-9301ec73253e', NULL, '{"data": {"id": "d8564104-1ec9-4536-a711-9301ec73253e", "ssl": {"id": "aca1bb83-fe87-49ca-8160-b70c7706e0bf", "type": "dv", "method": "txt", "status": "active", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "redeploys.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "fd570bf5-ee1e-421d-ba93-8d3c2f53c7cd", "type": "ssl.custom_hostname_certificate.deployment.succeeded", "created_at": "2026-11-21T01:47:29.718516Z"}, "account": {"id": "account-1"}}}'),
	(28, '0bcad9d4-00e1-489c-ab38-eadaa786380e', 'ssl.custom_hostname_certificate.validation.succeeded', '2026-11-21 01:47:29.730613+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', NULL, '{"data": {"id": "f80cfd78-35c2-49e6-b67d-7eede3b2bb27", "ssl": {"id": "021de9bf-8d9b-4dd4-a21b-37fdb1ba7311", "type": "dv", "method": "txt", "status": "pending_issuance", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "contested.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "0bcad9d4-00e1-489c-ab38-eadaa786380e", "type": "ssl.custom_hostname_certificate.validation.succeeded", "created_at": "2026-11-21T01:47:29.730613Z"}, "account": {"id": "account-1"}}}'),
	(29, 'f5336d10-b9d4-4d89-b7b7-5dea0d5a6a54', 'ssl.custom_hostname_certificate.issuance.succeeded', '2026-11-21 01:47:29.730613+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', NULL, '{"data": {"id": "f80cfd78-35c2-49e6-b67d-7eede3b2bb27", "ssl": {"id": "021de9bf-8d9b-4dd4-a21b-37fdb1ba7311", "type": "dv", "method": "txt", "status": "pending_deployment", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "contested.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "f5336d10-b9d4-4d89-b7b7-5dea0d5a6a54", "type": "ssl.custom_hostname_certificate.issuance.succeeded", "created_at": "2026-11-21T01:47:29.730613Z"}, "account": {"id": "account-1"}}}'),
	(30, '143d8a1f-eda7-40e7-ace0-7985a5dc91d0', 'ssl.custom_hostname_certificate.deployment.succeeded', '2026-11-21 01:47:29.730613+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', NULL, '{"data": {"id": "f80cfd78-35c2-49e6-b67d-7eede3b2bb27", "ssl": {"id": "021de9bf-8d9b-4dd4-a21b-37fdb1ba7311", "type": "dv", "method": "txt", "status": "active", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "contested.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "143d8a1f-eda7-40e7-ace0-7985a5dc91d0", "type": "ssl.custom_hostname_certificate.deployment.succeeded", "created_at": "2026-11-21T01:47:29.730613Z"}, "account": {"id": "account-1"}}}'),
	(31, 'ff82983a-1283-4e31-89fa-9326c0ca85c0', 'ssl.custom_hostname_certificate.validation.succeeded', '2026-11-21 01:47:29.747117+00', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'c531466a-0fd1-4e21-80e8-87143ce59771', NULL, '{"data": {"id": "c531466a-0fd1-4e21-80e8-87143ce59771", "ssl": {"id": "f192aa67-21f6-4f97-9638-6838308aac89", "type": "dv", "method": "http", "status": "pending_issuance", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "contested.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "1bd9789a-5075-44ea-9e45-7971a3cfc50e"}, "event": {"id": "ff82983a-1283-4e31-89fa-9326c0ca85c0", "type": "ssl.custom_hostname_certificate.validation.succeeded", "created_at": "2026-11-21T01:47:29.747117Z"}, "account": {"id": null}}}'),
	(32, '72b52530-7961-42bb-b45a-3fa5ffd3e294', 'ssl.custom_hostname_certificate.issuance.succeeded', '2026-11-21 01:47:29.747117+00', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'c531466a-0fd1-4e21-80e8-87143ce59771', NULL, '{"data": {"id": "c531466a-0fd1-4e21-80e8-87143ce59771", "ssl": {"id": "f192aa67-21f6-4f97-9638-6838308aac89", "type": "dv", "method": "http", "status": "pending_deployment", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "contested.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "1bd9789a-5075-44ea-9e45-7971a3cfc50e"}, "event": {"id": "72b52530-7961-42bb-b45a-3fa5ffd3e294", "type": "ssl.custom_hostname_certificate.issuance.succeeded", "created_at": "2026-11-21T01:47:29.747117Z"}, "account": {"id": null}}}'),
	(33, '4326468f-8b28-46d3-8d05-33b0438f6b6b', 'ssl.custom_hostname_certificate.deployment.succeeded', '2026-11-21 01:47:29.747117+00', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'c531466a-0fd1-4e21-80e8-87143ce59771', NULL, '{"data": {"id": "c531466a-0fd1-4e21-80e8-87143ce59771", "ssl": {"id": "f192aa67-21f6-4f97-9638-6838308aac89", "type": "dv", "method": "http", "status": "active", "settings": {"http2": "on", "min_tls_version": "1.0"}}, "hostname": "contested.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "1bd9789a-5075-44ea-9e45-7971a3cfc50e"}, "event": {"id": "4326468f-8b28-46d3-8d05-33b0438f6b6b", "type": "ssl.custom_hostname_certificate.deployment.succeeded", "created_at": "2026-11-21T01:47:29.747117Z"}, "account": {"id": null}}}'),
	(34, '02c9e59d-4e0a-4fa0-81b4-ded130983314', 'ssl.custom_hostname_certificate.validation.failed', '2026-11-21 01:47:29.763652+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '8fa8aaa2-0735-4258-8741-41ff38a0c128', 'schedule_used_up', '{"data": {"id": "8fa8aaa2-0735-4258-8741-41ff38a0c128", "ssl": {"id": "2e90ddb9-b595-4503-91fb-8f99e62dac24", "type": "dv", "cname": "_acme-challenge.late.fourth.com", "method": "txt", "status": "validation_timed_out", "settings": {"http2": "on", "min_tls_version": "1.0"}, "cname_target": "late.fourth.com.c26fe188c43545c3.dcv.saas.example", "validation_errors": [{"message": "control was not shown in time"}]}, "hostname": "late.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "02c9e59d-4e0a-4fa0-81b4-ded130983314", "type": "ssl.custom_hostname_certificate.validation.failed", "created_at": "2026-11-21T01:47:29.763652Z"}, "account": {"id": "account-1"}}}'),
	(35, 'b0cb731e-3424-47e4-81f4-665125b5597c', 'ssl.custom_hostname_certificate.deletion.succeeded', '2026-11-21 01:47:29.768257+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '31a33c6e-47f8-4196-9224-cdb7df9f87dd', NULL, '{"data": {"id": "31a33c6e-47f8-4196-9224-cdb7df9f87dd", "ssl": {"id": "ca706764-6a1d-46c4-8958-90c6ee7b923e", "type": "dv", "method": "txt", "status": "deleted"}, "hostname": "gone.fourth.com", "custom_metadata": null, "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "b0cb731e-3424-47e4-81f4-665125b5597c", "type": "ssl.custom_hostname_certificate.deletion.succeeded", "created_at": "2026-11-21T01:47:29.768257Z"}, "account": {"id": "account-1"}}}'),
	(36, '34b67fff-3548-43fc-8d7b-594cd04b43da', 'custom_hostname.deleted', '2026-11-21 01:47:29.773753+00', '9d54d7ad-6998-446c-a18b-7e794967258d', '0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65', NULL, '{"data": {"id": "0e2024f4-ca0e-4fe1-9aa6-53f3c5132d65", "status": "deleted", "hostname": "tombstone.fourth.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "34b67fff-3548-43fc-8d7b-594cd04b43da", "type": "custom_hostname.deleted", "created_at": "2026-11-21T01:47:29.773753Z"}, "account": {"id": "account-1"}}}'),
	(37, 'fe50dc49-f0eb-4bad-af6e-9327171a0c62', 'custom_hostname.blocked', '2026-11-21 01:47:29.777504+00', '1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'a5c81f27-7750-4f7c-888a-262572aa617a', 'held', '{"data": {"id": "a5c81f27-7750-4f7c-888a-262572aa617a", "status": "blocked", "hostname": "secret.held.com", "custom_metadata": null, "verification_errors": ["The hostname is associated with a held zone. Please contact the owner of this domain to have the hold removed."], "custom_origin_server": null}, "metadata": {"zone": {"id": "1bd9789a-5075-44ea-9e45-7971a3cfc50e"}, "event": {"id": "fe50dc49-f0eb-4bad-af6e-9327171a0c62", "type": "custom_hostname.blocked", "created_at": "2026-11-21T01:47:29.777504Z"}, "account": {"id": null}}}'),
	(38, 'c5b19e3f-2b66-4d5f-beb5-3ffc3baa2827', 'custom_hostname.refreshed', '2026-11-21 01:47:29.79536+00', '9d54d7ad-6998-446c-a18b-7e794967258d', 'b8294640-b12b-48ba-979a-492d2c67b599', NULL, '{"data": {"id": "b8294640-b12b-48ba-979a-492d2c67b599", "status": "pending", "hostname": "new.first.com", "custom_metadata": null, "verification_errors": [], "custom_origin_server": null}, "metadata": {"zone": {"id": "9d54d7ad-6998-446c-a18b-7e794967258d"}, "event": {"id": "c5b19e3f-2b66-4d5f-beb5-3ffc3baa2827", "type": "custom_hostname.refreshed", "created_at": "2026-11-21T01:47:29.795360Z"}, "account": {"id": "account-1"}}}');

INSERT INTO certwright.hold VALUES
	('held.com', true, 'its owner asked for it', '2026-11-21 01:47:29.777504+00');

INSERT INTO certwright.issuance VALUES
	('0b03b97e-c2fc-498b-bc08-aaddbb1844d9', 'p256', 'https://ca/order/p256/waits.fourth.com', 'pending', 'https://ca/finalize/waits.fourth.com', NULL, '2026-11-28 01:47:30+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('0b03b97e-c2fc-498b-bc08-aaddbb1844d9', 'rsa2048', 'https://ca/order/rsa2048/waits.fourth.com', 'pending', 'https://ca/finalize/waits.fourth.com', NULL, '2026-11-28 01:47:30+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('fc7840ad-5d44-4304-8891-f3a0c1db1274', 'p256', 'https://ca/order/p256/issues.fourth.com', 'pending', 'https://ca/finalize/issues.fourth.com', NULL, '2026-11-28 01:47:30+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('f192aa67-21f6-4f97-9638-6838308aac89', 'p256', 'https://ca/order/p256/contested.fourth.com', 'valid', 'https://ca/finalize/contested.fourth.com', 'https://ca/certificate/1286492716', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '1286492716', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.747117+00'),
	('fc7840ad-5d44-4304-8891-f3a0c1db1274', 'rsa2048', 'https://ca/order/rsa2048/issues.fourth.com', 'pending', 'https://ca/finalize/issues.fourth.com', NULL, '2026-11-28 01:47:30+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2e90ddb9-b595-4503-91fb-8f99e62dac24', 'p256', 'https://ca/order/p256/late.fourth.com', 'pending', 'https://ca/finalize/late.fourth.com', NULL, '2026-11-28 01:47:30+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 'p256', 'https://ca/order/p256/deploys.fourth.com', 'valid', 'https://ca/finalize/deploys.fourth.com', 'https://ca/certificate/970223300', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '970223300', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.676489+00'),
	('8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 'rsa2048', 'https://ca/order/rsa2048/deploys.fourth.com', 'valid', 'https://ca/finalize/deploys.fourth.com', 'https://ca/certificate/919697123', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '919697123', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.676489+00'),
	('2e90ddb9-b595-4503-91fb-8f99e62dac24', 'rsa2048', 'https://ca/order/rsa2048/late.fourth.com', 'pending', 'https://ca/finalize/late.fourth.com', NULL, '2026-11-28 01:47:30+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('34800145-b384-4a65-a1d9-31cbf0987696', 'p256', 'https://ca/order/p256/www.second.com', 'valid', 'https://ca/finalize/www.second.com', 'https://ca/certificate/1883098917', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '1883098917', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.688259+00'),
	('34800145-b384-4a65-a1d9-31cbf0987696', 'rsa2048', 'https://ca/order/rsa2048/www.second.com', 'valid', 'https://ca/finalize/www.second.com', 'https://ca/certificate/2098103392', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '2098103392', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.688259+00'),
	('17f81859-06c4-45a7-b509-bd79a434562e', 'p256', 'https://ca/order/p256/third.com', 'valid', 'https://ca/finalize/third.com', 'https://ca/certificate/151037971', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '151037971', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.701677+00'),
	('17f81859-06c4-45a7-b509-bd79a434562e', 'rsa2048', 'https://ca/order/rsa2048/third.com', 'valid', 'https://ca/finalize/third.com', 'https://ca/certificate/1372690447', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '1372690447', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.701677+00'),
	('aca1bb83-fe87-49ca-8160-b70c7706e0bf', 'p256', 'https://ca/order/p256/redeploys.fourth.com', 'valid', 'https://ca/finalize/redeploys.fourth.com', 'https://ca/certificate/263572438', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '263572438', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.718516+00'),
	('aca1bb83-fe87-49ca-8160-b70c7706e0bf', 'rsa2048', 'https://ca/order/rsa2048/redeploys.fourth.com', 'valid', 'https://ca/finalize/redeploys.fourth.com', 'https://ca/certificate/833726780', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '833726780', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.718516+00'),
	('021de9bf-8d9b-4dd4-a21b-37fdb1ba7311', 'p256', 'https://ca/order/p256/contested.fourth.com', 'valid', 'https://ca/finalize/contested.fourth.com', 'https://ca/certificate/1286492716', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '1286492716', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.730613+00'),
	('021de9bf-8d9b-4dd4-a21b-37fdb1ba7311', 'rsa2048', 'https://ca/order/rsa2048/contested.fourth.com', 'valid', 'https://ca/finalize/contested.fourth.com', 'https://ca/certificate/1930244533', '2026-11-28 01:47:30+00', '\x5ea1ed', 'csr', '-----BEGIN CERTIFICATE-----
AA==
-----END CERTIFICATE-----
', '1930244533', 'CN=CA', 'ECDSAWithSHA256', 'abababababababababababababababababababababababababababababababab', '2026-11-11 01:47:30+00', '2027-02-09 01:47:30+00', '2026-11-21 01:47:29.730613+00');

INSERT INTO certwright.job VALUES
	('hostname', '2d0631d3-a518-4cb0-8ad0-0809a5b13345', 5, 0, 0, '2026-11-21 01:47:29.55444+00', NULL),
	('certificate', '36dd87ca-531b-412c-bb3c-01a61f4d2c31', 49, 0, 0, '2026-11-21 01:47:29.55444+00', NULL),
	('delivery', '22a5faf2-4a13-444d-9080-95bd8409946d', 45, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', '7d032d76-596f-4777-a824-f8efde5cc69b', 27, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', '3c95d443-d506-496b-89d4-e3fbe024ab84', 4, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', 'baebdd0a-d84b-4b35-aca5-85000dbd2303', 3, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', 'fbd7d5e0-8fd3-43ce-8937-97a766718654', 20, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', 'b8abd877-a204-4f7d-9ddc-ca4f8651dc5c', 28, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', '4862b269-b01d-417a-a708-d0b7ad2aca57', 23, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', '96b791f1-9d42-4518-9365-374c519d8f1d', 29, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', 'd364bcb0-ec47-4c0c-9f3d-aaa95321f65f', 31, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', '9e14f0d3-e62d-45ed-ac34-c2cb4f716984', 4, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', '3805d912-f7db-4e50-a10e-dc7d98bb9808', 8, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', '8e321470-49f7-4f3e-9b5d-1c998495a442', 2, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', '7c187af1-1784-4b1a-93fd-d0e32a99c505', 5, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('delivery', 'b4fa339e-08f0-48f9-b69c-a10edcd1387d', 61, 0, 0, '2026-11-21 01:47:29.578163+00', NULL),
	('hostname', 'f80cfd78-35c2-49e6-b67d-7eede3b2bb27', 39, 0, 0, '2026-11-21 01:47:29.624535+00', NULL),
	('hostname', '8fa8aaa2-0735-4258-8741-41ff38a0c128', 40, 0, 0, '2026-11-28 01:47:29.629739+00', '2026-11-21 01:47:29.629739+00'),
	('delivery', '6546e376-178c-45d8-9672-4ef93d6dbe49', 9, 0, 0, '2026-11-21 01:47:29.629739+00', NULL),
	('delivery', '47e1b3e9-9a4d-42fe-8cc4-1c98953638ac', 44, 0, 0, '2026-11-21 01:47:29.629739+00', NULL),
	('delivery', '53c8a46b-2755-40e8-811b-c324c27630a8', 40, 0, 0, '2026-11-21 01:47:29.630932+00', NULL),
	('delivery', 'a950b5a7-143a-44aa-89b9-90443e0b8a64', 36, 0, 0, '2026-11-21 01:47:29.630932+00', NULL),
	('certificate', '0b03b97e-c2fc-498b-bc08-aaddbb1844d9', 25, 1, 4, '2026-11-21 01:52:29.657781+00', '2026-11-21 01:47:29.657781+00'),
	('certificate', 'fc7840ad-5d44-4304-8891-f3a0c1db1274', 52, 1, 0, '2026-11-21 01:47:29.664077+00', '2026-11-21 01:47:29.664077+00'),
	('certificate', '8473f7f1-45a5-45dc-8b6f-cb14966b8c04', 4, 1, 0, '2026-11-21 01:47:29.676489+00', '2026-11-21 01:47:29.676489+00'),
	('certificate', '2accfacf-23a5-4ddc-bf95-a3ffb422bd6e', 46, 2, 0, '2026-11-21 01:47:29.513513+00', NULL),
	('delivery', '51b40af9-03cb-43f0-8d86-bdda4c1f8d0c', 12, 0, 0, '2026-11-21 01:47:29.784107+00', NULL),
	('hostname', 'b8294640-b12b-48ba-979a-492d2c67b599', 25, 1, 0, '2026-11-21 01:47:29.79536+00', '2026-11-21 01:47:29.569597+00'),
	('delivery', 'a2abe24d-b3f3-4a46-bcdc-996436783960', 32, 0, 0, '2026-11-21 01:47:29.79536+00', NULL),
	('certificate', '9656faf7-d9e2-40c3-8854-3900f60275dd', 29, 1, 0, '2026-11-21 01:47:29.473512+00', NULL);

INSERT INTO certwright.public_suffix VALUES
	('net'),
	('!www.ck'),
	('uk'),
	('org'),
	('*.ck'),
	('com'),
	('co.uk');

INSERT INTO certwright.schema_migration VALUES
	('0001_tables.sql', '2026-11-21 01:47:29.057079+00', '6ae2f23111b1199b210e08659ec311804e21bd80ee7c9b02d226920d89cb8a24'),
	('functions/authority.sql', '2026-11-21 01:47:29.111935+00', 'b272ea7d4ca033c91ff380f66c63cf99c13e54a034e289836c1016b66fa0e2f2'),
	('functions/certificate.sql', '2026-11-21 01:47:29.111935+00', 'eca849d8de6182a926e9996014bf86bc781d05cd39b2503c946cff10fa6b2aa2'),
	('functions/command.sql', '2026-11-21 01:47:29.111935+00', '50b971aecb11a6728eb4ed76d0715b870a86544b84cd653ce937372d6d6cdc80'),
	('functions/custom_hostname.sql', '2026-11-21 01:47:29.111935+00', '48233792a38f9edc5f3e673693e88d4da1f8bf6811fe86b19dd7e7a14751fbea'),
	('functions/delivery.sql', '2026-11-21 01:47:29.111935+00', '910ab83130cf9100b27dde2dc1e6f6b03524595d061ee3a421a3cc5898a19341'),
	('functions/error.sql', '2026-11-21 01:47:29.111935+00', '1254ce5a1c11746d15aa9bdc99a4917a3b678ed064d597e54095da2fe67f17ad'),
	('functions/event.sql', '2026-11-21 01:47:29.111935+00', 'f46f90eefd7d252571331dc6d9a6d88c836d8a7dd3af1f2f9a804214a13c1e67'),
	('functions/hostname.sql', '2026-11-21 01:47:29.111935+00', '11dc35d38f28ea92b7fd4b5caa6ee76b91dd00927ed3feb00d279bd62af08d0e'),
	('functions/list.sql', '2026-11-21 01:47:29.111935+00', '32d99cd8c553d6188fdb45f83112919e7787906a362662a074cf615799fa4fd6'),
	('functions/maintain.sql', '2026-11-21 01:47:29.111935+00', '01d851fcb82d1e05fde9aab9b811151522728a4b4d3b0bf3bd726f0199dda42a'),
	('functions/name.sql', '2026-11-21 01:47:29.111935+00', '55929821885b8ee16513418bc8d6379e44bfd52c4b9c8fa731cc920e398cd1ab'),
	('functions/queue.sql', '2026-11-21 01:47:29.111935+00', 'dda5f5418a6b5d5d1d73abe6fec94a8d7c6fce5ef38be304d106b7f26223dc23'),
	('functions/role.sql', '2026-11-21 01:47:29.111935+00', '2b27e74644df724967985643be181ad53343c0b9421ade71c0dd446307dea22a'),
	('functions/setting.sql', '2026-11-21 01:47:29.111935+00', '2e7490232b1c08ccdacddc9a4a843460ad47e39cb41d7c2b2ece0237557fcce4'),
	('functions/ssl.sql', '2026-11-21 01:47:29.111935+00', '5cbc727da695544f2ad67da3dad234bb71ae4f46328f8547ab96a37365351b19'),
	('functions/view.sql', '2026-11-21 01:47:29.111935+00', 'b88842450da4cd21769bd9097493ba1c749c71c67f867f30687e7bc095114813'),
	('functions/webhook.sql', '2026-11-21 01:47:29.111935+00', '3560137c121e2f7dd3982def2381276af7e7459dabde719759475162e79a93ea'),
	('functions/zone.sql', '2026-11-21 01:47:29.111935+00', '0a06df9df86a57763c4c2f12aa5581686c65fe598922a9804fbfd52d0867daf1'),
	('public_suffix_list', '2026-11-21 01:47:29.236001+00', '1502279be6f1154aaf0d3b63357e80c76549540f5c18f452567f694b58cdd01c');

INSERT INTO certwright.setting VALUES
	('dcv_domain', 'dcv.saas.example'),
	('http_port', '80');

INSERT INTO certwright.shard VALUES
	(2, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(3, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(4, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(5, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(6, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(7, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(8, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(9, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(10, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(11, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(12, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(13, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(14, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(15, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(16, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(17, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(18, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(19, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(20, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(21, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(22, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(23, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(24, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(25, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(26, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(27, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(28, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(29, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(30, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(31, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(32, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(33, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(34, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(35, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(36, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(37, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(38, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(39, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(40, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(41, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(42, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(43, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(44, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(45, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(46, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(47, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(48, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(49, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(50, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(51, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(52, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(53, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(54, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(55, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(56, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(57, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(58, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(59, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(60, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(61, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(62, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false),
	(0, NULL, 2, NULL, false),
	(1, NULL, 2, NULL, false),
	(63, '11111111-1111-4111-8111-111111111111', 1, '2026-11-21 01:47:59.433232+00', false);

INSERT INTO certwright.suspect VALUES
	('hostname', '2d0631d3-a518-4cb0-8ad0-0809a5b13345', 2);

INSERT INTO certwright.webhook VALUES
	('144b66d5-f924-4728-9851-05b80d6bbf3e', '9d54d7ad-6998-446c-a18b-7e794967258d', 'all', 'https://hooks.saas.com/in', NULL, 'all', true, 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', NULL, NULL, 'plain-secret', NULL, NULL, '2026-11-21 01:47:29.466213+00'),
	('8e515e37-8d1d-4854-872c-6ab8c820cf95', '9d54d7ad-6998-446c-a18b-7e794967258d', 'some', 'https://hooks.saas.com/some', '{custom_hostname.activated,custom_hostname.moved}', 'on_change', true, 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', NULL, NULL, NULL, NULL, NULL, '2026-11-21 01:47:29.471665+00');

INSERT INTO certwright.zone VALUES
	('9aa51275-9f1b-4b63-a0ef-ad792736874c', 'empty', NULL, '{}', '{}', NULL, NULL, '{}', NULL, NULL, false, '{google,lets_encrypt,ssl_com}', '{p256,rsa2048}', NULL, false, false, '0b1d683fcb4e4eca', '2026-11-21 01:47:29.458015+00'),
	('9d54d7ad-6998-446c-a18b-7e794967258d', 'shop', 'account-1', '{edge.saas.com}', '{203.0.113.0/24,2001:db8::/32}', 'origin.saas.com', 'initializing', '{}', '2026-11-21 01:47:29.461275+00', '2026-11-21 01:47:29.461275+00', false, '{lets_encrypt,google}', '{p256,rsa2048}', NULL, false, false, 'c26fe188c43545c3', '2026-11-21 01:47:29.448632+00'),
	('1bd9789a-5075-44ea-9e45-7971a3cfc50e', 'blog', NULL, '{edge.blogs.com}', '{}', 'origin.blogs.com', 'initializing', '{}', '2026-11-21 01:47:29.463235+00', '2026-11-21 01:47:29.463235+00', false, '{google,lets_encrypt,ssl_com}', '{p256}', 1000, true, false, '3a31a763633445cf', '2026-11-21 01:47:29.456551+00');

SELECT pg_catalog.setval('certwright.event_seq_seq', 38, true);

ALTER TABLE ONLY certwright.certificate_authority
    ADD CONSTRAINT certificate_authority_name_key UNIQUE (name);

ALTER TABLE ONLY certwright.certificate_authority
    ADD CONSTRAINT certificate_authority_pkey PRIMARY KEY (id);

ALTER TABLE ONLY certwright.certificate
    ADD CONSTRAINT certificate_pkey PRIMARY KEY (id);

ALTER TABLE ONLY certwright.challenge
    ADD CONSTRAINT challenge_pkey PRIMARY KEY (certificate_id, key_type, identifier, wildcard, method);

ALTER TABLE ONLY certwright.custom_hostname
    ADD CONSTRAINT custom_hostname_ownership_value_key UNIQUE (ownership_value);

ALTER TABLE ONLY certwright.custom_hostname
    ADD CONSTRAINT custom_hostname_pkey PRIMARY KEY (id);

ALTER TABLE ONLY certwright.daemon
    ADD CONSTRAINT daemon_pkey PRIMARY KEY (id);

ALTER TABLE ONLY certwright.delivery
    ADD CONSTRAINT delivery_event_seq_webhook_id_key UNIQUE (event_seq, webhook_id);

ALTER TABLE ONLY certwright.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY certwright.event
    ADD CONSTRAINT event_id_key UNIQUE (id);

ALTER TABLE ONLY certwright.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY certwright.hold
    ADD CONSTRAINT hold_pkey PRIMARY KEY (name);

ALTER TABLE ONLY certwright.issuance
    ADD CONSTRAINT issuance_pkey PRIMARY KEY (certificate_id, key_type);

ALTER TABLE ONLY certwright.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (flow, subject);

ALTER TABLE ONLY certwright.public_suffix
    ADD CONSTRAINT public_suffix_pkey PRIMARY KEY (rule);

ALTER TABLE ONLY certwright.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (name);

ALTER TABLE ONLY certwright.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (name);

ALTER TABLE ONLY certwright.shard
    ADD CONSTRAINT shard_pkey PRIMARY KEY (id);

ALTER TABLE ONLY certwright.suspect
    ADD CONSTRAINT suspect_pkey PRIMARY KEY (flow, subject);

ALTER TABLE ONLY certwright.webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (id);

ALTER TABLE ONLY certwright.zone
    ADD CONSTRAINT zone_dcv_delegation_id_key UNIQUE (dcv_delegation_id);

ALTER TABLE ONLY certwright.zone
    ADD CONSTRAINT zone_name_key UNIQUE (name);

ALTER TABLE ONLY certwright.zone
    ADD CONSTRAINT zone_pkey PRIMARY KEY (id);

CREATE INDEX attempt_at ON ONLY certwright.attempt USING brin (at);

CREATE INDEX attempt_20261121_at_idx ON certwright.attempt_20261121 USING brin (at);

CREATE INDEX attempt_subject ON ONLY certwright.attempt USING btree (subject, at);

CREATE INDEX attempt_20261121_subject_at_idx ON certwright.attempt_20261121 USING btree (subject, at);

CREATE INDEX attempt_default_at_idx ON certwright.attempt_default USING brin (at);

CREATE INDEX attempt_default_subject_at_idx ON certwright.attempt_default USING btree (subject, at);

CREATE INDEX ca_order_recent ON certwright.ca_order USING btree (authority_id, ordered_at);

CREATE INDEX certificate_by_name ON certwright.certificate USING btree (hostname);

CREATE UNIQUE INDEX certificate_one_per_hostname ON certwright.certificate USING btree (custom_hostname_id);

CREATE INDEX challenge_token ON certwright.challenge USING btree (token) WHERE (method = 'http'::text);

CREATE INDEX custom_hostname_by_name ON certwright.custom_hostname USING btree (hostname);

CREATE INDEX custom_hostname_created ON certwright.custom_hostname USING btree (zone_id, created_at);

CREATE INDEX custom_hostname_list ON certwright.custom_hostname USING btree (zone_id, ssl, created_at, id) WHERE (removed_at IS NULL);

CREATE UNIQUE INDEX custom_hostname_one_owner ON certwright.custom_hostname USING btree (hostname) WHERE (status = ANY (ARRAY['active'::certwright.hostname_status, 'active_redeploying'::certwright.hostname_status]));

CREATE UNIQUE INDEX custom_hostname_one_per_zone ON certwright.custom_hostname USING btree (zone_id, hostname text_pattern_ops) WHERE (removed_at IS NULL);

CREATE INDEX delivery_order ON certwright.delivery USING btree (webhook_id, custom_hostname_id, event_seq) WHERE (state = 'pending'::certwright.delivery_state);

CREATE INDEX event_hostname ON certwright.event USING btree (custom_hostname_id, seq);

CREATE INDEX event_zone ON certwright.event USING btree (zone_id, created_at);

CREATE INDEX issuance_not_after ON certwright.issuance USING btree (not_after) WHERE (not_after IS NOT NULL);

CREATE INDEX job_due ON certwright.job USING btree (flow, shard, run_at, subject);

CREATE INDEX webhook_zone ON certwright.webhook USING btree (zone_id);

ALTER INDEX certwright.attempt_at ATTACH PARTITION certwright.attempt_20261121_at_idx;

ALTER INDEX certwright.attempt_subject ATTACH PARTITION certwright.attempt_20261121_subject_at_idx;

ALTER INDEX certwright.attempt_at ATTACH PARTITION certwright.attempt_default_at_idx;

ALTER INDEX certwright.attempt_subject ATTACH PARTITION certwright.attempt_default_subject_at_idx;

ALTER TABLE ONLY certwright.ca_order
    ADD CONSTRAINT ca_order_authority_id_fkey FOREIGN KEY (authority_id) REFERENCES certwright.certificate_authority(id) ON DELETE CASCADE;

ALTER TABLE ONLY certwright.certificate
    ADD CONSTRAINT certificate_authority_id_fkey FOREIGN KEY (authority_id) REFERENCES certwright.certificate_authority(id);

ALTER TABLE ONLY certwright.certificate
    ADD CONSTRAINT certificate_custom_hostname_id_fkey FOREIGN KEY (custom_hostname_id) REFERENCES certwright.custom_hostname(id);

ALTER TABLE ONLY certwright.certificate
    ADD CONSTRAINT certificate_zone_id_fkey FOREIGN KEY (zone_id) REFERENCES certwright.zone(id);

ALTER TABLE ONLY certwright.challenge
    ADD CONSTRAINT challenge_certificate_id_fkey FOREIGN KEY (certificate_id) REFERENCES certwright.certificate(id) ON DELETE CASCADE;

ALTER TABLE ONLY certwright.custom_hostname
    ADD CONSTRAINT custom_hostname_zone_id_fkey FOREIGN KEY (zone_id) REFERENCES certwright.zone(id);

ALTER TABLE ONLY certwright.delivery
    ADD CONSTRAINT delivery_event_seq_fkey FOREIGN KEY (event_seq) REFERENCES certwright.event(seq);

ALTER TABLE ONLY certwright.delivery
    ADD CONSTRAINT delivery_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES certwright.webhook(id) ON DELETE CASCADE;

ALTER TABLE ONLY certwright.issuance
    ADD CONSTRAINT issuance_certificate_id_fkey FOREIGN KEY (certificate_id) REFERENCES certwright.certificate(id) ON DELETE CASCADE;

ALTER TABLE ONLY certwright.shard
    ADD CONSTRAINT shard_owner_fkey FOREIGN KEY (owner) REFERENCES certwright.daemon(id) ON DELETE SET NULL;

ALTER TABLE ONLY certwright.webhook
    ADD CONSTRAINT webhook_zone_id_fkey FOREIGN KEY (zone_id) REFERENCES certwright.zone(id);
