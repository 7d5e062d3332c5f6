-- Every day, patients helped in the thirty days up to it, and how that compares with the thirty before.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_hospital.fct_patients_trailing";
create table "mytomorrows_hospital.fct_patients_trailing" as
select
    p.specialty,
    p.procedure_type,
    pipec_to_date(d.value) as day,
    count(distinct p.patient_id) filter (
        where p.performed_on > pipec_date_add(pipec_to_date(d.value), -30)
    ) as patients,
    count(distinct p.patient_id) filter (
        where p.performed_on <= pipec_date_add(pipec_to_date(d.value), -30)
    ) as patients_before,
    pipec_round(pipec_divide(100.0
    * (
        count(distinct p.patient_id) filter (
            where p.performed_on > pipec_date_add(pipec_to_date(d.value), -30)
        )
        - count(distinct p.patient_id) filter (
            where p.performed_on <= pipec_date_add(pipec_to_date(d.value), -30)
        )
    ), nullif(
        count(distinct p.patient_id) filter (
            where p.performed_on <= pipec_date_add(pipec_to_date(d.value), -30)
        ),
        0
    )), 1) as change_percent
from "mytomorrows_hospital.fct_procedures" as p
inner join json_each(pipec_moment_series(pipec_to_timestamp(pipec_to_date('2024-07-01')), pipec_to_timestamp(date(:run_date)), '1 day')) as d
    on p.performed_on between pipec_date_add(pipec_to_date(d.value), -59) and pipec_to_date(d.value)
group by p.specialty, p.procedure_type, pipec_to_date(d.value);
commit;
