-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists medilink_staging.stg_patients cascade;
create view medilink_staging.stg_patients as
select
    batch_id,
    line,
    trim(facility_name) as facility_name,
    upper(trim(facility_state)) as facility_state,
    trim(facility_lga) as facility_lga,
    trim(first_name) as first_name,
    trim(last_name) as last_name,
    case upper(left(trim(sex), 1)) when 'F' then 'F' when 'M' then 'M' end as sex,
    dob,
    phone,
    loaded_at
from landing.patients as p;
call medilink_access.reset('medilink_staging.stg_patients');
commit;
