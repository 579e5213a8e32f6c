-- The queue: an alarm clock per row, shards leased as a whole, verdicts
-- fenced by the shard's epoch.  C twin: scheduler/queue.c.

-- The last six bits of a random id.
create or replace function certwright.shard_of(subject uuid) returns smallint
    language sql immutable strict parallel safe
    as $$ select (get_byte(uuid_send(subject), 15) & 63)::smallint $$;
comment on function certwright.shard_of is 'shard of a row, 0 to 63';

-- Look at a row at `at`, or earlier if it was to be looked at earlier.  It
-- raises wakes, so that a verdict that is on its way does not lose this.
create or replace function certwright.schedule(p_flow certwright.flow_name, p_subject uuid, p_at timestamptz)
    returns void language plpgsql as $$
begin
    insert into certwright.job as j (flow, subject, shard, run_at)
        values (p_flow, p_subject, certwright.shard_of(p_subject), p_at)
    on conflict (flow, subject) do update
        set run_at = least(j.run_at, excluded.run_at), wakes = j.wakes + 1, priority = 0;
    perform pg_notify('certwright', p_flow::text);
end $$;
comment on function certwright.schedule is 'look at a row at this moment or earlier';

-- A new start of the schedule: due now, no retry used up.
create or replace function certwright.restart(p_flow certwright.flow_name, p_subject uuid)
    returns void language plpgsql as $$
begin
    perform certwright.schedule(p_flow, p_subject, certwright.clock_now());
    update certwright.job set attempts = 0 where flow = p_flow and subject = p_subject;
    delete from certwright.suspect where flow = p_flow and subject = p_subject;
end $$;
comment on function certwright.restart is 'look at a row now and begin its schedule anew';

-- ---- leases ----------------------------------------------------------------

-- Verdicts hold this lock shared, a change of owners holds it alone: no
-- verdict is between its check of the epoch and its commit when an epoch moves.
create or replace function certwright.lock_owners(alone boolean) returns void
    language plpgsql as $$
begin
    if alone then
        perform pg_advisory_xact_lock(1667592820, 1);
    else
        perform pg_advisory_xact_lock_shared(1667592820, 1);
    end if;
end $$;
comment on function certwright.lock_owners is 'keeps verdicts and changes of shard owners apart';

-- Renew this daemon's leases, take what is free or expired up to its fair
-- share of the live daemons, and say what it holds.  Of what it holds beyond
-- its share it is told to give back (after it has drained it).
create or replace function certwright.lease_shards(p_daemon uuid, p_name text)
    returns table (shard smallint, epoch bigint, give_back boolean, unclean boolean, share integer)
    language plpgsql as $$
#variable_conflict use_column
declare
    v_now constant timestamptz := certwright.clock_now();
    v_span constant interval := '30 seconds';
    v_live integer;
    v_share integer;
    v_held integer;
    v_joined boolean;
begin
    perform certwright.lock_owners(true);
    insert into certwright.daemon (id, name) values (p_daemon, p_name)
        on conflict (id) do update set seen_at = v_now
        returning (xmax = 0) into v_joined;
    delete from certwright.daemon where seen_at < v_now - interval '1 hour';
    select count(*) into v_live from certwright.daemon d
        where d.id = p_daemon or d.seen_at > v_now - v_span;
    v_share := ceil(64.0 / v_live);

    update certwright.shard s set lease_until = v_now + v_span where s.owner = p_daemon;
    get diagnostics v_held = row_count;
    update certwright.shard s
        set owner = p_daemon, epoch = s.epoch + 1, lease_until = v_now + v_span,
            unclean = s.unclean or s.owner is not null
        where s.id in (select f.id from certwright.shard f
                       where f.owner is null or (f.owner <> p_daemon and f.lease_until <= v_now)
                       order by f.id limit greatest(v_share - v_held, 0));
    if v_joined and v_live > 1 then
        perform pg_notify('certwright', 'shards');
    end if;
    return query
        select s.id, s.epoch, row_number() over (order by s.id) > v_share, s.unclean, v_share
        from certwright.shard s where s.owner = p_daemon order by s.id;
end $$;
comment on function certwright.lease_shards is 'renew and balance the leases of a daemon';

-- Give back shards that are drained (all of them: p_shards null, when it stops).
create or replace function certwright.release_shards(p_daemon uuid, p_shards bigint[])
    returns void language plpgsql as $$
begin
    perform certwright.lock_owners(true);
    update certwright.shard s set owner = null, lease_until = null, epoch = s.epoch + 1
        where s.owner = p_daemon and (p_shards is null or s.id = any (p_shards));
    if p_shards is null then
        delete from certwright.daemon where id = p_daemon;
    end if;
    perform pg_notify('certwright', 'shards');
end $$;
comment on function certwright.release_shards is 'give back drained shards; null: all, the daemon stops';

