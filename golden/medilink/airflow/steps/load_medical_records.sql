-- What the load medical_records does with a file.
-- Written by pipec from the project `medilink`; change it there, not here.
set client_min_messages = error;
set datestyle = 'ISO, YMD';
set timezone = 'UTC';
\if :known
with seen as (select exists (select from landing.etl_audit_log as a where a."load" = 'medical_records' and a.sha256 = :'sha256' and a.status = 'loaded') as known),
    told as (insert into landing.etl_audit_log ("load", run_date, file, sha256, bytes, status, error, rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined, started_at, finished_at)
select 'medical_records', :'run_date'::date, :'file', :'sha256', :'bytes'::bigint, 'known', null, 0, 0, 0, 0, 0, :'started'::timestamptz, pg_catalog.clock_timestamp() from seen where known returning 1)
select case when known then 'known' else 'new' end from seen;
\elif :load
begin;
\o /dev/null
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec loads of medilink', 0));
select exists (select from landing.etl_audit_log as a where a."load" = 'medical_records' and a.sha256 = :'sha256' and a.status = 'loaded') as again \gset
\if :again
rollback;
\o
select 'known';
\else
insert into landing.etl_audit_log ("load", run_date, file, sha256, bytes, status, error, rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined, started_at, finished_at)
select 'medical_records', :'run_date'::date, :'file', :'sha256', :'bytes'::bigint, 'loaded', null, 0, 0, 0, 0, 0, :'started'::timestamptz, pg_catalog.clock_timestamp()  returning id as batch \gset
create temp table pipec_lines (line bigint not null, reason text, place text, content text not null, characters bigint not null, v1 text, v2 text, v3 text, v4 text, v5 text, v6 text, v7 text, v8 text, v9 text) on commit drop;
\copy pg_temp.pipec_lines from 'rows'
create temp table pipec_rows (pipec_line bigint primary key, facility_name text, facility_state text, facility_lga text, first_name text, last_name text, dob date, record_type text, recorded_at timestamp, data jsonb) on commit drop;
do $pipec$
declare
    one record;
begin
    begin
        insert into pg_temp.pipec_rows select l.line, l.v1::text, l.v2::text, l.v3::text, l.v4::text, l.v5::text, l.v6::date, l.v7::text, l.v8::timestamp, l.v9::jsonb from pg_temp.pipec_lines as l where l.reason is null;
    exception when data_exception or program_limit_exceeded then
        for one in select l.* from pg_temp.pipec_lines as l where l.reason is null loop
            begin
                insert into pg_temp.pipec_rows values (one.line, one.v1::text, one.v2::text, one.v3::text, one.v4::text, one.v5::text, one.v6::date, one.v7::text, one.v8::timestamp, one.v9::jsonb);
            exception when data_exception or program_limit_exceeded then
                update pg_temp.pipec_lines as l set reason = 'type' where l.line = one.line;
            end;
        end loop;
    end;
end
$pipec$;
analyze pg_temp.pipec_lines;
analyze pg_temp.pipec_rows;
\set updated 0
with done as (
    insert into landing.medical_records (batch_id, line, facility_name, facility_state, facility_lga, first_name, last_name, dob, record_type, recorded_at, data, loaded_at) select :batch, r.pipec_line, r.facility_name, r.facility_state, r.facility_lga, r.first_name, r.last_name, r.dob, r.record_type, r.recorded_at, r.data, (:'started'::timestamptz at time zone 'UTC') from pg_temp.pipec_rows as r join pg_temp.pipec_lines as l on l.line = r.pipec_line and l.reason is null order by r.pipec_line returning 1
)
select pg_catalog.count(*) as inserted from done \gset
with done as (
    insert into landing.medical_records_quarantine (batch_id, file, line, reason, place, content, characters, quarantined_at)
    select :batch, :'file', l.line, l.reason, l.place, l.content, l.characters, :'started'::timestamptz from pg_temp.pipec_lines as l where l.reason is not null order by l.line returning 1
)
select pg_catalog.count(*) as quarantined from done \gset
update landing.etl_audit_log as a set rows_read = (select pg_catalog.count(*) from pg_temp.pipec_lines), rows_inserted = :inserted, rows_updated = :updated,
    rows_duplicate = (select pg_catalog.count(*) from pg_temp.pipec_lines as l where false), rows_quarantined = :quarantined,
    finished_at = pg_catalog.clock_timestamp() where a.id = :batch;
create temp table pipec_whole (whole boolean not null check (whole)) on commit drop;
insert into pg_temp.pipec_whole select rows_read = rows_inserted + rows_updated + rows_duplicate + rows_quarantined from landing.etl_audit_log where id = :batch;
commit;
\o
select pg_catalog.concat_ws('|', rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined) from landing.etl_audit_log where id = :batch;
\endif
\elif :failed
insert into landing.etl_audit_log ("load", run_date, file, sha256, bytes, status, error, rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined, started_at, finished_at)
select 'medical_records', :'run_date'::date, :'file', :'sha256', :'bytes'::bigint, 'failed', nullif(:'error', ''), 0, 0, 0, 0, 0, :'started'::timestamptz, pg_catalog.clock_timestamp() ;
\endif
