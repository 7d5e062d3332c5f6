-- The tables of the export metrics_daily.
-- Written by pipec from the project `engage_analytics`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local datestyle = 'ISO';
set local timezone = 'UTC';
set local intervalstyle = 'iso_8601';

\o 'fct_metrics_long.csv'
copy (
    select
        metric_id,
        unit,
        grain,
        period_date,
        organization_id,
        delivery_format,
        value
    from engage_analytics_mart.fct_metrics_long
    order by metric_id collate "C", unit collate "C", grain collate "C", period_date, organization_id collate "C", delivery_format collate "C", value
) to stdout with (format csv, header);

\o
commit;
