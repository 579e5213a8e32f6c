-- What a hostname may look like.  C twin: base/name.c, which is a little more
-- generous because it also reads names that are not customers'.

-- Letters, digits and hyphens (RFC 952, RFC 1123), no IP address in any
-- spelling: the last label of a name is never a number (RFC 3696 §2).
create or replace function certwright.is_ldh_name(p_name text) returns boolean
    language sql immutable strict parallel safe as $$
    select p_name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$'
       and p_name !~ '(^|\.)([0-9]+|0x[0-9a-f]*)$'
       and octet_length(p_name) <= 253
$$;
comment on function certwright.is_ldh_name is 'is it a lower-case DNS name of letters, digits and hyphens?';

-- The name itself and everything above it, longest first.
create or replace function certwright.name_and_parents(p_name text) returns text[]
    language sql immutable strict parallel safe as $$
    select array_agg(array_to_string(l[i:], '.') order by i)
    from (select string_to_array(p_name, '.') as l) s, generate_subscripts(l, 1) i
$$;
comment on function certwright.name_and_parents is 'a name and its parents, longest first';

create or replace function certwright.is_under(p_name text, p_parent text) returns boolean
    language sql immutable strict parallel safe
    as $$ select p_name = p_parent or right(p_name, length(p_parent) + 1) = '.' || p_parent $$;
comment on function certwright.is_under is 'is the name the parent or below it?';

-- The public suffix of a name by the list's algorithm: an exception wins, then
-- the longest rule; without a rule it is the last label.
create or replace function certwright.public_suffix_of(p_name text) returns text
    language sql stable strict parallel safe as $$
    with candidate as (
        select c.name, p.name as parent, c.n
        from unnest(certwright.name_and_parents(p_name)) with ordinality c (name, n)
        left join unnest(certwright.name_and_parents(p_name)) with ordinality p (name, n) on p.n = c.n + 1
    )
    select coalesce(
        (select c.parent from candidate c join certwright.public_suffix s on s.rule = '!' || c.name
         order by c.n limit 1),
        (select c.name from candidate c
         where exists (select from certwright.public_suffix s where s.rule in (c.name, '*.' || c.parent))
         order by c.n limit 1),
        (select c.name from candidate c order by c.n desc limit 1))
$$;
comment on function certwright.public_suffix_of is 'public suffix of a name';

create or replace function certwright.registered_domain(p_name text) returns text
    language sql stable strict parallel safe as $$
    select p from unnest(certwright.name_and_parents(p_name)) with ordinality a (p, n)
    where length(p) > length(certwright.public_suffix_of(p_name)) order by n desc limit 1
$$;
comment on function certwright.registered_domain is 'the domain that somebody registered, null for a public suffix';

-- The canonical form of a customer's name (p_first 1407) or of an origin
-- (p_first 1415), or the refusal: the codes of both run side by side.
create or replace function certwright.canonical_name(p_name text, p_reserved boolean, p_first integer)
    returns text language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_name constant text := regexp_replace(lower(p_name collate "C"), '\.$', '');
    v_suffix text;
begin
    if p_name ~ '[^\x01-\x7f]' then
        perform certwright.raise_error(p_first + 1);
    end if;
    if v_name is null or not certwright.is_ldh_name(v_name) then
        -- A single number is an address too: both are refused alike.
        perform certwright.raise_error(p_first);
    end if;
    if not p_reserved and v_name ~ '(^|\.)(test|example|invalid|localhost)$' then
        perform certwright.raise_error(p_first + 2);
    end if;
    v_suffix := certwright.public_suffix_of(v_name);
    if v_suffix = v_name then
        perform certwright.raise_error(p_first + 3,
            format('publicsuffix: cannot derive eTLD+1 for domain `%s`', v_name));
    end if;
    if not p_reserved and v_name ~ '(^|\.)example\.(com|net|org)$' then
        perform certwright.raise_error(p_first + 4);
    end if;
    return v_name;
end $$;
comment on function certwright.canonical_name is 'lower-case A-labels without final dot, or the documented refusal';

create or replace function certwright.canonical_hostname(p_name text, p_reserved boolean) returns text
    language sql stable as $$ select certwright.canonical_name(p_name, p_reserved, 1407) $$;
comment on function certwright.canonical_hostname is 'canonical custom hostname; p_reserved admits the reserved domains';

create or replace function certwright.canonical_origin(p_name text, p_reserved boolean) returns text
    language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if p_name like '*%' then
        perform certwright.raise_error(1420);
    end if;
    return certwright.canonical_name(p_name, p_reserved, 1415);
end $$;
comment on function certwright.canonical_origin is 'canonical custom origin; p_reserved admits the reserved domains';

-- ---- holds -----------------------------------------------------------------

create or replace function certwright.is_held(p_name text) returns boolean
    language sql stable strict as $$
    select exists (select from certwright.hold h
                   where h.name = any (certwright.name_and_parents(p_name))
                     and (h.include_subdomains or h.name = p_name))
$$;
comment on function certwright.is_held is 'does the owner of the name, or of a name above it, forbid to claim it?';

-- Those who wait for this name are blocked at once; who has it, keeps it.
create or replace function certwright.hold_name(name text, include_subdomains boolean, reason text)
    returns void language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_name constant text := certwright.canonical_hostname($1, true);
    v_id uuid;
begin
    insert into certwright.hold as h (name, include_subdomains, reason) values (v_name, coalesce($2, false), $3)
        on conflict on constraint hold_pkey do update
        set include_subdomains = excluded.include_subdomains, reason = excluded.reason;
    for v_id in
        select c.id from certwright.custom_hostname c
            where c.status = 'pending' and c.removed_at is null
              and case when $2 then certwright.is_under(c.hostname, v_name) else c.hostname = v_name end
            order by c.id for no key update
    loop
        perform certwright.block_hostname(v_id);
    end loop;
end $$;
comment on function certwright.hold_name is 'forbid to claim a name, or everything under it as well';

create or replace function certwright.release_name(name text)
    returns void language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
begin
    delete from certwright.hold h where h.name = certwright.canonical_hostname($1, true);
end $$;
comment on function certwright.release_name is 'end a hold; blocked hostnames are tried again when they are refreshed';
