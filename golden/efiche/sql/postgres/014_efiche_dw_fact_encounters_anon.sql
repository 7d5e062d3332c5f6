-- Encounters as researchers get them: the same tokens, the year and nothing of the day.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    pipec.hmac_token(cast(e.id as text), 'PSEUDONYM_KEY', 'research') as encounter_id,
    pipec.hmac_token(cast(e.patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    f.facility_key,
    pipec.year_of(cast(e.encounter_date as date)) as year,
    e.encounter_type,
    f.num_procedures,
    f.num_diagnoses,
    f.has_report
from operational.encounters as e
inner join efiche_dw.fact_encounters as f on f.encounter_id = e.id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.fact_encounters_anon'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.fact_encounters_anon';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.fact_encounters_anon';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.fact_encounters_anon'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.fact_encounters_anon');
end
$body$;
alter table efiche_dw.pipec_new rename to fact_encounters_anon;
comment on table efiche_dw.fact_encounters_anon is 'pipec: made anew by every build';
alter table efiche_dw.fact_encounters_anon owner to efiche_owner;
call efiche_access.mark_rows('efiche_dw.fact_encounters_anon', 'pipec: rows made under a20ddc29eeb1d7a7', false, array['efiche_dw.fact_encounters']::text[], array['pipec: rows made under bc438e6637bc0668']::text[]);
call efiche_access.reset('efiche_dw.fact_encounters_anon');
grant select (encounter_id, patient_id, facility_key, year, encounter_type, num_procedures, num_diagnoses, has_report) on table efiche_dw.fact_encounters_anon to clinician;
grant select (encounter_id, patient_id, facility_key, year, encounter_type, num_procedures, num_diagnoses, has_report) on table efiche_dw.fact_encounters_anon to efiche_exporter;
grant select (encounter_id, patient_id, facility_key, year, encounter_type, num_procedures, num_diagnoses, has_report) on table efiche_dw.fact_encounters_anon to researcher;
call efiche_access.hold_until('efiche_dw.fact_encounters_anon', 'researcher', 'ED-2026-07', '2027-12-31');
commit;
