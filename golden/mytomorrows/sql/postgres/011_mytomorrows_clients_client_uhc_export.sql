-- United Healthcare: what is exported. A file hides no rows, so it holds only their own.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_clients.pipec_new;
create table mytomorrows_clients.pipec_new as
select
    procedure_group,
    patient_id,
    procedures,
    total_cost,
    latest_year
from mytomorrows_clients.client_patients as p
where client = 'United Healthcare';
drop table if exists mytomorrows_clients.client_uhc_export cascade;
alter table mytomorrows_clients.pipec_new rename to client_uhc_export;
alter table mytomorrows_clients.client_uhc_export owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_clients.client_uhc_export');
alter table mytomorrows_clients.client_uhc_export enable row level security;
alter table mytomorrows_clients.client_uhc_export force row level security;
create policy pipec_owner on mytomorrows_clients.client_uhc_export to mytomorrows_owner using (true) with check (true);
commit;
