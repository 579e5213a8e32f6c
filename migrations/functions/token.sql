-- Which tokens are published, and what has changed since one looked last: the
-- memory of the responders follows this.  C twin: dcv/follow.c.

-- ---- what is published ---------------------------------------------------------

-- Traffic that comes to us because of one hostname proves nothing for another,
-- but a TXT record belongs to the zone that it was delegated to.
create or replace function certwright.token_entries(p_name text)
    returns table (kind text, key text, value text) language sql stable as $$
    select distinct n.method,
           case n.method when 'http' then n.token else z.dcv_delegation_id end,
           case n.method when 'http' then n.key_authorization else n.txt_value end
    from certwright.challenge n
    join certwright.certificate c on c.id = n.certificate_id
    join certwright.zone z on z.id = c.zone_id
    where n.identifier = p_name and n.voided_at is null
      and (n.expires_at is null or n.expires_at > certwright.clock_now())
      and case n.method
          when 'http' then not exists (       -- is_taken() of hostname_of_pack(), which as calls take ten times as long
              select from certwright.custom_hostname o
              where o.hostname = p_name and o.status in ('active', 'active_redeploying')
                and o.id is distinct from coalesce(c.custom_hostname_id,
                    (select l.custom_hostname_id from certwright.certificate l where l.id = c.successor_of)))
          when 'txt' then c.method = 'txt' else false end
$$;
comment on function certwright.token_entries is 'what is published for a name: http, token, key authorization; or txt, delegation id, TXT value';

-- A name without entries is a row with nulls: no row at all is the end.
create or replace function certwright.list_tokens(p_after text, p_limit bigint)
    returns table (name text, kind text, key text, value text) language sql stable as $$
    select p.identifier, e.kind, e.key, e.value
    from (select distinct n.identifier from certwright.challenge n
          where n.voided_at is null and n.identifier > p_after
          order by n.identifier limit p_limit) p
    left join lateral certwright.token_entries(p.identifier) e on true
    order by p.identifier
$$;
comment on function certwright.list_tokens is 'all that is published, page by page in the order of names';

create or replace function certwright.list_delegations() returns table (id text) language sql stable as $$
    select z.dcv_delegation_id from certwright.zone z order by 1
$$;
comment on function certwright.list_delegations is 'the delegation ids of all zones';

-- ---- what has changed ------------------------------------------------------------

-- p_since is a snapshot that this function gave.  Stable, so that all of it
-- reads by one snapshot, which is the one that it gives: what was written under
-- a transaction that this one cannot see is told to whoever asks with it.  A
-- server that lost transactions (a standby that was promoted, a crash with
-- synchronous_commit off) gives their numbers again: after each new connection
-- everything is to be read.
drop function if exists certwright.token_news(text);
create function certwright.token_news(p_since text)
    returns table (snapshot text, complete boolean, name text, kind text, key text, value text)
    language plpgsql stable as $$
declare
    v_since constant pg_snapshot := p_since;
    v_complete constant boolean := coalesce(
        pg_snapshot_xmax(v_since) <= pg_snapshot_xmax(pg_current_snapshot())
        and pg_snapshot_xmin(v_since) >= (select r.xid from certwright.token_news_pruned r), false);
    v_names text[];
begin
    return query select pg_current_snapshot()::text, v_complete, null, null, null, null;
    if not v_complete then
        return;
    end if;
    v_names := array(select distinct w.name from certwright.token_news w
                     where w.xid >= pg_snapshot_xmin(v_since) and not pg_visible_in_snapshot(w.xid, v_since));
    return query select null, null::boolean, n.name, e.kind, e.key, e.value
        from unnest(v_names) n (name) left join lateral certwright.token_entries(n.name) e on true
        where n.name <> '' order by n.name;
    if '' = any (v_names) then
        return query select null, null::boolean, '', 'delegation', d.id, null from certwright.list_delegations() d;
        if not found then
            return query select null, null::boolean, '', null, null, null;
        end if;
    end if;
end $$;
comment on function certwright.token_news(text) is 'the present snapshot, then what each name has now that changed since an earlier one; incomplete: read everything';

-- Also wakes the followers for tokens that have just expired: nobody wrote
-- anything then.  Nothing is thrown away that a transaction which still runs
-- may precede, else whoever waits for its end would read everything each time.
create or replace function certwright.prune_token_news() returns void language plpgsql as $$
declare
    v_last xid8;
