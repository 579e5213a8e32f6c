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
    v_text text;
begin
    perform certwright.refuse_unknown_members(p_query, v_paging || '{id,hostname,hostname.exact,hostname.contain,
        hostname.startsWith,ssl,ssl_status,hostname_status,certificate_authority,wildcard,custom_origin_server}');
    foreach v_text in array '{id,hostname,hostname.exact,hostname.contain,hostname.startsWith,certificate_authority,
            custom_origin_server}'::text[] loop
        perform certwright.member_text(p_query, v_text);
    end loop;
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

-- A whole name may be asked for as it is stored, or as people write it.
create or replace function certwright.name_of_filter(p_name text) returns text
    language sql immutable strict parallel safe
    as $$ select regexp_replace(lower(p_name collate "C"), '\.$', '') $$;
comment on function certwright.name_of_filter is 'a name of a list query as names are stored';

-- LIKE pattern of a text that stands for itself.
create or replace function certwright.like_literal(p_text text) returns text
    language sql immutable strict parallel safe
    as $$ select regexp_replace(lower(p_text collate "C"), '([\\%_])', '\\\1', 'g') $$;
comment on function certwright.like_literal is 'a text as a LIKE pattern';

drop function if exists certwright.read_list_filter, certwright.list_condition, certwright.list_total,
    certwright.list_order, certwright.list_statement, certwright.list_page;
drop type if exists certwright.list_filter;
create type certwright.list_filter as (
    zone_id              uuid,
    id                   uuid,
    exact                text,
    prefix               text,
    part                 text,
    ssl                  boolean,
    ssl_status           certwright.ssl_status,
    status               certwright.hostname_status,
    authority            text,
    wildcard             boolean,
    custom_origin_server text
);
comment on type certwright.list_filter is 'what a list query asks for, checked; prefix and part are LIKE patterns';

create function certwright.read_list_filter(p_zone uuid, p_query jsonb) returns certwright.list_filter
    language plpgsql stable set search_path = certwright, pg_catalog, pg_temp as $$
declare
    f certwright.list_filter;
begin
    f.ssl := certwright.query_word(p_query, 'ssl', '{0,1,false,true}');
    perform certwright.check_list_query(p_query);
    f.zone_id := p_zone;
    f.id := p_query ->> 'id';
    f.exact := certwright.name_of_filter(coalesce(p_query ->> 'hostname', p_query ->> 'hostname.exact'));
    f.prefix := certwright.like_literal(p_query ->> 'hostname.startsWith') || '%';
    f.part := '%' || certwright.like_literal(p_query ->> 'hostname.contain') || '%';
    f.ssl_status := certwright.query_word(p_query, 'ssl_status', enum_range(null::certwright.ssl_status)::text[]);
    f.status := certwright.query_word(p_query, 'hostname_status',
                                      enum_range(null::certwright.hostname_status)::text[]);
    f.authority := p_query ->> 'certificate_authority';
    f.wildcard := certwright.query_word(p_query, 'wildcard', '{true,false}');
    f.custom_origin_server := certwright.name_of_filter(p_query ->> 'custom_origin_server');
    return f;
end $$;
comment on function certwright.read_list_filter is 'the filters of a list query, or the documented refusal';

-- Only what is asked for stands in the text, so that the planner sees which
-- index it is for; values are always the parameter.  `ssl` is said in terms of
-- the column that the order has.
create function certwright.list_condition(f certwright.list_filter, p_order text) returns text
    language sql immutable as $$
    select concat_ws(' and ', 'l.zone_id = ($1).zone_id',
        case when f.id is not null then 'l.id = ($1).id' end,
        case when f.exact is not null then 'l.hostname = ($1).exact' end,
        case when f.prefix is not null then 'l.hostname like ($1).prefix' end,
        case when f.part is not null then 'l.hostname like ($1).part' end,
        case when p_order = 'ssl' then case when f.ssl then 'l.ssl' when not f.ssl then 'not l.ssl' end
             else case when f.ssl then 'l.ssl_status is not null' when not f.ssl then 'l.ssl_status is null' end end,
        case when f.ssl_status is not null then 'l.ssl_status = ($1).ssl_status' end,
        case when f.status is not null then 'l.status = ($1).status' end,
        case when f.authority is not null then 'l.authority = ($1).authority' end,
        case when f.wildcard then 'l.wildcard' when not f.wildcard then 'not l.wildcard' end,
        case when f.custom_origin_server is not null then 'l.custom_origin_server = ($1).custom_origin_server' end)
$$;
comment on function certwright.list_condition is 'WHERE of a list: constant texts for the filters that are there';

