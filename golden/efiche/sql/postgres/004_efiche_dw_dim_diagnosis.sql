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
drop table if exists efiche_dw.dim_diagnosis cascade;
alter table efiche_dw.pipec_new rename to dim_diagnosis;
alter table efiche_dw.dim_diagnosis owner to efiche_owner;
call efiche_access.reset('efiche_dw.dim_diagnosis');
grant select (diagnosis_key, code, description, chapter) on table efiche_dw.dim_diagnosis to clinician;
commit;
