-- One row per client: the day each service first became due, and the day it was first accepted.
-- Written by pipec from metrics.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_client_services() }}'
  )
}}

with screened as (
    select
        subject_patient_id,
        min(authored_on) filter (where not no_mental_problem) as eligible_ipc_on,
        min(authored_on) filter (where suicide_risk) as eligible_spi_on
    from {{ ref('qr_mw_tool') }} as qr_mw_tool
    group by subject_patient_id
),

money as (
    select
        subject_patient_id,
        min(authored_on) filter (where not no_financial_hardship) as eligible_fws_on
    from {{ ref('qr_financial_wellness_tool') }} as qr_financial_wellness_tool
    group by subject_patient_id
),

planned as (
    select
        subject_patient_id,
        min(authored_on) filter (where accepted_ipc) as accepted_ipc_on,
        min(authored_on) filter (where accepted_fws) as accepted_fws_on
    from {{ ref('qr_planning_next_steps') }} as qr_planning_next_steps
    group by subject_patient_id
)

select
    p.id as patient_id,
    p.organization_id,
    p.registration_date,
    s.eligible_ipc_on,
    s.eligible_spi_on,
    m.eligible_fws_on,
    a.accepted_ipc_on,
    a.accepted_fws_on
from {{ ref('patient') }} as p
left join screened as s on s.subject_patient_id = p.id
left join money as m on m.subject_patient_id = p.id
left join planned as a on a.subject_patient_id = p.id
