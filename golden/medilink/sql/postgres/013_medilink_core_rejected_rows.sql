-- What was uploaded and did not get in: the row, and why.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop view if exists medilink_core.rejected_rows cascade;
create view medilink_core.rejected_rows as
select
    'patients' as table_name,
    p.batch_id,
    p.line,
    case when p.dob is null then 'no day of birth' else 'unknown facility' end as reason
from medilink_staging.stg_patients as p
left join medilink_core.facilities as f
    on f.name = p.facility_name
    and f.state = p.facility_state
    and f.lga = p.facility_lga
where p.dob is null or f.facility_id is null

union all

(
    select
        'triage_visits' as table_name,
        batch_id,
        line,
        'no such level' as reason
    from medilink_staging.stg_triage_visits as v
    where triage_level is null or triage_level not between 1 and 5
);
call medilink_access.reset('medilink_core.rejected_rows');
grant select (table_name, batch_id, line, reason) on table medilink_core.rejected_rows to clinician;
commit;
