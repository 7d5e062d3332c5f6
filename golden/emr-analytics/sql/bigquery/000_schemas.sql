-- The schemas that the tables lie in.
-- Written by pipec from the project `emr_analytics`; change it there, not here.
create schema if not exists emr_intermediate;
create schema if not exists emr_marts;
create schema if not exists emr_staging;
