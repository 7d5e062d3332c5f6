-- The same rows, for managers.
-- Written by pipec from extracts.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_extracts.pipec_new;
create table mytomorrows_extracts.pipec_new as
select
    procedure_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_year
from mytomorrows_extracts.raw_extract as r;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_extracts.ops_procedures'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_extracts.ops_procedures';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_extracts.ops_procedures';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_extracts.ops_procedures'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_extracts.ops_procedures');
end
$body$;
alter table mytomorrows_extracts.pipec_new rename to ops_procedures;
comment on table mytomorrows_extracts.ops_procedures is 'pipec: made anew by every build';
alter table mytomorrows_extracts.ops_procedures owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_extracts.ops_procedures');
grant select (procedure_id, procedure_group, procedure_type, base_cost, is_insured, organization, performed_year) on table mytomorrows_extracts.ops_procedures to program_manager;
call mytomorrows_access.hold_until('mytomorrows_extracts.ops_procedures', 'program_manager', 'ED-2026-07', '2027-12-31');
alter table mytomorrows_extracts.ops_procedures enable row level security;
alter table mytomorrows_extracts.ops_procedures force row level security;
create policy pipec_owner on mytomorrows_extracts.ops_procedures to mytomorrows_owner using (true) with check (true);
create policy pipec_select_program_manager on mytomorrows_extracts.ops_procedures for select to program_manager using (
    exists (
        select 1 as found
        from mytomorrows_access.authorizations_eb535791(current_user) as entitled
        where ops_procedures.organization = organization
    )
);
commit;
