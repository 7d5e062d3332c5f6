use super::super::{FileTree, residue, stands, text};
use super::{Emission, Macros, access, jinja, profile, yaml};
use crate::diag::Diagnostics;
use crate::ir::Dialect;
use serde::Serialize;

/// The project file, the profile, and the macros.
pub(super) fn emit(emission: &Emission<'_>, macros: &Macros, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let (setup, own) = (macros.setup.as_deref(), macros.own.as_deref());
    let at = emission.program.project.at;
    let name = text::Stems::default().claim(emission.program.project.name.as_str());
    let header = text::header(&emission.program.project.doc, &text::whole_project(emission.program));
    let project = Project {
        name: &name,
        version: "1.0.0",
        config_version: 2,
        require_dbt_version: ">=1.11.0",
        profile: &name,
        model_paths: ["models"],
        seed_paths: ["seeds"],
        test_paths: ["tests"],
        macro_paths: ["macros"],
        on_run_start: setup
            .map(|_| "{{ pipec_setup() }}")
            .into_iter()
            .chain(emission.access.as_ref().map(|_| access::SETUP))
            .chain(own.map(|_| "{{ pipec_tables() }}"))
            .collect(),
        data_tests: DataTests { store_failures: false },
        flags: Flags { send_anonymous_usage_stats: false, skip_nodes_if_on_run_start_fails: true },
    };
    text::put(out, diagnostics, "dbt/dbt_project.yml", at, yaml::file(&header, &project));
    profile::emit(emission, &name, out, diagnostics);
    text::put(out, diagnostics, "dbt/macros/generate_schema_name.sql", at, SCHEMA_NAME);
    text::put(out, diagnostics, "dbt/macros/run_date.sql", at, RUN_DATE);
    if emission.program.tables().any(|(id, _)| emission.mark(id).is_some()) {
        text::put(out, diagnostics, "dbt/macros/pipec_rows.sql", at, rows_macros());
    }
    let kept =
        |m: &crate::ir::Model| m.role != crate::ir::ModelRole::Query && m.materialization == crate::ir::Materialization::MaterializedView;
    if emission.dialect == Dialect::Postgres {
        let ours = jinja::guard(&stands::schemas(emission.program)).into_owned();
        let text = CLEAR.replace("{clear}", &stands::clear_in_dbt(&ours)).replace("{made}", stands::MADE);
        text::put(out, diagnostics, "dbt/macros/pipec_clear.sql", at, text);
    }
    if emission.dialect == Dialect::Postgres && emission.program.models().any(|(_, _, model)| kept(model)) {
        text::put(out, diagnostics, "dbt/macros/pipec_refresh.sql", at, REFRESH);
    }
    if let Some(own) = own {
        let says = "{#- Tables that applications and loads fill. One that is there already is left as it is, but for indexes and references it lacks. -#}";
        let made = format!("{says}\n{{% macro pipec_tables() -%}}\n{}\n{{%- endmacro %}}\n", jinja::guard(own.trim_end()));
        text::put(out, diagnostics, "dbt/macros/pipec_tables.sql", at, made);
    }
    if let Some(setup) = setup {
        text::put(out, diagnostics, "dbt/macros/pipec_setup.sql", at, setup_macro(emission.dialect, setup));
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Project<'a> {
    name: &'a str,
    version: &'a str,
    config_version: u8,
    require_dbt_version: &'a str,
    profile: &'a str,
    model_paths: [&'a str; 1],
    seed_paths: [&'a str; 1],
    test_paths: [&'a str; 1],
    macro_paths: [&'a str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    on_run_start: Vec<&'a str>,
    #[serde(rename = "data_tests")]
    data_tests: DataTests,
    flags: Flags,
}

/// Rows that break a test are counted and never kept, not even with `--store-failures`: nobody is cleared for the tables they would lie in.
#[derive(Serialize)]
struct DataTests {
    #[serde(rename = "+store_failures")]
    store_failures: bool,
}

/// dbt itself would go on building after a set-up that refused to.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
struct Flags {
    send_anonymous_usage_stats: bool,
    skip_nodes_if_on_run_start_fails: bool,
}

const SCHEMA_NAME: &str = "\
{#- A layer's schema is taken as it is written; dbt would put the target's schema in front of it. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}
";

const REFRESH: &str = "\
{#- A materialized view that is there is refreshed, with nobody waiting where a unique index allows it. One that was made of another query is made
    anew: dbt itself compares indexes only, and would go on refreshing the old query. -#}
{% macro postgres__refresh_materialized_view(relation) %}
    {%- set written = config.get('meta', {}).get('pipec_definition') -%}
    {%- set there = run_query(\"select 1 from pg_catalog.pg_class where oid = to_regclass('\" ~ (relation | string | replace(\"'\", \"''\")) ~ \"') and obj_description(oid, 'pg_class') = '\" ~ written ~ \"'\") -%}
    {%- if written is none or there | length > 0 -%}
        {%- set unique = config.get('indexes', []) | selectattr('unique', 'defined') | selectattr('unique') | list -%}
        refresh materialized view {% if unique | length > 0 %}concurrently {% endif %}{{ relation }}
    {%- else -%}
        {{ pipec_clear(relation) }}
        drop materialized view if exists {{ relation }};
        {{ postgres__get_create_materialized_view_as_sql(relation, model['compiled_code']) }}
    {%- endif -%}
{% endmacro %}
";

/// In place of dbt's own drops, which take along whatever reads what they drop. dbt drops the old relation when the new one is committed: what reads it
/// is looked at before, when the old one gets another name.
const CLEAR: &str = "\
{#- What reads a relation that is made anew goes with it only if a build of this project made that, too, which its comment tells; anything else stops
    the run with everything as it was. -#}
{% macro pipec_clear(relation) -%}
{clear}
{%- endmacro %}
{% macro postgres__rename_relation(from_relation, to_relation) -%}
    {% call statement('rename_relation') -%}
        {{ pipec_clear(from_relation) }}
        alter table {{ from_relation.render() }} rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }};
        {%- if to_relation.is_view %}
        comment on view {{ to_relation.render() }} is '{made}';
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
";

const RUN_DATE: &str = "\
{#- The day the platform is built for. It has no default: a run that does not say which day it is for fails here. -#}
{% macro run_date() -%}
    {%- if not execute -%}
        cast(null as date)
    {%- elif var('run_date', none) is none -%}
        {{ exceptions.raise_compiler_error(\"the run date is missing: give it as in  dbt build --vars '{run_date: 2026-01-31}'\") }}
    {%- else -%}
        cast('{{ modules.datetime.date.fromisoformat(var('run_date') | string) }}' as date)
    {%- endif -%}
{%- endmacro %}
";

/// In Postgres an administrator may have installed the functions under another role: then they stay as they are.
fn setup_macro(dialect: Dialect, statements: &str) -> String {
    let unless = match dialect {
        Dialect::Postgres => {
            " and run_query(\"select 1 from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace where n.nspname = 'pipec' and not pg_catalog.pg_has_role(p.proowner, 'usage')\") | length == 0"
        }
        _ => "",
    };
    format!(
        "\
{{#- The functions that masks call. Keys never pass through dbt: they lie in pipec_secret.key, which only its owner reads. -#}}
{{% macro pipec_setup() -%}}
{{%- if execute{unless} -%}}
{}
{{%- endif -%}}
{{%- endmacro %}}
",
        jinja::guard(statements.trim_end())
    )
}

/// A table that dbt makes anew has no comment yet, and gets the mark; one that was there before keeps what it has.
fn rows_macros() -> String {
    let body = |name: &str, parameters: &str, kinds: &str, comment: &str| {
        format!(
            "\
{{% macro {name}({parameters}) -%}}
do $pipec$
begin
    if exists (
        select 1 from pg_catalog.pg_class
        where oid = to_regclass('{{{{ this | string | replace(\"'\", \"''\") }}}}') and relkind in ({kinds}) and obj_description(oid, 'pg_class') is null
    ) then
        comment on table {{{{ this }}}} is '{comment}';
    end if;
end
$pipec$
{{%- endmacro %}}
"
        )
    };
    format!(
        "{{#- An incremental table keeps rows made before a mask or a label changed: its comment says under which ones they were made, and exports refuse\n    what is left of others until the table is built anew, with --full-refresh. -#}}\n{}{}",
        body("pipec_rows_before", "this", "'r', 'p'", residue::UNKNOWN),
        body("pipec_rows_after", "this, mark", "'r', 'p'", &residue::comment("{{ mark }}")),
    )
}
