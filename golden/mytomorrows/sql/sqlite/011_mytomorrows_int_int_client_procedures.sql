-- The procedures of clients' members.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_int.int_client_procedures";
create view "mytomorrows_int.int_client_procedures" as
select
    client,
    procedure_group,
    code,
    description,
    base_cost,
    performed_on,
    organization,
    payer,
    patient_id,
    date_of_birth,
    gender
from "mytomorrows_int.int_procedures" as p
where client is not null;
commit;
