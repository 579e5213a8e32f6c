-- Budgets: what a CA admits, debited before it is asked.
--
-- A bucket is one timestamp (GCRA): full_at, when it is full again.  Taking one
-- at t is admitted from full_at - (burst - 1) * refill on, and moves full_at to
-- max(t, full_at) + refill.  Who comes while it is empty gets a slot in the
-- future at once, and nobody gets the same: ten thousand that wait do not come
-- back together.
--
-- Buckets lie in one another: a set of names in its registered domain, that in
-- the account.  A slot that a narrow one puts off (the sixth order for the
-- same names, 34 hours from now) must not close the wide one until then, and
-- must still find room in it: it is booked there and taken from it in its time.

-- One lock for all CAs: a transaction writes verdicts about several, and locks
-- that each took for its CAs in an order of its own would block each other for
-- good.  It is taken after the rows of hostnames and packs.
create or replace function certwright.lock_authorities() returns void
    language sql as $$ select pg_advisory_xact_lock(1667592820, 3) $$;
comment on function certwright.lock_authorities is 'until the end of the transaction nobody else changes budgets or health';

-- Orders do not reach the CA at their slots but a little later, and not all by
-- the same time.  Whatever is not later than this finds room.
create or replace function certwright.slot_lasts() returns interval
    language sql immutable parallel safe as $$ select interval '1 minute' $$;
comment on function certwright.slot_lasts is 'how long after its slot an order may be sent';

-- ---- limits ----------------------------------------------------------------

create or replace function certwright.set_rate_limits(p_authority uuid, p_limits text) returns void
    language plpgsql as $$
begin
    if p_limits is null or p_limits not in ('published', 'none') then
        raise exception 'rate limits are "published" or "none"';
    end if;
    perform certwright.lock_authorities();
    delete from certwright.rate_limit where authority_id = p_authority;
    if p_limits = 'published' then
        -- Let's Encrypt's, the only ones that are published.
        insert into certwright.rate_limit (authority_id, kind, burst, refill)
            values (p_authority, 'order', 300, interval '36 seconds'),
                   (p_authority, 'domain', 50, interval '202 minutes'),
                   (p_authority, 'exact_set', 5, interval '34 hours'),
                   (p_authority, 'failure', 5, interval '12 minutes');
    end if;
end $$;
comment on function certwright.set_rate_limits is 'published: the CA has the limits that Let''s Encrypt publishes; none: it has none but the provider''s own';

-- C twin: the known names in cli/command/ca.c.
create or replace function certwright.default_rate_limits(p_name text, p_directory text) returns text
    language sql immutable as $$
    select case when (p_name, p_directory) in (
            ('google', 'https://dv.acme-v02.api.pki.goog/directory'),
            ('lets_encrypt', 'https://acme-v02.api.letsencrypt.org/directory'),
            ('ssl_com', 'https://acme.ssl.com/sslcom-dv-ecc'),
            ('ssl_com', 'https://acme.ssl.com/sslcom-dv-rsa'))
        then 'published' else 'none' end
$$;
comment on function certwright.default_rate_limits is 'limits of a CA that nothing else is said of: published where it is known and at its published directory';

-- The provider's own limit is a promise about any hour: never more than n.  So
-- what is at once (a tenth) is missing from what trickles in.
create or replace function certwright.own_limit(p_orders_per_hour integer)
    returns table (burst integer, refill interval) language sql immutable rows 1 as $$
    select b, interval '1 hour' / (p_orders_per_hour - b + 1)
    from (select greatest(p_orders_per_hour / 10, 1)) s (b) where p_orders_per_hour is not null
$$;
comment on function certwright.own_limit is 'bucket that never gives more than so many orders in an hour';

-- ---- buckets ---------------------------------------------------------------

create or replace function certwright.rate_key(p_kind certwright.rate_kind, p_hostname text, p_wildcard boolean)
    returns text language sql stable as $$
    select case p_kind
        when 'domain' then coalesce(certwright.registered_domain(p_hostname), p_hostname)
        when 'exact_set' then p_hostname || case when p_wildcard then ',*.' || p_hostname else '' end
        when 'failure' then p_hostname
        else '' end
$$;
comment on function certwright.rate_key is 'whose bucket of a kind it is';

-- Asked before anything else: most calls are about CAs without limits.  One
-- without a limit has buckets if a 429 closed them.
create or replace function certwright.has_buckets(p_authority uuid) returns boolean
    language plpgsql stable as $$
begin
    return exists (select from certwright.rate_limit r where r.authority_id = p_authority)
        or exists (select from certwright.certificate_authority a
                   where a.id = p_authority and a.orders_per_hour is not null)
        or exists (select from certwright.rate_bucket b where b.authority_id = p_authority);
end $$;
comment on function certwright.has_buckets is 'does a CA admit less than anything?';

