-- The same rows, for managers.
-- Written by pipec from extracts.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_extracts.pipec_new;
create table mytomorrows_extracts.pipec_new as
select
    procedure_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_year
from mytomorrows_extracts.raw_extract as r;
drop table if exists mytomorrows_extracts.ops_procedures cascade;
alter table mytomorrows_extracts.pipec_new rename to ops_procedures;
alter table mytomorrows_extracts.ops_procedures owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_extracts.ops_procedures');
grant select (procedure_id, procedure_group, procedure_type, base_cost, is_insured, organization, performed_year) on table mytomorrows_extracts.ops_procedures to program_manager;
alter table mytomorrows_extracts.ops_procedures enable row level security;
alter table mytomorrows_extracts.ops_procedures force row level security;
create policy pipec_owner on mytomorrows_extracts.ops_procedures to mytomorrows_owner using (true) with check (true);
create policy pipec_select_program_manager on mytomorrows_extracts.ops_procedures for select to program_manager using (
    exists (
        select 1 as found
        from mytomorrows_access.authorizations_eb535791(current_user) as entitled
        where ops_procedures.organization = organization
    )
);
commit;