-- Who has an ssl_status or an authority has a certificate, which the planner
-- does not know: their indexes have no `ssl`.
create function certwright.list_order(f certwright.list_filter, p_order text, p_direction text) returns text
    language sql immutable as $$
    select concat_ws(', ',
        case when p_order = 'ssl_status' then 'l.ssl_status ' || p_direction
             when f.ssl_status is null and f.authority is null then 'l.ssl ' || p_direction end,
        'l.created_at ' || p_direction, 'l.id ' || p_direction)
$$;
comment on function certwright.list_order is 'ORDER BY of a list';

create function certwright.list_statement(f certwright.list_filter, p_order text, p_direction text) returns text
    language sql immutable as $$
    select format('select l.id from certwright.listed_hostname l where %s order by %s limit $2 offset $3',
        certwright.list_condition(f, p_order), certwright.list_order(f, p_order, p_direction))
$$;
comment on function certwright.list_statement is 'the query for the ids of a page: $1 the filter, $2 how many, $3 how many before';

-- Names and origins are counted on their index; all else is counted already.
create function certwright.list_total(f certwright.list_filter) returns bigint
    language plpgsql stable as $$
declare
    v_total bigint;
begin
    if f.id is not null or f.exact is not null or f.prefix is not null or f.part is not null
            or f.custom_origin_server is not null then
        execute 'select count(*) from certwright.listed_hostname l where ' || certwright.list_condition(f, 'ssl')
            into v_total using f;
    else
        select coalesce(sum(n.change), 0) into v_total from certwright.listed_count n
            where n.zone_id = f.zone_id
              and (f.ssl is null or (n.ssl_status is not null) = f.ssl)
              and (f.ssl_status is null or n.ssl_status = f.ssl_status)
              and (f.status is null or n.status = f.status)
              and (f.authority is null or n.authority = f.authority)
              and (f.wildcard is null or n.wildcard = f.wildcard);
    end if;
    return v_total;
end $$;
comment on function certwright.list_total is 'how many hostnames a filter finds';

-- The second half of a list is walked from its end, so that no page is farther
-- than half of the list; count and page are of one snapshot.
create function certwright.list_page(f certwright.list_filter, p_order text, p_direction text, p_total bigint,
        p_size bigint, p_offset bigint)
    returns uuid[] language plpgsql stable as $$
declare
    v_back constant boolean := p_offset > p_total / 2;
    v_count constant bigint := least(p_size, p_total - p_offset);
    v_skip constant bigint := case when v_back then p_total - p_offset - v_count else p_offset end;
    v_ids uuid[];
begin
    if v_count <= 0 then
        return '{}';
    end if;
    execute format('select array_agg(p.id order by p.n %s) from (select s.id, row_number() over () as n from (%s) s) p',
            case when v_back then 'desc' else 'asc' end,
            certwright.list_statement(f, p_order, case when v_back = (p_direction = 'asc') then 'desc' else 'asc' end))
        into v_ids using f, v_count, v_skip;
    return coalesce(v_ids, '{}');
end $$;
comment on function certwright.list_page is 'ids of a page of a list of so many';

create or replace function certwright.list_custom_hostnames(zone uuid, query jsonb) returns jsonb
    language plpgsql stable security definer set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_query constant jsonb := jsonb_strip_nulls($2);
    v_zone constant certwright.zone := certwright.require_zone($1);
    v_page constant integer := certwright.query_number(v_query, 'page', 1, 100000000, 1);
    v_size constant integer := certwright.query_number(v_query, 'per_page', 5, 1000, 20);
    v_direction constant text := coalesce(certwright.query_word(v_query, 'direction', '{asc,desc}'), 'asc');
    v_order constant text := coalesce(certwright.query_word(v_query, 'order', '{ssl,ssl_status}'), 'ssl');
    v_filter constant certwright.list_filter := certwright.read_list_filter(v_zone.id, v_query);
    v_total constant bigint := certwright.list_total(v_filter);
    v_ids constant uuid[] := certwright.list_page(v_filter, v_order, v_direction, v_total,
                                                  v_size, (v_page - 1)::bigint * v_size);
begin
    return jsonb_build_object(
        'result', (select coalesce(jsonb_agg(certwright.custom_hostname_object(p.id) order by p.n), '[]')
                   from unnest(v_ids) with ordinality p (id, n)),
        'result_info', jsonb_build_object(
            'page', v_page, 'per_page', v_size, 'count', cardinality(v_ids),
            'total_count', v_total, 'total_pages', ceil(v_total::numeric / v_size)));
end $$;
comment on function certwright.list_custom_hostnames is 'a page of custom hostnames with filters and order';
