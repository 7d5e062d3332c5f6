-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists medilink_staging.stg_triage_visits cascade;
create view medilink_staging.stg_triage_visits as
select
    batch_id,
    line,
    trim(facility_name) as facility_name,
    upper(trim(facility_state)) as facility_state,
    trim(facility_lga) as facility_lga,
    trim(first_name) as first_name,
    trim(last_name) as last_name,
    dob,
    visited_at,
    triage_level,
    case triage_level
        when 1 then 'Critical'
        when 2 then 'High'
        when 3 then 'Medium'
        when 4 then 'Low'
        when 5 then 'Low'
    end as priority,
    conditions,
    jsonb_array_length(conditions) as condition_count,
    jsonb_array_length(recommendations) as recommendation_count,
    loaded_at
from landing.triage_visits as v;
call medilink_access.reset('medilink_staging.stg_triage_visits');
commit;
