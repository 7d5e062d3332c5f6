-- One row per facility: how busy, how severe, how much a month.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "medilink_clinical.facility_performance";
create table "medilink_clinical.facility_performance" as
with months as (
    select
        facility_id,
        count(distinct pipec_date_trunc('month', visited_at)) as months,
        pipec_round(avg(triage_level), 2) as average_level
    from "medilink_core.triage_visits" as v
    group by facility_id
)

select
    f.facility_id,
    f.name,
    f.state,
    f.visit_count,
    case
        when f.visit_count >= 150 then 'High'
        when f.visit_count >= 50 then 'Medium'
        else 'Low'
    end as volume,
    m.average_level,
    pipec_round(pipec_divide(cast(f.visit_count as real), nullif(m.months, 0)), 1) as visits_per_month,
    pipec_round(pipec_divide(100.0 * f.critical_count, nullif(f.visit_count, 0)), 1) as critical_share
from "medilink_marts.dim_facilities" as f
left join months as m on m.facility_id = f.facility_id;
commit;
