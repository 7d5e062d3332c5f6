-- One row per code of ICD-10.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists "efiche_dw.dim_diagnosis";
create table "efiche_dw.dim_diagnosis" as
select
    row_number() over (order by code) as diagnosis_key,
    code,
    description,
    chapter
from "operational.diagnosis_codes" as d;
commit;
