-- One row per counseling session and how it was held.
-- Written by pipec from metrics.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_ipc_sessions() }}'
  )
}}

select
    qr_id,
    subject_patient_id,
    organization_id,
    authored_on,
    1 as session,
    delivery_format
from {{ ref('qr_start_ipc_session_1') }} as qr_start_ipc_session_1

union all

select
    qr_id,
    subject_patient_id,
    organization_id,
    authored_on,
    2 as session,
    delivery_format
from {{ ref('qr_start_ipc_session_2') }} as qr_start_ipc_session_2

union all

select
    qr_id,
    subject_patient_id,
    organization_id,
    authored_on,
    3 as session,
    delivery_format
from {{ ref('qr_start_ipc_session_3') }} as qr_start_ipc_session_3

union all

select
    qr_id,
    subject_patient_id,
    organization_id,
    authored_on,
    4 as session,
    delivery_format
from {{ ref('qr_start_ipc_session_4') }} as qr_start_ipc_session_4
