-- The custom hostname flow: what its steps read, and what their verdicts do.
-- C twins: dcv/hostname.c (columns) and scheduler/queue.c (calls).

drop function if exists certwright.due_hostname;
create function certwright.due_hostname(p_priority bigint, p_shards bigint[], p_marks text[], p_after uuid[],
        p_limit bigint)
    returns table (subject uuid, shard smallint, run_at timestamptz, wakes integer, attempts integer,
                   now bigint, late_ms bigint, since bigint, state certwright.hostname_status, code text,
                   name text, targets text, prefixes text, proof_name text, proof text, proof_url text,
                   user_agent text, findings text, pointed text, watch_for text)
    language sql stable as $$
    -- the options once, not for each row
    with o as materialized (
        select certwright.option_value('ownership_txt_label', '_cf-custom-hostname') as label,
               certwright.option_value('http_port', '80') as http_port,
               certwright.option_value('ownership_user_agent',
                                       'Cloudflare Custom Hostname Verification') as user_agent,
               extract(epoch from certwright.option_value('watch_every', '4h')::interval)::bigint::text as watch_for)
    select j.subject, j.shard, j.run_at, j.wakes, j.attempts,
           floor(extract(epoch from certwright.clock_now()))::bigint,
           (extract(epoch from certwright.clock_now() - j.run_at) * 1000)::bigint,
           floor(extract(epoch from h.since))::bigint, h.status, h.code,
           h.hostname,
           -- the same for all hostnames of a zone, but where a target is a wildcard
           case when array_to_string(z.cname_targets, ' ') like '%*.%'
               then array_to_string(certwright.hostname_targets(z, h.hostname), ' ')
               else array_to_string(array_append(z.cname_targets, z.fallback_origin), ' ') end,
           array_to_string(z.apex_prefixes, ' '),
           o.label || '.' || h.hostname,
           h.ownership_value::text,
           certwright.ownership_url(h.hostname, h.id, o.http_port),
           o.user_agent,
           h.findings::text,
           h.points_here::text,
           o.watch_for
    from certwright.due_jobs('hostname', p_priority, p_shards, p_marks, p_after, p_limit) j
    join certwright.custom_hostname h on h.id = j.subject
    join certwright.zone z on z.id = h.zone_id
    cross join o
$$;
comment on function certwright.due_hostname is 'due hostnames with all that their steps read';

-- Where the HTTP proof has to be; the documented URL has no port.
create or replace function certwright.ownership_url(p_hostname text, p_id uuid, p_port text) returns text
    language sql immutable as $$
    select 'http://' || p_hostname || case p_port when '80' then '' else ':' || p_port end
        || '/.well-known/cf-custom-hostname-challenge/' || p_id
$$;
comment on function certwright.ownership_url is 'URL that proves ownership by HTTP';

-- What the look saw, whatever became of the row.
create or replace function certwright.note_look(p_id uuid, p_changes jsonb) returns void
    language sql as $$
    update certwright.custom_hostname h
        set findings = case when p_changes ? 'findings' then (p_changes ->> 'findings')::json else h.findings end,
            points_here = case when p_changes ? 'points_here'
                               then (p_changes ->> 'points_here')::boolean else h.points_here end
        where h.id = p_id and p_changes ?| '{findings,points_here}'
$$;
comment on function certwright.note_look is 'write down what a look at a hostname saw';

-- The last one validated owns the name: who had it, in another zone, has moved.
-- The edge may serve the other zone's certificates: ours are put there again.
create or replace function certwright.take_over(p_id uuid, p_name text) returns void
    language plpgsql as $$
declare
    v_loser uuid;
begin
    for v_loser in
        update certwright.custom_hostname
            set status = 'moved', since = certwright.clock_now(), modified_at = certwright.clock_now(),
                code = 'taken_over', error = 'another zone has validated this hostname', points_here = false
            where hostname = p_name and status in ('active', 'active_redeploying') and id <> p_id
            returning id
    loop
        perform certwright.restart('hostname', v_loser);
        perform certwright.emit_event(v_loser, null, 'custom_hostname.moved', 'taken_over', null);
        perform certwright.redeploy_pack(c.id) from certwright.certificate c
            where c.custom_hostname_id = p_id and c.status = 'active';
    end loop;
