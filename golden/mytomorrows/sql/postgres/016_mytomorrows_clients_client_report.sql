-- One row per procedure of a client's members: no name, no id, no day.
-- Written by pipec from clients.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists mytomorrows_clients.pipec_new;
create table mytomorrows_clients.pipec_new as
select
    client,
    procedure_group,
    code,
    description,
    base_cost,
    pipec.year_of(performed_on) as performed_year,
    organization,
    payer,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'clients') as patient_id,
    pipec.age_band(date_of_birth, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 10, 90) as age_bucket,
    gender
from mytomorrows_int.int_client_procedures as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_clients.client_report'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_clients.client_report';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_clients.client_report';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_clients.client_report'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_clients.client_report');
end
$body$;
alter table mytomorrows_clients.pipec_new rename to client_report;
comment on table mytomorrows_clients.client_report is 'pipec: made anew by every build';
alter table mytomorrows_clients.client_report owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_clients.client_report');
grant select (client, procedure_group, code, description, base_cost, performed_year, organization, payer, patient_id, age_bucket, gender) on table mytomorrows_clients.client_report to client_uhc;
call mytomorrows_access.hold_until('mytomorrows_clients.client_report', 'client_uhc', 'ED-2026-07', '2027-12-31');
alter table mytomorrows_clients.client_report enable row level security;
alter table mytomorrows_clients.client_report force row level security;
create policy pipec_owner on mytomorrows_clients.client_report to mytomorrows_owner using (true) with check (true);
create policy pipec_select_client_uhc on mytomorrows_clients.client_report for select to client_uhc using (
    client = 'United Healthcare'
);
commit;
