-- What the load padchest does with a file.
-- Written by pipec from the project `efiche`; change it there, not here.
set client_min_messages = error;
set datestyle = 'ISO, YMD';
set timezone = 'UTC';
\if :known
with seen as (select exists (select from operational.padchest_files as a where a."load" = 'padchest' and a.sha256 = :'sha256' and a.status = 'loaded') as known),
    told as (insert into operational.padchest_files ("load", run_date, file, sha256, bytes, status, error, rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined, started_at, finished_at)
select 'padchest', :'run_date'::date, :'file', :'sha256', :'bytes'::bigint, 'known', null, 0, 0, 0, 0, 0, :'started'::timestamptz, pg_catalog.clock_timestamp() from seen where known returning 1)
select case when known then 'known' else 'new' end from seen;
\elif :load
begin;
\o /dev/null
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec loads of efiche', 0));
select exists (select from operational.padchest_files as a where a."load" = 'padchest' and a.sha256 = :'sha256' and a.status = 'loaded') as again \gset
\if :again
rollback;
\o
select 'known';
\else
insert into operational.padchest_files ("load", run_date, file, sha256, bytes, status, error, rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined, started_at, finished_at)
select 'padchest', :'run_date'::date, :'file', :'sha256', :'bytes'::bigint, 'loaded', null, 0, 0, 0, 0, 0, :'started'::timestamptz, pg_catalog.clock_timestamp()  returning id as batch \gset
create temp table pipec_lines (line bigint not null, reason text, place text, content text not null, characters bigint not null, v1 text, v2 text, v3 text, v4 text, v5 text, v6 text, v7 text) on commit drop;
\copy pg_temp.pipec_lines from 'rows'
create temp table pipec_rows (pipec_line bigint primary key, image_id text, study_id text, patient_code text, study_date date, projection text, labels text, report text) on commit drop;
do $pipec$
declare
    one record;
begin
    begin
        insert into pg_temp.pipec_rows select l.line, l.v1::text, l.v2::text, l.v3::text, l.v4::date, l.v5::text, l.v6::text, l.v7::text from pg_temp.pipec_lines as l where l.reason is null;
    exception when data_exception or program_limit_exceeded then
        for one in select l.* from pg_temp.pipec_lines as l where l.reason is null loop
            begin
                insert into pg_temp.pipec_rows values (one.line, one.v1::text, one.v2::text, one.v3::text, one.v4::date, one.v5::text, one.v6::text, one.v7::text);
            exception when data_exception or program_limit_exceeded then
                update pg_temp.pipec_lines as l set reason = 'type' where l.line = one.line;
            end;
        end loop;
    end;
end
$pipec$;
analyze pg_temp.pipec_lines;
analyze pg_temp.pipec_rows;
update pg_temp.pipec_lines as l set reason = 'one_of', place = 'projection' where l.reason is null and l.line in (select pipec_line from pg_temp.pipec_rows where not (projection in ('PA', 'AP', 'L')));
update pg_temp.pipec_lines as l set reason = 'duplicate', place = null where l.reason is null and l.line in (select n.line from (select r.pipec_line as line, pg_catalog.row_number() over (partition by r.image_id order by r.pipec_line) as nth from pg_temp.pipec_rows as r join pg_temp.pipec_lines as l on l.line = r.pipec_line and l.reason is null) as n where n.nth > 1);
update pg_temp.pipec_lines as l set reason = 'duplicate', place = null where l.reason is null and l.line in (select r.pipec_line from pg_temp.pipec_rows as r where exists (select from operational.padchest_staging as t where t.image_id = r.image_id));
\set updated 0
with done as (
    insert into operational.padchest_staging (image_id, study_id, patient_code, study_date, projection, labels, report) select r.image_id, r.study_id, r.patient_code, r.study_date, r.projection, r.labels, r.report from pg_temp.pipec_rows as r join pg_temp.pipec_lines as l on l.line = r.pipec_line and l.reason is null where not exists (select from operational.padchest_staging as t where t.image_id = r.image_id) order by r.pipec_line returning 1
)
select pg_catalog.count(*) as inserted from done \gset
with done as (
    insert into operational.padchest_quarantine (batch_id, file, line, reason, place, content, characters, quarantined_at)
    select :batch, :'file', l.line, l.reason, l.place, l.content, l.characters, :'started'::timestamptz from pg_temp.pipec_lines as l where l.reason is not null and l.reason <> 'duplicate' order by l.line returning 1
)
select pg_catalog.count(*) as quarantined from done \gset
update operational.padchest_files as a set rows_read = (select pg_catalog.count(*) from pg_temp.pipec_lines), rows_inserted = :inserted, rows_updated = :updated,
    rows_duplicate = (select pg_catalog.count(*) from pg_temp.pipec_lines as l where l.reason = 'duplicate'), rows_quarantined = :quarantined,
    finished_at = pg_catalog.clock_timestamp() where a.id = :batch;
create temp table pipec_whole (whole boolean not null check (whole)) on commit drop;
insert into pg_temp.pipec_whole select rows_read = rows_inserted + rows_updated + rows_duplicate + rows_quarantined from operational.padchest_files where id = :batch;
commit;
\o
select pg_catalog.concat_ws('|', rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined) from operational.padchest_files where id = :batch;
\endif
\elif :failed
insert into operational.padchest_files ("load", run_date, file, sha256, bytes, status, error, rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined, started_at, finished_at)
select 'padchest', :'run_date'::date, :'file', :'sha256', :'bytes'::bigint, 'failed', nullif(:'error', ''), 0, 0, 0, 0, 0, :'started'::timestamptz, pg_catalog.clock_timestamp() ;
\endif
