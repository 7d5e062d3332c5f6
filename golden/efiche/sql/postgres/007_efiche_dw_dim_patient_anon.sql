-- Patients as researchers get them.
-- Written by pipec from governance.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    sex,
    pipec.age_band(date_of_birth, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 10, 90) as age_band
from efiche_dw.dim_patient as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.dim_patient_anon'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.dim_patient_anon';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.dim_patient_anon';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.dim_patient_anon'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.dim_patient_anon');
end
$body$;
alter table efiche_dw.pipec_new rename to dim_patient_anon;
comment on table efiche_dw.dim_patient_anon is 'pipec: made anew by every build';
alter table efiche_dw.dim_patient_anon owner to efiche_owner;
call efiche_access.mark_rows('efiche_dw.dim_patient_anon', 'pipec: rows made under 6b7bfb758206f7df', false, array['efiche_dw.dim_patient']::text[], array['pipec: rows made under 10dce515bc3f9ef1']::text[]);
call efiche_access.reset('efiche_dw.dim_patient_anon');
grant select (patient_id, sex, age_band) on table efiche_dw.dim_patient_anon to clinician;
grant select (patient_id, sex, age_band) on table efiche_dw.dim_patient_anon to efiche_exporter;
grant select (patient_id, sex, age_band) on table efiche_dw.dim_patient_anon to researcher;
call efiche_access.hold_until('efiche_dw.dim_patient_anon', 'researcher', 'ED-2026-07', '2027-12-31');
commit;
