-- News: what the provider hears, written in the transaction that makes the
-- change.

-- A pack as the events tell of it.  Which members there are depends on the
-- type of the event alone; they are always there.
create or replace function certwright.event_ssl(p_pack uuid, p_type text, p_message text)
    returns jsonb language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
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
$$;
comment on function certwright.event_ssl is 'data.ssl of an event';

create or replace function certwright.event_data(p_hostname uuid, p_pack uuid, p_type text, p_message text)
    returns jsonb language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
    select case when h.id is null then '{}' else jsonb_build_object('id', h.id, 'hostname', h.hostname) end
        || case when p_pack is null
               then jsonb_build_object('status', h.status, 'verification_errors',
                   case when p_message is null then '[]' else jsonb_build_array(p_message) end)
               else jsonb_build_object('ssl', certwright.event_ssl(p_pack, p_type, p_message)) end
        || jsonb_build_object('custom_metadata', h.custom_metadata, 'custom_origin_server', h.custom_origin_server)
    from (select) one left join certwright.custom_hostname h on h.id = p_hostname
$$;
comment on function certwright.event_data is 'data of an event; without hostname for a pack that was attached earlier';

-- Does an endpoint hear this event?  An endpoint of failures "on_change" hears
-- a failure only when the certificate's last news was something else.
create or replace function certwright.is_news(p_hostname uuid, p_before bigint, p_type text, p_reason text)
    returns boolean language sql stable set search_path = certwright, pg_catalog, pg_temp as $$
    select p_type not like '%.failed' or not exists (
        select from (
            select e.type, e.reason from certwright.event e
            where e.custom_hostname_id = p_hostname and e.seq < p_before
              and e.type like 'ssl.custom\_hostname\_certificate.%'
            order by e.seq desc limit 1) last
        where last.type = p_type and last.reason is not distinct from p_reason)
$$;
comment on function certwright.is_news is 'is a failure another one than before?';

-- One delivery per endpoint that hears it.  Only the first pending one of a
-- hostname and endpoint has an alarm: its end sets the alarm of the next.
create or replace function certwright.deliver_event(p_seq bigint) returns integer
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
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
comment on function certwright.deliver_event is 'make the deliveries of an event';

-- The caller has locked the hostname (or the endpoint, without a hostname).
create or replace function certwright.schedule_delivery(p_delivery uuid, p_webhook uuid, p_hostname uuid, p_seq bigint)
    returns void language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
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
comment on function certwright.schedule_delivery is 'deliver at once, unless an earlier one has to go first';

-- Write an event of a hostname, of its pack, or (p_hostname null) of a pack
-- that was attached earlier.  p_reason is a stable code, p_message the words.
create or replace function certwright.emit_event(p_hostname uuid, p_certificate uuid, p_type text,
        p_reason text, p_message text)
    returns void language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
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
comment on function certwright.emit_event is 'write an event and its deliveries, in the transaction of the change';
