-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_staging.stg_triage_visits'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_staging.stg_triage_visits';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_staging.stg_triage_visits';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_staging.stg_triage_visits'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_staging.stg_triage_visits');
end
$body$;
create view medilink_staging.stg_triage_visits as
select
    batch_id,
    line,
    trim(facility_name) as facility_name,
    upper(trim(facility_state)) as facility_state,
    trim(facility_lga) as facility_lga,
    trim(first_name) as first_name,
    trim(last_name) as last_name,
    dob,
    visited_at,
    triage_level,
    case triage_level
        when 1 then 'Critical'
        when 2 then 'High'
        when 3 then 'Medium'
        when 4 then 'Low'
        when 5 then 'Low'
    end as priority,
    conditions,
    jsonb_array_length(conditions) as condition_count,
    jsonb_array_length(recommendations) as recommendation_count,
    loaded_at
from landing.triage_visits as v;
comment on view medilink_staging.stg_triage_visits is 'pipec: made anew by every build';
call medilink_access.mark_rows('medilink_staging.stg_triage_visits', 'pipec: rows made under 8413941bbcb1ad04', false, array[]::text[], array[]::text[]);
call medilink_access.reset('medilink_staging.stg_triage_visits');
commit;
