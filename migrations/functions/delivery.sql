-- The delivery flow: one event for one endpoint.
-- C twins: webhooks/delivery.c (columns) and scheduler/queue.c (calls).

drop function if exists certwright.due_delivery;
create function certwright.due_delivery(p_priority bigint, p_shards bigint[], p_marks text[], p_after uuid[],
        p_limit bigint)
    returns table (subject uuid, shard smallint, run_at timestamptz, wakes integer, attempts integer,
                   now bigint, late_ms bigint, since bigint, state certwright.delivery_state, code text,
                   event_id uuid, url text, body text, webhook_id uuid, secret text, old_secret text,
                   plain_secret text, enabled text)
    language sql stable as $$
    select j.subject, j.shard, j.run_at, j.wakes, j.attempts,
           floor(extract(epoch from certwright.clock_now()))::bigint,
           (extract(epoch from certwright.clock_now() - j.run_at) * 1000)::bigint,
           floor(extract(epoch from d.since))::bigint, d.state, d.code,
           e.id, w.url, e.body::text, w.id,
           case when w.plain_secret_clear is null then translate(encode(w.secret, 'base64'), E'\n', '') end,
           case when w.old_secret_until > certwright.clock_now()
               then translate(encode(w.old_secret, 'base64'), E'\n', '') end,
           translate(encode(w.plain_secret, 'base64'), E'\n', ''),
           w.enabled::text
    from certwright.due_jobs('delivery', p_priority, p_shards, p_marks, p_after, p_limit) j
    join certwright.delivery d on d.id = j.subject
    join certwright.event e on e.seq = d.event_seq
    join certwright.webhook w on w.id = d.webhook_id
$$;
comment on function certwright.due_delivery is 'due deliveries with all that their steps read';

create or replace function certwright.change_delivery(p_id uuid, p_wakes bigint, p_state text, p_next text,
        p_code text, p_error text, p_changes jsonb)
    returns void language plpgsql as $$
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
comment on function certwright.change_delivery is 'what a verdict changes in a delivery';

drop function if exists certwright.finish_delivery;
create function certwright.finish_delivery(p_daemon uuid, p_subjects uuid[], p_shards bigint[],
        p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[],
        p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[],
        p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[],
        out accepted integer, out next_ms bigint)
    language plpgsql as $$
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
comment on function certwright.finish_delivery is 'a batch of verdicts about deliveries, in one transaction';
