-- Lists of custom hostnames: filters, order and pages of the API.

create or replace function certwright.query_number(p_query jsonb, p_name text, p_least integer, p_most integer,
        p_default integer)
    returns integer language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_text constant text := coalesce(p_query ->> p_name, p_default::text);
begin
    if v_text !~ '^[0-9]{1,9}$' or v_text::integer not between p_least and p_most then
        perform certwright.refuse_member(p_name, format('must be a number from %s to %s', p_least, p_most));
    end if;
    return v_text::integer;
end $$;
comment on function certwright.query_number is 'a number of a list query; HTTP gives it as text';

create or replace function certwright.query_word(p_query jsonb, p_name text, p_words text[])
    returns text language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if p_query ->> p_name <> all (p_words) then
        perform certwright.refuse_member(p_name, 'must be one of: ' || array_to_string(p_words, ', '));
    end if;
    return p_query ->> p_name;
end $$;
comment on function certwright.query_word is 'a word of a list query';

create or replace function certwright.check_list_query(p_query jsonb) returns void
    language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_paging constant text[] := '{page,per_page,order,direction}';
    v_contain constant text := p_query ->> 'hostname.contain';
begin
    perform certwright.refuse_unknown_members(p_query, v_paging || '{id,hostname,hostname.exact,hostname.contain,
        hostname.startsWith,ssl,ssl_status,hostname_status,certificate_authority,wildcard,custom_origin_server}');
    if p_query ? 'id' then
        if p_query ->> 'id' !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
            perform certwright.raise_error(1435);
        end if;
        if (p_query - 'id') - v_paging <> '{}' then
            perform certwright.raise_error(1438);
        end if;
    end if;
    if p_query ?& '{hostname,hostname.exact}' or p_query ?& '{hostname,hostname.contain}'
            or p_query ?& '{hostname,hostname.startsWith}' then
        perform certwright.refuse_member('hostname', 'excludes hostname.exact, hostname.contain and hostname.startsWith');
    end if;
    if v_contain !~* '^[a-z0-9.-]{1,255}$' or v_contain ~ '^[0-9]+(\.[0-9]+){3}$' then
        perform certwright.raise_error(1437);
    end if;
end $$;
comment on function certwright.check_list_query is 'refuse what a list query may not hold';

-- LIKE pattern of a text that stands for itself.
create or replace function certwright.like_literal(p_text text) returns text
    language sql immutable strict parallel safe
    as $$ select regexp_replace(lower(p_text), '([\\%_])', '\\\1', 'g') $$;
comment on function certwright.like_literal is 'a text as a LIKE pattern';

-- The text of the query is constant but for its order; it is planned with the
-- values of this call, so that absent filters cost nothing.
create or replace function certwright.list_custom_hostnames(zone uuid, query jsonb) returns jsonb
    language plpgsql stable security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_query constant jsonb := jsonb_strip_nulls($2);
    v_zone constant certwright.zone := certwright.require_zone($1);
    v_page constant integer := certwright.query_number(v_query, 'page', 1, 100000000, 1);
    v_size constant integer := certwright.query_number(v_query, 'per_page', 5, 1000, 20);
    v_direction constant text := coalesce(certwright.query_word(v_query, 'direction', '{asc,desc}'), 'asc');
    v_order constant text := coalesce(certwright.query_word(v_query, 'order', '{ssl,ssl_status}'), 'ssl');
    v_ssl constant text := certwright.query_word(v_query, 'ssl', '{0,1,false,true}');
    v_from constant text := $query$
        from certwright.custom_hostname h
        left join certwright.certificate c on c.custom_hostname_id = h.id
        left join certwright.certificate_authority a on a.id = c.authority_id
        where h.zone_id = $1 and h.removed_at is null
          and ($2 is null or h.id = $2)
          and ($3 is null or h.hostname = $3)
          and ($4 is null or h.hostname like $4)
          and ($5 is null or h.hostname like $5)
          and ($6 is null or h.ssl = $6)
          and ($7 is null or c.status = $7)
          and ($8 is null or h.status = $8)
          and ($9 is null or coalesce(a.name, c.wanted_authority) = $9)
          and ($10 is null or coalesce(c.wildcard, false) = $10)
          and ($11 is null or h.custom_origin_server = $11) $query$;
    v_id uuid;
    v_exact text;
    v_start text;
    v_contain text;
    v_ssl_status certwright.ssl_status;
    v_status certwright.hostname_status;
    v_wildcard boolean;
    v_result jsonb;
    v_total bigint;
begin
    perform certwright.check_list_query(v_query);
    v_id := v_query ->> 'id';
    v_exact := lower(coalesce(v_query ->> 'hostname', v_query ->> 'hostname.exact'));
    v_start := certwright.like_literal(v_query ->> 'hostname.startsWith') || '%';
    v_contain := '%' || certwright.like_literal(v_query ->> 'hostname.contain') || '%';
    v_ssl_status := certwright.query_word(v_query, 'ssl_status', enum_range(null::certwright.ssl_status)::text[]);
    v_status := certwright.query_word(v_query, 'hostname_status',
                                      enum_range(null::certwright.hostname_status)::text[]);
    v_wildcard := certwright.query_word(v_query, 'wildcard', '{true,false}');
    execute format($page$
            select coalesce(jsonb_agg(certwright.custom_hostname_object(p.id) order by p.n), '[]')
            from (select h.id, row_number() over () as n from (
                select h.id %1$s
                order by %2$s, h.created_at %3$s, h.id %3$s limit $12 offset $13) h) p $page$,
            v_from, case v_order when 'ssl' then 'h.ssl' else 'c.status' end || ' ' || v_direction, v_direction)
        into v_result
        using v_zone.id, v_id, v_exact, v_start, v_contain, v_ssl::boolean, v_ssl_status, v_status,
              v_query ->> 'certificate_authority', v_wildcard, lower(v_query ->> 'custom_origin_server'),
              v_size, (v_page - 1)::bigint * v_size;
    execute 'select count(*) ' || v_from into v_total
        using v_zone.id, v_id, v_exact, v_start, v_contain, v_ssl::boolean, v_ssl_status, v_status,
              v_query ->> 'certificate_authority', v_wildcard, lower(v_query ->> 'custom_origin_server');
    return jsonb_build_object('result', v_result, 'result_info', jsonb_build_object(
        'page', v_page, 'per_page', v_size, 'count', jsonb_array_length(v_result),
        'total_count', v_total, 'total_pages', ceil(v_total::numeric / v_size)));
end $$;
comment on function certwright.list_custom_hostnames is 'a page of custom hostnames with filters and order';
