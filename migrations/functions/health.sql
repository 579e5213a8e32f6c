-- Is a CA there?  A circuit breaker for each: it opens after three failures in
-- a row, whichever jobs they belong to, and then the CA's own job asks whether
-- it is back, after 1, 2, 4, 8 and from then on 15 minutes.  All others wait
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

-- Only a probe says something new while it is open: the subject is the CA.  Jobs
-- that were under way when it opened end one by one and mean the same outage.
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
        when v.broken_since is not null and p_subject = p_authority then least(v.probe_wait * 2, interval '15 minutes') end;
    if v_wait is not null then
        update certwright.certificate_authority a
            set broken_since = a.failing_since, probe_wait = v_wait,
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
            set failures = 0, failing_since = null, broken_since = null, probe_at = null, probe_wait = null
            where id = p_authority;
    end if;
end $$;
comment on function certwright.note_authority_success is 'a CA answered: it works';

-- Those who wait come one after another behind the probe, within as long as the
-- wait itself and five minutes at most: ten thousand then come at 33 a second.
-- Who comes while the probe is not over has the same place in the next round.
create or replace function certwright.authority_ask_at(p certwright.certificate_authority, p_subject uuid)
    returns timestamptz language sql stable as $$
    select p.probe_at + s.span * (t.share + greatest(ceil(
               extract(epoch from certwright.clock_now() + interval '1 second' - p.probe_at)
               / extract(epoch from s.span) - t.share), 0)::float8)
    from (select least(p.probe_wait, interval '5 minutes')) s (span),
         (select certwright.fraction_of(p_subject::text)) t (share)
    where p.broken_since is not null
$$;
comment on function certwright.authority_ask_at is 'when a job looks again whether a broken CA is back, null: it works';
