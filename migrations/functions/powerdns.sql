-- What PowerDNS reads: its generic PostgreSQL backend, with the queries that it
-- comes with, finds here the delegation domain and the values that it is to
-- have now.  What C answers by itself from the same rows: dcv/authority.c.
-- Set up: docs/powerdns.md.

create schema if not exists certwright_powerdns;
comment on schema certwright_powerdns is 'tables as PowerDNS wants them, read only; its search_path leads here';

drop view if exists certwright_powerdns.records, certwright_powerdns.domains, certwright_powerdns.nameservers,
    certwright_powerdns.domainmetadata, certwright_powerdns.cryptokeys, certwright_powerdns.comments,
    certwright_powerdns.tsigkeys, certwright_powerdns.supermasters;

-- ---- the name of a value ---------------------------------------------------------

create or replace function certwright.name_token() returns trigger
    language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    new.delegation_name := (
        select certwright.delegation_target(new.identifier, z.dcv_delegation_id)
        from certwright.certificate c join certwright.zone z on z.id = c.zone_id where c.id = new.certificate_id);
    return new;
end $$;
comment on function certwright.name_token is 'says of a new token where it belongs in the delegation domain';
create or replace trigger challenge_name_token before insert on certwright.challenge
    for each row when (new.method = 'txt') execute function certwright.name_token();

create or replace function certwright.name_tokens(p_hostnames text[]) returns void
    language sql as $$
    update certwright.challenge v set delegation_name = certwright.delegation_target(v.identifier, z.dcv_delegation_id)
        from certwright.certificate c join certwright.zone z on z.id = c.zone_id
        where v.identifier = any (p_hostnames) and v.method = 'txt' and v.voided_at is null and c.id = v.certificate_id
          and v.delegation_name is distinct from certwright.delegation_target(v.identifier, z.dcv_delegation_id)
$$;
comment on function certwright.name_tokens is 'says of the tokens of hostnames where they belong, in another delegation domain';

-- ---- what PowerDNS reads -----------------------------------------------------------

create view certwright_powerdns.domains as
    select 1 as id, lower(rtrim(s.value, '.')) as name, 'NATIVE'::text as type, null::text as master,
        null::integer as last_check, null::bigint as notified_serial, null::text as account,
        null::text as options, null::text as catalog
    from certwright.setting s
    where s.name = 'dcv_domain' and s.value <> '';
comment on view certwright_powerdns.domains is 'the delegation domain (option dcv_domain)';
comment on column certwright_powerdns.domains.id is 'always 1';
comment on column certwright_powerdns.domains.name is 'dcv_domain';
comment on column certwright_powerdns.domains.type is 'NATIVE: whoever serves it reads it here';
comment on column certwright_powerdns.domains.master is 'none';
comment on column certwright_powerdns.domains.last_check is 'never';
comment on column certwright_powerdns.domains.notified_serial is 'nobody is notified';
comment on column certwright_powerdns.domains.account is 'nobody';
comment on column certwright_powerdns.domains.options is 'none';
comment on column certwright_powerdns.domains.catalog is 'none';

create view certwright_powerdns.nameservers as
    select w.rank, lower(rtrim(w.word[1], '.')) as name, w.word[2:] as addresses
    from certwright.setting s
    cross join lateral (
        select e.rank, string_to_array(btrim(e.entry), '=') as word
        from string_to_table(s.value, ',') with ordinality e (entry, rank)
        where btrim(e.entry) <> '') w
    where s.name = 'dcv_nameservers';
comment on view certwright_powerdns.nameservers is 'name servers of the delegation domain (option dcv_nameservers); not for PowerDNS itself';
comment on column certwright_powerdns.nameservers.rank is 'order of the option';
comment on column certwright_powerdns.nameservers.name is 'name server';
comment on column certwright_powerdns.nameservers.addresses is 'its addresses, as far as they are said';

-- Below a delegation id every name exists: to deny one would deny all below it
-- (RFC 8020), and values come and go.  So says a wildcard without a type.
create view certwright_powerdns.records as
    with entry as not materialized (
        select d.name, 'SOA' as type, format('%s hostmaster.%s 1 3600 600 604800 5', n.name, d.name) as content
        from certwright_powerdns.domains d, lateral (
            select s.name from certwright_powerdns.nameservers s order by s.rank limit 1) n
        union all
        select d.name, 'NS', n.name
        from certwright_powerdns.domains d, certwright_powerdns.nameservers n
        union all
        select n.name, case when a.address like '%:%' then 'AAAA' else 'A' end, a.address
        from certwright_powerdns.domains d, certwright_powerdns.nameservers n, unnest(n.addresses) a (address)
        where right(n.name, length(d.name) + 1) = '.' || d.name
        union all
        (select distinct v.delegation_name, 'TXT', '"' || v.txt_value || '"'
        from certwright.challenge v
        join certwright.certificate c on c.id = v.certificate_id
        where v.voided_at is null and v.delegation_name is not null and v.method = 'txt' and c.method = 'txt'
          and coalesce(v.expires_at > certwright.clock_now(), true))
        union all
        select l.label || z.dcv_delegation_id || '.' || d.name, null, null
        from certwright_powerdns.domains d, certwright.zone z, (values (''), ('*.')) l (label)
    )
    select null::bigint as id, 1 as domain_id, e.name, e.type, e.content, 60 as ttl, 0 as prio,
        false as disabled, null::text as ordername, true as auth
    from entry e;
