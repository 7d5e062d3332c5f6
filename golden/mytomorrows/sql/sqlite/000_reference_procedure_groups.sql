-- What a code is called in reports, whose specialty it is, and of which type. Codes that are not in it are grouped by their words.
-- Written by pipec from seeds/procedure_groups.csv; change it there, not here.
begin;
drop table if exists "reference.procedure_groups";
create table "reference.procedure_groups" (
    code text,
    procedure_group text,
    specialty text,
    procedure_type text
);
insert into "reference.procedure_groups" (code, procedure_group, specialty, procedure_type) values ('X123', 'Knee Surgery', 'Orthopedics', 'surgery');
insert into "reference.procedure_groups" (code, procedure_group, specialty, procedure_type) values ('X124', 'Knee Surgery', 'Orthopedics', 'surgery');
insert into "reference.procedure_groups" (code, procedure_group, specialty, procedure_type) values ('Y201', 'Heart Monitoring', 'Cardiology', 'monitoring');
insert into "reference.procedure_groups" (code, procedure_group, specialty, procedure_type) values ('Y202', 'Heart Monitoring', 'Cardiology', 'monitoring');
insert into "reference.procedure_groups" (code, procedure_group, specialty, procedure_type) values ('385763009', 'Hospice Care', 'Palliative', 'hospice');
insert into "reference.procedure_groups" (code, procedure_group, specialty, procedure_type) values ('1015401000000102', 'Hospice Care', 'Palliative', 'hospice');
commit;
