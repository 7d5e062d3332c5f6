-- One row per patient and month with an encounter: is it their first, was anything done, did somebody insure all of it?
-- Written by pipec from executive.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_int.patient_months'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_int.patient_months';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_int.patient_months';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_int.patient_months'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_int.patient_months');
end
$body$;
create view mytomorrows_int.patient_months as
with months as (
    select
        e.patient_id,
        cast(date_trunc('month', e.started_at) as date) as month,
        count(p.procedure_id) > 0 as is_treated,
        bool_and(py.is_insurance) as is_insured
    from mytomorrows_stg.stg_encounters as e
    inner join raw.payers as py on py.payer_id = e.payer_id
    left join mytomorrows_stg.stg_procedures as p on p.encounter_id = e.encounter_id
    group by e.patient_id, date_trunc('month', e.started_at)
)

select
    patient_id,
    month,
    month = min(month) over (partition by patient_id) as is_new,
    not is_treated or not is_insured as is_missed
from months as m;
comment on view mytomorrows_int.patient_months is 'pipec: made anew by every build';
call mytomorrows_access.reset('mytomorrows_int.patient_months');
commit;
