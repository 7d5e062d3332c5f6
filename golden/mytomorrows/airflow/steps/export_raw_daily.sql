-- The tables of the export raw_daily.
-- Written by pipec from the project `mytomorrows`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local role mytomorrows_exporter;
set local datestyle = 'ISO';
set local timezone = 'UTC';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';

\o 'raw_extract.csv'
copy (
    select
        procedure_id,
        encounter_id,
        patient_id,
        procedure_group,
        procedure_type,
        base_cost,
        is_insured,
        organization,
        performed_year
    from mytomorrows_extracts.raw_extract
    order by procedure_id collate "C", encounter_id collate "C", patient_id collate "C", procedure_group collate "C", procedure_type collate "C", base_cost, is_insured, organization collate "C", performed_year
) to stdout with (format csv, header);

\o
commit;
