-- Values that are pushed to a name server of the provider (RFC 2136): which
-- ones are wanted, and the flow that makes the server have them.
-- C twins: dcv/publication.c (columns) and scheduler/queue.c (calls).
--
-- Verdicts about packs write tokens, and with them publications:
--     custom_hostname (by id) -> jobs of packs -> certificate -> publication -> its job
-- Verdicts about publications wake packs:
--     custom_hostname (by id) -> publication (by id) -> their jobs -> jobs of packs (by id)
-- The two would wait for each other in a circle, were it not for the lock that
-- both begin with: whoever writes tokens has locked the hostname of their pack
-- before, so that two who mean the same publication meet there and never
-- behind.  A publication is locked before its job in any case.

-- The whole name that holds the values of a hostname; null without a
-- delegation domain, or where there is no such name.
create or replace function certwright.publication_name(p_zone uuid, p_hostname text) returns text
    language sql stable as $$
    select n.name
    from certwright.zone z
    cross join lateral (select rtrim(lower(certwright.delegation_target(p_hostname, z.dcv_delegation_id)), '.')) n (name)
    where z.id = p_zone and octet_length(n.name) <= 253
$$;
comment on function certwright.publication_name is 'name in the delegation domain that the values of a hostname are pushed to; null: none';

create or replace function certwright.is_pushing() returns boolean language sql stable as $$
    select certwright.option_value('dcv_domain', null) is not null
       and certwright.option_value('dcv_update_server', null) is not null
$$;
comment on function certwright.is_pushing is 'is there a name server that takes updates?';

-- The values that a CA may look for now.  (A pack has tokens for the name that
-- brands it as well; that is nothing that a customer delegates.)
create or replace function certwright.wanted_values(p_zone uuid, p_hostname text) returns text[]
    language sql stable as $$
    select coalesce(array_agg(distinct n.txt_value), '{}')
    from certwright.certificate c join certwright.challenge n on n.certificate_id = c.id
    where c.zone_id = p_zone and c.hostname = p_hostname and c.method = 'txt'
      and c.status not in ('pending_deletion', 'deletion_timed_out', 'deleted')
      and n.method = 'txt' and n.identifier = p_hostname and n.voided_at is null
$$;
comment on function certwright.wanted_values is 'TXT values of a hostname that are to be published now';

-- The publication of a name, locked.  It may go between two looks at it.
create or replace function certwright.lock_publication(p_zone uuid, p_hostname text, p_name text) returns void
    language plpgsql as $$
begin
    loop
        perform from certwright.publication p where p.name = p_name for no key update;
        if found then
            return;
        end if;
        insert into certwright.publication (zone_id, hostname, name) values (p_zone, p_hostname, p_name)
            on conflict (name) do nothing;
    end loop;
end $$;
comment on function certwright.lock_publication is 'lock the publication of a name, which is made if it is not there';

-- Make what is wanted equal to the tokens there are.  A value is written down
-- before it is pushed, and a value that is wanted again counts as not
-- published: its removal may be on its way.
create or replace function certwright.follow_publication(p_zone uuid, p_hostname text) returns void
    language plpgsql as $$
declare
    v_name constant text := certwright.publication_name(p_zone, p_hostname);
    v_wanted text[];
    v_id uuid;
    v_changed bigint;
    v_count bigint;
begin
    if not certwright.is_pushing() then
        return;
    end if;
    if v_name is not null and certwright.wanted_values(p_zone, p_hostname) <> '{}' then
        perform certwright.lock_publication(p_zone, p_hostname, v_name);
    end if;
    perform from certwright.publication p
        where p.zone_id = p_zone and p.hostname = p_hostname order by p.id for no key update;
    -- Only what is read after the lock is had is sure to be the last.
    v_wanted := certwright.wanted_values(p_zone, p_hostname);
    for v_id in select p.id from certwright.publication p
                where p.zone_id = p_zone and p.hostname = p_hostname order by p.id
    loop
        insert into certwright.publication_value as v (publication_id, value, wanted)
            select p.id, w, true from certwright.publication p cross join unnest(v_wanted) w
            where p.id = v_id and p.name = v_name order by w
            on conflict (publication_id, value) do update set wanted = true, published_at = null where not v.wanted;
        get diagnostics v_changed = row_count;
        update certwright.publication_value v set wanted = false
            from certwright.publication p
            where p.id = v_id and v.publication_id = v_id and v.wanted
              and (p.name is distinct from v_name or v.value <> all (v_wanted));
        get diagnostics v_count = row_count;
        if v_changed + v_count > 0 then
            update certwright.publication p
                set status = 'publishing',
                    since = case when p.status = 'publishing' then p.since else certwright.clock_now() end
                where p.id = v_id;
            perform certwright.restart('publication', v_id);
        end if;
    end loop;
