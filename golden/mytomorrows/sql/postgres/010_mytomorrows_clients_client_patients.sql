-- One row per patient and procedure group: how often, what it cost, and the year of the latest.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_clients.pipec_new;
create table mytomorrows_clients.pipec_new as
select
    client,
    procedure_group,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'clients') as patient_id,
    count(*) as procedures,
    sum(base_cost) as total_cost,
    pipec.year_of(max(performed_on)) as latest_year
from mytomorrows_int.int_procedures as p
where client is not null
group by client, procedure_group, p.patient_id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_clients.client_patients'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_clients.client_patients';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_clients.client_patients';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_clients.client_patients'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_clients.client_patients');
end
$body$;
alter table mytomorrows_clients.pipec_new rename to client_patients;
comment on table mytomorrows_clients.client_patients is 'pipec: made anew by every build';
alter table mytomorrows_clients.client_patients owner to mytomorrows_owner;
call mytomorrows_access.mark_rows('mytomorrows_clients.client_patients', 'pipec: rows made under b89ebe97ab640a31', false, array['reference.procedure_groups', 'mytomorrows_int.int_procedures', 'mytomorrows_stg.stg_encounters', 'mytomorrows_stg.stg_patients', 'mytomorrows_stg.stg_procedures']::text[], array['pipec: rows made under 7f1fbc80367e4f99', 'pipec: rows made under 4140774f35c0fec7', 'pipec: rows made under 38970e797c23f2ae', 'pipec: rows made under 86c99761154732ec', 'pipec: rows made under 6b6e4a80aed8810c']::text[]);
call mytomorrows_access.reset('mytomorrows_clients.client_patients');
grant select (client, procedure_group, patient_id, procedures, total_cost, latest_year) on table mytomorrows_clients.client_patients to client_uhc;
call mytomorrows_access.hold_until('mytomorrows_clients.client_patients', 'client_uhc', 'ED-2026-07', '2027-12-31');
alter table mytomorrows_clients.client_patients enable row level security;
alter table mytomorrows_clients.client_patients force row level security;
create policy pipec_owner on mytomorrows_clients.client_patients to mytomorrows_owner using (true) with check (true);
create policy pipec_select_client_uhc on mytomorrows_clients.client_patients for select to client_uhc using (
    client = 'United Healthcare'
);
commit;
