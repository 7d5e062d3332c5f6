{#- The day the platform is built for. It has no default: a run that does not say which day it is for fails here. -#}
{% macro run_date() -%}
    {%- if not execute -%}
        cast(null as date)
    {%- elif var('run_date', none) is none -%}
        {{ exceptions.raise_compiler_error("the run date is missing: give it as in  dbt build --vars '{run_date: 2026-01-31}'") }}
    {%- else -%}
        cast('{{ modules.datetime.date.fromisoformat(var('run_date') | string) }}' as date)
    {%- endif -%}
{%- endmacro %}
