-- The certificate flow: what its steps read, and what their verdicts do.
-- C twins: acme/certificate.c (columns) and scheduler/queue.c (calls).

-- What is known of one key type of a pack, as the flow reads it.
create or replace function certwright.issuance_json(p_pack uuid, p_key certwright.key_type, p_secrets boolean)
    returns json language sql stable as $$
    select json_build_object(
        'order_url', i.order_url, 'order_status', i.order_status, 'finalize_url', i.finalize_url,
        'certificate_url', i.certificate_url, 'has_key', i.private_key is not null, 'csr', i.csr,
        'chain', i.chain,
        'not_before', extract(epoch from i.not_before)::bigint, 'not_after', extract(epoch from i.not_after)::bigint,
        'slot', case when i.slot_at > certwright.clock_now() or (
                select certwright.slot_holds(c.authority_id, c.hostname, c.wildcard, i.slot_at)
                from certwright.certificate c where c.id = p_pack)
            then floor(extract(epoch from i.slot_at))::bigint end,
        'caa_at', extract(epoch from i.caa_at)::bigint,
        'expires', extract(epoch from least(i.order_expires_at,
            (select min(c.expires_at) from certwright.challenge c
             where c.certificate_id = p_pack and c.key_type = p_key and c.voided_at is null)))::bigint,
        'private_key', case when p_secrets then translate(encode(i.private_key, 'base64'), E'\n', '') end,
        'challenges', certwright.challenges_json(p_pack, p_key))
    from certwright.issuance i where i.certificate_id = p_pack and i.key_type = p_key
$$;
comment on function certwright.issuance_json is 'order, key and certificate of one key type of a pack, for its flow';

-- A CA as flows read it.
create or replace function certwright.authority_fields(a certwright.certificate_authority) returns jsonb
    language sql stable as $$
    select jsonb_build_object(
        'id', a.id, 'name', a.name, 'directory', a.directory, 'directory_rsa', a.directory_rsa,
        'trust_file', a.trust_file, 'contact', a.contact, 'profile', a.profile,
        'preferred_chain', a.preferred_chain, 'token_validity', extract(epoch from a.token_validity)::bigint,
        'account_key', translate(encode(a.account_key, 'base64'), E'\n', ''),
        'account_url', a.account_url, 'account_url_rsa', a.account_url_rsa, 'eab_kid', a.eab_kid,
        'eab_hmac', translate(encode(a.eab_hmac, 'base64'), E'\n', ''),
        'identities', case when cardinality(a.caa_identities) > 0 then to_jsonb(a.caa_identities)
                           else a.meta -> 'caa_identities' end,
        'renewal_info', coalesce((a.meta ->> 'renewal_info')::boolean, false),
        'failures', a.failures, 'broken', a.broken_since is not null)
$$;
comment on function certwright.authority_fields is 'a CA with its sealed secrets, for the flows';

-- While it is broken, those who wait for it come back one after another behind
-- its next probe.
create or replace function certwright.authority_for_pack(a certwright.certificate_authority,
        p certwright.certificate) returns jsonb
    language sql stable as $$
    select certwright.authority_fields(a) || jsonb_build_object(
        'ask_at', extract(epoch from certwright.authority_ask_at(a, p.id))::bigint,
        'order_at', (select ceil(extract(epoch from o.at))::bigint
                     from certwright.order_possible_at(a.id, p.hostname, p.wildcard) o (at)
                     where o.at > certwright.clock_now()),
        'failed', r.cause, 'failed_at', extract(epoch from r.at)::bigint, 'failed_code', r.code,
        'failed_error', r.error)
    from (select) one
    left join certwright.authority_refusal r on r.authority_id = a.id and r.certificate_id = p.id
$$;
comment on function certwright.authority_for_pack is 'a CA with its health, its budget and what this pack met there';

