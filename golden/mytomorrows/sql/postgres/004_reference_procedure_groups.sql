-- What a code is called in reports, whose specialty it is, and of which type. Codes that are not in it are grouped by their words.
-- Written by pipec from seeds/procedure_groups.csv; change it there, not here.
begin;
drop table if exists reference.pipec_new;
create table reference.pipec_new (
    code text,
    procedure_group text,
    specialty text,
    procedure_type text
);
insert into reference.pipec_new (code, procedure_group, specialty, procedure_type) values
    ('X123', 'Knee Surgery', 'Orthopedics', 'surgery'),
    ('X124', 'Knee Surgery', 'Orthopedics', 'surgery'),
    ('Y201', 'Heart Monitoring', 'Cardiology', 'monitoring'),
    ('Y202', 'Heart Monitoring', 'Cardiology', 'monitoring'),
    ('385763009', 'Hospice Care', 'Palliative', 'hospice'),
    ('1015401000000102', 'Hospice Care', 'Palliative', 'hospice');
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('reference.procedure_groups'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'reference.procedure_groups';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'reference.procedure_groups';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('reference.procedure_groups'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'reference.procedure_groups');
end
$body$;
alter table reference.pipec_new rename to procedure_groups;
comment on table reference.procedure_groups is 'pipec: made anew by every build';
alter table reference.procedure_groups owner to mytomorrows_owner;
call mytomorrows_access.mark_rows('reference.procedure_groups', 'pipec: rows made under 7f1fbc80367e4f99', false, array[]::text[], array[]::text[]);
call mytomorrows_access.reset('reference.procedure_groups');
commit;
