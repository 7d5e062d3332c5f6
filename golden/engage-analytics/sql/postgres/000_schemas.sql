-- The schemas that the tables lie in.
-- Written by pipec from the project `engage_analytics`; change it there, not here.
create schema if not exists engage_analytics_int;
create schema if not exists engage_analytics_mart;
create schema if not exists engage_analytics_stg;
