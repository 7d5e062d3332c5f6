-- One row per response that counts: completed, or completed and then amended.
-- Written by pipec from intermediate.pipe; change it there, not here.
begin;
drop view if exists engage_analytics_int.int_qr_header cascade;
create view engage_analytics_int.int_qr_header as
select
    r.id as qr_id,
    r.questionnaire_id,
    r.subject_id as subject_patient_id,
    r.encounter_id,
    po.practitioner_id as author_practitioner_id,
    po.organization_id,
    r.authored_on
from engage_analytics_stg.stg_questionnaire_response as r
left join engage_analytics_int.int_practitioner_organization as po on po.practitioner_id = r.author_id
where r.status in ('completed', 'amended');
call engage_analytics_access.reset('engage_analytics_int.int_qr_header');
grant select (qr_id, questionnaire_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on) on table engage_analytics_int.int_qr_header to privacy_officer;
commit;