comment on view certwright_powerdns.records is 'all records of the delegation domain at this moment';
comment on column certwright_powerdns.records.id is 'none: nobody changes them here';
comment on column certwright_powerdns.records.domain_id is 'domains.id';
comment on column certwright_powerdns.records.name is 'owner, in lower case';
comment on column certwright_powerdns.records.type is 'SOA, NS, A, AAAA, TXT; null: the name exists, and is empty';
comment on column certwright_powerdns.records.content is 'as in a zone file';
comment on column certwright_powerdns.records.ttl is 'always 60';
comment on column certwright_powerdns.records.prio is 'of no meaning here';
comment on column certwright_powerdns.records.disabled is 'never';
comment on column certwright_powerdns.records.ordername is 'none: PowerDNS is not to sign it';
comment on column certwright_powerdns.records.auth is 'always';

-- Its queries name these too.

create view certwright_powerdns.domainmetadata as
    select null::bigint as id, null::integer as domain_id, null::text as kind, null::text as content where false;
comment on view certwright_powerdns.domainmetadata is 'empty';
comment on column certwright_powerdns.domainmetadata.id is 'as PowerDNS has it';
comment on column certwright_powerdns.domainmetadata.domain_id is 'as PowerDNS has it';
comment on column certwright_powerdns.domainmetadata.kind is 'as PowerDNS has it';
comment on column certwright_powerdns.domainmetadata.content is 'as PowerDNS has it';

create view certwright_powerdns.cryptokeys as
    select null::bigint as id, null::integer as domain_id, null::integer as flags, null::boolean as active,
        null::boolean as published, null::text as content where false;
comment on view certwright_powerdns.cryptokeys is 'empty';
comment on column certwright_powerdns.cryptokeys.id is 'as PowerDNS has it';
comment on column certwright_powerdns.cryptokeys.domain_id is 'as PowerDNS has it';
comment on column certwright_powerdns.cryptokeys.flags is 'as PowerDNS has it';
comment on column certwright_powerdns.cryptokeys.active is 'as PowerDNS has it';
comment on column certwright_powerdns.cryptokeys.published is 'as PowerDNS has it';
comment on column certwright_powerdns.cryptokeys.content is 'as PowerDNS has it';

create view certwright_powerdns.comments as
    select null::bigint as id, null::integer as domain_id, null::text as name, null::text as type,
        null::integer as modified_at, null::text as account, null::text as comment where false;
comment on view certwright_powerdns.comments is 'empty';
comment on column certwright_powerdns.comments.id is 'as PowerDNS has it';
comment on column certwright_powerdns.comments.domain_id is 'as PowerDNS has it';
comment on column certwright_powerdns.comments.name is 'as PowerDNS has it';
comment on column certwright_powerdns.comments.type is 'as PowerDNS has it';
comment on column certwright_powerdns.comments.modified_at is 'as PowerDNS has it';
comment on column certwright_powerdns.comments.account is 'as PowerDNS has it';
comment on column certwright_powerdns.comments.comment is 'as PowerDNS has it';

create view certwright_powerdns.tsigkeys as
    select null::bigint as id, null::text as name, null::text as algorithm, null::text as secret where false;
comment on view certwright_powerdns.tsigkeys is 'empty';
comment on column certwright_powerdns.tsigkeys.id is 'as PowerDNS has it';
comment on column certwright_powerdns.tsigkeys.name is 'as PowerDNS has it';
comment on column certwright_powerdns.tsigkeys.algorithm is 'as PowerDNS has it';
comment on column certwright_powerdns.tsigkeys.secret is 'as PowerDNS has it';

create view certwright_powerdns.supermasters as
    select null::text as ip, null::text as nameserver, null::text as account where false;
comment on view certwright_powerdns.supermasters is 'empty';
comment on column certwright_powerdns.supermasters.ip is 'as PowerDNS has it';
comment on column certwright_powerdns.supermasters.nameserver is 'as PowerDNS has it';
comment on column certwright_powerdns.supermasters.account is 'as PowerDNS has it';
