-- The schemas that the tables lie in.
-- Written by pipec from the project `medilink`; change it there, not here.
create schema if not exists api;
create schema if not exists api_reception;
create schema if not exists api_wards;
create schema if not exists landing;
create schema if not exists medilink_analytics;
create schema if not exists medilink_clinical;
create schema if not exists medilink_core;
create schema if not exists medilink_intake;
create schema if not exists medilink_marts;
create schema if not exists medilink_staging;
