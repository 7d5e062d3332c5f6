-- The tables of the export metrics_daily.
-- Written by pipec from the project `engage_analytics`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local role engage_analytics_exporter;
set local datestyle = 'ISO';
set local timezone = 'UTC';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';

-- Incremental tables keep rows made before a mask or a label changed: such rows are not sent.
select count(*) > 0 as is_stale, coalesce(string_agg(expected.table_name, ', ' order by expected.table_name), '') as stale
from (values
    ('engage_analytics_stg', 'stg_encounter', 'pipec: rows made under a2d5ce2f324f732e'),
    ('engage_analytics_stg', 'stg_patient', 'pipec: rows made under 07a08cb573d2fae0'),
    ('engage_analytics_stg', 'stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff')
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
    ('engage_analytics_mart', 'fct_metrics_long', 'pipec: rows made under fc2bb229c37b2ed8')
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

\o 'fct_metrics_long.csv'
copy (
    select
        metric_id,
        unit,
        grain,
        period_date,
        organization_id,
        delivery_format,
        value
    from engage_analytics_mart.fct_metrics_long
    order by metric_id collate "C", unit collate "C", grain collate "C", period_date, organization_id collate "C", delivery_format collate "C", value
) to stdout with (format csv, header);

\o
commit;
