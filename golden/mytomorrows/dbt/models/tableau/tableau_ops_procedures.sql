-- `ops_procedures` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from extracts.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_tableau',
    post_hook='{{ pipec_access_to_tableau_ops_procedures() }}'
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
    procedure_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_year,
    cast(null as text) as pipec_login,
    false as pipec_seen_by_program_manager
from {{ ref('ops_procedures') }} as shown
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
from {{ ref('ops_procedures') }} as shown
cross join pipec_logins
where exists (
    select 1 as found
    from {{ ref('dim_authorizations') }} as entitled
    where
        lower(user_id) = pipec_logins.login
        and shown.organization = organization
)
