-- The tables of the export client_humana_daily.
-- Written by pipec from the project `mytomorrows`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local role mytomorrows_exporter;
set local datestyle = 'ISO';
set local timezone = 'UTC';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';

\o 'client_humana_export.csv'
copy (
    select
        procedure_group,
        patient_id,
        procedures,
        total_cost,
        latest_year
    from mytomorrows_clients.client_humana_export
    order by procedure_group collate "C", patient_id collate "C", procedures, total_cost, latest_year
) to stdout with (format csv, header);

\o
commit;
