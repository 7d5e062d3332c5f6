-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_staging.stg_facilities'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_staging.stg_facilities';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_staging.stg_facilities';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_staging.stg_facilities'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_staging.stg_facilities');
end
$body$;
create view medilink_staging.stg_facilities as
select
    batch_id,
    line,
    trim(name) as name,
    upper(trim(state)) as state,
    trim(lga) as lga,
    case when lat between -90 and 90 then lat end as lat,
    case when lon between -180 and 180 then lon end as lon,
    case
        when type = 'Hospital' then 'Secondary care'
        when type in ('Clinic', 'Health Post') then 'Primary care'
        else 'Other'
    end as category,
    type,
    loaded_at
from landing.facilities as f;
comment on view medilink_staging.stg_facilities is 'pipec: made anew by every build';
call medilink_access.mark_rows('medilink_staging.stg_facilities', 'pipec: rows made under 863538b9c3c21c67', false, array[]::text[], array[]::text[]);
call medilink_access.reset('medilink_staging.stg_facilities');
commit;
