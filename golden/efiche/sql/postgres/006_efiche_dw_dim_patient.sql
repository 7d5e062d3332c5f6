-- One row per patient, with the age group on the first day of the year.
-- Written by pipec from warehouse.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    row_number() over (order by id) as patient_key,
    id as patient_id,
    sex,
    district,
    date_of_birth,
    pipec.age_years(date_of_birth, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 90) as age,
    case
        when pipec.age_years(date_of_birth, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 90)
        <= 18 then '0-18'
        when pipec.age_years(date_of_birth, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 90)
        <= 35 then '19-35'
        when pipec.age_years(date_of_birth, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 90)
        <= 50 then '36-50'
        when pipec.age_years(date_of_birth, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 90)
        <= 70 then '51-70'
        else '71+'
    end as age_group
from operational.patients as p;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.dim_patient'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.dim_patient';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.dim_patient';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.dim_patient'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.dim_patient');
end
$body$;
alter table efiche_dw.pipec_new rename to dim_patient;
comment on table efiche_dw.dim_patient is 'pipec: made anew by every build';
alter table efiche_dw.dim_patient owner to efiche_owner;
call efiche_access.mark_rows('efiche_dw.dim_patient', 'pipec: rows made under 10dce515bc3f9ef1', false, array[]::text[], array[]::text[]);
call efiche_access.reset('efiche_dw.dim_patient');
grant select (patient_key, patient_id, sex, district, date_of_birth, age, age_group) on table efiche_dw.dim_patient to clinician;
commit;
