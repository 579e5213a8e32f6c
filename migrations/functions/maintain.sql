-- Partitions of the history.  Called by every daemon at its start and each
-- hour.  C twins: cli/prepare.c, cli/upkeep.c.

create or replace function certwright.attempt_partition(p_day timestamptz) returns text
    language sql immutable as $$
    select 'attempt_' || to_char(p_day at time zone 'UTC', 'YYYYMMDD')
$$;
comment on function certwright.attempt_partition is 'name of the partition of a day';

-- Attached and not created in place, because that takes a lock that verdicts
-- do not wait for.  A day that has rows in the default partition already is
-- left there.
create or replace function certwright.add_attempt_partition(p_day timestamptz) returns boolean
    language plpgsql as $$
declare
    v_name constant text := certwright.attempt_partition(p_day);
begin
    if to_regclass('certwright.' || v_name) is not null or exists (
            select from certwright.attempt_default where at >= p_day and at < p_day + interval '24 hours') then
        return false;
    end if;
    execute format('create table certwright.%I (like certwright.attempt including all)', v_name);
    execute format('comment on table certwright.%I is %L', v_name, 'attempts of one day');
    execute format('alter table certwright.attempt attach partition certwright.%I for values from (%L) to (%L)',
        v_name, p_day, p_day + interval '24 hours');
    return true;
end $$;
comment on function certwright.add_attempt_partition is 'make the partition of a day unless it is there';

create or replace function certwright.drop_attempt_partitions(p_before timestamptz) returns integer
    language plpgsql as $$
declare
    v_name text;
    v_count integer := 0;
begin
    for v_name in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'certwright.attempt'::regclass and c.relname ~ '^attempt_[0-9]{8}$'
          and to_date(substr(c.relname, 9), 'YYYYMMDD') + 1 <= (p_before at time zone 'UTC')::date
        order by 1
    loop
        execute format('drop table certwright.%I', v_name);
        v_count := v_count + 1;
    end loop;
    delete from certwright.attempt_default where at < p_before;
    return v_count;
end $$;
comment on function certwright.drop_attempt_partitions is 'drop what is wholly older than a moment';

-- Today and the next three days, so that the default partition stays empty
-- even when no daemon runs for a weekend.
create or replace function certwright.maintain(p_history_for bigint,
        out made integer, out dropped integer)
    language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_today constant timestamptz := date_trunc('day', certwright.clock_now(), 'UTC');
begin
    made := 0;
    dropped := 0;
    if not pg_try_advisory_xact_lock(1667592820, 2) then
        return;         -- another daemon does it
    end if;
    for i in 0..3 loop
        made := made + certwright.add_attempt_partition(v_today + i * interval '24 hours')::integer;
    end loop;
    dropped := certwright.drop_attempt_partitions(certwright.clock_now() - p_history_for * interval '1 second');
    perform certwright.prune_budget();
    perform certwright.prune_token_news();
end $$;
comment on function certwright.maintain is 'make the history''s partitions ahead, drop old ones, forget full buckets and old news of tokens';
