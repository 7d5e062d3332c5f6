-- `ops_procedures` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from extracts.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_tableau.tableau_ops_procedures'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_tableau.tableau_ops_procedures';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_tableau.tableau_ops_procedures';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_tableau.tableau_ops_procedures'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_tableau.tableau_ops_procedures');
end
$body$;
create view mytomorrows_tableau.tableau_ops_procedures as
with pipec_logins as (
    select distinct
        lower(user_id) as login
    from mytomorrows_hospital.dim_authorizations as entitled
    where
        user_id is not null
        and not exists (
            select 1 as found
            from mytomorrows_hospital.dim_authorizations as other
            where
                lower(user_id) = lower(entitled.user_id)
                and user_id <> entitled.user_id
        )
)

select
    procedure_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_year,
    cast(null as text) as pipec_login,
    false as pipec_seen_by_program_manager
from mytomorrows_extracts.ops_procedures as shown
where false

union all

select
    shown.procedure_id,
    shown.procedure_group,
    shown.procedure_type,
    shown.base_cost,
    shown.is_insured,
    shown.organization,
    shown.performed_year,
    pipec_logins.login as pipec_login,
    true as pipec_seen_by_program_manager
from mytomorrows_extracts.ops_procedures as shown
cross join pipec_logins
where exists (
    select 1 as found
    from mytomorrows_hospital.dim_authorizations as entitled
    where
        lower(user_id) = pipec_logins.login
        and shown.organization = organization
);
comment on view mytomorrows_tableau.tableau_ops_procedures is 'pipec: made anew by every build';
call mytomorrows_access.reset('mytomorrows_tableau.tableau_ops_procedures');
grant select (procedure_id, procedure_group, procedure_type, base_cost, is_insured, organization, performed_year, pipec_login, pipec_seen_by_program_manager) on table mytomorrows_tableau.tableau_ops_procedures to mytomorrows_tableau;
call mytomorrows_access.hold_until('mytomorrows_tableau.tableau_ops_procedures', 'mytomorrows_tableau', 'ED-2026-07', '2027-12-31');
alter view mytomorrows_tableau.tableau_ops_procedures set (security_barrier = true);
alter view mytomorrows_tableau.tableau_ops_procedures set (security_barrier = true);
commit;
