-- `announced_visits` as the API `reception` shows it.
-- Written by pipec from core.pipe; change it there, not here.
begin;
drop view if exists "api_reception.reception_triage_visits";
create view "api_reception.reception_triage_visits" as
select
    announcement_id,
    patient_id,
    facility_id,
    triage_level,
    expected_on,
    announced_at
from "medilink_intake.announced_visits" as shown;
commit;
