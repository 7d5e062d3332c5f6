-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists medilink_staging.stg_facilities cascade;
create view medilink_staging.stg_facilities as
select
    batch_id,
    line,
    trim(name) as name,
    upper(trim(state)) as state,
    trim(lga) as lga,
    case when lat between -90 and 90 then lat end as lat,
    case when lon between -180 and 180 then lon end as lon,
    case
        when type = 'Hospital' then 'Secondary care'
        when type in ('Clinic', 'Health Post') then 'Primary care'
        else 'Other'
    end as category,
    type,
    loaded_at
from landing.facilities as f;
call medilink_access.reset('medilink_staging.stg_facilities');
commit;
