-- Tokens with a history, what of them is published, and by whom.

alter type certwright.flow_name add value 'publication';

-- ---- tokens ------------------------------------------------------------------

-- A token that is of no use any more stays until the next ones are there, and
-- longer: who publishes an old value is told so.
alter table certwright.challenge
    drop constraint challenge_pkey,
    drop constraint challenge_method_check,
    add constraint challenge_method_check check (method in ('http', 'txt', 'persist')),
    add column id bigint generated always as identity primary key,
    add column created_at timestamptz not null default certwright.clock_now(),
    add column voided_at timestamptz;
create unique index challenge_live on certwright.challenge (certificate_id, key_type, identifier, wildcard, method)
    where voided_at is null;
create index challenge_of_pack on certwright.challenge (certificate_id);
create index challenge_by_name on certwright.challenge (identifier) where voided_at is null;
drop index certwright.challenge_token;
comment on table certwright.challenge is 'tokens that a CA wants to see, and those that it wanted to see before';
comment on column certwright.challenge.id is 'order of arrival';
comment on column certwright.challenge.method is 'http, txt, or persist: a record that stays (dns-persist-01)';
comment on column certwright.challenge.txt_value is 'value for txt; the whole record for persist';
comment on column certwright.challenge.created_at is 'when the CA gave it';
comment on column certwright.challenge.voided_at is 'when it became useless: its order expired, failed or was given up; null: it is asked for now';

-- Where a TXT value belongs in the delegation domain: PowerDNS looks it up by
-- that name.
alter table certwright.challenge add column delegation_name text;
comment on column certwright.challenge.delegation_name is 'name in the delegation domain at which the TXT value is to be found; null: none, or voided before the domain became this one';
create index challenge_by_delegation on certwright.challenge (delegation_name)
    where voided_at is null and delegation_name is not null;

alter table certwright.certificate
    add column setback json,
    add column is_delegated boolean not null default false,
    add column findings json;
comment on column certwright.certificate.setback is 'why its last order came to nothing ({code, detail}): new tokens are shown at once but looked at when the schedule says; null: nothing';
comment on column certwright.certificate.is_delegated is '_acme-challenge led to our delegation name when that was seen last';
comment on column certwright.certificate.findings is 'what the last look for its tokens found: purpose, code, where, expected, found, fix';

-- ---- what follows the tokens: the memory of responders --------------------------

create table certwright.token_news (
    xid  xid8 not null default pg_current_xact_id(),
    name text not null,
    at   timestamptz not null default certwright.clock_now()
);
create index token_news_xid on certwright.token_news (xid);
comment on table certwright.token_news is 'names whose published tokens may have changed: daemons read again what they have now';
comment on column certwright.token_news.xid is 'the transaction: whoever knows which ones he has seen misses none';
comment on column certwright.token_news.name is 'identifier of the tokens; empty: the delegation ids changed';
comment on column certwright.token_news.at is 'when, for pruning';

create table certwright.token_news_pruned (
    one   boolean primary key default true check (one),
    xid   xid8 not null
);
comment on table certwright.token_news_pruned is 'how far the news were thrown away: who is older reads everything';
comment on column certwright.token_news_pruned.one is 'there is one row';
comment on column certwright.token_news_pruned.xid is 'news of transactions before this one may be gone';
insert into certwright.token_news_pruned (xid) values (pg_current_xact_id());

-- ---- delegation ids ----------------------------------------------------------------

-- A customer's CNAME outlives the zone that it was made for.
create table certwright.delegation (
    id         text primary key,
    zone_id    uuid not null,
    created_at timestamptz not null default certwright.clock_now()
);
comment on table certwright.delegation is 'labels of zones in the delegation domain, also of zones that are gone: none is given twice';
comment on column certwright.delegation.id is 'the label (zone.dcv_delegation_id)';
comment on column certwright.delegation.zone_id is 'zone that it was made for';
comment on column certwright.delegation.created_at is 'when it was made';
insert into certwright.delegation (id, zone_id) select z.dcv_delegation_id, z.id from certwright.zone z;

-- ---- values that are pushed to a name server of the provider ----------------------------

create type certwright.publication_status as enum ('publishing', 'published');
create table certwright.publication (
    id      uuid primary key default gen_random_uuid(),
    zone_id uuid not null,
    hostname text not null,
    name    text not null unique,
    status  certwright.publication_status not null default 'publishing',
    since   timestamptz not null default certwright.clock_now(),
    code    text,
    error   text
);
create index publication_of_hostname on certwright.publication (hostname, zone_id);
comment on table certwright.publication is 'a name in the delegation domain whose TXT values are pushed by RFC 2136';
comment on column certwright.publication.id is 'subject of the flow publication';
comment on column certwright.publication.zone_id is 'zone of the hostname';
comment on column certwright.publication.hostname is 'whose delegation it is';
comment on column certwright.publication.name is 'whole name, the delegation domain included';
comment on column certwright.publication.status is 'publishing: the name server is not known to have what is wanted';
comment on column certwright.publication.since is 'since when it has this status';
comment on column certwright.publication.code is 'code of what is wrong at present';
comment on column certwright.publication.error is 'what is wrong at present';

create table certwright.publication_value (
    publication_id uuid not null references certwright.publication (id) on delete cascade,
    value          text not null,
    wanted         boolean not null,
    published_at   timestamptz,
    primary key (publication_id, value)
);
comment on table certwright.publication_value is 'values of ours that are, or may be, at the name server; none is forgotten before it is known to be gone';
comment on column certwright.publication_value.publication_id is 'the name';
comment on column certwright.publication_value.value is 'TXT value';
comment on column certwright.publication_value.wanted is 'false: to be removed';
comment on column certwright.publication_value.published_at is 'when the name server was last seen to have it; null: it was not';

-- Names follow another delegation domain, or another name server, a few at a
-- time: in one transaction they would hold up all verdicts.
create table certwright.delegation_followed (
    one      boolean primary key default true check (one),
    settings text not null default '',
    after    text
);
comment on table certwright.delegation_followed is 'how far the tokens have followed a change of the options about delegation';
comment on column certwright.delegation_followed.one is 'there is one row';
comment on column certwright.delegation_followed.settings is 'dcv_domain and dcv_update_server that they follow';
comment on column certwright.delegation_followed.after is 'hostnames up to this one have done so; null: all';
insert into certwright.delegation_followed default values;
