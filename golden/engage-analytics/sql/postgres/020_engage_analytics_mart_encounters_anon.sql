-- Encounters, de-identified: the year of the visit only, and nobody's id.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    pipec.hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    status,
    class_code,
    service,
    case when reason is not null then 'REDACTED' end as reason,
    pipec.hmac_token(subject_id, 'PSEUDONYM_KEY', 'anon') as subject_id,
    pipec.hmac_token(practitioner_id, 'PSEUDONYM_KEY', 'anon') as practitioner_id,
    organization_id,
    pipec.year_of(encounter_date) as encounter_date
from engage_analytics_mart.encounters as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.encounters_anon'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.encounters_anon';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.encounters_anon';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.encounters_anon'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.encounters_anon');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to encounters_anon;
comment on table engage_analytics_mart.encounters_anon is 'pipec: made anew by every build';
alter table engage_analytics_mart.encounters_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_encounter', 'pipec: rows made under a2d5ce2f324f732e');
call engage_analytics_access.mark_rows('engage_analytics_mart.encounters_anon', 'pipec: rows made under a24755b7b2eecd2b', false, array['engage_analytics_mart.encounters']::text[], array['pipec: rows made under 6e8a3b4cd937d78a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.encounters_anon');
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date) on table engage_analytics_mart.encounters_anon to analyst;
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date) on table engage_analytics_mart.encounters_anon to engage_analytics_exporter;
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date) on table engage_analytics_mart.encounters_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.encounters_anon', 'analyst', 'ED-2026-01', '2027-12-31');
commit;
