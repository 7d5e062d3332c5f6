-- The schemas that the tables lie in.
-- Written by pipec from the project `mytomorrows`; change it there, not here.
create schema if not exists mytomorrows_clients;
create schema if not exists mytomorrows_executive;
create schema if not exists mytomorrows_extracts;
create schema if not exists mytomorrows_hospital;
create schema if not exists mytomorrows_int;
create schema if not exists mytomorrows_stg;
create schema if not exists mytomorrows_tableau;
create schema if not exists reference;
