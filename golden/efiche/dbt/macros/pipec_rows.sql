{#- An incremental table keeps rows made before a mask or a label changed: its comment says under which ones they were made, and exports refuse
    what is left of others until the table is built anew, with --full-refresh. -#}
{% macro pipec_rows_before(this) -%}
do $pipec$
begin
    if exists (
        select 1 from pg_catalog.pg_class
        where oid = to_regclass('{{ this | string | replace("'", "''") }}') and relkind in ('r', 'p') and obj_description(oid, 'pg_class') is null
    ) then
        comment on table {{ this }} is 'pipec: rows made under other masks or labels';
    end if;
end
$pipec$
{%- endmacro %}
{% macro pipec_rows_after(this, mark) -%}
do $pipec$
begin
    if exists (
        select 1 from pg_catalog.pg_class
        where oid = to_regclass('{{ this | string | replace("'", "''") }}') and relkind in ('r', 'p') and obj_description(oid, 'pg_class') is null
    ) then
        comment on table {{ this }} is 'pipec: rows made under {{ mark }}';
    end if;
end
$pipec$
{%- endmacro %}
