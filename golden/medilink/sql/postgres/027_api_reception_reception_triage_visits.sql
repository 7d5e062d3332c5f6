-- `announced_visits` as the API `reception` shows it.
-- Written by pipec from core.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('api_reception.reception_triage_visits'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'api_reception.reception_triage_visits';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'api_reception.reception_triage_visits';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('api_reception.reception_triage_visits'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'api_reception.reception_triage_visits');
end
$body$;
create view api_reception.reception_triage_visits as
select
    announcement_id,
    patient_id,
    facility_id,
    triage_level,
    expected_on,
    announced_at
from medilink_intake.announced_visits as shown;
comment on view api_reception.reception_triage_visits is 'pipec: made anew by every build';
call medilink_access.reset('api_reception.reception_triage_visits');
grant select (announcement_id, patient_id, facility_id, triage_level, expected_on, announced_at) on table api_reception.reception_triage_visits to receptionist;
alter view api_reception.reception_triage_visits set (security_barrier = true);
commit;
