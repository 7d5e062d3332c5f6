-- The tables of the export research_monthly.
-- Written by pipec from the project `efiche`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local role efiche_exporter;
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
    ('efiche_dw', 'dim_facility', 'pipec: rows made under 46308ebe33b0e1cf'),
    ('efiche_dw', 'dim_patient_anon', 'pipec: rows made under 6b7bfb758206f7df'),
    ('efiche_dw', 'fact_encounters_anon', 'pipec: rows made under a20ddc29eeb1d7a7')
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

\o 'dim_facility.csv'
copy (
    select
        facility_key,
        facility_id,
        name,
        facility_type,
        district
    from efiche_dw.dim_facility
    order by facility_key
) to stdout with (format csv, header);

\o 'dim_patient_anon.csv'
copy (
    select
        patient_id,
        sex,
        age_band
    from efiche_dw.dim_patient_anon
    order by patient_id collate "C", sex collate "C", age_band collate "C"
) to stdout with (format csv, header);

\o 'fact_encounters_anon.csv'
copy (
    select
        encounter_id,
        patient_id,
        facility_key,
        year,
        encounter_type,
        num_procedures,
        num_diagnoses,
        has_report
    from efiche_dw.fact_encounters_anon
    order by encounter_id collate "C", patient_id collate "C", facility_key, year, encounter_type collate "C", num_procedures, num_diagnoses, has_report
) to stdout with (format csv, header);

\o
commit;
