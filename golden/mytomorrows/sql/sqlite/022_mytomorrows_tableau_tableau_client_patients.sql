-- `client_patients` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_tableau.tableau_client_patients";
create view "mytomorrows_tableau.tableau_client_patients" as
select
    client,
    procedure_group,
    patient_id,
    procedures,
    total_cost,
    latest_year,
    (client = 'United Healthcare') is true as pipec_seen_by_client_uhc
from "mytomorrows_clients.client_patients" as shown
where client = 'United Healthcare';
commit;
