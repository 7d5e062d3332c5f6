-- One row per kind of procedure that was ever performed.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists "efiche_dw.dim_procedure";
create table "efiche_dw.dim_procedure" as
with kinds as (
    select distinct
        code,
        name,
        modality,
        body_part
    from "operational.procedures" as p
)

select
    row_number() over (order by code) as procedure_key,
    code,
    name,
    modality,
    body_part
from kinds as k;
commit;
