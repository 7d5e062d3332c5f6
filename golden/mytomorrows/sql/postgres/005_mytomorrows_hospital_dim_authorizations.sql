-- Specialties and users.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_hospital.pipec_new;
create table mytomorrows_hospital.pipec_new as
select
    user_id,
    organization,
    department,
    string_to_array(allowed_specialties, ';') as allowed_specialties,
    is_hospice_authorized
from raw.staff as s;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_hospital.dim_authorizations'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_hospital.dim_authorizations';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_hospital.dim_authorizations';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_hospital.dim_authorizations'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_hospital.dim_authorizations');
end
$body$;
alter table mytomorrows_hospital.pipec_new rename to dim_authorizations;
comment on table mytomorrows_hospital.dim_authorizations is 'pipec: made anew by every build';
alter table mytomorrows_hospital.dim_authorizations owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_hospital.dim_authorizations');
commit;