-- The CAs that a pack may be ordered from, first choice first: the one that was
-- asked for, or the enabled ones in the zone's order, then by preference.
create or replace function certwright.authorities_for(p_wanted text, p_order text[])
    returns setof certwright.certificate_authority language sql stable rows 3 as $$
    select a.* from certwright.certificate_authority a
    where a.enabled and (p_wanted = '' or a.name = p_wanted)
    order by array_position(p_order, a.name) nulls last, a.preference, a.name
$$;
comment on function certwright.authorities_for is 'the CAs that a pack may be ordered from, first choice first';
drop function if exists certwright.authority_for(uuid, text, text[]);

-- A CA whose directory was changed does not know what was issued before.
create or replace function certwright.is_of_directory(p_authority uuid, p_issued_at timestamptz) returns boolean
    language sql stable as $$
    select exists (select from certwright.certificate_authority a where a.id = p_authority and a.directory_at <= p_issued_at)
$$;
comment on function certwright.is_of_directory is 'was this issued at the directory that the CA has now?';

-- Other CAs that a pack could go to now; how long a refusal counts is the rule
-- of acme/choose.h.
create or replace function certwright.count_alternatives(p certwright.certificate, p_order text[]) returns bigint
    language sql stable as $$
    select count(*) from certwright.authorities_for(p.wanted_authority, p_order) a
    where a.id <> p.authority_id and a.broken_since is null
      and not exists (select from certwright.authority_refusal r
                      where r.certificate_id = p.id and r.authority_id = a.id
                        and (r.cause = 'policy' and r.at > certwright.clock_now() - interval '24 hours'
                          or r.cause = 'caa' and r.at > certwright.clock_now() - interval '1 hour'))
$$;
comment on function certwright.count_alternatives is 'how many other CAs a pack could be ordered from now';

