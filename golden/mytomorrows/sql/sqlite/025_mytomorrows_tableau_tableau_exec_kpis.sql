-- `exec_kpis` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from executive.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_tableau.tableau_exec_kpis";
create view "mytomorrows_tableau.tableau_exec_kpis" as
select
    metric_id,
    unit,
    grain,
    period_date,
    procedure_group,
    value
from "mytomorrows_executive.exec_kpis" as shown;
commit;
