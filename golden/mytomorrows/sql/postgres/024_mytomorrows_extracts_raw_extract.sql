-- One row per procedure, with what it cost and who was insured.
-- Written by pipec from extracts.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_extracts.pipec_new;
create table mytomorrows_extracts.pipec_new as
select
    pipec.hmac_token(cast(procedure_id as text), 'PSEUDONYM_KEY', 'staff') as procedure_id,
    pipec.hmac_token(cast(encounter_id as text), 'PSEUDONYM_KEY', 'staff') as encounter_id,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'staff') as patient_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    pipec.year_of(performed_on) as performed_year
from mytomorrows_int.int_extract as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_extracts.raw_extract'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_extracts.raw_extract';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_extracts.raw_extract';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_extracts.raw_extract'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_extracts.raw_extract');
end
$body$;
alter table mytomorrows_extracts.pipec_new rename to raw_extract;
comment on table mytomorrows_extracts.raw_extract is 'pipec: made anew by every build';
alter table mytomorrows_extracts.raw_extract owner to mytomorrows_owner;
call mytomorrows_access.mark_rows('mytomorrows_extracts.raw_extract', 'pipec: rows made under 75bf4935b84797cf', false, array['reference.procedure_groups', 'mytomorrows_int.int_extract', 'mytomorrows_int.int_procedures', 'mytomorrows_stg.stg_encounters', 'mytomorrows_stg.stg_patients', 'mytomorrows_stg.stg_procedures']::text[], array['pipec: rows made under 7f1fbc80367e4f99', 'pipec: rows made under 7a46193c1b242edf', 'pipec: rows made under 4140774f35c0fec7', 'pipec: rows made under 38970e797c23f2ae', 'pipec: rows made under 86c99761154732ec', 'pipec: rows made under 6b6e4a80aed8810c']::text[]);
call mytomorrows_access.reset('mytomorrows_extracts.raw_extract');
grant select (procedure_id, encounter_id, patient_id, procedure_group, procedure_type, base_cost, is_insured, organization, performed_year) on table mytomorrows_extracts.raw_extract to mytomorrows_exporter;
commit;
