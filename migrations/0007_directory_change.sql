-- A CA whose directory is changed is another one to whoever asks it.

alter table certwright.certificate_authority
    add column directory_at timestamptz;
update certwright.certificate_authority set directory_at = created_at;
alter table certwright.certificate_authority
    alter column directory_at set default certwright.clock_now(),
    alter column directory_at set not null;
comment on column certwright.certificate_authority.directory_at is 'since when its directories are these; what was issued before is of others';
