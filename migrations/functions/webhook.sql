-- Webhook endpoints, their secrets, and sending again.

-- An absolute http(s) URL without user, fragment or anything that a parser
-- could read otherwise.
create or replace function certwright.check_webhook_url(p_url text) returns void
    language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
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
end $$;
comment on function certwright.check_webhook_url is 'refuse what is no URL for a webhook';

create or replace function certwright.event_types() returns text[]
    language sql immutable parallel safe as $$
    select '{ssl.custom_hostname_certificate.validation.succeeded,ssl.custom_hostname_certificate.validation.failed,
        ssl.custom_hostname_certificate.issuance.succeeded,ssl.custom_hostname_certificate.issuance.failed,
        ssl.custom_hostname_certificate.deployment.succeeded,ssl.custom_hostname_certificate.deployment.failed,
        ssl.custom_hostname_certificate.deletion.succeeded,ssl.custom_hostname_certificate.deletion.failed,
        ssl.custom_hostname_certificate.renewal.succeeded,ssl.custom_hostname_certificate.renewal.failed,
        ssl.custom_hostname_certificate.renewal.upcoming_certificate_expiration_notification,
        custom_hostname.activated,custom_hostname.moved,custom_hostname.blocked,custom_hostname.deleted,
        custom_hostname.refreshed}'::text[]
$$;
comment on function certwright.event_types is 'every event type';

-- A signing secret (Standard Webhooks 1.0: whsec_ and base64 of 24 to 64
-- bytes) or a plain one, which becomes the value of a header.
create or replace function certwright.check_secret(p_secret text) returns void
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if p_secret like 'whsec\_%' then
        if substr(p_secret, 7) !~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
                or octet_length(decode(substr(p_secret, 7), 'base64')) not between 24 and 64 then
            perform certwright.refuse_member('secret', 'must be whsec_ and base64 of 24 to 64 bytes');
        end if;
    elsif p_secret !~ '^[!-~]([ -~]*[!-~])?$' or octet_length(p_secret) > 1024 then
        perform certwright.refuse_member('secret', 'must be 1 to 1024 printable ASCII characters');
    end if;
end $$;
comment on function certwright.check_secret is 'refuse what cannot be a secret; never repeats it';

create or replace function certwright.make_secret() returns text
    language sql volatile as $$
    -- Two random uuids have 244 random bits; the hash spreads them over 24 bytes.
    select 'whsec_' || encode(substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, 24),
                              'base64')
$$;
comment on function certwright.make_secret is 'a new signing secret';

create or replace function certwright.wanted_webhook(p_body jsonb, p_row certwright.webhook)
    returns certwright.webhook language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
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
end $$;
comment on function certwright.wanted_webhook is 'an endpoint as a body asks for it, or a refusal that names the member';

create or replace function certwright.webhook_object(p_webhook uuid) returns jsonb
    language sql stable as $$
    select jsonb_build_object('id', w.id, 'name', w.name, 'url', w.url, 'event_types', w.event_types,
        'failures', w.failures, 'enabled', w.enabled, 'created_at', certwright.iso_time(w.created_at))
    from certwright.webhook w where w.id = p_webhook
$$;
comment on function certwright.webhook_object is 'an endpoint, without its secrets';

create or replace function certwright.find_webhook(p_zone uuid, p_id uuid) returns certwright.webhook
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v certwright.webhook;
begin
    select * into v from certwright.webhook w where w.zone_id = p_zone and w.id = p_id for no key update;
    if not found then
        perform certwright.raise_error(1400, p_hint => format('there is no webhook %s in zone %s', p_id, p_zone));
    end if;
    return v;
end $$;
comment on function certwright.find_webhook is 'lock an endpoint of a zone';

-- Secrets are in clear from here until a daemon has sealed them.
create or replace function certwright.keep_secret(p_webhook uuid, p_secret text) returns void
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if p_secret like 'whsec\_%' then
        update certwright.webhook w set secret_clear = p_secret where w.id = p_webhook;
    else
        update certwright.webhook w set plain_secret_clear = p_secret where w.id = p_webhook;
    end if;
    perform pg_notify('certwright', 'secrets');
