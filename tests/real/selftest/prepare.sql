create role builder login;
create role analyst login;
grant create on database postgres to builder;
grant usage on schema airbyte to builder;
grant select on all tables in schema airbyte to builder;
create schema private;
create table private.secret (name text primary key, value text not null);
