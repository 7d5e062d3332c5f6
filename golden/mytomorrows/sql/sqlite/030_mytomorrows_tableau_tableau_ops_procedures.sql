-- `ops_procedures` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from extracts.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_tableau.tableau_ops_procedures";
create view "mytomorrows_tableau.tableau_ops_procedures" as
with pipec_logins as (
    select distinct
        pipec_lower(user_id) as login
    from "mytomorrows_hospital.dim_authorizations" as entitled
    where
        user_id is not null
        and not exists (
            select 1 as found
            from "mytomorrows_hospital.dim_authorizations" as other
            where
                pipec_lower(user_id) = pipec_lower(entitled.user_id)
                and user_id <> entitled.user_id
        )
)

select
    procedure_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_year,
    null as pipec_login,
    false as pipec_seen_by_program_manager
from "mytomorrows_extracts.ops_procedures" as shown
where false

union all

select
    shown.procedure_id,
    shown.procedure_group,
    shown.procedure_type,
    shown.base_cost,
    shown.is_insured,
    shown.organization,
    shown.performed_year,
    pipec_logins.login as pipec_login,
    true as pipec_seen_by_program_manager
from "mytomorrows_extracts.ops_procedures" as shown
join pipec_logins
where exists (
    select 1 as found
    from "mytomorrows_hospital.dim_authorizations" as entitled
    where
        pipec_lower(user_id) = pipec_logins.login
        and shown.organization = organization
);
commit;
