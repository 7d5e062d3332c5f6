-- The same rows, for managers.
-- Written by pipec from extracts.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_extracts.ops_procedures";
create table "mytomorrows_extracts.ops_procedures" as
select
    procedure_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_year
from "mytomorrows_extracts.raw_extract" as r;
commit;
