{#- A materialized view that is there is refreshed, with nobody waiting where a unique index allows it. One that was made of another query is made
    anew: dbt itself compares indexes only, and would go on refreshing the old query. -#}
{% macro postgres__refresh_materialized_view(relation) %}
    {%- set written = config.get('meta', {}).get('pipec_definition') -%}
    {%- set there = run_query("select 1 from pg_catalog.pg_class where oid = to_regclass('" ~ (relation | string | replace("'", "''")) ~ "') and obj_description(oid, 'pg_class') = '" ~ written ~ "'") -%}
    {%- if written is none or there | length > 0 -%}
        {%- set unique = config.get('indexes', []) | selectattr('unique', 'defined') | selectattr('unique') | list -%}
        refresh materialized view {% if unique | length > 0 %}concurrently {% endif %}{{ relation }}
    {%- else -%}
        {{ pipec_clear(relation) }}
        drop materialized view if exists {{ relation }};
        {{ postgres__get_create_materialized_view_as_sql(relation, model['compiled_code']) }}
    {%- endif -%}
{% endmacro %}