-- After an unclean takeover it is written down which jobs are begun.  The
-- first time all are begun together, and that marks none: whoever was beside a
-- job that kills its daemon, or was under way when the machine went down, is
-- not to blame.  A job that was begun so without a verdict is then begun alone,
-- the least marked first, and marked.  From the third mark on it is put aside
-- before it is begun, for 5 seconds, then 10, 20 …: a verdict takes that back.
-- Daemons die of other things too, so ten marks without a verdict are needed
-- until it is parked for good.  Returns those to perform; the others' turn
-- comes when that one is done.
drop function if exists certwright.mark_suspects;
create function certwright.mark_suspects(p_flow certwright.flow_name, p_subjects uuid[], p_may_begin_alone boolean)
    returns table (subject uuid, alone boolean) language plpgsql as $$
#variable_conflict use_column
begin
    with parked as (
        update certwright.job j set run_at = 'infinity'
            from certwright.suspect s
            where s.flow = p_flow and s.subject = any (p_subjects) and s.marks >= 10
              and j.flow = p_flow and j.subject = s.subject and j.run_at < 'infinity'
            returning j.subject, j.attempts)
    insert into certwright.attempt (flow, subject, attempt, at, state, outcome, code, detail, took_ms)
        select p_flow, subject, attempts, certwright.clock_now(), 'unknown', 'parked', 'parked',
               'ten daemons stopped while they worked on this; refresh it to try again', 0
        from parked;
    return query
        with one as (
            update certwright.suspect s set marks = s.marks + 1
                where p_may_begin_alone and s.flow = p_flow and s.subject = (
                    select x.subject from certwright.suspect x
                    where x.flow = p_flow and x.subject = any (p_subjects) and x.marks < 10
                    order by x.marks, x.subject limit 1)
                returning s.subject, s.marks
        ), aside as (
            update certwright.job j
                set run_at = certwright.clock_now() + interval '5 seconds' * 2 ^ (one.marks - 3)
                from one where one.marks >= 3 and j.flow = p_flow and j.subject = one.subject
        ), together as (
            insert into certwright.suspect as s (flow, subject, marks)
                select p_flow, x, 0 from unnest(p_subjects) x order by x
                on conflict (flow, subject) do nothing
                returning s.subject)
        select subject, true from one union all select subject, false from together;
end $$;
comment on function certwright.mark_suspects is 'note jobs before they are performed; parks one that keeps killing its worker';

-- Not while some still wait for their turn alone.
create or replace function certwright.clean_shards(p_daemon uuid) returns void language sql as $$
    update certwright.shard h set unclean = false
        where h.owner = p_daemon and h.unclean
          and not exists (select from certwright.job j
                          join certwright.suspect s on s.flow = j.flow and s.subject = j.subject
                          where j.shard = h.id and j.run_at <= certwright.clock_now())
$$;
comment on function certwright.clean_shards is 'the first pass after a takeover is over';

-- How long until the next job of each flow in these shards, in milliseconds.
create or replace function certwright.next_due(p_shards bigint[])
    returns table (flow certwright.flow_name, wait_ms bigint) language sql stable as $$
    select f.flow, greatest(ceil(extract(epoch from min(j.run_at) - certwright.clock_now()) * 1000), 0)::bigint
    from unnest(enum_range(null::certwright.flow_name)) f (flow)
    cross join unnest(p_shards) s (shard)
    cross join (values (0::smallint), (1::smallint)) p (priority)
    cross join lateral (select run_at from certwright.job
                        where flow = f.flow and shard = s.shard::smallint and priority = p.priority
                          and run_at < 'infinity'
                        order by run_at limit 1) j
    group by f.flow
$$;
comment on function certwright.next_due is 'milliseconds until the next job of each flow';

-- ---- due and finished ------------------------------------------------------

-- The due jobs of some shards, each shard from its mark on, a fair part each.
-- New rows (priority 0) and the routine are read apart: a hundred thousand
-- names that never validate do not keep a new one waiting.
drop function if exists certwright.due_jobs(certwright.flow_name, bigint[], text[], uuid[], bigint);
create or replace function certwright.due_jobs(p_flow certwright.flow_name, p_priority bigint, p_shards bigint[],
        p_marks text[], p_after uuid[], p_limit bigint)
    returns setof certwright.job language sql stable rows 500 as $$
    select j.*
    from unnest(p_shards, p_marks, p_after) as s (shard, mark, after)
    cross join lateral (
        select * from certwright.job
        where flow = p_flow and shard = s.shard::smallint and priority = p_priority::smallint
          and run_at <= certwright.clock_now()
          and (run_at, subject) > (coalesce(s.mark::timestamptz, '-infinity'),
                                   coalesce(s.after, '00000000-0000-0000-0000-000000000000'))
        order by run_at, subject
        limit p_limit / cardinality(p_shards) + 1) j
$$;
comment on function certwright.due_jobs is 'due jobs of some shards from a mark on';