-- The buckets that an order has to do with, from wide to narrow.  Failures are
-- no part of an order, but without room for one the CA refuses it.  (plpgsql
-- keeps the plan, `materialized` the keys: the public suffix list is slow.  The
-- plan must not depend on how large a table is thought to be: its rows come by
-- the thousand in an hour.)
create or replace function certwright.rate_states(p_authority uuid, p_hostname text, p_wildcard boolean)
    returns setof certwright.rate_state language plpgsql stable rows 5 as $$
begin
    return query with l as (
        select r.kind, r.burst, make_interval(secs => extract(epoch from r.refill)::float8) as refill
        from certwright.rate_limit r where r.authority_id = p_authority
        union all
        select 'own', o.burst, o.refill
        from certwright.certificate_authority a cross join lateral certwright.own_limit(a.orders_per_hour) o
        where a.id = p_authority
    ), y as materialized (
        select k.kind, k.level, certwright.rate_key(k.kind, p_hostname, p_wildcard) as key,
               l.burst, l.refill, certwright.slot_lasts() * k.is_the_ca_s::integer as spare
        from (values ('order'::certwright.rate_kind, 1, true), ('own', 1, false), ('domain', 2, true),
                     ('exact_set', 3, true), ('failure', 4, true)) k (kind, level, is_the_ca_s)
        left join l on l.kind = k.kind
        -- Without a limit a 429 may have closed it.
        where l.kind is not null or (k.kind <> 'own' and (
            select e.key from certwright.rate_bucket e where e.authority_id = p_authority and e.kind = k.kind
            order by e.key limit 1) is not null)
    )
    select y.kind, y.key, y.level, y.burst, y.refill, y.spare,
           coalesce(b.full_at, '-infinity'), coalesce(b.base_at, '-infinity'), coalesce(b.taken, '{}'), b.closed_until,
           array(select n.at from certwright.rate_booking n
                 where n.authority_id = p_authority and n.kind = y.kind and n.key = y.key order by n.at)
    from y left join lateral (
        select * from certwright.rate_bucket r
        where r.authority_id = p_authority and r.kind = y.kind and r.key = y.key limit 1) b on true;
end $$;
comment on function certwright.rate_states is 'the buckets of an order: limits, what was taken, what is booked';

-- The first moment from p_from on at which one may be taken from a bucket and
-- all that is booked later still finds room.
create or replace function certwright.bucket_slot(p certwright.rate_state, p_from timestamptz) returns timestamptz
    language plpgsql immutable as $$
declare
    v_room constant interval := (p.burst - 1) * p.refill - p.spare;
    v_slot timestamptz := greatest(p_from, p.closed_until, p.full_at - v_room);
    v_full timestamptz := p.full_at;    -- without the one that is looked for
    v_with timestamptz;                 -- with it
    v timestamptz;
begin
    if p.burst is null then
        return greatest(p_from, p.closed_until);
    end if;
    foreach v in array p.bookings loop
        if v > v_slot then
            v_with := greatest(coalesce(v_with, greatest(v_slot, v_full) + p.refill), v);
            exit when v_with = v;                       -- full again: what follows feels nothing
            if v_with - v_room <= v then
                v_with := v_with + p.refill;
                v_full := greatest(v_full, v) + p.refill;
                continue;
            end if;
        end if;
        v_full := greatest(v_full, v) + p.refill;
        v_slot := greatest(v_slot, v, v_full - v_room);
        v_with := null;
    end loop;
    return v_slot;
end $$;
comment on function certwright.bucket_slot is 'the first moment at which a bucket has room';

-- What one bucket puts off may fall on bookings of another.
create or replace function certwright.common_slot(p certwright.rate_state[], p_level integer, p_from timestamptz)
    returns timestamptz language plpgsql immutable as $$
declare
    v_slot timestamptz := p_from;
    v_before timestamptz;
    v certwright.rate_state;
begin
    loop
        v_before := v_slot;
        foreach v in array p loop
            if v.level <= p_level then
                v_slot := certwright.bucket_slot(v, v_slot);
            end if;
        end loop;
        exit when v_slot = v_before;
    end loop;
    return v_slot;
end $$;
comment on function certwright.common_slot is 'the first moment at which all buckets down to a level have room';

-- Write down that one was taken at each of these moments, in this order.  The
-- last twenty are remembered, so that they can be given back.
create or replace function certwright.take_from_bucket(p_authority uuid, p certwright.rate_state, p_slots timestamptz[])
    returns void language plpgsql as $$
declare
    v timestamptz;
