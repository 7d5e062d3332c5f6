-- `client_report` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_tableau.tableau_client_report";
create view "mytomorrows_tableau.tableau_client_report" as
select
    client,
    procedure_group,
    code,
    description,
    base_cost,
    performed_year,
    organization,
    payer,
    patient_id,
    age_bucket,
    gender,
    (client = 'United Healthcare') is true as pipec_seen_by_client_uhc
from "mytomorrows_clients.client_report" as shown
where client = 'United Healthcare';
commit;
