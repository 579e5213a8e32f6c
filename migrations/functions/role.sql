-- Who may do what.  certwright migrate calls grant_roles() after it has
-- applied anything.  C twin: cli/migrate.c.
--
--   certwright_daemon   everything but changing the schema
--   certwright_app      the functions of the interface and the views
--   certwright_reader   the views
--   certwright_powerdns the views of its schema only

-- They run with the rights of the schema's owner: whoever calls them needs
-- none on any table.
create or replace function certwright.interface_functions() returns setof regprocedure
    language sql stable as $$
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'certwright'::regnamespace
      and p.proname in ('create_zone', 'edit_zone', 'delete_zone', 'get_zone', 'set_fallback_origin', 'get_fallback_origin',
          'delete_fallback_origin', 'create_custom_hostname', 'get_custom_hostname', 'edit_custom_hostname',
          'refresh_custom_hostname', 'renew_custom_hostname', 'delete_custom_hostname', 'list_custom_hostnames', 'hold_name',
          'release_name', 'create_webhook', 'edit_webhook', 'get_webhook', 'delete_webhook', 'redeliver',
          'replay_events', 'dns_instructions', 'delegation_pattern', 'clock_now')
$$;
comment on function certwright.interface_functions is 'what certwright_app may call';

-- A role, made if need be and possible; false if not.
create or replace function certwright.ensure_role(p_name text) returns boolean
    language plpgsql as $$
begin
    if exists (select from pg_catalog.pg_roles r where r.rolname = p_name) then
        return true;
    end if;
    execute format('create role %I nologin', p_name);
    return true;
exception
    when duplicate_object or unique_violation then
        return true;            -- another migration was faster
    when insufficient_privilege then
        return false;
end $$;
comment on function certwright.ensure_role is 'make a role where we may';

-- A view's functions are called with the rights of whoever reads it.
create or replace function certwright.grant_views(p_role text) returns void
    language plpgsql as $$
declare
    v_view regclass;
begin
    execute format('grant usage on schema certwright to %I', p_role);
    execute format('grant execute on function certwright.clock_now(), certwright.slot_lasts(), '
        'certwright.own_limit(integer) to %I', p_role);
    for v_view in select v.oid::regclass from pg_catalog.pg_class v
            where v.relnamespace = 'certwright'::regnamespace and v.relkind = 'v' loop
        execute format('grant select on %s to %I', v_view, p_role);
    end loop;
end $$;
comment on function certwright.grant_views is 'let a role read the views';

-- A name server is nearer to strangers than anything else here.
create or replace function certwright.grant_powerdns(p_role text) returns void
    language plpgsql as $$
begin
    execute format('grant usage on schema certwright_powerdns to %I', p_role);
    execute format('grant select on all tables in schema certwright_powerdns to %I', p_role);
    execute format('grant execute on function certwright.clock_now() to %I', p_role);
end $$;
comment on function certwright.grant_powerdns is 'let a role read what PowerDNS reads';

create or replace function certwright.grant_roles() returns void
    language plpgsql as $$
declare
    v_function regprocedure;
begin
    revoke all on all functions in schema certwright from public;
    if certwright.ensure_role('certwright_daemon') then
        grant usage on schema certwright to certwright_daemon;
        grant select, insert, update, delete on all tables in schema certwright to certwright_daemon;
        grant execute on all functions in schema certwright to certwright_daemon;
    end if;
    if certwright.ensure_role('certwright_app') then
        perform certwright.grant_views('certwright_app');
        for v_function in select certwright.interface_functions() loop
            execute format('grant execute on function %s to certwright_app', v_function);
        end loop;
    end if;
    if certwright.ensure_role('certwright_reader') then
        perform certwright.grant_views('certwright_reader');
    end if;
    if certwright.ensure_role('certwright_powerdns') then
        perform certwright.grant_powerdns('certwright_powerdns');
    end if;
end $$;
comment on function certwright.grant_roles is 'make the roles and give them their rights; run after every change of functions and views';
