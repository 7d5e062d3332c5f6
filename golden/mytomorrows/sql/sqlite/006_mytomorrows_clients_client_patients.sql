-- One row per patient and procedure group: how often, what it cost, and the year of the latest.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_clients.client_patients";
create table "mytomorrows_clients.client_patients" as
select
    client,
    procedure_group,
    pipec_hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'clients') as patient_id,
    count(*) as procedures,
    sum(base_cost) as total_cost,
    pipec_year_of(max(performed_on)) as latest_year
from "mytomorrows_int.int_procedures" as p
where client is not null
group by client, procedure_group, p.patient_id;
commit;
