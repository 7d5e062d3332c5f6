-- `exec_monthly` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from executive.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_tableau.tableau_exec_monthly";
create view "mytomorrows_tableau.tableau_exec_monthly" as
select
    month,
    procedure_group,
    patients,
    procedures,
    total_cost,
    cost_per_patient,
    cost_rank
from "mytomorrows_executive.exec_monthly" as shown;
commit;
