-- Jobs of rows that used to rest, or that nobody looked at, before this version.
-- (A value of an enum cannot be used in the transaction that adds it.)

insert into certwright.job (flow, subject, shard, run_at)
    select 'authority', a.id, (get_byte(uuid_send(a.id), 15) & 63)::smallint, certwright.clock_now()
    from certwright.certificate_authority a
    on conflict do nothing;

insert into certwright.job (flow, subject, shard, run_at)
    select 'origin', z.id, (get_byte(uuid_send(z.id), 15) & 63)::smallint, certwright.clock_now()
    from certwright.zone z where z.fallback_status = 'initializing'
    on conflict do nothing;

-- Hostnames and packs that are served were left alone; now hostnames are watched
-- and packs are looked at until their renewal.  There are many: they are routine
-- and come one after another.
insert into certwright.job (flow, subject, shard, run_at, priority)
    select 'hostname', h.id, (get_byte(uuid_send(h.id), 15) & 63)::smallint,
           certwright.clock_now() + random() * interval '1 hour', 1
    from certwright.custom_hostname h where h.status in ('active', 'active_redeploying')
    on conflict do nothing;
insert into certwright.job (flow, subject, shard, run_at, priority)
    select 'certificate', c.id, (get_byte(uuid_send(c.id), 15) & 63)::smallint,
           certwright.clock_now() + random() * interval '1 hour', 1
    from certwright.certificate c where c.status = 'active'
    on conflict do nothing;
