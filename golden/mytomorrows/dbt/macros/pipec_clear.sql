{#- What reads a relation that is made anew goes with it only if a build of this project made that, too, which its comment tells; anything else stops
    the run with everything as it was. -#}
{% macro pipec_clear(relation) -%}
do $pipec$
declare
    above record;
    others text;
begin
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec drops', 0));
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('{{ relation | string | replace("'", "''") }}')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['mytomorrows_clients', 'mytomorrows_executive', 'mytomorrows_extracts', 'mytomorrows_hospital', 'mytomorrows_int', 'mytomorrows_ops', 'mytomorrows_stg', 'mytomorrows_tableau', 'reference']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', '{{ relation | string | replace("'", "''") }}', others;
    end if;
end
$pipec$;
{%- endmacro %}
{% macro postgres__rename_relation(from_relation, to_relation) -%}
    {% call statement('rename_relation') -%}
        {{ pipec_clear(from_relation) }}
        alter table {{ from_relation.render() }} rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }};
        {%- if to_relation.is_view %}
        comment on view {{ to_relation.render() }} is 'pipec: made anew by every build';
        {%- endif %}
    {%- endcall %}
{%- endmacro %}
{% macro postgres__drop_table(relation) -%}
    {{ pipec_clear(relation) }}
    drop table if exists {{ relation }}
{%- endmacro %}
{% macro postgres__drop_view(relation) -%}
    {{ pipec_clear(relation) }}
    drop view if exists {{ relation }}
{%- endmacro %}
{% macro postgres__drop_materialized_view(relation) -%}
    {{ pipec_clear(relation) }}
    drop materialized view if exists {{ relation }}
{%- endmacro %}
