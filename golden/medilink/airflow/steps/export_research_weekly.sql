-- The tables of the export research_weekly.
-- Written by pipec from the project `medilink`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local role medilink_exporter;
set local datestyle = 'ISO';
set local timezone = 'UTC';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';

-- Nobody has said that this may be sent after the last day of its determination.
\set pipec_run_date ''
\getenv pipec_run_date PIPEC_RUN_DATE
select today > cast('2027-12-31' as date) as is_over, 'determination ED-2026-11 held until 2027-12-31: nothing is sent on ' || today as over
from (select greatest(cast(now() at time zone 'UTC' as date), cast(nullif(:'pipec_run_date', '') as date)) as today) as days
\gset
\if :is_over
\warn :over
do $$ begin raise exception 'determination' using errcode = 'object_not_in_prerequisite_state'; end $$;
\endif

-- Incremental tables keep rows made before a mask or a label changed: such rows are not sent.
select count(*) > 0 as is_stale, coalesce(string_agg(expected.table_name, ', ' order by expected.table_name), '') as stale
from (values
    ('medilink_core', 'facilities', 'pipec: rows made under 19a0fab43d8e230e'),
    ('medilink_core', 'patients', 'pipec: rows made under c38bbb154aa87ca4'),
    ('medilink_core', 'triage_visits', 'pipec: rows made under e6cd929557927c3c')
) as expected(schema_name, table_name, comment)
where not exists (
    select 1
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_description as d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
    where n.nspname = expected.schema_name and c.relname = expected.table_name and d.description = expected.comment
)
\gset
\if :is_stale
\warn 'rows made under other masks or labels, to be built anew with a full refresh:' :stale
do $$ begin raise exception 'residue' using errcode = 'object_not_in_prerequisite_state'; end $$;
\endif

-- Tables and views are as the last build left them, which may have been one under other masks or labels.
select count(*) > 0 as is_older, coalesce(string_agg(expected.table_name, ', ' order by expected.table_name), '') as older
from (values
    ('medilink_core', 'facilities', 'pipec: rows made under 19a0fab43d8e230e'),
    ('medilink_analytics', 'patients_anon', 'pipec: rows made under 71e370a995da00d1'),
    ('medilink_analytics', 'triage_anon', 'pipec: rows made under 4a33911fa9d250ee')
) as expected(schema_name, table_name, comment)
where not exists (
    select 1
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_description as d on d.objoid = c.oid and d.objsubid > 0 and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
    where n.nspname = expected.schema_name and c.relname = expected.table_name and d.description = expected.comment
)
\gset
\if :is_older
\warn 'not made by a build under the masks and labels of today, to be built before this export:' :older
do $$ begin raise exception 'residue' using errcode = 'object_not_in_prerequisite_state'; end $$;
\endif

\o 'facilities.csv'
copy (
    select
        facility_id,
        name,
        state,
        lga,
        lat,
        lon,
        category,
        type,
        batch_id,
        loaded_at
    from medilink_core.facilities
    order by facility_id
) to stdout with (format csv, header);

\o 'patients_anon.csv'
copy (
    select
        patient_id,
        facility_id,
        first_name,
        last_name,
        sex,
        age_band,
        phone
    from medilink_analytics.patients_anon
    order by patient_id collate "C", facility_id, first_name collate "C", last_name collate "C", sex collate "C", age_band collate "C", phone collate "C"
) to stdout with (format csv, header);

\o 'triage_anon.csv'
copy (
    select
        visit_id,
        patient_id,
        facility_id,
        visited_on,
        triage_level,
        priority,
        conditions,
        condition_count,
        recommendation_count,
        sex,
        age_band,
        state,
        category
    from medilink_analytics.triage_anon
    order by visit_id collate "C", patient_id collate "C", facility_id, visited_on, triage_level, priority collate "C", conditions, condition_count, recommendation_count, sex collate "C", age_band collate "C", state collate "C", category collate "C"
) to stdout with (format csv, header);

\o
commit;
