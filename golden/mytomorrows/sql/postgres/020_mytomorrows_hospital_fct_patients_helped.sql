-- Patients helped, by day.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_hospital.pipec_new;
create table mytomorrows_hospital.pipec_new as
select
    specialty,
    procedure_type,
    performed_on,
    count(distinct patient_id) as patients,
    count(*) as procedures
from mytomorrows_hospital.fct_procedures as p
group by specialty, procedure_type, performed_on;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_hospital.fct_patients_helped'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_hospital.fct_patients_helped';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_hospital.fct_patients_helped';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_hospital.fct_patients_helped'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_hospital.fct_patients_helped');
end
$body$;
alter table mytomorrows_hospital.pipec_new rename to fct_patients_helped;
comment on table mytomorrows_hospital.fct_patients_helped is 'pipec: made anew by every build';
alter table mytomorrows_hospital.fct_patients_helped owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_hospital.fct_patients_helped');
grant select (specialty, procedure_type, performed_on, patients, procedures) on table mytomorrows_hospital.fct_patients_helped to hospital_staff;
alter table mytomorrows_hospital.fct_patients_helped enable row level security;
alter table mytomorrows_hospital.fct_patients_helped force row level security;
create policy pipec_owner on mytomorrows_hospital.fct_patients_helped to mytomorrows_owner using (true) with check (true);
create policy pipec_select_hospital_staff on mytomorrows_hospital.fct_patients_helped for select to hospital_staff using (
    (exists (
        select 1 as found
        from mytomorrows_access.authorizations_39759c95(current_user) as entitled
        where fct_patients_helped.specialty = any(allowed_specialties)
    ))
    and (exists (
        select 1 as found
        from mytomorrows_access.authorizations_7be17fc6(current_user) as entitled
        where fct_patients_helped.procedure_type <> 'hospice' or is_hospice_authorized
    ))
);
commit;