end $$;
comment on function certwright.keep_secret is 'keep a secret for the daemon to seal';

-- A `secret` that begins with whsec_ is the signing secret; any other is the
-- plain secret, and the signing secret is made.
create or replace function certwright.create_webhook(zone uuid, body jsonb) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
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
end $$;
comment on function certwright.create_webhook is 'create an endpoint; only this answer shows its signing secret';

-- A new signing secret rotates: for a day both sign.  `secret` null removes
-- the plain secret.
create or replace function certwright.edit_webhook(zone uuid, id uuid, body jsonb) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
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
end $$;
comment on function certwright.edit_webhook is 'edit an endpoint; members not named stay';

create or replace function certwright.get_webhook(zone uuid, id uuid) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
begin
    return certwright.webhook_object((certwright.find_webhook($1, $2)).id);
end $$;
comment on function certwright.get_webhook is 'an endpoint';

create or replace function certwright.delete_webhook(zone uuid, id uuid) returns jsonb
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
begin
    perform certwright.find_webhook($1, $2);
    delete from certwright.job j using certwright.delivery d
        where d.webhook_id = $2 and d.state = 'pending' and j.flow = 'delivery' and j.subject = d.id;
    delete from certwright.webhook w where w.id = $2;
    return jsonb_build_object('id', $2);
end $$;
comment on function certwright.delete_webhook is 'delete an endpoint with its deliveries';

-- ---- sending again ---------------------------------------------------------

-- Make finished deliveries pending again, the earliest of each hostname first.
-- The caller has locked the hostnames.
create or replace function certwright.revive_deliveries(p_ids uuid[]) returns bigint
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
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
comment on function certwright.revive_deliveries is 'deliver again what was delivered or dead';

create or replace function certwright.redeliver(delivery uuid) returns bigint
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
begin
    perform from certwright.custom_hostname h
        where h.id = (select d.custom_hostname_id from certwright.delivery d where d.id = $1) for no key update;
    perform from certwright.webhook w
        where w.id = (select d.webhook_id from certwright.delivery d where d.id = $1) for no key update;
    return certwright.revive_deliveries(array[$1]);
end $$;
comment on function certwright.redeliver is 'send a delivery again that was delivered or is dead; number of deliveries scheduled';

-- Everything that the endpoint hears, also what happened before it was made.
create or replace function certwright.replay_events(webhook uuid, since timestamptz, until timestamptz) returns bigint
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
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
end $$;
comment on function certwright.replay_events is 'send the events of a span again, as the endpoint hears them; number of deliveries scheduled';

-- ---- sealing, by the daemon ------------------------------------------------

-- What is still in clear.  `previous`: the sealed signing secret that the new
-- one replaces, to be sealed anew as old_secret.
drop function if exists certwright.list_unsealed_secrets;
create function certwright.list_unsealed_secrets()
    returns table (webhook uuid, name text, clear text, previous bytea)
    language sql stable as $$
    select w.id, 'secret', w.secret_clear, w.secret from certwright.webhook w where w.secret_clear is not null
    union all
    select w.id, 'plain_secret', w.plain_secret_clear, null from certwright.webhook w
    where w.plain_secret_clear is not null
$$;
comment on function certwright.list_unsealed_secrets is 'secrets of webhooks that a daemon has to seal';

-- p_clear is what was sealed: if the secret was changed meanwhile, nothing is
-- stored and it is listed again.  p_old: the previous signing secret, sealed
-- as old_secret.
drop function if exists certwright.store_sealed_secret;
create function certwright.store_sealed_secret(p_webhook uuid, p_name text, p_clear text, p_sealed bytea,
        p_old bytea default null)
    returns boolean language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
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
comment on function certwright.store_sealed_secret is 'store a sealed secret and forget the clear one, if it is still the same';
