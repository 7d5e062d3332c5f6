-- What was uploaded and did not get in: the row, and why.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='medilink_core',
    post_hook='{{ pipec_access_to_rejected_rows() }}'
  )
}}

select
    'patients' as table_name,
    p.batch_id,
    p.line,
    case when p.dob is null then 'no day of birth' else 'unknown facility' end as reason
from {{ ref('stg_patients') }} as p
left join {{ ref('facilities') }} as f
    on f.name = p.facility_name
    and f.state = p.facility_state
    and f.lga = p.facility_lga
where p.dob is null or f.facility_id is null

union all

(
    select
        'triage_visits' as table_name,
        batch_id,
        line,
        'no such level' as reason
    from {{ ref('stg_triage_visits') }} as v
    where triage_level is null or triage_level not between 1 and 5
)
