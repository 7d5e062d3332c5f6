-- One row per procedure of a client's members: no name, no id, no day.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_clients.client_report";
create table "mytomorrows_clients.client_report" as
select
    client,
    procedure_group,
    code,
    description,
    base_cost,
    pipec_year_of(performed_on) as performed_year,
    organization,
    payer,
    pipec_hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'clients') as patient_id,
    pipec_age_band(date_of_birth, substr(date(:run_date), 1, 4) || '-01-01', 10, 90) as age_bucket,
    gender
from "mytomorrows_int.int_client_procedures" as base;
commit;
