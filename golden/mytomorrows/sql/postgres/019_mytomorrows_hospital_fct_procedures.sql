-- One row per procedure.
-- Written by pipec from hospital.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists mytomorrows_hospital.pipec_new;
create table mytomorrows_hospital.pipec_new as
select
    pipec.hmac_token(cast(procedure_id as text), 'PSEUDONYM_KEY', 'hospital') as procedure_id,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'hospital') as patient_id,
    specialty,
    procedure_type,
    procedure_group,
    description,
    performed_on,
    pipec.age_band(date_of_birth, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 10, 90) as age_bucket
from mytomorrows_int.int_hospital_procedures as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_hospital.fct_procedures'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_hospital.fct_procedures';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_hospital.fct_procedures';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_hospital.fct_procedures'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_hospital.fct_procedures');
end
$body$;
alter table mytomorrows_hospital.pipec_new rename to fct_procedures;
comment on table mytomorrows_hospital.fct_procedures is 'pipec: made anew by every build';
alter table mytomorrows_hospital.fct_procedures owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_hospital.fct_procedures');
grant select (procedure_id, patient_id, specialty, procedure_type, procedure_group, description, performed_on, age_bucket) on table mytomorrows_hospital.fct_procedures to hospital_staff;
alter table mytomorrows_hospital.fct_procedures enable row level security;
alter table mytomorrows_hospital.fct_procedures force row level security;
create policy pipec_owner on mytomorrows_hospital.fct_procedures to mytomorrows_owner using (true) with check (true);
create policy pipec_select_hospital_staff on mytomorrows_hospital.fct_procedures for select to hospital_staff using (
    (exists (
        select 1 as found
        from mytomorrows_access.authorizations_39759c95(current_user) as entitled
        where fct_procedures.specialty = any(allowed_specialties)
    ))
    and (exists (
        select 1 as found
        from mytomorrows_access.authorizations_7be17fc6(current_user) as entitled
        where fct_procedures.procedure_type <> 'hospice' or is_hospice_authorized
    ))
);
commit;
