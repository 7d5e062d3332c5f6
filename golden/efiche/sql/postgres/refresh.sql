-- Brings materialized views up to date between builds.
-- Written by pipec from the project `efiche`; change it there, not here.
refresh materialized view concurrently efiche_mart.mv_diagnosis_by_age_group;
refresh materialized view concurrently efiche_mart.mv_monthly_encounters;
refresh materialized view concurrently efiche_mart.mv_procedure_volume;
