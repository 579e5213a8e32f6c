-- The custom hostname flow: what its steps read, and what their verdicts do.
-- C twins: dcv/hostname.c (columns) and scheduler/queue.c (calls).

drop function if exists certwright.due_hostname;
create function certwright.due_hostname(p_shards bigint[], p_marks text[], p_after uuid[], p_limit bigint)
    returns table (subject uuid, shard smallint, run_at timestamptz, wakes integer, attempts integer,
                   now bigint, late_ms bigint, since bigint, state certwright.hostname_status, code text,
                   name text, targets text, proof_name text, proof text)
    language sql stable as $$
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
comment on function certwright.due_hostname is 'due hostnames with all that their steps read';

-- The row of one verdict.
create or replace function certwright.change_hostname(p_id uuid, p_wakes bigint, p_state text, p_outcome text,
        p_next text, p_rests boolean, p_code text, p_error text)
    returns void language plpgsql as $$
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
comment on function certwright.change_hostname is 'what a verdict changes in a custom hostname';

drop function if exists certwright.finish_hostname;
create function certwright.finish_hostname(p_daemon uuid, p_subjects uuid[], p_shards bigint[],
        p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[],
        p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[],
        p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[],
        out accepted integer, out next_ms bigint)
    language plpgsql as $$
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
comment on function certwright.finish_hostname is 'a batch of verdicts about custom hostnames, in one transaction';
