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
drop table if exists engage_analytics_mart.ipc_sessions cascade;
alter table engage_analytics_mart.pipec_new rename to ipc_sessions;
alter table engage_analytics_mart.ipc_sessions owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.ipc_sessions');
grant select (qr_id, subject_patient_id, organization_id, authored_on, session, delivery_format) on table engage_analytics_mart.ipc_sessions to privacy_officer;
commit;
