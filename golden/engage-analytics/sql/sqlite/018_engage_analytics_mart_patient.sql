-- One row per patient, with the organization and practitioner of the latest encounter.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.patient";
create table "engage_analytics_mart.patient" as
with latest as (
    select
        subject_id,
        organization_id,
        practitioner_id,
        row_number() over (partition by subject_id order by period_start desc, id) as rn
    from "engage_analytics_mart.encounters" as e
    where subject_id is not null
)

select
    p.id,
    p.active,
    p.gender,
    p.birth_date,
    pipec_age_years(p.birth_date, date(:run_date), 90) as age_years,
    p.deceased,
    p.family,
    p.given,
    p.phone,
    p.email,
    p.street_address,
    p.city,
    p.state,
    p.zip,
    p.medicaid_number,
    p.registration_date,
    l.organization_id,
    l.practitioner_id
from "engage_analytics_stg.stg_patient" as p
left join latest as l
    on l.subject_id = p.id
    and l.rn = 1;
commit;
