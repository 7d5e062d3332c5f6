-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists medilink_staging.stg_medical_records cascade;
create view medilink_staging.stg_medical_records as
select
    batch_id,
    line,
    trim(facility_name) as facility_name,
    upper(trim(facility_state)) as facility_state,
    trim(facility_lga) as facility_lga,
    trim(first_name) as first_name,
    trim(last_name) as last_name,
    dob,
    record_type,
    recorded_at,
    data ->> 'diagnosis' as diagnosis,
    data ->> 'treatment' as treatment,
    data ->> 'medications' as medications,
    data ->> 'notes' as notes,
    loaded_at
from landing.medical_records as r;
call medilink_access.reset('medilink_staging.stg_medical_records');
commit;
