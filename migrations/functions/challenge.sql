-- Tokens: what a CA wants to see, from its first answer until the pack is
-- served.  A token whose order is given up is kept as void: it is shown until
-- the next ones come, and who publishes it later is told that it is an old one.

-- p_key null: of all its orders.
create or replace function certwright.void_challenges(p_pack uuid, p_key certwright.key_type default null) returns void
    language plpgsql as $$
begin
    update certwright.challenge set voided_at = certwright.clock_now()
        where certificate_id = p_pack and voided_at is null and (p_key is null or key_type = p_key);
    if found then
        perform certwright.prune_challenges(p_pack);
    end if;
end $$;
comment on function certwright.void_challenges is 'the tokens of orders that are given up are of no use any more';

create or replace function certwright.prune_challenges(p_pack uuid) returns void
    language sql as $$
    delete from certwright.challenge where id in (
        select h.id from certwright.challenge h where h.certificate_id = p_pack and h.voided_at is not null
        order by h.voided_at desc, h.id desc offset 40)
$$;
comment on function certwright.prune_challenges is 'forget the oldest of the void tokens of a pack';

create or replace function certwright.listed_challenges(p_list jsonb)
    returns table (identifier text, wildcard boolean, url text, method text, token text, key_authorization text,
                   txt_value text, status text, expires_at timestamptz, told_at timestamptz)
    language sql immutable as $$
    select c.identifier, c.wildcard, c.url, c.method, c.token, c.key_authorization, c.txt_value, c.status,
           to_timestamp(nullif(c.expires, 0)), to_timestamp(nullif(c.told, 0))
    from jsonb_to_recordset(p_list)
        as c (identifier text, wildcard boolean, url text, method text, token text, key_authorization text,
              txt_value text, status text, expires bigint, told bigint)
$$;
comment on function certwright.listed_challenges is 'tokens as a verdict lists them';

-- What the CA wants to see now, by one order.  What it asked for before keeps
-- its age, and does not live longer for being read again.
create or replace function certwright.change_challenges(p_pack uuid, p_key certwright.key_type, p_list jsonb)
    returns void language plpgsql as $$
begin
    update certwright.challenge h
        set url = n.url, key_authorization = n.key_authorization, status = n.status,
            expires_at = least(h.expires_at, n.expires_at), told_at = n.told_at
        from certwright.listed_challenges(p_list) n
        where h.certificate_id = p_pack and h.key_type = p_key and h.voided_at is null
          and (h.identifier, h.wildcard, h.method, h.token, h.txt_value)
            = (n.identifier, n.wildcard, n.method, n.token, n.txt_value);
    update certwright.challenge h set voided_at = certwright.clock_now()
        where h.certificate_id = p_pack and h.key_type = p_key and h.voided_at is null
          and not exists (select from certwright.listed_challenges(p_list) n
                          where (h.identifier, h.wildcard, h.method, h.token, h.txt_value)
                              = (n.identifier, n.wildcard, n.method, n.token, n.txt_value));
    if found then
        perform certwright.prune_challenges(p_pack);
    end if;
    insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,
            key_authorization, txt_value, status, expires_at, told_at)
        select p_pack, p_key, n.* from certwright.listed_challenges(p_list) n
        on conflict (certificate_id, key_type, identifier, wildcard, method) where voided_at is null do nothing;
end $$;
comment on function certwright.change_challenges is 'the tokens of one order of a pack as the CA says them';

-- As the flow reads them.
create or replace function certwright.challenges_json(p_pack uuid, p_key certwright.key_type) returns json
    language sql stable as $$
    select coalesce(json_agg(json_build_object(
            'identifier', h.identifier, 'wildcard', h.wildcard, 'url', h.url, 'method', h.method,
            'token', h.token, 'key_authorization', h.key_authorization, 'txt_value', h.txt_value,
            'status', h.status, 'expires', extract(epoch from h.expires_at)::bigint,
            'told', extract(epoch from h.told_at)::bigint,
            'given', floor(extract(epoch from h.created_at))::bigint) order by h.identifier, h.wildcard, h.method), '[]')
    from certwright.challenge h
    where h.certificate_id = p_pack and h.key_type = p_key and h.voided_at is null
$$;
comment on function certwright.challenges_json is 'tokens that are asked for now, by one order of a pack';

create or replace function certwright.old_values(p_pack uuid) returns json
    language sql stable as $$
    select case when count(*) > 0 then json_build_object(
        'http', coalesce(json_agg(o.value order by o.nth) filter (where o.method = 'http'), '[]'),
        'txt', coalesce(json_agg(o.value order by o.nth) filter (where o.method = 'txt'), '[]')) end
    from (
        select v.method, v.value, row_number() over (partition by v.method order by max(h.voided_at) desc, max(h.id) desc) as nth
        from certwright.challenge h
        cross join lateral (select h.method, case h.method when 'http' then h.key_authorization else h.txt_value end) v (method, value)
        where h.certificate_id = p_pack and h.method in ('http', 'txt')
        group by v.method, v.value
        having every(h.voided_at is not null)) o
    where o.nth <= 8
$$;
comment on function certwright.old_values is 'the newest values of earlier orders of a pack, which may still be published; null: there are none';

-- Where a web server has to answer with the key authorization; the documented
-- URL has no port.  C twin: acme/pack.c.
create or replace function certwright.token_url(p_identifier text, p_token text, p_port text) returns text
    language sql immutable as $$
    select 'http://' || p_identifier || case p_port when '80' then '' else ':' || p_port end
        || '/.well-known/acme-challenge/' || p_token
$$;
comment on function certwright.token_url is 'URL that shows control of a name to a CA';

-- ---- what people see -------------------------------------------------------

-- One row for each thing to publish, whichever orders want it.  pending: not
-- seen yet; processing: seen, or the CA was told to look; valid: the CA is
-- content; expired: of no use any more, the next one is not there yet.
create or replace function certwright.shown_challenges(p_pack uuid)
    returns table (method text, identifier text, wildcard boolean, token text, key_authorization text,
                   txt_value text, status text)
    language sql stable as $$
    select distinct on (h.method, h.identifier, r.url, r.value)
           h.method, h.identifier, h.wildcard, h.token, h.key_authorization, h.txt_value,
           ('{pending,processing,valid,expired}'::text[])[s.nth]
    from certwright.challenge h
    cross join lateral (
        select case h.method when 'http' then h.token end,
               case h.method when 'http' then h.key_authorization else h.txt_value end) r (url, value)
    left join certwright.issuance i on i.certificate_id = h.certificate_id and i.key_type = h.key_type
    cross join lateral (select coalesce(i.order_status in ('ready', 'processing', 'valid'), false)) o (content)
    cross join lateral (
        select case when h.voided_at is not null then 4
                    when h.status = 'valid' or o.content then 3
                    when h.expires_at <= certwright.clock_now() then 4
                    when h.status = 'pending' then 1
                    else 2 end) s (nth)
    where h.certificate_id = p_pack
      and (h.voided_at is null
           or not o.content
              and h.voided_at = (select max(v.voided_at) from certwright.challenge v
                                 where v.certificate_id = p_pack and v.key_type = h.key_type)
              and not exists (select from certwright.challenge l
                              where l.certificate_id = p_pack and l.voided_at is null
                                and (l.key_type = h.key_type or l.created_at >= h.voided_at)))
    order by h.method, h.identifier, r.url, r.value, s.nth
$$;
comment on function certwright.shown_challenges is 'what is to be published for a pack, until the next is known also what was';
