-- One row per client: the day each service first became due, and the day it was first accepted.
-- Written by pipec from metrics.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
with screened as (
    select
        subject_patient_id,
        min(authored_on) filter (where not no_mental_problem) as eligible_ipc_on,
        min(authored_on) filter (where suicide_risk) as eligible_spi_on
    from engage_analytics_mart.qr_mw_tool
    group by subject_patient_id
),

money as (
    select
        subject_patient_id,
        min(authored_on) filter (where not no_financial_hardship) as eligible_fws_on
    from engage_analytics_mart.qr_financial_wellness_tool
    group by subject_patient_id
),

planned as (
    select
        subject_patient_id,
        min(authored_on) filter (where accepted_ipc) as accepted_ipc_on,
        min(authored_on) filter (where accepted_fws) as accepted_fws_on
    from engage_analytics_mart.qr_planning_next_steps
    group by subject_patient_id
)

select
    p.id as patient_id,
    p.organization_id,
    p.registration_date,
    s.eligible_ipc_on,
    s.eligible_spi_on,
    m.eligible_fws_on,
    a.accepted_ipc_on,
    a.accepted_fws_on
from engage_analytics_mart.patient as p
left join screened as s on s.subject_patient_id = p.id
left join money as m on m.subject_patient_id = p.id
left join planned as a on a.subject_patient_id = p.id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.client_services'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.client_services';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.client_services';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.client_services'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.client_services');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to client_services;
comment on table engage_analytics_mart.client_services is 'pipec: made anew by every build';
alter table engage_analytics_mart.client_services owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.client_services', 'pipec: rows made under bcbec14d39666279', false, array['engage_analytics_mart.patient', 'engage_analytics_mart.qr_financial_wellness_tool', 'engage_analytics_mart.qr_mw_tool', 'engage_analytics_mart.qr_planning_next_steps']::text[], array['pipec: rows made under a717390396d3cb62', 'pipec: rows made under eda1d9434b8da00d', 'pipec: rows made under 709e85b3567ada33', 'pipec: rows made under b41c33b7ea80021a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.client_services');
grant select (patient_id, organization_id, registration_date, eligible_ipc_on, eligible_spi_on, eligible_fws_on, accepted_ipc_on, accepted_fws_on) on table engage_analytics_mart.client_services to privacy_officer;
commit;
