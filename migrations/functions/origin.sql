-- The fallback origin flow: does the name resolve?  Its subject is the zone.
-- C twins: dcv/origin.c (columns) and scheduler/queue.c (calls).

drop function if exists certwright.due_origin;
create function certwright.due_origin(p_priority bigint, p_shards bigint[], p_marks text[], p_after uuid[],
        p_limit bigint)
    returns table (subject uuid, shard smallint, run_at timestamptz, wakes integer, attempts integer,
                   now bigint, late_ms bigint, since bigint, state certwright.origin_status,
                   code text, name text)
    language sql stable as $$
    select j.subject, j.shard, j.run_at, j.wakes, j.attempts,
           floor(extract(epoch from certwright.clock_now()))::bigint,
           (extract(epoch from certwright.clock_now() - j.run_at) * 1000)::bigint,
           floor(extract(epoch from z.fallback_updated_at))::bigint, z.fallback_status, null::text,
           z.fallback_origin
    from certwright.due_jobs('origin', p_priority, p_shards, p_marks, p_after, p_limit) j
    join certwright.zone z on z.id = j.subject
    where z.fallback_origin is not null
$$;
comment on function certwright.due_origin is 'due fallback origins with all that their steps read';

create or replace function certwright.change_origin(p_id uuid, p_wakes bigint, p_state text, p_next text,
        p_rests boolean, p_error text)
    returns void language plpgsql as $$
begin
    if certwright.was_woken('origin', p_id, p_wakes) then
        return;         -- another name was set meanwhile
    end if;
    if p_next is not null then
        perform certwright.check_edge('origin', p_state, p_next);
    end if;
    update certwright.zone z
        set fallback_status = coalesce(p_next, p_state)::certwright.origin_status,
            fallback_updated_at = certwright.clock_now(),
            fallback_errors = array_remove(array[p_error], null)
        where z.id = p_id and z.fallback_status::text = p_state;
    if found and p_rests then
        perform certwright.rest('origin', p_id, p_wakes);
    end if;
end $$;
comment on function certwright.change_origin is 'what a verdict changes in a fallback origin';

drop function if exists certwright.finish_origin;
create function certwright.finish_origin(p_daemon uuid, p_subjects uuid[], p_shards bigint[],
        p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[],
        p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[],
        p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[],
        out accepted integer, out next_ms bigint)
    language plpgsql as $$
declare
    v record;
    i integer;
begin
    perform from certwright.zone z where z.id = any (p_subjects) order by z.id for no key update;
    select * into v from certwright.apply_verdicts('origin', p_daemon, p_subjects, p_shards, p_epochs,
        p_wakes, p_states, p_outcomes, p_waits, p_tried, p_attempts, p_codes, p_details, p_found, p_took, p_news);
    foreach i in array v.news loop
        perform certwright.change_origin(p_subjects[i], p_wakes[i], p_states[i], p_nexts[i], p_rests[i],
            p_errors[i]);
    end loop;
    accepted := v.accepted;
    next_ms := v.next_ms;
end $$;
comment on function certwright.finish_origin is 'a batch of verdicts about fallback origins, in one transaction';
