-- SPI Subform 1: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_spi_subform_1";
create table "engage_analytics_mart.qr_spi_subform_1" as
select
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on,
    max(a.answer) filter (where a.linkid = 'spi/narrative') as narrative,
    max(a.answer_flag) filter (where a.linkid = 'spi/ideation') as ideation,
    max(a.answer_flag) filter (where a.linkid = 'spi/plan') as has_plan,
    max(a.answer_flag) filter (where a.linkid = 'spi/means') as has_access_to_means
from "engage_analytics_int.int_qr_header" as h
left join "engage_analytics_int.int_qr_answers_long" as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/104455'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
commit;
