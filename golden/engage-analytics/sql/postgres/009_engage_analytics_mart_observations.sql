-- One row per score of an assessment that stands.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    id,
    code,
    subject_id,
    response_id,
    observed_on,
    score
from engage_analytics_stg.stg_observation as o
where status in ('final', 'amended', 'corrected');
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.observations'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.observations';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.observations';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.observations'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.observations');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to observations;
comment on table engage_analytics_mart.observations is 'pipec: made anew by every build';
alter table engage_analytics_mart.observations owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.observations', 'pipec: rows made under 7af9b9a9c9325b4e', false, array['engage_analytics_stg.stg_observation']::text[], array['pipec: rows made under 33051cf50e240e49']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.observations');
grant select (id, code, subject_id, response_id, observed_on, score) on table engage_analytics_mart.observations to engage_analytics_exporter;
grant select (id, code, subject_id, response_id, observed_on, score) on table engage_analytics_mart.observations to privacy_officer;
commit;
