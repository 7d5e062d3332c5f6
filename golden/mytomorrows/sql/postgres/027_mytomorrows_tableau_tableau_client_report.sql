-- `client_report` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_tableau.tableau_client_report'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_tableau.tableau_client_report';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_tableau.tableau_client_report';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_tableau.tableau_client_report'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_tableau.tableau_client_report');
end
$body$;
create view mytomorrows_tableau.tableau_client_report as
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
from mytomorrows_clients.client_report as shown
where client = 'United Healthcare';
comment on view mytomorrows_tableau.tableau_client_report is 'pipec: made anew by every build';
call mytomorrows_access.reset('mytomorrows_tableau.tableau_client_report');
grant select (client, procedure_group, code, description, base_cost, performed_year, organization, payer, patient_id, age_bucket, gender, pipec_seen_by_client_uhc) on table mytomorrows_tableau.tableau_client_report to mytomorrows_tableau;
call mytomorrows_access.hold_until('mytomorrows_tableau.tableau_client_report', 'mytomorrows_tableau', 'ED-2026-07', '2027-12-31');
alter view mytomorrows_tableau.tableau_client_report set (security_barrier = true);
alter view mytomorrows_tableau.tableau_client_report set (security_barrier = true);
commit;
