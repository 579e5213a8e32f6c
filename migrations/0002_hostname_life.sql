-- The whole life of a custom hostname: what each look found, fallback origins
-- that are looked at, new rows before the routine.

alter type certwright.flow_name add value 'origin';

-- What was never looked at, or was woken, goes before what is only tried again.
alter table certwright.job add column priority smallint not null default 0 check (priority in (0, 1));
comment on column certwright.job.priority is '0: new or woken since the last look; 1: routine, read after the new ones';
drop index certwright.job_due;
create index job_due on certwright.job (flow, shard, priority, run_at, subject);

alter table certwright.custom_hostname add column findings json;
comment on column certwright.custom_hostname.findings is 'what the last look found, record by record: purpose, code, where, expected, found, fix';

alter table certwright.hold add column abuse boolean not null default false;
comment on column certwright.hold.abuse is 'refused for abuse: active names are blocked as well';

create type certwright.origin_status as enum ('initializing', 'pending_deployment', 'pending_deletion', 'active',
    'deployment_timed_out', 'deletion_timed_out');
-- No column can change while a view reads it; functions/view.sql makes it again.
drop view if exists certwright.zone_overview;
alter table certwright.zone
    alter column fallback_status type certwright.origin_status using fallback_status::certwright.origin_status;
