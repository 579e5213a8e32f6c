-- The certificate flow: what its steps read, and what their verdicts do.
-- C twins: acme/certificate.c (columns) and scheduler/queue.c (calls);
-- find_challenge: dcv/http01.c.

-- What is known of one key type of a pack, as the flow reads it.
create or replace function certwright.issuance_json(p_pack uuid, p_key certwright.key_type, p_secrets boolean)
    returns json language sql stable as $$
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
comment on function certwright.issuance_json is 'order, key and certificate of one key type of a pack, for its flow';

-- The CA of a pack: the one that was chosen; else the one that was asked for;
-- else the first enabled one in the zone's order, then by preference.
create or replace function certwright.authority_for(p_chosen uuid, p_wanted text, p_order text[])
    returns certwright.certificate_authority language sql stable as $$
    select a from certwright.certificate_authority a
    where case when p_chosen is not null then a.id = p_chosen
               when p_wanted <> '' then a.name = p_wanted and a.enabled
               else a.enabled end
    order by array_position(p_order, a.name) nulls last, a.preference, a.name
    limit 1
$$;
comment on function certwright.authority_for is 'the CA that a pack is ordered from';

drop function if exists certwright.due_certificate;
create function certwright.due_certificate(p_priority bigint, p_shards bigint[], p_marks text[], p_after uuid[],
        p_limit bigint)
    returns table (subject uuid, shard smallint, run_at timestamptz, wakes integer, attempts integer,
                   now bigint, late_ms bigint, since bigint, state certwright.ssl_status, code text,
                   hostname text, wildcard text, method text, version text, common_name text, http_port text,
                   wanted_authority text,
                   ca_id text, ca_name text, ca_directory text, ca_trust_file text, ca_contact text,
                   ca_profile text, ca_account_key text, ca_account_url text, ca_eab_kid text, ca_eab_hmac text,
                   p256 text, rsa2048 text)
    language sql stable as $$
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
    from certwright.due_jobs('certificate', p_priority, p_shards, p_marks, p_after, p_limit) j
    join certwright.certificate c on c.id = j.subject
    join certwright.zone z on z.id = c.zone_id
    left join lateral certwright.authority_for(c.authority_id, c.wanted_authority, z.certificate_authorities) a on true
$$;
comment on function certwright.due_certificate is 'due certificate packs with all that their steps read';

-- A text that a change carries: absent keeps the old value, null clears it.
create or replace function certwright.changed(p_changes jsonb, p_name text, p_old text)
    returns text language sql immutable as $$
    select case when p_changes ? p_name then p_changes ->> p_name else p_old end
$$;
comment on function certwright.changed is 'new value of a column, or the old one if the change does not name it';

create or replace function certwright.change_issuance(p_pack uuid, p_key certwright.key_type, p jsonb)
    returns void language plpgsql as $$
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
comment on function certwright.change_issuance is 'what a verdict changes in one key type of a pack';

create or replace function certwright.change_certificate(p_id uuid, p_wakes bigint, p_state text, p_outcome text,
        p_next text, p_rests boolean, p_code text, p_error text, p_changes jsonb)
    returns void language plpgsql as $$
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
comment on function certwright.change_certificate is 'what a verdict changes in a certificate pack';

drop function if exists certwright.finish_certificate;
create function certwright.finish_certificate(p_daemon uuid, p_subjects uuid[], p_shards bigint[],
        p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[],
        p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[],
        p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[],
        out accepted integer, out next_ms bigint)
    language plpgsql as $$
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
comment on function certwright.finish_certificate is 'a batch of verdicts about certificate packs, in one transaction';

-- Take a pack off the edges and forget it.
create or replace function certwright.remove_certificate(p_pack uuid) returns void
    language plpgsql as $$
begin
    update certwright.certificate
        set status = 'pending_deletion', since = certwright.clock_now(), code = null, error = null
        where id = p_pack and status not in ('pending_deletion', 'deleted');
    if found then
        perform certwright.restart('certificate', p_pack);
    end if;
end $$;
comment on function certwright.remove_certificate is 'begin the deletion of a pack';

-- What the http-01 responder answers for a token, if this host has it.
create or replace function certwright.find_challenge(p_host text, p_token text)
    returns table (key_authorization text) language sql stable as $$
    select key_authorization from certwright.challenge
    where token = p_token and method = 'http' and identifier = p_host limit 1
$$;
comment on function certwright.find_challenge is 'http-01: the key authorization for a host and token';