drop function if exists certwright.due_certificate;
create function certwright.due_certificate(p_priority bigint, p_shards bigint[], p_marks text[], p_after uuid[],
        p_limit bigint)
    returns table (subject uuid, shard smallint, run_at timestamptz, wakes integer, attempts integer,
                   now bigint, late_ms bigint, since bigint, state certwright.ssl_status, code text,
                   hostname text, wildcard text, method text, version text, common_name text, http_port text,
                   wanted_authority text, authority text, candidates text, alternatives text,
                   p256 text, rsa2048 text, points_here text, tried_at text, renew_at text, is_wanted text,
                   successor text, replaces text, revoke text, taken text,
                   setback text, delegation text, delegated text, publishing text, old_values text)
    language sql stable as $$
    select j.subject, j.shard, j.run_at, j.wakes, j.attempts,
           floor(extract(epoch from certwright.clock_now()))::bigint,
           (extract(epoch from certwright.clock_now() - j.run_at) * 1000)::bigint,
           floor(extract(epoch from c.since))::bigint, c.status, c.code,
           c.hostname, c.wildcard::text, c.method, c.version::text,
           case when c.branding then (select value from certwright.setting where name = 'branding_name') end,
           coalesce((select value from certwright.setting where name = 'http_port'), '80'),
           c.wanted_authority,
           (select certwright.authority_for_pack(a, c)::text from certwright.certificate_authority a
            where a.id = c.authority_id),
           case when c.authority_id is null and c.status = 'initializing' then
               (select jsonb_agg(certwright.authority_for_pack(a, c))::text
                from certwright.authorities_for(c.wanted_authority, z.certificate_authorities) a) end,
           certwright.count_alternatives(c, z.certificate_authorities)::text,
           case when 'p256' = any (c.key_types)
               then coalesce(certwright.issuance_json(c.id, 'p256', c.status = 'pending_deployment'), '{}')::text end,
           case when 'rsa2048' = any (c.key_types)
               then coalesce(certwright.issuance_json(c.id, 'rsa2048', c.status = 'pending_deployment'), '{}')::text end,
           coalesce(h.points_here, false)::text, extract(epoch from c.tried_at)::bigint::text,
           extract(epoch from c.renew_at)::bigint::text,
           (coalesce(h.status, 'deleted') in ('pending', 'active', 'active_redeploying'))::text,
           (select s.id::text from certwright.certificate s
            where s.successor_of = c.id and s.status not in ('pending_deletion', 'deleted')),
           (select json_object_agg(i.key_type, i.chain)::text from certwright.issuance i
            where i.certificate_id = c.successor_of and i.chain is not null and l.authority_id = c.authority_id
              and certwright.is_of_directory(c.authority_id, i.uploaded_at)),
           (z.revoke_on_delete and c.custom_hostname_id is not null and h.status = 'deleted'
            and c.status = 'pending_deletion'
            and certwright.is_of_directory(c.authority_id, (select max(i.uploaded_at) from certwright.issuance i
                                                            where i.certificate_id = c.id)))::text,
           certwright.is_taken(c.hostname, h.id)::text,
           c.setback::text,
           case when v.validates and c.method = 'txt'
               then certwright.delegation_target(c.hostname, z.dcv_delegation_id) end,
           c.is_delegated::text,
           case when v.validates then certwright.is_publishing(c.id) else false end::text,
           case when v.validates then certwright.old_values(c.id)::text end
    from certwright.due_jobs('certificate', p_priority, p_shards, p_marks, p_after, p_limit) j
    join certwright.certificate c on c.id = j.subject
    join certwright.zone z on z.id = c.zone_id
    cross join lateral (select c.status = 'pending_validation') v (validates)
    left join certwright.certificate l on l.id = c.successor_of
    left join certwright.custom_hostname h on h.id = coalesce(c.custom_hostname_id, l.custom_hostname_id)
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
        perform certwright.void_challenges(p_pack, p_key);
        update certwright.issuance set order_status = null, finalize_url = null, certificate_url = null,
                order_expires_at = null, slot_at = null, caa_at = null
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
        caa_at = case when p ? 'caa_at' then certwright.clock_now() else i.caa_at end,
        uploaded_at = case when p ? 'chain' then certwright.clock_now() else i.uploaded_at end
        where i.certificate_id = p_pack and i.key_type = p_key;
    if p ? 'challenges' then
        perform certwright.change_challenges(p_pack, p_key, (p ->> 'challenges')::jsonb);
    end if;
end $$;
comment on function certwright.change_issuance is 'what a verdict changes in one key type of a pack';

-- The intention to order takes its place in the CA's budget with the verdict
-- that makes it; the pack is looked at again when its turn comes.
create or replace function certwright.take_slot(p_pack uuid, p_key certwright.key_type) returns void
    language plpgsql as $$
declare
    v_slot timestamptz;
begin
    perform certwright.release_slots(p_pack, p_key);
    select certwright.reserve_order(c.authority_id, c.hostname, c.wildcard) into v_slot
        from certwright.certificate c where c.id = p_pack and c.authority_id is not null;
    update certwright.issuance i set slot_at = v_slot
        where i.certificate_id = p_pack and i.key_type = p_key;
    update certwright.job j set run_at = greatest(j.run_at, v_slot)
        where j.flow = 'certificate' and j.subject = p_pack;
end $$;
comment on function certwright.take_slot is 'reserve the next order of a key type of a pack';

-- Turns that will not be used go back into the budget; p_key null: of all.
create or replace function certwright.release_slots(p_pack uuid, p_key certwright.key_type default null) returns void
    language plpgsql as $$
declare
    v record;
begin
    for v in update certwright.issuance i set slot_at = null
             from (select n.key_type, n.slot_at, c.authority_id, c.hostname, c.wildcard
                   from certwright.issuance n join certwright.certificate c on c.id = n.certificate_id
                   where n.certificate_id = p_pack and n.slot_at is not null and c.authority_id is not null) o
             where i.certificate_id = p_pack and i.key_type = o.key_type and (p_key is null or i.key_type = p_key)
             returning o.authority_id, o.hostname, o.wildcard, o.slot_at
    loop
        perform certwright.release_order(v.authority_id, v.hostname, v.wildcard, v.slot_at);
    end loop;
