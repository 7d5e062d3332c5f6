-- What a code is called in reports, whose specialty it is, and of which type. Codes that are not in it are grouped by their words.
-- Written by pipec from seeds/procedure_groups.csv; change it there, not here.
begin;
drop table if exists reference.pipec_new;
create table reference.pipec_new (
    code text,
    procedure_group text,
    specialty text,
    procedure_type text
);
insert into reference.pipec_new (code, procedure_group, specialty, procedure_type) values
    ('X123', 'Knee Surgery', 'Orthopedics', 'surgery'),
    ('X124', 'Knee Surgery', 'Orthopedics', 'surgery'),
    ('Y201', 'Heart Monitoring', 'Cardiology', 'monitoring'),
    ('Y202', 'Heart Monitoring', 'Cardiology', 'monitoring'),
    ('385763009', 'Hospice Care', 'Palliative', 'hospice'),
    ('1015401000000102', 'Hospice Care', 'Palliative', 'hospice');
drop table if exists reference.procedure_groups cascade;
alter table reference.pipec_new rename to procedure_groups;
alter table reference.procedure_groups owner to mytomorrows_owner;
call mytomorrows_access.reset('reference.procedure_groups');
commit;
