-- The tables.  Forward only: later changes come as 0002_*.sql and so on.
-- Functions and views are in functions/*.sql and are put in anew whenever
-- their text changes.

create schema if not exists certwright;
comment on schema certwright is 'certwright: custom hostnames, their certificates, and what was told about them';

-- The one clock of everything: every default and comparison uses it, so that
-- a test can replace its body.
create function certwright.clock_now() returns timestamptz
    language sql stable parallel safe
    as 'select now()';
comment on function certwright.clock_now is 'the one clock of everything';

create type certwright.flow_name as enum ('hostname', 'certificate', 'delivery');
create type certwright.key_type as enum ('p256', 'rsa2048');
create type certwright.hostname_status as enum (
    'active', 'pending', 'active_redeploying', 'moved', 'pending_deletion', 'deleted',
    'pending_blocked', 'pending_migration', 'pending_provisioned', 'test_pending',
    'test_active', 'test_active_apex', 'test_blocked', 'test_failed', 'provisioned', 'blocked');
create type certwright.ssl_status as enum (
    'initializing', 'pending_validation', 'pending_issuance', 'pending_deployment', 'active',
    'pending_deletion', 'deleted', 'pending_expiration', 'expired', 'initializing_timed_out',
    'validation_timed_out', 'issuance_timed_out', 'deployment_timed_out', 'deletion_timed_out',
    'pending_cleanup', 'staging_deployment', 'staging_active', 'deactivating', 'inactive',
    'backup_issued', 'holding_deployment');
create type certwright.delivery_state as enum ('pending', 'delivered', 'dead');

-- ---- the scheduler ---------------------------------------------------------

-- An alarm clock per row: narrow, one index, one UPDATE an attempt.
create table certwright.job (
    flow      certwright.flow_name not null,
    subject   uuid not null,
    shard     smallint not null,
    wakes     integer not null default 0,
    attempts  integer not null default 0,
    run_at    timestamptz not null,
    ran_at    timestamptz,
    primary key (flow, subject)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
create index job_due on certwright.job (flow, shard, run_at, subject);
comment on table certwright.job is 'when each row is looked at next; a row at rest has none';
comment on column certwright.job.flow is 'which flow the row belongs to';
comment on column certwright.job.subject is 'id of the custom hostname, certificate pack or delivery';
comment on column certwright.job.shard is '0 to 63, from the subject''s id; leased as a whole to one daemon';
comment on column certwright.job.wakes is 'counts calls of schedule(); a verdict that saw fewer runs the job again';
comment on column certwright.job.attempts is 'retries of the present state''s schedule that are used up';
comment on column certwright.job.run_at is 'the earliest moment of the next look';
comment on column certwright.job.ran_at is 'when the last look was written down';

create table certwright.daemon (
    id         uuid primary key,
    name       text not null,
    started_at timestamptz not null default certwright.clock_now(),
    seen_at    timestamptz not null default certwright.clock_now()
);
comment on table certwright.daemon is 'running daemons; one not seen for 30 seconds does not count';
comment on column certwright.daemon.id is 'chosen anew at each start';
comment on column certwright.daemon.name is 'host and process id, for people';
comment on column certwright.daemon.started_at is 'start of the daemon';
comment on column certwright.daemon.seen_at is 'last renewal of its leases';

create table certwright.shard (
    id          smallint primary key check (id between 0 and 63),
    owner       uuid references certwright.daemon (id) on delete set null,
    epoch       bigint not null default 0,
    lease_until timestamptz,
    unclean     boolean not null default false
);
insert into certwright.shard (id) select generate_series(0, 63);
comment on table certwright.shard is 'leases: whoever owns a shard performs its jobs';
comment on column certwright.shard.id is '0 to 63';
comment on column certwright.shard.owner is 'daemon that holds it, null if nobody';
comment on column certwright.shard.epoch is 'fencing number: grows with every change of owner; a verdict of an older one changes nothing';
comment on column certwright.shard.lease_until is 'until when the owner holds it';
comment on column certwright.shard.unclean is 'the last owner did not give it back: jobs are marked before they are performed';

create table certwright.suspect (
    flow    certwright.flow_name not null,
    subject uuid not null,
    marks   integer not null default 1,
    primary key (flow, subject)
);
comment on table certwright.suspect is 'jobs that were begun after an unclean takeover; from three marks on a job is put aside, ten park it';
comment on column certwright.suspect.flow is 'flow of the job';
comment on column certwright.suspect.subject is 'subject of the job';
comment on column certwright.suspect.marks is 'how often it was begun alone without a verdict';

create table certwright.attempt (
    flow     certwright.flow_name not null,
    subject  uuid not null,
    attempt  integer not null,
    at       timestamptz not null,
    state    text not null,
    outcome  text not null,
    code     text,
    detail   text,
    found    text,
    took_ms  integer not null
) partition by range (at);
create table certwright.attempt_default partition of certwright.attempt default;
create index attempt_subject on certwright.attempt (subject, at);
create index attempt_at on certwright.attempt using brin (at);
comment on table certwright.attempt is 'what each look found; partitioned by day and dropped by age';
comment on column certwright.attempt.flow is 'flow of the job';
comment on column certwright.attempt.subject is 'id of the row that was looked at';
comment on column certwright.attempt.attempt is 'retries used up before this look';
comment on column certwright.attempt.at is 'when the verdict was written';
comment on column certwright.attempt.state is 'state that the row was in';
comment on column certwright.attempt.outcome is 'go:STATE, wait, retry, postponed (a fault of ours: no retry used up), fail:STATE or parked';
comment on column certwright.attempt.code is 'stable code of the finding, null if all was well';
comment on column certwright.attempt.detail is 'the finding in words';
comment on column certwright.attempt.found is 'what was seen';
comment on column certwright.attempt.took_ms is 'milliseconds from reading the row to the verdict';

-- ---- what the provider has -------------------------------------------------

create table certwright.setting (
    name  text primary key,
    value text not null
);
comment on table certwright.setting is 'options of the daemon that SQL shows as well, written when a daemon starts';
comment on column certwright.setting.name is 'name of the option';
comment on column certwright.setting.value is 'its value';

create table certwright.public_suffix (
    rule text primary key
);
comment on table certwright.public_suffix is 'the public suffix list as A-labels, loaded by certwright migrate';
comment on column certwright.public_suffix.rule is 'a rule: name, *.name or !name';

create table certwright.certificate_authority (
    id              uuid primary key default gen_random_uuid(),
    name            text not null unique check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    directory       text not null,
    trust_file      text,
    caa_identities  text[] not null default '{}',
    contact         text,
    profile         text,
    preference      integer not null default 100,
    token_validity  interval not null default '7 days',
    orders_per_hour integer check (orders_per_hour > 0),
    enabled         boolean not null default true,
    account_key     bytea not null,
    account_url     text,
    eab_kid         text,
    eab_hmac        bytea,
    broken_since    timestamptz,
    last_error      text,
    created_at      timestamptz not null default certwright.clock_now(),
    check ((eab_kid is null) = (eab_hmac is null))
);
comment on table certwright.certificate_authority is 'a CA is data: where its directory is, what its CAA identities are, which account we have';
comment on column certwright.certificate_authority.id is 'names what its secrets are sealed for';
comment on column certwright.certificate_authority.name is 'google, lets_encrypt, ssl_com or a name of the provider''s own';
comment on column certwright.certificate_authority.directory is 'ACME directory URL, https';
comment on column certwright.certificate_authority.trust_file is 'PEM file that its HTTPS certificate chains to, null: the system''s';
comment on column certwright.certificate_authority.caa_identities is 'issuer domain names in CAA records that mean this CA';
comment on column certwright.certificate_authority.contact is 'mail address of the account';
comment on column certwright.certificate_authority.profile is 'certificate profile to order, null: the CA''s default';
comment on column certwright.certificate_authority.preference is 'lower is tried first for the default CA';
comment on column certwright.certificate_authority.token_validity is 'how long a token stays usable at most';
comment on column certwright.certificate_authority.orders_per_hour is 'own limit, null: none';
comment on column certwright.certificate_authority.enabled is 'whether new orders may go there';
comment on column certwright.certificate_authority.account_key is 'sealed P-256 account key';
comment on column certwright.certificate_authority.account_url is 'the account, once the CA has said it';
comment on column certwright.certificate_authority.eab_kid is 'external account binding: key id';
comment on column certwright.certificate_authority.eab_hmac is 'external account binding: sealed HMAC key';
comment on column certwright.certificate_authority.broken_since is 'first of the failures in a row, null while it works';
comment on column certwright.certificate_authority.last_error is 'what it said or failed with last';
comment on column certwright.certificate_authority.created_at is 'when it was added';

create table certwright.zone (
    id                      uuid primary key default gen_random_uuid(),
    name                    text not null unique,
    account_id              text,
    cname_targets           text[] not null default '{}',
    apex_prefixes           cidr[] not null default '{}',
    fallback_origin         text,
    fallback_status         text,
    fallback_errors         text[] not null default '{}',
    fallback_created_at     timestamptz,
    fallback_updated_at     timestamptz,
    allow_reserved_names    boolean not null default false,
    certificate_authorities text[] not null default '{google,lets_encrypt,ssl_com}',
    key_types               certwright.key_type[] not null default '{p256,rsa2048}' check (cardinality(key_types) > 0),
    creations_per_minute    integer check (creations_per_minute > 0),
    metadata_on_wildcards   boolean not null default false,
    revoke_on_delete        boolean not null default false,
    dcv_delegation_id       text not null unique default substr(encode(uuid_send(gen_random_uuid()), 'hex'), 1, 16),
    created_at              timestamptz not null default certwright.clock_now()
);
comment on table certwright.zone is 'one SaaS application of the provider: where its custom hostnames live';
comment on column certwright.zone.id is 'zone id';
comment on column certwright.zone.name is 'name, for people';
comment on column certwright.zone.account_id is 'account that events name';
comment on column certwright.zone.cname_targets is 'names that custom hostnames may CNAME to';
comment on column certwright.zone.apex_prefixes is 'address ranges that apex hostnames may point into';
comment on column certwright.zone.fallback_origin is 'where traffic goes by default; also a CNAME target';
comment on column certwright.zone.fallback_status is 'initializing or active, null without a fallback origin';
comment on column certwright.zone.fallback_errors is 'why the fallback origin is not active';
comment on column certwright.zone.fallback_created_at is 'when it was first set';
comment on column certwright.zone.fallback_updated_at is 'when it was last set or checked';
comment on column certwright.zone.allow_reserved_names is 'admits names under example.com and the reserved top domains, for trials';
comment on column certwright.zone.certificate_authorities is 'preference order of the default CA';
comment on column certwright.zone.key_types is 'key types that a pack has';
comment on column certwright.zone.creations_per_minute is 'limit of creations, null: unlimited';
comment on column certwright.zone.metadata_on_wildcards is 'admits custom metadata on wildcard hostnames';
comment on column certwright.zone.revoke_on_delete is 'revoke certificates of deleted hostnames';
comment on column certwright.zone.dcv_delegation_id is 'label of this zone in the delegation domain';
comment on column certwright.zone.created_at is 'when it was created';

create table certwright.custom_hostname (
    id                   uuid primary key default gen_random_uuid(),
    zone_id              uuid not null references certwright.zone (id),
    hostname             text not null check (hostname = lower(hostname) and octet_length(hostname) between 1 and 255),
    status               certwright.hostname_status not null default 'pending',
    since                timestamptz not null default certwright.clock_now(),
    code                 text,
    error                text,
    ownership_value      uuid not null unique default gen_random_uuid(),
    custom_metadata      jsonb,
    custom_origin_server text,
    custom_origin_sni    text,
    ssl                  boolean not null default false,
    points_here          boolean,
    created_at           timestamptz not null default certwright.clock_now(),
    modified_at          timestamptz not null default certwright.clock_now(),
    removed_at           timestamptz,
    check (removed_at is null or status = 'deleted')
) with (fillfactor = 85);
-- Serves equality and prefixes in any locale; what was removed does not count.
create unique index custom_hostname_one_per_zone on certwright.custom_hostname (zone_id, hostname text_pattern_ops)
    where removed_at is null;
create index custom_hostname_list on certwright.custom_hostname (zone_id, ssl, created_at, id)
    where removed_at is null;
create index custom_hostname_created on certwright.custom_hostname (zone_id, created_at);
create unique index custom_hostname_one_owner on certwright.custom_hostname (hostname)
    where status in ('active', 'active_redeploying');
create index custom_hostname_by_name on certwright.custom_hostname (hostname);
comment on table certwright.custom_hostname is 'a customer''s name in a zone; deleted ones stay as tombstones';
comment on column certwright.custom_hostname.id is 'custom hostname id';
comment on column certwright.custom_hostname.zone_id is 'zone that it lives in';
comment on column certwright.custom_hostname.hostname is 'lower-case A-labels, no final dot';
comment on column certwright.custom_hostname.status is 'ownership; the certificate has its own status';
comment on column certwright.custom_hostname.since is 'since when it has this status';
comment on column certwright.custom_hostname.code is 'code of what is wrong at present, null if nothing is';
comment on column certwright.custom_hostname.error is 'what is wrong at present, in the documented words';
comment on column certwright.custom_hostname.ownership_value is 'value of the TXT or HTTP proof; never changes, never used again';
comment on column certwright.custom_hostname.custom_metadata is 'the provider''s own data';
comment on column certwright.custom_hostname.custom_origin_server is 'origin of this hostname instead of the fallback';
comment on column certwright.custom_hostname.custom_origin_sni is 'server name for that origin';
comment on column certwright.custom_hostname.ssl is 'whether a certificate is wanted';
comment on column certwright.custom_hostname.points_here is 'whether its DNS pointed at us when that was seen last; null: not seen yet';
comment on column certwright.custom_hostname.created_at is 'when it was created';
comment on column certwright.custom_hostname.modified_at is 'when it was last edited or changed its status';
comment on column certwright.custom_hostname.removed_at is 'when the provider deleted it: the row stays so that its ownership value is never used again, the name is free';

create table certwright.hold (
    name               text primary key,
    include_subdomains boolean not null default false,
    reason             text,
    created_at         timestamptz not null default certwright.clock_now()
);
comment on table certwright.hold is 'names that their owner, or the provider''s abuse desk, forbids to claim';
comment on column certwright.hold.name is 'lower-case A-labels';
comment on column certwright.hold.include_subdomains is 'holds every name below it as well';
comment on column certwright.hold.reason is 'for people';
comment on column certwright.hold.created_at is 'when it was held';

create table certwright.certificate (
    id                 uuid primary key default gen_random_uuid(),
    zone_id            uuid not null references certwright.zone (id),
    custom_hostname_id uuid references certwright.custom_hostname (id),
    hostname           text not null,
    wildcard           boolean not null default false,
    status             certwright.ssl_status not null default 'initializing',
    since              timestamptz not null default certwright.clock_now(),
    method             text not null check (method in ('http', 'txt', 'email')),
    type               text not null default 'dv' check (type = 'dv'),
    wanted_authority   text not null default '',
    authority_id       uuid references certwright.certificate_authority (id),
    bundle_method      text not null default 'ubiquitous' check (bundle_method in ('ubiquitous', 'optimal', 'force')),
    branding           boolean not null default false,
    key_types          certwright.key_type[] not null,
    settings           jsonb not null default '{}',
    code               text,
    error              text,
    version            bigint not null default 1,
    created_at         timestamptz not null default certwright.clock_now()
) with (fillfactor = 85);
create unique index certificate_one_per_hostname on certwright.certificate (custom_hostname_id);
create index certificate_by_name on certwright.certificate (hostname);
comment on table certwright.certificate is 'a certificate pack: what serves one custom hostname';
comment on column certwright.certificate.id is 'pack id (ssl.id)';
comment on column certwright.certificate.zone_id is 'zone of the hostname';
comment on column certwright.certificate.custom_hostname_id is 'hostname that it is attached to; null once another pack took its place';
comment on column certwright.certificate.hostname is 'the name that it covers';
comment on column certwright.certificate.wildcard is 'covers *.hostname as well';
comment on column certwright.certificate.status is 'ssl.status';
comment on column certwright.certificate.since is 'since when it has this status';
comment on column certwright.certificate.method is 'how control is shown to the CA: http or txt';
comment on column certwright.certificate.type is 'always dv';
comment on column certwright.certificate.wanted_authority is 'CA that was asked for, empty: the default CA';
comment on column certwright.certificate.authority_id is 'CA that was chosen';
comment on column certwright.certificate.bundle_method is 'ubiquitous, optimal or force';
comment on column certwright.certificate.branding is 'the configured branding name is the common name';
comment on column certwright.certificate.key_types is 'key types that the pack is to have';
comment on column certwright.certificate.settings is 'ciphers, http2, tls_1_3, min_tls_version, early_hints';
comment on column certwright.certificate.code is 'code of what is wrong at present';
comment on column certwright.certificate.error is 'what is wrong at present';
comment on column certwright.certificate.version is 'grows with each new set of certificates; names the folder on an edge';
comment on column certwright.certificate.created_at is 'when it was created';

create table certwright.issuance (
    certificate_id uuid not null references certwright.certificate (id) on delete cascade,
    key_type       certwright.key_type not null,
    order_url      text,
    order_status   text,
    finalize_url   text,
    certificate_url text,
    order_expires_at timestamptz,
    private_key    bytea,
    csr            text,
    chain          text,
    serial_number  text,
    issuer         text,
    signature      text,
    fingerprint    text,
    not_before     timestamptz,
    not_after      timestamptz,
    uploaded_at    timestamptz,
    primary key (certificate_id, key_type),
    check ((private_key is null) = (csr is null)),
    check ((chain is null) = (serial_number is null)),
    check (chain is null or private_key is not null)
);
create index issuance_not_after on certwright.issuance (not_after) where not_after is not null;
comment on table certwright.issuance is 'one order, key and certificate of a pack, for one key type';
comment on column certwright.issuance.certificate_id is 'the pack';
comment on column certwright.issuance.key_type is 'p256 or rsa2048';
comment on column certwright.issuance.order_url is 'the order at the CA; null: none was made or it was given up';
comment on column certwright.issuance.order_status is 'as the CA said last: pending, ready, processing, valid; unknown: ask before acting';
comment on column certwright.issuance.finalize_url is 'where the CSR goes';
comment on column certwright.issuance.certificate_url is 'where the certificate is, once there is one';
comment on column certwright.issuance.order_expires_at is 'when the CA drops the order';
comment on column certwright.issuance.private_key is 'sealed private key, stored before finalize';
comment on column certwright.issuance.csr is 'base64url of the CSR that goes with the key';
comment on column certwright.issuance.chain is 'PEM, leaf first, checked before it was stored';
comment on column certwright.issuance.serial_number is 'decimal';
comment on column certwright.issuance.issuer is 'who issued it';
comment on column certwright.issuance.signature is 'signature algorithm';
comment on column certwright.issuance.fingerprint is 'SHA-256 of the leaf, hexadecimal';
comment on column certwright.issuance.not_before is 'start of validity';
comment on column certwright.issuance.not_after is 'end of validity';
comment on column certwright.issuance.uploaded_at is 'when it was stored';

create table certwright.challenge (
    certificate_id    uuid not null references certwright.certificate (id) on delete cascade,
    key_type          certwright.key_type not null,
    identifier        text not null,
    wildcard          boolean not null default false,
    url               text not null,
    method            text not null check (method in ('http', 'txt')),
    token             text not null,
    key_authorization text not null,
    txt_value         text not null,
    status            text not null,
    expires_at        timestamptz,
    told_at           timestamptz,
    primary key (certificate_id, key_type, identifier, wildcard, method)
);
create index challenge_token on certwright.challenge (token) where method = 'http';
comment on table certwright.challenge is 'tokens that a CA wants to see now';
comment on column certwright.challenge.certificate_id is 'the pack';
comment on column certwright.challenge.key_type is 'which of its orders';
comment on column certwright.challenge.identifier is 'the name to show control of';
comment on column certwright.challenge.wildcard is 'it is for *.identifier';
comment on column certwright.challenge.url is 'challenge at the CA';
comment on column certwright.challenge.method is 'http or txt';
comment on column certwright.challenge.token is 'the CA''s token';
comment on column certwright.challenge.key_authorization is 'body for http';
comment on column certwright.challenge.txt_value is 'value for txt';
comment on column certwright.challenge.status is 'pending: not published; seen: found by our own look; processing: the CA was told to look';
comment on column certwright.challenge.expires_at is 'when the token stops being usable';
comment on column certwright.challenge.told_at is 'when the CA was told to look';

create table certwright.ca_order (
    authority_id   uuid not null references certwright.certificate_authority (id) on delete cascade,
    ordered_at     timestamptz not null default certwright.clock_now(),
    certificate_id uuid not null,
    key_type       certwright.key_type not null
);
create index ca_order_recent on certwright.ca_order (authority_id, ordered_at);
comment on table certwright.ca_order is 'orders of the last days, for budgets';
comment on column certwright.ca_order.authority_id is 'the CA';
comment on column certwright.ca_order.ordered_at is 'when the order was made';
comment on column certwright.ca_order.certificate_id is 'the pack';
comment on column certwright.ca_order.key_type is 'key type that it was for';

-- ---- news ------------------------------------------------------------------

create table certwright.webhook (
    id                 uuid primary key default gen_random_uuid(),
    zone_id            uuid not null references certwright.zone (id),
    name               text not null,
    url                text not null check (octet_length(url) <= 2048),
    event_types        text[],
    failures           text not null default 'all' check (failures in ('all', 'on_change')),
    enabled            boolean not null default true,
    secret_clear       text,
    secret             bytea,
    old_secret         bytea,
    plain_secret_clear text,
    plain_secret       bytea,
    old_secret_until   timestamptz,
    created_at         timestamptz not null default certwright.clock_now()
);
create index webhook_zone on certwright.webhook (zone_id);
comment on table certwright.webhook is 'an endpoint of the provider that hears events of one zone';
comment on column certwright.webhook.id is 'names what its secrets are sealed for';
comment on column certwright.webhook.zone_id is 'zone whose events it hears';
comment on column certwright.webhook.name is 'for people';
comment on column certwright.webhook.url is 'https URL';
comment on column certwright.webhook.event_types is 'types that it hears, null: all';
comment on column certwright.webhook.failures is 'all, or on_change: a failure is sent only when its reason changes';
comment on column certwright.webhook.enabled is 'false after 410 Gone or by the provider';
comment on column certwright.webhook.secret_clear is 'signing secret until a daemon has sealed it, at most a second';
comment on column certwright.webhook.secret is 'sealed signing secret';
comment on column certwright.webhook.old_secret is 'sealed previous signing secret while it rotates';
comment on column certwright.webhook.plain_secret_clear is 'value of cf-webhook-auth until a daemon has sealed it';
comment on column certwright.webhook.plain_secret is 'sealed value of cf-webhook-auth';
comment on column certwright.webhook.old_secret_until is 'until when deliveries carry the signature of the previous secret as well';
comment on column certwright.webhook.created_at is 'when it was created';

create table certwright.event (
    seq                bigint generated always as identity primary key,
    id                 uuid not null unique default gen_random_uuid(),
    type               text not null,
    created_at         timestamptz not null default certwright.clock_now(),
    zone_id            uuid not null,
    custom_hostname_id uuid,
    reason             text,
    body               jsonb not null
);
create index event_hostname on certwright.event (custom_hostname_id, seq);
create index event_zone on certwright.event (zone_id, created_at);
comment on table certwright.event is 'every change that the provider hears about, written with the change';
comment on column certwright.event.seq is 'order; within a hostname the order of the changes';
comment on column certwright.event.id is 'webhook-id: constant over retries';
comment on column certwright.event.type is 'event type';
comment on column certwright.event.created_at is 'when the change was made';
comment on column certwright.event.zone_id is 'zone';
comment on column certwright.event.custom_hostname_id is 'hostname; null for packs that are not attached any more';
comment on column certwright.event.reason is 'code of a failure, to send it only when it changes';
comment on column certwright.event.body is 'what is sent';

create table certwright.delivery (
    id                 uuid primary key default gen_random_uuid(),
    webhook_id         uuid not null references certwright.webhook (id) on delete cascade,
    event_seq          bigint not null references certwright.event (seq),
    custom_hostname_id uuid,
    state              certwright.delivery_state not null default 'pending',
    since              timestamptz not null default certwright.clock_now(),
    last_status        integer,
    code               text,
    error              text,
    unique (event_seq, webhook_id)
);
create index delivery_order on certwright.delivery (webhook_id, custom_hostname_id, event_seq) where state = 'pending';
comment on table certwright.delivery is 'one event for one endpoint';
comment on column certwright.delivery.id is 'delivery id';
comment on column certwright.delivery.webhook_id is 'endpoint';
comment on column certwright.delivery.event_seq is 'event';
comment on column certwright.delivery.custom_hostname_id is 'hostname; deliveries of one hostname to one endpoint go in order';
comment on column certwright.delivery.state is 'pending, delivered or dead';
comment on column certwright.delivery.since is 'since when';
comment on column certwright.delivery.last_status is 'last HTTP status';
comment on column certwright.delivery.code is 'code of the last failure';
comment on column certwright.delivery.error is 'last failure in words';
