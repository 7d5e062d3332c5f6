-- Patients, de-identified: an age band instead of a birth date, three digits of the ZIP code.
-- Written by pipec from governance.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    pipec.hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    active,
    gender,
    pipec.age_band(birth_date, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 5, 90) as age_band,
    deceased,
    case when family is not null then 'REDACTED' end as family,
    case when given is not null then 'REDACTED' end as given,
    pipec.keep_last(phone, 4) as phone,
    case when email is not null then 'REDACTED' end as email,
    case when street_address is not null then 'REDACTED' end as street_address,
    case when city is not null then 'REDACTED' end as city,
    state,
    pipec.zip3(zip, '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893') as zip,
    case when medicaid_number is not null then 'REDACTED' end as medicaid_number,
    organization_id,
    pipec.hmac_token(practitioner_id, 'PSEUDONYM_KEY', 'anon') as practitioner_id
from engage_analytics_mart.patient as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.patient_anon'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.patient_anon';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.patient_anon';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.patient_anon'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.patient_anon');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to patient_anon;
comment on table engage_analytics_mart.patient_anon is 'pipec: made anew by every build';
alter table engage_analytics_mart.patient_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_encounter', 'pipec: rows made under a2d5ce2f324f732e');
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_patient', 'pipec: rows made under 07a08cb573d2fae0');
call engage_analytics_access.mark_rows('engage_analytics_mart.patient_anon', 'pipec: rows made under d857f10353d55c8c', false, array['engage_analytics_mart.patient']::text[], array['pipec: rows made under a717390396d3cb62']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.patient_anon');
grant select (id, active, gender, age_band, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, organization_id, practitioner_id) on table engage_analytics_mart.patient_anon to analyst;
grant select (id, active, gender, age_band, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, organization_id, practitioner_id) on table engage_analytics_mart.patient_anon to engage_analytics_exporter;
grant select (id, active, gender, age_band, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, organization_id, practitioner_id) on table engage_analytics_mart.patient_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.patient_anon', 'analyst', 'ED-2026-01', '2027-12-31');
commit;
