-- One row per kind of procedure that was ever performed.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
with kinds as (
    select distinct
        code,
        name,
        modality,
        body_part
    from operational.procedures as p
)

select
    row_number() over (order by code) as procedure_key,
    code,
    name,
    modality,
    body_part
from kinds as k;
drop table if exists efiche_dw.dim_procedure cascade;
alter table efiche_dw.pipec_new rename to dim_procedure;
alter table efiche_dw.dim_procedure owner to efiche_owner;
call efiche_access.reset('efiche_dw.dim_procedure');
grant select (procedure_key, code, name, modality, body_part) on table efiche_dw.dim_procedure to clinician;
commit;
