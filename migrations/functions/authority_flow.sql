-- The flow of a CA: what its directory says, and whether it is back after it
-- was down.  C twins: acme/authority.c (columns) and scheduler/queue.c (calls).

drop function if exists certwright.due_authority;
create function certwright.due_authority(p_priority bigint, p_shards bigint[], p_marks text[], p_after uuid[],
        p_limit bigint)
    returns table (subject uuid, shard smallint, run_at timestamptz, wakes integer, attempts integer,
                   now bigint, late_ms bigint, since bigint, state certwright.authority_state, code text,
                   name text, authority text)
    language sql stable as $$
    select j.subject, j.shard, j.run_at, j.wakes, j.attempts,
           floor(extract(epoch from certwright.clock_now()))::bigint,
           (extract(epoch from certwright.clock_now() - j.run_at) * 1000)::bigint,
           floor(extract(epoch from coalesce(a.broken_since, a.created_at)))::bigint,
           certwright.authority_state(a), null::text, a.name,
           certwright.authority_fields(a)::text
    from certwright.due_jobs('authority', p_priority, p_shards, p_marks, p_after, p_limit) j
    join certwright.certificate_authority a on a.id = j.subject
$$;
comment on function certwright.due_authority is 'due CAs with all that their steps read';

create or replace function certwright.authority_state(a certwright.certificate_authority)
    returns certwright.authority_state language sql immutable as $$
    select case when a.broken_since is null then 'healthy' else 'broken' end::certwright.authority_state
$$;
comment on function certwright.authority_state is 'state of a CA';

-- A directory that could be read is an answer, and ends a row of failures.  The
-- schedule in C is that of a healthy CA: whether one that is broken is back is
-- asked at probe_at, unless somebody woke the job meanwhile.  (What was being
-- read while it broke was woken by that, and is no probe.)
create or replace function certwright.change_authority(p_id uuid, p_state text, p_next text, p_code text,
        p_error text, p_changes jsonb)
    returns void language plpgsql as $$
begin
    if p_next is not null then
        perform certwright.check_edge('authority', p_state, p_next);
    end if;
    if p_changes ->> 'meta' is not null then
        update certwright.certificate_authority a
            set meta = (p_changes ->> 'meta')::jsonb, meta_at = certwright.clock_now()
            where a.id = p_id;
    end if;
    if p_next = 'healthy' or p_changes ->> 'meta' is not null then
        perform certwright.note_authority_success(p_id, p_id);
    elsif p_changes ? 'failed' then
        perform certwright.note_authority_failure(p_id, case when p_state = 'broken' then p_id end, p_code, p_error,
                                                  (p_changes ->> 'retry_after')::bigint);
        update certwright.job j set run_at = a.probe_at
            from certwright.certificate_authority a
            where a.id = p_id and a.probe_at is not null and j.flow = 'authority' and j.subject = p_id
              and (p_state = 'healthy' or j.run_at > certwright.clock_now());
    elsif p_code is not null then
        perform certwright.note_authority_error(p_id, p_code, p_error);
    end if;
end $$;
comment on function certwright.change_authority is 'what a verdict changes in a CA';

drop function if exists certwright.finish_authority;
create function certwright.finish_authority(p_daemon uuid, p_subjects uuid[], p_shards bigint[],
        p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[],
        p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[],
        p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[],
        out accepted integer, out next_ms bigint)
    language plpgsql as $$
declare
    v record;
    i integer;
begin
    -- In the order of verdicts about packs, which end with what they say of CAs.
    perform certwright.lock_owners(false);
    perform certwright.lock_authorities();
    select * into v from certwright.apply_verdicts('authority', p_daemon, p_subjects, p_shards, p_epochs,
        p_wakes, p_states, p_outcomes, p_waits, p_tried, p_attempts, p_codes, p_details, p_found, p_took, p_news);
    foreach i in array v.news loop
        perform certwright.change_authority(p_subjects[i], p_states[i], p_nexts[i], p_codes[i], p_errors[i],
            coalesce(p_changes[i], '{}')::jsonb);
    end loop;
    accepted := v.accepted;
    next_ms := v.next_ms;
end $$;
comment on function certwright.finish_authority is 'a batch of verdicts about CAs, in one transaction';

-- The first probe is made when it is due, whatever the job waited for.
create or replace function certwright.watch_broken_authority() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    perform certwright.restart('authority', new.id);
    update certwright.job j set run_at = new.probe_at
        where j.flow = 'authority' and j.subject = new.id;
    return null;
end $$;
comment on function certwright.watch_broken_authority is 'probe a CA whose breaker has opened';
create or replace trigger authority_broke after update of broken_since on certwright.certificate_authority
    for each row when (old.broken_since is null and new.broken_since is not null)
    execute function certwright.watch_broken_authority();

create or replace function certwright.watch_new_authority() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    perform certwright.schedule('authority', new.id, certwright.clock_now());
    return null;
end $$;
comment on function certwright.watch_new_authority is 'read the directory of a new CA';
create or replace trigger authority_added after insert on certwright.certificate_authority
    for each row execute function certwright.watch_new_authority();

create or replace function certwright.forget_authority() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    delete from certwright.job j where j.flow = 'authority' and j.subject = old.id;
    return null;
end $$;
comment on function certwright.forget_authority is 'a CA that is removed has no alarm';
create or replace trigger authority_removed after delete on certwright.certificate_authority
    for each row execute function certwright.forget_authority();