end $$;
comment on function certwright.release_slots is 'give back reserved orders that will not be placed';

-- Orders and keys of what is given up; its tokens are void.  Certificates that
-- were issued stay.
create or replace function certwright.forget_orders(p_pack uuid) returns void
    language plpgsql as $$
begin
    perform certwright.release_slots(p_pack);
    perform certwright.void_challenges(p_pack);
    delete from certwright.issuance i where i.certificate_id = p_pack;
end $$;
comment on function certwright.forget_orders is 'forget the orders of a pack';

-- What the CA's behaviour means for it and for the pack.
create or replace function certwright.note_authority(p_pack certwright.certificate, p jsonb) returns void
    language plpgsql as $$
begin
    if p ? 'id' and p_pack.authority_id is null then
        update certwright.certificate set authority_id = (p ->> 'id')::uuid where id = p_pack.id;
        p_pack.authority_id := (p ->> 'id')::uuid;
    end if;
    if exists (select from certwright.certificate_authority a where a.id = p_pack.authority_id
               and (a.account_url <> coalesce(p ->> 'account_url', a.account_url)
                    or a.account_url is null and p ->> 'account_url' is not null
                    or a.account_url_rsa <> coalesce(p ->> 'account_url_rsa', a.account_url_rsa)
                    or a.account_url_rsa is null and p ->> 'account_url_rsa' is not null)) then
        perform certwright.lock_authorities();
        update certwright.certificate_authority a
            set account_url = coalesce(p ->> 'account_url', a.account_url),
                account_url_rsa = coalesce(p ->> 'account_url_rsa', a.account_url_rsa)
            where a.id = p_pack.authority_id;
    end if;
    if p ? 'worked' then
        perform certwright.note_authority_success(p_pack.authority_id, p_pack.id);
    end if;
    case p ->> 'cause'
        when 'infrastructure' then
            perform certwright.note_authority_failure(p_pack.authority_id, p_pack.id, p ->> 'code', p ->> 'error',
                                                      (p ->> 'retry_after')::bigint);
        when 'rate' then
            perform certwright.note_rate_limited(p_pack.authority_id, p_pack.hostname, p_pack.wildcard,
                                                 p ->> 'error', (p ->> 'retry_after')::bigint);
            perform certwright.note_authority_error(p_pack.authority_id, p ->> 'code', p ->> 'error');
        when 'customer' then
            perform certwright.note_failed_validation(p_pack.authority_id, p_pack.hostname);
        else
            if p ? 'code' then
                perform certwright.note_authority_error(p_pack.authority_id, p ->> 'code', p ->> 'error');
            end if;
    end case;
    if p ? 'leave' then
        insert into certwright.authority_refusal as r (certificate_id, authority_id, cause, code, error)
            values (p_pack.id, p_pack.authority_id, p ->> 'leave', p ->> 'code', p ->> 'error')
            on conflict (certificate_id, authority_id) do update
            set cause = excluded.cause, code = excluded.code, error = excluded.error, at = excluded.at;
        perform certwright.forget_orders(p_pack.id);
        update certwright.certificate set authority_id = null where id = p_pack.id;
    end if;
end $$;
comment on function certwright.note_authority is 'what a verdict says of the CA of a pack';

-- The successor is served and proven: it takes the place of the live pack,
-- which goes from the edge.
create or replace function certwright.attach_successor(p_pack uuid) returns void
    language plpgsql as $$
declare
    v_live uuid;
    v_hostname uuid;
