-- The procedures of clients' members.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_int.int_client_procedures'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_int.int_client_procedures';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_int.int_client_procedures';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_int.int_client_procedures'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_int.int_client_procedures');
end
$body$;
create view mytomorrows_int.int_client_procedures as
select
    client,
    procedure_group,
    code,
    description,
    base_cost,
    performed_on,
    organization,
    payer,
    patient_id,
    date_of_birth,
    gender
from mytomorrows_int.int_procedures as p
where client is not null;
comment on view mytomorrows_int.int_client_procedures is 'pipec: made anew by every build';
call mytomorrows_access.reset('mytomorrows_int.int_client_procedures');
commit;
