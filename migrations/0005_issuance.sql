-- Which CA is chosen and why it was left, orders that wait for their turn, and
-- packs that follow one another.

alter type certwright.flow_name add value 'authority';
create type certwright.authority_state as enum ('healthy', 'broken');

alter table certwright.certificate_authority
    add column directory_rsa text,
    add column account_url_rsa text,
    add column preferred_chain text,
    add column new_account_key bytea,
    add column meta jsonb,
    add column meta_at timestamptz;
comment on column certwright.certificate_authority.directory_rsa is 'ACME directory URL for RSA certificates, null: the same';
comment on column certwright.certificate_authority.account_url_rsa is 'the account at directory_rsa, once the CA has said it';
comment on column certwright.certificate_authority.preferred_chain is 'common name of an issuer that the chain should have, null: the CA''s first chain';
comment on column certwright.certificate_authority.new_account_key is 'sealed account key that a rollover has begun with';
comment on column certwright.certificate_authority.meta is 'what the directory says: caa_identities, profiles, renewal_info, external_account_required';
comment on column certwright.certificate_authority.meta_at is 'when the directory was read last';

alter table certwright.certificate
    add column successor_of uuid unique references certwright.certificate (id) on delete set null,
    add column renew_at timestamptz,
    add column tried_at timestamptz;
comment on column certwright.certificate.successor_of is 'the pack that it takes the place of once it is served; then null';
comment on column certwright.certificate.renew_at is 'when its successor is to be ordered';
comment on column certwright.certificate.tried_at is 'when the CA was last told to look although our own look had found nothing';

alter table certwright.issuance
    add column slot_at timestamptz,
    add column caa_at timestamptz;
comment on column certwright.issuance.slot_at is 'when the next order may be sent: its place in the CA''s budget is taken; null: none is';
comment on column certwright.issuance.caa_at is 'when CAA records last permitted the order';

create table certwright.authority_refusal (
    certificate_id uuid not null references certwright.certificate (id) on delete cascade,
    authority_id   uuid not null references certwright.certificate_authority (id) on delete cascade,
    cause          text not null,
    code           text,
    error          text,
    at             timestamptz not null default certwright.clock_now(),
    primary key (certificate_id, authority_id)
);
comment on table certwright.authority_refusal is 'why a pack left a CA';
comment on column certwright.authority_refusal.certificate_id is 'the pack';
comment on column certwright.authority_refusal.authority_id is 'the CA that it left';
comment on column certwright.authority_refusal.cause is 'caa, rate, infrastructure or policy';
comment on column certwright.authority_refusal.code is 'code of the CA''s error';
comment on column certwright.authority_refusal.error is 'the CA''s error';
comment on column certwright.authority_refusal.at is 'when it was left';
