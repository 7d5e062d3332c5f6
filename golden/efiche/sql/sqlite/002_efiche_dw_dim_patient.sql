-- One row per patient, with the age group on the first day of the year.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists "efiche_dw.dim_patient";
create table "efiche_dw.dim_patient" as
select
    row_number() over (order by id) as patient_key,
    id as patient_id,
    sex,
    district,
    date_of_birth,
    pipec_age_years(date_of_birth, substr(date(:run_date), 1, 4) || '-01-01', 90) as age,
    case
        when pipec_age_years(date_of_birth, substr(date(:run_date), 1, 4) || '-01-01', 90)
        <= 18 then '0-18'
        when pipec_age_years(date_of_birth, substr(date(:run_date), 1, 4) || '-01-01', 90)
        <= 35 then '19-35'
        when pipec_age_years(date_of_birth, substr(date(:run_date), 1, 4) || '-01-01', 90)
        <= 50 then '36-50'
        when pipec_age_years(date_of_birth, substr(date(:run_date), 1, 4) || '-01-01', 90)
        <= 70 then '51-70'
        else '71+'
    end as age_group
from "operational.patients" as p;
commit;
