-- `fct_procedures` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_tableau.tableau_fct_procedures'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_tableau.tableau_fct_procedures';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_tableau.tableau_fct_procedures';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_tableau.tableau_fct_procedures'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_tableau.tableau_fct_procedures');
end
$body$;
create view mytomorrows_tableau.tableau_fct_procedures as
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
    patient_id,
    specialty,
    procedure_type,
    procedure_group,
    description,
    performed_on,
    age_bucket,
    cast(null as text) as pipec_login,
    false as pipec_seen_by_hospital_staff
from mytomorrows_hospital.fct_procedures as shown
where false

union all

select
    shown.procedure_id,
    shown.patient_id,
    shown.specialty,
    shown.procedure_type,
    shown.procedure_group,
    shown.description,
    shown.performed_on,
    shown.age_bucket,
    pipec_logins.login as pipec_login,
    true as pipec_seen_by_hospital_staff
from mytomorrows_hospital.fct_procedures as shown
cross join pipec_logins
where
    exists (
        select 1 as found
        from mytomorrows_hospital.dim_authorizations as entitled
        where
            lower(user_id) = pipec_logins.login
            and (shown.specialty = any(allowed_specialties))
    )
    and exists (
        select 1 as found
        from mytomorrows_hospital.dim_authorizations as entitled
        where
            lower(user_id) = pipec_logins.login
            and (shown.procedure_type <> 'hospice' or is_hospice_authorized)
    );
comment on view mytomorrows_tableau.tableau_fct_procedures is 'pipec: made anew by every build';
call mytomorrows_access.reset('mytomorrows_tableau.tableau_fct_procedures');
grant select (procedure_id, patient_id, specialty, procedure_type, procedure_group, description, performed_on, age_bucket, pipec_login, pipec_seen_by_hospital_staff) on table mytomorrows_tableau.tableau_fct_procedures to mytomorrows_tableau;
alter view mytomorrows_tableau.tableau_fct_procedures set (security_barrier = true);
alter view mytomorrows_tableau.tableau_fct_procedures set (security_barrier = true);
commit;
