create schema if not exists marts;
drop table if exists marts.by_gender;
create table marts.by_gender as select gender, count(*) as patients from stg.patient group by gender;