end $$;
comment on function certwright.take_over is 'the hostname takes its name from the zone that had it';

-- The row of one verdict.  `error` of the changes are the documented words;
-- the error of the verdict itself says more and stands in the history.
drop function if exists certwright.change_hostname(uuid, bigint, text, text, text, boolean, text, text);
create or replace function certwright.change_hostname(p_id uuid, p_wakes bigint, p_state text, p_outcome text,
        p_next text, p_rests boolean, p_code text, p_error text, p_changes jsonb)
    returns void language plpgsql as $$
declare
    v_name text;
    v_error constant text := certwright.changed(p_changes, 'error', p_error);
begin
    perform certwright.note_look(p_id, p_changes);
    if p_next is null then
        update certwright.custom_hostname set code = p_code, error = v_error
            where id = p_id and status::text = p_state
              and not (p_outcome = 'wait' and p_error is null)
              and (code, error) is distinct from (p_code, v_error);
        return;
    end if;
    perform certwright.check_edge('hostname', p_state, p_next);
    select hostname into v_name from certwright.custom_hostname
        where id = p_id and status::text = p_state for no key update;
    if not found or (p_next in ('moved', 'deleted') and certwright.was_woken('hostname', p_id, p_wakes)) then
        return;         -- edited or refreshed meanwhile: it is looked at again
    end if;
    if p_state = 'pending' and p_next = 'active' then
        if certwright.is_held(v_name) then
            perform certwright.block_hostname(p_id);    -- held while it was looked at
            return;
        end if;
        perform certwright.take_over(p_id, v_name);
    end if;
    update certwright.custom_hostname
        set status = p_next::certwright.hostname_status, since = certwright.clock_now(),
            modified_at = certwright.clock_now(), code = p_code, error = v_error
        where id = p_id;
    if p_rests then
        perform certwright.rest('hostname', p_id, p_wakes);
    end if;
    perform certwright.emit_event(p_id, null, 'custom_hostname.' || case p_next when 'active' then 'activated'
        else p_next end, p_code, v_error);
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
    -- One name is validated in one transaction at a time.
    perform pg_advisory_xact_lock(x.key) from (
        select distinct hashtextextended(h.hostname, 0) as key
        from unnest(p_subjects, p_nexts) as n (subject, next)
        join certwright.custom_hostname h on h.id = n.subject
        where n.next = 'active' order by 1) x;
    -- An edit locks the hostname, then its alarm; so do we.  With it those that
    -- lose their name.
    perform from certwright.custom_hostname h
        where h.id = any (array(
            select n.subject from unnest(p_subjects, p_news) as n (subject, news) where n.news
            union
            select o.id from unnest(p_subjects, p_nexts) as n (subject, next)
            join certwright.custom_hostname w on w.id = n.subject
            join certwright.custom_hostname o on o.hostname = w.hostname
                and o.status in ('active', 'active_redeploying')
            where n.next = 'active'))
        order by h.id for no key update;
    select * into v from certwright.apply_verdicts('hostname', p_daemon, p_subjects, p_shards, p_epochs,
        p_wakes, p_states, p_outcomes, p_waits, p_tried, p_attempts, p_codes, p_details, p_found, p_took, p_news);
    foreach i in array v.news loop
        perform certwright.change_hostname(p_subjects[i], p_wakes[i], p_states[i], p_outcomes[i], p_nexts[i],
            p_rests[i], p_codes[i], p_errors[i], coalesce(p_changes[i], '{}')::jsonb);
    end loop;
    accepted := v.accepted;
    next_ms := v.next_ms;
end $$;
comment on function certwright.finish_hostname is 'a batch of verdicts about custom hostnames, in one transaction';