end $$;
comment on function certwright.follow_publication is 'push the tokens that a hostname has now, and take away those that it had';

create or replace function certwright.follow_publications(p_names json) returns void
    language plpgsql as $$
declare
    v record;
begin
    for v in select distinct (n ->> 'zone')::uuid as zone, n ->> 'hostname' as hostname
             from json_array_elements(p_names) n order by 1, 2
    loop
        perform certwright.follow_publication(v.zone, v.hostname);
    end loop;
end $$;
comment on function certwright.follow_publications is 'follow_publication for each {zone, hostname}, each once';

-- Another name server has none of the values.
create or replace function certwright.publish_again(p_hostnames text[]) returns void
    language plpgsql as $$
begin
    if not certwright.is_pushing() then
        return;
    end if;
    perform from certwright.publication p where p.hostname = any (p_hostnames) order by p.id for no key update;
    update certwright.publication_value v set published_at = null
        from certwright.publication p
        where p.hostname = any (p_hostnames) and v.publication_id = p.id and v.published_at is not null;
    update certwright.publication p set status = 'publishing', since = certwright.clock_now()
        where p.hostname = any (p_hostnames) and p.status = 'published';
    perform certwright.restart('publication', p.id)
        from (select id from certwright.publication where hostname = any (p_hostnames) order by id) p;
    perform certwright.follow_publications((
        select coalesce(json_agg(json_build_object('zone', n.zone_id, 'hostname', n.hostname)), '[]')
        from (select c.zone_id, c.hostname from certwright.certificate c
              where c.hostname = any (p_hostnames) and c.method = 'txt'
              union
              select p.zone_id, p.hostname from certwright.publication p where p.hostname = any (p_hostnames)) n));
end $$;
comment on function certwright.publish_again is 'push what these hostnames have to a name server that was set';

-- ---- who is to be followed -----------------------------------------------------

create or replace function certwright.watch_pushed_tokens() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_names json;
begin
    if not certwright.is_pushing() then
        return null;
    end if;
    case tg_op
        when 'INSERT' then
            select json_agg(json_build_object('zone', c.zone_id, 'hostname', c.hostname)) into v_names
                from new_rows n join certwright.certificate c on c.id = n.certificate_id
                where n.method = 'txt' and c.method = 'txt';
        when 'DELETE' then
            select json_agg(json_build_object('zone', c.zone_id, 'hostname', c.hostname)) into v_names
                from old_rows o join certwright.certificate c on c.id = o.certificate_id
                where o.method = 'txt' and c.method = 'txt';
        else
            select json_agg(json_build_object('zone', c.zone_id, 'hostname', c.hostname)) into v_names
                from old_rows o join new_rows n on n.id = o.id
                join certwright.certificate c on c.id = n.certificate_id
                where (o.method, o.txt_value, o.voided_at is null) is distinct from (n.method, n.txt_value, n.voided_at is null)
                  and c.method = 'txt';
    end case;
    if v_names is not null then
        perform certwright.follow_publications(v_names);
    end if;
    return null;
end $$;
comment on function certwright.watch_pushed_tokens is 'push tokens that came, take away those that went';
create or replace trigger challenge_pushed_insert after insert on certwright.challenge
    referencing new table as new_rows for each statement execute function certwright.watch_pushed_tokens();
