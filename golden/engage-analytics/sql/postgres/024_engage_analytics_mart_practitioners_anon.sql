-- Practitioners, de-identified: organization and role, no name and no number.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    pipec.hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    active,
    organization_id,
    role,
    case when family is not null then 'REDACTED' end as family,
    case when given is not null then 'REDACTED' end as given,
    case when phone is not null then 'REDACTED' end as phone,
    case when email is not null then 'REDACTED' end as email
from engage_analytics_mart.practitioners as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.practitioners_anon'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.practitioners_anon';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.practitioners_anon';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.practitioners_anon'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.practitioners_anon');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to practitioners_anon;
comment on table engage_analytics_mart.practitioners_anon is 'pipec: made anew by every build';
alter table engage_analytics_mart.practitioners_anon owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.practitioners_anon', 'pipec: rows made under e1c718fe97817090', false, array['engage_analytics_mart.practitioners']::text[], array['pipec: rows made under b5a8dde183c2bc91']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.practitioners_anon');
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners_anon to analyst;
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners_anon to engage_analytics_exporter;
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.practitioners_anon', 'analyst', 'ED-2026-01', '2027-12-31');
commit;
