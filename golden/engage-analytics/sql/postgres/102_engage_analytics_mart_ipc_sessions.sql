-- One row per counseling session and how it was held.
-- Written by pipec from metrics.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    qr_id,
    subject_patient_id,
    organization_id,
    authored_on,
    1 as session,
    delivery_format
from engage_analytics_mart.qr_start_ipc_session_1

union all

select
    qr_id,
    subject_patient_id,
    organization_id,
    authored_on,
    2 as session,
    delivery_format
from engage_analytics_mart.qr_start_ipc_session_2

union all

select
    qr_id,
    subject_patient_id,
    organization_id,
    authored_on,
    3 as session,
    delivery_format
from engage_analytics_mart.qr_start_ipc_session_3

union all

select
    qr_id,
    subject_patient_id,
    organization_id,
    authored_on,
    4 as session,
    delivery_format
from engage_analytics_mart.qr_start_ipc_session_4;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.ipc_sessions'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.ipc_sessions';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.ipc_sessions';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.ipc_sessions'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.ipc_sessions');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to ipc_sessions;
comment on table engage_analytics_mart.ipc_sessions is 'pipec: made anew by every build';
alter table engage_analytics_mart.ipc_sessions owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.ipc_sessions', 'pipec: rows made under c89450a67d020f1b', false, array['engage_analytics_mart.qr_start_ipc_session_1', 'engage_analytics_mart.qr_start_ipc_session_2', 'engage_analytics_mart.qr_start_ipc_session_3', 'engage_analytics_mart.qr_start_ipc_session_4']::text[], array['pipec: rows made under 1d14bbce693e3b37', 'pipec: rows made under b3d63e3b99770f59', 'pipec: rows made under b3d63e3b99770f59', 'pipec: rows made under 087dccbc60e19c34']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.ipc_sessions');
grant select (qr_id, subject_patient_id, organization_id, authored_on, session, delivery_format) on table engage_analytics_mart.ipc_sessions to privacy_officer;
commit;
