-- One row per response that counts: completed, or completed and then amended.
-- Written by pipec from intermediate.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_int.int_qr_header'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_int.int_qr_header';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_int.int_qr_header';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_int.int_qr_header'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_int.int_qr_header');
end
$body$;
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
comment on view engage_analytics_int.int_qr_header is 'pipec: made anew by every build';
call engage_analytics_access.mark_rows('engage_analytics_int.int_qr_header', 'pipec: rows made under 45566110ed0775e6', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_int.int_qr_header');
grant select (qr_id, questionnaire_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on) on table engage_analytics_int.int_qr_header to privacy_officer;
alter view engage_analytics_int.int_qr_header set (security_barrier = true);
commit;
