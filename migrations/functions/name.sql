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

-- The characters that a label encodes behind "xn--" (RFC 3492 §6.2), null if
-- it is no encoding.
create or replace function certwright.punycode_points(p_code text) returns integer[]
    language plpgsql immutable strict parallel safe as $$
declare
    v_points integer[] := array(select ascii(c) from unnest(string_to_array(substring(p_code, '^(.+)-'), null)) c);
    v_point bigint := 128;
    v_number bigint := 0;
    v_before bigint := 0;
    v_weight bigint := 1;
    v_place integer := 36;
    v_bias integer := 72;
    v_digit integer;
    v_least integer;
    v_delta bigint;
begin
    foreach v_digit in array array(select strpos('abcdefghijklmnopqrstuvwxyz0123456789', c) - 1
            from unnest(string_to_array(regexp_replace(p_code, '^.+-', ''), null)) c) loop
        v_number := v_number + v_digit * v_weight;
        if v_digit < 0 or v_number > 2147483647 then
            return null;
        end if;
        v_least := greatest(1, least(26, v_place - v_bias));
        if v_digit >= v_least then          -- the number goes on
            v_weight := v_weight * (36 - v_least);
            v_place := v_place + 36;
            continue;
        end if;
        v_delta := (v_number - v_before) / case v_before when 0 then 700 else 2 end;
        v_delta := v_delta + v_delta / (cardinality(v_points) + 1);
        v_bias := 0;
        while v_delta > 455 loop
            v_delta := v_delta / 35;
            v_bias := v_bias + 36;
        end loop;
        v_bias := v_bias + 36 * v_delta / (v_delta + 38);
        v_point := v_point + v_number / (cardinality(v_points) + 1);
        v_number := v_number % (cardinality(v_points) + 1);
        if v_point > 1114111 or v_point between 55296 and 57343 then
            return null;
        end if;
        v_points := v_points[:v_number] || v_point::integer || v_points[v_number + 1:];
        v_number := v_number + 1;
        v_before := v_number;
        v_weight := 1;
        v_place := 36;
    end loop;
    return case v_place when 36 then v_points end;
end $$;
comment on function certwright.punycode_points is 'code points of the part of an A-label behind xn--, null if it is none';

-- Is the label, if it begins with "xn--", the encoding of a text that needed
-- one?  Which characters IDNA admits is more than a database knows: the C twin
-- asks libidn2.
create or replace function certwright.is_a_label(p_label text) returns boolean
    language sql immutable strict parallel safe as $$
    select p_label not like 'xn--%' or coalesce(128 <= any (p.points), false)
        and (getdatabaseencoding() <> 'UTF8'
             or (select string_agg(chr(c), '' order by n) from unnest(p.points) with ordinality a (c, n)) is nfc normalized)
    from (select certwright.punycode_points(substr(p_label, 5)) as points) p
$$;
comment on function certwright.is_a_label is 'is a label not one that begins with xn-- and encodes nothing?';

-- What is wrong with a name, for people.
create or replace function certwright.name_fault(p_name text) returns text
    language sql immutable parallel safe as $$
    select case
        when p_name is null or p_name = '' then 'it is empty'
        when p_name like '%://%' then 'it is a URL: write the name alone'
        when p_name like '*.%' then 'write it without "*.": ssl.wildcard covers the names below it'
        when p_name ~ '^([0-9.]+|[0-9a-f.:%\[\]]*:[0-9a-f.:%\[\]]*)$' then 'it is an IP address'
        when p_name ~ ':[0-9]+$' then 'it has a port: write the name alone'
        when octet_length(p_name) > 253 then 'it has more than 253 characters'
        when p_name ~ '[^.]{64}' then 'a label has more than 63 characters'
        when p_name ~ '(^|\.)(\.|$)' then 'a label is empty'
        when p_name ~ '[^a-z0-9.-]' then 'only letters, digits, hyphens and dots are allowed'
        when p_name ~ '(^|\.)-|-(\.|$)' then 'a label begins or ends with a hyphen'
        when p_name ~ '(^|\.)([0-9]+|0x[0-9a-f]*)$' then 'its last label is a number, as in an IP address'
        else 'a label that begins with xn-- is not valid' end
$$;
comment on function certwright.name_fault is 'what is wrong with a name that is_ldh_name or is_a_label refuses';

-- The canonical form of a customer's name (p_first 1407) or of an origin
-- (p_first 1415), or the refusal: the codes of both run side by side.
create or replace function certwright.canonical_name(p_name text, p_reserved boolean, p_first integer)
    returns text language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_name constant text := regexp_replace(lower(p_name collate "C"), '\.$', '');
    v_suffix text;
    v_top text;
