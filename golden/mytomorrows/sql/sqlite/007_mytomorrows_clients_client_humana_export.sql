-- Humana: what is exported. A file hides no rows, so it holds only their own.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_clients.client_humana_export";
create table "mytomorrows_clients.client_humana_export" as
select
    procedure_group,
    patient_id,
    procedures,
    total_cost,
    latest_year
from "mytomorrows_clients.client_patients" as p
where client = 'Humana';
commit;
