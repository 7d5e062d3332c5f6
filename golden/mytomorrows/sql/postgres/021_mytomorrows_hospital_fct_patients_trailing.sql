-- Every day, patients helped in the thirty days up to it, and how that compares with the thirty before.
-- Written by pipec from hospital.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists mytomorrows_hospital.pipec_new;
create table mytomorrows_hospital.pipec_new as
select
    p.specialty,
    p.procedure_type,
    cast(d.day as date) as day,
    count(distinct p.patient_id) filter (
        where p.performed_on > cast(d.day as date) - 30
    ) as patients,
    count(distinct p.patient_id) filter (
        where p.performed_on <= cast(d.day as date) - 30
    ) as patients_before,
    round(
        100.0
        * (
            count(distinct p.patient_id) filter (where p.performed_on > cast(d.day as date) - 30)
            - count(distinct p.patient_id) filter (where p.performed_on <= cast(d.day as date) - 30)
        )
        / nullif(
            count(distinct p.patient_id) filter (where p.performed_on <= cast(d.day as date) - 30),
            0
        ),
        1
    ) as change_percent
from mytomorrows_hospital.fct_procedures as p
inner join lateral generate_series(cast(cast('2024-07-01' as date) as timestamp), cast(cast(:'run_date' as date) as timestamp), interval '1 day') as d(day)
    on p.performed_on between cast(d.day as date) - 59 and cast(d.day as date)
group by p.specialty, p.procedure_type, cast(d.day as date);
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_hospital.fct_patients_trailing'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_hospital.fct_patients_trailing';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_hospital.fct_patients_trailing';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_hospital.fct_patients_trailing'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_hospital.fct_patients_trailing');
end
$body$;
alter table mytomorrows_hospital.pipec_new rename to fct_patients_trailing;
comment on table mytomorrows_hospital.fct_patients_trailing is 'pipec: made anew by every build';
alter table mytomorrows_hospital.fct_patients_trailing owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_hospital.fct_patients_trailing');
grant select (specialty, procedure_type, day, patients, patients_before, change_percent) on table mytomorrows_hospital.fct_patients_trailing to hospital_staff;
alter table mytomorrows_hospital.fct_patients_trailing enable row level security;
alter table mytomorrows_hospital.fct_patients_trailing force row level security;
create policy pipec_owner on mytomorrows_hospital.fct_patients_trailing to mytomorrows_owner using (true) with check (true);
create policy pipec_select_hospital_staff on mytomorrows_hospital.fct_patients_trailing for select to hospital_staff using (
    (exists (
        select 1 as found
        from mytomorrows_access.authorizations_39759c95(current_user) as entitled
        where fct_patients_trailing.specialty = any(allowed_specialties)
    ))
    and (exists (
        select 1 as found
        from mytomorrows_access.authorizations_7be17fc6(current_user) as entitled
        where fct_patients_trailing.procedure_type <> 'hospice' or is_hospice_authorized
    ))
);
commit;
