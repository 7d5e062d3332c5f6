-- What was uploaded and did not get in: the row, and why.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.rejected_rows'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.rejected_rows';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.rejected_rows';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.rejected_rows'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.rejected_rows');
end
$body$;
create view medilink_core.rejected_rows as
select
    'patients' as table_name,
    p.batch_id,
    p.line,
    case when p.dob is null then 'no day of birth' else 'unknown facility' end as reason
from medilink_staging.stg_patients as p
left join medilink_core.facilities as f
    on f.name = p.facility_name
    and f.state = p.facility_state
    and f.lga = p.facility_lga
where p.dob is null or f.facility_id is null

union all

(
    select
        'triage_visits' as table_name,
        batch_id,
        line,
        'no such level' as reason
    from medilink_staging.stg_triage_visits as v
    where triage_level is null or triage_level not between 1 and 5
);
comment on view medilink_core.rejected_rows is 'pipec: made anew by every build';
call medilink_access.reset('medilink_core.rejected_rows');
grant select (table_name, batch_id, line, reason) on table medilink_core.rejected_rows to clinician;
alter view medilink_core.rejected_rows set (security_barrier = true);
commit;
