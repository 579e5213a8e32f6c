-- What a CA admits, and how it is: rate limits, buckets, a circuit breaker.

create type certwright.rate_kind as enum ('order', 'own', 'domain', 'exact_set', 'failure');
comment on type certwright.rate_kind is 'order: new orders of our account; own: the provider''s orders_per_hour; domain: orders for one registered domain; exact_set: orders for the same names; failure: failed validations of a hostname';

create table certwright.rate_limit (
    authority_id uuid not null references certwright.certificate_authority (id) on delete cascade,
    kind         certwright.rate_kind not null check (kind <> 'own'),
    burst        integer not null check (burst > 0),
    refill       interval not null check (refill > '0'),
    primary key (authority_id, kind)
);
comment on table certwright.rate_limit is 'which limits a CA has; the provider''s own is certificate_authority.orders_per_hour';
comment on column certwright.rate_limit.authority_id is 'the CA';
comment on column certwright.rate_limit.kind is 'what is counted';
comment on column certwright.rate_limit.burst is 'how many at once when the bucket is full';
comment on column certwright.rate_limit.refill is 'how long until one more is admitted';

create table certwright.rate_bucket (
    authority_id uuid not null references certwright.certificate_authority (id) on delete cascade,
    kind         certwright.rate_kind not null,
    key          text not null,
    full_at      timestamptz not null default '-infinity',
    base_at      timestamptz not null default '-infinity',
    taken        timestamptz[] not null default '{}',
    closed_until timestamptz,
    primary key (authority_id, kind, key)
) with (fillfactor = 80);
comment on table certwright.rate_bucket is 'what was taken from each bucket; one that is full needs no row';
comment on column certwright.rate_bucket.authority_id is 'the CA';
comment on column certwright.rate_bucket.kind is 'what is counted';
comment on column certwright.rate_bucket.key is 'of whom: empty for the account, else a registered domain, a set of names or a hostname';
comment on column certwright.rate_bucket.full_at is 'when it is full again if nothing more is taken (GCRA''s theoretical arrival time)';
comment on column certwright.rate_bucket.base_at is 'full_at before those that are in taken';
comment on column certwright.rate_bucket.taken is 'the last slots, which can be given back';
comment on column certwright.rate_bucket.closed_until is 'the CA itself said that it takes nothing before';

create table certwright.rate_booking (
    authority_id uuid not null references certwright.certificate_authority (id) on delete cascade,
    kind         certwright.rate_kind not null,
    key          text not null,
    at           timestamptz not null
);
create index rate_booking_bucket on certwright.rate_booking (authority_id, kind, key, at);
comment on table certwright.rate_booking is 'slots that a narrower bucket put off: they are kept free in a wider one without closing it until then';
comment on column certwright.rate_booking.authority_id is 'the CA';
comment on column certwright.rate_booking.kind is 'kind of the wider bucket';
comment on column certwright.rate_booking.key is 'key of the wider bucket';
comment on column certwright.rate_booking.at is 'the slot';

-- A bucket with its limit and its bookings, as reserve_order() computes with it.
create type certwright.rate_state as (
    kind         certwright.rate_kind,
    key          text,
    level        integer,
    burst        integer,
    refill       interval,
    spare        interval,
    full_at      timestamptz,
    base_at      timestamptz,
    taken        timestamptz[],
    closed_until timestamptz,
    bookings     timestamptz[]
);

-- Who is known by name and lives where it always did has the published limits.
insert into certwright.rate_limit (authority_id, kind, burst, refill)
    select a.id, l.kind::certwright.rate_kind, l.burst, l.refill::interval
    from certwright.certificate_authority a
    cross join (values ('order', 300, '36 seconds'), ('domain', 50, '202 minutes'), ('exact_set', 5, '34 hours'),
                       ('failure', 5, '12 minutes')) l (kind, burst, refill)
    where (a.name, a.directory) in (
        ('google', 'https://dv.acme-v02.api.pki.goog/directory'),
        ('lets_encrypt', 'https://acme-v02.api.letsencrypt.org/directory'),
        ('ssl_com', 'https://acme.ssl.com/sslcom-dv-ecc'),
        ('ssl_com', 'https://acme.ssl.com/sslcom-dv-rsa'));

-- ---- health ----------------------------------------------------------------

update certwright.certificate_authority set broken_since = null where broken_since is not null;
alter table certwright.certificate_authority
    add column failures        integer not null default 0,
    add column failing_since   timestamptz,
    add column probe_at        timestamptz,
    add column probe_wait      interval,
    add column last_error_code text,
    add column last_error_at   timestamptz,
    add check ((broken_since is null) = (probe_at is null) and (probe_at is null) = (probe_wait is null));
comment on column certwright.certificate_authority.failures is 'failures in a row: not reached, 5xx, time-out';
comment on column certwright.certificate_authority.failing_since is 'first of the failures in a row';
comment on column certwright.certificate_authority.broken_since is 'first of the failures in a row once there are three: only probes are made; null while it works';
comment on column certwright.certificate_authority.probe_at is 'when the next probe is made, null while it works';
comment on column certwright.certificate_authority.probe_wait is 'wait before that probe: 1, 2, 4, 8, then 15 minutes';
comment on column certwright.certificate_authority.last_error_code is 'code of last_error';
comment on column certwright.certificate_authority.last_error_at is 'when that was';

create table certwright.ca_failure (
    authority_id uuid not null references certwright.certificate_authority (id) on delete cascade,
    at           timestamptz not null default certwright.clock_now(),
    code         text
);
create index ca_failure_recent on certwright.ca_failure (authority_id, at);
comment on table certwright.ca_failure is 'errors of each CA in the last hours, to be counted';
comment on column certwright.ca_failure.authority_id is 'the CA';
comment on column certwright.ca_failure.at is 'when';
comment on column certwright.ca_failure.code is 'code of the error';