begin
    with gone as (
        delete from certwright.token_news w
            where w.xid < pg_snapshot_xmin(pg_current_snapshot())
              and w.at < certwright.clock_now() - interval '1 hour'
            returning w.xid)
    select g.xid into v_last from gone g order by g.xid desc limit 1;
    update certwright.token_news_pruned r set xid = (v_last::text::bigint + 1)::text::xid8
        where v_last >= r.xid;
    perform certwright.tell_token_news(array(
        select distinct n.identifier from certwright.challenge n
        where n.voided_at is null and n.expires_at <= certwright.clock_now()
          and n.expires_at > certwright.clock_now() - interval '1 day'));
end $$;
comment on function certwright.prune_token_news is 'forget news of more than an hour ago, tell of tokens that expired';

-- ---- who writes the news ---------------------------------------------------------

create or replace function certwright.tell_token_news(p_names text[]) returns void language plpgsql as $$
begin
    if p_names <> '{}' then
        insert into certwright.token_news (name) select n from unnest(p_names) n;
        perform pg_notify('certwright_tokens', 'news');
    end if;
end $$;
comment on function certwright.tell_token_news is 'what is published for these names may have changed';

create or replace function certwright.tell_of_tokens() returns trigger language plpgsql as $$
begin
    perform certwright.tell_token_news(array(
        select distinct n.identifier from changed n where n.voided_at is null));
    return null;
end $$;
comment on function certwright.tell_of_tokens is 'tokens came or went';

-- Most updates say that a token was seen, which is no news.
create or replace function certwright.tell_of_changed_tokens() returns trigger language plpgsql as $$
begin
    perform certwright.tell_token_news(array(
        select distinct d.identifier from (
            (select n.identifier, n.id, n.certificate_id, n.method, n.token, n.key_authorization, n.txt_value, n.expires_at
             from before n where n.voided_at is null
             except
             select n.identifier, n.id, n.certificate_id, n.method, n.token, n.key_authorization, n.txt_value, n.expires_at
             from changed n where n.voided_at is null)
            union all
            (select n.identifier, n.id, n.certificate_id, n.method, n.token, n.key_authorization, n.txt_value, n.expires_at
             from changed n where n.voided_at is null
             except
             select n.identifier, n.id, n.certificate_id, n.method, n.token, n.key_authorization, n.txt_value, n.expires_at
             from before n where n.voided_at is null)) d));
    return null;
end $$;
comment on function certwright.tell_of_changed_tokens is 'tokens changed, or became void';

create or replace trigger challenge_come after insert on certwright.challenge
    referencing new table as changed for each statement execute function certwright.tell_of_tokens();
create or replace trigger challenge_gone after delete on certwright.challenge
    referencing old table as changed for each statement execute function certwright.tell_of_tokens();
create or replace trigger challenge_changed after update on certwright.challenge
    referencing old table as before new table as changed
    for each statement execute function certwright.tell_of_changed_tokens();

-- Also where no token is seen: one may be on its way in a transaction that
-- does not see this one either.
create or replace function certwright.tell_of_name() returns trigger language plpgsql as $$
begin
    perform certwright.tell_token_news(array[coalesce(new.hostname, old.hostname)]);
    return null;
end $$;
comment on function certwright.tell_of_name is 'what a name''s tokens hang on changed: who owns it, the method of its pack';

create or replace trigger custom_hostname_owned after insert on certwright.custom_hostname
    for each row when (new.status in ('active', 'active_redeploying')) execute function certwright.tell_of_name();
create or replace trigger custom_hostname_disowned after delete on certwright.custom_hostname
    for each row when (old.status in ('active', 'active_redeploying')) execute function certwright.tell_of_name();
create or replace trigger custom_hostname_owner_changed after update of status on certwright.custom_hostname
    for each row when ((old.status in ('active', 'active_redeploying')) <> (new.status in ('active', 'active_redeploying')))
    execute function certwright.tell_of_name();
create or replace trigger certificate_method_changed
    after update of method, custom_hostname_id, successor_of on certwright.certificate for each row
    when ((old.method, old.custom_hostname_id, old.successor_of) is distinct from
          (new.method, new.custom_hostname_id, new.successor_of))
    execute function certwright.tell_of_name();

create or replace function certwright.tell_of_delegations() returns trigger language plpgsql as $$
begin
    perform certwright.tell_token_news('{""}');
    return null;
end $$;
comment on function certwright.tell_of_delegations is 'zones came or went';

create or replace trigger zone_delegations after insert or delete or update of dcv_delegation_id on certwright.zone
    for each statement execute function certwright.tell_of_delegations();
