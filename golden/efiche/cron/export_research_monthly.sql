-- The tables of the export research_monthly.
-- Written by pipec from the project `efiche`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local role efiche_exporter;
set local datestyle = 'ISO';
set local timezone = 'UTC';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';

\o 'dim_facility.csv'
copy (
    select
        facility_key,
        facility_id,
        name,
        facility_type,
        district
    from efiche_dw.dim_facility
    order by facility_key
) to stdout with (format csv, header);

\o 'dim_patient_anon.csv'
copy (
    select
        patient_id,
        sex,
        age_band
    from efiche_dw.dim_patient_anon
    order by patient_id collate "C", sex collate "C", age_band collate "C"
) to stdout with (format csv, header);

\o 'fact_encounters_anon.csv'
copy (
    select
        encounter_id,
        patient_id,
        facility_key,
        year,
        encounter_type,
        num_procedures,
        num_diagnoses,
        has_report
    from efiche_dw.fact_encounters_anon
    order by encounter_id collate "C", patient_id collate "C", facility_key, year, encounter_type collate "C", num_procedures, num_diagnoses, has_report
) to stdout with (format csv, header);

\o
commit;
