-- `dim_specialties` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_tableau.tableau_dim_specialties";
create view "mytomorrows_tableau.tableau_dim_specialties" as
select
    specialty
from "mytomorrows_hospital.dim_specialties" as shown;
commit;