begin
    if p_name ~ '[^\x01-\x7f]' then
        perform certwright.raise_error(p_first + 1);
    end if;
    -- A single number is an address too: both are refused alike.
    if v_name is null or not certwright.is_ldh_name(v_name)
            or exists (select from unnest(string_to_array(v_name, '.')) l where not certwright.is_a_label(l)) then
        perform certwright.raise_error(p_first, p_hint => certwright.name_fault(v_name));
    end if;
    if not p_reserved and v_name ~ '(^|\.)(test|example|invalid|localhost)$' then
        perform certwright.raise_error(p_first + 2);
    end if;
    v_suffix := certwright.public_suffix_of(v_name);
    if v_suffix = v_name then
        perform certwright.raise_error(p_first + 3,
            format('publicsuffix: cannot derive eTLD+1 for domain `%s`', v_name));
    end if;
    -- Nobody certifies names below a top domain that does not exist: most
    -- often it is a slip of the pen.  Without a list there is nothing to ask.
    v_top := substring(v_name, '[^.]*$');
    if not p_reserved and not exists (select from certwright.public_suffix s where s.rule in (v_top, '*.' || v_top))
            and exists (select from certwright.public_suffix) then
        perform certwright.raise_error(p_first + 3,
            format('publicsuffix: invalid public suffix `%s` for domain `%s`', v_top, v_name),
            p_hint => 'the public suffix list that certwright migrate read has no such top domain');
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

-- Of several holds one for abuse counts first.
create or replace function certwright.hold_of(p_name text) returns text
    language sql stable strict as $$
    select h.name from certwright.hold h
    where h.name = any (certwright.name_and_parents(p_name)) and (h.include_subdomains or h.name = p_name)
    order by h.abuse desc, length(h.name) desc limit 1
$$;
comment on function certwright.hold_of is 'name of the hold that forbids to claim a name, null if none does';

create or replace function certwright.is_held(p_name text) returns boolean
    language sql stable strict as $$ select certwright.hold_of(p_name) is not null $$;
comment on function certwright.is_held is 'does the owner of the name, or of a name above it, forbid to claim it?';

-- The documented words of a hold.
create or replace function certwright.hold_error(p_abuse boolean) returns text
    language sql immutable parallel safe as $$
    select case when p_abuse
        then 'Custom hostname cannot be added to Cloudflare at this time. Custom hostname was likely associated with Cloudflare previously and flagged for abuse.'
        else 'The hostname is associated with a held zone. Please contact the owner of this domain to have the hold removed.' end
$$;
comment on function certwright.hold_error is 'the documented error of a hostname that a hold blocks';

-- Who is blocked already hears the reason of the hold that counts now; to be
-- blocked for another reason is no event.
create or replace function certwright.tell_blocked(p_name text) returns void
    language sql as $$
    update certwright.custom_hostname c
        set code = n.code, error = n.error, modified_at = certwright.clock_now()
        from (select b.id, case when d.abuse then 'flagged' else 'held' end as code, certwright.hold_error(d.abuse) as error
              from certwright.custom_hostname b join certwright.hold d on d.name = certwright.hold_of(b.hostname)
              where b.status = 'blocked' and b.removed_at is null and certwright.is_under(b.hostname, p_name)
              order by b.id for no key update of b) n
        where c.id = n.id and (c.code, c.error) is distinct from (n.code, n.error)
$$;
comment on function certwright.tell_blocked is 'give blocked hostnames at or below a name the reason of the hold that counts';

-- Those who wait for this name are blocked at once; who has it, keeps it,
-- unless the reason is abuse.
create or replace function certwright.hold_name(name text, include_subdomains boolean, reason text)
    returns void language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_name constant text := certwright.canonical_hostname($1, true);
    v_abuse constant boolean := coalesce($3 ~* '^abuse', false);
    v_id uuid;
begin
    insert into certwright.hold as h (name, include_subdomains, reason, abuse)
        values (v_name, coalesce($2, false), $3, v_abuse)
        on conflict on constraint hold_pkey do update
        set include_subdomains = excluded.include_subdomains, reason = excluded.reason, abuse = excluded.abuse;
    for v_id in
        select c.id from certwright.custom_hostname c
            where (c.status = 'pending' or (v_abuse and c.status in ('active', 'active_redeploying')))
              and c.removed_at is null
              and case when $2 then certwright.is_under(c.hostname, v_name) else c.hostname = v_name end
            order by c.id for no key update
    loop
        perform certwright.block_hostname(v_id);
    end loop;
    perform certwright.tell_blocked(v_name);
end $$;
comment on function certwright.hold_name is 'forbid to claim a name, or everything under it as well; a reason that begins with abuse blocks active names too';

create or replace function certwright.release_name(name text)
    returns void language plpgsql security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_name constant text := certwright.canonical_hostname($1, true);
begin
    delete from certwright.hold h where h.name = v_name;
    perform certwright.tell_blocked(v_name);        -- another hold may be left
end $$;
comment on function certwright.release_name is 'end a hold; blocked hostnames are tried again when they are refreshed';
