-- The tables of the export client_humana_daily.
-- Written by pipec from the project `mytomorrows`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local role mytomorrows_exporter;
set local datestyle = 'ISO';
set local timezone = 'UTC';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';

-- Nobody has said that this may be sent after the last day of its determination.
\set pipec_run_date ''
\getenv pipec_run_date PIPEC_RUN_DATE
select today > cast('2027-12-31' as date) as is_over, 'determination ED-2026-07 held until 2027-12-31: nothing is sent on ' || today as over
from (select greatest(cast(now() at time zone 'UTC' as date), cast(nullif(:'pipec_run_date', '') as date)) as today) as days
\gset
\if :is_over
\warn :over
do $$ begin raise exception 'determination' using errcode = 'object_not_in_prerequisite_state'; end $$;
\endif

-- Tables and views are as the last build left them, which may have been one under other masks or labels.
select count(*) > 0 as is_older, coalesce(string_agg(expected.table_name, ', ' order by expected.table_name), '') as older
from (values
    ('mytomorrows_clients', 'client_humana_export', 'pipec: rows made under 3a21dc63cb88ca4e')
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

\o 'client_humana_export.csv'
copy (
    select
        procedure_group,
        patient_id,
        procedures,
        total_cost,
        latest_year
    from mytomorrows_clients.client_humana_export
    order by procedure_group collate "C", latest_year desc nulls last, patient_id collate "C", procedures, total_cost
) to stdout with (format csv, header);

\o
commit;