begin
    foreach v in array p_slots loop
        if p.full_at <= v then
            p.base_at := p.full_at;     -- it was full: what was before is over
            p.taken := '{}';
        elsif cardinality(p.taken) = 20 then
            p.base_at := greatest(p.base_at, p.taken[1]) + p.refill;
            p.taken := p.taken[2:];
        end if;
        p.taken := p.taken || v;
        p.full_at := greatest(p.full_at, v) + p.refill;
    end loop;
    insert into certwright.rate_bucket as b (authority_id, kind, key, full_at, base_at, taken)
        values (p_authority, p.kind, p.key, p.full_at, p.base_at, p.taken)
        on conflict (authority_id, kind, key) do update
            set full_at = excluded.full_at, base_at = excluded.base_at, taken = excluded.taken;
end $$;
comment on function certwright.take_from_bucket is 'take one from a bucket at each of these moments';

-- Take one at p_slot; or book it, where that is later than the bucket itself
-- asks for.  Bookings whose time has come are taken before it.
create or replace function certwright.debit_bucket(p_authority uuid, p certwright.rate_state, p_slot timestamptz,
        p_is_late boolean) returns void language plpgsql as $$
declare
    v_until constant timestamptz := case when p_is_late then certwright.clock_now() else p_slot end;
    v_slots timestamptz[] := '{}';
begin
    if cardinality(p.bookings) > 0 then
        v_slots := array(select b from unnest(p.bookings) b where b <= v_until order by b);
        delete from certwright.rate_booking n
            where n.authority_id = p_authority and n.kind = p.kind and n.key = p.key and n.at <= v_until;
    end if;
    if p_is_late then
        insert into certwright.rate_booking (authority_id, kind, key, at) values (p_authority, p.kind, p.key, p_slot);
    else
        v_slots := v_slots || p_slot;
    end if;
    if cardinality(v_slots) > 0 then
        perform certwright.take_from_bucket(p_authority, p, v_slots);
    end if;
end $$;
comment on function certwright.debit_bucket is 'take one from a bucket at a moment, or book it';

-- ---- orders ----------------------------------------------------------------

create or replace function certwright.order_possible_at(p_authority uuid, p_hostname text, p_wildcard boolean)
    returns timestamptz language plpgsql stable as $$
begin
    if not certwright.has_buckets(p_authority) then
        return certwright.clock_now();
    end if;
    return certwright.common_slot(array(select s from certwright.rate_states(p_authority, p_hostname, p_wildcard) s), 4,
        certwright.clock_now());
end $$;
comment on function certwright.order_possible_at is 'when the next order for these names would be admitted; takes nothing';

-- Called by whoever writes down that an order will be made, in the same
-- transaction.
create or replace function certwright.reserve_order(p_authority uuid, p_hostname text, p_wildcard boolean)
    returns timestamptz language plpgsql as $$
declare
    v_states certwright.rate_state[];
    v certwright.rate_state;
    v_slots timestamptz[] := '{}';      -- as the levels down to this one ask for
    v_slot timestamptz := certwright.clock_now();
begin
    if not certwright.has_buckets(p_authority) then
        return v_slot;
    end if;
    perform certwright.lock_authorities();
    v_states := array(select s from certwright.rate_states(p_authority, p_hostname, p_wildcard) s);
    for i in 1..4 loop
        v_slot := certwright.common_slot(v_states, i, v_slot);
        v_slots := v_slots || v_slot;
    end loop;
    foreach v in array v_states loop
        if v.level < 4 and v.burst is not null then
            perform certwright.debit_bucket(p_authority, v, v_slot, v_slot > v_slots[v.level]);
        end if;
    end loop;
    return v_slot;
end $$;
comment on function certwright.reserve_order is 'take an order from all budgets: the slot at which it may be sent, now or later';

-- The CA may have changed its mind since the slot was given.  A slot that
-- passed is not made up for: many that were held up would come together.
create or replace function certwright.slot_holds(p_authority uuid, p_hostname text, p_wildcard boolean,
        p_slot timestamptz) returns boolean language plpgsql stable as $$
declare
    v_now constant timestamptz := certwright.clock_now();
begin
    if p_slot is null or p_slot > v_now or v_now > p_slot + certwright.slot_lasts() then
        return false;
    end if;
    return not certwright.has_buckets(p_authority) or not exists (
        select from certwright.rate_states(p_authority, p_hostname, p_wildcard) s
        where s.closed_until > v_now or (s.kind = 'failure' and certwright.bucket_slot(s, p_slot) > v_now));
end $$;
comment on function certwright.slot_holds is 'may the order of a reserved slot be sent now?';

-- A booking is just gone.  Of what was taken, the last twenty are known: the
-- bucket becomes what it were without this one.  An older one is lost; that one
-- simply comes off would be too much if the bucket had been full without it.
create or replace function certwright.release_order(p_authority uuid, p_hostname text, p_wildcard boolean,
        p_slot timestamptz) returns void language plpgsql as $$
declare
    v certwright.rate_state;
    v_nth integer;
    v_others timestamptz[];