create or replace trigger challenge_pushed_update after update on certwright.challenge
    referencing old table as old_rows new table as new_rows
    for each statement execute function certwright.watch_pushed_tokens();
create or replace trigger challenge_pushed_delete after delete on certwright.challenge
    referencing old table as old_rows for each statement execute function certwright.watch_pushed_tokens();

-- Tokens go with their pack too, and another method asks for other tokens.
create or replace function certwright.watch_pushed_pack() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    perform certwright.follow_publication(old.zone_id, old.hostname);
    return null;
end $$;
comment on function certwright.watch_pushed_pack is 'take away the tokens of a pack that goes';
create or replace trigger certificate_pushed_update after update of status, method on certwright.certificate
    for each row when (old.method is distinct from new.method
        or (old.method = 'txt' and new.status = 'pending_deletion' and old.status <> 'pending_deletion'))
    execute function certwright.watch_pushed_pack();

create or replace function certwright.watch_gone_packs() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_names json;
begin
    select json_agg(json_build_object('zone', o.zone_id, 'hostname', o.hostname)) into v_names
        from old_rows o where o.method = 'txt';
    if v_names is not null then
        perform certwright.follow_publications(v_names);
    end if;
    return null;
end $$;
comment on function certwright.watch_gone_packs is 'take away the tokens of packs that are forgotten';
create or replace trigger certificate_pushed_delete after delete on certwright.certificate
    referencing old table as old_rows for each statement execute function certwright.watch_gone_packs();

-- ---- the flow ------------------------------------------------------------------

-- Fifty of each at a time: what is left is pushed next.
drop function if exists certwright.due_publication;
create function certwright.due_publication(p_priority bigint, p_shards bigint[], p_marks text[], p_after uuid[],
        p_limit bigint)
    returns table (subject uuid, shard smallint, run_at timestamptz, wakes integer, attempts integer,
                   now bigint, late_ms bigint, since bigint, state certwright.publication_status, code text,
                   name text, adds text, removes text)
    language sql stable as $$
    select j.subject, j.shard, j.run_at, j.wakes, j.attempts,
           floor(extract(epoch from certwright.clock_now()))::bigint,
           (extract(epoch from certwright.clock_now() - j.run_at) * 1000)::bigint,
           floor(extract(epoch from p.since))::bigint, p.status, p.code, p.name,
           (select coalesce(json_agg(v.value), '[]')::text
            from (select v.value from certwright.publication_value v
                  where v.publication_id = p.id and v.wanted and v.published_at is null order by v.value limit 50) v),
           (select coalesce(json_agg(v.value), '[]')::text
            from (select v.value from certwright.publication_value v
                  where v.publication_id = p.id and not v.wanted order by v.value limit 50) v)
    from certwright.due_jobs('publication', p_priority, p_shards, p_marks, p_after, p_limit) j
    join certwright.publication p on p.id = j.subject
$$;
comment on function certwright.due_publication is 'due publications with all that their steps read';

create or replace function certwright.is_published(p_id uuid) returns boolean language sql stable as $$
    select not exists (select from certwright.publication_value v
                       where v.publication_id = p_id and (v.published_at is null or not v.wanted))
$$;
comment on function certwright.is_published is 'has the name server what is wanted, and nothing more of ours?';

-- The changes say what was pushed, which may be something else than what is
-- wanted by now.  Its row is locked.  True: packs may go on.
create or replace function certwright.change_publication(p_id uuid, p_wakes bigint, p_state text, p_next text,
        p_rests boolean, p_code text, p_error text, p_changes jsonb)
    returns boolean language plpgsql as $$
declare
    v_added constant jsonb := coalesce((p_changes ->> 'added')::jsonb, '[]');
    v_removed constant jsonb := coalesce((p_changes ->> 'removed')::jsonb, '[]');
