-- Is a CA there?  A circuit breaker for each: it opens after three failures in
-- a row, whichever jobs they belong to, and then one job at a time asks whether
-- the CA is back, after 1, 2, 4, 8 and from then on 15 minutes.  All others wait
-- without asking, and come back one by one.
--
-- Whatever writes here takes lock_authorities() first, before the CA's row.

-- Between 0 and 1, the same for the same text.
create or replace function certwright.fraction_of(p_text text) returns double precision
    language sql immutable strict parallel safe as $$ select (hashtext(p_text) & 65535) / 65536.0::float8 $$;
comment on function certwright.fraction_of is 'a number from 0 to below 1 that spreads what would happen at once';

-- Up to a tenth later than it has to be: not with everybody else.
create or replace function certwright.probe_time(p_authority uuid, p_wait interval) returns timestamptz
    language sql stable as $$
    select certwright.clock_now()
        + p_wait * (1 + certwright.fraction_of(p_authority::text || certwright.clock_now()::text) / 10)
$$;
comment on function certwright.probe_time is 'now and a wait, jittered upward by at most a tenth';

-- The row is not written again for what it says already: ten thousand packs
-- may have the same trouble.
create or replace function certwright.note_authority_error(p_authority uuid, p_code text, p_error text) returns void
    language plpgsql as $$
begin
    insert into certwright.ca_failure (authority_id, code) values (p_authority, p_code);
    if exists (select from certwright.certificate_authority a where a.id = p_authority
               and ((a.last_error, a.last_error_code) is distinct from (p_error, p_code)
                    or a.last_error_at < certwright.clock_now() - interval '1 minute')) then
        perform certwright.lock_authorities();
        update certwright.certificate_authority
            set last_error = p_error, last_error_code = p_code, last_error_at = certwright.clock_now()
            where id = p_authority;
    end if;
end $$;
comment on function certwright.note_authority_error is 'keep what a CA said or failed with last, and count it; that it answered is for note_authority_success';

-- Only the probe that is being made says something new while it is open: jobs
-- that were under way when it opened end one by one and mean the same outage.
-- What the CA's own job finds (the subject is the CA) is always a probe.
create or replace function certwright.note_authority_failure(p_authority uuid, p_subject uuid, p_code text,
        p_error text, p_retry_after bigint) returns void language plpgsql as $$
declare
    v_opens_after constant integer := 3;
    v certwright.certificate_authority;
    v_wait interval;
    v_asked_for constant interval := interval '1 second' * least(greatest(p_retry_after, 0), 3600);
begin
    perform certwright.lock_authorities();
    perform certwright.note_authority_error(p_authority, p_code, p_error);
    update certwright.certificate_authority a
        set failures = a.failures + 1, failing_since = coalesce(a.failing_since, certwright.clock_now())
        where a.id = p_authority
        returning * into v;
    v_wait := case
        when v.broken_since is null and v.failures >= v_opens_after then interval '1 minute'
        when v.broken_since is not null and p_subject in (v.probed_by, p_authority) then least(v.probe_wait * 2, interval '15 minutes') end;
    if v_wait is not null then
        update certwright.certificate_authority a
            set broken_since = a.failing_since, probe_wait = v_wait, probing_until = null, probed_by = null,
                probe_at = certwright.probe_time(p_authority, greatest(v_wait, v_asked_for))
            where a.id = p_authority;
    end if;
end $$;
comment on function certwright.note_authority_failure is 'a CA could not be reached, failed (5xx) or did not answer in time';

-- Called for every verdict that tells of an answer: reads one row when all is well.
create or replace function certwright.note_authority_success(p_authority uuid, p_subject uuid) returns void
    language plpgsql as $$
begin
    if exists (select from certwright.certificate_authority a where a.id = p_authority and a.failures > 0) then
        perform certwright.lock_authorities();
        update certwright.certificate_authority
            set failures = 0, failing_since = null, broken_since = null, probe_at = null, probe_wait = null,
                probing_until = null, probed_by = null
            where id = p_authority;
    end if;
end $$;
comment on function certwright.note_authority_success is 'a CA answered: it works';

-- Who got the claim gets it again until it ends: its daemon may have died.
create or replace function certwright.claim_probe(p_authority uuid, p_subject uuid) returns boolean
    language plpgsql as $$
declare
    v_now constant timestamptz := certwright.clock_now();
begin
    if not exists (select from certwright.certificate_authority a where a.id = p_authority and a.probe_at <= v_now
                   and (a.probing_until is null or a.probing_until <= v_now or a.probed_by = p_subject)) then
        return false;
    end if;
    perform certwright.lock_authorities();
    update certwright.certificate_authority a
        set probed_by = p_subject,
            probing_until = case when a.probed_by = p_subject and a.probing_until > v_now then a.probing_until
                                 else v_now + interval '2 minutes' end
        where a.id = p_authority and a.probe_at <= v_now
          and (a.probing_until is null or a.probing_until <= v_now or a.probed_by = p_subject);
    return found;
end $$;
comment on function certwright.claim_probe is 'may this job, and for two minutes no other, ask a broken CA whether it is back?  false if none is due';

-- As long as the wait itself, five minutes at most: then ten thousand come at
-- 33 a second.
create or replace function certwright.authority_gate(p certwright.certificate_authority, p_subject uuid,
        out open boolean, out ask_at timestamptz) language sql stable as $$
    select g.open, case when g.open then
               greatest(p.probe_at, p.probing_until, certwright.clock_now())
               + least(p.probe_wait, interval '5 minutes') * certwright.fraction_of(p_subject::text) end
    from (select p.broken_since is not null
              and not coalesce(p.probed_by = p_subject and p.probing_until > certwright.clock_now(), false)) g (open)
$$;
comment on function certwright.authority_gate is 'open: this job must not ask the CA and looks again at ask_at; not open: it may ask';
