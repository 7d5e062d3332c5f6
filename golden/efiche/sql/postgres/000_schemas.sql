-- The schemas that the tables lie in.
-- Written by pipec from the project `efiche`; change it there, not here.
create schema if not exists efiche_dw;
create schema if not exists efiche_mart;
create schema if not exists efiche_stg;
create schema if not exists operational;
