-- One row per response that counts: completed, or completed and then amended.
-- Written by pipec from intermediate.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='engage_analytics_int',
    post_hook='{{ pipec_access_to_int_qr_header() }}'
  )
}}

select
    r.id as qr_id,
    r.questionnaire_id,
    r.subject_id as subject_patient_id,
    r.encounter_id,
    po.practitioner_id as author_practitioner_id,
    po.organization_id,
    r.authored_on
from {{ ref('stg_questionnaire_response') }} as r
left join {{ ref('int_practitioner_organization') }} as po on po.practitioner_id = r.author_id
where r.status in ('completed', 'amended')