begin
    if p_next is not null then
        perform certwright.check_edge('publication', p_state, p_next);
    end if;
    update certwright.publication_value v set published_at = certwright.clock_now()
        where v.publication_id = p_id and v.wanted and v_added ? v.value;
    delete from certwright.publication_value v
        where v.publication_id = p_id and not v.wanted and v_removed ? v.value;
    if p_rests and not certwright.is_published(p_id) then
        -- something else is wanted by now: its alarm has been set
        update certwright.publication p set code = null, error = null where p.id = p_id;
        perform certwright.schedule('publication', p_id, certwright.clock_now());
    elsif not p_rests then
        update certwright.publication p set code = p_code, error = p_error where p.id = p_id;
    elsif exists (select from certwright.publication_value v where v.publication_id = p_id) then
        update certwright.publication p
            set status = 'published', code = null, error = null,
                since = case when p.status = 'published' then p.since else certwright.clock_now() end
            where p.id = p_id;
        perform certwright.rest('publication', p_id, p_wakes);
    else
        delete from certwright.publication p where p.id = p_id;
        delete from certwright.job j where j.flow = 'publication' and j.subject = p_id;
    end if;
    return v_added <> '[]';
end $$;
comment on function certwright.change_publication is 'what a verdict changes in a publication';

-- Packs that waited for these values look at once.
create or replace function certwright.wake_published(p_publications uuid[]) returns void
    language sql as $$
    select certwright.schedule('certificate', n.id, certwright.clock_now())
    from (select distinct c.id
          from certwright.publication p
          join certwright.certificate c on c.zone_id = p.zone_id and c.hostname = p.hostname
          join certwright.challenge h on h.certificate_id = c.id and h.method = 'txt' and h.voided_at is null
          where p.id = any (p_publications) and c.method = 'txt' and c.status = 'pending_validation'
          order by c.id) n
$$;
comment on function certwright.wake_published is 'let the packs of published names look for their tokens now';

drop function if exists certwright.finish_publication;
create function certwright.finish_publication(p_daemon uuid, p_subjects uuid[], p_shards bigint[],
        p_epochs bigint[], p_wakes bigint[], p_states text[], p_outcomes text[], p_waits bigint[],
        p_tried bigint[], p_attempts bigint[], p_codes text[], p_details text[], p_found text[], p_took bigint[],
        p_news boolean[], p_nexts text[], p_rests boolean[], p_errors text[], p_changes text[],
        out accepted integer, out next_ms bigint)
    language plpgsql as $$
declare
    v record;
    i integer;
    v_published uuid[] := '{}';
begin
    perform from certwright.custom_hostname h
        where (h.zone_id, h.hostname) in (select p.zone_id, p.hostname from certwright.publication p where p.id = any (p_subjects))
        order by h.id for no key update;
    perform from certwright.publication p where p.id = any (p_subjects) order by p.id for no key update;
    select * into v from certwright.apply_verdicts('publication', p_daemon, p_subjects, p_shards, p_epochs,
        p_wakes, p_states, p_outcomes, p_waits, p_tried, p_attempts, p_codes, p_details, p_found, p_took, p_news);
    foreach i in array v.news loop
        if certwright.change_publication(p_subjects[i], p_wakes[i], p_states[i], p_nexts[i], p_rests[i],
                p_codes[i], p_errors[i], coalesce(p_changes[i], '{}')::jsonb) then
            v_published := v_published || p_subjects[i];
        end if;
    end loop;
    perform certwright.wake_published(v_published);
    accepted := v.accepted;
    next_ms := v.next_ms;
end $$;
comment on function certwright.finish_publication is 'a batch of verdicts about publications, in one transaction';

-- Asked by the flow of packs: a token that is on its way is not missing.
create or replace function certwright.is_publishing(p_pack uuid) returns boolean language sql stable as $$
    select exists (
        select from certwright.challenge n
        join certwright.certificate c on c.id = n.certificate_id
        join certwright.publication p on p.zone_id = c.zone_id and p.hostname = c.hostname
        join certwright.publication_value v on v.publication_id = p.id and v.value = n.txt_value
        where n.certificate_id = p_pack and n.method = 'txt' and n.voided_at is null
          and n.created_at > certwright.clock_now() - interval '60 seconds' and n.created_at <= certwright.clock_now()
          and v.wanted and v.published_at is null)
$$;
comment on function certwright.is_publishing is 'is a fresh token of a pack not yet at the name server of the provider?';