begin
    select l.id, l.custom_hostname_id into v_live, v_hostname
        from certwright.certificate s join certwright.certificate l on l.id = s.successor_of
        where s.id = p_pack for no key update of l;
    if not found then
        return;
    end if;
    update certwright.certificate set custom_hostname_id = null where id = v_live;
    update certwright.certificate set custom_hostname_id = v_hostname, successor_of = null where id = p_pack;
    perform certwright.remove_certificate(v_live);
end $$;
comment on function certwright.attach_successor is 'a successor takes the place of the live pack';

-- The event of a verdict.  Until it is attached a successor tells only whether
-- the renewal goes well.
create or replace function certwright.certificate_event(p_outcome text, p_state text, p_next text, p_is_successor boolean)
    returns text language sql immutable as $$
    select case
        when p_outcome = 'go:pending_validation' and p_state = 'pending_issuance' then   -- a new order has to be validated
            case when p_is_successor then 'renewal.failed' else 'issuance.failed' end
        when p_outcome like 'go:%' then case p_next
            when 'pending_issuance' then case when not p_is_successor then 'validation.succeeded' end
            when 'pending_deployment' then case when p_is_successor then 'renewal.succeeded' else 'issuance.succeeded' end
            when 'active' then 'deployment.succeeded'
            when 'deleted' then 'deletion.succeeded' end
        when p_outcome = 'retry' or p_outcome like 'fail:%' then case
            when p_state = 'pending_deletion' then 'deletion.failed'
            when p_is_successor then 'renewal.failed'
            when p_state = 'pending_validation' then 'validation.failed'
            when p_state = 'pending_issuance' then 'issuance.failed'
            when p_state = 'pending_deployment' then 'deployment.failed' end
        end
$$;
comment on function certwright.certificate_event is 'event type, without its prefix, of a verdict about a pack; null: none';

create or replace function certwright.change_certificate(p_id uuid, p_wakes bigint, p_state text, p_outcome text,
        p_next text, p_rests boolean, p_code text, p_error text, p_changes jsonb)
    returns void language plpgsql as $$
declare
    v certwright.certificate;
    v_event text;
    v_key certwright.key_type;
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
    if p_changes ? 'ca' then
        perform certwright.note_authority(v, p_changes -> 'ca');
    end if;
    if p_changes #>> '{p256,order_url}' is not null or p_changes #>> '{rsa2048,order_url}' is not null then
        perform certwright.count_orders(p_id, p_changes);
    end if;
    foreach v_key in array v.key_types loop
        if p_changes #>> array[v_key::text, 'slot'] is not null then
            perform certwright.take_slot(p_id, v_key);
        end if;
    end loop;
    update certwright.certificate c
        set renew_at = case when p_changes ? 'renew_at'
                then to_timestamp((p_changes ->> 'renew_at')::bigint) else c.renew_at end,
            tried_at = case when p_changes ? 'tried' then certwright.clock_now() else c.tried_at end,
            setback = case when p_changes ? 'setback' then (p_changes ->> 'setback')::json else c.setback end,
            is_delegated = coalesce((p_changes ->> 'delegated')::boolean, c.is_delegated),
            findings = case when p_changes ? 'findings' then (p_changes ->> 'findings')::json else c.findings end
        where id = p_id and p_changes ?| '{renew_at,tried,setback,delegated,findings}';
    if v.status::text <> p_state then
        return;         -- edited meanwhile: schedule() has raised wakes
    end if;
    if p_changes ? 'renew' then
        perform certwright.start_renewal(p_id);
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
    v_event := certwright.certificate_event(p_outcome, p_state, p_next, v.successor_of is not null);
    if v_event is not null then
        perform certwright.emit_event(certwright.hostname_of_pack(v), p_id,
            'ssl.custom_hostname_certificate.' || v_event, p_code, p_error);
    end if;
    if p_next in ('active', 'deleted') then
        delete from certwright.challenge where certificate_id = p_id;
        update certwright.certificate set setback = null, findings = null where id = p_id;
    elsif p_next in ('initializing_timed_out', 'validation_timed_out', 'issuance_timed_out') then
        perform certwright.void_challenges(p_id);       -- its orders are not gone on with
    end if;
    if p_next = 'active' then
        delete from certwright.authority_refusal where certificate_id = p_id;
        perform certwright.attach_successor(p_id);
    end if;
