-- Writes down how a step stands, or the run as a whole.
-- Written by pipec from the project `mytomorrows`; change it there, not here.
-- psql is told: schema, name (of the table), pipeline, run, run_date, step (empty: the run itself), status, started, ended, tasks (0: somebody says how the run ends)
-- and last (the step at which it ended, where it failed).
set client_min_messages = error;
set lock_timeout = '10s';
set statement_timeout = '30s';
select pg_catalog.to_regclass(pg_catalog.format('%I.%I', :'schema', :'name')) is null as missing, :'tasks' <> '0' as counted, :'step' = '' and :'status' <> 'running' as over \gset
\if :missing
\ir tables.sql
\endif
begin;
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec runs of mytomorrows', 0));

-- No two runs of a pipeline go on at a time: who is said to be running was killed, or could not reach this table when it ended.
update :"schema".:"name"
set status = 'lost'
where pipeline = :'pipeline' and run <> :'run' and status = 'running' and :'status' = 'running';

with known as (
    update :"schema".:"name"
    set
        status = :'status',
        tries = tries + (:'status' = 'running')::integer,
        started_at = case when step is null or :'status' <> 'running' then started_at else :'started'::timestamptz end,
        ended_at = case when :'status' <> 'running' then :'ended'::timestamptz end
    where pipeline = :'pipeline' and run = :'run' and step is not distinct from nullif(:'step', '')
    returning 1
)
insert into :"schema".:"name" (pipeline, run, run_date, step, status, tries, started_at, ended_at)
select :'pipeline', :'run', :'run_date'::date, nullif(:'step', ''), :'status', 1, :'started'::timestamptz, case when :'status' <> 'running' then :'ended'::timestamptz end
where not exists (select from known);

\if :counted
-- Nobody says when the run begins and ends: its steps do.
insert into :"schema".:"name" (pipeline, run, run_date, status, tries, started_at)
select :'pipeline', :'run', :'run_date'::date, 'running', 1, :'started'::timestamptz
where not exists (select from :"schema".:"name" where pipeline = :'pipeline' and run = :'run' and step is null);

with steps as (
    select
        case
            when pg_catalog.count(*) filter (where status = 'failed') > 0 then 'failed'
            when pg_catalog.count(*) filter (where status = 'succeeded') >= :'tasks'::bigint then 'succeeded'
            else 'running'
        end as status,
        pg_catalog.max(ended_at) as ended_at
    from :"schema".:"name"
    where pipeline = :'pipeline' and run = :'run' and step is not null
)
update :"schema".:"name" as r
set status = s.status, ended_at = case when s.status <> 'running' then s.ended_at end
from steps as s
where r.pipeline = :'pipeline' and r.run = :'run' and r.step is null;
\elif :over
-- A step that was ended with its run, or whose end could not be written down: those before the one that failed had succeeded.
update :"schema".:"name"
set status = case when step = :'last' then 'failed' else 'succeeded' end, ended_at = :'ended'::timestamptz
where pipeline = :'pipeline' and run = :'run' and step is not null and status = 'running';
\endif
commit;
