-- Encounters and what they came to.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    e.encounter_key,
    k.diagnosis_key,
    d.is_primary
from operational.diagnoses as d
inner join efiche_dw.fact_encounters as e on e.encounter_id = d.encounter_id
inner join efiche_dw.dim_diagnosis as k on k.code = d.code;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.bridge_encounter_diagnosis'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.bridge_encounter_diagnosis';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.bridge_encounter_diagnosis';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.bridge_encounter_diagnosis'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.bridge_encounter_diagnosis');
end
$body$;
alter table efiche_dw.pipec_new rename to bridge_encounter_diagnosis;
comment on table efiche_dw.bridge_encounter_diagnosis is 'pipec: made anew by every build';
alter table efiche_dw.bridge_encounter_diagnosis owner to efiche_owner;
call efiche_access.reset('efiche_dw.bridge_encounter_diagnosis');
grant select (encounter_key, diagnosis_key, is_primary) on table efiche_dw.bridge_encounter_diagnosis to clinician;
commit;