-- What every verdict has in common: the fence, the one UPDATE of the job, the
-- history.  Returns which verdicts (by position) hold news for the row itself
-- and may change it, and whether the row was woken meanwhile.
drop function if exists certwright.apply_verdicts;
create function certwright.apply_verdicts(p_flow certwright.flow_name, p_daemon uuid,
        p_subjects uuid[], p_shards bigint[], p_epochs bigint[], p_wakes bigint[], p_states text[],
        p_outcomes text[], p_waits bigint[], p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[],
        p_found text[], p_took bigint[], p_news boolean[],
        out news integer[], out accepted integer, out next_ms bigint)
    language plpgsql as $$
#variable_conflict use_column
declare
    v_now constant timestamptz := certwright.clock_now();
begin
    perform certwright.lock_owners(false);
    with v as (
        select * from unnest(p_subjects, p_shards, p_epochs, p_wakes, p_states, p_outcomes, p_waits,
                             p_tried, p_attempts, p_codes, p_details, p_found, p_took, p_news)
            with ordinality as v (subject, shard, epoch, wakes, state, outcome, wait, tried, attempts, code,
                                  detail, found, took, news, nth)
    ), done as (
        update certwright.job j
            set attempts = case when j.wakes = v.wakes then v.attempts else j.attempts end,
                run_at = case when j.wakes = v.wakes then v_now + v.wait * interval '1 second' else v_now end,
                ran_at = v_now,
                priority = case when j.wakes = v.wakes then 1 else j.priority end
            from v join certwright.shard s on s.id = v.shard and s.epoch = v.epoch and s.owner = p_daemon
            where j.flow = p_flow and j.subject = v.subject
            returning v.*, j.run_at
    ), history as (
        insert into certwright.attempt (flow, subject, attempt, at, state, outcome, code, detail, found, took_ms)
            select p_flow, subject, tried, v_now, state, outcome,
                   code, detail, found, took
            from done
    )
    select coalesce(array_agg(nth::integer order by nth) filter (where done.news), '{}'), count(*),
           greatest(extract(epoch from min(run_at) - v_now) * 1000, 0)::bigint
        into news, accepted, next_ms
        from done;
    delete from certwright.suspect where flow = p_flow and subject = any (p_subjects);
end $$;
comment on function certwright.apply_verdicts is 'fence, reschedule and record a batch of verdicts';

-- Every change of state that a flow may make; scheduler tables in C say the
-- same, and a test compares them.
create or replace function certwright.flow_edges()
    returns table (flow certwright.flow_name, state text, next text) language sql immutable as $$
    values
        ('hostname'::certwright.flow_name, 'pending', 'active'),
        ('hostname', 'pending', 'moved'),
        ('hostname', 'active', 'moved'),
        ('hostname', 'active_redeploying', 'active'),
        ('hostname', 'moved', 'deleted'),
        ('certificate', 'initializing', 'pending_validation'),
        ('certificate', 'initializing', 'initializing_timed_out'),
        ('certificate', 'pending_validation', 'initializing'),
        ('certificate', 'pending_issuance', 'initializing'),
        ('certificate', 'pending_validation', 'pending_issuance'),
        ('certificate', 'pending_validation', 'validation_timed_out'),
        ('certificate', 'pending_issuance', 'pending_validation'),
        ('certificate', 'pending_issuance', 'pending_deployment'),
        ('certificate', 'pending_issuance', 'issuance_timed_out'),
        ('certificate', 'pending_deployment', 'active'),
        ('certificate', 'pending_deployment', 'deployment_timed_out'),
        ('certificate', 'pending_deletion', 'deleted'),
        ('certificate', 'pending_deletion', 'deletion_timed_out'),
        ('delivery', 'pending', 'delivered'),
        ('delivery', 'pending', 'dead'),
        ('origin', 'initializing', 'active'),
        ('authority', 'broken', 'healthy'),
        ('publication', 'publishing', 'published')
$$;
comment on function certwright.flow_edges is 'every change of state that a flow may make';

create or replace function certwright.check_edge(p_flow certwright.flow_name, p_state text, p_next text)
    returns void language plpgsql as $$
begin
    if not exists (select from certwright.flow_edges() e
                   where e.flow = p_flow and e.state = p_state and e.next = p_next) then
        raise exception 'the % flow may not go from % to %', p_flow, p_state, p_next;
    end if;
end $$;
comment on function certwright.check_edge is 'refuses a change of state that no flow makes';

create or replace function certwright.was_woken(p_flow certwright.flow_name, p_subject uuid, p_wakes bigint)
    returns boolean language sql stable as $$
    select exists (select from certwright.job j where j.flow = p_flow and j.subject = p_subject and j.wakes <> p_wakes)
$$;
comment on function certwright.was_woken is 'was a row woken since a verdict about it was begun?';

-- A row that rests has no alarm; unless somebody woke it meanwhile.
create or replace function certwright.rest(p_flow certwright.flow_name, p_subject uuid, p_wakes bigint)
    returns void language sql as $$
    delete from certwright.job where flow = p_flow and subject = p_subject and wakes = p_wakes
$$;
comment on function certwright.rest is 'take a row''s alarm away';
