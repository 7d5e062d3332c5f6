-- One row per encounter: what happened in it, counted.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
with procedure_counts as (
    select
        encounter_id,
        count(*) as n
    from operational.procedures as p
    group by encounter_id
),

diagnosis_counts as (
    select
        encounter_id,
        count(*) as n
    from operational.diagnoses as d
    group by encounter_id
),

report_counts as (
    select
        encounter_id,
        count(*) as n
    from operational.reports as r
    group by encounter_id
)

select
    row_number() over (order by e.id) as encounter_key,
    e.id as encounter_id,
    p.patient_key,
    f.facility_key,
    cast(to_char(e.encounter_date, 'YYYYMMDD') as integer) as time_key,
    e.encounter_type,
    coalesce(pc.n, 0) as num_procedures,
    coalesce(dc.n, 0) as num_diagnoses,
    coalesce(rc.n, 0) > 0 as has_report
from operational.encounters as e
inner join efiche_dw.dim_patient as p on p.patient_id = e.patient_id
inner join efiche_dw.dim_facility as f on f.facility_id = e.facility_id
left join procedure_counts as pc on pc.encounter_id = e.id
left join diagnosis_counts as dc on dc.encounter_id = e.id
left join report_counts as rc on rc.encounter_id = e.id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.fact_encounters'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.fact_encounters';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.fact_encounters';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.fact_encounters'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.fact_encounters');
end
$body$;
alter table efiche_dw.pipec_new rename to fact_encounters;
comment on table efiche_dw.fact_encounters is 'pipec: made anew by every build';
alter table efiche_dw.fact_encounters owner to efiche_owner;
call efiche_access.mark_rows('efiche_dw.fact_encounters', 'pipec: rows made under bc438e6637bc0668', false, array['efiche_dw.dim_facility', 'efiche_dw.dim_patient']::text[], array['pipec: rows made under 46308ebe33b0e1cf', 'pipec: rows made under 10dce515bc3f9ef1']::text[]);
call efiche_access.reset('efiche_dw.fact_encounters');
grant select (encounter_key, encounter_id, patient_key, facility_key, time_key, encounter_type, num_procedures, num_diagnoses, has_report) on table efiche_dw.fact_encounters to clinician;
commit;
