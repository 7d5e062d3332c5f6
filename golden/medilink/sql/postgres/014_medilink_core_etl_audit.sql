-- One row per upload and table: how many rows came, how many were left out.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.etl_audit'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.etl_audit';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.etl_audit';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.etl_audit'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.etl_audit');
end
$body$;
create view medilink_core.etl_audit as
with staged as (
    select
        'facilities' as table_name,
        batch_id,
        count(*) as processed
    from medilink_staging.stg_facilities as f
    group by batch_id

    union all

    (
        select
            'patients' as table_name,
            batch_id,
            count(*) as processed
        from medilink_staging.stg_patients as p
        group by batch_id
    )

    union all

    (
        select
            'medical_records' as table_name,
            batch_id,
            count(*) as processed
        from medilink_staging.stg_medical_records as r
        group by batch_id
    )

    union all

    (
        select
            'triage_visits' as table_name,
            batch_id,
            count(*) as processed
        from medilink_staging.stg_triage_visits as v
        group by batch_id
    )
),

failed as (
    select
        table_name,
        batch_id,
        count(*) as rejected
    from medilink_core.rejected_rows as r
    group by table_name, batch_id
)

select
    s.table_name,
    s.batch_id,
    s.processed,
    coalesce(f.rejected, 0) as rejected
from staged as s
left join failed as f
    on f.table_name = s.table_name
    and f.batch_id = s.batch_id;
comment on view medilink_core.etl_audit is 'pipec: made anew by every build';
call medilink_access.reset('medilink_core.etl_audit');
grant select (table_name, batch_id, processed, rejected) on table medilink_core.etl_audit to clinician;
alter view medilink_core.etl_audit set (security_barrier = true);
commit;
