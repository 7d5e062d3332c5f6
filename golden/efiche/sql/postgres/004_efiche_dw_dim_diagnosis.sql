-- One row per code of ICD-10.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    row_number() over (order by code) as diagnosis_key,
    code,
    description,
    chapter
from operational.diagnosis_codes as d;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.dim_diagnosis'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.dim_diagnosis';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.dim_diagnosis';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.dim_diagnosis'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.dim_diagnosis');
end
$body$;
alter table efiche_dw.pipec_new rename to dim_diagnosis;
comment on table efiche_dw.dim_diagnosis is 'pipec: made anew by every build';
alter table efiche_dw.dim_diagnosis owner to efiche_owner;
call efiche_access.reset('efiche_dw.dim_diagnosis');
grant select (diagnosis_key, code, description, chapter) on table efiche_dw.dim_diagnosis to clinician;
commit;