begin
    if not certwright.has_buckets(p_authority) then
        return;
    end if;
    perform certwright.lock_authorities();
    for v in select s.* from certwright.rate_states(p_authority, p_hostname, p_wildcard) s
            where s.level < 4 and s.burst is not null loop
        v_nth := array_position(v.taken, p_slot);
        if v_nth is not null then
            v_others := v.taken[:v_nth - 1] || v.taken[v_nth + 1:];
            v.full_at := v.base_at;
            v.taken := '{}';
            perform certwright.take_from_bucket(p_authority, v, v_others);
        else
            delete from certwright.rate_booking n where n.ctid = (
                select m.ctid from certwright.rate_booking m
                where m.authority_id = p_authority and m.kind = v.kind and m.key = v.key and m.at = p_slot limit 1);
        end if;
    end loop;
end $$;
comment on function certwright.release_order is 'give a reserved slot back that was not used and will not be';

-- ---- what the CA says ------------------------------------------------------

-- Boulder's words; a CA that says nothing means us.
create or replace function certwright.rate_kind_of(p_detail text) returns certwright.rate_kind
    language sql immutable as $$
    select case
        when p_detail ~* 'exact set' then 'exact_set'
        when p_detail ~* 'failed (authorization|validation)|temporarily prevented from requesting' then 'failure'
        when p_detail ~* 'already issued for' then 'domain'
        else 'order' end::certwright.rate_kind
$$;
comment on function certwright.rate_kind_of is 'the limit that the text of a 429 names';

create or replace function certwright.note_rate_limited(p_authority uuid, p_hostname text, p_wildcard boolean,
        p_detail text, p_retry_after bigint) returns void language plpgsql as $$
declare
    v_kind constant certwright.rate_kind := certwright.rate_kind_of(p_detail);
    v_key constant text := certwright.rate_key(v_kind, p_hostname, p_wildcard);
    v_until constant timestamptz := certwright.clock_now()
        + interval '1 second' * least(coalesce(nullif(greatest(p_retry_after, 0), 0), 3600), 86400);
    v_full timestamptz;
begin
    perform certwright.lock_authorities();
    insert into certwright.rate_bucket as b (authority_id, kind, key, closed_until)
        values (p_authority, v_kind, v_key, v_until)
        on conflict (authority_id, kind, key) do update
            set closed_until = greatest(b.closed_until, excluded.closed_until);
    -- It was emptier than we thought: then there will be one, and no more.
    select v_until + (l.burst - 1) * l.refill - certwright.slot_lasts() into v_full
        from certwright.rate_limit l where l.authority_id = p_authority and l.kind = v_kind;
    update certwright.rate_bucket b set full_at = v_full, base_at = v_full, taken = '{}'
        where b.authority_id = p_authority and b.kind = v_kind and b.key = v_key and b.full_at < v_full;
end $$;
comment on function certwright.note_rate_limited is 'a 429: the bucket that it names is empty until then, an hour unless the CA says';

create or replace function certwright.note_failed_validation(p_authority uuid, p_hostname text) returns void
    language plpgsql as $$
declare
    v certwright.rate_state;
begin
    perform certwright.lock_authorities();
    select * into v from certwright.rate_states(p_authority, p_hostname, false) s where s.kind = 'failure';
    if v.burst is not null then
        perform certwright.debit_bucket(p_authority, v, certwright.clock_now(), false);
    end if;
end $$;
comment on function certwright.note_failed_validation is 'the CA looked and did not find what it wanted';

create or replace function certwright.validation_possible_at(p_authority uuid, p_hostname text) returns timestamptz
    language sql stable as $$
    select coalesce(max(certwright.bucket_slot(s, certwright.clock_now())), certwright.clock_now())
    from certwright.rate_states(p_authority, p_hostname, false) s where s.kind = 'failure'
$$;
comment on function certwright.validation_possible_at is 'when the CA may be told to look at a hostname without the risk of one failure too many';

-- ---- upkeep ----------------------------------------------------------------

-- A booking is folded into its bucket by the next order there; one that is so
-- old that its bucket has been filled since is of no effect.
create or replace function certwright.prune_budget() returns void
    language plpgsql as $$
begin
    perform certwright.lock_authorities();
    delete from certwright.rate_booking n
        where n.at < certwright.clock_now() - coalesce(
            (select l.burst * l.refill from certwright.rate_limit l
             where l.authority_id = n.authority_id and l.kind = n.kind), interval '2 hours');
    delete from certwright.rate_bucket b
        where b.full_at <= certwright.clock_now() - certwright.slot_lasts()
          and (b.closed_until is null or b.closed_until <= certwright.clock_now());
    delete from certwright.ca_failure f where f.at < certwright.clock_now() - interval '1 day';
end $$;
comment on function certwright.prune_budget is 'forget buckets that are full and failures that nobody counts';
