-- CAs that were added before they were looked at.  (A value of an enum cannot be
-- used in the transaction that adds it.)
insert into certwright.job (flow, subject, shard, run_at)
    select 'authority', a.id, (get_byte(uuid_send(a.id), 15) & 63)::smallint, certwright.clock_now()
    from certwright.certificate_authority a
    on conflict do nothing;
