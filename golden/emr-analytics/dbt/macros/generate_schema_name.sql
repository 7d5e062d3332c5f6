{#- A layer's schema is taken as it is written; dbt would put the target's schema in front of it. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}
