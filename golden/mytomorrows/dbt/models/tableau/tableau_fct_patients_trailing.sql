-- `fct_patients_trailing` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from hospital.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_tableau',
    post_hook='{{ pipec_access_to_tableau_fct_patients_trailing() }}'
  )
}}

with pipec_logins as (
    select distinct
        lower(user_id) as login
    from {{ ref('dim_authorizations') }} as entitled
    where
        user_id is not null
        and not exists (
            select 1 as found
            from {{ ref('dim_authorizations') }} as other
            where
                lower(user_id) = lower(entitled.user_id)
                and user_id <> entitled.user_id
        )
)

select
    specialty,
    procedure_type,
    day,
    patients,
    patients_before,
    change_percent,
    cast(null as text) as pipec_login,
    false as pipec_seen_by_hospital_staff
from {{ ref('fct_patients_trailing') }} as shown
where false

union all

select
    shown.specialty,
    shown.procedure_type,
    shown.day,
    shown.patients,
    shown.patients_before,
    shown.change_percent,
    pipec_logins.login as pipec_login,
    true as pipec_seen_by_hospital_staff
from {{ ref('fct_patients_trailing') }} as shown
cross join pipec_logins
where
    exists (
        select 1 as found
        from {{ ref('dim_authorizations') }} as entitled
        where
            lower(user_id) = pipec_logins.login
            and (shown.specialty = any(allowed_specialties))
    )
    and exists (
        select 1 as found
        from {{ ref('dim_authorizations') }} as entitled
        where
            lower(user_id) = pipec_logins.login
            and (shown.procedure_type <> 'hospice' or is_hospice_authorized)
    )
