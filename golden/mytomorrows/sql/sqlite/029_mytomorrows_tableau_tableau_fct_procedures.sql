-- `fct_procedures` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_tableau.tableau_fct_procedures";
create view "mytomorrows_tableau.tableau_fct_procedures" as
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
    patient_id,
    specialty,
    procedure_type,
    procedure_group,
    description,
    performed_on,
    age_bucket,
    null as pipec_login,
    false as pipec_seen_by_hospital_staff
from "mytomorrows_hospital.fct_procedures" as shown
where false

union all

select
    shown.procedure_id,
    shown.patient_id,
    shown.specialty,
    shown.procedure_type,
    shown.procedure_group,
    shown.description,
    shown.performed_on,
    shown.age_bucket,
    pipec_logins.login as pipec_login,
    true as pipec_seen_by_hospital_staff
from "mytomorrows_hospital.fct_procedures" as shown
join pipec_logins
where
    exists (
        select 1 as found
        from "mytomorrows_hospital.dim_authorizations" as entitled
        where
            pipec_lower(user_id) = pipec_logins.login
            and pipec_array_contains(allowed_specialties, shown.specialty)
    )
    and exists (
        select 1 as found
        from "mytomorrows_hospital.dim_authorizations" as entitled
        where
            pipec_lower(user_id) = pipec_logins.login
            and (shown.procedure_type <> 'hospice' or is_hospice_authorized)
    );
commit;
