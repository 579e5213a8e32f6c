-- Options of the daemon that SQL needs as well.  C twin: cli/prepare.c.

create or replace function certwright.put_setting(p_name text, p_value text) returns void
    language plpgsql as $$
begin
    if p_value is null then
        delete from certwright.setting where name = p_name;
    else
        insert into certwright.setting as s (name, value) values (p_name, p_value)
            on conflict (name) do update set value = excluded.value where s.value <> excluded.value;
    end if;
end $$;
comment on function certwright.put_setting is 'write an option of the daemon where SQL can read it; null: it is not set';