end $$;
comment on function certwright.change_certificate is 'what a verdict changes in a certificate pack';

create or replace function certwright.hostname_of_pack(p certwright.certificate) returns uuid
    language sql stable as $$
    select coalesce(p.custom_hostname_id,
        (select l.custom_hostname_id from certwright.certificate l where l.id = p.successor_of))
$$;
comment on function certwright.hostname_of_pack is 'hostname that a pack, or the pack that it succeeds, is attached to';

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
        where h.id in (select certwright.hostname_of_pack(c) from certwright.certificate c where c.id = any (p_subjects))
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

-- ---- one pack after another ------------------------------------------------

-- Order a successor now, unless one is under way; one that had ended begins
-- anew.  The live pack serves until the successor is proven.
create or replace function certwright.start_renewal(p_pack uuid) returns uuid
    language plpgsql as $$
declare
    v certwright.certificate;
begin
    select s.* into v from certwright.certificate s where s.successor_of = p_pack for no key update;
    if not found then
        insert into certwright.certificate (zone_id, hostname, wildcard, method, type, wanted_authority, bundle_method,
                branding, key_types, settings, successor_of, is_delegated)
            select c.zone_id, c.hostname, c.wildcard, c.method, c.type, c.wanted_authority, c.bundle_method,
                   c.branding, z.key_types, c.settings, c.id, c.is_delegated
            from certwright.certificate c join certwright.zone z on z.id = c.zone_id
            where c.id = p_pack
            returning * into v;
        perform certwright.schedule('certificate', v.id, certwright.clock_now());
    elsif v.status::text like '%\_timed\_out' then
        perform certwright.reissue_pack(v.id);
    end if;
    return v.id;
end $$;
comment on function certwright.start_renewal is 'order the successor of a pack that is served; returns the successor';

-- Take a pack off the edges and forget it, and the successor that it had.
create or replace function certwright.remove_certificate(p_pack uuid) returns void
    language plpgsql as $$
declare
    v_id uuid;
begin
    for v_id in
        update certwright.certificate
            set status = 'pending_deletion', since = certwright.clock_now(), code = null, error = null,
                successor_of = null
            where (id = p_pack or successor_of = p_pack) and status not in ('pending_deletion', 'deleted')
            returning id
    loop
        perform certwright.release_slots(v_id);
        perform certwright.void_challenges(v_id);
        perform certwright.restart('certificate', v_id);
    end loop;
end $$;
comment on function certwright.remove_certificate is 'begin the deletion of a pack';

-- Whose hostname is proven owns the name, its traffic and its place on the edge.
create or replace function certwright.is_taken(p_hostname text, p_id uuid) returns boolean
    language sql stable as $$
    select exists (select from certwright.custom_hostname o
                   where o.hostname = p_hostname and o.status in ('active', 'active_redeploying')
                     and o.id is distinct from p_id)
$$;
comment on function certwright.is_taken is 'does another custom hostname own this name?';

-- Put a pack on the edge again that is, or was, served.
create or replace function certwright.redeploy_pack(p_pack uuid) returns void
    language plpgsql as $$
begin
    update certwright.certificate c
        set status = 'pending_deployment', since = certwright.clock_now(), code = null, error = null
        where c.id = p_pack and c.status = 'active';
    if found then
        perform certwright.restart('certificate', p_pack);
    end if;
end $$;
comment on function certwright.redeploy_pack is 'put a pack on the edge again';

-- The responder has the tokens in memory.
drop function if exists certwright.find_challenge(text, text);
