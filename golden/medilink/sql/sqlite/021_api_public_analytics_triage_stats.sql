-- `triage_stats` as the API `public` shows it.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop view if exists "api.public_analytics_triage_stats";
create view "api.public_analytics_triage_stats" as
select
    metric_id,
    unit,
    grain,
    period_date,
    state,
    value
from "medilink_analytics.triage_stats" as shown;
commit;
